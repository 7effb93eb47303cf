"""From remits and workload to the number of posts: what was done, how long it takes, how many people that is.

What was accepted from a catalogue of products is counted; what no catalogue counts may be handed over in a study, with its
source. The hours of one standard product are never guessed: until somebody names them only what they would be is told, if
those who serve did nothing else. Sums alone come out, by job and never by person; a job that few hold goes with the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from canbo.modelling.staffing.workload import NOTHING, Range, known, together, yearly
from canbo.registry import queries
from canbo.registry.asking import Row, rows
from canbo.registry.models import Task
from canbo.registry.saying import sentence as _
from canbo.reports import counts, headcount, studies
from canbo.reports.studies import StudyRefused
from canbo.rules import corpus, workdays

OTHER = "other"  # jobs that fewer people hold than may be told apart
CATALOGUE, ENTERED = "catalogue", "entered"
MONTHS = 12
MOST = Decimal(10**9)


@dataclass(frozen=True)
class Volume:
    """Work that no catalogue counts: `counts` of months, or `yearly`; `hours` for one; the job that does it."""

    code: str
    name: str
    hours: float
    job: str
    source: str
    yearly: float | None = None
    counts: tuple[float, ...] = ()

    @property
    def a_year(self) -> Range:
        """How many a year."""
        if self.yearly is not None:
            return known(self.yearly)
        return yearly(self.counts, a_year=MONTHS, chance=sum(self.counts) / len(self.counts))


@dataclass(frozen=True)
class Study:
    """What was asked beside what is on record. `products`: what if a product were needed so many times a year."""

    standard_hours: float | None = None
    hours_of_year: float | None = None
    source: str = ""
    volumes: tuple[Volume, ...] = ()
    products: Mapping[str, float] = field(default_factory=dict)
    factor: float = 1.0


@dataclass(frozen=True)
class Year:
    """The hours of one person in a year: `hours` None where the holidays of the year are not known and nobody said."""

    hours: float | None
    working_days: int | None
    leave_days: int
    hours_a_day: int
    told: bool = False


@dataclass(frozen=True)
class Line:
    """One kind of work: how often a year, hours for one (None: nobody named them), where it comes from."""

    code: str
    name: str
    source: str
    volume: Range
    coefficient: float | None
    hours_each: float | None
    counted: tuple[float, ...] = ()
    note: str = ""

    @property
    def hours(self) -> Range | None:
        """Hours a year."""
        return None if self.hours_each is None else self.volume.times(self.hours_each)


@dataclass(frozen=True)
class Job:
    """One job: the posts that its work asks for, and those there are. `posts` None: not reckoned."""

    code: str
    names: dict[str, str]
    posts: Range | None
    quota: int
    filled: int


@dataclass(frozen=True)
class Found:
    """What was asked. `units`: standard products of a year; `implied`: hours of one if those who serve did nothing else."""

    unit: queries.Unit
    on: date
    year: Year
    standard_hours: float | None
    periods: tuple[str, ...]
    lines: tuple[Line, ...]
    jobs: tuple[Job, ...]
    posts: Range | None
    units: Range
    implied: float | None
    measured: tuple[str, ...]
    bodies: int
    quota: int
    filled: int
    without: tuple[Row, ...]

    def gap(self, number: int) -> Range | None:
        """Posts beyond a number: more than it where positive, fewer where negative."""
        if self.posts is None:
            return None
        low, high = (None if end is None else end - number for end in (self.posts.low, self.posts.high))
        return Range(self.posts.middle - number, low, high)


def of(code: str, *, on: date, study: Study | None = None) -> Found:
    """The workload of the unit with `code` and all beneath it in the twelve months before a day. Raises NotInRegister,
    StudyRefused for a task that is nobody's here or a product that was never counted."""
    study = study or Study()
    unit = queries.unit(code, on=on)
    with counts.counting(queries.subtree(unit.id, on=on)) as seen:
        done, periods, length = _done(seen, on=on)
        bodies = sorted({row["body"] for row in done})
        remits = _remits(seen, on=on)
        jobs = _jobs(seen, bodies, on=on) if bodies else _jobs(seen, seen, on=on)
        measured = tuple(one.code for one in queries.units(bodies, on=on))
    _refuse_unknown(study, {row["product"] for row in done}, {row["code"] for row in remits}, jobs)
    year = _year(on.year, study.hours_of_year)
    products = _by_product(done, periods)
    a_year = MONTHS // length
    lines = [_line(key, products, study, a_year) for key in sorted(products)] + [_entered(each) for each in study.volumes]
    by_job = _hours_by_job(done, periods, study, a_year)
    units = _standard(products, products, study, a_year)
    told = _told_jobs(by_job, jobs, study, year)
    staff = {name: job for name, job in jobs.items() if not job["leads"]}
    filled, seats = (sum(job[what] for job in staff.values()) for what in ("filled", "quota"))
    implied = filled * year.hours / units.middle if year.hours and units.middle else None
    asked = {each.code for each in study.volumes}
    return Found(
        unit, on, year, study.standard_hours, tuple(periods), tuple(lines), tuple(told), _posts(told), units, implied, measured, len(seen),
        seats, filled, tuple(row for row in remits if row["code"] not in asked),
    )  # fmt: skip


