"""How many may be excellent, by each reading of the share; and a fair order where more reach it than may be.

The share, among whom it is taken and how it is rounded are figures of the rulebook; each article that gives another
number is a reading of the same words. Whoever loses the grade is then good, and counts among the good: `settled` is
the largest number for which the share holds after that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from canbo.rules.corpus import Corpus
from canbo.rules.evaluation.given import GRADES, Rated, Rating
from canbo.rules.evaluation.readings import ways_of
from canbo.rules.explain import ArticleVerdict, find_values
from canbo.rules.params import Table

DENOMINATOR, ROUNDING = "excellent_cap_denominator", "excellent_cap_rounding"
READINGS_KEPT = 60  # laws read in some way on some day, kept with their rulebook
NUMBERS_KEPT = 2_000


@dataclass(frozen=True)
class Cap:
    """The numbers allowed in one group.

    allowed   by reading of the denominator, with the rounding in force
    settled   by the same readings, once those who lose the grade count among the good
    roundings by reading of the denominator and way of rounding
    order     those who reached excellent, first to keep it first; `tied` are equal where the line falls
    """

    group: str
    counts: Mapping[str, int]
    used: str
    allowed: Mapping[str, int]
    settled: Mapping[str, int]
    roundings: Mapping[str, Mapping[str, int]]
    verdicts: tuple[ArticleVerdict, ...]
    order: tuple[Rated, ...] = ()
    tied: tuple[str, ...] = ()

    @property
    def reached(self) -> int:
        """How many reached excellent."""
        return self.counts["excellent"]

    @property
    def over(self) -> int:
        """How many more reached it than may keep it, by the reading in force."""
        return max(0, self.reached - self.settled[self.used])

    @property
    def keep(self) -> tuple[str, ...]:
        """Who keeps it, as far as the order decides."""
        return tuple(each.id for each in self.order[: self.settled[self.used]] if each.id not in self.tied)

    @property
    def lose(self) -> tuple[str, ...]:
        """Who does not, as far as the order decides."""
        return tuple(each.id for each in self.order[self.settled[self.used] :] if each.id not in self.tied)


def caps(law: Corpus, rating: Rating, *, on: date) -> list[Cap]:
    """The caps of each group of similar tasks, and last of the body as a whole where it has several groups."""
    table = law.parameters[DENOMINATOR]
    used = str(table.lookup(on)) if isinstance(table, Table) else "good"
    found = [_cap(law, rating, name, counts, on, used) for name, counts in rating.groups.items()]
    if len(found) > 1:
        whole = {grade: sum(counts[grade] for counts in rating.groups.values()) for grade in GRADES}
        everybody = tuple(each for people in rating.named.values() for each in people)
        together = replace(rating, named={"*": everybody} if everybody else {})
        found.append(_cap(law, together, "*", whole, on, used))
    return found


def _cap(law: Corpus, rating: Rating, group: str, counts: Mapping[str, int], on: date, used: str) -> Cap:
    allowed: dict[str, int] = {}
    settled: dict[str, int] = {}
    roundings: dict[str, dict[str, int]] = {}
    verdicts: list[ArticleVerdict] = []
    for denominator in words_of(law, DENOMINATOR):
        for rounding in words_of(law, ROUNDING):
            read = read_as(law, on, denominator, rounding)
            number, verdict = _most(read, rating, counts, on)
            roundings.setdefault(denominator, {})[rounding] = number
            if rounding == _figure(law, ROUNDING, on):
                allowed[denominator] = number
                verdicts += [verdict] if denominator == used else []
                settled[denominator] = _settled(read, rating, counts, on)
    order = _order(law, rating.named.get(group, ()))
    tied = _tied(law, order, settled[used])
    return Cap(group, counts, used, allowed, settled, roundings, tuple(verdicts), order, tied)


def words_of(law: Corpus, name: str) -> tuple[str, ...]:
    """The ways in which the rulebook lets a figure of the cap be read, in its order."""
    table = law.parameters[name]
    assert isinstance(table, Table)
    return table.gives.values


def _figure(law: Corpus, name: str, on: date) -> str:
    return str(law.parameters.lookup(name, on))


def read_as(law: Corpus, on: date, denominator: str, rounding: str) -> Corpus:
    """The same law with the share taken among these and rounded so. Raises OutsideTable on a day that has no such share.

    Kept with the rulebook: a law that is read anew would have its articles compiled anew, for every page of every body.
    """
    kept: dict[tuple[date, str, str], Corpus] = vars(law).setdefault("_cap_readings", {})
    asked = (on, denominator, rounding)
    found = kept.get(asked)
    if found is None:
        parameters = law.parameters.with_figure(DENOMINATOR, on, (), denominator).with_figure(ROUNDING, on, (), rounding)
        found = replace(law, parameters=parameters)
        if len(kept) >= READINGS_KEPT:
            kept.clear()
        kept[asked] = found
    return found


def _most(law: Corpus, rating: Rating, counts: Mapping[str, int], on: date) -> tuple[int, ArticleVerdict]:
    facts: dict[str, object] = {
        "cap.of": rating.of,
        "cap.excellent": counts["excellent"],
        "cap.good": counts["good"],
        "cap.rated": sum(counts.values()),
        "cap.subordinate_units": sum(counts.values()),
        "cap.outstanding": rating.outstanding,
    }
    # Kept with the rulebook, as `read_as`: pages of bodies of the same size ask the same three dozen times each.
    kept: dict[tuple[object, ...], tuple[int, ArticleVerdict]] = vars(law).setdefault("_cap_numbers", {})
    asked = (on, *facts.values())
    if asked not in kept:
        found = find_values(law, name="excellent_most", facts=facts, on=on)  # type: ignore[arg-type]
        applying = next(verdict for verdict in found if verdict.outcome == "value")
        if len(kept) >= NUMBERS_KEPT:
            kept.clear()
        kept[asked] = int(str(applying.value)), applying
    return kept[asked]


def _settled(law: Corpus, rating: Rating, counts: Mapping[str, int], on: date) -> int:
    """The largest number of excellent that is not more than allowed once the others are good; found by halving.

    The fewer are excellent, the more are good, so what holds for a number holds for every smaller one.
    """
    reached = counts["excellent"]

    def too_many(keep: int) -> bool:
        after = {**counts, "excellent": keep, "good": counts["good"] + reached - keep}
        return keep > _most(law, rating, after, on)[0]

    return bisect_left(range(reached + 1), True, key=too_many) - 1


# ---- the order


def _rank(law: Corpus, rated: Rated) -> tuple[Decimal, ...]:
    return tuple(-rated.figures.get(name, Decimal(0)) for name in ways_of(law.path).order)


def _order(law: Corpus, people: Sequence[Rated]) -> tuple[Rated, ...]:
    """Those who reached excellent by what was measured of their work, and by nothing else; equals in the order of the file."""
    return tuple(sorted((each for each in people if each.grade == "excellent"), key=lambda each: _rank(law, each)))


def _tied(law: Corpus, order: Sequence[Rated], keep: int) -> tuple[str, ...]:
    """Those who are equal in everything where the line falls: the authority decides among them."""
    if not 0 < keep < len(order) or _rank(law, order[keep - 1]) != _rank(law, order[keep]):
        return ()
    line = _rank(law, order[keep])
    return tuple(each.id for each in order if _rank(law, each) == line)
