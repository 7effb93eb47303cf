"""What pages are made of: our own files, nothing inline, nothing from elsewhere, letters for every language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from canbo.pages.icons import DIRECTED, ICONS, UnknownIcon, drawing
from canbo.project import assets

PAGES = Path(assets.__file__).resolve().parents[1] / "pages"
OWN = [PAGES / "static" / "canbo" / name for name in ("canbo.css", "law.css", "canbo.js", "mark.svg")]
TEMPLATES = sorted((PAGES / "templates").rglob("*.html"))
LETTERS = {
    "inter-latin.woff2": "ABCabc0123456789àéêôøåÆ€–“”…→−",
    "inter-vietnamese.woff2": "ăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "noto-sans-arabic.woff2": "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی۰۱۲۳۴۵۶۷۸۹؟٪٬٫‌",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets") / "vendor"
    assert assets.build(folder)
    return folder


def test_building_twice_gives_the_same_files_and_the_second_time_does_nothing(built: Path, tmp_path: Path) -> None:
    again = tmp_path / "vendor"
    assets.build(again)
    assert {f.name: f.read_bytes() for f in built.iterdir()} == {f.name: f.read_bytes() for f in again.iterdir()}
    assert assets.build(again) is False


def test_a_harmed_file_is_built_anew(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    assets.build(folder)
    (folder / "icons.svg").write_text("")
    assert assets.build(folder) is True
    assert (folder / "icons.svg").read_bytes() == (built / "icons.svg").read_bytes()


def test_every_file_names_its_origin_and_its_licence(built: Path) -> None:
    record = json.loads((built / assets.RECORD).read_text())
    named = {file["file"] for file in record["files"]}
    assert named == {file.name for file in built.iterdir()} - {assets.RECORD}
    assert all(file["licence"] and file["version"] for file in record["files"])


@pytest.mark.parametrize("file", LETTERS)
def test_the_cut_fonts_hold_every_letter_of_their_languages(built: Path, file: str) -> None:
    known = TTFont(built / file).getBestCmap()
    assert [letter for letter in LETTERS[file] if ord(letter) not in known] == []


def test_the_sprite_holds_the_listed_icons_and_no_other(built: Path) -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (built / "icons.svg").read_text()))
    assert drawn == ICONS
    assert DIRECTED <= ICONS


def test_every_listed_icon_is_used_and_an_unlisted_one_is_refused() -> None:
    written = " ".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *PAGES.rglob("*.py")] if path.name != "icons.py")
    unused = {name for name in ICONS if f'"{name}"' not in written}
    assert unused == set()
    with pytest.raises(UnknownIcon, match="icons.py"):
        drawing("no-such-drawing")


def test_the_style_sheet_knows_no_left_and_no_right() -> None:
    css = OWN[0].read_text(encoding="utf-8")
    physical = re.findall(r"(?<![\w-])(?:margin|padding|border|inset)?-?(?:left|right)\s*:", css)
    assert physical == []
    assert re.findall(r"(?<![\w-])(?:float|text-align)\s*:\s*(?:left|right)", css) == []


def test_templates_hold_no_style_no_script_and_no_handler_of_their_own() -> None:
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son(?:click|load|change|input|submit|key\w+|focus|blur|error|toggle)=", text), (
            path
        )
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "src=" in script or 'type="application/json"' in script, path


def test_nothing_is_fetched_from_elsewhere() -> None:
    for path in [*TEMPLATES, *OWN]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:src|href|url\()\s*[=]?\s*[\"']?(?:https?:)?//", text), path
