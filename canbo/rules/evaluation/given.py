"""The files of an evaluation, read strictly: every entry has its place, and what cannot be is refused in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from canbo.rules.casefile import written
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.reading import Part, nearest, read_text
from canbo.rules.schema import Catalogue, Value
from canbo.rules.words import RuleError, error

CATEGORIES = ("civil_servant", "public_employee")
CRITERIA = ("a", "b", "c", "d", "dd", "e")
EXTRA = ("taken_over", "unexpected")
MOST_PRODUCTS = 10_000
MOST_RESULT = 70  # points of the result, of 100: Decree 233/2026, article 11, clause 1
_NUMBER = re.compile(r"[-+]?[0-9]{1,12}(\.[0-9]{1,12})?")


@dataclass(frozen=True)
class Product:
    """What was assigned of one product and what became of it.

    coefficient      standard products that one counts for, frozen when it was assigned
    extra            taken_over or unexpected: handed over after the first assignment, so outside the denominator
    delays           times late; None where only days are known
    objective_cause  an objective cause that the authority confirmed; `claimed` where it was only said
    """

    name: str
    coefficient: Decimal
    assigned: Decimal
    done: Decimal
    quality_failures: int = 0
    delays: int | None = 0
    days_late: int | None = 0
    objective_cause: bool = False
    claimed: bool = False
    extra: str = ""


@dataclass(frozen=True)
class Regulation:
    """How a public service unit weighs the criteria of the result: points of each, which sum to 70; the text that says so."""

    weights: Mapping[str, Decimal]
    number: str = ""
    dated: date | None = None


@dataclass(frozen=True)
class Work:
    """One period of one person: what the score is made of, or the score itself where it was settled before.

    regulation  by which the period is weighed, where another one holds than for the person as a whole
    """

    period: Period | None
    leader: bool
    general: Decimal | None
    groups: Mapping[str, Decimal]
    products: tuple[Product, ...]
    unit: Mapping[str, Value | Decimal]
    score: Decimal | None = None
    regulation: Regulation | None = None


@dataclass(frozen=True)
class Person:
    """One person as handed over.

    ways        by question of the readings, the way that the body follows, where the file says one
    regulation  of the public service unit, which holds in every period that names no other
    types       (first day, month or quarter): how the body's period of scoring changed
    party       points by the form of the Party, where the person is on the Party's track too; None: on it, points not known
    """

    id: str
    category: str
    period: Period | None
    works: tuple[Work, ...]
    facts: Mapping[str, object]
    ways: Mapping[str, str]
    regulation: Regulation | None
    types: tuple[tuple[date, str], ...]
    on_party_track: bool = False
    party: Decimal | None = None


def amount(part: Part, *, most: int, places: int) -> Decimal:
    """A number of at least nothing, with at most so many decimals."""
    text = str(part.data)
    if isinstance(part.data, bool) or not _NUMBER.fullmatch(text):
        raise part.wrong("eval_not_a_number", name=part.name, found=part.data)
    number = Decimal(text)
    if not 0 <= number <= most:
        raise part.wrong("eval_out_of_range", name=part.name, found=number, most=most)
    if number.as_tuple().exponent < -places:  # type: ignore[operator]  # a finite number
        raise part.wrong("eval_too_many_places", name=part.name, found=number, places=places)
    return number


def count(part: Part, *, most: int = 1000) -> int:
    """A whole number of at least nothing."""
    return int(amount(part, most=most, places=0))


def opened(text: str, file: Path) -> Part:
    """A file of YAML or JSON; it must hold names with values."""
    part = read_text(text.removeprefix("\ufeff"), file)
    part.mapping()
    return part


# ---- persons

_WORK = ("period", "general", "leader", "products", "unit", "score", "regulation")
_PERSON = (*_WORK, "id", "category", "party", "delay_unit", "readings", "facts", "periods", "period_types")


def read_person(text: str, facts: Catalogue, questions: Mapping[str, Collection[str]], *, file: Path) -> Person:
    """One person from a file.

    questions  what may be read in several ways, with the ways, by name
    Raises RuleError with the first thing that is wrong, and its place.
    """
    part = opened(text, file)
    part.only(_PERSON)
    category = part.at("category").choice(CATEGORIES) if part.find("category") else CATEGORIES[0]
    periods = part.find("periods")
    if periods and any(part.find(name) for name in ("products", "score")):
        raise periods.wrong("eval_periods_and_work")
    works = [_work(each, part, facts, category) for each in periods.items()] if periods else [_work(part, part, facts, category)]
    period = _period(part)
    _within(periods, works, period)
    party = part.find("party")
    return Person(
        id=part.at("id").text() if part.find("id") else file.stem,
        category=category,
        period=period or _year_of(works, bool(periods)),
        works=tuple(works),
        facts=_facts(part.find("facts"), facts),
        ways=_ways(part, questions),
        regulation=_regulation(part, category),
        types=_types(part.find("period_types")),
        on_party_track=party is not None and party.data is not False,
        party=amount(party.at("score"), most=1000, places=1) if party and isinstance(party.data, dict) else None,
    )


def _work(part: Part, whole: Part, facts: Catalogue, category: str) -> Work:
    if part is not whole:
        part.only(_WORK)
    leader = part.find("leader") or whole.find("leader")
    period = _period(part)
    general = part.find("general")
    groups = general.mapping() if general and isinstance(general.data, dict) else {}
    if general and groups:
        general.only(("1", "2", "3"))
    products = part.find("products")
    unit = part.find("unit")
    rows = [_product(each, number, period) for number, each in enumerate(products.items(), 1)] if products else []
    if products and len(rows) > MOST_PRODUCTS:
        raise products.wrong("eval_too_many_products", most=MOST_PRODUCTS)
    return Work(
        period=period,
        leader=leader.flag() if leader else False,
        general=amount(general, most=30, places=1) if general and not groups else None,
        groups={name: amount(general.at(name), most=30, places=1) for name in groups} if general else {},
        products=tuple(rows),
        unit=_unit(unit, facts) if unit else {},
        score=amount(part.at("score"), most=1000, places=1) if part.find("score") else None,
        regulation=_regulation(part, category) if part is not whole else None,
    )


_PRODUCT = (
    "name", "coefficient", "assigned", "done", "quality_failures", "delays", "days_late", "objective_cause", "confirmed",
    "extra", "assigned_on", "due_on", "group",
)  # fmt: skip


def _product(part: Part, number: int, period: Period | None) -> Product:
    part.only(_PRODUCT)
    name = part.at("name").text() if part.find("name") else str(number)
    day = part.at("assigned_on").day() if part.find("assigned_on") else None
    if period and day and day > period.last:
        raise part.wrong("eval_assigned_after", name=name, day=day, period=str(period), last=period.last)
    extra = part.at("extra").choice(EXTRA) if part.find("extra") else ""
    days = count(part.at("days_late")) if part.find("days_late") else None
    delays = count(part.at("delays"), most=100) if part.find("delays") else None
    said = part.at("objective_cause").flag() if part.find("objective_cause") else False
    confirmed = part.at("confirmed").flag() if part.find("confirmed") else said
    return Product(
        name=name,
        coefficient=amount(part.at("coefficient"), most=1000, places=2),
        assigned=amount(part.at("assigned"), most=10_000, places=4),
        done=amount(part.at("done"), most=10_000, places=4),
        quality_failures=count(part.at("quality_failures"), most=100) if part.find("quality_failures") else 0,
        # Late by some days is late once; a delay whose days nobody wrote down stays without days.
        delays=(1 if days else 0) if delays is None else delays,
        days_late=(None if delays else 0) if days is None else days,
        objective_cause=said and confirmed,
        claimed=said and not confirmed,
        extra=extra,
    )


_UNIT = ("staff_all_completed", "staff_scores", "organising", "cohesion", "d", "dd", "e")


def _unit(part: Part, facts: Catalogue) -> dict[str, Value | Decimal]:
    part.only(_UNIT)
    found: dict[str, Value | Decimal] = {}
    for name in ("organising", "cohesion"):
        if part.find(name):
            found[name] = part.at(name).choice(facts[f"eval.{name}"].type.values)
    if part.find("staff_all_completed"):
        found["staff_all_completed"] = part.at("staff_all_completed").flag()
    elif part.mapping().get("staff_all_completed") is False:
        found["staff_all_completed"] = False
    scores = part.find("staff_scores")
    if scores:
        found["staff_lowest"] = min((amount(each, most=1000, places=1) for each in scores.items()), default=Decimal(1000))
    for name in ("d", "dd", "e"):
        if part.find(name):
            found[name] = amount(part.at(name), most=100, places=1)
    return found


def _period(part: Part) -> Period | None:
    entry = part.find("period")
    if entry is None:
        return None
    period = parse(entry.text())
    if period is None:
        raise entry.wrong("eval_not_a_period", found=entry.text())
    return period


def _within(part: Part | None, works: Sequence[Work], period: Period | None) -> None:
    """Every listed period is named, lies within the one asked about, and meets no other."""
    if part is None:
        return
    seen: set[Period] = set()
    for entry, work in zip(part.items(), works, strict=True):
        if work.period is None:
            raise entry.wrong("entry_missing", name="period", where=entry.name)
        if period and not period.first <= work.period.first <= work.period.last <= period.last:
            raise entry.wrong("eval_period_outside", name=str(work.period), period=str(period))
        if work.period in seen:
            raise entry.wrong("eval_period_twice", name=str(work.period))
        seen.add(work.period)


def _year_of(works: Sequence[Work], listed: bool) -> Period | None:
    years = {work.period.year for work in works if work.period}
    return Period(date(years.pop(), 1, 1), "year") if listed and len(years) == 1 else None


def _facts(part: Part | None, facts: Catalogue) -> dict[str, object]:
    """Further facts of the rulebook by their names, each checked against the catalogue."""
    found: dict[str, object] = {}
    for name, entry in part.parts() if part else ():
        if name not in facts:
            raise entry.wrong("fact_unknown", name=name, hint=nearest(name, facts))
        found[name] = _one_fact(entry, name, facts)
    return found


def _ways(part: Part, questions: Mapping[str, Collection[str]]) -> dict[str, str]:
    found = {}
    entry = part.find("readings")
    if entry:
        entry.only(questions)
        found = {name: each.choice(questions[name]) for name, each in entry.parts()}
    if part.find("delay_unit"):
        found["delay"] = part.at("delay_unit").choice(questions["delay"])
    return found


def _regulation(part: Part, category: str) -> Regulation | None:
    entry = part.find("regulation")
    if entry is None:
        return None
    if category != "public_employee":
        raise entry.wrong("eval_weights_not_here")
    entry.only(("weights", "number", "dated"))
    weights = entry.at("weights")
    weights.only(CRITERIA)
    found = {name: amount(each, most=MOST_RESULT, places=1) for name, each in weights.parts()}
    if sum(found.values()) != MOST_RESULT:
        raise weights.wrong("eval_weights_sum", found=sum(found.values()), most=MOST_RESULT)
    number = entry.at("number").text() if entry.find("number") else ""
    return Regulation(found, number, entry.at("dated").day() if entry.find("dated") else None)


def _types(part: Part | None) -> tuple[tuple[date, str], ...]:
    found = [(each.at("from").day(), each.at("type").choice(("month", "quarter"))) for each in part.items()] if part else []
    for (before, _), (after, _), entry in zip(found, found[1:], list(part.items())[1:] if part else [], strict=False):
        if after <= before:
            raise entry.wrong("steps_out_of_order", found=after, before=before)
    return tuple(found)


# ---- organisations


@dataclass(frozen=True)
class Body:
    """One organisation as handed over: its facts by name, and the points of its head where the file gives them."""

    id: str
    period: Period | None
    facts: Mapping[str, object]
    head: Decimal | None = None


_TASKS = ("planned", "done", "late", "above")


def read_body(text: str, facts: Catalogue, *, file: Path) -> Body:
    """One organisation from a file: the facts `org.*` without their first word, counts of tasks, grades of its units."""
    part = opened(text, file)
    own = [name.removeprefix("org.") for name in facts if name.startswith("org.")]
    part.only((*own, "id", "period", "tasks", "subordinates", "head"))
    found: dict[str, object] = {"org.regime": "administrative"}
    for name in own:
        entry = part.mapping().get(name)
        if entry is not None:
            found[f"org.{name}"] = _one_fact(part.at(name), f"org.{name}", facts)
    found |= _tasks(part.find("tasks")) | _units(part.find("subordinates"))
    head = part.find("head")
    return Body(
        id=part.at("id").text() if part.find("id") else file.stem,
        period=_period(part),
        facts=found,
        head=amount(head.at("score"), most=1000, places=1) if head else None,
    )


def _one_fact(part: Part, name: str, facts: Catalogue) -> object:
    try:
        value = part.data if isinstance(part.data, bool | date) else written(facts[name], part.text())
        facts.accept(name, value)
    except RuleError as trouble:
        trouble.place = trouble.place or part.place
        raise
    return value


def _tasks(part: Part | None) -> dict[str, object]:
    """Shares from counts; to a tenth against the body, so that no rounding lifts it over a bound."""
    if part is None:
        return {}
    part.only(_TASKS)
    counts = {name: count(part.at(name), most=1_000_000) for name in _TASKS if part.find(name) or part.mapping().get(name) == 0}
    planned = counts.get("planned", 0)
    if not planned:
        raise part.wrong("eval_no_tasks")
    for name, number in counts.items():
        if number > planned:
            raise part.at(name).wrong("eval_more_than_planned", name=name, found=number, planned=planned)
    shares = {name: Decimal(1000 * number // planned) / 10 for name, number in counts.items() if name in ("done", "above")}
    if "late" in counts:
        shares["late"] = Decimal(-(-1000 * counts["late"] // planned)) / 10
    return {f"org.tasks_{name}": share for name, share in shares.items()}


def _units(part: Part | None) -> dict[str, object]:
    """What follows from the grades of the units directly beneath: an empty one has not been graded yet."""
    if part is None:
        return {}
    grades = [entry.choice(GRADES) if entry.data is not None else None for entry in part.items()]
    found: dict[str, object] = {"org.has_subordinates": bool(grades), "org.subordinates_graded": None not in grades}
    if "not_completed" in grades or None not in grades:
        found["org.subordinate_failed"] = "not_completed" in grades
    return found


# ---- caps

GRADES = ("excellent", "good", "completed", "not_completed")
OF = ("persons", "public_employees", "organizations", "service_units")


@dataclass(frozen=True)
class Rated:
    """One of those graded: its grade, and what may order those who reached excellent."""

    id: str
    grade: str
    figures: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Rating:
    """Those graded in one body: by group of similar tasks, how many of each grade, and who where they are named."""

    of: str
    outstanding: bool
    groups: Mapping[str, Mapping[str, int]]
    named: Mapping[str, tuple[Rated, ...]]


def read_rating(text: str, order: Sequence[str], *, file: Path) -> Rating:
    """Grades and groups from a file: `groups` with counts, or `people` with a grade each; `order`: figures that may be given."""
    part = opened(text, file)
    part.only(("of", "outstanding", "groups", "people", "id"))
    of = part.at("of").choice(OF) if part.find("of") else OF[0]
    outstanding = part.at("outstanding").flag() if part.find("outstanding") else False
    groups: dict[str, dict[str, int]] = {}
    named: dict[str, list[Rated]] = {}
    if (part.find("groups") is None) == (part.find("people") is None):
        raise part.wrong("eval_groups_or_people")
    if part.find("groups"):
        for name, entry in part.at("groups").parts():
            entry.only(GRADES)
            groups[name] = {grade: count(entry.at(grade), most=100_000) if entry.mapping().get(grade) else 0 for grade in GRADES}
        return Rating(of, outstanding, groups, {})
    seen: set[str] = set()
    for number, entry in enumerate(part.at("people").items(), 1):
        entry.only(("id", "grade", "group", *order))
        who = entry.at("id").text() if entry.find("id") else str(number)
        if who in seen:
            raise entry.wrong("eval_person_twice", name=who)
        seen.add(who)
        group = entry.at("group").text() if entry.find("group") else "-"
        figures = {
            name: amount(entry.at(name), most=100_000, places=6) for name in order if entry.mapping().get(name) is not None
        }
        rated = Rated(who, entry.at("grade").choice(GRADES), figures)
        named.setdefault(group, []).append(rated)
        counted = groups.setdefault(group, dict.fromkeys(GRADES, 0))
        counted[rated.grade] += 1
    return Rating(of, outstanding, groups, {name: tuple(each) for name, each in named.items()})


def unreadable(name: str, why: object) -> RuleError:
    """A file that cannot be opened."""
    return error("facts_missing", name=name, why=why)
