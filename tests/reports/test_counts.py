"""Counting people, from the tables and from the columns."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count as numbers
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from canbo.registry import authority, intake
from canbo.registry import packed as packing
from canbo.registry.days import since
from canbo.registry.models import Credential, Membership, NoneDeclared, Person, Post
from canbo.reports import counts, snapshot
from canbo.reports.counts import BANDS, VALUES, UnknownDimension, band, count
from canbo.reports.packing import Packer
from tests.world import World, build

ON = date(2025, 7, 1)


def codes(world: World, *names: str) -> list[int]:
    return [world.organizations[name].pk for name in names]


def degree(world: World, person: Person, level: int, first: date = date(2010, 1, 1), after: date | None = None) -> None:
    Credential.objects.create(person=person, level=level, valid=since(first, after), **world.mark)


# What a count says.


def test_a_person_with_two_posts_is_one_person_and_two_memberships(world: World) -> None:
    person = world.person()
    for organization in ("P.party", "P.executive"):
        world.serve(person, world.post(organization, "specialist"))
    table = count(codes(world, "P.party", "P.executive"), on=ON)
    assert (table.people, table.memberships) == (1, 2)


def test_unknown_is_a_value_of_its_own_and_differs_from_none(world: World) -> None:
    post = world.post("P.executive", "specialist", seats=3)
    silent, without = world.person(sex=None, birth_on=None, birth_precision=None), world.person(sex="F")
    world.serve(silent, post, seat=1)
    world.serve(without, post, seat=2)
    NoneDeclared.objects.create(person=without, topic="credential", valid=since(None), **world.mark)
    table = count(codes(world, "P.executive"), on=ON)
    assert table.margin("sex") == {"female": 1, "male": 0, "unknown": 1}
    assert table.margin("degree")["none"] == table.margin("degree")["unknown"] == 1
    assert table.margin("age")["unknown"] == 1
    assert table.average_age == 45


def test_the_degree_is_the_highest_that_holds_on_the_day(world: World) -> None:
    person = world.person()
    world.serve(person, world.post("P.executive", "specialist"))
    degree(world, person, 4)
    degree(world, person, 5, first=date(2024, 1, 1))
    degree(world, person, 6, first=date(2022, 1, 1), after=date(2023, 1, 1))
    found = [count(codes(world, "P.executive"), on=day, by=["degree"]).cells for day in (date(2021, 1, 1), date(2022, 6, 1), ON)]
    assert found == [{("university",): 1}, {("doctor",): 1}, {("master",): 1}]


def test_who_serves_not_on_the_day_is_not_counted(world: World) -> None:
    world.serve(world.person(), world.post("P.executive", "specialist"), valid=since(date(2020, 1, 1), ON))
    before, on = (count(codes(world, "P.executive"), on=day).people for day in (ON - timedelta(days=1), ON))
    assert (before, on) == (1, 0)


def test_only_organizations_in_sight_are_counted_and_the_rest_is_said(world: World) -> None:
    for organization in ("P/1.executive", "Q/1.executive"):
        world.serve(world.person(), world.post(organization, "specialist"))
    officer = world.account("officer", "officer", "P")
    asked = codes(world, "P/1.executive", "Q/1.executive")
    authority.open_sight(authority.reach_of(officer, act="count.read"))
    table = count(asked, on=ON)
    assert (table.people, table.outside) == (1, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT canbo_sees_all()")
        assert cursor.fetchone() == (False,)


def test_a_count_of_the_past_knows_the_degrees_of_those_who_went_elsewhere(world: World) -> None:
    person = world.person()
    degree(world, person, 5)
    world.serve(person, world.post("P/1.executive", "specialist"), valid=since(date(2020, 1, 1), date(2022, 1, 1)))
    world.serve(person, world.post("Q/1.executive", "specialist"), valid=since(date(2022, 1, 1)))
    authority.open_sight(authority.reach_of(world.account("officer", "officer", "P"), act="count.read"))
    assert count(codes(world, "P/1.executive"), on=date(2021, 1, 1), by=["degree"]).cells == {("master",): 1}


@pytest.mark.parametrize("by", [["height"], ["sexe"], ["sex", "sex"]])
def test_a_word_that_is_no_dimension_is_refused(by: list[str]) -> None:
    with pytest.raises(UnknownDimension):
        counts.refuse_unknown(by)


def test_every_margin_sums_to_the_people_and_json_says_the_same(world: World) -> None:
    post = world.post("P.executive", "specialist", seats=6)
    for seat, (sex, year) in enumerate([("F", 1990), ("M", 1960), (None, 1975), ("F", 2000), ("M", None)], start=1):
        birth = date(year, 3, 1) if year else None
        person = world.person(sex=sex, birth_on=birth, birth_precision="D" if birth else None)
        world.serve(person, post, seat=seat)
        degree(world, person, seat)
    table = count(codes(world, "P.executive"), on=ON)
    assert table.people == 5
    for dimension in VALUES:
        assert sum(table.margin(dimension).values()) == sum(table.cells.values()) == table.people
    told = json.loads(json.dumps(table.to_dict()))
    assert sum(cell["people"] for cell in told["cells"]) == told["people"] == 5
    assert told["by"]["sex"] == {"female": 2, "male": 2, "unknown": 1}


@given(st.integers(0, 150))
def test_every_age_has_one_band(age: int) -> None:
    position = [name for _, name in BANDS].index(band(age))
    assert age <= BANDS[position][0]
    assert position == 0 or age > BANDS[position - 1][0]


# Ages, in the database and in the columns.


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2000, 2, 29), date(2025, 2, 28), 24), (date(2000, 2, 29), date(2025, 3, 1), 25), (date(2000, 2, 29), date(2024, 2, 29), 24),
        (date(1983, 7, 1), date(2025, 7, 1), 42), (date(1983, 7, 2), date(2025, 7, 1), 41), (date(2025, 7, 2), date(2025, 7, 1), None),
        (date(1999, 2, 28), date(2024, 2, 29), 25), (date(1999, 3, 1), date(2024, 2, 29), 24),
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_a_birthday_makes_a_year_older(born: date, on: date, age: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_age(%s, %s)", [born, on])
        assert cursor.fetchone()[0] == age
    if age is not None:
        ages = snapshot._age_table(on)
        assert ages[len(ages) - 1 - (on - born).days] == age


@pytest.mark.django_db
def test_the_columns_and_the_database_agree_on_every_age() -> None:
    for on in (date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1), date(2025, 12, 31)):
        ages = snapshot._age_table(on)
        days = len(ages) - 1
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT registry_age(%(on)s::date - n, %(on)s) FROM generate_series(%(days)s, 0, -1) AS n",
                {"on": on, "days": days},
            )
            assert [row[0] for row in cursor.fetchall()] == ages.tolist()


# The columns equal the tables, whatever is written afterwards.


@dataclass
class Bench:
    """A register of a test's own, with posts that have seats enough."""

    world: World
    posts: list[Post]
    organizations: list[int]
    seats: Iterator[int]
    ids: Iterator[int]

    def person(self, sex: str | None, birth: date | None) -> Person:
        number = f"{900_000_000_000 + next(self.ids)}"
        precision = "D" if birth else None
        return Person.objects.create(
            identification_number=number, sex=sex, birth_on=birth, birth_precision=precision, **self.world.mark
        )

    def serve(self, person: Person, place: int, first: date, after: date | None) -> None:
        self.world.serve(person, self.posts[place], seat=next(self.seats), valid=since(first, after))


