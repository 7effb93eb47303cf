"""The workforce of a unit in the years to come: read from the register, projected, held against its own past.

    ground = read("68", on=...)                          what the reader may count of it, once
    found = project(ground, Asked(to=2035, runs=200))     by year and measure: p10, p50, p90

Only counts come out, so facts of the people counted are read whole (counts.counting), cut to the organizations that the
running transaction may see. When somebody may retire is asked of the rulebook, month of birth by month of birth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from canbo.modelling.projection import backtest, course, rates, record, search
from canbo.modelling.projection.course import MEASURES, Course, Levers, Places
from canbo.modelling.projection.record import FAR, Horizon, Record, Staff, day_of, month_of
from canbo.registry import queries, saying
from canbo.registry.queries import Unit
from canbo.registry.saying import digits
from canbo.reports import counts, projection_reading
from canbo.rules import corpus
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.schema import Fact

LATEST = 2045
FEWEST = 5  # people: of fewer nothing is projected, it would tell of each
RUNS = (20, 10_000)
MOST = 1_000_000_000  # persons times runs
BACK = 60  # runs of each back-test
SEED = 1
#: Levers that the search may pull, and how far unless said otherwise: people a year as a share of all, shares as they are.
LIMITS = {"recruit": 0.1, "train": 0.1, "later": 0.5, "rotate": 1.0}
SHARES = ("women", "degree")
#: The figures of the rulebook that say when somebody retires: ordinarily, and at the latest by decision.
ORDINARY, AT_LATEST = "retirement_month", "latest_retirement_month"
YOUNGEST, OLDEST = 16, 75  # years before the day: who was born outside them is not told about


class ProjectionRefused(ValueError):
    """What was asked cannot be projected; the text says what could be."""


@dataclass(frozen=True)
class Asked:
    """What is asked: up to the end of which year, how many runs, from which seed, what is done differently, what to reach."""

    to: int = 2035
    runs: int = 200
    seed: int = SEED
    levers: Levers = field(default_factory=Levers)
    targets: Sequence[search.Target] = ()
    costs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What the register says of a unit on a day, and of its past."""

    unit: Unit
    on: date
    record: Record
    law: Corpus
    outside: int
    people: int


