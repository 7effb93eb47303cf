"""What a scenario says, line by line, and the file in which it is written (docs/guide/scenarios.md).

A file is YAML or JSON: the kinds of line, each with a list. Every value is read as text, so that a code such as 01 stays one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from canbo.procedures.models import ScenarioLine, Waiting
from canbo.registry.saying import sentence as _

Kind = ScenarioLine.Kind
LARGEST, MOST = 64 * 1024 * 1024, 3_000_000  # octets of a file, lines of a scenario
YES = frozenset({"true", "yes", "1"})
STATES = frozenset(Waiting.State.values)

#: Which words a line of a kind may have; those with a star it must have.
WORDS: dict[str, frozenset[str]] = {
    Kind.CREATE: frozenset({"code*", "name*", "kind*", "parent", "seat"}),
    Kind.MERGE: frozenset({"units", "parts", "into*"}),
    Kind.DIVIDE: frozenset({"unit*", "into*", "keep"}),
    Kind.DISSOLVE: frozenset({"unit*", "heirs*"}),
    Kind.MOVE: frozenset({"unit*", "parent", "code", "name", "kind"}),
    Kind.TASKS: frozenset({"from*", "to*", "task"}),
    Kind.POSTS: frozenset({"from", "job", "post", "to", "end", "keep", "unit", "seats", "former"}),
    Kind.PEOPLE: frozenset({"person", "from", "held", "to", "job", "waiting"}),
    Kind.HOLDINGS: frozenset({"from*", "to*", "kind", "holding"}),
}
UNIT = WORDS[Kind.CREATE]
#: In bulk (`every`): which word stands for each of the bodies.
FILLS: dict[str, str] = {
    Kind.MERGE: "units", Kind.DISSOLVE: "unit", Kind.MOVE: "unit", Kind.TASKS: "from", Kind.POSTS: "from", Kind.PEOPLE: "from",
    Kind.HOLDINGS: "from",
}  # fmt: skip


class ScenarioRefused(ValueError):
    """What cannot be done with a scenario now, each reason a sentence. `problems`: those of a check, as it gives them."""

    def __init__(self, reasons: str | Sequence[str], problems: Sequence[Mapping[str, Any]] = ()) -> None:
        self.reasons = [reasons] if isinstance(reasons, str) else list(reasons)
        self.problems = list(problems)
        super().__init__(self.reasons[0] if len(self.reasons) == 1 else " ".join(self.reasons))


@dataclass(frozen=True)
class Line:
    """One line: its kind, its words, its place from 1. `person`: the register's number of the person, where one is named."""

    kind: str
    says: Mapping[str, Any]
    place: int = 0
    person: int | None = None

    def text(self, word: str) -> str | None:
        """The word as text, or None where it does not stand."""
        found = self.says.get(word)
        return None if found is None or found == "" else str(found)

    def yes(self, word: str) -> bool:
        return str(self.says.get(word, "")).lower() in YES


@dataclass
class _Read:
    lines: list[Line] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read(text: str) -> list[Line]:
    """The lines of a file, in its order. Raises ScenarioRefused with everything that is wrong with their form."""
    if len(text) > LARGEST:
        raise ScenarioRefused(
            _("The file has %(found)s characters; it has at most %(most)s.") % {"found": len(text), "most": LARGEST}
        )
    try:
        page = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 (texts only)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise ScenarioRefused(
            _("The file is neither YAML nor JSON: %(why)s") % {"why": str(problem).splitlines()[0]}
        ) from problem
    if not isinstance(page, Mapping):
        raise ScenarioRefused(_("A scenario is a list under each of: %(kinds)s.") % {"kinds": ", ".join(Kind.values)})
    found = _Read()
    for kind, rows in page.items():
        if kind in Kind.values and not isinstance(rows, list):
            found.wrong.append(_("Beneath “%(kind)s” there is no list of lines.") % {"kind": str(kind)})
            continue
        if kind not in Kind.values:
            found.wrong.append(
                _("“%(kind)s” is no kind of line. The kinds are: %(kinds)s.")
                % {"kind": str(kind), "kinds": ", ".join(Kind.values)}
            )
            continue
        for number, row in enumerate(rows, 1):
            wrong = list(wrong_with(kind, row))
            found.wrong += [_("%(kind)s %(number)s: %(why)s") % {"kind": kind, "number": number, "why": why} for why in wrong]
            found.lines.append(Line(kind, row, len(found.lines) + 1))
    if len(found.lines) > MOST:
        found.wrong.append(
            _("The file has %(found)s lines; it has at most %(most)s.") % {"found": len(found.lines), "most": MOST}
        )
    if found.wrong:
        raise ScenarioRefused(found.wrong[:50])
    return found.lines


