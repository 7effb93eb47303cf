"""Who serves under an organization, in figures: counted once a minute for each reader, laid out for the drawings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from canbo.pages.access import may
from canbo.registry import authority, queries, vacancies
from canbo.reports import counts

KEPT = 60


def staffed(request: HttpRequest, roots: list[int | None], on: date) -> dict[str, Any]:
    """Counts, seats and vacancies under `roots` (None: the whole register), kept for a minute for each reader."""
    leaders = may(request, "staff.read")
    key = f"pages.staffed.{request.user.pk}.{sorted(str(root) for root in roots)}.{on}.{leaders}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        with sight_to_count(request):
            found = read_staffed(roots, on, leaders)
        cache.set(key, found, KEPT)
    return {**found, **shown(found["table"])}


@contextmanager
def sight_to_count(request: HttpRequest) -> Iterator[None]:
    """Sight as far as the reader may count, for the counting alone: one may count without reading files.

    After a failure nothing is put back: the rollback that follows does it.
    """
    reach: authority.Reach = request.reach  # type: ignore[attr-defined]
    counting = authority.reach_of(request.user, act=authority.COUNTING)
    if (counting.sees_everything, counting.sees) == (reach.sees_everything, reach.sees):
        yield
        return
    authority.open_sight(counting)
    yield
    authority.open_sight(reach)


def read_staffed(roots: list[int | None], on: date, leaders: bool) -> dict[str, Any]:
    """As `staffed`, from the register."""
    known = [root for root in roots if root is not None]
    if len(known) < len(roots):
        known = [row["id"] for row in queries.children(None, on=on)]
    places = queries.units(known, on=on)
    ids = sorted({one for place in places for one in queries.subtree(place.id, on=on)})
    with counts.counting(ids) as seen:  # a count may be given to one who may not see the people counted
        quota = queries.quota(seen, on=on)
    return {
        "places": places,
        "table": counts.count(ids, on=on),
        "quota": quota,
        "bodies": len(ids),
        "vacant": vacancies.vacant(ids, on=on, limit=6) if leaders else None,
    }


def shown(table: counts.Table) -> dict[str, Any]:
    """A count by sex, age and degree as the drawings take it."""
    women, men = dict.fromkeys(counts.VALUES["age"], 0), dict.fromkeys(counts.VALUES["age"], 0)
    for (sex, age, _degree), number in table.cells.items():
        if sex in ("female", "male"):
            (women if sex == "female" else men)[age] += number
    labels = counts.LABELS["age"]
    bands = [
        (str(labels[age]), women[age], men[age], age in ("<=30", "31-35", "36-40"))
        for age in counts.VALUES["age"]
        if age != "unknown"
    ]
    degrees, sexes = table.margin("degree"), table.margin("sex")
    tones = {
        "doctor": "f3",
        "master": "fs5",
        "university": "fs4",
        "college": "fs3",
        "intermediate": "fs2",
        "secondary": "fs2",
        "none": "ftrack",
        "unknown": "funk",
    }
    order = ("doctor", "master", "university", "college", "intermediate", "secondary", "none", "unknown")
    parts = [(str(counts.LABELS["degree"][name]), degrees[name], tones[name]) for name in order if degrees[name]]
    return {
        "bands": list(reversed(bands)),
        "degree_parts": parts,
        "sexes": sexes,
        "above": degrees["master"] + degrees["doctor"],
        "age_unknown": table.margin("age")["unknown"],
    }
