"""Every procedure of the rulebook, in each of its versions, from its opening to what it brings about in the register.

Each is carried by whoever is entitled, and each also has a story that is refused and one in which something is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from canbo.procedures import bodies, cases, documents, steps, voting
from canbo.procedures.models import Candidate, Case, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.registry.models import Membership, Person, Succession
from canbo.rules import procedure as law
from tests.procedures import machine
from tests.procedures import office as offices
from tests.procedures.office import Wide

BEFORE, AFTER = date(2026, 6, 1), date(2026, 9, 1)
Kind, Ending = Membership.Kind, Membership.Ending


@dataclass(frozen=True)
class Story:
    """How a procedure is opened in the office, and what stands in the register afterwards."""

    about: Callable[[Wide], dict[str, Any]]
    after: Callable[[Wide, Case, date], None]
    names: Callable[[Wide], list[Person]] | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    until: timedelta | None = None
    effective: date | None = None
    level: Callable[[Wide], dict[int, str]] | None = None
    facts_on: Callable[[date], dict[str, Any]] | None = None  # facts that differ from one law to the next
    before: Callable[[Wide, date], Case | None] | None = None  # a case that must have taken effect first


def on(person: Person, post: Any, day: date) -> list[tuple[int, int]]:
    return list(Membership.objects.filter(person=person, post=post, valid__contains=day).values_list("kind", "seat"))


def ended(person: Person, post: Any, day: date, how: int) -> None:
    left = Membership.objects.get(person=person, post=post, valid__endswith=day)
    assert left.ending == how


def fresh_seat(wide: Wide, case: Case, day: date) -> None:
    assert [kind for kind, _seat in on(wide.candidate, wide.free, day)] == [Kind.APPOINTED]


def from_elsewhere(wide: Wide, case: Case, day: date) -> None:
    assert [kind for kind, _seat in on(wide.rotating, wide.free, day)] == [Kind.APPOINTED]
    assert not Membership.objects.filter(
        person=wide.rotating, organization=wide.world.organizations["P/2.executive"], valid__contains=day
    )


def acts_at_most_a_year(wide: Wide, case: Case, day: date) -> None:
    held = Membership.objects.get(person=wide.acting, post=wide.vacant_head)
    assert held.kind == Kind.ACTING
    assert Membership.objects.filter(person=wide.acting, valid__contains=day).count() == 2  # beside the own post
    assert held.valid.upper == (date(2027, 9, 1) if day == AFTER else None)


def again_in_the_same_seat(wide: Wide, case: Case, day: date) -> None:
    assert on(wide.holder, wide.post, day) == [(Kind.APPOINTED, 2)]
    ended(wide.holder, wide.post, day, Ending.TERM)


def gone(how: int) -> Callable[[Wide, Case, date], None]:
    def check(wide: Wide, case: Case, day: date) -> None:
        assert on(wide.holder, wide.post, day) == []
        ended(wide.holder, wide.post, day, how)

    return check


def lower(wide: Wide, case: Case, day: date) -> None:
    gone(Ending.REMOVAL)(wide, case, day)
    assert [kind for kind, _seat in on(wide.holder, wide.lower, day)] == [Kind.APPOINTED]


def retired(wide: Wide, case: Case, day: date) -> None:
    assert not Membership.objects.filter(person=wide.retiring, valid__contains=case.ruling.effective_on)


def suspended_until_its_last_day(wide: Wide, case: Case, day: date) -> None:
    until = case.ruling.until
    machine.lapse(on=until)
    assert Ruling.objects.get(case=case).state == Ruling.State.EFFECTIVE
    machine.lapse(on=until + timedelta(days=1))
    assert Ruling.objects.get(case=case).state == Ruling.State.LAPSED
    assert offices.acts_of(case)[-1] == "case.lapsed"


def works_again(wide: Wide, case: Case, day: date) -> None:
    assert Ruling.objects.get(case__procedure="suspension").state == Ruling.State.LAPSED


def result_for_the_person(wide: Wide, case: Case, day: date) -> None:
    assert case.candidates.get().result == "dismiss"
    assert '"result":"dismiss"' in case.ruling.text


def whole_committee(wide: Wide, case: Case, day: date) -> None:
    post = Membership.objects.filter(person=wide.members[0].person).get(valid__contains=day).post
    sit = set(Membership.objects.filter(post=post, valid__contains=day).values_list("person", "kind"))
    assert sit == {(wide.members[0].person_id, Kind.ELECTED), (wide.newcomer.pk, Kind.ELECTED)}
    assert Membership.objects.filter(post=post, valid__endswith=day, ending=Ending.TERM).count() == offices.SEVERAL - 2


def elected(wide: Wide, case: Case, day: date) -> None:
    assert [kind for kind, _seat in on(wide.candidate, wide.free, day)] == [Kind.ELECTED]


def planned(wide: Wide, case: Case, day: date) -> None:
    assert Succession.objects.filter(post=wide.free, person=wide.candidate, valid__contains=day).exists()


def reviewed(wide: Wide, case: Case, day: date) -> None:
    """Who got in is in, who got out is out, who got neither stays."""
    inside = set(Succession.objects.filter(post=wide.post, valid__contains=day).values_list("person", flat=True))
    assert wide.newcomer.pk in inside and wide.candidate.pk not in inside


def rotated(wide: Wide, case: Case, day: date) -> None:
    assert [kind for kind, _seat in on(wide.rotating, wide.free, day)] == [Kind.ROTATED]


def seconded(wide: Wide, case: Case, day: date) -> None:
    held = Membership.objects.get(person=wide.rotating, post=wide.free)
    assert (held.kind, held.valid.upper) == (Kind.SECONDED, case.ruling.until + timedelta(days=1))
    assert Membership.objects.filter(person=wide.rotating, valid__contains=day).count() == 2


def back(wide: Wide, case: Case, day: date) -> None:
    assert [kind for kind, _seat in on(wide.rotated, wide.free, day)] == [Kind.APPOINTED]
    assert not Membership.objects.filter(person=wide.rotated, kind=Kind.ROTATED, valid__contains=day)


def nothing(wide: Wide, case: Case, day: date) -> None:
    """The decision stands in the case alone."""
    assert not Membership.objects.filter(entry=case.ruling.effect_entry)


def held_by(name: str, post: str = "post") -> Callable[[Wide], dict[str, Any]]:
    return lambda wide: {"person": getattr(wide, name), "post": getattr(wide, post)}


def suspend_first(wide: Wide, day: date) -> Case:
    return through(wide, "suspension", day)


NO_BARS = {
    "resignation.reason": "own_wish", "resignation.on_critical_duty": False, "resignation.under_inspection": False,
    "resignation.under_audit": False, "resignation.prosecuted": False, "resignation.on_disaster_duty": False,
}  # fmt: skip
STORIES = {
    "appointment-on-site": Story(lambda w: {"post": w.free}, fresh_seat, names=lambda w: [w.candidate]),
    "appointment-external": Story(held_by("rotating", "free"), from_elsewhere),
    "acting-head": Story(held_by("acting", "vacant_head"), acts_at_most_a_year),
    "reappointment": Story(held_by("holder"), again_in_the_same_seat),
    "extension": Story(held_by("holder"), again_in_the_same_seat),
    "resignation": Story(
        lambda w: {**held_by("holder")(w), "terms": {"facts": NO_BARS}}, gone(Ending.RESIGNATION),
        facts_on=lambda day: {"resignation.reason": "own_wish" if day == BEFORE else "other"},
    ),
    "removal": Story(held_by("holder"), gone(Ending.REMOVAL), terms={"facts": {"finding.targets_missed": True, "finding.hotspots": True}}),
    "dismissal": Story(held_by("holder"), gone(Ending.REMOVAL), terms={"facts": {"finding.degraded": True}}),
    "demotion": Story(
        lambda w: {"person": w.holder, "post": w.post, "terms": {"to_post": w.lower.pk, "facts": {"job.requirements_unmet": True}}},
        lower,
    ),
    "retirement": Story(lambda w: {"person": w.retiring, "post": w.retiring.memberships.get().post}, retired, effective=date(2027, 3, 1)),
    "suspension": Story(
        held_by("holder"), suspended_until_its_last_day, terms={"facts": {"suspension.cause": "conduct"}}, until=timedelta(days=14)
    ),
    "suspension-lifting": Story(held_by("holder"), works_again, before=suspend_first),
    "confidence-vote": Story(held_by("holder"), result_for_the_person, level=lambda w: {w.holder.pk: "low"}),
    "election": Story(
        lambda w: {"organization": w.world.organizations["P/1.party"]}, whole_committee,
        names=lambda w: [w.members[0].person, w.newcomer], terms={"seats": 2},
    ),
    "council-election": Story(lambda w: {"post": w.free}, elected, names=lambda w: [w.candidate]),
    "introduction": Story(
        lambda w: {"organization": w.world.organizations["P/1.executive"]}, nothing, names=lambda w: [w.newcomer], terms={"seats": 1}
    ),
    "succession-plan": Story(lambda w: {"post": w.free}, planned, names=lambda w: [w.candidate]),
    "succession-review": Story(
        lambda w: {"post": w.post}, reviewed, names=lambda w: [w.candidate, w.newcomer], level=lambda w: {w.candidate.pk: "out"}
    ),
    "rotation": Story(lambda w: {"post": w.free}, rotated, names=lambda w: [w.rotating]),
    "return-from-rotation": Story(held_by("rotated", "free"), back),
    "secondment": Story(
        held_by("rotating", "free"), seconded, until=timedelta(days=365), terms={"facts": {"secondment.months": 12}},
    ),
    "vacancy": Story(lambda w: {"post": w.free}, nothing, names=lambda w: []),
}  # fmt: skip


def through(wide: Wide, name: str, day: date) -> Case:
    """A procedure from its opening to its effect."""
    story = STORIES[name]
    if story.before:
        story.before(wide, day)
    case = wide.carry(opened(wide, name, day), on=day, **votes(wide, story))
    assert case.state == Case.State.DECIDED, (case.state, case.reason, cases.current(case), why(case))
    ruling = machine.take(case.pk, on=max(day, case.ruling.effective_on))
    assert ruling.state == Ruling.State.EFFECTIVE, ruling.reason
    case.refresh_from_db()
    return case


def opened(wide: Wide, name: str, day: date, **more: Any) -> Case:
    story = STORIES[name]
    asked: dict[str, Any] = {"terms": story.terms, "effective_on": story.effective, **story.about(wide), **more}
    if story.facts_on:
        asked["terms"] = {**asked["terms"], "facts": {**asked["terms"]["facts"], **story.facts_on(day)}}
    if story.until:
        asked.setdefault("until", day + story.until)
    by = wide.above["drafter"] if asked.get("post") == wide.vacant_head else wide.drafter
    return cases.open_case(procedure=name, by=by, on=day, **asked)


def votes(wide: Wide, story: Story) -> dict[str, Any]:
    return {
        **({"names": story.names(wide)} if story.names else {}),
        **({"level": story.level(wide)} if story.level else {}),
    }


def why(case: Case) -> Any:
    """What the articles say that do not pass, for whoever reads a failing test."""
    found = []
    for name in case.candidates.all():
        for article in (name.verdict or {}).get("articles", []):
            if article["outcome"] in ("fail", "unknown"):
                found.append((article["id"], article["outcome"], article["reason"]["en"]))
    return found


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[Wide]:
    """The wide office, built once; each story is undone after it."""
    with django_db_blocker.unblock(), machine.stage() as wide:
        yield wide


@pytest.fixture
def wide(office: Wide) -> Iterator[Wide]:
    with machine.undone():
        yield office


def versions() -> list[Any]:
    """Every procedure with each version that can be opened, and a day on which it is."""
    known = law.opened(bodies.rulebook())
    return [
        pytest.param(name, day, id=f"{name}-{version.id}")
        for name in known
        for day in (BEFORE, AFTER)
        if (version := known[name].on(day)) is not None and (day == AFTER or known[name].on(AFTER) != version)
    ]


def test_every_procedure_has_a_story() -> None:
    assert set(STORIES) == set(law.opened(bodies.rulebook()))


@pytest.mark.parametrize(("name", "day"), versions())
def test_a_procedure_brings_about_what_its_decision_says(wide: Wide, name: str, day: date) -> None:
    case = through(wide, name, day)
    assert [act for act in offices.acts_of(case) if act in ("case.signed", "case.published", "case.effective")] == [
        "case.signed", "case.published", "case.effective",
    ]  # fmt: skip
    STORIES[name].after(wide, case, day)
    _leaves_its_papers(case)


def _leaves_its_papers(case: Case) -> None:
    """Each step that the law says must leave minutes, with a vote or without, leaves them; so does a request for an opinion."""
    kind, version = cases.rules_of(case)
    for step in case.steps.filter(state=Step.State.DONE):
        wanted = {documents.made_by_step(name, kind.effect) for name in version.step(step.name).makes}
        issued = set(case.documents.filter(step=step).values_list("kind", flat=True))
        assert wanted & {"minutes", "opinion-request"} <= issued, (step.name, wanted, issued)


# --- refused, and incomplete --------------------------------------------------------------------------------------------


def latest() -> list[Any]:
    return [pytest.param(name, id=name) for name in sorted(STORIES)]


@pytest.mark.parametrize("name", latest())
def test_a_procedure_that_is_refused_changes_nothing_and_keeps_its_reason(wide: Wide, name: str) -> None:
    """Whoever verifies refuses; where nobody may, whoever is to sign does."""
    story = STORIES[name]
    if story.before:
        story.before(wide, AFTER)
    held = set(Membership.objects.values_list("pk", "valid", "ending"))
    case = wide.carry(opened(wide, name, AFTER), on=AFTER, refuse="verify", **votes(wide, story))
    assert case.state in (Case.State.REFUSED, Case.State.STOPPED), case.state
    assert case.reason == "Không đồng ý."
    assert not Ruling.objects.filter(case=case).exists()
    assert set(Membership.objects.values_list("pk", "valid", "ending")) == held


# Where the articles give figures and time limits, what is unknown is provisional and nothing waits for it.
PROVISIONAL = {"extension", "reappointment", "retirement"}
ASKED = sorted(name for name, kind in law.opened(bodies.rulebook()).items() if kind.topic and name not in PROVISIONAL)


@pytest.mark.parametrize("name", ASKED)
def test_a_procedure_whose_facts_are_missing_waits_for_them(wide: Wide, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the register does not know of whom it is, nothing is decided; once it does, the name is judged again."""
    story = STORIES[name]
    real = cases.explain
    blind = lambda *args, facts, **more: real(*args, facts={**facts, **dict.fromkeys(UNKNOWN.get(name, BORN))}, **more)  # noqa: E731
    monkeypatch.setattr(cases, "explain", blind)
    case = opened(wide, name, AFTER)
    if story.names:
        wide.carry(case, on=AFTER, stop="names")
        step = cases.current(case)
        assert step is not None
        rule = cases.rules_of(case)[1].step(step.name)
        steps.put_names(case=case, by=wide.who(case, rule, on=AFTER), on=AFTER, persons=story.names(wide))
    assert {each.state for each in case.candidates.all()} == {Candidate.State.INCOMPLETE}, why(case)
    turn = case.turn
    if not story.names:
        turn = stopped_by_facts(wide, case)
    monkeypatch.setattr(cases, "explain", real)
    cases.judge_again(
        case=case, by=wide.drafter if case.organization_id == wide.post.organization_id else wide.above["drafter"], on=AFTER
    )
    assert {each.state for each in case.candidates.all()} == {Candidate.State.THROUGH}
    case.refresh_from_db()
    assert (case.state, case.turn) == (Case.State.OPEN, turn)


