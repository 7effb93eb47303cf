"""What the register says of organizations on a day. People are in `people.py`.

All functions see only what the running transaction may see (authority.open_sight) and take the day as `on`;
`known_at` answers as the register would have answered at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from canbo.registry.asking import Row, one, rows
from canbo.registry.names import search_key
from canbo.registry.saying import sentence as _

FEW = 100  # bodies of one question
LEVELS = {0: "centre", 1: "province", 2: "district", 3: "commune", 4: "village"}


class NotInRegister(LookupError):
    """What was asked for is not there (on that day); the text says what is known and where to go on."""


@dataclass(frozen=True)
class Unit:
    """An organization on a day, under the code it bears that day. `valid_from`, `valid_to`: the days of that code,
    [from, to), None = nobody said since when, or still."""

    id: int
    code: str
    name: dict[str, str]
    kind: str
    kind_names: dict[str, str]
    level: int
    structure: str
    parent: str | None
    parent_id: int | None
    parent_name: dict[str, str] | None
    valid_from: date | None
    valid_to: date | None
    life_from: date | None
    life_to: date | None
    autonomy_group: int | None = None
    area: Row | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """The name in the reader's language, or in the language there is."""
        return in_language(self.name)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": in_language(self.name),
            "names": self.name,
            "level": LEVELS[self.level],
            "kind": self.kind,
            "structure": self.structure,
            "parent": self.parent,
            "from": self.valid_from.isoformat() if self.valid_from else None,
            "to": self.valid_to.isoformat() if self.valid_to else None,
            "life": [day.isoformat() if day else None for day in (self.life_from, self.life_to)],
        }


def in_language(names: dict[str, str] | None) -> str:
    """One name of several: in the reader's language, else English, else whichever there is."""
    if not names:
        return ""
    language = (get_language() or "en")[:2]
    return names.get(language) or names.get("en") or next(iter(names.values()))


_UNIT = """
SELECT o.id, c.code, n.name, s.kind_id AS kind, k.names AS kind_names, k.level, k.structure, s.autonomy_group,
       p.parent_id, pc.code AS parent, pn.name AS parent_name,
       lower(c.valid) AS valid_from, upper(c.valid) AS valid_to, lower(o.life) AS life_from, upper(o.life) AS life_to,
       CASE WHEN a.id IS NULL THEN NULL ELSE jsonb_build_object('code', a.code, 'latitude', a.latitude,
            'longitude', a.longitude, 'square_kilometres', a.square_kilometres) END AS area
FROM {organizationcode} c
JOIN {organization} o ON o.id = c.organization_id
JOIN {organizationname} n ON n.organization_id = o.id AND n.valid @> %(on)s::date
JOIN {organizationstatus} s ON s.organization_id = o.id AND s.valid @> %(on)s::date
JOIN {kind} k ON k.code = s.kind_id
LEFT JOIN {organizationparent} p ON p.organization_id = o.id AND p.valid @> %(on)s::date
LEFT JOIN {organizationcode} pc ON pc.organization_id = p.parent_id AND pc.valid @> %(on)s::date
LEFT JOIN {organizationname} pn ON pn.organization_id = p.parent_id AND pn.valid @> %(on)s::date
LEFT JOIN {area} a ON a.id = o.area_id
WHERE c.valid @> %(on)s::date
"""


def unit(code: str, *, on: date, known_at: datetime | None = None) -> Unit:
    """The organization that bears `code` on the day. Raises NotInRegister, saying when it did bear it."""
    row = one(_UNIT + " AND c.code = %(code)s", {"code": code, "on": on}, known_at=known_at, planned=True)
    if row is None:
        raise NotInRegister(_not_then(code, on))
    return Unit(**row)


def unit_by_id(organization: int, *, on: date, known_at: datetime | None = None) -> Unit:
    """The organization with this id, as it is on the day. Raises NotInRegister."""
    row = one(_UNIT + " AND o.id = %(id)s", {"id": organization, "on": on}, known_at=known_at, planned=True)
    if row is None:
        raise NotInRegister(_("No organization has the number %(id)s on %(on)s.") % {"id": organization, "on": on})
    return Unit(**row)


