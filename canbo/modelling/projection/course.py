"""The years one after the other: who of today's staff is left, who comes, and what that makes of the whole.

In every run and year: served before + came - retired - left = serve after. Newcomers come into open places, by the share
of them that the past filled; the numbers of each kind are drawn so that more places never mean fewer people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.typing import NDArray
from scipy.stats import binom

from canbo.modelling.projection import draws
from canbo.modelling.projection.draws import ALL, CLASSES, Counts, Gone
from canbo.modelling.projection.rates import Floats, Rates
from canbo.modelling.projection.record import UNKNOWN, Horizon, Staff

MEASURES = (
    "headcount", "retirements", "leaving", "recruits", "vacancies", "age", "women", "degree", "terms", "promotions", "succession",
)  # fmt: skip
LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Levers:
    """What is done differently.

    recruit  people a year taken in beyond what the past would, as far as places are open
    train    people a year helped to a master's degree beyond those who gain one anyway
    later    share (0-1) of those reaching the age who are kept to the latest lawful month
    rotate   share (0-1) of leaders moved on when their term ends; None: as in the past
    """

    recruit: float = 0.0
    train: float = 0.0
    later: float = 0.0
    rotate: float | None = None


@dataclass(frozen=True)
class Places:
    """seats [years] at the end of each year; `held` seats held by one person on average; leading seats, how many vacant."""

    seats: NDArray[np.int64]
    held: float
    leading: int
    vacant: int


@dataclass(frozen=True)
class Course:
    """What came out: by measure [runs, years]; `least` and `most`: the same with whatever the unsure may turn out to be.

    monthly  [runs, months] retirements of today's staff      lawful  [months] how many reach the age in the month
    start    people on the first day
    """

    horizon: Horizon
    start: int
    runs: Mapping[str, Floats]
    least: Mapping[str, Floats]
    most: Mapping[str, Floats]
    monthly: Counts
    lawful: Counts
    unsure: int

    def told(self, measure: str) -> dict[int, dict[str, float]]:
        """By year: the level under which a tenth, half, nine tenths of the runs lie, and the bounds over the unsure."""
        levels = {name: np.quantile(self.runs[measure], level, axis=0) for name, level in LEVELS.items()}
        if self.unsure and measure in self.least:
            levels["least"] = np.minimum(np.quantile(self.least[measure], LEVELS["p10"], axis=0), levels["p10"])
            levels["most"] = np.maximum(np.quantile(self.most[measure], LEVELS["p90"], axis=0), levels["p90"])
        return {
            year: {name: float(values[number]) for name, values in levels.items()}
            for number, year in enumerate(self.horizon.years)
        }


def run(
    staff: Staff, horizon: Horizon, rates: Rates, places: Places, *, runs: int, seed: int, levers: Levers | None = None,
    threads: int = draws.THREADS,
) -> Course:  # fmt: skip
    """Project the staff `runs` times. The same seed gives the same, whatever the threads."""
    levers = levers or Levers()
    chance = Generator(SFC64(SeedSequence(seed, spawn_key=(0,))))
    years = len(horizon.years)
    hazards, ahead = rates.hazards(chance, runs), rates.ahead(chance, runs, years)
    moving = 1 - rates.again.draw(chance, (runs,))
    if levers.rotate is not None:
        moving = np.full(runs, levers.rotate)
    gone = draws.leave(
        staff,
        horizon,
        draws.chances(hazards, ahead[:, :, 0], horizon),
        seed=seed,
        kept=levers.later,
        moving=moving,
        threads=threads,
    )
    return _Years(staff, horizon, rates, places, levers, gone, ahead, chance).course()


@dataclass
class _Years:
    """The years of all runs at once."""

    staff: Staff
    horizon: Horizon
    rates: Rates
    places: Places
    levers: Levers
    gone: Gone
    ahead: Floats
    chance: Generator
    found: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.runs, self.years, _ = self.ahead.shape
        self.start = np.bincount(draws.classes(self.staff), minlength=ALL).reshape(CLASSES)
        both = np.cumsum(self.gone.left + self.gone.retired, axis=1)
        self.stay = self.start[None, None] - both  # [runs, years, *CLASSES]
        self.part = self.horizon.months_in / 12

    def course(self) -> Course:
        self._shares(self._heads())
        self._leaders()
        least, most = self._bounds()
        months = self.horizon.months
        lawful = np.bincount(np.minimum(self.staff.retires, months).astype(np.int64), minlength=months + 1)[:months]
        found = {name: self.found[name].astype(np.float64) for name in MEASURES}
        return Course(self.horizon, len(self.staff), found, least, most, self.gone.monthly, lawful, int(self.staff.unsure.sum()))

    def _heads(self) -> Floats:
        """Who comes and who of them leaves again; newcomers who serve at the end of each year [runs, year of entry, year].

        Newcomers of all years leave as one pool, so that one more of them never makes the whole fewer.
        """
        runs, years, rates = self.runs, self.years, self.rates
        filled = self.ahead[:, :, 1]
        spare, stays = self.chance.random((runs, years)), self.chance.random((runs, years))
        came, pool = np.zeros((runs, years), np.int64), np.zeros(runs, np.int64)
        entered = np.zeros((runs, years, years))
        left, retired = (of.sum((2, 3, 4, 5)).astype(np.int64) for of in (self.gone.left, self.gone.retired))
        today, hazard = self.stay.sum((2, 3, 4, 5)), rates.yearly * self.ahead[:, :, 0] * self.part
        room = np.floor(self.places.seats / self.places.held).astype(np.int64)
        for year in range(years):
            lost, by_age = self._lost(pool, hazard[:, year], year, stays[:, year])
            if year:
                entered[:, :, year] = entered[:, :, year - 1] * _part(pool - lost, pool)[:, None]
            pool = pool - lost
            left[:, year] += lost - by_age
            retired[:, year] += by_age
            empty = np.maximum(room[year] - today[:, year] - pool, 0)
            share = 1 - (1 - filled[:, year]) ** self.part[year]
            usual = np.floor(empty * share + spare[:, year]).astype(np.int64)
            came[:, year] = np.minimum(empty, usual + round(self.levers.recruit * self.part[year]))
            pool = pool + came[:, year]
            entered[:, year, year] = came[:, year]
        heads = self.start.sum() + np.cumsum(came - left - retired, axis=1)
        self.found |= {"headcount": heads, "retirements": retired, "leaving": left, "recruits": came}
        self.found["vacancies"] = np.maximum(self.places.seats[None] - heads * self.places.held, 0)
        return entered

    def _lost(self, of: Counts, hazard: Floats, year: int, chance: Floats) -> tuple[Counts, Counts]:
        """How many newcomers leave in a year, and how many of these by age."""
        steps = np.diff(self.rates.reach[: max(year, 1) + 1]) / np.maximum(1 - self.rates.reach[: max(year, 1)], 1e-9)
        aged = float(np.clip(steps.mean(), 0, 1))
        goes = 1 - np.exp(-hazard) * (1 - aged)
        lost = of - binom.ppf(chance, of, 1 - goes).astype(np.int64).clip(0, None)
        share = np.divide(aged, goes, out=np.zeros_like(goes), where=goes > 0)
        return lost, np.floor(lost * np.clip(share, 0, 1) + 0.5).astype(np.int64)

    def _shares(self, entered: Floats) -> None:
        """Women, degrees and age of those who serve at the end of each year."""
        fresh, heads = entered.sum(1), self.found["headcount"]
        women, master = (share.draw(self.chance, (self.runs, 1)) * fresh for share in (self.rates.women, self.rates.master))
        by_sex, by_degree = self.stay.sum((2, 3, 5)), self.stay.sum((2, 3, 4))
        self.found["women"] = _part(by_sex[:, :, 2] + women, heads - by_sex[:, :, 0])
        gained = self._gained(by_degree, fresh - master)
        self.found["degree"] = _part(by_degree[:, :, 2] + master + gained, heads - by_degree[:, :, 0])
        known = int((self.staff.age != UNKNOWN).sum()) - np.cumsum(self.gone.aged, axis=1)
        ahead = np.cumsum(self.horizon.months_in)
        old = float(self.staff.months_old.sum()) - np.cumsum(self.gone.months_old, axis=1) + known * ahead
        since = np.maximum(ahead[None, :] - (ahead - self.horizon.months_in / 2)[:, None], 0)  # [year of entry, year]
        newcomers = (entered * (self.rates.entry_age + since)[None]).sum(1)
        self.found["age"] = _part(old + newcomers, known + fresh) / 12

    def _gained(self, by_degree: Counts, newcomers: Floats) -> Floats:
        """Who of today's staff or of the newcomers gained a master's degree and still serves."""
        rate = self.ahead[:, :, 3]
        held, told = np.zeros(self.runs), np.zeros((self.runs, self.years))
        before = self.start.sum((0, 1, 2))[1] * np.ones(self.runs)
        for year in range(self.years):
            without = by_degree[:, year, 1] + newcomers[:, year]
            held *= np.minimum(_part(by_degree[:, year, 1], before), 1)  # they go as those go who were like them
            before = by_degree[:, year, 1].astype(np.float64)
            open_to = np.maximum(without - held, 0)
            held += np.minimum(open_to, open_to * rate[:, year] * self.part[year] + self.levers.train * self.part[year])
            told[:, year] = held
        return told

    def _leaders(self) -> None:
        """Terms that end, posts filled from within, and how many planned successors are left for each leading post."""
        filled, spare = self.ahead[:, :, 2], self.chance.random((self.runs, self.years))
        vacant, new = np.full(self.runs, self.places.vacant, np.int64), np.zeros(self.runs)
        leaders = self.start[1].sum()
        promoted = np.zeros((self.runs, self.years))
        plans = self.staff.plans.sum() - np.cumsum(self.gone.plans, axis=1)
        each = self.staff.plans.sum() / max(int((self.staff.plans > 0).sum()), 1)
        for year in range(self.years):
            rate = self.gone.lead_out[:, year] / max(leaders, 1)
            again_out = np.floor(new * rate + 0.5)
            new -= again_out
            vacant = vacant + self.gone.lead_out[:, year] + again_out.astype(np.int64)
            share = 1 - (1 - filled[:, year]) ** self.part[year]
            promoted[:, year] = np.minimum(np.floor(vacant * share + spare[:, year]), vacant)
            vacant = vacant - promoted[:, year].astype(np.int64)
            new += promoted[:, year]
        self.found["terms"], self.found["promotions"] = self.gone.ended, promoted
        left = np.maximum(plans - np.cumsum(promoted, axis=1) * each, 0)
        self.found["succession"] = left / max(self.places.leading, 1)

    def _bounds(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """The measures if those who cannot be told about go in the worst way, and in the best.

        Any of them may retire in any year or never, and be replaced by anybody or nobody.
        """
        found, stay = self.found, self.stay
        unsure = stay[:, :, :, 1].sum((2, 3, 4))
        before = np.concatenate([np.full((self.runs, 1), self.start[:, 1].sum()), unsure[:, :-1]], axis=1)
        heads = found["headcount"].astype(np.float64)
        least = {"headcount": heads - unsure, "vacancies": found["vacancies"], "retirements": found["retirements"]}
        most = {
            "headcount": heads, "vacancies": found["vacancies"] + unsure * self.places.held,
            "retirements": found["retirements"] + before,
        }  # fmt: skip
        by_sex, by_degree = stay[:, :, :, 1].sum((2, 4)), stay[:, :, :, 1].sum((2, 3))
        known_sex, known_degree = heads - stay.sum((2, 3, 5))[:, :, 0], heads - stay.sum((2, 3, 4))[:, :, 0]
        for name, of, among in (("women", by_sex, known_sex), ("degree", by_degree, known_degree)):
            share, hidden = found[name] * among, heads - among  # hidden: of whom this itself is unknown
            least[name] = _part(np.maximum(share - of[:, :, 2] - of[:, :, 0], 0), heads)
            most[name] = np.minimum(_part(share + of[:, :, 1] + of[:, :, 0] + hidden, heads), 1)
        plans = float(self.staff.plans[self.staff.unsure].sum()) / max(self.places.leading, 1)
        least["succession"], most["succession"] = np.maximum(found["succession"] - plans, 0), found["succession"]
        return least, most


def _part(some: NDArray[np.generic], whole: NDArray[np.generic]) -> Floats:
    """A share; 0 of nothing."""
    of = np.asarray(whole, np.float64)
    return np.divide(np.asarray(some, np.float64), of, out=np.zeros(np.broadcast(some, of).shape), where=of > 0)