def stopped_by_facts(wide: Wide, case: Case) -> int:
    """Take the steps that only prepare; the turn at which the case waits, before any vote or signature."""
    while True:
        case.refresh_from_db()
        step = cases.current(case)
        assert step is not None
        rule = cases.rules_of(case)[1].step(step.name)
        by = wide.who(case, rule, on=AFTER)
        try:
            if rule.does == "vote":
                voting.convene(case=case, by=by, on=AFTER)
            elif rule.does == "sign":
                wide.sign(case, by=by, on=AFTER)
            else:
                steps.act(case=case, by=by, on=AFTER, text="Vì.")
        except Refused as refusal:
            assert refusal.why == "waits_for_facts", refusal
            return case.turn
        assert rule.does == "act" and not rule.topics, rule.id


BORN = ("person.born", "person.sex")
UNKNOWN: dict[str, tuple[str, ...]] = {
    "appointment-external": ("case.planned",), "return-from-rotation": ("case.planned",),
    "removal": ("finding.hotspots", "finding.targets_missed"), "dismissal": ("finding.degraded",), "suspension": ("suspension.cause",),
    "demotion": ("job.requirements_unmet",), "resignation": ("resignation.prosecuted",),
    "confidence-vote": ("confidence.told_to_retire",), "secondment": ("secondment.months",),
}  # fmt: skip


def test_a_fact_of_the_register_is_not_stated_in_a_case(wide: Wide) -> None:
    with pytest.raises(Refused) as refusal:
        opened(wide, "dismissal", AFTER, terms={"facts": {"person.born": "1990-01-01"}})
    assert refusal.value.why == "registered_fact"


def test_a_suspension_without_a_last_day_is_refused(wide: Wide) -> None:
    with pytest.raises(Refused) as refusal:
        opened(wide, "suspension", AFTER, until=None)
    assert refusal.value.why == "no_until"


def test_an_acting_head_for_longer_than_a_year_is_refused(wide: Wide) -> None:
    case = wide.carry(opened(wide, "acting-head", AFTER, until=date(2027, 9, 2)), on=AFTER, stop="sign")
    with pytest.raises(Refused) as refusal:
        wide.carry(case, on=AFTER)
    assert refusal.value.why == "too_long"