def units(organizations: list[int], *, on: date) -> list[Unit]:
    """Several organizations as they are on the day, by code."""
    few = len(organizations) <= FEW  # a kept plan expects a few and serves some; a country is planned for
    found = rows(_UNIT + " AND o.id = ANY (%(ids)s) ORDER BY c.code", {"ids": organizations, "on": on}, planned=few)
    return [Unit(**row) for row in found]


def _not_then(code: str, on: date) -> str:
    """Why a code finds nothing on a day, and which code or day would."""
    periods = rows(
        "SELECT organization_id, lower(valid) AS since, upper(valid) AS until FROM {organizationcode}"
        " WHERE code = %(code)s ORDER BY lower(valid) NULLS FIRST",
        {"code": code},
    )
    if not periods:
        near = rows(
            "SELECT DISTINCT code FROM {organizationcode} WHERE code LIKE %(like)s ORDER BY code LIMIT 3",
            {"like": "%" + code.rpartition("/")[2].replace("%", "") + "%"},
        )
        hint = _(" Codes that come near: %(codes)s.") % {"codes": ", ".join(row["code"] for row in near)} if near else ""
        return (
            _("No organization bears the code %(code)s. Codes look like 31/11311, or old:31/303/11296 before July 2025.")
            % {"code": code}
            + hint
        )
    first, last = periods[0], periods[-1]
    if first["since"] and on < first["since"]:
        origins = ", ".join(lineage(code)["origins"][:5])
        return _("%(code)s did not exist on %(on)s; it begins on %(since)s. It came from: %(origins)s.") % {
            "code": code, "on": on, "since": first["since"], "origins": origins or "-",
        }  # fmt: skip
    heirs = ", ".join(lineage(code)["heirs"][:5])
    return _("%(code)s was no longer on %(on)s; its last day was the one before %(until)s. It became: %(heirs)s.") % {
        "code": code, "on": on, "until": last["until"], "heirs": heirs or "-",
    }  # fmt: skip


def lineage(code: str) -> dict[str, Any]:
    """What a unit came from and what it became: `{"unit", "origins": [codes], "heirs": [codes]}`, one step each way.

    A dissolved unit's heirs are those that took over its ground and tasks. Raises NotInRegister for an unknown code.
    """
    if not rows("SELECT FROM {organizationcode} WHERE code = %(code)s LIMIT 1", {"code": code}):
        raise NotInRegister(_not_then(code, date.today()))
    origins = rows(
        "SELECT DISTINCT o.code FROM {resulting} r JOIN {original} o ON o.event_id = r.event_id"
        " WHERE r.code = %(code)s AND r.forms ORDER BY o.code",
        {"code": code},
    )
    heirs = rows(
        "SELECT DISTINCT r.code FROM {original} o JOIN {resulting} r ON r.event_id = o.event_id"
        " WHERE o.code = %(code)s ORDER BY r.code",
        {"code": code},
    )
    return {"unit": code, "origins": [row["code"] for row in origins], "heirs": [row["code"] for row in heirs]}


def lineage_drawn(code: str, *, on: date) -> dict[str, list[Row]]:
    """Lineage with names for the drawing: `origins` and `heirs` as rows code, name, whole, kind of event, day."""
    side = """
    (SELECT DISTINCT ON (x.code) '{side}' AS side, x.code, n.name, o.whole, e.kind, e.on, d.number AS decision
    FROM {{original}} o JOIN {{changeevent}} e ON e.id = o.event_id JOIN {{resulting}} r ON r.event_id = e.id
    JOIN {{decision}} d ON d.id = e.decision_id
    CROSS JOIN LATERAL (SELECT {picked}.code, {picked}.organization_id) AS x
    LEFT JOIN {{organizationname}} n ON n.organization_id = x.organization_id AND n.valid @> {day}
    WHERE {where} ORDER BY x.code)
    """
    origins = side.format(side="origins", picked="o", day="(e.on - 1)", where="r.code = %(code)s AND r.forms")
    heirs = side.format(side="heirs", picked="r", day="e.on", where="o.code = %(code)s")
    told: dict[str, list[Row]] = {"origins": [], "heirs": []}
    for row in rows(f"{origins} UNION ALL {heirs} ORDER BY side, code", {"code": code}):
        told[row.pop("side")].append(row)
    return told


