"""Opinions from many sides: who is asked, what becomes of an answer, from how many on anything is shown, what is asked of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.evaluation import sides, sides_shown
from canbo.evaluation.models import Asked, Doubt, Evaluation, Round, Sealed, Tally
from canbo.evaluation.refusals import Refused
from canbo.journal.models import Entry
from canbo.registry import authority, constraints
from canbo.registry.days import since
from canbo.registry.models import Kinship, Person
from canbo.rules.evaluation.periods import parse
from tests.evaluation import sides_office
from tests.evaluation.office import Office
from tests.evaluation.sides_office import BEGINS, ENDS, PERIOD, account_of, answer, answered, closed, large, opened
from tests.evaluation.test_work import refused
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: World) -> Office:
    return large(world)


def period() -> Any:
    return parse(PERIOD)


def sight_of(office: Office, person: Person) -> sides_shown.Sight:
    return sides_shown.of_person(person=person, period=period(), by=office.officer, on=ENDS)[0]


# ---- who is asked


def test_colleagues_and_people_led_are_asked_as_the_register_says(office: Office) -> None:
    held = opened(office)
    of_worker = Asked.objects.filter(round=held, ratee=office.person)
    assert {one.side for one in of_worker} == {"peer"} and of_worker.count() == 7
    of_head = Asked.objects.filter(round=held, ratee=office.head.person)
    assert {one.side for one in of_head} == {"subordinate"} and of_head.count() == 8
    assert not Asked.objects.filter(round=held, rater=office.head.person).exists()  # one head: too few for a side of its own


def test_kin_of_the_rated_person_are_left_out_with_the_reason_and_answer_nothing(office: Office) -> None:
    Kinship.objects.create(
        person=office.person,
        relative=office.colleague.person,
        relation="sibling",
        valid=since(date(2020, 1, 1)),
        **office.world.mark,
    )
    held = opened(office)
    left = Asked.objects.get(round=held, rater=office.colleague.person, ratee=office.person)
    assert left.excluded == "kinship"
    assert refused(lambda: answer(left)) == "conflict"
    assert Entry.objects.filter(act="work.attempted").latest("pk").payload["why"] == "conflict"
    assert not Sealed.objects.exists()


def test_an_anonymous_round_in_a_body_of_two_is_refused_at_its_opening(world: World) -> None:
    office = large(world, more=0)
    for each in (office.deputy, office.inspector, office.colleague):
        each.person.memberships.update(valid=DateRange(date(2020, 1, 1), date(2020, 6, 1)))
    with pytest.raises(Refused) as problem:
        opened(office)
    assert problem.value.why == "body_of_two" and "2 people" in str(problem.value)
    assert not Round.objects.exists() and Entry.objects.latest("pk").act == "work.attempted"


def test_where_no_side_is_large_enough_nobody_is_asked(world: World) -> None:
    office = large(world, more=0)  # four of one standing: three colleagues each, and four people led
    assert refused(lambda: opened(office)) == "nobody_asked"
    assert not opened(office, anonymous=False).anonymous


def test_a_round_has_a_last_day_and_a_body_one_round_at_a_time(office: Office) -> None:
    assert refused(lambda: opened(office, closes_on=BEGINS)) == "closes"
    assert refused(lambda: opened(office, closes_on=BEGINS + timedelta(days=31))) == "closes"
    assert refused(lambda: opened(office, by=office.head)) == "not_allowed"
    first = opened(office, key="asked-once")
    assert opened(office, key="asked-once") == first
    assert refused(lambda: opened(office)) == "one_round_at_a_time"


# ---- an answer


def test_everybody_answers_for_oneself_once_and_within_the_scale(office: Office) -> None:
    one = Asked.objects.filter(round=opened(office), ratee=office.person).first()
    assert one is not None
    told = {"asked": one, "on": BEGINS, "by": account_of(one.rater)}
    marks = dict.fromkeys(sides_office.questions(one), 4)
    assert refused(lambda: sides.answer(**{**told, "by": office.officer}, marks=marks)) == "not_allowed"
    assert refused(lambda: sides.answer(**told, marks={**marks, "values": 6})) == "marks"
    assert refused(lambda: sides.answer(**told, marks={"values": 3})) == "marks"
    assert refused(lambda: sides.answer(**told, marks=marks, text="x" * 1001)) == "text"
    sides.answer(**told, marks={**marks, "values": None}, key="said")
    sides.answer(**told, marks=marks, key="said")  # the same key: nothing more happens
    assert refused(lambda: sides.answer(**told, marks=marks)) == "answered"
    assert Sealed.objects.count() == 1


def test_an_answer_lies_sealed_equally_long_and_the_journal_says_nothing_of_it(office: Office) -> None:
    one, other = Asked.objects.filter(round=opened(office), ratee=office.person)[:2]
    answer(one, 1, "This is what I think.")
    answer(other, 5)
    texts = [bytes(each.text) for each in Sealed.objects.all()]
    assert len({len(text) for text in texts}) == 1 and not any(b"think" in text for text in texts)
    payload = Entry.objects.filter(act="sides.answered").latest("pk").payload
    assert payload == {"round": one.round_id}


def test_no_query_of_the_application_joins_who_answered_and_what(office: Office) -> None:
    """Neither a column nor a system column of the two tables has anything in common; afterwards there are no answers."""
    held = opened(office)
    answered(held, text=lambda one: f"{one.rater_id} said so")
    tables = {"evaluation_asked": Asked, "evaluation_sealed": Sealed}
    shared = set.intersection(*({field.column for field in model._meta.concrete_fields} for model in tables.values()))
    assert shared == {"id", "round_id"}  # a number in order of asking, and 16 random octets
    for table in tables:
        for column in ("xmin", "ctid", "cmin", "*"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT {'t.*' if column == '*' else column}, tableoid FROM {table} t")
    closed(office, held)
    assert not Sealed.objects.exists()
    assert not list(Path(settings.CANBO_BALLOT_KEYS).glob(f"{held.ident}.*")) or connection.in_atomic_block
    for tally in Tally.objects.exclude(texts=None):
        assert tally.signed is None and tally.texts == sorted(tally.texts)


def test_whoever_is_rated_sees_no_line_of_who_was_asked_about_oneself(office: Office) -> None:
    """Also the head, who sees the lines of everybody else in the body."""
    held = opened(office)

    def seen(account: Any) -> set[int]:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            return set(Asked.objects.filter(round=held).values_list("ratee_id", flat=True))

    assert office.head.person.pk not in seen(office.head) and office.person.pk in seen(office.head)
    assert office.person.pk not in seen(office.worker) and office.colleague.person.pk in seen(office.worker)
    assert seen(office.world.account("auditor", "auditor", "P")) == set()
    with transaction.atomic():
        authority.open_sight(authority.reach_of(office.head))
        assert not Sealed.objects.exists()


# ---- what is shown


def test_of_too_few_answers_only_their_number_is_kept(office: Office) -> None:
    held = opened(office)
    for one in Asked.objects.filter(round=held, ratee=office.person).select_related("rater")[:4]:
        answer(one, 2, "Not enough of us.")
    closed(office, held)
    found = sight_of(office, office.person)
    assert [(side.name, side.asked, side.answered, side.enough) for side in found.sides] == [("peer", 7, 4, False)]
    assert (found.given, found.fair) == (None, None)
    assert not Tally.objects.filter(person=office.person).exclude(texts=None).exists()
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Round.objects.filter(pk=held.pk).update(state="open")
    assert constraints.name_of(problem.value) == "closed_round_stays"


def test_of_enough_answers_the_mean_is_shown_with_its_number_and_its_error(office: Office) -> None:
    held = opened(office)
    for number, one in enumerate(Asked.objects.filter(round=held, ratee=office.person).select_related("rater")[:6]):
        answer(one, (3, 4, 4, 5, 5, None)[number], f"word {number}")
    closed(office, held)
    side = sight_of(office, office.person).sides[0]
    first = side.figures[0]
    assert (first.number, first.cannot, first.mean) == (5, 1, 4.2) and first.counts == (0, 0, 1, 2, 2)
    assert first.error == pytest.approx(0.374, abs=0.001)
    assert side.texts == tuple(f"word {number}" for number in range(6))


def test_a_question_that_fewer_could_answer_is_not_shown(office: Office) -> None:
    held = opened(office)
    for number, one in enumerate(Asked.objects.filter(round=held, ratee=office.person).select_related("rater")[:6]):
        marks = dict.fromkeys(sides_office.questions(one), 4) | ({"values": None} if number > 1 else {})
        sides.answer(asked=one, marks=marks, by=account_of(one.rater), on=BEGINS)
    closed(office, held)
    assert [each.name for each in sight_of(office, office.person).sides[0].figures] == ["cooperation", "results"]


def test_severity_stands_beside_and_changes_nothing(office: Office) -> None:
    held = opened(office)
    severe = office.deputy.person.pk
    answered(held, lambda one: 2 if one.rater_id == severe else 4)
    found = closed(office, held)
    assert found.result["severities"][-1] > 1  # in points of the scale, and nobody's name beside it
    assert str(severe) not in str(found.result)
    whole = sight_of(office, office.person)
    assert whole.given is not None and whole.fair is not None and whole.fair > whole.given
    assert not Evaluation.objects.exists()


def test_a_copied_text_becomes_a_question_to_people_whose_answer_stays(office: Office) -> None:
    held = opened(office)
    copied = "Luôn hoàn thành xuất sắc mọi nhiệm vụ được giao, là tấm gương sáng cho cả phòng noi theo trong mọi việc."
    answered(
        held,
        text=lambda one: (
            copied if one.rater_id == office.deputy.person.pk else f"{one.pk} khác hẳn, viết riêng số {one.ratee_id}"
        ),
    )
    closed(office, held)
    doubt = Doubt.objects.get(kind__startswith="copies")
    assert doubt.persons == [] and "text" not in doubt.evidence and doubt.evidence["answers"] >= 3
    told = {"doubt": doubt, "on": ENDS}
    assert refused(lambda: sides.settle(**told, text="", by=office.inspector)) == "no_reason"
    assert refused(lambda: sides.settle(**told, text="I asked.", by=office.officer)) == "not_allowed"
    done = sides.settle(**told, text="One form was handed round; it is withdrawn.", by=office.inspector)
    assert Entry.objects.get(pk=done.entry_id).act == "doubt.answered"
    assert refused(lambda: sides.settle(**told, text="Again.", by=office.inspector)) == "answered"


def test_in_a_signed_round_a_ring_is_asked_about_by_name_and_not_of_its_members(office: Office) -> None:
    held = opened(office, anonymous=False)
    ring = set(Person.objects.filter(names__given__startswith="Clerk").values_list("pk", flat=True))
    answered(held, lambda one: (5 if one.ratee_id in ring else 1) if one.rater_id in ring else 3)
    closed(office, held)
    found = Doubt.objects.filter(kind="ring").first()
    assert found is not None and set(found.persons) <= ring and len(found.persons) >= 3
    assert Tally.objects.exclude(signed=None).exists()


def test_a_round_closes_on_its_last_day_or_when_everybody_answered(office: Office) -> None:
    held = opened(office)
    assert refused(lambda: sides.close(round=held, by=office.officer, on=BEGINS)) == "early"
    answered(held)
    done = sides.close(round=held, by=office.officer, on=BEGINS, key="closing")
    assert sides.close(round=held, by=office.officer, on=BEGINS, key="closing") == done
    assert done.result["answers"] == held.asked.filter(excluded="").count()


# ---- a round that is given up


def lost(held: Round) -> None:
    for file in Path(settings.CANBO_BALLOT_KEYS).glob(f"{held.ident}.*"):
        file.unlink()


def test_a_round_whose_key_is_lost_is_given_up_its_answers_destroyed_and_a_new_one_opened(office: Office) -> None:
    held = opened(office)
    answered(held, text=lambda one: "What nobody will read.")
    lost(held)
    with pytest.raises(Refused) as problem:
        sides.close(round=held, by=office.officer, on=ENDS)
    assert problem.value.why == "key" and "give the round up" in str(problem.value)
    done = sides.abandon(round=held, why="The disk of the keys failed.", by=office.officer, on=ENDS, key="give-up")
    assert sides.abandon(round=held, why="Again.", by=office.officer, on=ENDS, key="give-up") == done
    assert (done.state, done.why, done.result) == ("abandoned", "The disk of the keys failed.", None)
    assert not Sealed.objects.exists() and not Tally.objects.exists() and not Doubt.objects.exists()
    told = Entry.objects.get(pk=done.entry_id)
    assert told.act == "sides.abandoned" and told.payload["key"] is False and told.payload["answers"] > 0
    again = opened(office, on=ENDS, closes_on=ENDS + timedelta(days=7))
    assert again.pk != held.pk and again.state == "open"


def test_a_round_is_given_up_for_a_reason_by_whoever_opens_rounds_and_once(office: Office) -> None:
    held = opened(office)
    told = {"round": held, "on": BEGINS}
    assert refused(lambda: sides.abandon(**told, why="Not mine.", by=office.head)) == "not_allowed"
    assert refused(lambda: sides.abandon(**told, why="  ", by=office.officer)) == "no_reason"
    assert Entry.objects.filter(act="work.attempted").latest("pk").payload["why"] == "no_reason"
    assert Round.objects.get(pk=held.pk).state == "open"
    sides.abandon(**told, why="It was opened for another body.", by=office.officer)
    assert Entry.objects.filter(act="sides.abandoned").get().payload["key"] is True
    assert refused(lambda: sides.abandon(**told, why="Again.", by=office.officer)) == "given_up"
    assert refused(lambda: sides.close(round=held, by=office.officer, on=ENDS)) == "given_up"
    one = Asked.objects.filter(round=held, ratee=office.person).select_related("rater").first()
    assert one is not None and refused(lambda: answer(one)) == "given_up"


def test_what_was_added_up_is_not_given_up(office: Office) -> None:
    held = opened(office)
    answered(held)
    done = closed(office, held)
    assert refused(lambda: sides.abandon(round=done, why="Nobody likes it.", by=office.officer, on=ENDS)) == "closed_already"
    assert Tally.objects.exists()


def test_whoever_was_asked_is_told_that_the_round_was_given_up_and_why(office: Office) -> None:
    held = opened(office)
    answered(held)
    sides.abandon(round=held, why="The key is lost.", by=office.officer, on=ENDS)
    rater = Asked.objects.filter(round=held, excluded="").values_list("rater_id", flat=True)[0]
    assert [each.why for each in sides_shown.given_up(rater, on=ENDS)] == ["The key is lost."]
    assert sides_shown.given_up(rater, on=ENDS + timedelta(days=61)) == []
    assert sides_shown.given_up(office.officer.person_id, on=ENDS) == []


def test_the_database_keeps_no_answer_of_a_round_that_is_given_up_and_asks_for_the_reason(office: Office) -> None:
    held = opened(office)
    answer(Asked.objects.filter(round=held, ratee=office.person).select_related("rater")[0])
    for change, name in (
        ({"state": "abandoned", "why": "Because."}, "closed_round_keeps_no_answer"),
        ({"why": "Open, and given up for a reason."}, "given_up_for_a_reason"),
    ):
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Round.objects.filter(pk=held.pk).update(**change)
        assert constraints.name_of(problem.value) == name


# ---- the served


def test_the_served_are_taken_in_once_with_their_number(office: Office) -> None:
    told = {
        "organization": office.place,
        "period": PERIOD,
        "counter": "Counter 3",
        "basis": "Public service portal",
        "by": office.officer,
        "on": BEGINS,
    }
    assert refused(lambda: sides.take_served(**told, counts=[1, 2, 3])) == "counts"
    assert refused(lambda: sides.take_served(**told, counts=[0] * 6)) == "counts"
    sides.take_served(**told, counts=[2, 1, 7, 40, 50, 9])
    assert refused(lambda: sides.take_served(**told, counts=[0, 0, 0, 0, 900, 0])) == "served_told_once"
    ((_held, shown),) = sides_shown.of_served(office.place.pk, period())
    assert (shown.number, shown.cannot) == (100, 9) and shown.mean == pytest.approx(4.35)
