"""The facts of many at once: packed columns, tables, and the facts of each person alone say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.registry import authority, fact_columns, facts, intake, packed
from canbo.registry.days import since
from canbo.registry.models import (
    Credential,
    Declaration,
    Membership,
    NoneDeclared,
    Person,
    PoliticalTheory,
    Post,
    Rating,
    Sanction,
    Succession,
)
from canbo.rules import corpus as rulebooks
from canbo.rules.lower import cells
from tests.world import World

TODAY = date.today()


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    """Packs lie in a folder of the test's own."""
    settings.CANBO_SNAPSHOTS = tmp_path
    return tmp_path


def record(world: World, model: Any, person: Person, valid: Any, **fields: Any) -> None:
    model.objects.create(person=person, valid=valid, **fields, **world.mark)


def furnish(world: World) -> tuple[Post, list[Person]]:
    """A chair of a commune to be filled, and people of whom much, little and nothing is known."""
    chair = world.post("P/1.executive", "commune-chair", seats=2)
    deputy, clerk = (
        world.post("P/1.executive", "commune-vice-chair", seats=3),
        world.post("P/1.executive.office", "specialist", seats=4),
    )
    director = world.post("P.executive", "department-director")
    full = world.person("Full", birth_on=date(1979, 2, 28))
    world.serve(full, deputy, seat=1, valid=since(date(2021, 7, 1)))
    record(world, Credential, full, since(date(2001, 7, 1)), level=Credential.Level.UNIVERSITY)
    record(world, Credential, full, since(date(2010, 7, 1)), level=Credential.Level.MASTER)
    record(world, PoliticalTheory, full, since(date(2015, 1, 1)), level=PoliticalTheory.Level.BACHELOR)
    for year in range(TODAY.year - 4, TODAY.year):
        whole = DateRange(date(year, 1, 1), date(year + 1, 1, 1))
        record(world, Rating, full, whole, grade=Rating.Grade.GOOD, regime="x")
    record(world, Declaration, full, since(date(TODAY.year - 1, 12, 15)), year=TODAY.year - 1, verified=True)
    record(world, NoneDeclared, full, since(date(2016, 1, 1)), topic=NoneDeclared.Topic.SANCTION)
    record(world, Succession, full, since(date(2025, 10, 1)), post=chair)
    spoiled = world.person("Spoiled", sex="F", birth_on=date(1975, 3, 1), birth_precision="M", native_area=world.areas["Q/1"])
    world.serve(spoiled, deputy, seat=2, valid=since(date(2024, 1, 1)))
    record(world, Sanction, spoiled, DateRange(date(2024, 5, 1), date(2025, 5, 1)), measure=Sanction.Measure.WARNING)
    gap = DateRange(date(TODAY.year - 3, 1, 1), date(TODAY.year - 2, 1, 1))
    record(world, Rating, spoiled, gap, grade=Rating.Grade.NOT_COMPLETED, regime="x")
    record(world, Declaration, spoiled, since(date(TODAY.year - 1, 12, 15)), year=TODAY.year - 1, verified=None)
    record(world, Succession, spoiled, since(date(2025, 10, 1)), post=director)
    bare = world.person("Bare", sex=None, birth_on=None, birth_precision=None, native_area=None)
    world.serve(bare, clerk, seat=1)
    young = world.person("Young", birth_on=date(1990, 1, 1), birth_precision="Y", native_area=world.areas["P/2"])
    world.serve(young, clerk, seat=2, valid=since(date(2019, 3, 1)))
    for topic in (NoneDeclared.Topic.SUCCESSION, NoneDeclared.Topic.CREDENTIAL, NoneDeclared.Topic.POLITICAL_THEORY):
        record(world, NoneDeclared, young, since(date(2016, 1, 1)), topic=topic)
    higher = world.person("Higher")
    world.serve(higher, director)
    gone = world.person("Gone")
    world.serve(gone, clerk, seat=3, valid=DateRange(date(2016, 1, 1), date(2020, 1, 1)), ending=Membership.Ending.RESIGNATION)
    return chair, [full, spoiled, bare, young, higher, gone]


def same(one: fact_columns.People, other: fact_columns.People) -> None:
    assert one.ids.tolist() == other.ids.tolist()
    for name in one.raw:
        assert one.raw[name].tolist() == other.raw[name].tolist(), name
    pairs = [sorted(zip(each.plan_post.tolist(), each.plan_person.tolist(), strict=True)) for each in (one, other)]
    assert pairs[0] == pairs[1]