@contextmanager
def own_bench() -> Iterator[Bench]:
    with authority.sight(intake.console()):
        world = build()
        places = ["P.party", "P.executive", "P/1.executive", "Q/1.executive"]
        posts = [world.post(place, "specialist", seats=0) for place in places]
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id)"
            " SELECT p, n, daterange('2015-01-01', NULL), %s, %s FROM unnest(%s::bigint[]) AS p, generate_series(1, 4000) AS n",
            [world.source.pk, world.decision.pk, [post.pk for post in posts]],
        )
    yield Bench(world, posts, codes(world, *places), numbers(1), numbers(1))


days = st.dates(date(2015, 1, 1), date(2030, 1, 1))
spells = st.tuples(days, st.one_of(st.none(), st.integers(1, 3000))).map(
    lambda s: (s[0], s[0] + timedelta(days=s[1]) if s[1] else None)
)
births = st.one_of(st.none(), st.dates(date(1850, 1, 1), date(2032, 1, 1)))
people = st.fixed_dictionaries(
    {
        "sex": st.sampled_from(["F", "M", None]),
        "birth": births,
        "credentials": st.lists(st.tuples(st.integers(1, 6), spells), max_size=3),
        "none": st.one_of(st.none(), spells),
        "serves": st.lists(st.tuples(st.integers(0, 3), spells), max_size=3, unique_by=lambda s: s[0]),
    }
)
acts = st.lists(
    st.tuples(
        st.sampled_from(["enter", "move", "end", "born", "sex", "degree", "lose", "none", "remove"]), st.integers(0, 99), people
    ),
    max_size=6,
)