def subtree(organization: int, *, on: date) -> list[int]:
    """Ids of an organization and of all beneath it on the day. Resolve this first, then ask by = ANY(ids)."""
    placed = "SELECT FROM {organizationparent} WHERE organization_id = %(root)s AND valid @> %(on)s::date"
    if not rows(placed, {"root": organization, "on": on}):
        return _beneath_the_top(organization, on=on)
    found = one(
        """
        WITH RECURSIVE beneath (id) AS (
            SELECT %(root)s::bigint
            UNION SELECT p.organization_id FROM beneath b JOIN {organizationparent} p
                  ON p.parent_id = b.id AND p.valid @> %(on)s::date
        ) SELECT string_agg(id::text, ' ') AS ids FROM beneath
        """,
        {"root": organization, "on": on},
    )
    return list(map(int, found["ids"].split())) if found else []  # one text: a row for each costs as much as finding them


def subtrees(organizations: Iterable[int], *, on: date) -> set[int]:
    """Ids of several organizations and of all beneath any of them on the day."""
    found = one(
        """
        WITH RECURSIVE beneath (id) AS (
            SELECT unnest(%(roots)s::bigint[])
            UNION SELECT p.organization_id FROM beneath b JOIN {organizationparent} p
                  ON p.parent_id = b.id AND p.valid @> %(on)s::date
        ) SELECT string_agg(id::text, ' ') AS ids FROM beneath
        """,
        {"roots": sorted(organizations), "on": on},
    )
    return set(map(int, ((found and found["ids"]) or "").split()))


def _beneath_the_top(root: int, *, on: date) -> list[int]:
    """The same for one that stands beneath nobody: most of the register, and read at one stroke instead of body by body."""
    found = one(
        "SELECT string_agg(parent_id || ' ' || organization_id, ' ') AS pairs FROM {organizationparent} WHERE valid @> %(on)s::date",
        {"on": on},
    )
    told = map(int, ((found and found["pairs"]) or "").split())
    beneath: dict[int, list[int]] = {}
    for parent, child in zip(told, told, strict=True):
        beneath.setdefault(parent, []).append(child)
    tree = [root]
    for each in tree:  # it grows while it is walked
        tree += beneath.pop(each, ())
    return tree


def path(organization: int, *, on: date) -> list[Row]:
    """From the top down to the organization: rows id, code, name."""
    return rows(
        """
        WITH RECURSIVE above (id, depth) AS (
            SELECT %(id)s::bigint, 0
            UNION ALL SELECT p.parent_id, a.depth + 1 FROM above a JOIN {organizationparent} p
                      ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
        ) SELECT a.id, c.code, n.name FROM above a
        JOIN {organizationcode} c ON c.organization_id = a.id AND c.valid @> %(on)s::date
        JOIN {organizationname} n ON n.organization_id = a.id AND n.valid @> %(on)s::date ORDER BY a.depth DESC
        """,
        {"id": organization, "on": on},
    )


def children(organization: int | None, *, on: date) -> list[Row]:
    """Bodies directly beneath (None: at the top): id, code, name, kind, kind_names, structure, level, children."""
    where = "p.parent_id = %(id)s" if organization is not None else "p.id IS NULL"
    return rows(
        f"""
        SELECT c.organization_id AS id, c.code, n.name, s.kind_id AS kind, k.names AS kind_names, k.structure, k.level,
               (SELECT count(*) FROM {{organizationparent}} q WHERE q.parent_id = c.organization_id AND q.valid @> %(on)s::date) AS children
        FROM {{organizationcode}} c
        LEFT JOIN {{organizationparent}} p ON p.organization_id = c.organization_id AND p.valid @> %(on)s::date
        JOIN {{organizationname}} n ON n.organization_id = c.organization_id AND n.valid @> %(on)s::date
        JOIN {{organizationstatus}} s ON s.organization_id = c.organization_id AND s.valid @> %(on)s::date
        JOIN {{kind}} k ON k.code = s.kind_id
        WHERE c.valid @> %(on)s::date AND {where}
        ORDER BY k.structure <> 'unit', c.code
        """,
        {"id": organization, "on": on},
    )