@lru_cache(maxsize=1)
def figures() -> Mapping[str, Any]:
    """`staffing.yaml`: hours of a day, days of leave, and of how few people nothing is told."""
    file = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "staffing.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _remits(ids: Sequence[int], *, on: date) -> list[Row]:
    """Tasks that are these bodies' on the day: code, names, body."""
    return rows(
        "SELECT t.code, t.names, c.code AS body FROM {remit} r JOIN {task} t ON t.id = r.task_id"
        " JOIN {organizationcode} c ON c.organization_id = r.organization_id AND c.valid @> %(on)s::date"
        " WHERE r.organization_id = ANY (%(ids)s) AND r.valid @> %(on)s::date ORDER BY c.code, t.field, t.code",
        {"ids": list(ids), "on": on},
    )


def _year(year: int, told: float | None) -> Year:
    leave, hours = figures()["leave_days"]["value"], figures()["hours_a_day"]["value"]
    days = workdays.in_year(corpus.opened(settings.CANBO_RULEBOOK).path, year)
    worked = None if days is None else float((days - leave) * hours)
    return Year(told if told is not None else worked, days, leave, hours, told is not None)


def _done(ids: Sequence[int], *, on: date) -> tuple[list[Row], list[str], int]:
    """What was accepted, by body, product, job and stretch of time; the stretches in order; and how many months each has.

    Stretches are as long as the longest period in which somebody here scores; the last ends before the day.
    """
    found = rows(
        """
        SELECT a.organization_id AS body, p.code AS product, p.name, a.coefficient, a.first, a.last, j.code AS job, a.person_id AS person,
               sum(x.done)::float AS done
        FROM evaluation_assignment a JOIN evaluation_product p ON p.id = a.product_id
        JOIN LATERAL (SELECT c.done FROM evaluation_acceptance c WHERE c.assignment_id = a.id ORDER BY c.id DESC LIMIT 1) x ON true
        LEFT JOIN LATERAL (
            SELECT j.code FROM {membership} m JOIN {post} q ON q.id = m.post_id JOIN {job} j ON j.id = q.job_id
            WHERE m.person_id = a.person_id AND m.organization_id = a.organization_id AND m.valid && daterange(a.first, a.last, '[]')
            ORDER BY upper(m.valid) DESC NULLS FIRST, j.rank NULLS LAST, m.id LIMIT 1) j ON true
        WHERE a.organization_id = ANY (%(ids)s) AND a.last < %(on)s::date AND a.first >= %(on)s::date - interval '18 months'
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY a.first, p.code
        """,
        {"ids": list(ids), "on": on},
    )
    if not found:
        return [], [], 1
    length = max(_months(row["first"], row["last"]) for row in found)
    last = min(_stretch(max(row["first"] for row in found), length), _stretch(on, length) - 1)
    first = max(_stretch(min(row["first"] for row in found), length), last - MONTHS // length + 1)
    kept = [{**row, "at": _stretch(row["first"], length)} for row in found]
    names = [_named(number, length) for number in range(first, last + 1)]
    return [{**row, "at": row["at"] - first} for row in kept if first <= row["at"] <= last], names, length


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * MONTHS + last.month - first.month + 1


def _stretch(day: date, length: int) -> int:
    return (day.year * MONTHS + day.month - 1) // length


def _named(number: int, length: int) -> str:
    year, month = divmod(number * length, MONTHS)
    if length == MONTHS:
        return str(year)
    return f"{year}-Q{month // 3 + 1}" if length == 3 else f"{year}-{month + 1:02d}"


@dataclass(frozen=True)
class Product:
    """A product as it was counted: `counts` in each stretch."""

    code: str
    name: str
    coefficient: float
    counts: tuple[float, ...]


def _by_product(done: Sequence[Row], periods: Sequence[str]) -> dict[tuple[str, float], Product]:
    """By code and coefficient: what was assigned at another coefficient counts as it was assigned."""
    counted: dict[tuple[str, float], list[float]] = defaultdict(lambda: [0.0] * len(periods))
    names: dict[tuple[str, float], str] = {}
    for row in done:
        key = (row["product"], float(row["coefficient"]))
        counted[key][row["at"]] += row["done"]
        names[key] = row["name"]
    return {key: Product(key[0], names[key], key[1], tuple(series)) for key, series in counted.items()}


def _asked(key: tuple[str, float], products: Mapping[tuple[str, float], Product], study: Study) -> float | None:
    """What the study asks a year of a product; of one that was assigned at several coefficients, the share of each."""
    if key[0] not in study.products:
        return None
    total = sum(sum(each.counts) for each in products.values() if each.code == key[0])
    return study.products[key[0]] * sum(products[key].counts) / total if total else study.products[key[0]]


def _line(key: tuple[str, float], products: Mapping[tuple[str, float], Product], study: Study, a_year: int) -> Line:
    product, asked = products[key], _asked(key, products, study)
    hours = None if study.standard_hours is None else product.coefficient * study.standard_hours
    counted = yearly(product.counts, a_year=a_year, chance=sum(product.counts) / len(product.counts)).times(study.factor)
    volume, note = (counted, "what_if" if study.factor != 1 else "") if asked is None else (known(asked), "what_if")
    return Line(key[0], product.name, CATALOGUE, volume, product.coefficient, hours, product.counts, note)


def _entered(volume: Volume) -> Line:
    return Line(volume.code or volume.name, volume.name, ENTERED, volume.a_year, None, volume.hours, volume.counts, volume.source)


def _standard(
    parts: Mapping[tuple[str, float], Product], whole: Mapping[tuple[str, float], Product], study: Study, a_year: int
) -> Range:
    """Standard products a year of what was counted in `parts` of the whole; where the study asks another number, its share."""
    counted, weights, total = [], [], NOTHING
    for key, part in parts.items():
        asked = _asked(key, whole, study)
        if asked is None:
            counted.append(tuple(count * study.factor for count in part.counts))
            weights.append(part.coefficient)
        elif sum(whole[key].counts):
            total = total.plus(known(asked * sum(part.counts) / sum(whole[key].counts) * part.coefficient))
    return total.plus(together(counted, weights, a_year=a_year))


def _hours_by_job(done: Sequence[Row], periods: Sequence[str], study: Study, a_year: int) -> dict[str, Range]:
    """Standard products a year of each job; a job that too few hold is told with the others."""
    people: dict[str, set[int]] = defaultdict(set)
    for row in done:
        people[row["job"] or OTHER].add(row["person"])
    few = {job for job, who in people.items() if len(who) < figures()["least_people"]}
    mine: dict[str, list[Row]] = defaultdict(list)
    for row in done:
        job = row["job"] or OTHER
        mine[OTHER if job in few else job].append(row)
    whole = _by_product(done, periods)
    return {job: _standard(_by_product(told, periods), whole, study, a_year) for job, told in mine.items()}


def _jobs(seen: Sequence[int], bodies: Sequence[int], *, on: date) -> dict[str, dict[str, Any]]:
    """Places of the measured bodies by job: names, quota, filled, whether it leads."""
    jobs: dict[str, dict[str, Any]] = {}
    standing = {row["code"]: row["standing"] for row in rows("SELECT code, standing FROM {job}")}
    for row in headcount.places([each for each in bodies if each in set(seen)], on=on):
        job = jobs.setdefault(
            row["job"], {"names": row["job_names"], "quota": 0, "filled": 0, "leads": standing[row["job"]] != "staff"}
        )
        job["quota"] += row["seats"]
        job["filled"] += row["filled"]
    return jobs


def _told_jobs(units: Mapping[str, Range], jobs: Mapping[str, Mapping[str, Any]], study: Study, year: Year) -> list[Job]:
    """Posts of each job. Who leads is not reckoned from products, unless some were accepted from them."""
    entered: dict[str, Range] = defaultdict(lambda: NOTHING)
    for each in study.volumes:
        entered[each.job] = entered[each.job].plus(each.a_year.times(each.hours))
    found, apart = [], {name for name in jobs if name in units or name in entered}
    for name in sorted({*units, *entered, *jobs}, key=lambda one: (one == OTHER, one)):
        posts = None
        can = year.hours and (study.standard_hours is not None or name not in units)
        if can and (name in units or name in entered):
            hours = entered[name]
            if name in units:
                hours = hours.plus(units[name].times(study.standard_hours or 0))
            posts = hours.times(1 / year.hours)  # type: ignore[operator]
        there = jobs.get(name, {"names": {}, "quota": 0, "filled": 0, "leads": False})
        if name == OTHER:
            rest = [job for other, job in jobs.items() if other not in apart and not job["leads"]]
            there = {**there, "quota": sum(job["quota"] for job in rest), "filled": sum(job["filled"] for job in rest)}
        elif name not in apart and OTHER in units and not there["leads"]:
            continue
        found.append(Job(name, there["names"], posts, there["quota"], there["filled"]))
    return found


def _posts(jobs: Sequence[Job]) -> Range | None:
    told = [job.posts for job in jobs if job.posts is not None]
    if not told:
        return None
    total = NOTHING
    for each in told:
        total = total.plus(each)
    return total


def _refuse_unknown(study: Study, products: set[str], tasks: set[str], jobs: Mapping[str, Any]) -> None:
    for code in study.products:
        if code not in products:
            raise StudyRefused(
                _("No product %(code)s was accepted here; there are %(known)s.")
                % {"code": code, "known": ", ".join(sorted(products)) or "–"}
            )
    for each in study.volumes:
        if each.code and each.code not in tasks:
            raise StudyRefused(
                _("The task %(code)s is in nobody's remit here. Give it to a body, or name the work with `name`.")
                % {"code": each.code}
            )
        if each.job not in jobs:
            raise StudyRefused(
                _("There is no post of the job %(code)s here; there are %(known)s.")
                % {"code": each.job, "known": ", ".join(sorted(jobs)) or "–"}
            )


def read(file: Path) -> Study:
    """The study of a file (examples/staffing/workload.yaml says what stands in it). Raises StudyRefused."""
    told = studies.opened(file, ("standard_hours", "hours_of_year", "source", "volumes", "products"))
    numbers = {
        name: float(studies.number(told[name], name, most=MOST)) for name in ("standard_hours", "hours_of_year") if name in told
    }
    if numbers.get("hours_of_year") == 0:
        raise StudyRefused(
            _("%(at)s: %(found)s is no number from %(least)s on.") % {"at": "hours_of_year", "found": 0, "least": 1}
        )
    names = dict(Task.objects.values_list("code", "names"))
    volumes = [
        _volume(each, f"volumes[{number}]", names)
        for number, each in enumerate(studies.listed(told.get("volumes", []), "volumes"), 1)
    ]
    products = {
        code: float(studies.number(value, f"products.{code}", most=MOST))
        for code, value in studies.fields(told.get("products", {}), "products").items()
    }
    return Study(**numbers, source=told.get("source", ""), volumes=tuple(volumes), products=products)


def _volume(value: Any, at: str, tasks: Mapping[str, Mapping[str, str]]) -> Volume:
    told = studies.fields(value, at, ("task", "name", "yearly", "months", "hours", "job", "source"), ("hours", "job", "source"))
    if ("task" in told) == ("name" in told) or ("yearly" in told) == ("months" in told):
        raise StudyRefused(_("%(at)s: give a task or a name, and a number of a year or of months.") % {"at": at})
    counted = tuple(float(studies.number(each, f"{at}.months", most=MOST)) for each in studies.listed(told.get("months", []), at))
    if "months" in told and not counted:
        raise StudyRefused(_("%(at)s: %(found)s is missing.") % {"at": at, "found": "months"})
    code = told.get("task", "")
    name = queries.in_language(dict(tasks.get(code, {}))) or code if code else str(told["name"])
    a_year = float(studies.number(told["yearly"], f"{at}.yearly", most=MOST)) if "yearly" in told else None
    hours = float(studies.number(told["hours"], f"{at}.hours", most=MOST))
    return Volume(code, name, hours, str(told["job"]), str(told["source"]), a_year, counted)


def to_dict(found: Found) -> dict[str, Any]:
    """For `--json`: posts and gaps in the head, then every step of the reckoning."""
    year = found.year
    return {
        "unit": found.unit.code, "name": found.unit.label, "on": found.on.isoformat(),
        "posts": _rounded(found.posts), "quota": found.quota, "filled": found.filled,
        "gap_to_quota": _rounded(found.gap(found.quota)), "gap_to_filled": _rounded(found.gap(found.filled)),
        "hours_of_year": {"hours": year.hours, "working_days": year.working_days, "leave_days": year.leave_days,
                          "hours_a_day": year.hours_a_day, "told": year.told,
                          "sources": {name: figures()[name]["source"] for name in ("hours_a_day", "leave_days")}},
        "standard_hours": found.standard_hours, "standard_hours_if_nothing_else_was_done": None if found.implied is None else round(found.implied, 2),
        "standard_products": _rounded(found.units), "periods": list(found.periods),
        "bodies": found.bodies, "bodies_measured": list(found.measured),
        "lines": [
            {"code": line.code, "name": line.name, "source": line.source, "note": line.note, "counted": list(line.counted),
             "a_year": _rounded(line.volume), "coefficient": line.coefficient, "hours_each": line.hours_each,
             "hours": _rounded(line.hours), "posts": _rounded(line.hours.times(1 / year.hours)) if line.hours and year.hours else None,
             "arithmetic": arithmetic(line, year)}
            for line in found.lines
        ],
        "jobs": [{"code": job.code, "posts": _rounded(job.posts), "quota": job.quota, "filled": job.filled} for job in found.jobs],
        "remits_without_volume": [{"body": row["body"], "code": row["code"]} for row in found.without],
    }  # fmt: skip


def arithmetic(line: Line, year: Year) -> str:
    """The reckoning of a line in figures, as one would do it by hand."""
    steps = f"{line.volume.middle:.2f}"
    if line.counted:
        a_year = f"({' + '.join(f'{count:g}' for count in line.counted)}) / {len(line.counted)} = {sum(line.counted) / len(line.counted):.2f}; "
        steps = a_year + steps
    if line.hours is None or line.hours_each is None:
        return f"{steps} x {line.coefficient:g}" if line.coefficient is not None else steps
    told = f"{steps} x {line.hours_each:g} h = {line.hours.middle:.1f} h"
    return f"{told}; / {year.hours:g} h = {line.hours.middle / year.hours:.2f}" if year.hours else told


def _rounded(range_: Range | None) -> dict[str, float | None] | None:
    if range_ is None:
        return None
    low, high = (None if end is None else round(end, 2) for end in (range_.low, range_.high))
    return {"middle": round(range_.middle, 2), "low": low, "high": high}
