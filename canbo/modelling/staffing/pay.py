"""What people are paid before and after, by sorts of people who are paid alike: sums, who gains, who loses, by how much.

A sort is everybody with the same pay in both tables. Money is whole đồng in int64: 2.5 million people at ten million a month
are 2.5e13, far below 9.2e18.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
#: Ends of the classes of change, in per cent of the pay before: below -20, -20 to -10, ..., above 20; no change stands alone.
ENDS = (-20, -10, -5, 5, 10, 20)


@dataclass(frozen=True)
class Sums:
    """Pay of a month: before and after by body, people and what is kept; and people by class of change.

    classes  people in each of the classes that `named` names
    """

    before: Ints
    after: Ints
    kept: Ints
    people: Ints
    winners: int
    losers: int
    unchanged: int
    classes: tuple[int, ...]


def summed(sort: NDArray[np.integer], body: NDArray[np.integer], before: Ints, after: Ints, *, bodies: int, keep: bool) -> Sums:
    """Sums over people.

    sort, body     of each person: the place of the sort in `before` and `after`, and of the body
    before, after  pay of a month of each sort
    keep           whether nobody is paid less than before: the difference is kept beside the new pay
    """
    cells = np.bincount(body.astype(np.int64) * len(before) + sort, minlength=bodies * len(before)).reshape(bodies, len(before))
    return of_cells(cells, before, after, keep=keep)


def of_cells(cells: Ints, before: Ints, after: Ints, *, keep: bool) -> Sums:
    """The same from people by body and sort."""
    kept = np.maximum(before - after, 0) if keep else np.zeros_like(before)
    by_sort = cells.sum(axis=0)
    change = after + kept - before
    place = classes_of(change, before)
    counted = np.bincount(place, weights=by_sort, minlength=len(ENDS) + 3).astype(np.int64)
    return Sums(
        cells @ before, cells @ after, cells @ kept, cells.sum(axis=1), int(by_sort[change > 0].sum()), int(by_sort[change < 0].sum()),
        int(by_sort[change == 0].sum()), tuple(int(each) for each in counted),
    )  # fmt: skip


def classes_of(change: Ints, before: Ints) -> NDArray[np.int64]:
    """The class of each change, as `named` counts them; who is paid the same is a class alone, in the middle."""
    hundred = change * 100
    place = (change >= 0).astype(np.int64) + (change > 0)
    for end in ENDS:
        place += hundred >= end * before if end < 0 else hundred > end * before
    return place


def named() -> Sequence[tuple[int | None, int | None]]:
    """The classes from what to what in per cent; (0, 0) for who is paid the same."""
    down, up = [end for end in ENDS if end < 0], [end for end in ENDS if end > 0]
    below = list(zip([None, *down], [*down, 0], strict=True))
    return [*below, (0, 0), *zip([0, *up], [*up, None], strict=True)]
