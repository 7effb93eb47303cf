"""The projection of a unit of the register: lawful months, what may be counted, what is unknown, what cannot be asked."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from unittest import mock

import numpy as np
import pytest
from click.testing import CliRunner, Result
from django.test import Client
from django.urls import reverse

from canbo.modelling.projection.course import MEASURES
from canbo.modelling.projection.record import FAR, month_of
from canbo.pages import projection as page
from canbo.project.commands.projection import projection
from canbo.project.world import retirement
from canbo.registry import authority
from canbo.registry.days import since
from canbo.registry.models import Credential, Membership, Person, Post, Succession
from canbo.reports import projection as reports
from canbo.rules import corpus
from tests.world import World

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)
BORN = [
    (1966, 2, "M"),
    (1965, 9, "M"),
    (1971, 3, "F"),
    (1971, 11, "F"),
    (1975, 7, "F"),
    (1969, 12, "M"),
    (1990, 1, "F"),
    (1985, 6, "M"),
]


def table_of_the_decree(sex: str, year: int, month: int) -> str:
    """The month of retirement by the appendix of Decree 135/2020, worked out apart from the rulebook."""
    birth = np.array([(date(year, month, 1) - date(1970, 1, 1)).days], np.int32)
    first_of_pension = date(1970, 1, 1) + timedelta(days=int(retirement.day_of(np.array([sex == "F"], np.int8), birth)[0]))
    return (first_of_pension - timedelta(days=1)).strftime("%Y-%m")


@pytest.fixture
def office(world: World) -> World:
    """Eight people of known birth in a department of a commune of P, of twelve places; one of Q beside."""
    post = world.post("P/1.executive.office", "specialist", seats=12)
    for seat, (year, month, sex) in enumerate(BORN, start=1):
        person = world.person(sex=sex, birth_on=date(year, month, 9))
        world.serve(person, post, seat=seat)
        Credential.objects.create(person=person, level=5 if seat <= 2 else 4, valid=since(date(2010, 1, 1)), **world.mark)
    world.serve(world.person(), world.post("Q/1.executive", "specialist"))
    authority.open_sight(authority.reach_of(world.console))
    return world


def ask(code: str = "P/1", *, on: date = ON, **asked: Any) -> reports.Projected:
    return reports.project(reports.read(code, on=on), reports.Asked(**{"to": 2035, "runs": 40, **asked}))


def test_the_lawful_months_are_those_of_the_decree_for_every_month_of_birth() -> None:
    usual, latest = reports.lawful_months(corpus.opened("vn"), ON)
    for sex, word, first in ((1, "F", 1966), (0, "M", 1961)):
        for year in range(first, 2010):
            for month in range(1, 13):
                told = table_of_the_decree(word, year, month)
                born = year * 12 + month - 1
                assert usual[sex, born] == int(told[:4]) * 12 + int(told[5:]) - 1, (word, year, month)
                assert latest[sex, born] >= usual[sex, born]
    assert usual[0, 1955 * 12] == FAR


def test_retirements_by_month_are_those_of_the_decree_counted_person_by_person(office: World) -> None:
    told = {month: row["lawful"] for month, row in ask().by_month().items() if row["lawful"]}
    expected: dict[str, int] = {}
    for year, month, sex in BORN:
        of = table_of_the_decree(sex, year, month)
        if "2026-11" <= of <= "2035-12":
            expected[of] = expected.get(of, 0) + 1
    assert told == expected and sum(told.values()) >= 5


def test_who_is_born_in_a_year_only_retires_as_if_on_the_first_of_january(office: World) -> None:
    person = office.person(sex="M", birth_on=date(1968, 1, 1), birth_precision="Y")
    office.serve(person, Post.objects.get(organization=office.organizations["P/1.executive.office"]), seat=9)
    assert ask().by_month()[table_of_the_decree("M", 1968, 1)]["lawful"] == 1


def test_unknown_births_stay_unknown_and_widen_what_is_told(office: World) -> None:
    before = ask().told()["retirements"]
    post = Post.objects.get(organization=office.organizations["P/1.executive.office"])
    for seat, fields in ((9, {"birth_on": None, "birth_precision": None}), (10, {"sex": None})):
        office.serve(office.person(**fields), post, seat=seat)
    found = ask()
    unknown = found.to_dict()["unknown"]
    assert (unknown["birth"]["people"], unknown["sex"]["people"], unknown["retirement"]["people"]) == (1, 1, 2)
    assert unknown["retirement"]["share"] == 0.2
    told = found.told()["retirements"]
    assert all("least" not in levels for levels in before.values())
    assert all(levels["most"] >= levels["p90"] and levels["least"] <= levels["p10"] for levels in told.values())
    assert told[2030]["most"] > told[2030]["p90"]


def test_who_serves_past_the_age_is_counted_apart(office: World) -> None:
    post = Post.objects.get(organization=office.organizations["P/1.executive.office"])
    office.serve(office.person(sex="M", birth_on=date(1962, 5, 1)), post, seat=11)
    assert ask().unknown()["past_the_age"]["people"] == 1


def test_the_json_has_a_median_and_an_interval_for_each_year_and_measure(office: World) -> None:
    told = json.loads(json.dumps(ask().to_dict()))
    assert list(told["years"]) == [str(year) for year in range(2026, 2036)]
    for measures in told["years"].values():
        assert set(measures) == set(MEASURES)
        assert all(levels["p10"] <= levels["p50"] <= levels["p90"] for levels in measures.values())
    assert told["people"] == 8 and told["years"]["2026"]["degree"]["p50"] == pytest.approx(0.25, abs=0.02)
    assert told["law"]["retirement"] == ["vn/state/decree-135-2020/retirement-month"]
    assert told["backtest"]["coverage"] is None and len(told["assumptions"]) == 8


def test_the_past_of_the_register_gives_the_rates(office: World) -> None:
    post = office.post("P.executive", "specialist", seats=40)
    for seat in range(1, 31):
        left = date(2019 + seat % 6, 5, 1) if seat <= 12 else None
        kind = {"ending": Membership.Ending.RESIGNATION} if left else {}
        office.serve(office.person(birth_on=date(1984, 1, seat)), post, seat=seat, valid=since(date(2016, 1, 1), left), **kind)
    found = reports.project(reports.read("P", on=ON), reports.Asked(to=2030, runs=40))
    assert found.rates.years == tuple(range(2020, 2026))
    assert found.rates.events.sum() == 10 and found.backtest.coverage is not None
    assert found.told()["leaving"][2027]["p90"] > 0


def test_a_move_within_the_unit_is_no_departure_and_one_out_of_it_is(office: World) -> None:
    post, other = office.post("P.executive", "specialist", seats=2), office.post("P.party", "specialist", seats=2)
    stays, goes = office.person(), office.person()
    for seat, person in enumerate((stays, goes), start=1):
        moved = {"ending": Membership.Ending.MOVE}
        office.serve(person, post, seat=seat, valid=since(date(2016, 1, 1), date(2021, 3, 1)), **moved)
    office.serve(stays, other, valid=since(date(2021, 4, 1)))
    office.serve(goes, office.post("Q/1.executive", "officer"), valid=since(date(2021, 4, 1)))
    record = reports.read("P", on=ON).record
    ended = record.until[record.until != FAR]
    assert len(ended) == 1 and month_of(date(1970, 1, 1) + timedelta(days=int(ended[0]))) == 2021 * 12 + 2


def test_only_whom_the_reader_may_count_is_projected_and_the_rest_is_said(office: World) -> None:
    post = office.post("P/2.executive", "specialist", seats=6)
    for seat in range(1, 7):
        office.serve(office.person(), post, seat=seat)
    authority.open_sight(authority.reach_of(office.account("one", "officer", "P/1"), act="count.read"))
    found = reports.read("P", on=ON)
    assert found.people == 8 and found.outside > 0


def test_planned_successors_are_counted_for_each_leading_post(office: World) -> None:
    chair = office.post("P/1.executive", "commune-chair")
    office.serve(office.person(birth_on=date(1980, 1, 1)), chair)
    for person in Person.objects.filter(sex="F")[:3]:
        Succession.objects.create(person=person, post=chair, valid=since(date(2025, 1, 1)), **office.mark)
    found = ask()
    assert int(found.staff.leading.sum()) == 1 and int(found.staff.plans.sum()) == 3
    assert found.places.leading == 1
    assert found.told()["succession"][2026]["p90"] == 3.0


def test_a_target_is_reached_by_the_levers_found(office: World) -> None:
    found = ask(targets=[reports.search.Target("degree", 2030, 0.6)])
    assert found.mix is not None and found.mix.reached and found.mix.cost > 0
    assert found.to_dict()["search"]["targets"][0]["reached_in"] >= 0.5


# ---- what cannot be asked


def run(*words: str) -> Result:
    return CliRunner().invoke(projection, words, catch_exceptions=False)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["P/1", "--to", "2025"], "A projection goes from 2026 to 2045; 2025 lies outside."),
        (["P/1", "--to", "2046"], "A projection goes from 2026 to 2045; 2046 lies outside."),
        (["P/1", "--on", "2031-01-01"], "A projection starts today or on a day past, not on 1 Jan 2031."),
        (["P/1", "--runs", "0"], "Between 20 and 10000 runs can be asked for, not 0."),
        (["P/1", "--runs", "1000000"], "Between 20 and 10000 runs"),
        (["P/2"], "Nobody serves in Unit P/2"),
        (["Q/1"], "Only 1 people serve in Unit Q/1"),
        (["P/1", "--later", "101"], "is a share from 0 to 100 per cent, not 101"),
        (["P/1", "--recruit", "-5"], "is a number of people a year, not -5"),
        (["P/1", "--target", "height>=2@2030"], "is no target. Write one as degree>=0.5@2030"),
        (["P/1", "--target", "degree>=0.5@2044"], "The target of 2044 lies outside the years projected"),
        (["P/1", "--cost", "recruit=free"], "is no cost. Write one as recruit=3"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence_and_exit_code_one(office: World, words: list[str], sentence: str) -> None:
    told = run("--on", ON.isoformat(), *words)
    assert told.exit_code == 1 and told.stdout == ""
    assert sentence in told.stderr and len(told.stderr.strip().splitlines()) == 1


def test_the_command_tells_every_measure_in_words_and_in_json(office: World) -> None:
    told = run("P/1", "--runs", "20", "--on", ON.isoformat())
    assert (
        told.exit_code == 0 and "8 people, 20 runs" in told.stdout and "Planned successors for each leading post" in told.stdout
    )
    plain = json.loads(run("P/1", "--runs", "20", "--on", ON.isoformat(), "--json").stdout)
    again = json.loads(run("P/1", "--runs", "20", "--on", ON.isoformat(), "--json").stdout)
    assert plain == again and plain["years"]["2030"]["headcount"]["p50"] > 0


# ---- the page


def test_the_page_shows_fans_to_whom_may_count_and_says_what_it_cannot_read(office: World, client: Client) -> None:
    client.force_login(
        office.account("counter", "statistician", "P"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    address = reverse("projection", args=["P/1"])
    with mock.patch.object(page, "RUNS", 20):
        told = client.get(address)
        assert told.status_code == 200
        text = told.content.decode()
        assert text.count('class="fan"') == len(MEASURES) + 1 and "<script" not in text.split("<main")[1].split("</main>")[0]
        assert client.get(address, {"measure": "degree", "value": "40", "year": "2030"}).status_code == 200
        nobody = client.get(reverse("projection", args=["P/2"]))
        assert nobody.status_code == 200 and 'class="fan"' not in nobody.content.decode()
        for wrong in ({"to": "2099"}, {"to": "soon"}, {"recruit": "many"}, {"later": "200"}, {"value": "nan"}):
            refused = client.get(address, wrong)
            assert refused.status_code == 422 and 'role="alert"' in refused.content.decode()
