"""How often people leave, come, are promoted: counted in the record's own past, small cells pooled, with what is unsure of it.

A year counts when somebody was seen to leave in it or before it: a record that begins with those who serve today knows
nobody who left. Nor does a year in which bodies were reorganised. Of each rate a run draws its own value, from what so many
cases leave open; and for each year to come one of the years past, with all that it departed from the rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.modelling.projection.record import FAR, OTHER, Flags, Record, day_of, months_of

Floats = NDArray[np.float64]

#: Ages at which leaving differs: from these completed years on; the last cell is that of unknown age.
BANDS = (0, 30, 40, 50)
CELLS = (len(BANDS) + 1, 3, 2)  # by age, sex (unknown last), whether leading
#: So many years of service of the whole weigh on each cell: a cell of few people says little by itself.
POOL = 500.0
WINDOW = 10  # the last so many years count
#: Of a year to come unlike any seen: how far leaving departs (standard deviation of its logarithm).
STRANGE = 1.0
NEAR = 0.3  # a year that comes back departs from itself by so much of what years differ by
REACH = 20  # years after entry for which retirement of newcomers is known


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1, as sure as its cases are many: a beta distribution; `cases` it rests on (0: nothing known)."""

    a: float
    b: float
    cases: int

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    def draw(self, chance: Generator, size: tuple[int, ...]) -> Floats:
        return chance.beta(self.a, self.b, size)


@dataclass(frozen=True)
class Rates:
    """What the past says, with what it leaves open.

    events, exposure  leaving other than by age, and years of service, by cell (CELLS)
    past              a row for each year counted: leaving as a multiple of what the rates expect; share of open places filled;
                      persons who begin to lead for each who ceases to; share of those without a master's degree who gain one
    again             share of leaders who go on leading, here or there, when a term ends
    women, master     share among newcomers         entry_age  their mean age in months
    reach             share of newcomers who reach the retirement age within 1, 2, 3 ... years after entry
    years             the years counted
    """

    events: Floats
    exposure: Floats
    past: Floats
    again: Share
    women: Share
    master: Share
    entry_age: float
    reach: Floats
    years: tuple[int, ...]

    @property
    def yearly(self) -> float:
        """The share of all that leaves in a year other than by age."""
        return float(self.events.sum() / max(self.exposure.sum(), 1.0))

    def pooled(self) -> tuple[Floats, Floats]:
        """Shape and rate of the gamma distribution of each cell: its own cases, and those of its age as POOL years of service."""
        whole = (self.events.sum() + 0.5) / (self.exposure.sum() + 1.0)
        by_age = (self.events.sum((1, 2)) + POOL * whole) / (self.exposure.sum((1, 2)) + POOL)
        return self.events + POOL * by_age[:, None, None], self.exposure + POOL

    def hazards(self, chance: Generator, runs: int) -> Floats:
        """Rates of leaving in a year, a set for each run [runs, *CELLS]."""
        shape, years = self.pooled()
        return chance.gamma(shape, 1.0 / years, (runs, *CELLS))

    def ahead(self, chance: Generator, runs: int, years: int) -> Floats:
        """For each run and year to come what `past` has of a year [runs, years, 4]: one of those past, drawn.

        With so many years seen, a year unlike them comes with chance 1 in that number and one. How often each comes is a
        run's own draw (a Bayesian bootstrap), so that some runs see more lean years than others; and none comes back quite.
        """
        seen = len(self.past)
        often = np.cumsum(chance.dirichlet(np.ones(seen + 1), runs), axis=1)
        which = np.minimum((chance.random((runs, years))[:, :, None] > often[:, None, :]).sum(2), seen)
        strange = chance.random((runs, years, 4))
        strange[:, :, 0] = np.exp(STRANGE * chance.standard_normal((runs, years)) - STRANGE**2 / 2)
        strange[:, :, 3] *= 0.05  # nowhere does more than one in twenty gain a degree in a year
        if not seen:
            return strange
        near = self.past.std(axis=0) * NEAR * chance.standard_normal((runs, years, 4))
        again = np.maximum(self.past[np.minimum(which, seen - 1)] + near, 0.0)
        again[:, :, 1:] = np.minimum(again[:, :, 1:], 1.0)
        return np.where((which == seen)[:, :, None], strange, again)


def cell(age: NDArray[np.int64], sex: NDArray[np.int8], leading: Flags) -> NDArray[np.int64]:
    """The number of the cell of each, among CELLS."""
    band = np.where(age < 0, len(BANDS), np.searchsorted(BANDS, age, side="right") - 1)
    sexes = np.where(sex < 0, 2, sex)
    return (band * CELLS[1] + sexes) * CELLS[2] + leading


@dataclass
class _Year:
    """What was counted in one year."""

    left: int
    expected_cells: Floats
    left_cells: Floats
    came: int
    open_places: float
    lead_left: int
    lead_filled: int
    without_master: int
    gained: int


def counted_years(record: Record, last: int) -> list[int]:
    """The years that count, up to `last`: none before somebody was seen to leave, none of reorganisation."""
    ended = record.until[record.until != FAR]
    if not len(ended):
        return []
    first = date(1970, 1, 1).toordinal() + int(ended.min()) - 1
    years = range(max(date.fromordinal(first).year + 1, last - WINDOW + 1), last + 1)
    return [year for year in years if year not in record.broken]


