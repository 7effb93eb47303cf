"""How a number of deputies comes down by itself, and which moves bring it the rest of the way, latest first.

Dates in, numbers out: no law and no register. A deputy stays until a known end or retirement; the end of a term is an
occasion, not an end, since whoever is appointed anew stays. It is assumed that nobody new comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from canbo.rules.dates import first_of_month, month_index

TERM, MOVE = "term", "move"


class Deputy(NamedTuple):
    """Someone who serves as deputy.

    body   the number of the organization
    ends   the first day on which he or she serves no more; None: nobody knows of an end
    why    "end" (the membership has one), "retirement", "" where there is none
    term   the next end of the term; None: no fixed term, or nobody knows since when
    """

    body: int
    ends: date | None
    why: str
    term: date | None

    def serves(self, on: date) -> bool:
        return self.ends is None or self.ends > on


@dataclass(frozen=True)
class Month:
    """A month of the path: how many serve on its last day; whose first day out of office lies in it, and why; whose term
    ends in it. Who retires at the end of March is counted in March, and left in April."""

    month: date
    count: int
    retired: int
    ended: int
    terms: int


@dataclass(frozen=True)
class Move:
    """So many of a body to bring about by a day: not appointed anew when the term ends, or moved within the term."""

    body: int
    by: date
    how: str
    number: int


def path(deputies: Sequence[Deputy], *, on: date, to: date) -> list[Month]:
    """Month by month from that of `on` to that of `to`."""
    first, last = month_index(on), month_index(to)
    left: dict[str, Counter[int]] = {"end": Counter(), "retirement": Counter()}
    terms: Counter[int] = Counter()
    count = sum(each.serves(on) for each in deputies)
    for each in deputies:
        if each.serves(on) and each.ends is not None:
            left[each.why][month_index(each.ends)] += 1
        if each.term is not None and each.term > on and each.serves(each.term):
            terms[month_index(each.term)] += 1
    months = []
    for index in range(first, last + 1):
        retired, ended = left["retirement"][index], left["end"][index]
        count -= retired + ended
        months.append(Month(first_of_month(index), count, retired, ended, terms[index]))
    return months


def excess(deputies: Sequence[Deputy], *, on: date, most: int | None, each: Mapping[int, int]) -> int:
    """How many too many serve on a day: beyond what each body may have, and beyond what all may have together."""
    serving = Counter(deputy.body for deputy in deputies if deputy.serves(on))
    beyond = sum(max(0, serving[body] - cap) for body, cap in each.items())
    total = sum(serving.values()) - beyond
    return beyond + (max(0, total - most) if most is not None else 0)


def excesses(deputies: Sequence[Deputy], *, days: Sequence[date], most: int | None, each: Mapping[int, int]) -> list[int]:
    """`excess` of each of these days, which come one after the other: who left by the day before is not looked at again."""
    serving = Counter(deputy.body for deputy in deputies)
    beyond = sum(max(0, serving[body] - cap) for body, cap in each.items())
    total = len(deputies)
    leaving = sorted(((deputy.ends, deputy.body) for deputy in deputies if deputy.ends is not None), reverse=True)
    found = []
    for day in days:
        while leaving and leaving[-1][0] <= day:
            body = leaving.pop()[1]
            total -= 1
            beyond -= body in each and serving[body] > each[body]
            serving[body] -= 1
        found.append(beyond + (max(0, total - beyond - most) if most is not None else 0))
    return found


def moves(deputies: Sequence[Deputy], *, on: date, by: date, most: int | None, each: Mapping[int, int]) -> list[Move]:
    """The fewest moves that bring the number down by the day, the cheapest first, each as late as it may be.

    A term that ends in time costs no move within it, so such are taken first, the latest term first; then moves on the
    day itself. First what each body has too many, then what all have together: as bodies lie within the whole, taking the
    cheapest at each step is cheapest in all.
    """
    staying = [deputy for deputy in deputies if deputy.serves(by)]
    offers: dict[int, list[tuple[int, int, date]]] = {}
    for deputy in staying:
        in_time = deputy.term is not None and on < deputy.term <= by
        day = deputy.term if in_time and deputy.term is not None else by
        offers.setdefault(deputy.body, []).append((0 if in_time else 1, -day.toordinal(), day))
    taken: Counter[tuple[int, date, str]] = Counter()

    def take(body: int, offer: tuple[int, int, date]) -> None:
        taken[body, offer[2], MOVE if offer[0] else TERM] += 1

    rest = []
    for body, own in sorted(offers.items()):
        own.sort()
        beyond = max(0, len(own) - each[body]) if body in each else 0
        for offer in own[:beyond]:
            take(body, offer)
        rest += [(*offer[:2], body, offer) for offer in own[beyond:]]
    if most is not None:
        for *_order, body, offer in sorted(rest)[: max(0, len(rest) - most)]:
            take(body, offer)
    made = [Move(body, day, how, number) for (body, day, how), number in taken.items()]
    return sorted(made, key=lambda move: (move.by, move.body, move.how))


def together(paths: Iterable[list[Month]]) -> list[Month]:
    """Several paths over the same months as one."""
    return [
        Month(
            months[0].month, *(sum(getattr(month, name) for month in months) for name in ("count", "retired", "ended", "terms"))
        )
        for months in zip(*paths, strict=True)
    ]
