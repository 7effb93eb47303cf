"""Questions whose plan is kept: the same answers as ever, whoever asks next on the same connection."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DataError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from canbo.registry import authority, people
from canbo.registry.asking import rows
from canbo.registry.models import Person
from canbo.registry.planned import ask
from tests.province import actors, build
from tests.world import World

TODAY = date.today()
SEEN = "SELECT m.id, m.valid FROM {membership} m WHERE m.person_id = ANY (%(ids)s) AND m.valid @> %(on)s::date ORDER BY m.id"


def plans() -> int:
    """How many plans the database keeps for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def test_a_kept_plan_shows_each_reader_what_that_reader_may_see_and_no_more(world: World) -> None:
    province = build(world)
    everybody = list(Person.objects.values_list("pk", flat=True))
    accounts = {actor: province.account(actor) for actor in actors()}
    before, shown = plans(), set()
    for _round in range(3):  # more often than the database plans anew
        for actor, account in accounts.items():
            with transaction.atomic():
                authority.open_sight(authority.reach_of(account))
                asked = {"ids": everybody, "on": TODAY}
                kept = rows(SEEN, asked, planned=True)
                assert kept == rows(SEEN, asked), actor
                shown.add(len(kept))
    authority.open_sight(authority.reach_of(world.console))
    assert len(shown) > 3, "readers see different numbers of people"
    assert plans() > before


def test_no_people_and_many_people_are_found_by_the_same_plan(world: World) -> None:
    some = [world.person().pk for _ in range(30)]
    for ids in ([], some[:1], some, some[5:9], []) * 3:
        assert set(people.brief(ids, on=TODAY)) == set(ids)


def test_a_planned_question_is_counted_among_what_a_page_asks(world: World) -> None:
    with CaptureQueriesContext(connection) as questions:
        rows("SELECT count(*) AS n FROM {person} WHERE birth_on > %(day)s::date", {"day": date(1970, 3, 1)}, planned=True)
    assert [each["sql"] for each in questions] == [
        "SELECT count(*) AS n FROM registry_person WHERE birth_on > '1970-03-01'::date::date"
    ]


def test_a_value_without_a_type_is_refused_by_the_database(world: World) -> None:
    with pytest.raises(Exception, match="could not determine data type"), transaction.atomic():
        rows("SELECT %(what)s IS NULL AS missing", {"what": None}, planned=True)


def test_the_answer_is_the_same_whether_or_not_somebody_listens(world: World) -> None:
    some = [world.person().pk for _ in range(3)]
    asked = ("SELECT id, birth_on FROM registry_person WHERE id = ANY (%(ids)s) ORDER BY id", {"ids": some})
    alone = ask(*asked, columns=True)
    with CaptureQueriesContext(connection) as questions:
        heard = ask(*asked, columns=True)
    assert alone.rows == heard.rows and len(alone.rows) == 3
    assert [column.name for column in alone.columns] == [column.name for column in heard.columns] == ["id", "birth_on"]
    assert len(questions) == 1


def test_a_question_within_a_question_takes_nothing_from_it(world: World) -> None:
    outer = ask("SELECT generate_series(1, 3)").rows
    assert [(number, ask("SELECT %(n)s::int * 2", {"n": number}).rows) for (number,) in outer] == [
        (1, [(2,)]), (2, [(4,)]), (3, [(6,)]),
    ]  # fmt: skip


def test_after_a_fault_nothing_more_is_asked_until_it_is_rolled_back(world: World) -> None:
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        ask("SELECT 1 / %(n)s::int", {"n": 0})
    assert ask("SELECT 1").rows == [(1,)], "the savepoint was rolled back"
    with pytest.raises(TransactionManagementError), transaction.atomic():
        connection.needs_rollback = True
        ask("SELECT 1")
    assert ask("SELECT 2").rows == [(2,)]
