"""Consultations on scenarios: who is asked, who answers what until when, who reads it, and what may not go on without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from canbo.journal.models import Entry
from canbo.procedures.models import Consultation, Consulted, Opinion, Scenario
from canbo.procedures.scenarios import acting, consulting, rounds
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import authority
from canbo.registry.authority import NotAllowed
from canbo.registry.models import Account, Membership, Person
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, ENDING, LATER, MERGER
from tests.procedures.test_case_sight import lets, sight_of
from tests.world import World

DAY = date(2026, 2, 1)
LAST = DAY + timedelta(days=10)
AFTER = LAST + timedelta(days=1)
WAITING = "people:\n  - {from: P/1, held: specialist, waiting: placement}\n"


def opened(world: World, text: str = MERGER + ALL + ENDING + WAITING, **asked: Any) -> Consultation:
    scenario = trials.begun(world, text)
    return rounds.ask(
        scenario=scenario, question="How does it look from where you are?", closes=LAST, on=DAY, by=trials.owner(world), **asked
    )


def asked_at(consultation: Consultation, code: str, job: str = "specialist") -> list[Consulted]:
    """The people asked who hold a job in a unit."""
    found = consultation.consulted.filter(person__isnull=False, told__body__code=code, told__post__job=job)
    return list(found.order_by("pk"))


def account_of(person: Person | int) -> Account:
    pk = person if isinstance(person, int) else person.pk
    return Account.objects.get_or_create(username=f"person-{pk}", defaults={"label": "Somebody", "person_id": pk})[0]


def said(consulted: Consulted, view: str = "agree", **more: Any) -> Opinion:
    assert consulted.person_id is not None
    return rounds.answer(consulted=consulted, view=view, by=account_of(consulted.person_id), on=DAY, **more)


def test_everybody_whose_post_or_body_changes_is_asked_once_and_nobody_else(world: World) -> None:
    people = trials.populated(world)["people"]
    elsewhere = world.person("elsewhere")
    world.serve(elsewhere, world.post("P.party", "specialist"))
    consultation = opened(world)
    asked = Counter(consultation.consulted.filter(person__isnull=False).values_list("person_id", flat=True))
    assert asked == Counter(person.pk for person in people)
    bodies = consultation.consulted.filter(person__isnull=True).values_list("organization_id", flat=True)
    assert set(bodies) == {world.organizations["P/1"].pk, world.organizations["P/2"].pk}


def test_a_body_that_moves_whole_and_a_post_of_which_a_line_speaks_are_asked_too(world: World) -> None:
    people = trials.populated(world)["people"]
    text = "move:\n  - {unit: P/2.executive, parent: P/1}\nposts:\n  - {from: P/1, job: specialist, end: yes}\n" + WAITING
    consultation = opened(world, text, bodies=False)
    served = Membership.objects.filter(
        organization__in=[world.organizations["P/2.executive"].pk], person__in=people
    ) | Membership.objects.filter(post__job__code="specialist", organization=world.organizations["P/1"])
    assert set(consultation.consulted.values_list("person_id", flat=True)) == set(served.values_list("person_id", flat=True))


def test_each_is_told_what_becomes_of_body_and_post_and_where_one_may_wish_to_go(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    told = asked_at(consultation, "P/1")[0].told
    assert told["body"]["fate"] == "ends" and [each["code"] for each in told["body"]["to"]] == ["P/9"]
    assert told["post"] == {"job": "specialist", "fate": "end", "to": None}
    assert told["line"]["state"] == "placement"
    assert [(each["code"], each["jobs"]) for each in consultation.offers] == [("P/9", ["commune-secretary", "specialist"])]


def test_wishes_are_kept_in_their_order_and_read_as_bodies_once_they_exist(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    one, other = asked_at(consultation, "P/1")
    said(one, wishes=["P/9:specialist", "P/9"], far=True)
    said(other)
    scenario = consultation.scenario
    assert consulting.wishes(scenario=scenario) == {one.person_id: ("P/9:specialist", "P/9")}
    assert consulting.distance_matters(scenario=scenario) == {one.person_id}
    assert consulting.preferences(scenario=scenario) == {one.person_id: ()}  # nobody is P/9 yet
    rounds.close(consultation=consultation, by=trials.owner(world), on=AFTER)
    acting.apply(scenario=trials.approved(world, scenario), by=world.console)
    assert list(consulting.preferences(scenario=scenario)) == [one.person_id]
    (bodies,) = consulting.preferences(scenario=scenario).values()
    assert len(bodies) == 1


@pytest.mark.parametrize("wish", ["P/1", "P/9:commune-chair", "Q/1", "nowhere", "P/9:"])
def test_what_the_scenario_does_not_open_cannot_be_wished(world: World, wish: str) -> None:
    trials.populated(world)
    one = asked_at(opened(world), "P/1")[0]
    if wish == "P/9:":
        assert said(one, wishes=[wish.rstrip(":")]).wishes == ["P/9"]
        return
    with pytest.raises(ScenarioRefused, match="not open in this scenario"):
        said(one, wishes=["P/9", wish])
    assert not one.opinions.exists()


def test_an_answer_is_changed_and_withdrawn_and_every_version_stays(world: World) -> None:
    trials.populated(world)
    one = asked_at(opened(world), "P/1")[0]
    said(one, "against", words="Too far.")
    said(one, "agree", words="With a bus it would do.")
    assert list(one.opinions.filter(ended_at__isnull=True).values_list("view", flat=True)) == ["agree"]
    assert one.person_id is not None
    rounds.withdraw(consulted=one, by=account_of(one.person_id), on=DAY)
    assert list(one.opinions.order_by("place").values_list("words", flat=True)) == ["Too far.", "With a bus it would do."]
    assert not one.opinions.filter(ended_at__isnull=True).exists()
    acts = Entry.objects.filter(act__startswith="consultation.").order_by("pk").values_list("act", flat=True)
    assert [act.partition(".")[2] for act in acts] == ["opened", "answered", "changed", "withdrawn"]


def test_somebody_else_does_not_answer_and_nobody_answers_late(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    one, other = asked_at(consultation, "P/1")
    assert one.person_id is not None and other.person_id is not None
    for stranger in (account_of(other.person_id), trials.owner(world), world.console):
        with pytest.raises(ScenarioRefused, match="Somebody else is asked here"):
            rounds.answer(consulted=one, view="agree", by=stranger, on=DAY)
    with pytest.raises(ScenarioRefused, match="too late"):
        rounds.answer(consulted=one, view="agree", by=account_of(one.person_id), on=AFTER)
    rounds.close(consultation=consultation, by=trials.owner(world), on=AFTER)
    with pytest.raises(ScenarioRefused, match="too late"):
        rounds.answer(consulted=one, view="agree", by=account_of(one.person_id), on=DAY)
    with pytest.raises(DatabaseError, match="while the round is open"), transaction.atomic():
        Opinion.objects.create(consulted=one, place=1, view="agree", said_by=world.console)


def test_the_head_answers_for_the_body_and_nobody_else_does(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    body = consultation.consulted.get(person__isnull=True, organization=world.organizations["P/1"])
    head, staff = asked_at(consultation, "P/1", "commune-secretary")[0], asked_at(consultation, "P/1")[0]
    assert head.person_id is not None and staff.person_id is not None
    with pytest.raises(ScenarioRefused, match="for a body its head"):
        rounds.answer(consulted=body, view="agree", by=account_of(staff.person_id), on=DAY)
    with pytest.raises(ScenarioRefused, match="wished by people"):
        rounds.answer(consulted=body, view="agree", wishes=["P/9"], by=account_of(head.person_id), on=DAY)
    rounds.answer(consulted=body, view="other", words="We agree if the school stays.", by=account_of(head.person_id), on=DAY)
    open_ones = consulting.asked_of(account_of(head.person_id), on=DAY)
    assert {each.pk for each in open_ones} == {body.pk, head.pk}
    assert consulting.asked_of(account_of(staff.person_id), on=DAY) == [staff]
    assert consulting.asked_of(account_of(staff.person_id), on=AFTER) == []


def test_the_same_key_answers_once(world: World) -> None:
    trials.populated(world)
    one = asked_at(opened(world), "P/1")[0]
    first, again = said(one, key="once"), said(one, key="once")
    assert first == again and one.opinions.count() == 1


def test_a_round_is_closed_after_its_last_day_or_when_all_have_answered(world: World) -> None:
    trials.populated(world)
    consultation = opened(world, bodies=False)
    with pytest.raises(ScenarioRefused, match="only once everybody has answered"):
        rounds.close(consultation=consultation, by=trials.owner(world), on=LAST)
    for each in consultation.consulted.all():
        said(each, "against" if each.told["body"]["code"] == "P/1" else "agree")
    closed = rounds.close(consultation=consultation, by=trials.owner(world), on=DAY)
    assert closed.summary is not None
    assert (closed.summary["asked"], closed.summary["answered"], closed.summary["agree"], closed.summary["against"]) == (
        7,
        7,
        4,
        3,
    )
    with pytest.raises(DatabaseError, match="stays closed"), transaction.atomic():
        Consultation.objects.filter(pk=closed.pk).update(summary={})
    again = rounds.ask(scenario=closed.scenario, question="And now?", closes=AFTER, on=DAY, by=trials.owner(world))
    assert again.round == 2


def counted(*bodies: Sequence[str]) -> list[dict[str, Any]]:
    """Groups as they would be shown, of bodies with these answers."""
    found = {
        number: [{"org": number, "view": view, "far": False, "times": times} for view, times in Counter(views).items()]
        for number, views in enumerate(bodies)
    }
    return [{"bodies": each, **consulting._count(rows)} for each, rows in consulting._joined(found)]


def test_of_so_few_that_it_would_tell_who_said_what_nothing_is_broken_down() -> None:
    few, many = ["agree"] * 4, ["agree"] * 3 + ["against"] * 4
    assert [group["agree"] for group in counted(few)] == [None]
    assert [group["bodies"] for group in counted(few, many)] == [[0, 1]]  # else the few are the whole without the many
    assert [group["bodies"] for group in counted(few, few, many, many)] == [[2], [3], [0, 1]]
    assert [group["bodies"] for group in counted(few, many, many)] == [[2], [0, 1]]
    for groups in (counted(few, many), counted(few, few, many), counted(many, [], few, many)):
        assert all(group["agree"] is None or group["answered"] >= 5 for group in groups)


def test_answers_are_read_by_who_prepares_and_who_decides_and_by_nobody_else(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    one = asked_at(consultation, "P/1")[0]
    said(one, "against", words="Too far.")
    for role, reads in (("officer", True), ("leader", True), ("inspector", False), ("registrar", False)):
        reader = trials.account(world, f"of-{role}", role, "P")
        assert consulting.may_read_opinions(reader, consultation.scenario) is reads, role
        if reads:
            assert [each.words for each in consulting.opinions(consultation=consultation, reader=reader)] == ["Too far."]
    boss = trials.account(world, "of-the-commune", "leader", "P/1")
    with pytest.raises(NotAllowed):
        consulting.opinions(consultation=consultation, reader=boss)


def test_the_wall_shows_an_answer_to_its_person_and_to_the_body_of_the_scenario_alone(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    one, other = asked_at(consultation, "P/1")
    said(one, "against", words="Too far.")
    unit = {code: frozenset([each.pk]) for code, each in world.organizations.items()}

    def seen(reach: authority.Reach) -> tuple[set[int | None], int]:
        with sight_of(reach) as cursor:
            cursor.execute("SELECT person_id FROM procedures_consulted")
            people = {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT count(*) FROM procedures_opinion")
            return people, cursor.fetchone()[0]

    def reach(scope: frozenset[int] = frozenset(), own: int | None = None) -> authority.Reach:
        return authority.Reach(False, scope, own, False, scope)

    assert seen(reach(own=one.person_id)) == ({one.person_id}, 1)
    assert seen(reach(own=other.person_id)) == ({other.person_id}, 0)  # a colleague
    assert seen(reach(scope=unit["P/1"])) == ({None}, 0)  # the own body: that it is asked itself
    assert seen(reach(scope=unit["Q"])) == (set(), 0)
    everybody, answers = seen(reach(scope=unit["P"]))
    assert len(everybody) == 8 and answers == 1
    assert seen(reach()) == (set(), 0)
    with sight_of(reach(own=other.person_id)) as cursor:
        assert not lets(cursor, f"UPDATE procedures_opinion SET ended_at = now() WHERE consulted_id = {one.pk}", [])
        assert not lets(cursor, f"UPDATE procedures_consulted SET told = '{{}}' WHERE id = {other.pk}", [])
        adds = "INSERT INTO procedures_opinion (consulted_id, place, view, words, far, wishes, said_by_id, said_at) VALUES (%s, 9, 'agree', '', false, '[]', 1, now())"  # noqa: E501
        assert not lets(cursor, adds, [one.pk])


def test_the_journal_says_that_somebody_answered_and_nothing_of_what(world: World) -> None:
    trials.populated(world)
    one = asked_at(opened(world), "P/1")[0]
    said(one, "against", words="a word that is nowhere else", wishes=["P/9"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM journal_content t")
        assert "a word that is nowhere else" not in (cursor.fetchone()[0] or "")


def test_a_scenario_waits_for_its_open_round_and_for_the_one_that_the_rulebook_wants(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials.populated(world)
    row = {"events": ["merge"], "people": 5, "from": date(2026, 1, 1), "source": {"en": "a rule of the house"}}
    monkeypatch.setitem(consulting.rules(), "required", [row])
    scenario = trials.begun(world, MERGER + ALL)
    warned = acting.check(scenario=scenario, reader=world.console)
    assert "not_consulted" in {each.kind for each in warned.warnings} and warned.ok
    with pytest.raises(ScenarioRefused, match="a rule of the house"):
        trials.approved(world, scenario)
    scenario = Scenario.objects.get(pk=scenario.pk)
    consultation = rounds.ask(scenario=scenario, question="What do you think?", closes=LAST, on=DAY, by=trials.owner(world))
    with pytest.raises(ScenarioRefused, match="Close the consultation first"):
        acting.approve(scenario=scenario, by=trials.second(world))
    rounds.close(consultation=consultation, by=trials.owner(world), on=AFTER)
    assert acting.approve(scenario=scenario, by=trials.second(world)).state == Scenario.State.APPROVED


def test_from_fewer_people_before_its_day_or_not_in_use_the_rule_asks_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials.populated(world)
    row = {"events": ["merge"], "people": 5, "from": date(2026, 1, 1), "source": {"en": "a rule of the house"}}
    for other in ({"people": 8}, {"from": LATER}, {"in_use": False}, {"events": ["split"]}):
        monkeypatch.setitem(consulting.rules(), "required", [row | other])
        scenario = trials.begun(world, MERGER + ALL, name=f"s{len(Scenario.objects.all())}")
        assert trials.approved(world, scenario).state == Scenario.State.APPROVED


def test_nobody_is_asked_after_the_approval_or_twice_at_a_time_or_by_who_may_not(world: World) -> None:
    trials.populated(world)
    consultation = opened(world)
    given: dict[str, Any] = {"question": "?", "closes": LAST, "on": DAY}
    with pytest.raises(ScenarioRefused, match="A consultation is open until"):
        rounds.ask(scenario=consultation.scenario, by=trials.owner(world), **given)
    with pytest.raises(NotAllowed):
        rounds.ask(scenario=consultation.scenario, by=trials.second(world), **given)
    with pytest.raises(NotAllowed):
        rounds.close(consultation=consultation, by=trials.second(world), on=AFTER)
    done = trials.approved(world, trials.begun(world, MERGER + ALL, name="done"))
    with pytest.raises(ScenarioRefused, match="before a scenario is approved"):
        rounds.ask(scenario=done, by=trials.owner(world), **given)
