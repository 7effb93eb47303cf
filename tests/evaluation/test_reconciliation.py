"""Who is late with what, and the queue to the national database with its clock."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from canbo.evaluation import grading, outbox, reconciliation, work
from canbo.evaluation.models import Outgoing
from canbo.project.commands.work import work_group
from canbo.registry import authority, constraints
from canbo.rules.evaluation.periods import parse
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, DUE, FIRST, GENERAL, MARCH, PLACE, Office
from tests.evaluation.test_commands import ran
from tests.evaluation.test_grading import handbook
from tests.evaluation.test_work import refused
from tests.pages.test_work_pages import everything, reader

pytestmark = pytest.mark.django_db
FIFTH = AFTER + timedelta(days=5)


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def late(office: Office, on: date, *, who: Any = None) -> dict[str, date]:
    """The steps that are late of one person: step -> since."""
    period = parse(MARCH)
    assert period is not None
    person = (who or office.person).pk
    found = reconciliation.of_people(by=office.officer, root=office.place.pk, period=period, on=on)
    return {each.step: each.since for each in found if each.person == person}


def test_each_step_is_late_from_its_own_day_on(office: Office) -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    assert late(office, first) == {} and late(office, FIRST) == {"not_assigned": first}
    held = office.assign(due_on=DUE)
    assert late(office, DUE) == {} and late(office, DUE + timedelta(days=1)) == {"not_logged": DUE}
    office.log(held, 2)
    assert late(office, last) == {} and late(office, AFTER) == {"not_accepted": last, "not_assessed": last}
    office.accept(held, 2, delays=1, days_late=1, cause="Flood")
    assert late(office, AFTER) == {"cause_waits": last, "not_assessed": last}
    work.judge_cause(assignment=held, confirmed=True, by=office.deputy, on=AFTER)
    evaluation = grading.assess(person=office.person, period=MARCH, general=GENERAL, by=office.worker, on=AFTER)
    assert late(office, AFTER) == {"not_opined": last}
    grading.opine(evaluation=evaluation, opinion="", by=office.head, on=AFTER)
    assert late(office, AFTER) == {"not_decided": last}
    grading.decide(evaluation=evaluation, by=office.head, on=AFTER)
    assert late(office, AFTER) == {} and late(office, FIFTH) == {"not_published": AFTER}


def test_the_petition_and_the_queue_are_late_after_the_days_of_the_law(office: Office) -> None:
    handbook(office)
    held = office.published()
    waiting = held.outgoing.get()
    assert (waiting.result_on, waiting.due_on) == (AFTER, FIFTH)
    assert late(office, FIFTH) == {} and late(office, FIFTH + timedelta(days=1)) == {"not_sent": FIFTH}
    outbox.send(outgoing=waiting, by=office.officer, on=FIFTH)
    assert late(office, FIFTH + timedelta(days=1)) == {"no_receipt": FIFTH}
    outbox.acknowledge(outgoing=waiting, receipt="CSDL-77", by=office.officer, on=FIFTH)
    assert late(office, FIFTH + timedelta(days=1)) == {}
    petition = grading.petition(evaluation=held, ground="Why?", by=office.worker, on=FIFTH)
    assert late(office, petition.due_on) == {}
    assert late(office, petition.due_on + timedelta(days=1)) == {"petition": petition.due_on}


def test_whoever_was_decided_on_without_work_is_not_late_with_work(office: Office) -> None:
    held = office.opined()
    assert "not_assigned" in late(office, AFTER)
    grading.decide(evaluation=held, by=office.head, on=AFTER, grade="completed", why="Seconded.")
    assert late(office, AFTER) == {}


def test_of_everybody_it_is_said_who_has_to_act(office: Office) -> None:
    period = parse(MARCH)
    assert period is not None
    found = reconciliation.of_people(by=office.officer, root=office.place.pk, period=period, on=AFTER)
    assert {(each.step, each.who) for each in found} == {("not_assigned", "head"), ("not_assessed", "person")}
    assert len(found) == 10
    with pytest.raises(authority.NotAllowed):
        reconciliation.of_people(by=office.worker, root=office.place.pk, period=period, on=AFTER)


def test_a_result_is_queued_with_its_publication_and_again_when_it_is_cancelled(office: Office) -> None:
    handbook(office)
    held = office.published()
    grading.cancel(evaluation=held, why="Miscounted.", by=office.head, on=FIFTH)
    kinds = {each.kind: each.due_on for each in Outgoing.objects.all()}
    assert kinds == {"published": FIFTH, "cancelled": FIFTH + timedelta(days=5)}


def test_what_was_only_decided_is_not_queued(office: Office) -> None:
    handbook(office)
    held = office.decided()
    grading.cancel(evaluation=held, why="Miscounted.", by=office.head, on=AFTER)
    assert not Outgoing.objects.exists()


def test_each_step_of_the_queue_is_taken_once_in_its_order(office: Office) -> None:
    handbook(office)
    waiting = office.published().outgoing.get()
    told = {"outgoing": waiting, "by": office.officer, "on": FIFTH}
    assert refused(lambda: outbox.acknowledge(**told, receipt="1")) == "not_sent"
    assert refused(lambda: outbox.send(**{**told, "by": office.head})) == "not_allowed"
    outbox.send(**told)
    assert refused(lambda: outbox.send(**told)) == "sent"
    assert refused(lambda: outbox.acknowledge(**told, receipt=" ")) == "no_receipt"
    outbox.acknowledge(**told, receipt="1")
    for change in ({"receipt": "2"}, {"sent_on": AFTER}, {"due_on": FIFTH}):
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Outgoing.objects.filter(pk=waiting.pk).update(**change)
        if change != {"due_on": FIFTH}:
            assert constraints.name_of(problem.value) == "sent_result_stays"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evaluation_outgoing")


def test_only_the_body_and_the_person_see_the_queue_and_only_the_body_moves_it(office: Office) -> None:
    handbook(office)
    office.published()

    def seen(account: Any) -> tuple[int, int]:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM evaluation_outgoing")
                [count] = cursor.fetchone()
                cursor.execute("UPDATE evaluation_outgoing SET sent_on = NULL")
                return int(count), cursor.rowcount

    assert seen(office.officer) == (1, 1)
    assert seen(office.worker) == (1, 0)
    assert seen(office.colleague) == (0, 0)


def test_the_queue_is_exported_as_json_and_the_clock_is_told_by_the_exit_code(office: Office) -> None:
    handbook(office)
    held = office.published()
    code, found = ran(work_group, "queue", PLACE, "--on", "2026-04-03")
    [one] = found["results"]
    assert code == 0
    assert (one["person"], one["period"], one["grade"], one["score"], one["due_on"], one["late"]) == (
        office.person.identification_number, MARCH, "good", 83.2, "2026-04-07", False,
    )  # fmt: skip
    assert (one["digest"], one["organization"]) == (held.digest, PLACE)
    assert ran(work_group, "queue", PLACE, "--on", "2026-04-08")[0] == 4
    number = str(one["id"])
    assert ran(work_group, "sent", number, "--as", office.officer.username, "--on", "2026-04-08")[0] == 0
    assert ran(work_group, "sent", number, "--receipt", "CSDL-1", "--as", office.officer.username, "--on", "2026-04-08")[0] == 0
    assert ran(work_group, "queue", PLACE, "--on", "2026-04-08") == (
        0,
        {"organization": PLACE, "on": "2026-04-08", "results": []},
    )


def test_the_pages_show_who_is_late_and_move_the_queue(office: Office) -> None:
    handbook(office)
    office.published()
    page = reader(office.head).get(f"/evaluations/late?in={PLACE}&period={MARCH}").content.decode()
    assert "nothing assigned" in page and "the head" in page
    client = reader(office.officer)
    page = client.get(f"/evaluations/queue?in={PLACE}").content.decode()
    key = page.split('name="key" value="')[1].split('"')[0]
    everything()
    waiting = Outgoing.objects.get()
    assert client.post(f"/evaluations/queue?in={PLACE}", {"do": "send", "key": key, "outgoing": waiting.pk}).status_code == 302
    everything()
    assert Outgoing.objects.get().sent_on == date.today()
    assert reader(office.worker).get(f"/evaluations/late?in={PLACE}").status_code == 403
    assert reader(office.head).get(f"/evaluations/queue?in={PLACE}").status_code == 403
