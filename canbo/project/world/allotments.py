"""Headcount of the term 2026-2031 in the demo world: a total, a share for each province, and in staffed provinces a number
for each body, all coming down year by year. The total of the real term is not published: these numbers are invented, made
from the seats of the world so that they fit it. One body has too few, and each managing body keeps some back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from canbo.project.world.book import as_date
from canbo.project.world.invention import World
from canbo.project.world.tables import Place
from canbo.registry.days import since
from canbo.registry.models import Allotment, Decision

TERM = [date(year, 7, 1) for year in range(2026, 2032)]
#: Hundredths of the seats of 2026 that a year of the term has; a fifth less at its end.
PATH = (100, 95, 90, 85, 80)
RESERVE = 50  # one in so many is kept back
#: Story: allotted so many fewer than there are places.
SHORT = {("31.executive.finance", "officials"): 10, ("31/11824", "officials"): 6}

#: Places by body and kind of staff: a place that is held counts as its holder does, a free one as the body's kind says.
#: Places whose holder has another post beside take no person of their own; contracts are outside these numbers.
_PLACES = """
    SELECT c.code, CASE WHEN m.category IN (1, 2) THEN 'officials' WHEN m.category = 3 THEN 'public_employees'
                        WHEN m.category IS NULL AND k.structure = 'service' THEN 'public_employees' ELSE 'officials' END, count(*)
    FROM registry_seat s JOIN registry_post p ON p.id = s.post_id
    JOIN registry_organizationcode c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date
    JOIN registry_organizationstatus o ON o.organization_id = p.organization_id AND o.valid @> %(on)s::date
    JOIN registry_kind k ON k.code = o.kind_id AND k.structure IN ('government', 'party', 'front', 'service')
    LEFT JOIN (SELECT post_id, seat, category, kind FROM registry_membership WHERE valid @> %(on)s::date) m
        ON m.post_id = s.post_id AND m.seat = s.number
    WHERE s.valid @> %(on)s::date AND coalesce(m.kind, 0) <> 8 AND coalesce(m.category, 1) <= 3
    GROUP BY 1, 2
"""
Seats = dict[tuple[str, str], int]


def make(cursor: Any, place: Place, world: World, *, using: str) -> None:
    """Write the term, in the transaction that loads the world."""
    cursor.execute(_PLACES, {"on": as_date(world.book.today)})
    seats: Seats = {(code, staff): number for code, staff, number in cursor.fetchall()}
    cursor.execute("SELECT code, organization_id FROM registry_organizationcode WHERE valid @> %s::date", [TERM[0]])
    ids = dict(cursor.fetchall())
    made = world.structure
    staffed = {code for code, scope in zip(made.pools, made.pool_scope, strict=True) if scope == "staffed"}
    centre = world.book.centre
    provenance = {"source_id": place.source, "entry_id": place.entry}
    decisions: dict[str, int] = {}

    def of(issuer: str) -> int:
        """The decision by which a body hands down the term: invented, and saying so."""
        if issuer not in decisions:
            title = {
                "en": "Headcount 2026-2031 (invented)",
                "vi": "Biên chế 2026-2031 (hư cấu)",
                "fa": "شمار کارکنان ۲۰۲۶-۲۰۳۱ (ساختگی)",
            }
            known = {"kind": Decision.Kind.DECISION, "title": title, "signed_on": date(2026, 6, 15), "effective_on": TERM[0]}
            decisions[issuer] = (
                Decision.objects.using(using).get_or_create(issuer=f"demo-world {issuer}", number="01/2026", defaults=known)[0].pk
            )
        return decisions[issuer]

    cursor.execute("ALTER TABLE registry_allotment DISABLE TRIGGER USER")  # asked once for each body below, not for each row
    Allotment.objects.using(using).bulk_create(
        Allotment(
            giver_id=ids[giver] if giver else None, body_id=ids[body], use=use, staff=staff, number=number, valid=since(day, until),
            decision_id=of(giver or centre), **provenance,
        )
        for giver, body, use, staff, numbers in handed_down(seats, staffed, centre, ids)
        for number, day, until in zip(numbers, TERM, TERM[1:], strict=False)
    )  # fmt: skip

    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("ALTER TABLE registry_allotment ENABLE TRIGGER USER")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute(
        "SELECT given.giver_id, over.day FROM (SELECT DISTINCT giver_id, staff FROM registry_allotment) AS given"
        " CROSS JOIN LATERAL registry_overdrawn(given.giver_id, given.staff, '(,)') AS over"
    )
    if (broken := cursor.fetchone()) is not None:
        raise AssertionError(f"The invented headcount is overdrawn: {broken}")


def handed_down(
    seats: Seats, staffed: set[str], centre: str, ids: dict[str, int]
) -> Iterator[tuple[str | None, str, str, str, list[int]]]:
    """Giver, body, use, kind of staff and the numbers of the five years, from the top down."""
    totals: dict[str, list[int]] = defaultdict(lambda: [0] * len(PATH))
    used: dict[tuple[str, str, str], int] = defaultdict(int)  # province, body that is allotted, kind of staff
    for (code, staff), number in seats.items():
        province, body = body_of(code)
        if f"{province}.party" in ids:
            used[province, body, staff] += number
    shares: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(PATH))
    allotted = []
    for (province, body, staff), number in sorted(used.items()):
        numbers = [max(1, number * share // 100 - SHORT.get((body, staff), 0)) for share in PATH]
        shares[province, staff] = [one + other for one, other in zip(shares[province, staff], numbers, strict=True)]
        if province in staffed:
            allotted.append((f"{province}.party", body, "allotted", staff, numbers))
    delegated = []
    for (province, staff), numbers in sorted(shares.items()):
        kept = [number // RESERVE for number in numbers]
        given = [one + other for one, other in zip(numbers, kept, strict=True)]
        totals[staff] = [one + other for one, other in zip(totals[staff], given, strict=True)]
        delegated.append((centre, f"{province}.party", "delegated", staff, given))
        if province in staffed:
            allotted.append((f"{province}.party", f"{province}.party", "reserved", staff, kept))
    for staff, numbers in totals.items():
        kept = [number // RESERVE for number in numbers]
        yield None, centre, "total", staff, [one + other for one, other in zip(numbers, kept, strict=True)]
        yield centre, centre, "reserved", staff, kept
    yield from delegated
    yield from allotted


def body_of(code: str) -> tuple[str, str]:
    """The province of a body, and the body that is allotted people for it: the commune; the office for who leads the Party
    committee and the People's Committee of the province; else the body of the province itself, with its divisions."""
    province, slash, rest = code.partition("/")
    if slash:
        return province, f"{province}/{rest.partition('.')[0]}"
    parts = code.split(".")
    if parts[1:] in (["party"], ["executive"]):
        return parts[0], f"{code}.office"
    return parts[0], ".".join(parts[:3] if len(parts) > 2 and parts[1] in ("party", "executive", "service") else parts[:2])
