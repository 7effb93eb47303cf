"""Reorganisations carried out: found, merge, consolidate, split, dissolve, rename, move, raise.

A plan is a list of changes that take effect on one day by one decision. It is carried out in one transaction
or not at all. Nothing is left behind: what a unit that ends still owned (bodies beneath it, remits, posts,
people) goes to its heir on that day, and the database refuses to commit if anything did not.
The same function carries out two wards that merge and a country that merges its provinces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.contrib.postgres.fields import DateRangeField
from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.registry import authority, once
from canbo.registry.bulk import insert
from canbo.registry.days import day_before, since
from canbo.registry.inheritance import hand_over
from canbo.registry.models import (
    Account,
    ChangeEvent,
    Decision,
    Organization,
    OrganizationCode,
    OrganizationName,
    OrganizationParent,
    OrganizationStatus,
    Original,
    Resulting,
    Source,
)
from canbo.registry.names import search_key
from canbo.registry.plan import Change, EventKind, Ground, Outcome, Part, Plan, PlanRefused, reached, refuse_bad

__all__ = ["Carried", "Change", "EventKind", "Outcome", "Part", "Plan", "PlanRefused", "carry_out", "merge", "take_in"]

Mark = dict[str, int]  # source_id, decision_id, entry_id: what every written row carries
DESCRIPTIONS: tuple[type[models.Model], ...] = (OrganizationName, OrganizationCode, OrganizationStatus, OrganizationParent)
MANY = 1000  # units in one act
CHANGED, TAKEN_IN = "organization.changed", "organization.taken_in"


@dataclass
class Carried:
    """What carrying out a plan made: its events, and the ids of all outcomes by code."""

    events: list[ChangeEvent] = field(default_factory=list)
    by_code: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def carry_out(plan: Plan, *, by: Account, key: str, meanwhile: Callable[[Carried], None] | None = None) -> Carried:
    """Carry out a reorganisation plan: all of it on its day, or nothing.

    `meanwhile` is called once the new units stand and before those that end hand on what they still own: the moment to
    give single remits, posts and people to another than the first heir.

    `key` makes it happen once: a second call with the same key changes nothing and returns the first result.
    Raises NotAllowed, PlanRefused (with every reason found), and IntegrityError, naming the constraint, for
    what only the database can see.
    """
    ground = Ground.of(plan)
    authority.require_each(by, "organization.change", over=reached(plan, ground))
    list(Organization.objects.select_for_update().filter(pk__in=plan.involved()).order_by("pk").values_list("pk"))
    earlier = once.earlier(key, CHANGED)
    if earlier is not None:
        return _carried_earlier(earlier)
    ground = Ground.of(plan)  # again: another plan may have been carried out while this one waited for the lock
    refuse_bad(plan, ground)
    try:
        entry = entries.record(CHANGED, by=by, about=plan.decision, on=plan.on, key=key, payload=_told(plan, ground))
    except entries.AlreadyRecorded as first:
        once.same(first.entry, CHANGED)
        return _carried_earlier(first.entry)
    mark = {"source_id": plan.source.pk, "decision_id": plan.decision.pk, "entry_id": entry.pk}
    return _write(plan, ground, mark, meanwhile)


def _write(plan: Plan, ground: Ground, mark: Mark, meanwhile: Callable[[Carried], None] | None) -> Carried:
    """Write the plan. What ends or goes on is closed first, so that its code is free for whoever bears it next."""
    carried = Carried()
    made = [(outcome, _mark_of(change, mark)) for change in plan.changes for outcome in change.outcomes]
    going_on = [pair for pair in made if pair[0].continues is not None]
    for table in DESCRIPTIONS:
        _close(table, plan.ending() | plan.continuing(), plan.on)
    carried.by_code.update({outcome.code: outcome.continues for outcome, _mark in going_on if outcome.continues is not None})
    _open([pair for pair in made if pair[0].continues is None], plan.on, carried)
    _describe(going_on, since(plan.on), carried)
    if meanwhile is not None:
        meanwhile(carried)
    _end(plan, carried, mark)
    _write_events(plan, carried, ground, mark)
    _learn_shape(len(plan.involved()) + len(made))
    return carried


def _learn_shape(units: int) -> None:
    """After an act upon very many units, have the planner look at the tables anew (migration 0004)."""
    if units >= MANY:
        with connection.cursor() as cursor:
            cursor.execute("SELECT registry_learn_shape()")


def _mark_of(change: Change, mark: Mark) -> Mark:
    """What the rows of a change carry: the plan's source and entry, the change's own decision if it has one."""
    return mark if change.decision is None else {**mark, "decision_id": change.decision.pk}


@transaction.atomic
def take_in(
    outcomes: Sequence[Outcome], *, decision: Decision, source: Source, by: Account, key: str, valid_from: date | None = None
) -> dict[str, int]:
    """Enter organizations that existed before the register did: an intake, not a founding, so no event.

    `valid_from` None: nobody said since when they exist. Returns ids by code.
    """
    authority.require(by, "register.intake")
    earlier = once.earlier(key, TAKEN_IN)
    if earlier is not None:
        return _taken_in_earlier(earlier)
    try:
        entry = entries.record(TAKEN_IN, by=by, about=decision, key=key, payload={"organizations": len(outcomes)})
    except entries.AlreadyRecorded as first:
        once.same(first.entry, TAKEN_IN)
        return _taken_in_earlier(first.entry)
    mark = {"source_id": source.pk, "decision_id": decision.pk, "entry_id": entry.pk}
    carried = Carried()
    _open([(outcome, mark) for outcome in outcomes], valid_from, carried)
    _learn_shape(len(outcomes))
    return carried.by_code


def merge(
    originals: Iterable[int], *, into: Outcome, on: date, decision: Decision, source: Source, by: Account, key: str
) -> Carried:
    """Merge whole organizations into a new one. See carry_out."""
    parts = tuple(Part(organization) for organization in originals)
    change = Change(EventKind.MERGE, parts, (into,))
    return carry_out(Plan(on, decision, source, (change,)), by=by, key=key)


def _told(plan: Plan, ground: Ground) -> dict[str, object]:
    """What the journal says of a plan."""
    return {
        "changes": [
            {
                "kind": str(change.kind),
                "originals": [ground.codes[part.organization] + ("" if part.whole else " (part)") for part in change.originals],
                "outcomes": [outcome.code for outcome in change.outcomes],
                "heirs": list(change.heirs),
            }
            for change in plan.changes
        ]
    }


def _open(made: Sequence[tuple[Outcome, Mark]], day: date | None, carried: Carried) -> None:
    """Write new organizations with name, code, status and parent from a day on."""
    valid = since(day)
    ids = insert(Organization, [{"life": valid, "area_id": outcome.area, **mark} for outcome, mark in made])
    carried.by_code.update({outcome.code: pk for (outcome, _mark), pk in zip(made, ids, strict=True)})
    _describe(made, valid, carried)


def _describe(made: Sequence[tuple[Outcome, Mark]], valid: DateRange, carried: Carried) -> None:
    """Write name, code, status and parent rows of organizations for the days `valid`."""
    rows = [(outcome, {"organization_id": carried.by_code[outcome.code], "valid": valid, **mark}) for outcome, mark in made]
    parents = _resolve({outcome.parent for outcome, _mark in made if outcome.parent}, valid, carried)
    insert(OrganizationName, [{**row, "name": o.name, "search_key": _findable(o)} for o, row in rows])
    insert(OrganizationCode, [{**row, "code": o.code} for o, row in rows])
    insert(OrganizationStatus, [{**row, "kind_id": o.kind, "autonomy_group": o.autonomy_group} for o, row in rows])
    insert(OrganizationParent, [{**row, "parent_id": parents[o.parent]} for o, row in rows if o.parent])


def _findable(outcome: Outcome) -> str:
    return search_key(" ".join([*outcome.name.values(), outcome.code]))


def _resolve(codes: set[str], valid: DateRange, carried: Carried) -> dict[str, int]:
    """Ids of organizations by code: those this plan makes, else those that bear the code when `valid` begins."""
    found = {code: carried.by_code[code] for code in codes & set(carried.by_code)}
    bearing = {"valid__overlap": valid} if valid.lower is None else {"valid__contains": valid.lower}
    rest = OrganizationCode.objects.filter(code__in=codes - set(found), **bearing)
    found.update(rest.values_list("code", "organization_id"))
    missing = sorted(codes - set(found))
    if missing:
        raise PlanRefused([_("No unit bears the code %(code)s on that day.") % {"code": code} for code in missing])
    return found


def _close(table: type[models.Model], organizations: Iterable[int], on: date) -> None:
    """End on `on` the rows of a dated table that are true on the day before."""
    rows = table._default_manager.filter(organization_id__in=list(organizations), valid__contains=day_before(on))
    rows.update(valid=_until(on, "valid"))


def _until(on: date, column: str) -> models.Func:
    """The expression [lower(column), on)."""
    day = models.DateField()
    lower = models.Func(models.F(column), function="lower", output_field=day)
    return models.Func(lower, models.Value(on, output_field=day), function="daterange", output_field=DateRangeField())


def _end(plan: Plan, carried: Carried, mark: Mark) -> None:
    """End what ends, after its heir has taken over all it owned."""
    ending = plan.ending()
    heir_codes: dict[int, str] = {}
    for change in plan.changes:
        codes = [outcome.code for outcome in change.outcomes] or list(change.heirs)
        for part in change.originals:
            if part.organization in ending and codes:
                # Of a unit that was divided, the unit that the plan names first takes over what is not divisible.
                heir_codes.setdefault(part.organization, codes[0])
    heirs = _resolve(set(heir_codes.values()), since(plan.on), carried)
    with authority.everything_in_sight():
        hand_over({organization: heirs[code] for organization, code in heir_codes.items()}, on=plan.on, mark=mark)
    Organization.objects.filter(pk__in=ending).update(life=_until(plan.on, "life"))


def _write_events(plan: Plan, carried: Carried, ground: Ground, mark: Mark) -> None:
    """Write each change as an event with what went in and what came out."""
    ids = insert(ChangeEvent, [{"kind": str(change.kind), "on": plan.on, **_mark_of(change, mark)} for change in plan.changes])
    pairs = list(zip(ids, plan.changes, strict=True))
    heirs = _resolve({code for change in plan.changes for code in change.heirs}, since(plan.on), carried)
    insert(
        Original,
        [
            {
                "event_id": event,
                "organization_id": part.organization,
                "code": ground.codes[part.organization],
                "whole": part.whole,
            }
            for event, change in pairs
            for part in change.originals
        ],
    )
    formed = [
        {"event_id": event, "organization_id": carried.by_code[outcome.code], "code": outcome.code, "forms": True}
        for event, change in pairs
        for outcome in change.outcomes
    ]
    taking_over = [
        {"event_id": event, "organization_id": heirs[code], "code": code, "forms": False}
        for event, change in pairs
        for code in dict.fromkeys(change.heirs)
    ]
    insert(Resulting, formed + taking_over)
    carried.events = list(ChangeEvent.objects.filter(pk__in=ids).order_by("pk"))


def _carried_earlier(entry: Entry) -> Carried:
    """What the plan that wrote this journal entry made."""
    events = once.written(ChangeEvent, entry)
    made = Resulting.objects.filter(event__in=events, forms=True)
    return Carried(events, dict(made.values_list("code", "organization_id")))


def _taken_in_earlier(entry: Entry) -> dict[str, int]:
    return {row.code: row.organization_id for row in once.written(OrganizationCode, entry)}
