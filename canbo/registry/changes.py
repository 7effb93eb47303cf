"""Reorganisations carried out: found, merge, consolidate, split, dissolve, rename, move, raise.

A plan is a list of changes that take effect on one day by one decision. It is carried out in one transaction
or not at all. Nothing is left behind: what a unit that ends still owned (bodies beneath it, remits, posts,
people) goes to its heir on that day, and the database refuses to commit if anything did not.
The same function carries out two wards that merge and a country that merges its provinces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.contrib.postgres.fields import DateRangeField
from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.registry import authority
from canbo.registry.bulk import insert
from canbo.registry.days import day_before, since
from canbo.registry.inheritance import hand_over
from canbo.registry.models import (
    Account,
    ChangeEvent,
    Decision,
    Kind,
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

EventKind = ChangeEvent.Kind
Mark = dict[str, int]  # source_id, decision_id, entry_id: what every written row carries
DESCRIPTIONS: tuple[type[models.Model], ...] = (OrganizationName, OrganizationCode, OrganizationStatus, OrganizationParent)


class PlanRefused(Exception):
    """The plan cannot be carried out as it stands; each reason is a sentence for the reader."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Part:
    """An organization that goes into a change: wholly, or a part of it; `ends`: it ceases to exist that day.

    A part of a unit that lives on: whole=False, ends=False.
    """

    organization: int
    whole: bool = True
    ends: bool = True


@dataclass(frozen=True)
class Outcome:
    """What an organization is from the day on. `continues`: the id of the organization that goes on as this.

    `parent` is a code (of a unit that exists, or of another outcome of the plan); None: at the top.
    """

    code: str
    name: dict[str, str]
    kind: str
    parent: str | None
    continues: int | None = None
    area: int | None = None
    autonomy_group: int | None = None


