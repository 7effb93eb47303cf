"""Headcount handed down by decision: a total for a term, delegated to managing bodies, allotted for use, set aside.

On no day does a body give more than it was given; the database holds that whoever writes
(registry/migrations/allotment.sql), and here the refusal says the month. What is used is counted elsewhere
(reports/headcount.py): a place that nobody fills was allotted all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, connections, transaction

from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.asking import Row, rows
from canbo.registry.days import since
from canbo.registry.models import Account, Allotment, Decision, Membership, Organization, Source
from canbo.registry.saying import sentence as _

ACT = "quota.allot"
ENTRY = "quota.allotted"
Path = Sequence[tuple[date, int]]
Staff, Category = Allotment.Staff, Membership.Category
#: Which kind of staff a membership counts as; the armed forces are not in the numbers of this register.
STAFF = {
    Category.CADRE: Staff.OFFICIALS, Category.CIVIL_SERVANT: Staff.OFFICIALS, Category.PUBLIC_EMPLOYEE: Staff.PUBLIC_EMPLOYEES,
    Category.CONTRACT: Staff.CONTRACT, Category.ACTIVIST: Staff.ACTIVISTS,
}  # fmt: skip
_HELD = ("within_what_was_given", "given_from_the_top_down")


class QuotaRefused(ValueError):
    """What was asked is no allotment; the text says why and what to do instead."""


class Overdrawn(QuotaRefused):
    """A body would give more than it was given: the body, the first day, what it has then and what it would give."""

    def __init__(self, body: int, day: date, given: int, out: int) -> None:
        self.body, self.day, self.given, self.out = body, day, given, out
        place = rows("SELECT code FROM {organizationcode} WHERE organization_id = %(id)s AND valid @> %(on)s::date",
                     {"id": body, "on": day})  # fmt: skip
        super().__init__(
            _(
                "From %(day)s on %(body)s would give %(out)s and was given %(given)s: %(over)s too many. Give less, or ask for more."
            )
            % {"day": day, "body": place[0]["code"] if place else f"#{body}", "out": out, "given": given, "over": out - given}
        )


@dataclass(frozen=True)
class Asked:
    """What is to hold from the first day of `path` until `until`: from each day of the path on, so many."""

    giver: Organization | None
    body: Organization
    use: str
    staff: str
    path: tuple[tuple[date, int], ...]
    until: date

    def told(self) -> dict[str, Any]:
        """As the journal writes it."""
        return {
            "giver": self.giver.pk if self.giver else None, "body": self.body.pk, "use": self.use, "staff": self.staff,
            "path": [[day.isoformat(), number] for day, number in self.path], "until": self.until.isoformat(),
        }  # fmt: skip


@transaction.atomic
def allot(
    *, giver: Organization | None, body: Organization, use: str, staff: str, path: Path, until: date,
    decision: Decision, source: Source, by: Account, key: str | None = None,
) -> list[Allotment]:  # fmt: skip
    """From the first day of `path` until `until` a body has these numbers of a kind of staff from the giver.

    giver   None for the total of a term, which goes to the top; the body itself to set aside (`reserved`)
    path    (day, number) ascending, each number from its day to the next: a path of reduction is one act
    What an earlier decision said of the same for these days is replaced. Returns the rows, one for each number.
    Raises NotAllowed, QuotaRefused for what is no path, Overdrawn with the first day on which a body gives too much.
    """
    authority.require(by, ACT, over=giver or body)
    asked = Asked(giver, body, use, staff, tuple(path), until)
    _refuse_impossible(asked)
    _one_at_a_time()
    earlier = once.earlier(key, ENTRY)
    if earlier is not None:
        return once.written(Allotment, earlier)
    entry = entries.record(ENTRY, by=by, about=body, on=asked.path[0][0], key=key, payload=asked.told())
    made = _write(asked, {"decision": decision, "source": source, "entry_id": entry.pk})
    _refuse_overdrawn(asked)
    return made


@transaction.atomic
def what_if(
    *, giver: Organization | None, body: Organization, use: str, staff: str, path: Path, until: date,
    decision: Decision, source: Source, reader: Account,
) -> Overdrawn | None:  # fmt: skip
    """What `allot` would refuse: the first day on which a body would give too much, or None. Nothing is written.

    Raises NotAllowed and QuotaRefused as `allot` does.
    """
    authority.require(reader, ACT, over=giver or body)
    asked = Asked(giver, body, use, staff, tuple(path), until)
    _refuse_impossible(asked)
    try:
        with transaction.atomic():
            _write(asked, {"decision": decision, "source": source})
            _refuse_overdrawn(asked)
            transaction.set_rollback(True)
    except Overdrawn as overdrawn:
        return overdrawn
    return None


def allotted(bodies: Sequence[int], *, on: date) -> dict[int, dict[str, int]]:
    """What bodies were allotted for use on a day: body -> kind of staff -> number. A body without a row is not in it."""
    found: dict[int, dict[str, int]] = {}
    for row in rows(
        "SELECT body_id, staff, sum(number) AS number FROM {allotment} WHERE body_id = ANY (%(ids)s) AND use = 'allotted'"
        " AND valid @> %(on)s::date GROUP BY 1, 2",
        {"ids": list(bodies), "on": on},
    ):
        found.setdefault(row["body_id"], {})[row["staff"]] = int(row["number"])
    return found


@dataclass(frozen=True)
class Full:
    """A body that has no place left: its code, how many it was allotted, how many others serve there."""

    code: str
    number: int
    people: int


def full(*, body: int, person: int, category: int, on: date, using: str) -> Full | None:
    """Whether one more in this body would be beyond what was allotted; None where there is room, or nobody allotted anything.

    Asked of the nearest body, this one or above it, that has a number of its own, with all beneath it that has none.
    Somebody who served there the day before is no one more, even where there are too many: who moves within moves.
    Ask it in a transaction that sees everybody.
    """
    staff = STAFF.get(Category(category))
    with connections[using].cursor() as cursor:
        cursor.execute(_FULL, {
            "body": body, "person": person, "on": on, "staff": staff, "beside": Membership.Kind.CONCURRENT,
            "categories": [int(each) for each, kind in STAFF.items() if kind == staff],
        })  # fmt: skip
        found = cursor.fetchone()
    return Full(*found) if found else None


_FULL = """
WITH RECURSIVE above (id, depth) AS (
    SELECT %(body)s::bigint, 0
    UNION ALL SELECT p.parent_id, a.depth + 1 FROM above a JOIN registry_organizationparent p
              ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
), numbered AS (
    SELECT body_id AS id, sum(number) FILTER (WHERE staff = %(staff)s) AS number FROM registry_allotment
    WHERE use = 'allotted' AND valid @> %(on)s::date GROUP BY 1
), covering AS (
    SELECT n.id, n.number FROM above a JOIN numbered n ON n.id = a.id ORDER BY a.depth LIMIT 1
), under (id) AS (
    SELECT id FROM covering
    UNION SELECT p.organization_id FROM under u JOIN registry_organizationparent p ON p.parent_id = u.id AND p.valid @> %(on)s::date
          WHERE p.organization_id NOT IN (SELECT id FROM numbered)
), serving AS (
    SELECT m.person_id, m.valid FROM registry_membership m JOIN under u ON u.id = m.organization_id
    WHERE m.kind <> %(beside)s AND m.category = ANY (%(categories)s) AND m.valid && daterange(%(on)s::date - 1, %(on)s::date, '[]')
), counted AS (
    SELECT count(*) FILTER (WHERE valid @> %(on)s::date AND person_id <> %(person)s) AS people,
           coalesce(bool_or(person_id = %(person)s AND valid @> (%(on)s::date - 1)), false) AS known FROM serving
)
SELECT o.code, c.number::bigint, n.people FROM covering c CROSS JOIN counted n
JOIN registry_organizationcode o ON o.organization_id = c.id AND o.valid @> %(on)s::date
WHERE n.people >= c.number AND NOT n.known
"""


def position(body: int, *, on: date) -> list[Row]:
    """How a managing body stands on a day, a row for each kind of staff it was given or gives: staff, given, delegated,
    allotted, reserved, free (given and not gone out)."""
    return rows(
        """
        SELECT staff, given, delegated, allotted, reserved, given - delegated - allotted - reserved AS free FROM (
            SELECT staff, coalesce(sum(number) FILTER (WHERE body_id = %(body)s AND use IN ('total', 'delegated')), 0)::bigint AS given,
                   coalesce(sum(number) FILTER (WHERE giver_id = %(body)s AND use = 'delegated'), 0)::bigint AS delegated,
                   coalesce(sum(number) FILTER (WHERE giver_id = %(body)s AND use = 'allotted'), 0)::bigint AS allotted,
                   coalesce(sum(number) FILTER (WHERE giver_id = %(body)s AND use = 'reserved'), 0)::bigint AS reserved
            FROM {allotment} WHERE valid @> %(on)s::date
             AND (giver_id = %(body)s OR (body_id = %(body)s AND use IN ('total', 'delegated'))) GROUP BY staff
        ) AS summed ORDER BY array_position(ARRAY['officials', 'public_employees', 'contract', 'activists'], staff::text)
        """,
        {"body": body, "on": on},
    )


def decided(bodies: Sequence[int], *, on: date) -> list[Row]:
    """Every row that gives one of these bodies people on a day or later, with its decision: giver code, code, name, use,
    staff, number, since, until, decision, issuer, signed_on; in the order of giver, body, staff, days."""
    return rows(
        """
        SELECT gc.code AS giver, c.code, n.name, a.use, a.staff, a.number, lower(a.valid) AS since, upper(a.valid) AS until,
               d.number AS decision, d.issuer, d.signed_on
        FROM {allotment} a JOIN {decision} d ON d.id = a.decision_id
        LEFT JOIN {organizationcode} gc ON gc.organization_id = a.giver_id AND gc.valid @> %(on)s::date
        LEFT JOIN {organizationcode} c ON c.organization_id = a.body_id AND c.valid @> %(on)s::date
        LEFT JOIN {organizationname} n ON n.organization_id = a.body_id AND n.valid @> %(on)s::date
        WHERE a.body_id = ANY (%(ids)s) AND upper(a.valid) > %(on)s::date
        ORDER BY gc.code NULLS FIRST, c.code, a.use, a.staff, a.valid
        """,
        {"ids": list(bodies), "on": on},
    )


def _refuse_impossible(asked: Asked) -> None:
    days = [day for day, _number in asked.path]
    if not days or days != sorted(set(days)) or asked.until <= days[-1]:
        raise QuotaRefused(_("An allotment needs days in ascending order, each with a number, and a last day after them."))
    if any(number < 0 for _day, number in asked.path):
        raise QuotaRefused(_("A number of people is 0 or more."))
    if asked.use not in Allotment.Use or asked.staff not in Allotment.Staff:
        raise QuotaRefused(
            _("Say what for (%(uses)s) and which staff (%(kinds)s).")
            % {"uses": ", ".join(Allotment.Use.values), "kinds": ", ".join(Allotment.Staff.values)}
        )
    if (asked.giver is None) != (asked.use == Allotment.Use.TOTAL):
        raise QuotaRefused(_("The total of a term has no giver, and all else comes from one."))


def _one_at_a_time() -> None:
    """The lock under which the database judges: whoever waits for it then finds the entry and the rows of the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock('registry_allotment'::regclass::bigint)")


