"""Before and after, in figures: units by level, layers, spans, posts, seats, people, leaders, ground.

After is not reckoned but seen: the scenario is carried out within the transaction, looked at, and rolled back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from canbo.registry.asking import Row, one
from canbo.registry.queries import LEVELS

_FIGURES = """
WITH RECURSIVE beneath (id, depth) AS (
    SELECT %(body)s::bigint, 0
    UNION ALL
    SELECT p.organization_id, b.depth + 1 FROM beneath b JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(on)s::date
    WHERE b.depth < 32
), spans AS (
    SELECT p.parent_id, count(*) AS children FROM beneath b JOIN {organizationparent} p ON p.organization_id = b.id AND p.valid @> %(on)s::date
    WHERE b.depth > 0 GROUP BY 1
), posts AS (
    SELECT p.id, j.standing FROM beneath b JOIN {post} p ON p.organization_id = b.id AND p.valid @> %(on)s::date JOIN {job} j ON j.id = p.job_id
), seats AS (
    SELECT count(*) AS seats FROM posts p JOIN {seat} s ON s.post_id = p.id AND s.valid @> %(on)s::date
), served AS (
    SELECT m.person_id, bool_or(p.standing IN ('head', 'deputy')) AS leads, bool_or(p.standing = 'head') AS head, bool_or(p.standing = 'deputy') AS deputy
    FROM beneath b JOIN {membership} m ON m.organization_id = b.id AND m.valid @> %(on)s::date JOIN posts p ON p.id = m.post_id GROUP BY 1
)
SELECT (SELECT count(*) FROM beneath) AS bodies, (SELECT max(depth) FROM beneath) AS layers,
       (SELECT round(avg(children), 2)::float FROM spans) AS span, (SELECT max(children) FROM spans) AS widest_span,
       (SELECT count(*) FROM posts) AS posts, (SELECT seats FROM seats) AS seats,
       (SELECT count(*) FROM served) AS people, (SELECT count(*) FROM served WHERE leads) AS leaders,
       (SELECT count(*) FROM served WHERE head) AS heads, (SELECT count(*) FROM served WHERE deputy AND NOT head) AS deputies
"""

_UNITS = """
WITH RECURSIVE beneath (id, depth) AS (
    SELECT %(body)s::bigint, 0
    UNION ALL
    SELECT p.organization_id, b.depth + 1 FROM beneath b JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(on)s::date
    WHERE b.depth < 32
)
SELECT k.level, count(*) AS units, round(avg(a.square_kilometres)::numeric, 1)::float AS square_kilometres
FROM beneath b JOIN {organizationstatus} s ON s.organization_id = b.id AND s.valid @> %(on)s::date
JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit' JOIN {organization} o ON o.id = b.id LEFT JOIN {area} a ON a.id = o.area_id
GROUP BY 1 ORDER BY 1
"""


def of(body: int, *, on: date) -> dict[str, Any]:
    """The figures of all that stands beneath a body on a day; everything must be in sight."""
    from canbo.registry.asking import rows

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
    found: Row = one(_FIGURES, {"body": body, "on": on}) or {}
    units = rows(_UNITS, {"body": body, "on": on})
    return {
        **found,
        "units": {LEVELS[row["level"]]: row["units"] for row in units},
        "square_kilometres": {LEVELS[row["level"]]: row["square_kilometres"] for row in units},
    }