def posts(organization: int, *, on: date) -> list[Row]:
    """Posts of one organization on the day: id, job, names, standing, rank, seats (its quota), filled, managed_by code."""
    return rows(
        """
        SELECT p.id, j.code AS job, j.names, j.standing, j.rank, mc.code AS managed_by,
               (SELECT count(*) FROM {seat} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) AS seats,
               (SELECT count(*) FROM {membership} m WHERE m.post_id = p.id AND m.valid @> %(on)s::date) AS filled
        FROM {post} p JOIN {job} j ON j.id = p.job_id
        LEFT JOIN {postmanager} pm ON pm.post_id = p.id AND pm.valid @> %(on)s::date
        LEFT JOIN {organizationcode} mc ON mc.organization_id = pm.manager_id AND mc.valid @> %(on)s::date
        WHERE p.organization_id = %(id)s AND p.valid @> %(on)s::date
        ORDER BY j.rank NULLS LAST, j.code, p.id
        """,
        {"id": organization, "on": on},
    )


def manager(post: int, *, on: date, known_at: datetime | None = None) -> int | None:
    """The body that decides who holds a post on the day; None: the register does not say, or the post does not exist then."""
    found = one(
        "SELECT manager_id FROM {postmanager} WHERE post_id = %(post)s AND valid @> %(on)s::date",
        {"post": post, "on": on},
        known_at=known_at,
    )
    return int(found["manager_id"]) if found else None


def quota(organizations: list[int], *, on: date) -> dict[str, int]:
    """Seats and how many are held, over a set of organizations: {"seats", "filled"}."""
    row = one(
        """
        SELECT (SELECT count(*) FROM {post} p JOIN {seat} s ON s.post_id = p.id
                WHERE p.organization_id = ANY (%(ids)s) AND s.valid @> %(on)s::date) AS seats,
               (SELECT count(*) FROM {membership} m
                WHERE m.organization_id = ANY (%(ids)s) AND m.valid @> %(on)s::date) AS filled
        """,
        {"ids": organizations, "on": on},
    )
    return {"seats": row["seats"], "filled": row["filled"]} if row else {"seats": 0, "filled": 0}


def seats_by_kind(organizations: list[int], *, on: date) -> list[Row]:
    """Seats and how many are held, over a set of organizations, by the kind of body: kind, names, seats, filled; most seats first."""
    return rows(
        """
        SELECT k.code AS kind, k.names, sum(b.seats)::bigint AS seats, sum(b.filled)::bigint AS filled FROM (
            SELECT p.organization_id AS body, count(*) AS seats, 0 AS filled FROM {post} p JOIN {seat} s ON s.post_id = p.id
            WHERE p.organization_id = ANY (%(ids)s) AND s.valid @> %(on)s::date GROUP BY 1
            UNION ALL
            SELECT m.organization_id, 0, count(*) FROM {membership} m
            WHERE m.organization_id = ANY (%(ids)s) AND m.valid @> %(on)s::date GROUP BY 1
        ) b JOIN {organizationstatus} s ON s.organization_id = b.body AND s.valid @> %(on)s::date JOIN {kind} k ON k.code = s.kind_id
        GROUP BY 1, 2 ORDER BY seats DESC, kind
        """,
        {"ids": organizations, "on": on},
    )


def remits(organization: int, *, on: date) -> list[Row]:
    """Tasks that are this organization's on the day: code, names, field, citation, since, decision."""
    return rows(
        """
        SELECT t.code, t.names, t.field, t.citation, lower(r.valid) AS since, d.number AS decision
        FROM {remit} r JOIN {task} t ON t.id = r.task_id JOIN {decision} d ON d.id = r.decision_id
        WHERE r.organization_id = %(id)s AND r.valid @> %(on)s::date ORDER BY t.field, t.code
        """,
        {"id": organization, "on": on},
    )


def history(organization: int) -> list[Row]:
    """All that an organization was called, coded, ranked and placed: rows what, value, since, until, decision."""
    return rows(
        """
        SELECT h.what, h.value, lower(h.valid) AS since, upper(h.valid) AS until, d.number AS decision, d.issuer
        FROM (
            SELECT 'name' AS what, to_jsonb(name) AS value, valid, decision_id FROM {organizationname} WHERE organization_id = %(id)s
            UNION ALL SELECT 'code', to_jsonb(code), valid, decision_id FROM {organizationcode} WHERE organization_id = %(id)s
            UNION ALL SELECT 'kind', k.names, s.valid, s.decision_id FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id
                      WHERE s.organization_id = %(id)s
            UNION ALL SELECT 'parent', n.name, p.valid, p.decision_id FROM {organizationparent} p
                      LEFT JOIN LATERAL (SELECT name FROM {organizationname} WHERE organization_id = p.parent_id
                                         AND valid && p.valid ORDER BY lower(valid) NULLS FIRST LIMIT 1) n ON true
                      WHERE p.organization_id = %(id)s
        ) h JOIN {decision} d ON d.id = h.decision_id
        ORDER BY h.what, lower(h.valid) NULLS FIRST
        """,
        {"id": organization},
    )


