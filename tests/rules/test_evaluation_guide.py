"""The guide to evaluation shows what the commands print: each file of it is written out and each command run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from canbo.project.cli import group

GUIDE = Path(__file__).resolve().parents[2] / "docs/guide/evaluation.md"
TEXT = GUIDE.read_text(encoding="utf-8")
SHOWN = re.findall(r"(?ms)^```console\n\$ canbo ([^\n]+)\n(.*?)^```", TEXT)


@pytest.mark.parametrize(("typed", "printed"), SHOWN, ids=[typed for typed, _ in SHOWN])
def test_what_the_guide_shows_is_what_the_command_prints(
    typed: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, body in re.findall(r"(?ms)^```yaml\n# (\S+)\n(.*?)^```", TEXT):
        (tmp_path / name).write_text(body, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANBO_LANG", "en")
    assert CliRunner().invoke(group, typed.split()).output == printed


def test_commands_end_with_the_codes_that_the_guides_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANBO_LANG", "vi")
    (tmp_path / "good.json").write_text('{"general": 30, "products": [{"coefficient": 1, "assigned": 5, "done": 5}]}')
    (tmp_path / "open.yaml").write_text("general: 30\nproducts: []\n")
    (tmp_path / "wrong.yaml").write_text("general: 31\n")
    run = CliRunner().invoke
    assert run(group, ["evaluate", "--facts", "good.json", "--on", "2026-11-28", "--json"]).exit_code == 0
    undetermined = run(group, ["evaluate", "--facts", "open.yaml", "--on", "2026-11-28"])
    assert undetermined.exit_code == 4 and "Chưa xác định" in undetermined.output
    for wrong in (
        ["evaluate", "--facts", "wrong.yaml"],
        ["evaluate", "--facts", "none.yaml"],
        ["evaluate"],
        ["caps", "open.yaml"],
    ):
        assert run(group, wrong).exit_code == 1