def enter(bench: Bench, facts: dict[str, Any]) -> Person:
    person = bench.person(facts["sex"], facts["birth"])
    for level, (first, after) in facts["credentials"]:
        degree(bench.world, person, level, first, after)
    if facts["none"]:
        NoneDeclared.objects.create(person=person, topic="credential", valid=since(*facts["none"]), **bench.world.mark)
    for place, (first, after) in facts["serves"]:
        bench.serve(person, place, first, after)
    return person


def act(bench: Bench, everybody: list[Person], what: str, who: int, facts: dict[str, Any]) -> None:
    """One change to the register, of the kind `what`, to some person."""
    if what == "enter" or not everybody:
        everybody.append(enter(bench, facts))
        return
    person = everybody[who % len(everybody)]
    held = Membership.objects.filter(person=person)
    if what == "move":
        for place, spell in facts["serves"]:
            if not held.filter(post=bench.posts[place]).exists():
                bench.serve(person, place, *spell)
    elif what == "end":
        for membership in held:
            first = membership.valid.lower
            Membership.objects.filter(pk=membership.pk).update(valid=since(first, first + timedelta(days=who + 1)))
    elif what == "born":
        Person.objects.filter(pk=person.pk).update(birth_on=facts["birth"], birth_precision="D" if facts["birth"] else None)
    elif what == "sex":
        Person.objects.filter(pk=person.pk).update(sex=facts["sex"])
    elif what == "degree":
        for level, spell in facts["credentials"]:
            degree(bench.world, person, level, *spell)
    elif what == "lose":
        Credential.objects.filter(person=person).delete()
    elif what == "none":
        NoneDeclared.objects.filter(person=person).delete()
    else:
        held.delete()


def same_everywhere(bench: Bench, asked: list[date]) -> None:
    for chosen in (bench.organizations, bench.organizations[:1], bench.organizations[1:3], []):
        for day in asked:
            tables = counts.tally_tables(chosen, on=day)
            for many in (0, 4):  # what is asked for is picked from the columns; or they are read from end to end
                with mock.patch.object(snapshot, "MANY", many):
                    assert snapshot.tally(chosen, on=day) == tables


def commit(work: Callable[[], None]) -> None:
    with authority.sight(intake.console()):
        work()


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Path:
    """Columns are used however small the register, and lie in a folder of the test's own."""
    monkeypatch.setattr(snapshot, "SMALL", 0)
    settings.CANBO_SNAPSHOTS = tmp_path
    return tmp_path


def empty(bench: Bench) -> None:
    with connections["owner"].cursor() as cursor:
        for table in ("membership", "credential", "nonedeclared", "person"):
            cursor.execute(f"DELETE FROM registry_{table}")
    bench.seats = numbers(1)


def test_columns_equal_tables_for_any_register_and_any_change_after(own_register: str, packed: Path) -> None:
    with own_bench() as bench:

        @settings(
            max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
        )
        @given(st.lists(people, max_size=8), acts, st.lists(days, min_size=1, max_size=3))
        def law(start: list[dict[str, Any]], later: list[tuple[str, int, dict[str, Any]]], asked: list[date]) -> None:
            empty(bench)
            everybody: list[Person] = []
            commit(lambda: everybody.extend(enter(bench, facts) for facts in start))
            snapshot.build()
            with authority.sight(intake.console()):
                same_everywhere(bench, asked)
            commit(lambda: [act(bench, everybody, *step) for step in later] and None)
            with authority.sight(intake.console()):
                same_everywhere(bench, asked)

        law()


def test_a_degree_lost_and_gained_again_is_counted_right_on_every_day(own_register: str, packed: Path) -> None:
    with own_bench() as bench:

        def write() -> None:
            person = bench.person("F", date(1990, 1, 1))
            bench.serve(person, 0, date(2015, 1, 1), None)
            degree(bench.world, person, 4, date(2015, 1, 1), date(2018, 1, 1))
            degree(bench.world, person, 4, date(2020, 1, 1))

        commit(write)
        assert snapshot.build().irregular == 1
        with authority.sight(intake.console()):
            same_everywhere(bench, [date(2017, 1, 1), date(2019, 1, 1), date(2021, 1, 1)])