def commit(work: Callable[[], Any]) -> Any:
    with authority.sight(intake.console()):
        return work()


def test_a_column_says_of_each_person_what_the_facts_of_that_person_say(world: World) -> None:
    chair, everybody = furnish(world)
    law = rulebooks.opened("vn")
    columns = fact_columns.people(TODAY).about(law, chair.pk)
    ids = fact_columns.people(TODAY).ids.tolist()
    for person in everybody:
        alone = cells(law, facts.about(person, chair, on=TODAY), TODAY, columns)
        place = ids.index(person.pk)
        for name, column in columns.items():
            known = column.known is None or bool(column.known[place])
            value = column.values[place].item() if known else None
            assert value == alone[name], (name, person.pk)


def test_facts_are_what_the_records_say_and_unknown_is_not_none(world: World) -> None:
    chair, (full, spoiled, bare, young, higher, gone) = furnish(world)
    of = {person: {name: fact.value for name, fact in facts.about(person, chair, on=TODAY).items()} for person in
          (full, spoiled, bare, young, higher, gone)}  # fmt: skip
    assert (of[full]["person.degree"], of[full]["person.theory"]) == ("master", "advanced")
    assert of[full]["person.grades"][:4] == ("good",) * 4 and of[full]["person.grades"][4] is None
    assert (of[full]["person.discipline"], of[full]["person.assets_declared"]) == ("none", "verified")
    assert (of[full]["case.planned"], of[full]["case.move"]) == ("this_post", "higher")
    assert of[full]["person.post_since"] == date(2021, 7, 1)
    assert (of[spoiled]["person.discipline"], of[spoiled]["person.discipline_on"]) == ("warning", date(2024, 5, 1))
    assert of[spoiled]["person.grades"] == (None, None, "not_completed", None, None)
    assert (of[spoiled]["case.planned"], of[spoiled]["person.assets_declared"]) == ("equal_or_higher", "submitted")
    assert of[bare]["person.degree"] is None and of[bare]["case.planned"] is None and of[bare]["case.native_in_area"] is None
    assert (of[young]["person.degree"], of[young]["person.theory"], of[young]["case.planned"]) == ("none", "none", "none")
    assert (of[young]["case.move"], of[higher]["case.move"]) == ("first", "lower")
    assert of[gone]["person.post_since"] is None and of[gone]["person.rank"] is None


def test_the_pack_equals_the_tables_before_and_after_any_change(committed: Any, kept: Path) -> None:
    world = committed
    chair, everybody = commit(lambda: furnish(world))
    packed.build()
    with authority.sight(intake.console()):
        assert packed.current() is not None
        same(fact_columns.people(TODAY), fact_columns._from_tables(TODAY, None))

    def later() -> None:
        record(world, Credential, everybody[3], since(date(2024, 7, 1)), level=Credential.Level.UNIVERSITY)
        Rating.objects.filter(person=everybody[0]).first().delete()
        Succession.objects.filter(person=everybody[1]).delete()
        record(world, Succession, everybody[2], since(date(2025, 10, 1)), post=chair)
        PoliticalTheory.objects.filter(person=everybody[0]).update(level=2)
        record(world, Sanction, everybody[4], since(date(2025, 5, 1)), measure=1)
        world.person("New")

    commit(later)
    with authority.sight(intake.console()):
        pack = packed.current()
        assert pack is not None and len(packed.changed(pack).persons) >= 5  # type: ignore[union-attr]
        same(fact_columns.people(TODAY), fact_columns._from_tables(TODAY, None))
        within = [world.organizations["P/1.executive"].pk]
        served = fact_columns.people(TODAY, within=within)
        assert {everybody[0].pk, everybody[1].pk} <= set(served.ids.tolist()) < set(fact_columns.people(TODAY).ids.tolist())


def test_a_pack_of_another_day_is_left_alone(committed: Any, kept: Path) -> None:
    commit(lambda: furnish(committed))
    packed.build()
    with authority.sight(intake.console()):
        day = date(2023, 6, 1)
        same(fact_columns.people(day), fact_columns._from_tables(day, None))
        pack = packed.current()
        assert pack is not None and fact_columns._whole(pack, day) is None
