"""What the rulings on one case come to together, and what each family of rules (Party, State) says by itself.

Both families must be passed, so the whole is refused where one of them refuses; where they disagree the reader is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from canbo.rules.corpus import Corpus
from canbo.rules.judge import Ruling
from canbo.rules.reading import read
from canbo.rules.words import LANGUAGES, Message, message

WORDS = {"pass": "allowed", "fail": "refused", "unknown": "incomplete"}


@dataclass(frozen=True)
class Family:
    """What the articles of one family say of a case; `outcome` is not_applicable where none of them applies."""

    name: str
    title: Mapping[str, str]
    outcome: str

    @property
    def word(self) -> str:
        """allowed, refused, incomplete or not_applicable."""
        return WORDS.get(self.outcome, self.outcome)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"name": self.name, "title": dict(self.title), "outcome": self.word}


def overall(rulings: Sequence[Ruling]) -> str:
    """Any refusal refuses; else anything open leaves it open; where no article speaks it is open too.

    Where there are grounds, one of them is needed as well: with none, the decision is refused. An exception decides
    nothing by itself: it shows in the articles that it lifts. Nor does a figure.
    """
    rulings = [ruling for ruling in rulings if ruling.bound.article.effect != "value"]
    outcome = "pass" if rulings else "unknown"
    grounds = []
    for ruling in rulings:
        said, law = ruling.outcome, ruling.bound.article
        if law.effect == "ground":
            grounds.append(said)
        elif said == "fail" or (said == "unknown" and law.on_unknown == "block"):
            return "fail"
        elif said == "unknown" and law.on_unknown == "refer" and law.effect != "permit":
            outcome = "unknown"
    if not grounds or "pass" in grounds:
        return outcome
    return "unknown" if "unknown" in grounds else "fail"


def without_ground(rulings: Sequence[Ruling]) -> bool:
    """Whether the decision needs a ground and every one is excluded."""
    grounds = [ruling.outcome for ruling in rulings if ruling.article.effect == "ground"]
    return bool(grounds) and all(outcome == "not_applicable" for outcome in grounds)


def families_of(corpus: Corpus, rulings: Sequence[Ruling]) -> list[Family]:
    """What each family says by itself, in the order of precedence.yaml."""
    titles = _titles(corpus.path)
    by_family: dict[str, list[Ruling]] = {name: [] for name in titles}
    for ruling in rulings:
        by_family.setdefault(corpus.family(ruling.article), []).append(ruling)
    found = []
    for name, own in by_family.items():
        if name and own:
            silent = all(ruling.outcome == "not_applicable" for ruling in own)
            title = titles.get(name) or dict.fromkeys(LANGUAGES, name)
            found.append(Family(name, title, "not_applicable" if silent else overall(own)))
    return found


def disagreement(families: Sequence[Family]) -> Message | None:
    """The sentence to tell where one family allows what another refuses."""
    allows = next((family for family in families if family.outcome == "pass"), None)
    refuses = next((family for family in families if family.outcome == "fail"), None)
    if allows is None or refuses is None:
        return None
    one, other = message("word_allowed"), message("word_refused")
    return message("families_disagree", one=one, first=allows.title, other=other, second=refuses.title)


@cache
def _titles(rulebook: Path) -> Mapping[str, Mapping[str, str]]:
    file = rulebook / "precedence.yaml"
    entry = read(file, root=rulebook).find("families") if file.is_file() else None
    return {name: part.at("title").said(need=LANGUAGES) for name, part in entry.parts()} if entry else {}
