"""A claims file, YAML or JSON, read into claims with every figure kept as it was written.

A file that is malformed anywhere is refused whole, with the claim and the way on: nothing is half checked.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language, gettext

from canbo.reports.printed import Figure, FigureRefused, Literal, read

LARGEST = 2_000_000
MOST_CLAIMS = 10_000
MOST_PARTS = 1_000
DEEPEST = 6

#: What a claim of each form must have, in the order in which they are explained.
FORMS: dict[str, tuple[str, ...]] = {
    "share": ("part", "whole", "printed"),
    "sum": ("parts", "total"),
    "register": ("organization", "measure", "on", "printed"),
}
#: What any claim may have besides: where it was printed, and what it says in the writer's own words.
ABOUT = ("id", "says", "source", "note")
#: What may be written once for each language: `says: {en: …, vi: …}`.
TOLD = ("says", "note")
FIELDS = tuple(dict.fromkeys([*ABOUT, *(field for fields in FORMS.values() for field in fields)]))
TOP = ("claims", "sources", "title")
SOURCE_FIELDS = ("title", "date", "address", "language")


class ClaimsRefused(ValueError):
    """The claims file cannot be taken as it stands; the text is a sentence for the reader."""


@dataclass(frozen=True)
class Claim:
    """One claim. `form`: share, sum, register, or "alone" for a figure with nothing to check it against."""

    id: str
    form: str
    figures: dict[str, Figure]
    parts: tuple[Figure, ...] = ()
    organization: str = ""
    measure: str = ""
    on: date | None = None
    says: str = ""
    source: str = ""


@dataclass(frozen=True)
class Claims:
    """The claims of a file, and the texts in which they were printed, by key."""

    claims: tuple[Claim, ...]
    sources: dict[str, dict[str, str]]
    title: str = ""


def read_file(path: Path) -> str:
    """The text of a claims file. Raises ClaimsRefused when there is none to read."""
    try:
        if path.stat().st_size > LARGEST:
            raise ClaimsRefused(
                gettext("%(path)s is larger than %(limit)s MB; divide the claims among several files.")
                % {"path": path, "limit": LARGEST // 1_000_000}
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ClaimsRefused(gettext("%(path)s is not text in UTF-8; save it as a text file in UTF-8.") % {"path": path}) from None
    except IsADirectoryError:
        raise ClaimsRefused(gettext("%(path)s is a folder; name a file in it.") % {"path": path}) from None
    except FileNotFoundError:
        raise ClaimsRefused(gettext("There is no file %(path)s.") % {"path": path}) from None
    except OSError as problem:
        raise ClaimsRefused(gettext("%(path)s cannot be read: %(why)s.") % {"path": path, "why": problem.strerror}) from None


def parse(text: str) -> Claims:
    """The claims in a text, YAML or JSON. Raises ClaimsRefused."""
    if len(text) > LARGEST:
        raise ClaimsRefused(gettext("The claims are longer than %(limit)s MB; divide them.") % {"limit": LARGEST // 1_000_000})
    content = _load(text)
    if content in (None, "", []):
        raise ClaimsRefused(gettext("The file is empty; it needs a list `claims:`, as in docs/guide/claims.md."))
    if not isinstance(content, dict) or "claims" not in content:
        near = _nearest(content, ["claims"]) if isinstance(content, dict) else ""
        raise ClaimsRefused(gettext("The file has no list `claims:` at its top; put the claims beneath it.") + near)
    _refuse_unknown(content, TOP, gettext("At the top of the file"))
    sources = _sources(content.get("sources") or {})
    listed = content["claims"]
    if not isinstance(listed, list) or not listed:
        raise ClaimsRefused(gettext("`claims:` must be a list with at least one claim."))
    if len(listed) > MOST_CLAIMS:
        raise ClaimsRefused(
            gettext("The file has %(count)s claims; at most %(most)s are taken at once.")
            % {"count": len(listed), "most": MOST_CLAIMS}
        )
    claims = [_claim(item, number, sources) for number, item in enumerate(listed, start=1)]
    _refuse_duplicates([claim.id for claim in claims])
    title = _in_language(content.get("title", ""))
    return Claims(tuple(claims), sources, title if isinstance(title, str) else "")


def _load(text: str) -> Any:
    """Nested dicts, lists and texts; numbers stay the texts that were written."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        try:
            return json.loads(
                text.lstrip("\ufeff"), parse_int=str, parse_float=Literal, parse_constant=str,
                object_pairs_hook=_without_doubles,
            )  # fmt: skip
        except RecursionError:
            raise _too_deep() from None
        except ValueError as problem:
            if isinstance(problem, ClaimsRefused):
                raise
            fault = problem  # perhaps YAML in flow style, which begins alike
            try:
                return _load_yaml(text)
            except ClaimsRefused:
                raise ClaimsRefused(gettext("The file is not valid JSON: %(why)s.") % {"why": fault}) from None
    return _load_yaml(text)