def estimate(record: Record, last: int) -> Rates:
    """The rates of the years up to the end of `last`, as the record would have shown them then."""
    years = counted_years(record, last)
    seen = [_year(record, year) for year in years]
    zero = np.zeros(int(np.prod(CELLS)))
    events = sum((one.left_cells for one in seen), zero).reshape(CELLS)
    exposure = sum((one.expected_cells for one in seen), zero).reshape(CELLS)
    came = _entered(record, years)
    return Rates(
        events=events, exposure=exposure, past=_past(seen, events, exposure), again=_again(record, years),
        women=certain(int((record.sex[came[0]] == 1).sum()), int((record.sex[came[0]] >= 0).sum())),
        master=certain(
            int((record.degree[came[0]] & (record.master[came[0]] <= came[1])).sum()), int(record.degree[came[0]].sum())
        ),
        entry_age=_entry_age(record, *came), reach=_reach(record, *came), years=tuple(years),
    )  # fmt: skip


def _past(seen: list[_Year], events: Floats, exposure: Floats) -> Floats:
    """The rows of `Rates.past`; what a year does not tell is taken as the mean of the others, or a half."""
    rate = (events.sum() + 0.5) / (exposure.sum() + 1.0)
    rows = np.full((len(seen), 4), np.nan)
    for number, one in enumerate(seen):
        expected = float(one.expected_cells.sum()) * rate
        rows[number, 0] = (one.left + 0.5) / (expected + 0.5)
        rows[number, 1] = min(one.came / one.open_places, 1.0) if one.open_places >= 1 else np.nan
        rows[number, 2] = min(one.lead_filled / one.lead_left, 1.0) if one.lead_left else np.nan
        rows[number, 3] = one.gained / one.without_master if one.without_master else 0.0
    for column in range(4):
        known = ~np.isnan(rows[:, column])
        rows[~known, column] = rows[known, column].mean() if known.any() else 0.5
    return rows


def _year(record: Record, year: int) -> _Year:
    start, end = day_of(date(year, 1, 1)), day_of(date(year, 12, 31))
    at_start, at_end = record.over_the_end(year - 1), record.over_the_end(year)
    gone = (record.until - 1 >= start) & (record.until - 1 <= end) & (record.since < start)
    other = np.unique(record.person[gone & (record.ending == OTHER)])
    other = other[np.isin(other, at_start)]
    leading = record.leading(start)
    old = np.where(record.born == FAR, -1, (year * 12 - record.born.astype(np.int64)) // 12).astype(np.int64)
    cells = cell(old, record.sex, leading)
    size = int(np.prod(CELLS))
    staying = np.intersect1d(at_start, at_end, assume_unique=True)
    exposure = 0.5 * (np.bincount(cells[at_start], minlength=size) + np.bincount(cells[staying], minlength=size))
    seats, held, _leading = record.seats.get(end, (0, 0, 0))
    ratio = held / len(at_end) if len(at_end) and held else 1.0
    came = int(((record.since >= start) & (record.since <= end) & (record.until - 1 > end)).sum())
    now, then = np.isin(np.arange(len(record.born)), at_start), record.leading(end)
    lead_left, lead_filled = int((now & leading & ~then).sum()), int((now & ~leading & then).sum())
    without = at_start[record.degree[at_start] & (record.master[at_start] >= start)]
    return _Year(
        left=len(other), expected_cells=exposure.astype(np.float64), left_cells=np.bincount(cells[other], minlength=size).astype(np.float64),
        came=came, open_places=max(seats / ratio - len(at_end) + came, 0.0), lead_left=lead_left,
        lead_filled=lead_filled, without_master=len(without), gained=int((record.master[without] <= end).sum()),
    )  # fmt: skip


def certain(cases: int, of: int) -> Share:
    """A share seen in so many cases."""
    return Share(cases + 0.5, max(of - cases, 0) + 0.5, of)


def _entered(record: Record, years: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Who came in these years, and when; of one who came twice, each time."""
    if not years:
        return record.person[:0], record.since[:0]
    start, end = day_of(date(years[0], 1, 1)), day_of(date(years[-1], 12, 31))
    came = (record.since >= start) & (record.since <= end)
    return record.person[came], record.since[came]


def _entry_age(record: Record, who: NDArray[np.int32], when: NDArray[np.int32]) -> float:
    known = record.born[who] != FAR
    return float((months_of(when[known]) - record.born[who][known]).mean()) if known.any() else 30.0 * 12


def _reach(record: Record, who: NDArray[np.int32], when: NDArray[np.int32]) -> Floats:
    known = record.retires[who] != FAR
    if not known.any():
        return np.zeros(REACH + 1)
    later = (record.retires[who][known] - months_of(when[known])) / 12.0
    return np.array([(later < year).mean() for year in range(1, REACH + 2)])


def _again(record: Record, years: list[int]) -> Share:
    """Of those whose term ended in a year, how many led something in the middle of the next.

    Who reached the retirement age by then is left out: that is no choice.
    """
    with_term = record.lead_term > 0
    since = months_of(np.clip(record.lead_since[with_term], -200_000, 200_000))
    until = months_of(np.clip(record.lead_until[with_term], -200_000, 200_000))
    end, who = since + record.lead_term[with_term], record.lead_person[with_term]
    over = stayed = 0
    for year in years[:-1]:
        asked = (end >= year * 12) & (end < (year + 1) * 12) & (until >= end - 1)
        asked &= record.retires[who] > (year + 1) * 12 + 6
        over += int(asked.sum())
        stayed += int(record.leading(day_of(date(year + 1, 7, 1)))[who[asked]].sum())
    return certain(stayed, over)


__all__ = ["BANDS", "CELLS", "POOL", "Rates", "Share", "cell", "certain", "counted_years", "estimate"]
