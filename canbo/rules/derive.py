"""Facts that follow from others of the same case, where they are not given themselves.

Whether a person is native to the area of a post follows from two codes and the lineage of the units; whether the
person is planned for it, from the list of posts. What is derived says in `source` what it was derived from, and is
never put in the place of what was given. What follows by the language alone, such as the kind of move from two ranks,
stands in facts.yaml (`otherwise`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from canbo.rules.corpus import Corpus
from canbo.rules.reading import nearest, read
from canbo.rules.schema import Fact, Value
from canbo.rules.words import Message, error, message

Facts = Mapping[str, Fact]
OLD = "old:"
CENTRE = "centre"


def derive(corpus: Corpus, facts: Facts, on: date, *, language: str = "en") -> dict[str, Fact]:
    """The facts, and what follows from them on the day `on`; sources are worded in `language`.

    Raises RuleError for the code of an area that no unit has ever borne, and for a planned post that does not exist.
    """
    case = dict(facts)
    for name, (needs, work_out) in RULES.items():
        known = {need: case[need].value for need in needs if need in case and case[need].value is not None}
        given = name in case and case[name].value is not None
        if name in corpus.facts and needs[0] in known and not given:
            found = work_out(corpus, known, on, language)
            if found is not None:
                case[name] = found
    return case


def _derived(value: Value | None, known: Mapping[str, object], on: date, language: str, *, why: str = "") -> Fact:
    given = ", ".join(f"{need} ({_shown(value)})" for need, value in known.items())
    return Fact(value, message("derived_from", facts=given).say(language), on, why)


def _shown(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, (tuple, frozenset)) else str(value)


def _native_in_area(corpus: Corpus, known: Mapping[str, object], on: date, language: str) -> Fact | None:
    if len(known) < 2 or not (corpus.path / "units" / "became.csv").is_file():
        return None
    units = lineage(corpus.path)
    native, area = (str(code).strip().partition(".")[0] for code in known.values())
    inside, why = units.inside(units.listed(native), units.listed(area), on)
    # A unit that is not listed is a part of the one above it, which is enough where that one decides already.
    for name, code, enough in (("person.native_area", native, (True, False)), ("post.area", area, (False,))):
        listed = units.listed(code)
        if code != listed and not (listed and inside in enough):
            raise error("unit_unknown", name=name, found=code, hint=units.near(code))
    now = ", ".join(units.titled(code) for code in units.on(native, on))
    given = f"person.native_area ({native}), post.area ({area})"
    return Fact(inside, message("derived_area", facts=given, now=now).say(language), on, why)


def _planned(corpus: Corpus, known: Mapping[str, object], on: date, language: str) -> Fact | None:
    """How the plans compare with the post: the very post first, then by the ranks of the rulebook's jobs."""
    posts, title, level = known["person.planned_for"], known.get("post.title"), known.get("post.level")
    assert isinstance(posts, (tuple, frozenset))
    plans = [str(post).partition("/")[::2] for post in sorted(posts)]
    for word, at in plans:
        _listed(corpus, "post.title", word)
        _listed(corpus, "post.level", at)
    if not plans:
        return _derived("none", known, on, language)
    if title is None:
        return None
    if any(word == title and at in ("", level) for word, at in plans):
        return _derived("this_post", known, on, language)
    wanted = _ranks(corpus.path, str(title), str(level or ""))
    planned = [_ranks(corpus.path, word, at or str(level or "")) for word, at in plans]
    if any(ranks and wanted and max(ranks) <= min(wanted) for ranks in planned):
        return _derived("equal_or_higher", known, on, language)
    if all(ranks and wanted and min(ranks) > max(wanted) for ranks in planned):
        return _derived("other", known, on, language)
    return _derived(None, known, on, language, why="imprecise")


def _listed(corpus: Corpus, fact: str, word: str) -> None:
    words = corpus.facts[fact].type.values if fact in corpus.facts else ()
    if word and words and word not in words:
        hint, known = nearest(word, words), ", ".join(words)
        raise error("not_among", name="person.planned_for", found=word, hint=hint, known=known)