@dataclass(frozen=True)
class Projected:
    """The answer, with what it rests on."""

    ground: Ground
    asked: Asked
    staff: Staff
    rates: rates.Rates
    places: Places
    course: Course
    backtest: backtest.Backtest
    mix: search.Mix | None = None

    def to_dict(self) -> dict[str, Any]:
        """For `--json`: counts of people to a tenth, shares between 0 and 1, ages in years."""
        ground, found = self.ground, self.course
        levers = self.mix.levers if self.mix else self.asked.levers
        return {
            "unit": ground.unit.code, "name": ground.unit.label, "on": ground.on.isoformat(), "to": self.asked.to,
            "runs": self.asked.runs, "seed": self.asked.seed, "people": len(self.staff), "outside": ground.outside,
            "years": {str(year): {name: plain(name, told[year]) for name, told in self.told().items()} for year in found.horizon.years},
            "retirements_by_month": self.by_month(),
            "unknown": self.unknown(),
            "levers": {name: getattr(levers, name) for name in search.NAMES},
            "search": self.mix and self.searched(),
            "rates": self.fitted(),
            "backtest": self.tested(),
            "law": {"rulebook": ground.law.hash, "retirement": [one.id for one in ground.law.in_force(ground.on) if one.gives == "retirement_month"]},
            "assumptions": assumptions(self),
        }  # fmt: skip

    def told(self) -> dict[str, dict[int, dict[str, float]]]:
        """By measure and year: p10, p50, p90; where birth or sex of somebody is unknown also least and most."""
        return {name: self.course.told(name) for name in MEASURES}

    def by_month(self) -> dict[str, dict[str, float]]:
        """Retirements of today's people by month: `lawful` if nobody left before, and what the runs say."""
        found = self.course
        levels = {name: np.quantile(found.monthly, level, axis=0) for name, level in course.LEVELS.items()}
        first = month_of(self.ground.on)
        return {
            f"{(first + month) // 12}-{(first + month) % 12 + 1:02d}":
            {"lawful": int(found.lawful[month]), **{name: round(float(values[month]), 1) for name, values in levels.items()}}
            for month in range(found.horizon.months)
        }  # fmt: skip

    def unknown(self) -> dict[str, Any]:
        """Of how many people what is not known."""
        staff, people = self.staff, max(len(self.staff), 1)
        first = month_of(self.ground.on)
        who = self.ground.record.serving(day_of(self.ground.on))
        retires = self.ground.record.retires[who]
        past = int(((retires != FAR) & (retires < first)).sum())
        numbers = {
            "birth": int((staff.age < 0).sum()), "sex": int((staff.sex < 0).sum()), "degree": int((staff.master < 0).sum()),
            "past_the_age": past, "retirement": int(staff.unsure.sum()),
        }  # fmt: skip
        return {name: {"people": number, "share": round(number / people, 4)} for name, number in numbers.items()}

    def fitted(self) -> dict[str, Any]:
        """What the past says, as the runs took it."""
        one = self.rates
        shares = {name: getattr(one, name) for name in ("again", "women", "master")}
        columns = dict(zip(("leaving", "filled", "led", "gained"), one.past.T, strict=True))
        return {
            "years": list(one.years), "without": sorted(self.ground.record.broken), "leaving_a_year": round(one.yearly, 5),
            "left": round(float(one.events.sum())), "years_of_service": round(float(one.exposure.sum())),
            "by_year": [{"year": year, **{name: round(float(values[row]), 4) for name, values in columns.items()}} for row, year in enumerate(one.years)],
            **{name: {"mean": round(share.mean, 4), "rests_on": share.cases} for name, share in shares.items()},
            "age_at_entry": round(one.entry_age / 12, 1),
        }  # fmt: skip

    def tested(self) -> dict[str, Any]:
        """The back-test: how much of what happened the interval held."""
        told = self.backtest
        return {
            "nominal": 0.8, "coverage": None if told.coverage is None else round(told.coverage, 3), "trials": len(told.steady),
            "through_reorganisations": None if told.through_breaks is None else round(told.through_breaks, 3),
            "by_measure": {name: {"held": held, "of": of} for name, (held, of) in told.by_measure().items()},
            "rows": [
                {"fitted_to": one.fitted, "year": one.year, "measure": one.measure, "held": one.inside, "reorganised": one.broken,
                 **plain(one.measure, {"p10": one.low, "p50": one.middle, "p90": one.high, "actual": one.actual})}
                for one in told.trials
            ],
        }  # fmt: skip

    def searched(self) -> dict[str, Any]:
        """What the search for the cheapest mix found."""
        assert self.mix is not None
        found = [(target, *target.found(self.mix.course)) for target in self.asked.targets]
        return {
            "reached": self.mix.reached, "cost": round(self.mix.cost, 4), "alone": {k: round(v, 6) for k, v in self.mix.alone.items()},
            "targets": [
                {"measure": target.measure, "year": target.year, "at_least" if target.least else "at_most": target.value,
                 "p50": plain(target.measure, {"p50": middle})["p50"], "reached_in": round(share, 3)}
                for target, middle, share in found
            ],
        }  # fmt: skip


def plain(measure: str, values: Mapping[str, float]) -> dict[str, float]:
    """Figures as they are told: shares to four places, ages and depth to two, people to a tenth."""
    places = 4 if measure in SHARES else 2 if measure in ("age", "succession") else 1
    return {name: round(value, places) for name, value in values.items()}


