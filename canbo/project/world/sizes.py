"""How much of the country a number of people staffs."""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext as _

from canbo.project.database.problems import DatabaseProblem
from canbo.project.world import book as books
from canbo.project.world import ground as grounds
from canbo.project.world import structure
from canbo.project.world.structure import OFFICE, SERVICE, Extent

# Persons that one seat sees in the years told, by sort of seat: a little less than the careers make of it would be
# too many people, so these are a little more, and what is missing to an exact number is filled up with newcomers.
PERSONS_PER_SEAT = {"staffed": 1.468, "leading": 1.172, "service": 1.434}
MOST_SCHOOLS = 12


class TooFew(DatabaseProblem):
    """Fewer people than the smallest world has; the text names that number."""


def extent_for(people: int | None) -> Extent:
    """The largest extent that `people` can fill; None: the showcase staffed, elsewhere the leading posts.

    Raises TooFew.
    """
    home = str(books.read().figures["unit"])
    rest = [code for code in grounds.read().provinces if code != home]
    usual = Extent(frozenset({home}), frozenset(rest), {home: 1}, home)
    if people is None:
        return usual
    smallest = Extent(frozenset({home}), frozenset(), {home: 0}, home)
    if people < estimate(smallest):
        raise TooFew(
            _("The smallest world has %(number)s people: the offices whose published figures it reproduces. Ask for more.")
            % {"number": estimate(smallest)}
        )
    chosen = smallest
    for rung in (Extent(frozenset({home}), frozenset(), {home: 1}, home), usual, *_whole_provinces(home, rest)):
        if estimate(rung) > people:
            break
        chosen = rung
    return chosen


def _whole_provinces(home: str, rest: list[str]) -> list[Extent]:
    """Ever more of the country: province by province, then school by school."""
    rungs = []
    for more in range(MOST_SCHOOLS):
        for number in range(1, len(rest) + 1):
            schools = {home: 1, **{code: more + (place < number) for place, code in enumerate(rest)}}
            staffed = rest if more else rest[:number]
            rungs.append(Extent(frozenset({home, *staffed}), frozenset(set(rest) - set(staffed)), schools, home))
    return rungs


def estimate(extent: Extent) -> int:
    """About how many persons an extent needs."""
    total = 0.0
    for code in sorted(extent.staffed | extent.leading):
        staffed, leading, fixed, school = _seats_of(code)
        if code in extent.leading:
            total += leading * PERSONS_PER_SEAT["leading"]
        else:
            total += (
                staffed * PERSONS_PER_SEAT["staffed"]
                + (fixed + school * extent.schools.get(code, 0)) * PERSONS_PER_SEAT["service"]
            )
    return round(total)


@cache
def _seats_of(province: str) -> tuple[int, int, int, int]:
    """Seats of a province: of offices when staffed, when only leading; of its service units; of one school of each sort."""
    book, ground = books.read(), grounds.read()

    def offices(seats: structure.Seats) -> int:
        own = (seats.track == OFFICE) & (seats.holder == 0)
        return max(int((own & (seats.era == era)).sum()) for era in (0, 1))

    alone = frozenset({province})
    staffed = structure.build(book, ground, Extent(alone, frozenset(), {province: 1}))
    leading = structure.build(book, ground, Extent(frozenset(), alone)).seats
    serving = staffed.seats.track == SERVICE
    of_province = staffed.seats.pool == staffed.pools.index(province)
    fixed, school = int((serving & of_province).sum()), int((serving & ~of_province).sum())
    return offices(staffed.seats), offices(leading), fixed, school
