"""Who serves under an organization, in figures: counted once a minute for each reader, laid out for the drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from canbo.evaluation import board
from canbo.pages.access import may
from canbo.registry import authority, queries, vacancies
from canbo.registry.asking import Row, numbers, rows
from canbo.reports import counts
from canbo.rules.evaluation.given import GRADES

KEPT = 60
KINDS = 7  # lines of a small table
MOST_BODIES = 20_000  # a province has some 4,000


def staffed(request: HttpRequest, roots: list[int | None], on: date) -> dict[str, Any]:
    """Counts, seats and vacancies under `roots` (None: the whole register), kept for a minute for each reader."""
    leaders, graded = may(request, "staff.read"), may(request, board.ACT)
    key = f"pages.staffed.{request.user.pk}.{sorted(str(root) for root in roots)}.{on}.{leaders}.{graded}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        with sight_to_count(request):
            found = read_staffed(roots, on, leaders)
        ids = found.pop("ids")
        found["grades"] = grades(ids, on) if graded else None  # as far as the reader sees, not as far as counting goes
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
        kinds = queries.seats_by_kind(seen, on=on)
    return {
        "places": places,
        "table": counts.count(ids, on=on),
        "quota": {name: sum(row[name] for row in kinds) for name in ("seats", "filled")},
        "kinds": shortened(kinds),
        "bodies": len(ids),
        "ids": ids,
        "vacant": vacancies.vacant(ids, on=on, limit=6) if leaders else None,
    }


def shortened(kinds: list[Row]) -> list[Row]:
    """The kinds of bodies with the most seats, and what is left together as one line without a name."""
    first, rest = (kinds[:KINDS], kinds[KINDS:]) if len(kinds) > KINDS + 1 else (kinds, [])
    together = {"names": None, **{name: sum(row[name] for row in rest) for name in ("seats", "filled")}}
    return [{**row, "free": row["seats"] - row["filled"]} for row in ([*first, together] if rest else first)]


def grades(ids: list[int], on: date) -> dict[str, Any] | None:
    """The latest period that is over of which grades are published: how many have which grade, by the kind of body, with shares in per cent.

    None where nothing is published. Not asked of a whole country, whose evaluations are too many for a first page.
    """
    found = rows(_GRADES, {"ids": numbers(ids), "on": on}) if len(ids) <= MOST_BODIES else []
    periods = Counter[str]()
    for row in found:
        periods[row["period"]] += row["people"]
    if not periods:
        return None
    (period, people), *_rest = periods.most_common(1)
    lines: dict[str, dict[str, Any]] = {}
    for row in found:
        if row["period"] == period:
            line = lines.setdefault(row["kind"], {"names": row["names"], "people": 0, "by": Counter[str]()})
            line["people"] += row["people"]
            line["by"][row["grade"]] += row["people"]
    listed = sorted(lines.values(), key=lambda line: -line["people"])[:KINDS]
    for line in listed:
        shares = [100 * line["by"][grade] / line["people"] for grade in GRADES]
        line["cells"] = [
            (line["by"][grade], share, min(5, 1 + int(share // 20)) if share else 0)
            for grade, share in zip(GRADES, shares, strict=True)
        ]
    return {"period": period, "people": people, "heads": GRADES, "lines": listed}


_GRADES = """
WITH latest AS (
    SELECT max(e.first) AS first FROM unnest(%(ids)s::bigint[]) AS g (id) CROSS JOIN LATERAL (
        SELECT v.first FROM evaluation_evaluation v WHERE v.organization_id = g.id AND v.state = 'published' AND v.last <= %(on)s
        ORDER BY v.first DESC LIMIT 1
    ) AS e
)
SELECT e.period, s.kind_id AS kind, k.names, e.grade, count(*) AS people FROM latest l
JOIN evaluation_evaluation e ON e.first = l.first AND e.organization_id = ANY (%(ids)s::bigint[]) AND e.state = 'published' AND e.last <= %(on)s
JOIN {organizationstatus} s ON s.organization_id = e.organization_id AND s.valid @> e.last JOIN {kind} k ON k.code = s.kind_id
GROUP BY 1, 2, 3, 4
"""


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