def read(code: str, *, on: date) -> Ground:
    """What the transaction may see of a unit and of all that is or was beneath it. Raises NotInRegister, ProjectionRefused."""
    unit = queries.unit(code, on=on)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    organizations = projection_reading.beneath(unit.id, on=on)
    with counts.counting(organizations) as seen:
        found = projection_reading.record(seen, on=on, until=LATEST, retires=lambda: lawful_months(law, on))
    people = len(found.serving(day_of(on)))
    if people < FEWEST:
        raise ProjectionRefused(
            _("Nobody serves in %(unit)s on %(day)s, as far as you may count: there is nothing to project.")
            % {"unit": unit.label, "day": saying.day(on)}
            if not people
            else _(
                "Only %(people)s people serve in %(unit)s: of fewer than %(fewest)s nothing is projected, it would tell of each."
            )
            % {"people": digits(people), "unit": unit.label, "fewest": digits(FEWEST)}
        )
    return Ground(unit, on, found, law, len(set(organizations)) - len(seen), people)


def check(asked: Asked, *, on: date, people: int = 0) -> None:
    """Raise ProjectionRefused, with a sentence, for what cannot be asked."""
    if on > timezone.localdate():
        raise ProjectionRefused(_("A projection starts today or on a day past, not on %(day)s.") % {"day": saying.day(on)})
    if not on.year <= asked.to <= LATEST:
        raise ProjectionRefused(
            _("A projection goes from %(first)s to %(latest)s; %(asked)s lies outside.")
            % {"first": digits(on.year), "latest": digits(LATEST), "asked": digits(asked.to)}
        )
    if not RUNS[0] <= asked.runs <= RUNS[1]:
        raise ProjectionRefused(
            _("Between %(least)s and %(most)s runs can be asked for, not %(asked)s.")
            % {"least": digits(RUNS[0]), "most": digits(RUNS[1]), "asked": digits(asked.runs)}
        )
    if people * asked.runs > MOST:
        raise ProjectionRefused(
            _("%(people)s people in %(asked)s runs are too many at once; ask for at most %(most)s runs.")
            % {"people": digits(people), "asked": digits(asked.runs), "most": digits(MOST // people)}
        )
    levers = asked.levers
    for name, value in (("later", levers.later), ("rotate", levers.rotate or 0.0)):
        if not 0 <= value <= 1:
            raise ProjectionRefused(
                _("“%(name)s” is a share from 0 to 100 per cent, not %(asked)s.")
                % {"name": name, "asked": digits(f"{value * 100:g}")}
            )
    for name, value in (("recruit", levers.recruit), ("train", levers.train)):
        if not 0 <= value <= 10**7:
            raise ProjectionRefused(
                _("“%(name)s” is a number of people a year, not %(asked)s.") % {"name": name, "asked": digits(f"{value:g}")}
            )
    for target in asked.targets:
        if not on.year <= target.year <= asked.to:
            raise ProjectionRefused(
                _("The target of %(year)s lies outside the years projected, %(first)s to %(to)s.")
                % {"year": digits(target.year), "first": digits(on.year), "to": digits(asked.to)}
            )


def project(ground: Ground, asked: Asked) -> Projected:
    """Project, hold it against the past, and look for the cheapest mix where targets are set. Raises ProjectionRefused."""
    check(asked, on=ground.on, people=ground.people)
    horizon = Horizon(ground.on, asked.to)
    staff = record.staff(ground.record, horizon)
    fitted = rates.estimate(ground.record, ground.on.year - 1)
    places = places_of(ground, horizon)

    def run(levers: Levers) -> Course:
        return course.run(staff, horizon, fitted, places, runs=asked.runs, seed=asked.seed, levers=levers)

    tested = backtest.test(ground.record, ground.on.year - 1, runs=BACK, seed=asked.seed)
    if not asked.targets:
        return Projected(ground, asked, staff, fitted, places, run(asked.levers), tested)
    limits = {name: limit * (len(staff) if name in ("recruit", "train") else 1) for name, limit in LIMITS.items()}
    mix = search.cheapest(
        run, asked.targets, {**dict.fromkeys(LIMITS, 1.0), "later": 100.0, "rotate": 100.0, **asked.costs}, limits, asked.levers
    )
    return Projected(ground, replace(asked, levers=mix.levers), staff, fitted, places, mix.course, tested, mix)


def places_of(ground: Ground, horizon: Horizon) -> Places:
    """The seats at the end of each year as the register has them today; a seat with an end laid down ends."""
    told, today = ground.record.seats, day_of(ground.on)
    _seats, held, leading = told[today]
    busy = int((ground.record.leading(today)).sum())
    seats = np.array([told[day_of(date(year, 12, 31))][0] for year in horizon.years], np.int64)
    return Places(seats, max(held / ground.people, 1.0), leading, max(leading - busy, 0))


# ---- what the law says


@lru_cache(maxsize=4)
def _months(law_hash: str, on: date) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    law = corpus.opened(settings.CANBO_RULEBOOK)
    usual: dict[tuple[int, int], int] = {}
    latest: dict[tuple[int, int], int] = {}
    givers = {name: [one for one in law.in_force(on) if one.gives == name] for name in (ORDINARY, AT_LATEST)}
    if not givers[ORDINARY]:
        raise ProjectionRefused(_("No article in force on %(day)s says when people retire.") % {"day": on.isoformat()})
    for born in range((on.year - OLDEST) * 12, (on.year - YOUNGEST) * 12):
        birth = Fact(date(born // 12, born % 12 + 1, 1))
        for number, word in ((1, "F"), (0, "M")):
            facts = {"person.sex": Fact(word), "person.born": birth}
            decided = {**facts, "person.later_retirement": Fact(True), "person.serves_to_65": Fact(True)}
            usual[number, born] = _month(law, givers[ORDINARY], facts, on)
            latest[number, born] = _month(law, givers[AT_LATEST], decided, on)
    return usual, latest


def lawful_months(law: Corpus, on: date) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """By sex (1 woman, 0 man) and month of birth: the month of ordinary retirement, and the latest by decision; FAR: unknown."""
    return _months(law.hash, on)


def _month(law: Corpus, givers: Sequence[Article], facts: Mapping[str, Fact], on: date) -> int:
    """The month that the first article gives which applies."""
    scene = Scene(law, facts, on)
    for article in givers:
        told = ArticleVerdict(judge(article, scene), False)
        if told.outcome == "value":
            year, month = str(told.value).split("-")[:2]
            return int(year) * 12 + int(month) - 1
    return FAR


def assumptions(found: Projected) -> list[str]:
    """What the figures rest on and what the interval does not hold, in sentences."""
    one = found.rates
    known = _("Rates of leaving, coming, promotion and degrees are those of %(first)s to %(last)s in this unit itself; cells of few people are pooled with the rest of their age.") % {
        "first": digits(one.years[0]), "last": digits(one.years[-1])} if one.years else _("The register holds no year of which leaving could be counted: the rates are as uncertain as can be.")  # fmt: skip
    return [
        _("Each of today’s people is followed by month: retirement is by law the last day of the month in which the age is reached; other leaving is drawn."),
        known,
        _("The interval from p10 to p90 holds chance, what so few cases leave open of a rate, and how years differed in the past. It does not hold new law, new quotas, mergers, or a break with the past."),
        _("Places stay as the register has them today; where it lays down an end they end then. Newcomers take a share of the open places, and never more than are open."),
        _("Who changes to a body outside the unit has left it; who comes from one is a newcomer."),
        _("Newcomers are counted, not invented one by one; they come at the age, and with the degrees and share of women, of those who came before."),
        _("Succession counts the places in today’s plans whose holders still serve and were not promoted, for each leading post; no new names are added."),
        _("Of whom birth or sex is unknown, or who serves past the age, nobody can say when they retire: the middle figures let them serve on, and least and most say what else is possible."),
    ]  # fmt: skip
