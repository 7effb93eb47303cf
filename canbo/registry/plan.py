"""A reorganisation as it is planned: what goes in, what comes out, and everything that is wrong with it.

`changes.carry_out` carries a plan out. What is wrong is said all at once, each reason a sentence, so that whoever
made the plan can mend it in one go.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q

from canbo.registry.days import day_before
from canbo.registry.models import (
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
from canbo.registry.saying import sentence as _

EventKind = ChangeEvent.Kind
JOINING = frozenset({EventKind.MERGE, EventKind.CONSOLIDATE})


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
    """What an organization is from the day on. `continues`: the id of the original that goes on as this.

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

    def parts(self) -> Iterator[Part]:
        return (part for change in self.changes for part in change.originals)

    def outcomes(self) -> Iterator[Outcome]:
        return (outcome for change in self.changes for outcome in change.outcomes)

    def involved(self) -> set[int]:
        """Organizations that go into some change."""
        return {part.organization for part in self.parts()}

    def continuing(self) -> set[int]:
        """Organizations that go on as something else."""
        return {outcome.continues for outcome in self.outcomes() if outcome.continues is not None}

    def ending(self) -> set[int]:
        """Organizations that cease to exist."""
        return {part.organization for part in self.parts() if part.ends} - self.continuing()

    def neighbours(self) -> set[str]:
        """Codes of units that the plan does not make but names: as parents and heirs."""
        named = {code for change in self.changes for code in change.heirs}
        named |= {outcome.parent for outcome in self.outcomes() if outcome.parent}
        return named - {outcome.code for outcome in self.outcomes()}


@dataclass
class Ground:
    """What the register says of the units that a plan speaks of."""

    codes: dict[int, str] = field(default_factory=dict)  # of what goes in, on the day before
    parents: dict[int, int] = field(default_factory=dict)  # of what goes in, on the day before
    neighbours: dict[str, int] = field(default_factory=dict)  # of what is named, by code on the day

    @classmethod
    def of(cls, plan: Plan) -> Ground:
        before = {"organization_id__in": plan.involved(), "valid__contains": day_before(plan.on)}
        named = OrganizationCode.objects.filter(code__in=plan.neighbours(), valid__contains=plan.on)
        return cls(
            dict(OrganizationCode.objects.filter(**before).values_list("organization_id", "code")),
            dict(OrganizationParent.objects.filter(**before).values_list("organization_id", "parent_id")),
            dict(named.values_list("code", "organization_id")),
        )

    def told(self, organization: int | None) -> str:
        return self.codes.get(organization or 0, str(organization))


def reached(plan: Plan, ground: Ground) -> set[int | None]:
    """The organizations over which one needs authority to carry the plan out; None: over the whole register.

    What goes in; who takes over; and under whom something new is placed. A body that stays where one of its
    originals stood asks nothing of the body above.
    """
    needed: set[int | None] = set(plan.involved())
    for change in plan.changes:
        stood = {ground.parents.get(part.organization) for part in change.originals}
        needed |= {ground.neighbours[code] for code in change.heirs if code in ground.neighbours}
        for outcome in change.outcomes:
            if outcome.parent is None and None not in stood:
                needed.add(None)
            above = ground.neighbours.get(outcome.parent or "")
            if above is not None and above not in stood:
                needed.add(above)
    return needed or {None}


def refuse_bad(plan: Plan, ground: Ground) -> None:
    """Raise PlanRefused with everything that is wrong with the plan."""
    reasons = [
        *_wrong_changes(plan, ground),
        *_wrong_parts(plan, ground),
        *_wrong_outcomes(plan, ground),
        *_wrong_neighbours(plan, ground),
        *_taken_codes(plan),
        *_known_later(plan, ground),
    ]
    if reasons:
        raise PlanRefused(list(dict.fromkeys(reasons)))


def _wrong_changes(plan: Plan, ground: Ground) -> Iterator[str]:
    if not plan.changes:
        yield _("The plan is empty: say what becomes of which unit.")
    continuing = plan.continuing()
    for change in plan.changes:
        if change.kind not in EventKind.values:
            yield _("There is no change called %(kind)s. It is one of: %(kinds)s.") % {
                "kind": change.kind, "kinds": ", ".join(EventKind.values),
            }  # fmt: skip
        if not change.originals and not change.outcomes:
            yield _("A change of the plan names no unit: say what goes in or what comes out.")
        if change.kind in JOINING and len(change.originals) < 2:
            yield _(
                "A merger needs at least two units; %(found)s is named. To give one unit another name or code, rename it."
            ) % {"found": len(change.originals)}
        for part in change.originals:
            if part.ends and part.organization not in continuing and not (change.outcomes or change.heirs):
                yield _("%(code)s would end without an heir: say which unit takes over its tasks, posts and people.") % {
                    "code": ground.told(part.organization)
                }


