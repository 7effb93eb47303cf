"""How a body scores: month, quarter or year, and which of the ways to read the law; dated, and never backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_noop

from canbo.evaluation.models import Scheme
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time
from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.asking import remembering, rows
from canbo.registry.models import Account, Organization
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation.periods import MONTHS, Period, parse
from canbo.rules.evaluation.readings import ways_of

SET = "scheme.set"
USUAL = "month"


@kept_when_refused("organization")
def set_scheme(
    *, organization: Organization, kind: str, since: date, basis: str, by: Account, on: date,
    readings: Mapping[str, str] | None = None, key: str | None = None,
) -> Scheme:  # fmt: skip
    """Let a body score by months, quarters or years from a day on. Nothing that began before is touched.

    A day in the middle of a period takes hold with the next period: `since` of what is returned says when. A day that
    is over, and one before a change that was set already, are refused. Raises Refused.
    """
    authority.require(by, "scheme.set", over=organization)
    earlier = once.earlier(key, SET)
    if earlier is not None:
        return Scheme.objects.get(entry=earlier)
    if kind not in Scheme.Kind.values:
        raise Refused("kind", _("A body scores by month, quarter or year."))
    if since < on:
        raise Refused("retroactive", _("A change holds from its own day at the earliest: what is over stays as it was."))
    if not basis.strip():
        raise Refused("no_basis", _("Name the text by which the body decided so."))
    _require_ways(readings or {})
    one_at_a_time(f"scheme {organization.pk}")
    begins = takes_hold(since, kind_on(organization.pk, since), kind)
    if Scheme.objects.filter(organization=organization, since__gte=begins).exists():
        raise Refused("later_scheme", _("A change from %(day)s on or later is set already.") % {"day": begins})
    told = {"kind": kind, "asked": since, "since": begins, "basis": basis.strip(), "readings": dict(readings or {})}
    entry = entries.record(
        SET, by=by, about=organization, on=on, key=key, payload={**told, "asked": str(since), "since": str(begins)}
    )
    return Scheme.objects.create(
        organization=organization,
        since=begins,
        kind=kind,
        readings=dict(readings or {}),
        basis=basis.strip(),
        set_by=by,
        entry=entry,
    )


def _require_ways(readings: Mapping[str, str]) -> None:
    names = ways_of(corpus.opened(settings.CANBO_RULEBOOK).path).names()
    for question, way in readings.items():
        if way not in names.get(question, ()):
            raise Refused("reading", _("The rulebook knows no such way of reading: %(name)s.") % {"name": f"{question}: {way}"})


def takes_hold(day: date, before: str, after: str) -> date:
    """The first day from `day` on that begins a period of both kinds, so that no period is cut."""
    months = max(MONTHS[before], MONTHS[after])
    month = day.month - 1 + (day.day > 1)
    month += -month % months
    return date(day.year + month // 12, month % 12 + 1, 1)


def scheme_on(organization: int, on: date) -> Scheme | None:
    """How a body scores on a day: by its own word, or by that of the nearest body above that has one; None: nobody said."""
    return _standing(organization, [on])[on][0]


def kind_on(organization: int, on: date) -> str:
    """The kind of period on a day: months where nobody said otherwise."""
    held = scheme_on(organization, on)
    return held.kind if held else USUAL


def types_of(organization: int, year: int) -> tuple[tuple[date, str], ...]:
    """(first day, kind) of each change that matters to a year, in order: what the law's reader asks for.

    Asked for month by month, since a change begins on the first of one, whoever above or here made it.
    """
    return _types(_standing(organization, _months(year)), year)


def _months(year: int) -> list[date]:
    return [date(year, month, 1) for month in range(1, 13)]


def _types(held: Mapping[date, tuple[Scheme | None, int]], year: int) -> tuple[tuple[date, str], ...]:
    found: list[tuple[date, str]] = []
    for month in _months(year):
        scheme = held[month][0]
        kind = scheme.kind if scheme else USUAL
        if not found or found[-1][1] != kind:
            found.append((month, kind))
    return tuple(found)


@dataclass(frozen=True)
class How:
    """How a body scores in a year: the readings and the kind on the first day of a period, and the changes of the year."""

    readings: tuple[tuple[str, str], ...]
    kind: str
    types: tuple[tuple[date, str], ...]


def how(organization: int, period: Period) -> How:
    """How a body scores in the year of a period: two questions a body, whatever was set above it."""
    found = _standing(organization, [period.first, *_months(period.year)])
    held = found[period.first][0]
    readings = tuple(sorted(held.readings.items())) if held else ()
    return How(readings, held.kind if held else USUAL, _types(found, period.year))


def _standing(organization: int, days: Sequence[date]) -> dict[date, tuple[Scheme | None, int]]:
    """For each day the scheme that holds for a body, and which body set it: its own, else of the nearest above with one.

    A page asks for today, and then for the months of a year. Within `asking.remembered` both are one question.
    """
    asked = sorted(set(days))
    if remembering():
        today, years = date.today(), {day.year for day in days}
        months = {month for year in years for month in _months(year)}
        asked = sorted({*days, *months, *((today,) if today.year in years else ())})
    found: dict[date, tuple[Scheme | None, int]] = dict.fromkeys(asked, (None, organization))
    names = [column.attname for column in Scheme._meta.concrete_fields]
    for row in rows(_STANDING, {"id": organization, "days": [day.isoformat() for day in asked]}, planned=True):
        found[row["day"]] = Scheme.from_db(connection.alias, names, [row[name] for name in names]), row["organization_id"]
    return found


_STANDING = """
WITH RECURSIVE above (day, body, depth) AS (
    SELECT DISTINCT day::date, %(id)s::bigint, 0 FROM unnest(%(days)s::text[]) AS day
    UNION ALL SELECT a.day, p.parent_id, a.depth + 1 FROM above a JOIN registry_organizationparent p
              ON p.organization_id = a.body AND p.valid @> a.day WHERE a.depth < 64
)
SELECT DISTINCT ON (a.day) a.day, s.* FROM above a JOIN evaluation_scheme s ON s.organization_id = a.body AND s.since <= a.day
ORDER BY a.day, a.depth, s.since DESC
"""


def period_of(text: str, organization: int) -> Period:
    """A period as this body has it. Raises Refused for what is none, or is not of the kind by which the body scores."""
    period = parse(text)
    if period is None:
        raise Refused("period", _("A period looks like 2026, 2026-Q1 or 2026-03."))
    kind = kind_on(organization, period.first)
    if period.kind != kind:
        raise Refused("other_period", _(KINDS[kind]) % {"day": period.first})
    return period


KINDS = {
    "month": gettext_noop("On %(day)s this body scores by months."),
    "quarter": gettext_noop("On %(day)s this body scores by quarters."),
    "year": gettext_noop("On %(day)s this body scores by years."),
}
