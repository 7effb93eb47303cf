"""Headcount and deputies of the small province: places, what was allotted, caps by their articles, the days of the law."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.registry import authority, quotas
from canbo.registry.days import since
from canbo.registry.models import Membership
from canbo.reports import caps, deputies, headcount
from tests.world import World

ON, TO = date(2026, 11, 28), date(2030, 12, 31)
TERM = date(2026, 7, 1)


def allot(world: World, giver: str | None, body: str, use: str, number: int, *later: tuple[date, int]) -> None:
    quotas.allot(
        giver=world.organizations[giver] if giver else None, body=world.organizations[body], use=use, staff="officials",
        path=[(TERM, number), *later], until=date(2031, 7, 1), by=world.console, **world.mark,
    )  # fmt: skip


def filled(world: World, body: str, job: str, seats: int, people: int, **person: Any) -> None:
    post = world.post(body, job, seats=seats)
    for seat in range(1, people + 1):
        world.serve(world.person(f"Văn {seat}", **person), post, seat=seat)


# --- headcount


def test_places_are_counted_by_kind_and_job_and_vacant_is_the_rest(world: World) -> None:
    filled(world, "P/1.executive", "commune-vice-chair", 3, 2)
    filled(world, "P/1.executive.office", "specialist", 5, 4)
    filled(world, "P/2.executive", "specialist", 2, 2)
    found = headcount.of("P", on=ON)
    assert (found.quota, found.filled, found.over, found.allotted) == (10, 8, 0, None)
    assert {line.key: (line.quota, line.filled) for line in found.jobs} == {"commune-vice-chair": (3, 2), "specialist": (7, 6)}
    assert sum(line.quota for line in found.kinds) == sum(line.quota for line in found.jobs) == 10
    assert headcount.of("P/2", on=ON).quota == 2
    told = headcount.to_dict(found, "en")
    assert {name: told[name] for name in ("quota", "filled", "vacant", "over")} == {
        "quota": 10,
        "filled": 8,
        "vacant": 2,
        "over": 0,
    }


def test_what_is_free_in_one_body_makes_no_room_in_another(world: World) -> None:
    filled(world, "P/1.executive.office", "specialist", 5, 4)
    filled(world, "P/2.executive", "specialist", 3, 1)
    allot(world, None, "P", "total", 10)
    allot(world, "P", "P/1.executive", "allotted", 2)
    allot(world, "P", "P/2.executive", "allotted", 8)
    found = headcount.of("P", on=ON)
    assert (found.allotted, found.people, found.over) == (10, 5, 2)
    assert [(body.code, body.over) for body in found.bodies] == [("P/1.executive", 2), ("P/2.executive", 0)]


def test_a_number_holds_for_all_beneath_but_bodies_with_their_own(world: World) -> None:
    filled(world, "P/1.executive", "specialist", 2, 2)
    filled(world, "P/1.executive.office", "specialist", 3, 3)
    allot(world, None, "P", "total", 20)
    allot(world, "P", "P/1.executive", "allotted", 5)
    assert [body.people for body in headcount.of("P/1", on=ON).bodies] == [5]
    allot(world, "P", "P/1.executive.office", "allotted", 1)
    assert {body.code: (body.people, body.over) for body in headcount.of("P/1", on=ON).bodies} == {
        "P/1.executive": (2, 0), "P/1.executive.office": (3, 2),
    }  # fmt: skip


def test_a_seat_beside_another_post_is_filled_but_is_no_second_person(world: World) -> None:
    person = world.person()
    world.serve(person, world.post("P/1.executive", "commune-chair"))
    world.serve(person, world.post("P/1.executive", "specialist"), kind=Membership.Kind.CONCURRENT)
    allot(world, None, "P", "total", 1)
    allot(world, "P", "P/1.executive", "allotted", 1)
    found = headcount.of("P/1", on=ON)
    assert (found.filled, found.people, found.over) == (2, 1, 0)


def test_the_years_set_retirements_by_law_against_what_is_allotted(world: World) -> None:
    filled(world, "P/1.executive", "specialist", 3, 2)
    post = world.post("P/1.executive.office", "specialist")
    world.serve(world.person("Văn Già", sex="M", birth_on=date(1966, 3, 10)), post)  # pension by the law from 2028
    allot(world, None, "P", "total", 3)
    allot(world, "P", "P/1.executive", "allotted", 3, (date(2027, 7, 1), 2), (date(2029, 7, 1), 1))
    years = headcount.of("P", on=ON).years
    assert [(year.day, year.allotted, year.staying, year.to_go) for year in years] == [
        (ON, 3, 3, 0), (date(2027, 7, 1), 2, 3, 1), (date(2029, 7, 1), 1, 2, 1),
    ]  # fmt: skip


def test_senior_specialists_are_capped_by_the_share_of_the_article(world: World) -> None:
    filled(world, "P/1.executive", "specialist", 20, 1)
    ranks = {rank["kind"]: rank for rank in headcount.of("P/1", on=ON).ranks}
    assert {kind: rank["most"] for kind, rank in ranks.items()} == {"in_depth": 8, "general": 6, "bureau_one": 5, "bureau_two": 7}
    assert {rank["from"] for rank in ranks.values()} == {date(2027, 7, 1)}
    assert all(article in caps.law().articles for rank in ranks.values() for article in rank["by"])


def test_figures_of_the_law_for_a_commune_are_told_each_with_its_article(world: World) -> None:
    figures = [(row["figure"], row["value"]) for row in headcount.of("P/1", on=ON).planned]
    assert ("commune_headcount_planned", 32) in figures
    assert {value for name, value in figures if name == "commune_positions"} == {44, 45}


# --- caps


@pytest.mark.parametrize(
    ("facts", "asked", "cap"),
    [
        ({"deputies.body": "commune_committee", "deputies.bodies": 3}, caps.TOGETHER, 7),
        ({"deputies.body": "commune_department", "deputies.bodies": 4}, caps.TOGETHER, 8),
        ({"deputies.body": "provincial_department", "deputies.bodies": 14, "province.kind": "province"}, caps.TOGETHER, 42),
        ({"deputies.body": "provincial_department", "deputies.bodies": 15, "province.kind": "hanoi"}, caps.TOGETHER, 55),
        ({"deputies.body": "provincial_committee", "province.kind": "city", "deputies.merged_from": 3}, caps.EACH, 7),
        ({"deputies.body": "provincial_council", "province.kind": "city", "deputies.merged_from": 2}, caps.EACH, 3),
        ({"deputies.body": "ministry", "deputies.merged_from": 1}, caps.EACH, 5),
        ({"deputies.body": "department_division", "deputies.superior_count": 3, "deputies.headcount": 4}, caps.EACH, 2),
    ],
)
def test_a_cap_is_what_the_articles_let_pass(facts: dict[str, Any], asked: str, cap: int) -> None:
    found = caps.cap(facts, asked=asked, on=ON)
    assert found.number == cap and found.binding


def test_where_one_answer_is_missing_the_cap_lies_between_two() -> None:
    facts = {"deputies.body": "provincial_committee", "province.kind": "province", "deputies.merged_from": 2}
    found = caps.cap(facts, asked=caps.EACH, on=ON)
    assert (found.number, found.between) == (None, (5, 6))
    assert ("vn/state/300-2025/art-5/vice-chairs", ("province.first_class",)) in found.unsaid
    assert caps.cap({**facts, "province.first_class": True}, asked=caps.EACH, on=ON).number == 6


def test_the_cap_of_an_earlier_day_is_that_of_the_articles_of_that_day() -> None:
    assert caps.cap({"deputies.body": "commune_committee"}, asked=caps.EACH, on=date(2025, 9, 1)).number == 2


def test_the_three_days_of_the_law_disagree_and_each_has_its_article() -> None:
    found = caps.deadlines(on=ON)
    assert [(each.day, each.article) for each in found] == [
        (date(2030, 7, 1), "vn/party/150-kl-tw/deadline"), (date(2030, 7, 31), "vn/state/300-2025/deadline"),
        (date(2030, 12, 31), "vn/party/210-kl-tw/deadline"),
    ]  # fmt: skip


# --- deputies


def test_an_average_is_a_cap_over_the_communes_of_the_province(world: World) -> None:
    """Five vice chairs in two communes keep an average of 2.5, however they are spread; six do not."""
    filled(world, "P/1.executive", "commune-vice-chair", 4, 4)
    filled(world, "P/2.executive", "commune-vice-chair", 2, 1)
    filled(world, "Q/1.executive", "commune-vice-chair", 3, 3)
    found = deputies.path_of("P", on=ON, to=TO)
    [group] = found.groups
    assert (group.word, group.unit, len(group.bodies), group.most, group.now, group.over(ON)) == (
        "commune_committee",
        "P",
        2,
        5,
        5,
        0,
    )
    world.serve(world.person("Thị Sáu"), world.post("P/2.executive", "commune-vice-chair"))
    assert deputies.path_of("P", on=ON, to=TO).over == 1
    assert deputies.path_of("Q", on=ON, to=TO).over == 1  # one commune: two, since half a person is nobody


def test_a_part_of_the_set_is_told_without_a_cap_of_its_own(world: World) -> None:
    filled(world, "P/1.executive", "commune-vice-chair", 4, 4)
    filled(world, "P/2.executive", "commune-vice-chair", 2, 2)
    found = deputies.path_of("P/1", on=ON, to=TO)
    [group] = found.groups
    assert (group.whole, len(group.bodies)) == (False, 2) and found.capped == []
    assert deputies.to_dict(found, "en")["groups"][0]["cap"] is None


def test_retirement_by_the_legal_month_brings_the_number_down_and_the_rest_is_moves(world: World) -> None:
    """A man born in March 1966 is 61 years and 9 months old in December 2027: counted to its end, gone in January."""
    post = world.post("P/1.executive", "commune-vice-chair", seats=5)
    world.serve(world.person("Văn Một", birth_on=date(1966, 3, 10)), post, seat=1)
    for seat, since_when in ((2, date(2024, 6, 1)), (3, date(2022, 2, 1)), (4, date(2021, 1, 1))):
        world.serve(world.person(f"Văn {seat}"), post, seat=seat, valid=since(since_when))
    world.serve(world.person("Văn Năm"), post, seat=5, valid=since(date(2024, 1, 1), date(2027, 1, 1)))
    world.post("P/2.executive", "commune-vice-chair", seats=1)
    found = deputies.path_of("P", on=ON, to=TO)
    assert (found.now, found.cap, found.over) == (5, 5, 0)
    told = {month.month: month for month in found.path}
    assert [told[date(year, month, 1)].count for year, month in ((2026, 12), (2027, 1), (2027, 12), (2028, 1), (2030, 12))] == [
        5,
        4,
        4,
        3,
        3,
    ]
    assert (told[date(2028, 1, 1)].retired, told[date(2027, 1, 1)].ended) == (1, 1)
    assert found.moves(TO) == []


def test_moves_still_needed_differ_by_the_day_of_the_law_that_is_kept(world: World) -> None:
    """In one commune two may stay; of four, one retires between the first and the last day of the law."""
    post = world.post("Q/1.executive", "commune-vice-chair", seats=4)
    world.serve(world.person("Văn Một", birth_on=date(1968, 9, 10)), post, seat=1)  # 62 in September 2030
    for seat in (2, 3, 4):
        world.serve(world.person(f"Văn {seat}"), post, seat=seat, valid=since(date(2026, 6, 1)))
    told = deputies.to_dict(deputies.path_of("Q", on=ON, to=TO), "en")
    assert (told["now"], told["cap"], told["over"], told["deadlines_agree"]) == (4, 2, 2, False)
    assert [(each["by"], each["moves"]) for each in told["needed"]] == [("2030-07-01", 2), ("2030-07-31", 2), ("2030-12-31", 1)]
    assert told["path"][-1]["over"] == 1 and told["path"][0]["over"] == 2


def test_a_birth_that_is_not_known_is_no_retirement(world: World) -> None:
    filled(world, "Q/1.executive", "commune-vice-chair", 1, 1, birth_on=None, birth_precision=None)
    assert deputies.path_of("Q", on=ON, to=TO).path[-1].count == 1


def test_half_of_the_headcount_binds_a_body_that_was_allotted_one(world: World) -> None:
    filled(world, "P.executive", "province-vice-chair", 3, 3)
    assert deputies.path_of("P.executive", on=ON, to=TO).groups[0].most is None  # its class is not in the register
    allot(world, None, "P", "total", 9)
    allot(world, "P", "P.executive", "allotted", 5)
    group = deputies.path_of("P.executive", on=ON, to=TO).groups[0]
    assert (group.most, group.over(ON)) == (2, 1)
    assert "vn/party/187-kl-tw/half-of-headcount" in next(iter(group.each.values())).binding


def test_who_may_not_see_the_whole_set_is_told_no_cap(world: World) -> None:
    filled(world, "P/1.executive", "commune-vice-chair", 4, 4)
    filled(world, "P/2.executive", "commune-vice-chair", 2, 2)
    officer = world.account("of one commune", "officer", "P/1")
    authority.open_sight(authority.reach_of(officer))
    found = deputies.path_of("P", on=ON, to=TO)
    assert found.capped == [] and found.groups[0].now == 4


# --- commands


def test_commands_answer_in_json(world: World) -> None:
    from canbo.project.commands import headcount as commands

    filled(world, "P/1.executive", "specialist", 3, 2)
    runner = CliRunner()
    given = runner.invoke(
        commands.allot,
        ["P", "2026-07-01=9", "--use", "total", "--until", "2031-07-01", "--decision", "1", "--issuer", "x", "--json"],
    )
    assert json.loads(given.output)["written"] == 1
    asked = [
        "P/1.executive",
        "2026-07-01=2",
        "2028-03-01=10",
        "--from",
        "P",
        "--use",
        "allotted",
        "--until",
        "2031-07-01",
        "--decision",
        "2",
        "--issuer",
        "x",
    ]
    with pytest.raises(quotas.Overdrawn, match="P would give 10"):
        runner.invoke(commands.allot, asked, catch_exceptions=False)
    assert runner.invoke(commands.allot, [*asked[:2], *asked[3:], "--json"]).exit_code == 0
    told = json.loads(
        runner.invoke(commands.headcount, ["P", "--on", "2026-11-28", "--json", "--what-if", "P/1.executive=1"]).output
    )
    assert (told["quota"], told["filled"], told["vacant"], told["over"]) == (3, 2, 1, 0)
    assert (told["what_if"]["over"], told["what_if"]["overdrawn"]) == (1, None)
    told = json.loads(
        runner.invoke(commands.headcount, ["P", "--on", "2026-11-28", "--json", "--what-if", "P/1.executive=10"]).output
    )
    assert told["what_if"]["overdrawn"] == {"from": "2026-11-28", "given": 9, "out": 10}
    told = json.loads(runner.invoke(commands.deputies, ["P", "--on", "2026-11-28", "--json"]).output)
    assert told["path"][-1]["month"] == "2030-12" and len(told["deadlines"]) == 3