def _wrong_parts(plan: Plan, ground: Ground) -> Iterator[str]:
    uses: dict[int, list[Part]] = defaultdict(list)
    for part in plan.parts():
        uses[part.organization].append(part)
    continuing = plan.continuing()
    for organization, parts in uses.items():
        told = {"code": ground.told(organization)}
        if organization not in ground.codes:
            yield _("Organization %(id)s does not exist on %(day)s, the day before the change. Check its code and the day.") % {
                "id": organization, "day": day_before(plan.on),
            }  # fmt: skip
        elif len(parts) > 1 and any(part.whole for part in parts):
            yield _("%(code)s goes wholly into one change and appears in another: mark its shares as parts.") % told
        elif organization not in continuing and any(part.whole and not part.ends for part in parts):
            yield _("%(code)s goes wholly into a change and yet lives on: let it end, or mark what goes as a part.") % told
        elif organization not in continuing and len({part.ends for part in parts}) > 1:
            yield _("%(code)s ends by one change of the plan and lives on by another: decide which.") % told


def _wrong_outcomes(plan: Plan, ground: Ground) -> Iterator[str]:
    for code, times in Counter(outcome.code for outcome in plan.outcomes()).items():
        if times > 1:
            yield _("Two results of the plan bear the code %(code)s. Give each its own.") % {"code": code}
    for organization, times in Counter(o.continues for o in plan.outcomes() if o.continues is not None).items():
        if times > 1:
            yield _("%(code)s cannot go on as two units: let one continue it, and form the other anew.") % {
                "code": ground.told(organization)
            }
    for change in plan.changes:
        originals = {part.organization for part in change.originals}
        for outcome in change.outcomes:
            if outcome.continues is not None and outcome.continues not in originals:
                yield _("%(code)s is to continue organization %(id)s, which does not go into that change. Name it there.") % {
                    "code": outcome.code, "id": outcome.continues,
                }  # fmt: skip
            if not outcome.code.strip() or not any(name.strip() for name in outcome.name.values()):
                yield _("Every result of the plan needs a code and a name; one has the code “%(code)s” and no name.") % {
                    "code": outcome.code
                }
    kinds = {outcome.kind for outcome in plan.outcomes()}
    for kind in sorted(kinds - set(Kind.objects.filter(code__in=kinds).values_list("code", flat=True))):
        yield _("There is no kind of organization called %(kind)s. See the list of kinds.") % {"kind": kind}


def _wrong_neighbours(plan: Plan, ground: Ground) -> Iterator[str]:
    """Parents and heirs that are not there on the day, or that end, by this plan or later."""
    changed = plan.ending() | plan.continuing()
    for code in sorted(plan.neighbours()):
        if code not in ground.neighbours:
            yield _("No unit bears the code %(code)s on that day.") % {"code": code}
        elif ground.neighbours[code] in changed:
            yield _(
                "%(code)s itself ends or changes its code on that day, so it can be neither parent nor heir under this code."
            ) % {"code": code}
    lasting = Organization.objects.filter(pk__in=set(ground.neighbours.values()) - changed)
    until = dict(lasting.filter(life__endswith__isnull=False).values_list("pk", "life__endswith"))
    for code, organization in sorted(ground.neighbours.items()):
        if organization in until:
            yield _("%(code)s ends on %(day)s, so it can be neither parent nor heir beyond. Choose a unit that lives on.") % {
                "code": code, "day": until[organization],
            }  # fmt: skip


def _taken_codes(plan: Plan) -> Iterator[str]:
    """Codes that somebody else bears on the day or later."""
    codes = {outcome.code for outcome in plan.outcomes()}
    taken = OrganizationCode.objects.filter(code__in=codes).filter(
        Q(valid__endswith__gt=plan.on) | Q(valid__endswith__isnull=True)
    )
    for code in sorted(set(taken.exclude(organization_id__in=plan.ending() | plan.continuing()).values_list("code", flat=True))):
        yield _("The code %(code)s is borne by another unit on that day. Choose another.") % {"code": code}


def _known_later(plan: Plan, ground: Ground) -> Iterator[str]:
    """Units of which something is known that comes after the day: an end, another name, code, kind or parent, a change."""
    known = Q(life__endswith__isnull=False)
    for table in (OrganizationName, OrganizationCode, OrganizationStatus, OrganizationParent):
        known |= Q(Exists(table.objects.filter(organization=OuterRef("pk"), valid__startswith__gte=plan.on)))
    for link in (Original, Resulting):
        known |= Q(Exists(link.objects.filter(organization=OuterRef("pk"), event__on__gte=plan.on)))
    changed = (plan.ending() | plan.continuing()) & set(ground.codes)
    for organization in Organization.objects.filter(known, pk__in=changed).order_by("pk").values_list("pk", flat=True):
        yield _("Something is already entered for %(code)s on or after %(day)s. Undo that first, or choose a later day.") % {
            "code": ground.told(organization), "day": plan.on,
        }  # fmt: skip
