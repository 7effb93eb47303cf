"""Small made-up rulebooks for the tests of the prover: a few facts, articles in one line each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from canbo.rules.corpus import Corpus, load

SAID = {"en": "said", "vi": "nói", "fa": "گفته"}
OUTCOMES = ("pass", "fail", "unknown", "not_applicable")


def fact(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "label": SAID, "meaning": SAID, "source": SAID, **more}


FACTS: dict[str, Any] = {
    "person.sex": fact("enum", values={"F": SAID, "M": SAID}),
    "person.born": fact("date", range=["1920-01-01", "2012-12-31"]),
    "person.degree": fact("enum", values=dict.fromkeys(("none", "university", "doctor"), SAID)),
    "person.points": fact("int", unit="points", range=[0, 100]),
    "person.failed": fact("bool"),
    "person.grades": fact("list", values=dict.fromkeys(("good", "bad"), SAID), length=3),
    "post.title": fact("enum", values=dict.fromkeys(("chair", "deputy", "clerk"), SAID)),
    "vote.low": fact("int", unit="votes", range=[0, 500]),
    "vote.convened": fact("int", unit="votes", range=[0, 500]),
    "vote.members": fact("int", unit="votes", range=[0, 500]),
    "leave.months": fact("int", unit="months", range=[0, 600]),
    "pay.rate": fact("int", unit="coefficient", places=2, range=[0, 20]),
    "axioms": [
        {"holds": "months_since(person.born) >= 216 && months_since(person.born) <= 780", "because": SAID},
        {"holds": "vote.low <= vote.convened && vote.convened >= 5", "because": SAID},
    ],
}
BODIES = {
    "assembly": {"family": "state", "level": 1, "title": SAID},
    "government": {"family": "state", "level": 2, "title": SAID},
    "province": {"family": "state", "level": 4, "title": SAID},
    "party": {"family": "party", "level": 1, "title": SAID},
}


def article(id: str, effect: str, condition: str, *, scope: str = "", body: str = "government", **more: Any) -> dict[str, Any]:
    """One article; `more` sets topic, lifts, gives, unit, rises_with, issued, start, end."""
    made = {
        "id": id,
        "title": {"en": id, "vi": id, "fa": id},
        "source": {"instrument": SAID, "mark": "T", "confidence": "high"},
        "issuer": {"body": body, "level": BODIES[body]["level"]},
        "issued": more.pop("issued", "2024-01-01"),
        "effective": {"from": more.pop("start", "2024-01-01"), "to": more.pop("end", None)},
        "topic": more.pop("topic", "appointment"),
        "effect": effect,
        ("value" if effect == "value" else "condition"): condition,
        "message": dict.fromkeys(("value", "unknown") if effect == "value" else OUTCOMES, SAID),
        "tests": [{"on": "2024-06-01", "given": {}, "expect": word} for word in (*OUTCOMES, "value")],
        **more,
    }
    return (
        made | ({"applies_when": scope} if scope else {}) | ({"lifts": []} if effect == "permit" and "lifts" not in more else {})
    )


def book(
    path: Path,
    *articles: dict[str, Any],
    parameters: dict[str, Any] | None = None,
    topics: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    axioms: tuple[str, ...] = (),
) -> Corpus:
    """Write a rulebook and load it; facts and axioms beside those that every book has."""
    folder = path / "book"
    (folder / "all").mkdir(parents=True, exist_ok=True)
    (folder / "parameters").mkdir(exist_ok=True)
    for old in (folder / "all").glob("*.yaml"):
        old.unlink()
    held = [*FACTS["axioms"], *({"holds": each, "because": SAID} for each in axioms)]
    _write(folder / "facts.yaml", {**FACTS, **(facts or {}), "axioms": held})
    _write(
        folder / "precedence.yaml", {"bodies": BODIES, "order": ["declared", "superior_level", "narrower_scope", "later_date"]}
    )
    _write(folder / "parameters" / "all.yaml", parameters or {})
    if topics:
        _write(folder / "topics.yaml", topics)
    for number, each in enumerate(articles):
        _write(folder / "all" / f"a{number}.yaml", each)
    return load(folder)


class _Plain(yaml.SafeDumper):
    """Writes every entry out where it stands: a rulebook knows no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write(file: Path, data: Any) -> None:
    text = yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    # Days stand without quotes in a rulebook.
    file.write_text(re.sub(r"(?m)(: |- )'(\d{4}-\d{2}-\d{2})'$", r"\1\2", text), encoding="utf-8")