def wrong_with(kind: str, row: Any) -> Iterator[str]:
    """What is wrong with the form of one line; nothing is asked of the register."""
    if not isinstance(row, Mapping):
        yield _("A line says its words, such as %(words)s.") % {"words": ", ".join(sorted(_bare(WORDS[kind])))}
        return
    if row.get("every") and kind in FILLS:
        yield from _wrong_every(row["every"])
        row = filled(kind, row, ["-"])
    yield from _words(row, WORDS[kind])
    into = row.get("into")
    if kind == Kind.MERGE and isinstance(into, Mapping):
        yield from _words(into, UNIT)
    elif kind == Kind.MERGE and into is not None and not isinstance(into, str):
        yield _("`into` is the code of a unit that goes on, or a new unit with code, name, kind and parent.")
    codes = {Kind.MERGE: ("units", "parts"), Kind.DISSOLVE: ("heirs",)}.get(Kind(kind), ())
    if codes and not any(row.get(word) for word in codes) or not all(_texts(row[word]) for word in codes if row.get(word)):
        yield _("`units`, `parts` and `heirs` are lists of codes.")
    if kind == Kind.DIVIDE:
        if not isinstance(into, list) or not into:
            yield _("`into` is the list of the new units.")
        else:
            for unit in into:
                yield from _words(unit, UNIT) if isinstance(unit, Mapping) else (_("`into` is the list of the new units."),)
    if kind == Kind.POSTS:
        yield from _wrong_posts(row)
    if kind == Kind.PEOPLE:
        yield from _wrong_people(row)
    if kind == Kind.HOLDINGS and row.get("holding") and not str(row["holding"]).isdecimal():
        yield _("`holding` is the number of a holding.")


def filled(kind: str, row: Mapping[str, Any], codes: Sequence[str]) -> dict[str, Any]:
    """A line in bulk as a line about these bodies."""
    word = FILLS[kind]
    plain = {each: value for each, value in row.items() if each != "every"}
    return {**plain, word: list(codes) if word == "units" else codes[0]}


def _wrong_every(every: Any) -> Iterator[str]:
    if not isinstance(every, Mapping) or not every.get("kind") or every.keys() - {"kind", "beneath"}:
        yield _("`every` says a `kind` of body, and beneath which it stands: {kind: …, beneath: …}.")


def _words(row: Mapping[str, Any], words: frozenset[str]) -> Iterator[str]:
    for word in sorted(map(str, row.keys() - _bare(words))):
        yield _("“%(word)s” is not a word of this line. Its words are: %(words)s.") % {
            "word": word, "words": ", ".join(sorted(_bare(words))),
        }  # fmt: skip
    for word in sorted(words):
        if word.endswith("*") and not row.get(word[:-1]):
            yield _("`%(word)s` is missing.") % {"word": word[:-1]}
    for word, value in row.items():
        if word == "name":
            if not (
                isinstance(value, str) or (isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()))
            ):
                yield _("A name is a text, or a text for each language.")
        elif isinstance(value, Mapping | list) and word not in ("units", "parts", "heirs", "into"):
            yield _("`%(word)s` is one text.") % {"word": word}


def _wrong_posts(row: Mapping[str, Any]) -> Iterator[str]:
    fates = [word for word in ("to", "end", "keep", "seats") if row.get(word)]
    if len(fates) != 1:
        yield _("A line of posts says one of: `to` a unit, `end`, `keep`, or `seats` of a new post.")
    elif fates == ["seats"]:
        if not row.get("unit") or not row.get("job") or row.get("from"):
            yield _("A new post has `unit`, `job` and `seats`.")
        if not str(row["seats"]).isdecimal() or not 1 <= int(row["seats"]) <= 10_000:
            yield _("`seats` is a number from 1 to 10,000.")
    elif not row.get("from") or row.get("unit") or row.get("former"):
        yield _("Say `from` which unit the posts are.")
    if row.get("post") and not str(row["post"]).isdecimal():
        yield _("`post` is the number of a post.")


def _wrong_people(row: Mapping[str, Any]) -> Iterator[str]:
    if not row.get("person") and not row.get("from"):
        yield _("A line of people says `person` (the identification number), or `from` which unit they are.")
    if row.get("waiting") and row["waiting"] not in STATES:
        yield _("“%(found)s” is no state of waiting. They are: %(states)s.") % {
            "found": str(row["waiting"]), "states": ", ".join(sorted(STATES)),
        }  # fmt: skip
    if not row.get("waiting") and not (row.get("to") and row.get("job")):
        yield _("Say `to` which unit and as which `job`, or for what they are `waiting`.")


def _bare(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word.rstrip("*") for word in words)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str | int) for each in value)
