"""Who stays: of groups of people who served on a day, the share that still serves so many months later, and where it is lower.

Groups only, each with how many people it counts; below a least number nothing is shown, and of no single person is anything
reckoned. Retirement, death, the end of a term and reorganisation are no leaving: there the watching ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from canbo.modelling.training.staying import Stay, differ, stay
from canbo.registry import authority, queries
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.models import Account, Membership

ACT = "talent.read"
YEARS = 3  # watched until the day asked about
LEAVING = (Membership.Ending.RESIGNATION, Membership.Ending.SEVERANCE)
#: By which people are grouped; none of them is a fact about a person's origin, sex or belief.
KINDS = ("service", "standing", "waiting", "place")
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
    """All groups of a body, watched from a day until another."""

    since: date
    until: date
    everyone: Stay
    groups: list[Group]

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
    return Retention(since, on, stay(months, left), groups)


def _group(kind: str, value: str, here: NDArray[np.bool_], months: NDArray[np.int64], left: NDArray[np.bool_]) -> Group:
    one, others = stay(months[here], left[here]), stay(months[~here], left[~here])
    chance = differ(months, left, here) if one.shown and others.shown else None
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
