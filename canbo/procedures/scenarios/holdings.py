"""What bodies hold, and to whom it goes: buildings, seals, records and accounts, each with one holder on every day.

sc_holding(custody, holding, org, kind, task, valid, place, to_code)   each holding that ends with its body or of which a line
speaks; no heir: `to_code` null; two rows: two lines say so, which is refused.
On the day each goes over, and a handover is open until the receiver has confirmed it by name (handovers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.db import connection

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios.ground import made
from canbo.procedures.scenarios.problems import Problem
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import queries
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.saying import sentence as _

TOLD = 200


@cache
def kinds() -> dict[str, dict[str, str]]:
    """Kinds of holdings by holdings.yaml of the rulebook: word -> its name by language."""
    file = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "holdings.yaml"
    found = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return dict(found.get("kinds") or {})


def kind_word(kind: str) -> str:
    """The name of a kind in the language that is spoken."""
    return queries.in_language(kinds().get(kind) or {}) or kind


# ---- what becomes of them


def lay(sketch: Sketch) -> None:
    """Make the tables for the sketch whose `ground.lay` was just done."""
    said = ("sc_holding_line", "place int, org bigint, kind text, holding bigint, to_code text", sketch.holdings)
    made(("sc_holding_line", "sc_holding"), [said], [_HOLDING], {"on": sketch.on})


# Of the lines that fit, the one that says most exactly counts.
_HOLDING = """
CREATE TEMPORARY TABLE sc_holding ON COMMIT DROP AS
WITH held AS (
    SELECT c.id AS custody, h.id AS holding, c.organization_id AS org, h.kind, h.task_id AS task, c.valid * daterange(%(on)s, NULL) AS valid
    FROM procedures_custody c JOIN procedures_holding h ON h.id = c.holding_id
    WHERE c.valid && daterange(%(on)s, NULL) AND c.organization_id IN (SELECT org FROM sc_ending UNION SELECT org FROM sc_holding_line)
), fit AS (
    SELECT h.*, l.place, l.to_code, rank() OVER (PARTITION BY h.custody ORDER BY (l.holding IS NULL)::int, (l.kind IS NULL)::int) AS nth
    FROM held h JOIN sc_holding_line l ON l.org = h.org AND (l.holding IS NULL OR l.holding = h.holding) AND (l.kind IS NULL OR l.kind = h.kind)
)
SELECT custody, holding, org, kind, task, valid, place, to_code FROM fit WHERE nth = 1
UNION ALL
SELECT h.custody, h.holding, h.org, h.kind, h.task, h.valid, NULL, NULL FROM held h JOIN sc_ending e ON e.org = h.org
WHERE NOT EXISTS (SELECT FROM fit WHERE fit.custody = h.custody)
"""


def without_heir(sketch: Sketch) -> list[Row]:
    """Holdings of bodies that end of which no line says to whom they go: holding, kind, number, name, unit."""
    return rows(
        "SELECT s.holding, s.kind, h.number, h.name, c.code AS unit FROM sc_holding s JOIN procedures_holding h ON h.id = s.holding"
        " JOIN {organizationcode} c ON c.organization_id = s.org AND c.valid @> %(eve)s::date WHERE s.to_code IS NULL ORDER BY c.code, s.kind, s.holding",
        {"eve": sketch.eve},
    )


def problems(sketch: Sketch, lost: list[Row]) -> Iterator[Problem]:
    """What blocks: a holding without heir, one of which two lines speak, one that would go to its own holder."""
    for row in lost[:TOLD]:
        yield Problem(
            "holding_without_heir", _("%(holding)s (%(kind)s) of %(unit)s has no heir from %(day)s on.")
            % {"holding": row["name"], "kind": kind_word(row["kind"]), "unit": row["unit"], "day": sketch.on},
            _("Say with a line of holdings to whom it goes."), [row["unit"], str(row["holding"])],
        )  # fmt: skip
    if (more := len(lost) - TOLD) > 0:
        yield Problem(
            "holding_without_heir",
            _("%(count)s more holdings have no heir.") % {"count": more},
            _("See the list of holdings without heir."),
        )
    twice = rows(
        "SELECT h.name, s.holding, max(s.place) AS place, string_agg(DISTINCT s.to_code, ', ' ORDER BY s.to_code) AS heirs FROM sc_holding s"
        " JOIN procedures_holding h ON h.id = s.holding GROUP BY h.name, s.holding, s.custody HAVING count(DISTINCT s.to_code) > 1"
        " ORDER BY s.holding LIMIT %(most)s",
        {"most": TOLD},
    )
    for row in twice:
        yield Problem(
            "holding_with_two_heirs", _("%(holding)s would go to several bodies: %(heirs)s.") % {"holding": row["name"], "heirs": row["heirs"]},
            _("Keep one of these lines."), [str(row["holding"]), *row["heirs"].split(", ")], row["place"],
        )  # fmt: skip
    for place, _org, kind, _holding, _to in sketch.holdings:
        if kind is not None and kind not in kinds():
            yield Problem(
                "unknown_kind_of_holding", _("There is no kind of holding called %(kind)s.") % {"kind": kind},
                _("The kinds are: %(kinds)s.") % {"kinds": ", ".join(kinds())}, [kind], place,
            )  # fmt: skip
    unknown = rows(
        "SELECT l.place, l.holding FROM sc_holding_line l WHERE l.holding IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM sc_holding s WHERE s.holding = l.holding AND s.org = l.org) ORDER BY l.place LIMIT %(most)s",
        {"most": TOLD},
    )
    for row in unknown:
        yield Problem(
            "unknown_holding", _("The unit does not hold %(holding)s on that day.") % {"holding": f"№ {row['holding']}"},
            _("Take its number from the list of what the unit holds."), [str(row["holding"])], row["place"],
        )  # fmt: skip


# ---- the day, and back


def hand(sketch: Sketch, codes: dict[str, int], mark: dict[str, Any], scenario: Scenario) -> int:
    """Let each holding go to its heir, and open its handover; how many. `codes`: ids of bodies by their codes after."""
    given = {"on": sketch.on, "scenario": scenario.pk, "ids": numbers(codes.values()), "codes": list(codes), **mark}
    with connection.cursor() as cursor:
        for statement in _HAND:
            cursor.execute(statement, given)
        return max(int(cursor.rowcount), 0)


# Whoever takes over what it holds already keeps it; a custody that would only begin later goes over whole.
_HAND = (
    "DROP TABLE IF EXISTS sc_handed",
    """
    CREATE TEMPORARY TABLE sc_handed ON COMMIT DROP AS
    SELECT DISTINCT ON (s.custody) s.custody, s.holding, s.org AS giver, c.id AS receiver, s.valid, nextval(pg_get_serial_sequence('procedures_custody', 'id')) AS id
    FROM sc_holding s JOIN unnest(%(ids)s::bigint[], %(codes)s::text[]) AS c (id, code) ON c.code = s.to_code
    WHERE c.id <> s.org ORDER BY s.custody
    """,
    """
    UPDATE procedures_handover o SET lapsed = true FROM sc_handed h
    WHERE o.custody_id = h.custody AND o.confirmed_at IS NULL AND NOT o.lapsed
    """,
    """
    UPDATE procedures_custody c SET valid = daterange(lower(c.valid), %(on)s) FROM sc_handed h
    WHERE c.id = h.custody AND (lower_inf(c.valid) OR lower(c.valid) < %(on)s)
    """,
    """
    INSERT INTO procedures_custody (id, holding_id, organization_id, valid, source_id, decision_id, entry_id)
    SELECT h.id, h.holding, h.receiver, h.valid, %(source_id)s, %(decision_id)s, %(entry_id)s
    FROM sc_handed h JOIN procedures_custody c ON c.id = h.custody AND upper(c.valid) = %(on)s
    """,
    """
    UPDATE procedures_custody c SET organization_id = h.receiver, entry_id = %(entry_id)s FROM sc_handed h
    WHERE c.id = h.custody AND lower(c.valid) >= %(on)s
    """,
    """
    INSERT INTO procedures_handover (scenario_id, custody_id, giver_id, receiver_id, "on", listed, remark, given_by, received_by, lapsed)
    SELECT %(scenario)s, c.id, h.giver, h.receiver, lower(h.valid), g.quantity, '', '', '', false
    FROM sc_handed h JOIN procedures_holding g ON g.id = h.holding
    JOIN procedures_custody c ON c.id IN (h.id, h.custody) AND c.entry_id = %(entry_id)s
    WHERE NOT EXISTS (SELECT FROM procedures_handover o WHERE o.custody_id = c.id)
    """,
)


def back(given: dict[str, Any], home: Callable[[int], str | None]) -> Iterator[tuple[Any, ...]]:
    """Of an undoing: a line for each holding that went over then and is still where it went. `given`: see undoing."""
    found = rows(
        """
        SELECT c.holding_id AS holding, c.organization_id AS org, f.organization_id AS former FROM procedures_custody c
        JOIN procedures_custody f ON f.holding_id = c.holding_id AND upper(f.valid) = lower(c.valid)
        WHERE c.entry_id = ANY (%(entries)s::bigint[]) AND lower(c.valid) = %(on)s AND c.valid && daterange(%(day)s, NULL) ORDER BY 1
        """,
        given,
    )
    for row in found:
        if (code := home(row["former"])) is not None:
            yield 0, row["org"], None, row["holding"], code
