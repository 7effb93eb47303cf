"""Published counts against the register: an organization, a measure, a day, a printed figure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext

from canbo.registry import authority, queries
from canbo.reports import notes, verdicts, wording
from canbo.reports.claims_file import Claim, ClaimsRefused
from canbo.reports.measures import Measure, measure, measures
from canbo.reports.verdicts import Verdict

if TYPE_CHECKING:
    from canbo.registry.models import Account

SIGHT = ("canbo.sees_all", "canbo.scope", "canbo.self")


def check_against_register(claim: Claim, *, by: Account | None) -> tuple[Verdict, str | None, str]:
    """Verdict, exact figure and note on one count.

    A count of people that `by` may not make is not checkable, and so is one where the register knows nobody:
    an empty register does not refute a newspaper. Raises ClaimsRefused for a measure that does not exist.
    """
    asked = _measure(claim)
    assert claim.on is not None
    try:
        unit = queries.unit(claim.organization, on=claim.on)
    except queries.NotInRegister as absence:
        return Verdict.NOT_CHECKABLE, None, str(absence)
    if by is not None and asked.about == "people" and not authority.allows(by, "count.read", over=unit.id):
        return Verdict.NOT_CHECKABLE, None, gettext("You may not count people in %(unit)s.") % {"unit": unit.label}
    with _sight_to_count(by):
        return _compare(claim, asked, unit)


@contextmanager
def _sight_to_count(by: Account | None) -> Iterator[None]:
    """Sight as far as `by` may count, then again what the transaction had: one may count without reading files."""
    if by is None:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SIGHT))
        before = cursor.fetchone()
        authority.open_sight(authority.reach_of(by, act="count.read"))
        yield
        for name, value in zip(SIGHT, before, strict=True):
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def _compare(claim: Claim, asked: Measure, unit: queries.Unit) -> tuple[Verdict, str | None, str]:
    assert claim.on is not None
    beneath = queries.subtree(unit.id, on=claim.on)
    found = measure(asked.name, organization=unit.id, organizations=beneath, on=claim.on)
    if found is None or (not found and asked.about != "units" and _nobody(unit.id, beneath, claim)):
        return (
            Verdict.NOT_CHECKABLE,
            None,
            gettext("The register knows of nobody in %(unit)s on %(day)s, so there is nothing to compare with.")
            % {"unit": unit.label, "day": wording.day(claim.on)},
        )
    printed = claim.figures["printed"]
    verdict = verdicts.judge(found, printed)
    note = notes.about_count(found, printed, verdict, gettext(asked.meaning), unit.label, wording.day(claim.on))
    return verdict, verdicts.as_text(found), note


def _measure(claim: Claim) -> Measure:
    known = measures()
    if claim.measure in known:
        return known[claim.measure]
    near = difflib.get_close_matches(claim.measure.lower().replace("-", "_").replace(" ", "_"), known, n=3, cutoff=0.5)
    raise ClaimsRefused(
        gettext("Claim %(id)s: there is no measure “%(measure)s”.") % {"id": claim.id, "measure": claim.measure}
        + " "
        + (
            gettext("Did you mean “%(near)s”?") % {"near": "”, “".join(near)}
            if near
            else gettext("The measures are %(known)s.") % {"known": ", ".join(known)}
        )
    )


def _nobody(unit: int, beneath: list[int], claim: Claim) -> bool:
    assert claim.on is not None
    return measure("staff", organization=unit, organizations=beneath, on=claim.on) == Fraction(0)