def _load_yaml(text: str) -> Any:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ClaimsRefused(
                    gettext("Line %(line)s refers to another place of the file (*%(name)s); write the figure out.")
                    % {"line": _line(event.start_mark), "name": event.anchor}
                )
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise _too_deep()
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        why = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise ClaimsRefused(
            gettext("The file is not valid YAML, line %(line)s: %(why)s.") % {"line": _line(mark), "why": why}
        ) from None
    return None if node is None else _from_node(node)


def _line(mark: Any) -> int:
    """The line that the reader sees in an editor; 1 where the parser does not say."""
    return mark.line + 1 if mark is not None else 1


def _from_node(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _without_doubles([(str(key.value), _from_node(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return [_from_node(item) for item in node.value]
    if node.value in {"", "~", "null", "Null", "NULL"} and getattr(node, "style", None) is None:
        return None
    return str(node.value)


def _without_doubles(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ClaimsRefused(gettext("“%(key)s” stands twice in one place of the file; keep one.") % {"key": key})
        found[key] = value
    return found


def _too_deep() -> ClaimsRefused:
    return ClaimsRefused(gettext("The file is nested too deeply; a claim is a flat list of fields."))


def _in_language(words: Any) -> Any:
    """Words written once for each language, such as {en: …, vi: …}, as the reader's; anything else as it is."""
    if not isinstance(words, dict) or not words or not all(len(key) == 2 and isinstance(words[key], str) for key in words):
        return words
    return words.get((get_language() or "en")[:2]) or words.get("en") or next(iter(words.values()))


def _sources(given: Any) -> dict[str, dict[str, str]]:
    if not isinstance(given, dict):
        raise ClaimsRefused(gettext("`sources:` must be a list of keys, each with title, date and address."))
    sources = {}
    for key, about in given.items():
        if isinstance(about, dict):
            about = {field: _in_language(value) if field == "title" else value for field, value in about.items()}
        if not isinstance(about, dict) or not all(isinstance(value, str) for value in about.values()):
            raise ClaimsRefused(gettext("Source “%(key)s” needs fields such as title, date and address.") % {"key": key})
        _refuse_unknown(about, SOURCE_FIELDS, gettext("Source “%(key)s”") % {"key": key})
        sources[key] = about
    return sources


def _claim(item: Any, number: int, sources: dict[str, dict[str, str]]) -> Claim:
    if not isinstance(item, dict):
        raise ClaimsRefused(
            gettext("Claim number %(number)s is not a list of fields; write it as `- id: …` with its fields beneath.")
            % {"number": number}
        )
    identity = item.get("id")
    if not isinstance(identity, str) or not identity.strip():
        near = _nearest(item, ["id"])
        raise ClaimsRefused(gettext("Claim number %(number)s has no id; give it one.") % {"number": number} + near)
    place = gettext("Claim %(id)s") % {"id": identity}
    _refuse_unknown(item, FIELDS, place)
    given = {key: _in_language(value) if key in TOLD else value for key, value in item.items() if value is not None}
    for field in ("says", "source", "note", "organization", "measure", "on"):
        if field in given and not isinstance(given[field], str):
            raise ClaimsRefused(gettext("%(place)s: %(field)s must be a text.") % {"place": place, "field": field})
    source = given.get("source", "")
    if sources and source and source not in sources:
        raise ClaimsRefused(
            gettext("%(place)s: there is no source “%(source)s” in the file.") % {"place": place, "source": source}
            + _nearest([source], list(sources))
        )
    form = _form(given, place)
    texts = _figure_texts(given, form, place)
    try:
        figures = read(texts)
    except FigureRefused as refusal:
        raise ClaimsRefused(f"{place}: {refusal}") from None
    _refuse_impossible(figures, form, place)
    return Claim(
        id=identity, form=form,
        figures={name: figure for name, figure in figures.items() if not name.startswith("parts ")},
        parts=tuple(figure for name, figure in figures.items() if name.startswith("parts ")),
        organization=given.get("organization", ""), measure=given.get("measure", ""),
        on=_day(given["on"], place) if form == "register" else None,
        says=given.get("says", "") or given.get("note", ""), source=source,
    )  # fmt: skip


def _form(given: dict[str, Any], place: str) -> str:
    """Which form of claim the fields make; a field too few or too many is named."""
    fields = [field for field in given if field not in ABOUT]
    for form, needed in FORMS.items():
        if set(fields) == set(needed):
            return form
    if set(fields) <= {"printed"} and (fields or given.get("says") or given.get("note")):
        return "alone"
    own = {"share": {"part", "whole"}, "sum": {"parts", "total"}, "register": {"organization", "measure", "on"}}
    begun = [form for form, marks in own.items() if marks & set(fields)]
    if len(begun) == 1:
        needed = FORMS[begun[0]]
        missing = [field for field in needed if field not in given]
        extra = [field for field in fields if field not in needed]
        if missing:
            raise ClaimsRefused(
                gettext("%(place)s lacks %(missing)s; a claim of this form has %(needed)s.")
                % {"place": place, "missing": ", ".join(missing), "needed": ", ".join(needed)}
            )
        raise ClaimsRefused(
            gettext("%(place)s has %(extra)s too many; a claim of this form has %(needed)s.")
            % {"place": place, "extra": ", ".join(extra), "needed": ", ".join(needed)}
        )
    raise ClaimsRefused(
        gettext("%(place)s is no claim yet: it needs part, whole and printed; or parts and total; or organization, "
                "measure, on and printed.")
        % {"place": place}
    )  # fmt: skip


def _figure_texts(given: dict[str, Any], form: str, place: str) -> dict[str, dict[str, str]]:
    """The texts of a claim's figures, in the groups that share their meaning of comma and dot."""
    counts: dict[str, Any] = {name: given[name] for name in ("part", "whole", "total") if name in given}
    if form == "sum":
        parts = given["parts"]
        if not isinstance(parts, list) or len(parts) < 2:
            raise ClaimsRefused(gettext("%(place)s: parts must be a list of at least two figures.") % {"place": place})
        if len(parts) > MOST_PARTS:
            raise ClaimsRefused(
                gettext("%(place)s has %(count)s parts; at most %(most)s are taken.")
                % {"place": place, "count": len(parts), "most": MOST_PARTS}
            )
        counts.update({f"parts {index}": part for index, part in enumerate(parts)})
    shares: dict[str, Any] = {}
    if "printed" in given:
        (counts if form == "register" else shares)["printed"] = given["printed"]
    for name, value in {**counts, **shares}.items():
        if not isinstance(value, str):
            raise ClaimsRefused(
                gettext("%(place)s: %(field)s must be one figure.") % {"place": place, "field": name.split(" ")[0]}
            )
    return {"counts": counts, "shares": shares}


def _refuse_impossible(figures: dict[str, Figure], form: str, place: str) -> None:
    """Counts of people and things are neither negative nor per cent."""
    checked = {"share": ("part", "whole"), "register": ("printed",)}.get(form, ())
    for name in checked:
        if figures[name].value < 0:
            raise ClaimsRefused(
                gettext("%(place)s: %(field)s is %(text)s, and a count cannot be negative.")
                % {"place": place, "field": name, "text": figures[name].text}
            )
        if figures[name].percent:
            raise ClaimsRefused(
                gettext("%(place)s: %(field)s is %(text)s, but must be a count; the share goes to `printed`.")
                % {"place": place, "field": name, "text": figures[name].text}
            )


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ClaimsRefused(
            gettext("%(place)s: “%(text)s” is not a day; write it as 2025-06-30.") % {"place": place, "text": text[:40]}
        ) from None


def _refuse_unknown(given: dict[str, Any], known: Sequence[str], place: str) -> None:
    unknown = [key for key in given if key not in known]
    if unknown:
        raise ClaimsRefused(
            gettext("%(place)s: there is no field “%(field)s”; the fields are %(known)s.")
            % {"place": place, "field": unknown[0][:60], "known": ", ".join(known)}
            + _nearest(unknown, list(known))
        )


def _nearest(words: Iterable[str], known: Sequence[str]) -> str:
    """A question with the nearest known word; empty when nothing is near."""
    for word in words:
        near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
        if near and near[0] != word:
            return " " + gettext("Did you mean “%(near)s”?") % {"near": near[0]}
    return ""


def _refuse_duplicates(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise ClaimsRefused(gettext("Two claims have the id %(id)s; give each its own.") % {"id": identity})
        seen.add(identity)
