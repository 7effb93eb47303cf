"""The workforce to come: nobody is lost, chance can be replayed, levers do what they say, the interval holds what it promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.modelling.projection import backtest, course, rates, record, search
from canbo.modelling.projection.course import MEASURES, Course, Levers, Places
from canbo.modelling.projection.rates import CELLS, Rates, certain
from canbo.modelling.projection.record import FAR, NEVER, OTHER, RETIRED, Horizon, Record, Staff, day_of, month_of

HORIZON = Horizon(date(2026, 11, 15), 2032)
RUNS = 20


def of_rates(leaving: float = 0.05, *, filled: float = 0.7, years: int = 6, exposure: float = 1e6, reach: float = 0.0) -> Rates:
    past = np.column_stack([np.linspace(0.6, 1.4, years), np.full(years, filled), np.full(years, 0.8), np.full(years, 0.01)])
    size = np.full(CELLS, exposure)
    return Rates(
        size * leaving, size, past, certain(30, 40), certain(45, 100), certain(30, 100), 27.0 * 12,
        np.linspace(0, reach, rates.REACH + 1), tuple(range(2020, 2020 + years)),
    )  # fmt: skip


NOBODY_LEAVES = of_rates(0.0, exposure=1e12)


@st.composite
def staffs(draw: st.DrawFn, unsure: bool = True) -> Staff:
    """Up to forty people, some of whom nobody knows when they retire."""
    size = draw(st.integers(1, 40))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hidden = chance.random(size) < (0.2 if unsure else 0.0)
    age = np.where(hidden, -1, chance.integers(22, 62, size)).astype(np.int8)
    retires = np.where(hidden, NEVER, chance.integers(0, 200, size))
    retires = np.where(retires < HORIZON.months, retires, NEVER).astype(np.int16)
    leading = chance.random(size) < 0.3
    latest = np.where(retires == NEVER, NEVER, np.minimum(retires + 60, NEVER)).astype(np.int16)
    latest = np.where(latest < HORIZON.months, latest, NEVER).astype(np.int16)
    return Staff(
        age=age, months_old=np.where(hidden, 0, age.astype(np.int16) * 12 + 5).astype(np.int16),
        sex=chance.integers(-1 if unsure else 0, 2, size).astype(np.int8), master=chance.integers(-1, 2, size).astype(np.int8),
        retires=retires, latest=latest, unsure=hidden, leading=leading, plans=chance.integers(0, 3, size).astype(np.int16),
        term=np.where(leading, chance.integers(1, 60, size), NEVER).astype(np.int16),
        term_months=np.where(leading, 60, 0).astype(np.int16),
    )  # fmt: skip


def places(staff: Staff, more: int = 5) -> Places:
    return Places(np.full(len(HORIZON.years), len(staff) + more), 1.0, max(int(staff.leading.sum()), 1), 0)


def project(
    staff: Staff, of: Rates | None = None, levers: Levers | None = None, seed: int = 1, more: int = 5, **told: Any
) -> Course:
    return course.run(staff, HORIZON, of or of_rates(), places(staff, more), runs=RUNS, seed=seed, levers=levers, **told)


# ---- laws


@settings(max_examples=25, deadline=None)
@given(staffs(), st.floats(0, 0.4), st.integers(0, 30), st.floats(0, 1))
def test_nobody_is_lost_and_nobody_comes_from_nowhere(staff: Staff, leaving: float, recruit: int, later: float) -> None:
    found = project(staff, of_rates(leaving, reach=0.3), Levers(recruit=recruit, later=later))
    before = np.full(RUNS, len(staff), float)
    for year in range(len(HORIZON.years)):
        came, retired, left, after = (found.runs[name][:, year] for name in ("recruits", "retirements", "leaving", "headcount"))
        assert (came >= 0).all() and (retired >= 0).all() and (left >= 0).all()
        np.testing.assert_array_equal(before + came - retired - left, after)
        before = after


@settings(max_examples=25, deadline=None)
@given(staffs(), st.integers(0, 1000))
def test_figures_are_ordered_and_shares_are_shares(staff: Staff, seed: int) -> None:
    found = project(staff, seed=seed)
    for measure in MEASURES:
        for told in found.told(measure).values():
            assert told.get("least", told["p10"]) <= told["p10"] <= told["p50"] <= told["p90"] <= told.get("most", told["p90"])
            assert told["p10"] >= 0 and (measure not in ("women", "degree") or told["p90"] <= 1 + 1e-9)


@settings(max_examples=25, deadline=None)
@given(staffs(), st.integers(0, 10), st.integers(1, 10), st.integers(0, 40))
def test_more_recruits_are_never_fewer_people_in_any_run(staff: Staff, some: int, more: int, room: int) -> None:
    few = project(staff, levers=Levers(recruit=some), more=room).runs["headcount"]
    many = project(staff, levers=Levers(recruit=some + more), more=room).runs["headcount"]
    assert (many >= few).all()


@settings(max_examples=15, deadline=None)
@given(staffs(), st.floats(0.1, 1))
def test_with_some_kept_longer_fewer_have_retired_by_any_month_of_any_run(staff: Staff, later: float) -> None:
    usual, kept = project(staff), project(staff, levers=Levers(later=later))
    assert (np.cumsum(kept.monthly, axis=1) <= np.cumsum(usual.monthly, axis=1)).all()


@settings(max_examples=15, deadline=None)
@given(staffs(), st.integers(0, 10**6))
def test_a_seed_gives_the_same_again_whatever_the_threads(staff: Staff, seed: int) -> None:
    one, other = project(staff, seed=seed, threads=1), project(staff, seed=seed, threads=3)
    for measure in MEASURES:
        np.testing.assert_array_equal(one.runs[measure], other.runs[measure])


def test_another_seed_gives_another_course() -> None:
    staff = _many(300)
    assert (project(staff, seed=1).runs["leaving"] != project(staff, seed=2).runs["leaving"]).any()


@settings(max_examples=25, deadline=None)
@given(staffs(), st.data())
def test_filling_in_a_birth_narrows_what_may_be(staff: Staff, data: st.DataObject) -> None:
    hidden = np.flatnonzero(staff.unsure)
    if not len(hidden):
        return
    month = data.draw(st.one_of(st.just(int(NEVER)), st.integers(0, HORIZON.months - 1)))
    retires, unsure = staff.retires.copy(), staff.unsure.copy()
    retires[hidden[0]], unsure[hidden[0]] = month, False
    wide = project(staff, NOBODY_LEAVES)
    narrow = project(replace(staff, retires=retires, latest=np.maximum(staff.latest, retires), unsure=unsure), NOBODY_LEAVES)
    for measure in ("headcount", "retirements", "vacancies"):
        assert (wide.least[measure] <= narrow.least[measure] + 1e-9).all()
        assert (narrow.most[measure] <= wide.most[measure] + 1e-9).all()


@settings(max_examples=25, deadline=None)
@given(staffs())
def test_if_nobody_leaves_before_each_month_has_the_retirements_of_the_table(staff: Staff) -> None:
    found = project(staff, NOBODY_LEAVES)
    told = np.bincount(staff.retires[staff.retires != NEVER], minlength=HORIZON.months)
    np.testing.assert_array_equal(found.lawful, told)
    np.testing.assert_array_equal(found.monthly, np.broadcast_to(told, found.monthly.shape))


# ---- chance


def _many(size: int, **fields: Any) -> Staff:
    whole = {
        "age": np.full(size, 35, np.int8), "months_old": np.full(size, 35 * 12, np.int16), "sex": np.zeros(size, np.int8),
        "master": np.zeros(size, np.int8), "retires": np.full(size, NEVER), "latest": np.full(size, NEVER),
        "unsure": np.zeros(size, bool), "leading": np.zeros(size, bool), "plans": np.zeros(size, np.int16),
        "term": np.full(size, NEVER), "term_months": np.zeros(size, np.int16),
    }  # fmt: skip
    return Staff(**{**whole, **fields})


def test_so_many_leave_as_the_rate_says_in_whole_years_and_in_the_first_part() -> None:
    flat = replace(of_rates(0.1), past=np.tile([1.0, 0.0, 0.0, 0.0], (1000, 1)))
    found = project(_many(20_000), flat)
    share = found.runs["leaving"].mean(axis=0) / 20_000
    ends = np.cumsum(HORIZON.months_in) / 12
    expected = np.diff(np.exp(-0.1 * np.concatenate([[0.0], ends]))) * -1
    np.testing.assert_allclose(share, expected, rtol=0.06)


def test_leaving_falls_evenly_on_the_months_of_a_year_and_before_the_lawful_month() -> None:
    due = _many(5_000, retires=np.full(5_000, 13, np.int16), latest=np.full(5_000, 13, np.int16))
    found = project(due, of_rates(0.3), more=0)
    assert (found.monthly[:, :13] == 0).all() and (found.monthly[:, 14:] == 0).all()
    assert 0.6 < found.monthly[:, 13].mean() / 5_000 < 0.95
    retired, left = found.runs["retirements"], found.runs["leaving"]
    np.testing.assert_array_equal(retired[:, 1], found.monthly[:, 13])
    assert (left[:, :2].sum(1) + retired[:, 1] >= 5_000).all()  # newcomers leave too


def test_terms_end_in_office_only_and_leaders_moved_on_make_room() -> None:
    leaders = _many(400, leading=np.ones(400, bool), term=np.full(400, 20, np.int16), term_months=np.full(400, 60, np.int16))
    stay, move = (project(leaders, NOBODY_LEAVES, Levers(rotate=share)) for share in (0.0, 1.0))
    assert (stay.runs["terms"].sum(1) == 400).all() and (stay.runs["promotions"] == 0).all()
    assert (move.runs["promotions"].sum(1) > 200).all() and (move.runs["headcount"] == stay.runs["headcount"]).all()


# ---- the cheapest mix


def test_the_cheapest_training_is_that_found_by_trying_every_number() -> None:
    staff = _many(200)
    target = search.Target("degree", 2030, 0.2)
    reached = [train for train in range(24) if target.found(project(staff, levers=Levers(train=train)))[0] >= 0.2]
    found = search.cheapest(lambda levers: project(staff, levers=levers), [target], {}, {"train": 60.0}, Levers())
    assert found.reached and found.levers.train - reached[0] in (0, 1)


def test_the_cheaper_of_two_levers_is_pulled_and_an_impossible_target_is_said_to_be() -> None:
    staff = _many(200, retires=np.full(200, 12, np.int16))
    target = search.Target("headcount", 2028, 80.0)

    def run(levers: Levers) -> Course:
        return project(staff, of_rates(0.02, filled=0.05), levers)

    limits = {"recruit": 200.0, "later": 1.0}
    cheap = search.cheapest(run, [target], {"recruit": 1.0, "later": 10_000.0}, limits, Levers())
    other = search.cheapest(run, [target], {"recruit": 10_000.0, "later": 1.0}, limits, Levers())
    assert cheap.reached and cheap.levers.recruit > 0 and cheap.levers.later == 0
    assert other.reached and other.levers.later > 0 and other.levers.recruit == 0
    never = search.cheapest(run, [search.Target("headcount", 2028, 10_000.0)], {}, limits, Levers())
    assert not never.reached and never.levers.recruit == 200


def test_a_target_already_reached_costs_nothing() -> None:
    found = search.cheapest(
        lambda levers: project(_many(100), levers=levers),
        [search.Target("headcount", 2027, 1.0)],
        {},
        {"recruit": 10.0},
        Levers(),
    )
    assert found.reached and found.cost == 0 and found.levers == Levers()


# ---- the past


def world(seed: int, people: int = 3_000, leaving: float = 0.05, filled: float = 0.8) -> Record:
    """A record of 2010 to 2025 made by simple rules, month-free: who leaves, who retires at 62, who comes into open places."""
    chance = np.random.default_rng(seed)
    born, since, until, ending = [], [], [], []
    serving: list[int] = []

    def enter(year: int, age: int, day: int) -> None:
        born.append(year * 12 - age * 12 + int(chance.integers(0, 12)))
        since.append(day)
        until.append(FAR)
        ending.append(0)
        serving.append(len(born) - 1)

    for _ in range(people):
        enter(2010, int(chance.integers(23, 61)), day_of(date(2008, 1, 1)))
    for year in range(2010, 2026):
        rate = leaving * chance.gamma(20, 1 / 20)
        gone = set()
        for one in serving:
            retires = born[one] + 62 * 12
            if retires < (year + 1) * 12:
                until[one], ending[one] = day_of(date(retires // 12, retires % 12 + 1, 28)), RETIRED
                gone.add(one)
            elif chance.random() < rate:
                until[one], ending[one] = day_of(date(year, int(chance.integers(1, 13)), 15)), OTHER
                gone.add(one)
        serving = [one for one in serving if one not in gone]
        for _ in range(round((people - len(serving)) * min(1.0, filled * chance.uniform(0.8, 1.2)))):
            enter(year, int(chance.integers(22, 40)), day_of(date(year, int(chance.integers(1, 13)), 20)))
    size, none = len(born), np.zeros(0, np.int32)
    who = np.arange(size, dtype=np.int32)
    months = np.array(born, np.int32)
    seats = {day_of(date(year, 12, 31)): (people, 0, 0) for year in range(2005, 2046)}
    return Record(
        born=months, sex=(chance.random(size) < 0.5).astype(np.int8), master=np.full(size, FAR, np.int32), degree=np.ones(size, bool),
        retires=months + 62 * 12, latest=months + 65 * 12, person=who, since=np.array(since, np.int32), until=np.array(until, np.int32),
        ending=np.array(ending, np.int8), lead_person=none, lead_since=none, lead_until=none, lead_term=none.astype(np.int8),
        plan_person=none, plan_since=none, plan_until=none, broken=frozenset(), seats=seats,
    )  # fmt: skip


def test_the_rates_of_a_made_up_past_are_found() -> None:
    found = rates.estimate(world(3), 2025)
    assert found.years == tuple(range(2016, 2026))
    assert found.yearly == pytest.approx(0.05, abs=0.008)
    assert found.past[:, 1].mean() == pytest.approx(0.8, abs=0.08)
    assert found.entry_age / 12 == pytest.approx(31, abs=1)


def test_the_interval_holds_about_as_much_of_a_made_up_past_as_it_says() -> None:
    trials = [trial for seed in range(3) for trial in backtest.test(world(seed, people=1_000), 2025, runs=60, seed=seed).steady]
    held = sum(trial.inside for trial in trials) / len(trials)
    assert 0.65 <= held <= 1.0, held


def test_the_past_begins_where_somebody_was_first_seen_to_leave_and_leaves_out_reorganisations() -> None:
    known = world(1, people=200)
    assert rates.counted_years(known, 2013) == [2011, 2012, 2013]
    assert rates.counted_years(replace(known, broken=frozenset({2012})), 2013) == [2011, 2013]
    nobody_left = replace(known, until=np.full_like(known.until, FAR), ending=np.zeros_like(known.ending))
    assert rates.estimate(nobody_left, 2020).years == ()


def test_through_a_reorganisation_trials_are_told_apart() -> None:
    found = backtest.test(replace(world(2, people=300), broken=frozenset({2024})), 2025, runs=20, seed=1)
    assert {trial.year for trial in found.trials if trial.broken} == {2024, 2025}
    assert all(trial.year < 2024 or trial.fitted >= 2024 for trial in found.steady)


def test_cells_of_few_people_are_pooled_with_their_age() -> None:
    few = of_rates(0.05)
    events, exposure = few.events.copy(), few.exposure.copy()
    events[0, 0, 0], exposure[0, 0, 0] = 1.0, 1.0  # one of one left
    shape, years = replace(few, events=events, exposure=exposure).pooled()
    assert shape[0, 0, 0] / years[0, 0, 0] == pytest.approx(0.05, abs=0.005)


def test_who_serves_on_the_day_is_in_the_staff_with_what_is_known() -> None:
    known = world(1, people=50)
    hidden = replace(known, born=known.born.copy(), retires=known.retires.copy())
    first = int(known.serving(day_of(HORIZON.on))[0])
    hidden.born[first], hidden.retires[first] = FAR, FAR
    found = record.staff(hidden, HORIZON)
    assert len(found) == len(known.serving(day_of(HORIZON.on)))
    assert found.unsure[0] and found.age[0] == -1 and found.retires[0] == NEVER
    ahead = known.retires[known.serving(day_of(HORIZON.on))[1:]] - month_of(HORIZON.on)
    np.testing.assert_array_equal(found.retires[1:], np.where(ahead < HORIZON.months, ahead, NEVER))
