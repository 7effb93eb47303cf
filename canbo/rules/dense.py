"""Dense tables, and months counted over whole arrays of days: the numbers under the common form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.rules.dates import complete_months

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Run = tuple[int, int, int | None]

EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY = date.min.toordinal() - EPOCH
LAST_DAY = date.max.toordinal() - EPOCH


class Dense:
    """A table of figures over a box of whole numbers; equal and hashed by content.

    lows     the lowest index of each axis
    sizes    how many indices each axis has; the axis that runs furthest stands last
    figures  int64, of shape `sizes` (0 and 1 where the table gives truth values)
    known    of the same shape: where there is a figure; None where there is one everywhere
    """

    __slots__ = ("figures", "known", "lows", "sizes", "_hash")

    def __init__(self, lows: Sequence[int], figures: Any, known: Any = None) -> None:
        self.lows = tuple(int(low) for low in lows)
        mask = None if known is None else np.array(known, dtype=np.bool_)
        self.figures: Ints = np.array(figures, dtype=np.int64)
        if mask is not None:
            self.figures[~mask] = 0
        self.known: Bools | None = None if mask is None or mask.all() else mask
        self.sizes: tuple[int, ...] = self.figures.shape
        if len(self.sizes) != len(self.lows):
            raise ValueError(f"{len(self.lows)} lowest indices for {len(self.sizes)} axes")
        self.figures.setflags(write=False)
        content = self.figures.tobytes(), b"" if self.known is None else self.known.tobytes()
        self._hash = hash((self.lows, self.sizes, *content))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Dense)
            and self._hash == other._hash
            and (self.lows, self.sizes) == (other.lows, other.sizes)
            and np.array_equal(self.figures, other.figures)
            and np.array_equal(self.mask(), other.mask())
        )

    def __repr__(self) -> str:
        return f"Dense(lows={self.lows}, sizes={self.sizes})"

    def mask(self) -> Bools:
        """Where there is a figure, always as an array."""
        return np.ones(self.sizes, dtype=np.bool_) if self.known is None else self.known

    def at(self, *index: int) -> int | None:
        """The figure at an index; None outside the box or where there is none."""
        place = tuple(number - low for number, low in zip(index, self.lows, strict=True))
        if any(not 0 <= number < size for number, size in zip(place, self.sizes, strict=True)):
            return None
        return int(self.figures[place]) if self.known is None or self.known[place] else None

    def gather(self, index: Sequence[Ints], known: Bools) -> tuple[Ints, Bools]:
        """Figures at whole arrays of indices; `known` says where every index is known."""
        places = []
        for numbers, low, size in zip(index, self.lows, self.sizes, strict=True):
            place = numbers - low
            known = known & (place >= 0) & (place < size)
            places.append(place)
        where = tuple(np.where(known, place, 0) for place in places)
        return self.figures[where], known if self.known is None else known & self.known[where]

    def fixed(self, axis: int, index: int) -> Dense | None:
        """The table with one index fixed; None where that lies outside the box."""
        place = index - self.lows[axis]
        if not 0 <= place < self.sizes[axis]:
            return None
        lows = self.lows[:axis] + self.lows[axis + 1 :]
        known = None if self.known is None else self.known.take(place, axis)
        return Dense(lows, self.figures.take(place, axis), known)

    def intervals(self) -> Iterator[tuple[tuple[int, ...], list[Run]]]:
        """For each key (the indices of all axes but the last): runs of one figure along the last axis.

        A run is its first and last index, both included, and the figure, None where there is none. The runs
        of a key cover the axis without gaps.
        """
        keys = [range(low, low + size) for low, size in zip(self.lows[:-1], self.sizes[:-1], strict=True)]
        figures, known = self.figures.reshape(-1, self.sizes[-1]), self.mask().reshape(-1, self.sizes[-1])
        low = self.lows[-1]
        for number, key in enumerate(product(*keys)):
            row, there = figures[number], known[number]
            breaks = np.flatnonzero((row[1:] != row[:-1]) | (there[1:] != there[:-1])) + 1
            starts = [0, *breaks.tolist(), len(row)]
            yield (
                key,
                [
                    (low + start, low + end - 1, int(row[start]) if there[start] else None)
                    for start, end in zip(starts, starts[1:], strict=False)
                ],
            )


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> date:
    """The day of a day number."""
    return date.fromordinal(number + EPOCH)


def months_between(start: int, end: int) -> int:
    """Complete months between two day numbers."""
    return complete_months(day_of(start), day_of(end))


def months_between_arrays(start: Ints, end: Ints) -> Ints:
    """`complete_months` over arrays of day numbers."""
    first, last = np.minimum(start, end), np.maximum(start, end)
    month_one, day_one = _split(first)
    month_two, day_two = _split(last)
    next_month, _ = _split(last + 1)
    short = (day_two < day_one) & (next_month == month_two)
    months: Ints = month_two - month_one - short
    found: Ints = np.where(end < start, -months, months)
    return found


def _split(days: Ints) -> tuple[Ints, Ints]:
    """Months since 1970-01 and the day within the month, from 0."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype(np.int64), days - months.astype("datetime64[D]").astype(np.int64)


def quotient_arrays(left: Ints, right: Ints) -> Ints:
    """Whole-number quotients cut towards zero; `right` must not hold 0."""
    whole = np.abs(left) // np.abs(right)
    return np.where((left < 0) != (right < 0), -whole, whole)