@cache
def _ranks(rulebook: Path, title: str, level: str) -> frozenset[int]:
    """Ranks of the jobs with this title, at this level where the list tells levels apart; lower is higher there."""
    file = rulebook / "jobs.yaml"
    jobs = read(file).at("jobs").mapping() if file.is_file() else {}
    found = {code: job["rank"] for code, job in jobs.items() if job["title_kind"] == title and job["rank"] is not None}
    there = {rank for code, rank in found.items() if code.startswith(f"{level}-")}
    return frozenset(there or found.values())


RULES: Mapping[str, tuple[tuple[str, ...], Callable[..., Fact | None]]] = {
    "case.native_in_area": (("person.native_area", "post.area"), _native_in_area),
    "case.planned": (("person.planned_for", "post.title", "post.level"), _planned),
}


# ---- the lineage of the units


@dataclass(frozen=True)
class Lineage:
    """Which unit became which on the day of the reform.

    names   every code ever borne, with the unit's name
    heirs   the old codes that have heirs of their own; a district's heirs are those of its communes
    day     the first day of the new units
    """

    names: Mapping[str, str]
    heirs: Mapping[str, tuple[str, ...]]
    day: date

    def listed(self, code: str) -> str:
        """The unit of this code, else the nearest listed unit above it; empty where there is none."""
        while code and code != CENTRE and code not in self.names:
            code = code.rpartition("/")[0]
        return code

    def near(self, code: str) -> Message | str:
        """A hint naming the nearest code beside this one."""
        above = code.rpartition("/")[0]
        return nearest(code, [known for known in self.names if known.rpartition("/")[0] == above])

    def titled(self, code: str) -> str:
        """Name and code, such as Phường Hồng Bàng (31/11311)."""
        return f"{self.names[code]} ({code})" if code in self.names else code

    def became(self, code: str) -> tuple[str, ...]:
        """The units since the reform on whose ground this one lies; a new unit is itself."""
        if not code.startswith(OLD):
            return (code,)
        if code in self.heirs:
            return self.heirs[code]
        below = [heir for old, heirs in self.heirs.items() if old.startswith(f"{code}/") for heir in heirs]
        return tuple(dict.fromkeys(below))

    def on(self, code: str, on: date) -> tuple[str, ...]:
        """The units that it is, or has become, on a day."""
        return (code,) if on < self.day else self.became(code)

    def inside(self, native: str, area: str, on: date) -> tuple[bool | None, str]:
        """Whether one unit lies in another, and why where it cannot be told.

        Disputed: the native unit was divided, and only a part of it lies in the area. Imprecise: the native
        place is known only as a larger unit, of which the area is a part.
        """
        if area == CENTRE or _within(native, area):
            return True, ""
        if _within(area, native):
            return None, "imprecise"
        if on < self.day and native.startswith(OLD) and area.startswith(OLD):
            return False, ""
        parts, ground = self.became(native), self.became(area)
        inside = [part for part in parts if any(_within(part, unit) for unit in ground)]
        if not inside:
            wider = any(_within(unit, part) for unit in ground for part in parts)
            return (None, "imprecise") if wider else (False, "")
        # An area named by an old code shares its heirs with others, so that having one of them in common proves nothing.
        return (True, "") if ground == (area,) and len(inside) == len(parts) else (None, "disputed")


def _within(code: str, area: str) -> bool:
    return code == area or code.startswith(f"{area}/")


@cache
def lineage(rulebook: Path) -> Lineage:
    """The lineage of a rulebook's units, read once for the process (about 20 ms)."""
    names: dict[str, str] = {}
    for file in ("before.csv", "after.csv"):
        with (rulebook / "units" / file).open(encoding="utf-8", newline="") as lines:
            names |= {code: name for code, _kind, name, *_rest in csv.reader(lines) if code != "code"}
    heirs: dict[str, list[str]] = {}
    with (rulebook / "units" / "became.csv").open(encoding="utf-8", newline="") as lines:
        for before, after in csv.reader(lines):
            heirs.setdefault(before, []).append(after)
    day = read(rulebook / "reform.yaml").at("day").day()
    return Lineage(names, {old: tuple(new) for old, new in heirs.items()}, day)