def test_what_a_transaction_wrote_itself_is_counted_before_it_commits(own_register: str, packed: Path) -> None:
    with own_bench() as bench:
        snapshot.build()
        with authority.sight(intake.console()):
            bench.serve(bench.person("F", date(1990, 1, 1)), 0, date(2020, 1, 1), None)
            assert sum(snapshot.tally(bench.organizations, on=ON).people.values()) == 1
            transaction.set_rollback(True)
        with authority.sight(intake.console()):
            assert not snapshot.tally(bench.organizations, on=ON).people


def test_a_transaction_open_while_columns_are_taken_is_counted_after_it_commits(own_register: str, packed: Path) -> None:
    with own_bench() as bench:
        snapshot.build()
        with authority.sight(intake.console()):
            bench.serve(bench.person("F", date(1990, 1, 1)), 0, date(2020, 1, 1), None)
            snapshot.build()  # sees nothing of the person above
        with authority.sight(intake.console()):
            assert sum(snapshot.tally(bench.organizations, on=ON).people.values()) == 1


def test_without_columns_or_with_too_many_changes_the_tables_are_asked(
    own_register: str, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "FEW_CHANGED", 2)
    with own_bench() as bench:
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is None
        snapshot.build()
        commit(lambda: [bench.person("F", None) for _ in range(3)] and None)
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is None
        snapshot.build()
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is not None


def test_columns_of_another_database_are_not_used(own_register: str, packed: Path) -> None:
    with own_bench() as bench:
        snapshot.build()
        for folder in packed.iterdir():
            folder.rename(packed / "1-1")
        packing._mapped.cache_clear()
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is None
            assert count(bench.organizations, on=ON).people == 0


def test_emptying_a_table_makes_the_columns_invalid(own_register: str, packed: Path) -> None:
    with own_bench() as bench:
        snapshot.build()
        with connections["owner"].cursor() as cursor:
            cursor.execute("TRUNCATE registry_membership")
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is None


def test_a_build_that_fails_leaves_the_old_columns_and_no_files(
    own_register: str, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_bench() as bench:
        snapshot.build()
        before = sorted(packed.glob("*/*"))
        with monkeypatch.context() as broken, pytest.raises(OSError, match="full"):
            broken.setattr(packing, "_write", lambda path, array: (_ for _ in ()).throw(OSError("the disk is full")))
            snapshot.build()
        assert sorted(packed.glob("*/*")) == before
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is not None


def test_nobody_else_may_read_the_columns(own_register: str, packed: Path) -> None:
    with own_bench():
        snapshot.build()
    for path in packed.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.parent == packed


def test_the_application_cannot_touch_the_feed(own_register: str, packed: Path) -> None:
    from django.db import ProgrammingError

    for statement in ("DELETE FROM registry_personfeed", "INSERT INTO registry_snapshot (token) VALUES (gen_random_uuid())"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_columns_are_refreshed_only_for_a_large_register_or_after_many_changes(
    own_register: str, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "FEW_CHANGED", 2)
    with own_bench() as bench:
        assert snapshot.refresh() is None
        monkeypatch.setattr(packing, "LARGE", -2)
        assert snapshot.refresh() is not None
        assert snapshot.refresh() is None
        commit(lambda: [bench.person("F", None) for _ in range(3)] and None)
        refreshed = snapshot.refresh()
        assert refreshed is not None
        assert refreshed.people == 3


def test_a_packer_packs_beside_the_pages_and_outlives_a_fault(
    own_register: str, packed: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(packing, "LARGE", -2)
    with own_bench() as bench:
        packer = Packer()
        with monkeypatch.context() as broken:
            broken.setattr(packing, "build", lambda: (_ for _ in ()).throw(OSError("the disk is full")))
            packer.once()
            packer.once()
        assert [record.levelname for record in caplog.records if "the disk is full" in record.getMessage()] == ["WARNING"]
        with Packer(every=0.01):
            for _ in range(1000):
                if snapshot.current() is not None:
                    break
                time.sleep(0.01)
        with authority.sight(intake.console()):
            assert snapshot.tally(bench.organizations, on=ON) is not None