@dataclass(frozen=True)
class Change:
    """One event. `heirs` are codes of units that take over what a dissolved original leaves, without being
    formed from it; the first of `outcomes`, or else of `heirs`, is the one that receives."""

    kind: str
    originals: tuple[Part, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    heirs: tuple[str, ...] = ()
    decision: Decision | None = None  # where it is not the plan's


@dataclass(frozen=True)
class Plan:
    """Changes that take effect together on the day `on`, by one decision (or each by its own)."""

    on: date
    decision: Decision
    source: Source
    changes: Sequence[Change]


@dataclass
class Carried:
    """What carrying out a plan made: its events, and the ids of all outcomes by code."""

    events: list[ChangeEvent] = field(default_factory=list)
    by_code: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def carry_out(plan: Plan, *, by: Account, key: str) -> Carried:
    """Carry out a reorganisation plan: all of it on its day, or nothing.

    `key` makes it happen once: a second call with the same key changes nothing and returns the first result.
    Raises NotAllowed, PlanRefused (with every reason found), and IntegrityError, naming the constraint, for
    what only the database can see.
    """
    earlier = entries.once(key)
    if earlier is not None:
        return _carried_earlier(earlier.pk)
    involved = {part.organization for change in plan.changes for part in change.originals}
    for organization in sorted(involved):
        authority.require(by, "organization.change", over=organization)
    if not involved:  # a founding
        authority.require(by, "organization.change")
    list(Organization.objects.select_for_update().filter(pk__in=involved).order_by("pk").values_list("pk"))
    codes = _codes_on(involved, plan.on)
    _refuse_bad(plan, codes)

    entry = entries.record(
        "organization.changed", by=by, about=plan.decision, on=plan.on, key=key, payload=_told(plan, codes)
    )
    mark = {"source_id": plan.source.pk, "decision_id": plan.decision.pk, "entry_id": entry.pk}
    carried = Carried()
    made = [(outcome, _mark_of(change, mark)) for change in plan.changes for outcome in change.outcomes]
    carried.by_code.update({o.code: o.continues for o, _mark in made if o.continues is not None})
    _open([pair for pair in made if pair[0].continues is None], plan.on, carried)
    _go_on([pair for pair in made if pair[0].continues is not None], plan.on, carried)
    _end(plan, carried, mark)
    _write_events(plan, carried, codes, mark)
    return carried


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
    earlier = entries.once(key)
    if earlier is not None:
        return dict(OrganizationCode.objects.filter(entry_id=earlier.pk).values_list("code", "organization_id"))
    authority.require(by, "register.intake")
    entry = entries.record(
        "organization.taken_in", by=by, about=decision, key=key, payload={"organizations": len(outcomes)}
    )
    mark = {"source_id": source.pk, "decision_id": decision.pk, "entry_id": entry.pk}
    carried = Carried()
    _open([(outcome, mark) for outcome in outcomes], valid_from, carried)
    return carried.by_code


def merge(
    originals: Iterable[int], *, into: Outcome, on: date, decision: Decision, source: Source, by: Account, key: str
) -> Carried:
    """Merge whole organizations into a new one. See carry_out."""
    parts = tuple(Part(organization) for organization in originals)
    change = Change(EventKind.MERGE, parts, (into,))
    return carry_out(Plan(on, decision, source, (change,)), by=by, key=key)


def _codes_on(organizations: Iterable[int], on: date) -> dict[int, str]:
    """The code that each of these organizations bears on the day before."""
    rows = OrganizationCode.objects.filter(organization_id__in=organizations, valid__contains=day_before(on))
    return dict(rows.values_list("organization_id", "code"))


def _refuse_bad(plan: Plan, codes: dict[int, str]) -> None:
    """Raise PlanRefused with everything that is wrong with the plan by itself."""
    reasons: list[str] = []
    uses: dict[int, list[Part]] = defaultdict(list)
    continuing = {outcome.continues for change in plan.changes for outcome in change.outcomes}
    for change in plan.changes:
        for part in change.originals:
            uses[part.organization].append(part)
            receives = bool(change.outcomes or change.heirs)
            if part.ends and part.organization not in continuing and not receives:
                reasons.append(
                    _("%(code)s would end without an heir: say which unit takes over its tasks, posts and people.")
                    % {"code": codes.get(part.organization, part.organization)}
                )
    for organization, parts in uses.items():
        code = codes.get(organization)
        if code is None:
            reasons.append(
                _("Organization %(id)s does not exist on %(day)s, the day before the change. Check its code and the day.")
                % {"id": organization, "day": day_before(plan.on)}
            )
        elif len(parts) > 1 and any(part.whole for part in parts):
            reasons.append(
                _("%(code)s goes wholly into one change and appears in another: mark its shares as parts.") % {"code": code}
            )
    outcomes = [outcome.code for change in plan.changes for outcome in change.outcomes]
    for code in sorted({code for code in outcomes if outcomes.count(code) > 1}) if len(set(outcomes)) < len(outcomes) else []:
        reasons.append(_("Two results of the plan bear the code %(code)s. Give each its own.") % {"code": code})
    reasons += _refuse_taken_codes(plan, set(outcomes))
    if reasons:
        raise PlanRefused(reasons)


def _refuse_taken_codes(plan: Plan, outcomes: set[str]) -> list[str]:
    """Codes that somebody else bears on the day, kinds that do not exist, days on which more is already known."""
    reasons = []
    ending = {part.organization for change in plan.changes for part in change.originals}
    taken = OrganizationCode.objects.filter(code__in=outcomes, valid__contains=plan.on).exclude(organization_id__in=ending)
    for code in taken.values_list("code", flat=True):
        reasons.append(_("The code %(code)s is borne by another unit on that day. Choose another.") % {"code": code})
    kinds = {outcome.kind for change in plan.changes for outcome in change.outcomes}
    for kind in sorted(kinds - set(Kind.objects.filter(code__in=kinds).values_list("code", flat=True))):
        reasons.append(_("There is no kind of organization called %(kind)s. See the list of kinds.") % {"kind": kind})
    later = Organization.objects.filter(pk__in=ending).filter(
        Q(life__endswith__isnull=False) | Q(parents__valid__startswith__gte=plan.on)
    )
    for organization in later.distinct().values_list("pk", flat=True):
        reasons.append(
            _("Something is already entered for organization %(id)s after %(day)s. Undo that first, or choose a later day.")
            % {"id": organization, "day": plan.on}
        )
    return reasons


def _told(plan: Plan, codes: dict[int, str]) -> dict[str, object]:
    """What the journal says of a plan."""
    return {
        "changes": [
            {
                "kind": str(change.kind),
                "originals": [codes[part.organization] + ("" if part.whole else " (part)") for part in change.originals],
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


def _go_on(made: Sequence[tuple[Outcome, Mark]], on: date, carried: Carried) -> None:
    """Close the rows of organizations that go on as something else, and open the new ones."""
    if not made:
        return
    ids = [outcome.continues for outcome, _mark in made if outcome.continues is not None]
    for table in DESCRIPTIONS:
        _close(table, ids, on)
    _describe(made, since(on), carried)


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
    """Ids of organizations by code: those this plan makes, else those that bear the code through `valid`."""
    found = {code: carried.by_code[code] for code in codes & set(carried.by_code)}
    rest = codes - set(found)
    found.update(
        OrganizationCode.objects.filter(code__in=rest, valid__overlap=valid).values_list("code", "organization_id")
    )
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
    continuing = {outcome.continues for change in plan.changes for outcome in change.outcomes}
    heir_codes: dict[int, str] = {}
    for change in plan.changes:
        codes = [outcome.code for outcome in change.outcomes] or list(change.heirs)
        for part in change.originals:
            if part.ends and part.organization not in continuing and codes:
                # Of a unit that was divided, the unit that the plan names first takes over what is not divisible.
                heir_codes.setdefault(part.organization, codes[0])
    heirs = _resolve(set(heir_codes.values()), since(plan.on), carried)
    ending = {organization: heirs[code] for organization, code in heir_codes.items()}
    hand_over(ending, on=plan.on, mark=mark)
    for table in DESCRIPTIONS:
        _close(table, ending, plan.on)
    Organization.objects.filter(pk__in=list(ending)).update(life=_until(plan.on, "life"))


def _write_events(plan: Plan, carried: Carried, codes: dict[int, str], mark: Mark) -> None:
    """Write each change as an event with what went in and what came out."""
    ids = insert(ChangeEvent, [{"kind": str(change.kind), "on": plan.on, **_mark_of(change, mark)} for change in plan.changes])
    pairs = list(zip(ids, plan.changes, strict=True))
    heirs = _resolve({code for change in plan.changes for code in change.heirs}, since(plan.on), carried)
    insert(
        Original,
        [
            {"event_id": event, "organization_id": part.organization, "code": codes[part.organization], "whole": part.whole}
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
        for code in change.heirs
    ]
    insert(Resulting, formed + taking_over)
    carried.events = list(ChangeEvent.objects.filter(pk__in=ids).order_by("pk"))


def _carried_earlier(entry: int) -> Carried:
    """What the plan that wrote this journal entry made."""
    events = list(ChangeEvent.objects.filter(entry_id=entry))
    made = Resulting.objects.filter(event__in=events, forms=True)
    return Carried(events, dict(made.values_list("code", "organization_id")))
