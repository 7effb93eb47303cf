"""What is done with a scenario: begun, filled with lines, checked, compared, proposed, approved, carried out, undone.

    draft → proposed (by its owner) → approved (by another, with authority over all of it) → carried out → undone

Whoever changes a line of what was proposed or approved makes it a draft again. What is approved is named by the SHA-256 of
its lines; carried out is that and nothing else, after it was checked once more on the day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.procedures.models import Scenario, ScenarioLine
from canbo.procedures.scenarios import bulk, carrying, checking, consulting, distance, figures, sketch, undoing, unsaying
from canbo.procedures.scenarios.carrying import Done
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.procedures.scenarios.problems import Report
from canbo.registry import authority, constraints, once, queries
from canbo.registry.changes import PlanRefused
from canbo.registry.models import Account, Decision, Organization, Person, Source
from canbo.registry.saying import sentence as _

State = Scenario.State
BEGUN, LINES, PROPOSED, APPROVED, TURNED_DOWN, CARRIED, UNDONE = (
    f"scenario.{act}" for act in ("begun", "lines_changed", "proposed", "approved", "turned_down", "carried_out", "undone")
)
OPEN = (State.DRAFT, State.PROPOSED, State.APPROVED)
SECOND_PERSON = "scenario_approved_by_another"
MOST_AHEAD = 20  # years


class Also(Protocol):
    """Figures of a body on a day, by the pay of another."""

    def __call__(self, body: int, *, on: date, priced_on: date) -> dict[str, Any]: ...


# ---- to read


def named(name: str, *, reader: Account) -> Scenario:
    """The scenario with this name. Raises NotInRegister, NotAllowed."""
    found = Scenario.objects.select_related("body", "owner", "approved_by", "decision").filter(name=name).first()
    if found is None or not authority.allows(reader, "scenario.read", over=found.body_id):
        raise queries.NotInRegister(_("There is no scenario called %(name)s. See `canbo scenario list`.") % {"name": name})
    return found


def all_of(*, reader: Account) -> list[Scenario]:
    """The scenarios that an account may read, the one touched last first."""
    reach = authority.reach_of(reader, act="scenario.read")
    found = Scenario.objects.select_related("body", "owner", "approved_by").order_by("-saved_at")
    return [each for each in found if reach.covers(each.body_id)]


def lines_of(scenario: Scenario) -> list[Line]:
    """Its lines in their order."""
    found = scenario.lines.order_by("place").values_list("kind", "says", "place", "person_id")
    return [Line(kind, says, place, person) for kind, says, place, person in found]


@transaction.atomic
def check(*, scenario: Scenario, reader: Account) -> Report:
    """Everything that is wrong with it now. Raises NotAllowed."""
    authority.require(reader, "scenario.read", over=scenario.body_id)
    with authority.everything_in_sight():
        return checked(scenario, drawn_for(scenario, reader))


def checked(scenario: Scenario, drawn: sketch.Sketch) -> Report:
    """What is wrong with a scenario that was drawn. Everything must be in sight."""
    report = checking.check(drawn)
    if scenario.state in OPEN:
        report.warnings += [consulting.not_asked(why) for why in consulting.missing(scenario, drawn)]
    return report


@transaction.atomic
def compare(*, scenarios: Sequence[Scenario], reader: Account, also: Also | None = None) -> dict[str, Any]:
    """Figures before, and after each scenario: `{"before", "after": {name: figures}, "refused": {name: [sentence]}}`; and
    `distance: {name: figures}`, which is known also of one that is refused.

    `also`: figures of a floor above, by body, day, and the day whose pay counts.

    Before is the base day of the first. Each is carried out and rolled back; one that blocks has no figures after.
    Raises NotAllowed, and ScenarioRefused where they are not of one body.
    """
    first = scenarios[0]
    for each in scenarios:
        authority.require(reader, "scenario.read", over=each.body_id)
        if each.body_id != first.body_id:
            raise ScenarioRefused(_("Scenarios of different bodies cannot be compared."))
    with authority.everything_in_sight():
        told: dict[str, Any] = {"before": _figures(first, first.base, also), "after": {}, "refused": {}}
        far = {each.pk: _far(each) for each in scenarios}
    told["before"] |= far[first.pk]["before"]
    told["distance"] = {each.name: far[each.pk]["after"] for each in scenarios}
    list(Scenario.objects.select_for_update(of=("self",)).filter(pk__in=[each.pk for each in scenarios]).order_by("pk"))
    for each in scenarios:
        after, refused = rehearsed(each, reader, also)
        if after is None:
            told["refused"][each.name] = refused
        else:
            told["after"][each.name] = after | far[each.pk]["after"]
    return told


def _figures(scenario: Scenario, on: date, also: Also | None) -> dict[str, Any]:
    found = figures.of(scenario.body_id, on=on)
    return found | also(scenario.body_id, on=on, priced_on=scenario.on) if also else found


def _far(scenario: Scenario) -> dict[str, dict[str, Any]]:
    said = lines_of(scenario)
    return distance.of(sketch.draw(said, body=scenario.body_id, on=scenario.on), said)


def rehearsed(scenario: Scenario, reader: Account, also: Also | None = None) -> tuple[dict[str, Any] | None, list[str]]:
    """The figures after the scenario, carried out and rolled back; or why it cannot be carried out.

    One that was carried out already is looked at as it stands. It is locked first: a rehearsal writes what the day itself
    writes, and whoever only looks must not stand in the way of whoever carries it out.
    """
    with authority.everything_in_sight():
        scenario = locked(scenario)
        if scenario.state in (State.CARRIED_OUT, State.UNDONE):
            return _figures(scenario, scenario.on, also), []
        report = checking.check(drawn := drawn_for(scenario, reader))
        if not report.ok:
            return None, [each.what for each in report.blocking]
        found: dict[str, Any] | None = None
        try:
            with transaction.atomic():
                decision, source = _words(scenario, number=f"rehearsal/{scenario.pk}", issuer="rehearsal")
                entry = entries.record("scenario.rehearsed", by=None, about=scenario, on=scenario.on)
                carrying.carry(
                    drawn, scenario=scenario, account=_console(), key=f"rehearsal:{scenario.pk}:{entry.pk}",
                    decision=decision, source=source, entry=entry.pk,
                )  # fmt: skip
                found = _figures(scenario, scenario.on, also)
                transaction.set_rollback(True)
        except PlanRefused as refusal:
            return None, refusal.reasons
        except IntegrityError as problem:
            return None, [constraints.explained(problem)]
        return found, []


# ---- to work out


@transaction.atomic
def begin(
    *, name: str, body: Organization, on: date, by: Account, base: date | None = None, title: str = "", reason: str = "",
    key: str | None = None,
) -> Scenario:  # fmt: skip
    """Begin a scenario, empty, for a body and a day. Raises NotAllowed, ScenarioRefused, KeyUsed."""
    authority.require(by, "scenario.draft", over=body)
    if (earlier := once.earlier(key, BEGUN)) is not None:
        return _of(earlier)
    base = base or min(on, date.today())
    if slugify(name) != name or not name:
        raise ScenarioRefused(_("A scenario is called by small letters, digits and strokes, such as “hai-phong-a”."))
    if base > on:
        raise ScenarioRefused(_("A scenario starts from the register of a day before it holds."))
    if on.year > date.today().year + MOST_AHEAD:
        raise ScenarioRefused(
            _("A scenario holds from a day within the next %(years)s years: beyond them nothing can be reckoned.")
            % {"years": MOST_AHEAD}
        )
    if Scenario.objects.filter(name=name).exists():
        raise ScenarioRefused(_("There is a scenario called %(name)s already. Choose another name.") % {"name": name})
    scenario = Scenario(name=name, title=title.strip()[:200], base=base, on=on, body=body, owner=by, reason=reason.strip())
    return _acted(scenario, BEGUN, by, key, {"name": name, "body": body.pk, "on": on.isoformat(), "base": base.isoformat()})


@transaction.atomic
def load(*, scenario: Scenario, said: Sequence[Line], by: Account, replace: bool = False, key: str | None = None) -> Scenario:
    """Add lines, or put them in place of those there are. Raises NotAllowed, ScenarioRefused, KeyUsed."""
    scenario, earlier = _to_change(scenario, by, LINES, key)
    if earlier:
        return scenario
    with authority.everything_in_sight():
        said = bulk.expanded(said, body=scenario.body_id, on=scenario.on)
        if replace:
            scenario.lines.all().delete()
        last = scenario.lines.order_by("-place").values_list("place", flat=True).first() or 0
    numbers = {str(line.says["person"]) for line in said if line.kind == ScenarioLine.Kind.PEOPLE and line.says.get("person")}
    people = dict(Person.objects.filter(identification_number__in=numbers).values_list("identification_number", "pk"))
    made = []
    for place, line in enumerate(said, last + 1):
        person = line.person or people.get(str(line.says.get("person"))) if line.kind == ScenarioLine.Kind.PEOPLE else None
        says = {word: value for word, value in line.says.items() if word != "person" or person is None}
        made.append(ScenarioLine(scenario=scenario, place=place, kind=line.kind, says=says, person_id=person))
    ScenarioLine.objects.bulk_create(made, batch_size=5000)
    return _acted(scenario, LINES, by, key, {"lines": len(made), "replaced": replace})


@transaction.atomic
def remove(*, scenario: Scenario, places: Iterable[int], by: Account, key: str | None = None) -> Scenario:
    """Take lines out, by their places. Raises NotAllowed, ScenarioRefused, KeyUsed."""
    scenario, earlier = _to_change(scenario, by, LINES, key)
    if earlier:
        return scenario
    gone, _each = scenario.lines.filter(place__in=list(places)).delete()
    if not gone:  # what was approved stays so
        raise ScenarioRefused(_("This line is not there any more. Look at the lines again."))
    return _acted(scenario, LINES, by, key, {"removed": gone})


def _to_change(scenario: Scenario, by: Account, act: str, key: str | None) -> tuple[Scenario, bool]:
    """The scenario, locked and made a draft; and whether this was done already with the key."""
    authority.require(by, "scenario.draft", over=scenario.body_id)
    scenario = locked(scenario)
    if (earlier := once.earlier(key, act)) is not None:
        return _of(earlier), True
    if scenario.state not in OPEN:
        raise ScenarioRefused(_("This scenario was carried out: its lines stay. Begin another one."))
    if scenario.state != State.DRAFT:
        scenario.state, scenario.digest, scenario.approved_by, scenario.decision = State.DRAFT, "", None, None
        scenario.save()
    return scenario, False


# ---- to decide


@transaction.atomic
def propose(*, scenario: Scenario, by: Account, reason: str = "", key: str | None = None) -> Scenario:
    """Hand it to a second person: only its owner does, only what nothing blocks and what the database would take.

    Raises NotAllowed, KeyUsed, ScenarioRefused with the problems.
    """
    authority.require(by, "scenario.draft", over=scenario.body_id)
    scenario = locked(scenario)
    if (earlier := once.earlier(key, PROPOSED)) is not None:
        return _of(earlier)
    if scenario.owner_id != by.pk:
        raise ScenarioRefused(_("Only its owner proposes a scenario."))
    if scenario.state != State.DRAFT:
        raise ScenarioRefused(_("This scenario has been proposed already."))
    scenario.reason = reason.strip() or scenario.reason
    _refuse_blocked(check(scenario=scenario, reader=by))
    _after, refused = rehearsed(scenario, by)
    if refused:
        raise ScenarioRefused(refused)
    scenario.state, scenario.digest = State.PROPOSED, digest_of(scenario)
    return _acted(scenario, PROPOSED, by, key, {"sha256": scenario.digest})


@transaction.atomic
def approve(*, scenario: Scenario, by: Account, number: str = "", issuer: str = "", key: str | None = None) -> Scenario:
    """Approve what was proposed: another account than its owner, with authority over the whole of it.

    `number`, `issuer`: of the document that decides it; else the register's own. Raises NotAllowed, KeyUsed, ScenarioRefused.
    """
    scenario = _to_decide(scenario, by)
    if (earlier := once.earlier(key, APPROVED)) is not None:
        return _of(earlier)
    _refuse_undecidable(scenario, by)
    if digest_of(scenario) != scenario.digest:
        raise ScenarioRefused(_("The lines are not those that were proposed. Let it be proposed again."))
    with authority.everything_in_sight():
        drawn = drawn_for(scenario, by)
        _refuse_blocked(checking.check(drawn))
        if reasons := consulting.missing(scenario, drawn):
            raise ScenarioRefused(reasons)
    authority.require_each(by, "scenario.approve", over={body.id for body in drawn.bodies.values() if body.id in drawn.beneath})
    label = queries.unit_by_id(scenario.body_id, on=drawn.eve).label
    scenario.decision, _source = _words(
        scenario, number=number.strip() or f"scenario/{scenario.name}", issuer=issuer.strip() or label
    )
    scenario.state, scenario.approved_by = State.APPROVED, by
    told = {"sha256": scenario.digest, "owner": scenario.owner_id, "decision": scenario.decision.pk}
    return _acted(scenario, APPROVED, by, key, told)


@transaction.atomic
def turn_down(*, scenario: Scenario, by: Account, reason: str, key: str | None = None) -> Scenario:
    """Send it back to its owner, with the reason. Raises NotAllowed, KeyUsed, ScenarioRefused."""
    scenario = _to_decide(scenario, by)
    if (earlier := once.earlier(key, TURNED_DOWN)) is not None:
        return _of(earlier)
    _refuse_undecidable(scenario, by)
    if not reason.strip():
        raise ScenarioRefused(_("Say why: a scenario is turned down with a reason."))
    scenario.state, scenario.digest = State.DRAFT, ""
    return _acted(scenario, TURNED_DOWN, by, key, {"reason": reason.strip()})


def _to_decide(scenario: Scenario, by: Account) -> Scenario:
    authority.require(by, "scenario.approve", over=scenario.body_id)
    return locked(scenario)


def _refuse_undecidable(scenario: Scenario, by: Account) -> None:
    if scenario.owner_id == by.pk or (by.person_id is not None and scenario.owner.person_id == by.person_id):
        raise ScenarioRefused(_("Nobody decides on a scenario of his or her own: it takes a second person."))
    if scenario.state != State.PROPOSED:
        raise ScenarioRefused(_("This scenario does not wait for a decision."))


# ---- to carry out, and to undo


@transaction.atomic
def apply(*, scenario: Scenario, by: Account, today: date | None = None, key: str | None = None) -> Scenario:
    """Carry an approved scenario out: all of it in this transaction, or nothing.

    Raises NotAllowed, KeyUsed; ScenarioRefused where it is not approved, its day has not come, or something has come to
    block it since; IntegrityError for what only the database sees.
    """
    authority.require(by, "organization.change", over=scenario.body_id)
    scenario = locked(scenario)
    key = key or f"scenario:{scenario.pk}:apply"
    if (earlier := once.earlier(key, CARRIED)) is not None:
        return _of(earlier)
    if scenario.state != State.APPROVED or scenario.decision is None:
        raise ScenarioRefused(_("Only an approved scenario is carried out. Let it be proposed and approved."))
    if scenario.on > (today or date.today()):
        raise ScenarioRefused(
            _("Its day is %(day)s. It is carried out on that day, or later for that day.") % {"day": scenario.on}
        )
    if digest_of(scenario) != scenario.digest:
        raise ScenarioRefused(_("The lines are not those that were approved. Let it be proposed again."))
    with authority.everything_in_sight():
        drawn = drawn_for(scenario, by, lock=True)
        authority.require_each(by, "organization.change", over=set(drawn.living().values()) & drawn.beneath | drawn.ending())
        _refuse_blocked(checking.check(drawn))
        scenario.done = {"cases": undoing.cases_touched()}
        done = _carried(drawn, scenario, by, key, CARRIED, {"sha256": scenario.digest})
    scenario.done |= {"moments": undoing.moments()}
    scenario.state, scenario.carried_entry, scenario.entry = State.CARRIED_OUT, done, done
    scenario.save()
    return scenario


def undo(*, scenario: Scenario, by: Account, on: date | None = None, reason: str = "", key: str | None = None) -> Scenario:
    """Take back what was carried out: by counter-events from a later day on, or on its own day if nothing was done since.

    What came since stays with the heirs. Raises NotAllowed, KeyUsed, ScenarioRefused, IntegrityError.
    """
    authority.require(by, "organization.change", over=scenario.body_id)
    key, on = key or f"scenario:{scenario.pk}:undo", on or date.today()
    told = {"reason": reason.strip(), "carried_out": scenario.carried_entry_id}
    if on == scenario.on and once.earlier(key, UNDONE) is None:
        return unsaying.unsay(scenario.pk, by, key=key, told=told)
    return _undo_by_events(scenario=scenario, by=by, on=on, key=key, told=told)


@transaction.atomic
def _undo_by_events(*, scenario: Scenario, by: Account, on: date, key: str, told: Mapping[str, Any]) -> Scenario:
    scenario = locked(scenario)
    if (earlier := once.earlier(key, UNDONE)) is not None:
        return _of(earlier)
    if scenario.state != State.CARRIED_OUT:
        raise ScenarioRefused(_("Only what was carried out is undone."))
    if on < scenario.on:
        raise ScenarioRefused(_("It holds from %(day)s: it is undone on that day or later.") % {"day": scenario.on})
    with authority.everything_in_sight():
        drawn = undoing.drawn_back(scenario, on=on)
        drawn.names = _sees(by, scenario)
        authority.require_each(by, "organization.change", over=set(drawn.living().values()) & drawn.beneath | drawn.ending())
        report = checking.check(drawn)
        report.blocking = [each for each in report.blocking if each.kind != "empty"]  # what changed nothing is undone by nothing
        _refuse_blocked(report)
        entry = _carried(drawn, scenario, by, key, UNDONE, told)
        undoing.close_waiting(scenario, on=on)
    scenario.state, scenario.undone_on, scenario.undone_entry, scenario.entry = State.UNDONE, on, entry, entry
    scenario.save()
    return scenario


def _carried(drawn: sketch.Sketch, scenario: Scenario, by: Account, key: str, act: str, told: Mapping[str, Any]) -> Entry:
    """Carry a sketch out under an entry of this act."""
    assert scenario.decision is not None  # noqa: S101 (approved)
    with transaction.atomic():
        entry = entries.record(act, by=by, about=scenario, on=drawn.on, key=key, payload={"scenario": scenario.name, **told})
    source = _source()
    done: Done = carrying.carry(
        drawn, scenario=scenario, account=by, key=key, decision=scenario.decision, source=source, entry=entry.pk
    )  # fmt: skip
    entries.record(f"{act}_in_figures", by=by, about=scenario, on=drawn.on, payload={"events": done.events, **done.counts})
    return entry


# ---- what they share


def digest_of(scenario: Scenario) -> str:
    """SHA-256 of what it says: its day, its body, its lines."""
    with authority.everything_in_sight():  # also the lines that name people, whoever asks
        told = [scenario.on.isoformat(), scenario.body_id, [[line.kind, line.says, line.person] for line in lines_of(scenario)]]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def drawn_for(scenario: Scenario, reader: Account, *, lock: bool = False) -> sketch.Sketch:
    """A scenario upon the register; whoever reads it is told names only of people whom the reader may see."""
    drawn = sketch.draw(lines_of(scenario), body=scenario.body_id, on=scenario.on)
    if lock:  # who changes one of these bodies waits, or is waited for; then it is looked at anew
        bodies = Organization.objects.filter(pk__in=[each.id for each in drawn.bodies.values()])
        list(bodies.select_for_update().order_by("pk").values_list("pk"))
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE procedures_case IN SHARE ROW EXCLUSIVE MODE")
        drawn = sketch.draw(lines_of(scenario), body=scenario.body_id, on=scenario.on)
    drawn.names = _sees(reader, scenario)
    return drawn


def _sees(reader: Account, scenario: Scenario) -> bool:
    """Whether an account may see the people of the managing body."""
    reach = authority.reach_of(reader)
    return reach.sees_everything or scenario.body_id in reach.sees


def _refuse_blocked(report: Report) -> None:
    if not report.ok:
        raise ScenarioRefused([each.what for each in report.blocking], [each.as_json() for each in report.blocking])


def _words(scenario: Scenario, *, number: str, issuer: str) -> tuple[Decision, Source]:
    """The decision by which the scenario holds, and the source that says so."""
    known = {"kind": Decision.Kind.DECISION, "title": {"vi": scenario.title or scenario.name}, "effective_on": scenario.on}
    decision, _made = Decision.objects.get_or_create(issuer=issuer[:200], number=number[:80], defaults=known)
    return decision, _source()


def _source() -> Source:
    source, _made = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
    return source


def _console() -> Account:
    from canbo.registry import intake

    return intake.console()


def locked(scenario: Scenario) -> Scenario:
    """The scenario as it stands, locked until the transaction ends."""
    found = Scenario.objects.select_for_update(of=("self",)).select_related("body", "owner", "approved_by", "decision")
    return found.get(pk=scenario.pk)


def _of(entry: Entry) -> Scenario:
    return Scenario.objects.get(pk=int(entry.about_id or 0))


def _acted(scenario: Scenario, act: str, by: Account, key: str | None, told: Mapping[str, Any]) -> Scenario:
    """Write the scenario with the entry of the act. A key that a call at the same moment used first gives back what it did."""
    try:
        with transaction.atomic():
            scenario.save()
            scenario.entry = entries.record(act, by=by, about=scenario, on=scenario.on, key=key, payload=dict(told))
            scenario.save(update_fields=["entry"])
    except entries.AlreadyRecorded as first:
        once.same(first.entry, act)
        return _of(first.entry)
    except IntegrityError as problem:
        if constraints.name_of(problem) == SECOND_PERSON:
            raise ScenarioRefused(_("Nobody decides on a scenario of his or her own: it takes a second person.")) from problem
        raise
    return scenario