def events(organization: int) -> list[Row]:
    """The change events an organization was part of: id, kind, on, decision, issuer, title, originals, resulting."""
    return rows(
        """
        SELECT e.id, e.kind, e.on, d.number AS decision, d.issuer, d.title,
               (SELECT jsonb_agg(o.code ORDER BY o.code) FROM {original} o WHERE o.event_id = e.id) AS originals,
               (SELECT jsonb_agg(r.code ORDER BY r.code) FROM {resulting} r WHERE r.event_id = e.id) AS resulting
        FROM {changeevent} e JOIN {decision} d ON d.id = e.decision_id
        WHERE e.id IN (SELECT event_id FROM {original} WHERE organization_id = %(id)s
                       UNION SELECT event_id FROM {resulting} WHERE organization_id = %(id)s)
        ORDER BY e.on, e.id
        """,
        {"id": organization},
    )


def search_units(text: str, *, on: date, limit: int = 20) -> list[Row]:
    """Organizations whose name or code holds the words, alive on the day: id, code, name, kind_names, parent_name."""
    key = search_key(text)
    if len(key) < 2:
        return []
    words = {f"word{place}": f"%{_literal(word)}%" for place, word in enumerate(key.split())}
    named = " AND ".join(f"n.search_key LIKE %({word})s" for word in words)  # LIKE ALL (array) would use no index
    return rows(
        """
        SELECT c.organization_id AS id, c.code, n.name, k.names AS kind_names, pn.name AS parent_name
        FROM {organizationname} n
        JOIN {organizationcode} c ON c.organization_id = n.organization_id AND c.valid @> %(on)s::date
        JOIN {organizationstatus} s ON s.organization_id = n.organization_id AND s.valid @> %(on)s::date
        JOIN {kind} k ON k.code = s.kind_id
        LEFT JOIN {organizationparent} p ON p.organization_id = n.organization_id AND p.valid @> %(on)s::date
        LEFT JOIN {organizationname} pn ON pn.organization_id = p.parent_id AND pn.valid @> %(on)s::date
        WHERE n.valid @> %(on)s::date AND """
        + named
        + " ORDER BY k.structure <> 'unit', k.level, length(n.search_key), c.code LIMIT %(limit)s",
        {**words, "on": on, "limit": limit},
    )


def _literal(word: str) -> str:
    """A word as LIKE takes it literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def dots(*, on: date, level: int = 3) -> list[Row]:
    """Units of a level on the day with coordinates, for the map: code, name, kind, latitude, longitude, province code."""
    return rows(
        """
        SELECT c.code, n.name, s.kind_id AS kind, a.latitude, a.longitude
        FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id AND k.level = %(level)s AND k.structure = 'unit'
        JOIN {organization} o ON o.id = s.organization_id JOIN {area} a ON a.id = o.area_id AND a.latitude IS NOT NULL
        JOIN {organizationcode} c ON c.organization_id = o.id AND c.valid @> %(on)s::date
        JOIN {organizationname} n ON n.organization_id = o.id AND n.valid @> %(on)s::date
        WHERE s.valid @> %(on)s::date ORDER BY c.code
        """,
        {"on": on, "level": level},
    )


def unit_counts(*, on: date) -> dict[str, int]:
    """How many administrative units there are on the day, by level word."""
    found = rows(
        "SELECT k.level, count(*) AS n FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id"
        " WHERE k.structure = 'unit' AND k.level BETWEEN 1 AND 3 AND s.valid @> %(on)s::date GROUP BY 1",
        {"on": on},
    )
    return {"province": 0, "district": 0, "commune": 0} | {LEVELS[row["level"]]: row["n"] for row in found}
