"""One period of one person: the general points, a, b and c from products, d, đ and e for leaders, the result and the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from canbo.rules.evaluation.given import CRITERIA, Work
from canbo.rules.evaluation.products import Sums, sums_of, written
from canbo.rules.evaluation.readings import Reader, exact, missing, plain
from canbo.rules.explain import ArticleVerdict
from canbo.rules.schema import Texts
from canbo.rules.words import LANGUAGES, Message, message

SHOWN = {"dd": "đ"}


@dataclass(frozen=True)
class Open:
    """What the law leaves open in this case, who decides it, and which facts would help."""

    what: Texts
    decided_by: Texts
    missing: tuple[str, ...] = ()


@dataclass
class Scored:
    """A score with everything it followed from.

    parts     general, a, b, c, d, dd, e, result: None where not known or not asked of this person
    lines     the working in numbers, a line for each part and the score
    sources   the verdict that gave each part
    """

    score: Decimal | None = None
    unrounded: Decimal | None = None
    parts: dict[str, Decimal | None] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    sources: dict[str, ArticleVerdict] = field(default_factory=dict)
    sums: Sums | None = None
    missing: list[str] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)


def score(reader: Reader, work: Work) -> Scored:
    """Score one period by the decree on civil servants, with the reader's readings."""
    found = Scored(parts=dict.fromkeys(("general", *CRITERIA, "result")))
    if work.score is not None:
        found.score = found.unrounded = work.score
        found.lines.append(f"score = {plain(work.score)}")
        found.notes.append(message("eval_score_given"))
        return found
    if not reader.gives("evaluation_total"):
        found.notes.append(message("eval_no_points_then", on=reader.on))
        return found
    _general(found, work)
    _from_products(reader, found, work)
    if work.leader:
        _of_leader(reader, found, work)
    _total(reader, found, work)
    found.missing = list(dict.fromkeys(found.missing))
    return found


def _general(found: Scored, work: Work) -> None:
    if work.groups:
        found.parts["general"] = sum(work.groups.values(), Decimal(0)) if len(work.groups) == 3 else None
        if found.parts["general"] is not None:
            shown = " + ".join(plain(each) for each in work.groups.values())
            found.lines.append(f"general = {shown} = {plain(found.parts['general'])}")
    else:
        found.parts["general"] = work.general
    if found.parts["general"] is None:
        found.missing.append("eval.general")


def _from_products(reader: Reader, found: Scored, work: Work) -> None:
    sums = found.sums = sums_of(reader, work.products)
    found.notes += sums.notes
    found.missing += sums.missing
    if not sums.assigned:
        found.missing.append("eval.assigned")
        found.open.append(Open(message_texts("eval_nothing_assigned"), message_texts("eval_authority")))
    for share, name in (("a", "evaluation_a"), ("b", "evaluation_b"), ("c", "evaluation_c")):
        verdict = reader.find(name, sums.facts())
        found.parts[share] = value = exact(verdict)
        if verdict is not None:
            found.sources[share] = verdict
        if value is not None:
            found.lines.append(written(sums, share, verdict))
        elif sums.assigned:
            found.missing += [each for each in missing(verdict) if not sums.missing]
    above = found.parts["a"]
    if above is not None and above > 100:
        found.notes.append(message("eval_above_100", value=plain(above)))


_LEADER = {"d": "evaluation_d", "dd": "evaluation_dd", "e": "evaluation_e"}


def _of_leader(reader: Reader, found: Scored, work: Work) -> None:
    facts: dict[str, object] = {"eval.leader": True}
    facts |= {f"eval.{name}": work.unit[name] for name in ("organising", "cohesion") if name in work.unit}
    completed = _all_completed(reader, work.unit)
    if completed is not None:
        facts["eval.staff_all_completed"] = completed
    for part, name in _LEADER.items():
        given = work.unit.get(part)
        if isinstance(given, Decimal):
            found.parts[part] = given
            found.lines.append(f"{SHOWN.get(part, part)} = {plain(given)} %")
            found.notes.append(message("eval_part_given", name=SHOWN.get(part, part)))
            continue
        verdict = reader.find(name, facts)
        found.parts[part] = value = exact(verdict)
        if verdict is not None:
            found.sources[part] = verdict
            found.missing += missing(verdict)
        if value is not None:
            found.lines.append(f"{SHOWN.get(part, part)} = {plain(value)} %")
        elif verdict is None:
            found.missing.append(f"eval.{part}")
            found.open.append(Open(message_texts("eval_between", name=SHOWN.get(part, part)), message_texts("eval_authority")))


def _all_completed(reader: Reader, unit: Mapping[str, object]) -> bool | None:
    """As it was said; else from the lowest score of the staff, by the bands of the yearly grade."""
    said = unit.get("staff_all_completed")
    if isinstance(said, bool):
        return said
    lowest = unit.get("staff_lowest")
    if not isinstance(lowest, Decimal):
        return None
    band = reader.find("evaluation_grade", {"eval.regime": "civil_servant", "eval.total": lowest, "eval.year": reader.on.year})
    return band is not None and band.value != "not_completed"


def _total(reader: Reader, found: Scored, work: Work) -> None:
    asked = CRITERIA if work.leader else CRITERIA[:3]
    facts: dict[str, object] = {f"eval.{name}": found.parts[name] for name in asked if found.parts[name] is not None}
    facts["eval.leader"] = work.leader
    if any(found.parts[name] is None for name in asked):
        return
    result = reader.find("evaluation_result", facts)
    found.parts["result"] = exact(result)
    shown = " + ".join(plain(found.parts[name]) for name in asked)
    if result is not None:
        found.sources["result"] = result
        found.lines.append(f"result = ({shown}) / {len(asked)} = {plain(found.parts['result'])} %")
    general = found.parts["general"]
    if general is None or found.parts["result"] is None:
        return
    total = reader.find("evaluation_total", {"eval.general": general, "eval.result": found.parts["result"]})
    found.score = exact(total)
    if total is not None:
        found.sources["score"] = total
        found.lines.append(f"score = {plain(general)} + {plain(found.parts['result'])} % × 70 = {plain(found.score)}")
    if found.sums is not None:
        facts |= found.sums.facts() | {"eval.general": general}
        found.unrounded = exact(reader.find("evaluation_total_unrounded", facts))


def message_texts(key: str, **args: object) -> Texts:
    """A sentence in each language, as a text of the rulebook has it."""
    said = message(key, **args)
    return {language: said.say(language) for language in LANGUAGES}