def _write(asked: Asked, mark: dict[str, Any]) -> list[Allotment]:
    """The new rows in place of what was said of these days before."""
    same = {"giver": asked.giver, "body": asked.body, "use": asked.use, "staff": asked.staff}
    first, until = asked.path[0][0], asked.until
    after = []
    for row in Allotment.objects.select_for_update().filter(**same, valid__overlap=since(first, until)):
        lower, upper = row.valid.lower, row.valid.upper
        if upper > until:
            kept = {"decision_id": row.decision_id, "source_id": row.source_id, "entry_id": row.entry_id}
            after.append(Allotment(**same, **kept, number=row.number, valid=since(until, upper)))
        if lower < first:
            row.valid = since(lower, first)
            row.save(update_fields=["valid"])
        else:
            row.delete()
    Allotment.objects.bulk_create(after)
    ends = [day for day, _number in asked.path[1:]] + [until]
    return [
        Allotment.objects.create(**same, **mark, number=number, valid=since(day, end))
        for (day, number), end in zip(asked.path, ends, strict=True)
    ]


def _refuse_overdrawn(asked: Asked) -> None:
    """Raise Overdrawn for whoever gives too much; then let the database judge all of it at once, not at the commit."""
    with connection.cursor() as cursor:
        for body in filter(None, (asked.giver, asked.body)):
            cursor.execute("SELECT day, given, gone FROM registry_overdrawn(%s, %s, '(,)')", [body.pk, asked.staff])
            found = cursor.fetchone()
            if found is not None:
                raise Overdrawn(body.pk, *found)
        for moment in ("IMMEDIATE", "DEFERRED"):
            cursor.execute(f"SET CONSTRAINTS {', '.join(_HELD)} {moment}")
