"""Who stays: of groups of people who served on a day, the share that still serves so many months later, and where it is lower.

Groups only, each with how many people it counts; below a least number nothing is shown, and of no single person is anything
reckoned. Retirement, death, the end of a term and reorganisation are no leaving: there the watching ends.

Whom a reorganisation of these years took elsewhere is watched from its day on, by how far the new seat is from the former one:
from the middle of the area of the unit in which the one body lay to that of the other, as the crow flies. Where people live the
register does not know. Far and near are compared within one level of units and one standing only: whoever served a province is
moved farther than whoever served a commune, and that alone is no reason to leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from canbo.modelling.training.staying import Stay, differ, stay
from canbo.procedures.scenarios.distance import kilometres
from canbo.registry import authority, queries
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.models import Account, Membership

ACT = "talent.read"
YEARS = 3  # watched until the day asked about
LEAVING = (Membership.Ending.RESIGNATION, Membership.Ending.SEVERANCE)
#: By which people are grouped; none of them is a fact about a person's origin, sex or belief.
KINDS = ("service", "standing", "waiting", "place")
MOVED = "distance"
FAR = 20.0  # kilometres between the former seat and the new one, from which on it is called far
SURE = 0.05


@dataclass(frozen=True)
class Group:
    """One group: its kind and value, how it stayed, and how often chance alone would make it differ so from all others.

    lower  whether fewer stayed than of the others, beyond chance
    """

    kind: str
    value: str
    stay: Stay
    chance: float | None
    lower: bool


@dataclass(frozen=True)
class Retention:
    """All groups of a body, watched from a day until another.

    moved    how many people a reorganisation in this time took elsewhere: the groups by distance are watched from its day on
    unknown  of how many of them the distance is not known, since an area has no middle point in the register
    """

    since: date
    until: date
    everyone: Stay
    groups: list[Group]
    moved: int = 0
    unknown: int = 0

    @property
    def shown(self) -> bool:
        """Whether there is a group large enough: of a body that was founded since, those alone whom the reform took there."""
        return self.everyone.shown or any(each.stay.shown for each in self.groups)

    @property
    def hidden(self) -> int:
        """How many groups are too small to be shown."""
        return sum(not each.stay.shown for each in self.groups)


def retention(*, by: Account, root: int, on: date, years: int = YEARS) -> Retention:
    """How those who served in a body and beneath it `years` years before stayed until the day. Raises NotAllowed."""
    authority.require(by, ACT, over=root)
    since = on.replace(year=on.year - years, day=min(on.day, 28))
    found = _cohort(queries.subtree(root, on=since) or queries.subtree(root, on=on), since, on)
    months = np.array([row["months"] for row in found], dtype=np.int64)
    left = np.array([row["gone"] for row in found], dtype=bool)
    groups = [
        _group(kind, value, np.array([row[kind] == value for row in found], dtype=bool), months, left)
        for kind in KINDS
        for value in sorted({row[kind] for row in found if row[kind] is not None})
    ]
    moved = _moved(queries.subtree(root, on=on), since, on)
    ways = _ways(moved)
    return Retention(since, on, stay(months, left), [*groups, *_by_distance(moved, ways)], len(moved), ways.count(None))


def _group(
    kind: str,
    value: str,
    here: NDArray[np.bool_],
    months: NDArray[np.int64],
    left: NDArray[np.bool_],
    strata: NDArray[np.int64] | None = None,
) -> Group:
    one, others = stay(months[here], left[here]), stay(months[~here], left[~here])
    chance = differ(months, left, here, strata) if one.shown and others.shown else None
    lower = chance is not None and chance < SURE and (one.share or 0) < (others.share or 0)
    return Group(kind, value, one, chance, lower)


def _cohort(places: list[int], since: date, until: date) -> list[Row]:
    """Who served there on the first day: in which groups then, for how many months watched, and whether it ended by leaving.

    service  years since the first post; waiting: years in the post then held, of those who lead or not; place: whether the body
    lies in an area that law calls border, island or difficult
    """
    return rows(
        """
        SELECT c.person, c.standing,
               CASE WHEN c.served IS NULL THEN NULL WHEN c.served < 60 THEN 'under5' WHEN c.served < 180 THEN '5to15' ELSE 'over15' END AS service,
               CASE WHEN c.held IS NULL THEN NULL WHEN c.held < 60 THEN 'under5' ELSE 'over5' END AS waiting,
               CASE WHEN c.traits && ARRAY['border', 'island', 'difficult'] THEN 'difficult' ELSE 'other' END AS place,
               greatest(0, least(%(span)s, coalesce(e.months, %(span)s)))::int AS months, coalesce(e.gone, false) AS gone
        FROM (
            SELECT DISTINCT ON (m.person_id) m.person_id AS person, j.standing,
                   (SELECT (%(since)s::date - min(lower(f.valid))) / 30 FROM {membership} f WHERE f.person_id = m.person_id) AS served,
                   (%(since)s::date - lower(m.valid)) / 30 AS held,
                   coalesce((SELECT array_agg(t) FROM jsonb_array_elements_text(coalesce(to_jsonb(a.traits), '[]'::jsonb)) t), '{{}}') AS traits
            FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
            JOIN {organization} o ON o.id = m.organization_id LEFT JOIN {area} a ON a.id = o.area_id
            WHERE m.organization_id = ANY (%(places)s::bigint[]) AND m.valid @> %(since)s::date
            ORDER BY m.person_id, j.rank NULLS LAST, m.id
        ) c
        LEFT JOIN LATERAL (
            SELECT (upper(l.valid) - %(since)s::date) / 30 AS months, l.ending = ANY (%(leaving)s) AS gone
            FROM {membership} l WHERE l.person_id = c.person AND upper(l.valid) > %(since)s::date AND upper(l.valid) <= %(until)s::date
              AND NOT EXISTS (SELECT FROM {membership} n WHERE n.person_id = c.person AND (upper(n.valid) IS NULL OR upper(n.valid) > upper(l.valid)))
            ORDER BY upper(l.valid) DESC, l.id DESC LIMIT 1
        ) e ON true
        """,
        {
            "places": numbers(places),
            "since": since,
            "until": until,
            "span": (until - since).days // 30,
            "leaving": [int(each) for each in LEAVING],
        },
    )


# ---- whom a reorganisation took elsewhere


def _by_distance(moved: list[Row], ways: list[tuple[float, int] | None]) -> list[Group]:
    """The near and the far, each compared with the other among those of one level of units and one standing."""
    known = [(row, *way) for row, way in zip(moved, ways, strict=True) if way is not None]
    months = np.array([row["months"] for row, _, _ in known], dtype=np.int64)
    left = np.array([row["gone"] for row, _, _ in known], dtype=bool)
    far = np.array([kilometres >= FAR for _, kilometres, _ in known], dtype=bool)
    alike = sorted({(level, row["standing"]) for row, _, level in known})
    strata = np.array([alike.index((level, row["standing"])) for row, _, level in known], dtype=np.int64)
    sides = (("near", ~far), ("far", far)) if known else ()
    return [_group(MOVED, value, here, months, left, strata) for value, here in sides if here.any()]


def _ways(moved: list[Row]) -> list[tuple[float, int] | None]:
    """Of each, how far the new seat is from the former one, and the level of the unit that was served; None: not known."""
    bodies = {(row["former"], row["day"] - timedelta(days=1)) for row in moved} | {(row["place"], row["day"]) for row in moved}
    asked = sorted(bodies)
    found = rows(_SEATS, {"bodies": [body for body, _ in asked], "days": [day for _, day in asked]}) if asked else []
    seats = {(row["body"], row["day"]): row for row in found}
    return [
        _way(seats.get((row["former"], row["day"] - timedelta(days=1))), seats.get((row["place"], row["day"]))) for row in moved
    ]


def _way(former: Row | None, now: Row | None) -> tuple[float, int] | None:
    if former is None or now is None or None in (former["latitude"], former["longitude"], now["latitude"], now["longitude"]):
        return None
    way = kilometres((former["latitude"], former["longitude"]), (now["latitude"], now["longitude"]))
    return way, former["level"]


# The unit in which each body lies on a day, its level, and the middle of its area.
_SEATS = """
WITH RECURSIVE up AS (
    SELECT DISTINCT body, day, body AS at, 0 AS depth FROM unnest(%(bodies)s::bigint[], %(days)s::date[]) AS asked (body, day)
    UNION ALL
    SELECT u.body, u.day, p.parent_id, u.depth + 1 FROM up u
    JOIN {organizationparent} p ON p.organization_id = u.at AND p.valid @> u.day
    WHERE u.depth < 32 AND NOT EXISTS (SELECT FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit'
                                       WHERE s.organization_id = u.at AND s.valid @> u.day)
)
SELECT u.body, u.day, k.level, a.latitude, a.longitude FROM up u
JOIN {organizationstatus} s ON s.organization_id = u.at AND s.valid @> u.day
JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit'
JOIN {organization} o ON o.id = u.at LEFT JOIN {area} a ON a.id = o.area_id
"""


def _moved(places: list[int], since: date, until: date) -> list[Row]:
    """Whom the last reorganisation between two days took to one of these bodies: from where, how long watched since, whether it left."""
    return rows(
        """
        SELECT c.person, c.standing, c.former, c.place, c.day,
               greatest(0, coalesce(e.months, (%(until)s::date - c.day) / 30))::int AS months, coalesce(e.gone, false) AS gone
        FROM (
            SELECT DISTINCT ON (m.person_id) m.person_id AS person, j.standing, o.organization_id AS former, m.organization_id AS place,
                   lower(m.valid) AS day
            FROM {membership} m JOIN {membership} o ON o.person_id = m.person_id AND upper(o.valid) = lower(m.valid) AND o.ending = %(moved)s
            JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
            JOIN {post} op ON op.id = o.post_id JOIN {job} oj ON oj.id = op.job_id
            WHERE m.organization_id = ANY (%(places)s::bigint[]) AND lower(m.valid) > %(since)s::date AND lower(m.valid) < %(until)s::date
            ORDER BY m.person_id, lower(m.valid) DESC, j.rank NULLS LAST, oj.rank NULLS LAST, m.id, o.id
        ) c
        LEFT JOIN LATERAL (
            SELECT (upper(l.valid) - c.day) / 30 AS months, l.ending = ANY (%(leaving)s) AS gone
            FROM {membership} l WHERE l.person_id = c.person AND upper(l.valid) > c.day AND upper(l.valid) <= %(until)s::date
              AND NOT EXISTS (SELECT FROM {membership} n WHERE n.person_id = c.person AND (upper(n.valid) IS NULL OR upper(n.valid) > upper(l.valid)))
            ORDER BY upper(l.valid) DESC, l.id DESC LIMIT 1
        ) e ON true ORDER BY c.person
        """,
        {
            "places": numbers(places), "since": since, "until": until, "moved": int(Membership.Ending.REORGANIZATION),
            "leaving": [int(each) for each in LEAVING],
        },
    )  # fmt: skip
