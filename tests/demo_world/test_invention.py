"""The invented world before any database: what holds of every size and seed."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from canbo.project.world import book, ground, invention, records, retirement, sizes
from canbo.project.world.book import FOREVER, NEVER, day
from canbo.project.world.invention import World
from canbo.project.world.naming import Words
from canbo.project.world.rates import HAPPENING, MISSING
from canbo.registry.names import search_key, sort_key

WORLDS = pytest.mark.parametrize("which", ["small", "usual"])


def overlapping(world: World, *together: str) -> int:
    """How many memberships begin before the one before them has ended, among those alike in the columns `together`."""
    rows = world.memberships
    columns = [getattr(rows, name) for name in together]
    order = np.lexsort((rows.start, *columns))
    same = np.logical_and.reduce([column[order][1:] == column[order][:-1] for column in columns])
    return int((same & (rows.start[order][1:] < rows.end[order][:-1])).sum())


@WORLDS
def test_no_seat_is_held_by_two_at_a_time(which: str, request: pytest.FixtureRequest) -> None:
    assert overlapping(request.getfixturevalue(which), "post", "seat") == 0


@WORLDS
def test_nobody_is_twice_in_one_post_at_a_time(which: str, request: pytest.FixtureRequest) -> None:
    assert overlapping(request.getfixturevalue(which), "person", "post") == 0


@WORLDS
def test_nobody_has_two_posts_of_his_own_at_a_time(which: str, request: pytest.FixtureRequest) -> None:
    world = request.getfixturevalue(which)
    rows = world.memberships
    own = rows.kind != invention.CONCURRENT
    order = np.lexsort((rows.start[own], rows.person[own]))
    person, start, end = (column[own][order] for column in (rows.person, rows.start, rows.end))
    assert not ((person[1:] == person[:-1]) & (start[1:] < end[:-1])).any()


@WORLDS
def test_every_membership_lies_within_its_post_and_before_today_or_still_runs(which: str, request: pytest.FixtureRequest) -> None:
    world = request.getfixturevalue(which)
    rows, posts = world.memberships, world.structure
    assert (rows.start < rows.end).all()
    assert (rows.start >= np.array(posts.post_from)[rows.post]).all()
    assert (rows.end <= np.array(posts.post_until)[rows.post]).all()
    assert ((rows.end <= world.book.today) | (rows.end == FOREVER)).all()
    assert (rows.start <= world.book.today).all()
    assert (rows.seat >= 1).all()
    assert (rows.seat <= np.array(posts.post_seats)[rows.post]).all()


@WORLDS
def test_nobody_serves_before_twenty_or_beyond_the_age_of_retirement(which: str, request: pytest.FixtureRequest) -> None:
    world = request.getfixturevalue(which)
    rows, facts = world.memberships, world.facts
    assert ((rows.start - facts.birth[rows.person]) / 365.25 > 19.9).all()
    retires = retirement.day_of(facts.sex, facts.birth)[rows.person]
    ended = np.minimum(rows.end, world.book.today)
    # the story may give a day of birth; whoever has one there still serves today, so today is what is asked
    assert (ended <= np.maximum(retires, rows.start + 31)).all()


@WORLDS
def test_a_membership_that_runs_has_no_ending_and_one_that_ended_says_why(which: str, request: pytest.FixtureRequest) -> None:
    rows = request.getfixturevalue(which).memberships
    assert ((rows.end == FOREVER) == (rows.ending == 0)).all()


@WORLDS
def test_identification_numbers_are_unique_and_tell_sex_and_year_of_birth(which: str, request: pytest.FixtureRequest) -> None:
    facts = request.getfixturevalue(which).facts
    assert len(np.unique(facts.number)) == len(facts.number)
    digits = facts.number.astype("U12")
    assert (np.strings.str_len(digits) == 12).all()
    assert np.strings.isdigit(digits).all()
    letters = digits.view("U1").reshape(-1, 12)
    sex_and_century = letters[:, 3].astype(int)
    year = facts.birth.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    assert (sex_and_century == facts.sex + np.where(year >= 2000, 2, 0)).all()
    assert (np.strings.add(letters[:, 4], letters[:, 5]).astype(int) == year % 100).all()


def test_the_same_size_and_seed_give_the_same_world(small: World) -> None:
    again = invention.invent(people_wanted=small.people, seed=1)
    assert again.digest == small.digest


def test_another_seed_gives_other_people_with_the_same_figures(small: World) -> None:
    other = invention.invent(people_wanted=small.people, seed=2)
    assert other.digest != small.digest
    for seed_world in (small, other):
        check_figures(seed_world, day("2025-10-07"))


@pytest.mark.parametrize("seed", [3, 5, 8, 13, 2026])
def test_every_seed_has_its_story_and_its_figures(seed: int) -> None:
    world = invention.invent(people_wanted=None, seed=seed)
    check_figures(world, day("2025-12-31"))
    assert set(world.story) == {role["key"] for role in world.book.story}
    assert overlapping(world, "post", "seat") == overlapping(world, "person", "post") == 0


@WORLDS
@pytest.mark.parametrize("on", ["2025-10-07", "2025-11-15", "2025-12-31"])
def test_the_published_figures_hold_from_their_day_until_the_end_of_the_year(
    which: str, on: str, request: pytest.FixtureRequest
) -> None:
    check_figures(request.getfixturevalue(which), day(on))


def check_figures(world: World, on: int) -> None:
    asked = world.book.figures
    for name, persons in (("managed", managed_on(world, on)), ("committee", committee_on(world, on))):
        moment = book.as_date(on)
        young = world.facts.birth_told[persons] > day(moment.replace(year=moment.year - asked["young_under"]))
        levels = levels_on(world, persons, on)
        assert len(persons) == asked[name]["persons"]
        assert world.facts.sex[persons].sum() == asked[name]["women"]
        assert young.sum() == asked[name]["young"]
        for number, level in ((3, "college"), (4, "university"), (5, "master"), (6, "doctor")):
            if level in asked[name]:
                assert levels.get(number, 0) == asked[name][level], level
        assert sum(levels.values()) - len(persons) == (24 if name == "committee" else 0)


def managed_on(world: World, on: int) -> np.ndarray:
    rows, home = world.memberships, f"{world.book.figures['unit']}.party"
    posts = np.array([code == home for code in world.structure.post_managed_by])
    return np.unique(rows.person[(rows.start <= on) & (on < rows.end) & posts[rows.post]])


def committee_on(world: World, on: int) -> np.ndarray:
    rows, home = world.memberships, f"{world.book.figures['unit']}/"
    job = world.book.job_codes.index("commune-committee-member")
    bodies = np.array([body.code.startswith(home) for body in world.structure.bodies])[np.array(world.structure.post_body)]
    posts = bodies & (np.array(world.structure.post_job) == job)
    return np.unique(rows.person[(rows.start <= on) & (on < rows.end) & posts[rows.post]])


def levels_on(world: World, persons: np.ndarray, on: int) -> dict[int, int]:
    """Persons by level of degree, each counted at the highest level in every field of study: the rule of the figures."""
    told = world.records["credential"]
    some = np.isin(told["person"], persons) & (told["from"] <= on)
    best: dict[tuple[int, int], int] = {}
    for person, field, level in zip(told["person"][some], told["subject"][some], told["level"][some], strict=True):
        best[person, field] = max(best.get((person, field), 0), int(level))
    counted = {(person, level) for (person, _field), level in best.items()}
    return {level: sum(1 for _person, of in counted if of == level) for level in {level for _person, level in counted}}


def test_the_usual_world_staffs_the_showcase_and_everywhere_else_who_leads(usual: World) -> None:
    rows = usual.memberships
    serving = rows.end == FOREVER
    pools = [usual.structure.bodies[body].code for body in np.array(usual.structure.post_body)[rows.post[serving]]]
    here = sum(code.startswith("31") for code in pools)
    assert (
        18_000 < len({person for person, code in zip(rows.person[serving], pools, strict=True) if code.startswith("31")}) < 23_000
    )
    assert here < len(pools)
    for commune in usual.ground.communes:
        assert f"{commune}.executive.economy" in usual.structure.index
        assert f"{commune}.party.inspection" in usual.structure.index


def test_every_commune_has_a_secretary_and_a_chair_on_the_day_of_the_reform(usual: World) -> None:
    rows, on = usual.memberships, usual.book.reform
    for job in ("commune-secretary", "commune-chair"):
        posts = np.array(usual.structure.post_job) == usual.book.job_codes.index(job)
        new = posts & (np.array(usual.structure.post_from) == usual.book.reform)
        held = np.unique(rows.post[(rows.start <= on) & (on < rows.end) & new[rows.post]])
        assert len(held) == len(usual.ground.communes) == new.sum()


def test_bodies_stand_under_bodies_or_units_that_exist(usual: World) -> None:
    codes = set(usual.structure.index)
    units = set(usual.ground.before) | set(usual.ground.after) | {usual.book.centre}
    for body in usual.structure.bodies:
        for state in (body.then, body.now):
            if state is not None:
                assert state.parent in codes or state.parent in units, (state.code, state.parent)
                assert set(state.names) == {"vi", "en", "fa"}
                assert not any("{" in name for name in state.names.values())


def test_codes_of_bodies_are_unique(usual: World) -> None:
    codes = [state.code for body in usual.structure.bodies for state in (body.then, body.now) if state is not None]
    assert len(codes) == len(set(codes))


def test_leaders_who_must_not_be_local_are_natives_of_another_province(usual: World) -> None:
    rows, facts, on = usual.memberships, usual.facts, usual.book.reform
    jobs = [usual.book.job_codes.index(code) for code in invention.NOT_LOCAL]
    posts = np.isin(np.array(usual.structure.post_job), jobs) & (np.array(usual.structure.post_from) == on)
    story = set(usual.story.values())
    for person, post in zip(
        *(column[(rows.start <= on) & (on < rows.end) & posts[rows.post]] for column in (rows.person, rows.post)), strict=True
    ):
        native = facts.native[person]
        if native < 0 or int(person) in story:
            continue
        province = usual.structure.bodies[usual.structure.post_body[post]].code.partition(".")[0]
        assert not facts.areas[native].startswith(tuple(usual.ground.old_provinces_of(province)))


def test_what_is_missing_is_missing_at_the_stated_rates(usual: World) -> None:
    facts = usual.facts
    for rate, found in (
        (MISSING["native place unknown"], (facts.native < 0).mean()),
        (MISSING["ethnicity unknown"], (facts.people < 0).mean()),
        (MISSING["birth known to the year only"], (facts.precision == 1).mean()),
        (MISSING["birth known to the month only"], (facts.precision == 2).mean()),
        (MISSING["birth unknown"], (facts.precision == 0).mean()),
    ):
        assert found == pytest.approx(rate, rel=0.2, abs=0.002)
    known = set(usual.records["kinship"]["person"].tolist())
    known |= set(usual.records["nonedeclared"]["person"][usual.records["nonedeclared"]["topic"] == 0].tolist())
    assert 1 - len(known) / usual.people == pytest.approx(MISSING["kin not stated, nor stated that there are none"], abs=0.08)
    graded = len(usual.records["reward"]["person"]) / usual.people
    assert graded == pytest.approx(HAPPENING["rewarded"], abs=0.05)


def test_kin_are_told_from_both_sides_and_nobody_is_kin_of_himself(usual: World) -> None:
    told = usual.records["kinship"]
    rows = set(zip(told["person"].tolist(), told["relative"].tolist(), told["relation"].tolist(), strict=True))
    assert len(rows) == len(told["person"])
    back = {0: 0, 1: 2, 2: 1, 3: 3}
    for person, relative, relation in rows:
        assert person != relative
        assert (relative, person, back[relation]) in rows


def test_parents_are_a_generation_older(usual: World) -> None:
    told, birth = usual.records["kinship"], usual.facts.birth
    parents = told["relation"] == 1
    apart = (birth[told["person"][parents]] - birth[told["relative"][parents]]) / 365.25
    assert parents.sum() > 100
    assert (apart > 18).all()


def test_an_exact_number_of_people_is_met(small: World) -> None:
    assert small.people == 22_000
    assert len(np.unique(small.memberships.person)) == small.people


def test_too_few_people_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(sizes.TooFew, match=r"\d{5}"):
        sizes.extent_for(100)


def test_a_larger_number_staffs_more_of_the_country() -> None:
    sizes_of = [sizes.extent_for(people) for people in (30_000, 80_000, 400_000, 1_500_000)]
    staffed = [len(extent.staffed) for extent in sizes_of]
    assert staffed == sorted(staffed)
    assert staffed[-1] == 34
    assert sum(sizes_of[-1].schools.values()) > sum(sizes_of[-2].schools.values())


def test_the_story_has_its_people_with_their_names_and_numbers(usual: World) -> None:
    assert set(usual.story) == {role["key"] for role in usual.book.story}
    for role in usual.book.story:
        person = usual.story[role["key"]]
        assert usual.facts.names.of(person) == f"{role['family']} {role['given']}"
        assert usual.facts.number[person].decode() == role["number"]


def test_keys_of_names_are_those_of_the_register() -> None:
    words = Words()
    for word in ("Rơ Châm", "Nguyễn", "Thị", "Ánh", "H'", "Đức"):
        words.number(word)
    _written, sorting, finding = (list(map(bytes.decode, table)) for table in words.tables())
    assert " ".join((sorting[3], sorting[1], sorting[2])) == sort_key("Thị Ánh", "Nguyễn")
    assert " ".join((finding[0], finding[4])) == search_key("Rơ Châm H'")


def test_divided_and_lasting_units_are_read_as_the_reform_was_carried_out() -> None:
    land = ground.read()
    assert len(land.divided) > 400
    assert land.continues["31/11948"] == "old:31/318"
    assert set(land.old_provinces_of("31")) == {"old:30", "old:31"}


@pytest.mark.parametrize(
    ("sex", "born", "pension"),
    [  # Decree 135/2020, appendix I
        (0, "1961-01-15", "2021-05-01"), (0, "1966-01-15", "2027-11-01"), (0, "1971-05-10", "2033-06-01"),
        (1, "1966-01-01", "2021-06-01"), (1, "1969-04-30", "2026-01-01"), (1, "1969-05-01", "2026-06-01"), (1, "1985-07-20", "2045-08-01"),
    ],
)  # fmt: skip
def test_retirement_follows_the_dated_table(sex: int, born: str, pension: str) -> None:
    found = retirement.day_of(np.array([sex], np.int8), np.array([day(born)], np.int32))
    assert book.as_date(found[0]).isoformat() == pension


def test_open_ends_are_no_days() -> None:
    assert day("0001-01-01") > NEVER
    assert day("9999-12-31") < FOREVER


def test_another_process_invents_the_same_world(small: World) -> None:
    """Nothing hangs on the order of sets, which differs from process to process."""
    program = (
        "import django; django.setup(); from canbo.project.world import invention;"
        f"print(invention.invent(people_wanted={small.people}, seed=1).digest)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": "4711"}, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == small.digest


@WORLDS
def test_nobody_stands_on_a_step_that_the_scale_does_not_have(which: str, request: pytest.FixtureRequest) -> None:
    told = request.getfixturevalue(which).records["salarystep"]
    steps = np.array([row[2] for row in records.SCALES.values()])[told["scale"]]
    assert (told["step"] >= 1).all() and (told["step"] <= steps).all()
    last = (told["step"] == steps) & (told["until"] == FOREVER)
    today = request.getfixturevalue(which).book.today
    assert (today - told["from"][last] > 48 * 31).any(), "whoever has reached the last step stays there, beyond one period too"
