"""The path of a number of deputies, and the fewest moves that bring it down: dates in, numbers out."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.reports import glide
from canbo.reports.glide import MOVE, TERM, Deputy

ON, BY = date(2026, 11, 28), date(2030, 12, 31)


def test_a_month_counts_who_serves_on_its_last_day() -> None:
    told = [Deputy(1, date(2027, 4, 1), "retirement", None), Deputy(1, date(2027, 3, 31), "end", None), Deputy(1, None, "", None)]
    months = {month.month: month for month in glide.path(told, on=ON, to=date(2027, 5, 31))}
    assert [months[date(2027, number, 1)].count for number in (2, 3, 4, 5)] == [3, 2, 1, 1]
    assert (months[date(2027, 4, 1)].retired, months[date(2027, 3, 1)].ended) == (1, 1)


def test_a_term_is_an_occasion_and_not_an_end() -> None:
    months = glide.path([Deputy(1, None, "", date(2028, 7, 1))], on=ON, to=BY)
    assert [month.count for month in months] == [1] * len(months)
    assert [month.month for month in months if month.terms] == [date(2028, 7, 1)]


def test_each_body_keeps_its_cap_and_all_keep_theirs() -> None:
    told = [Deputy(body, None, "", None) for body in (1, 1, 1, 2, 2, 3)]
    assert glide.excess(told, on=ON, most=None, each={1: 2}) == 1
    assert glide.excess(told, on=ON, most=4, each={1: 2}) == 2
    assert glide.excess(told, on=ON, most=6, each={}) == 0
    assert glide.excess(told, on=ON, most=6, each={1: 0}) == 3


def test_terms_that_end_in_time_come_before_moves_and_the_latest_first() -> None:
    told = [Deputy(1, None, "", date(2028, 1, 1)), Deputy(1, None, "", date(2029, 1, 1)), Deputy(1, None, "", date(2031, 1, 1))]
    one, two, three = (glide.moves(told, on=ON, by=BY, most=most, each={}) for most in (2, 1, 0))
    assert [(move.by, move.how) for move in one] == [(date(2029, 1, 1), TERM)]
    assert [(move.by, move.how) for move in two] == [(date(2028, 1, 1), TERM), (date(2029, 1, 1), TERM)]
    assert three[-1] == glide.Move(1, BY, MOVE, 1)


def test_who_retires_before_the_day_needs_no_move() -> None:
    told = [Deputy(1, date(2030, 12, 1), "retirement", None), Deputy(1, None, "", None)]
    assert glide.moves(told, on=ON, by=BY, most=1, each={}) == []
    assert sum(move.number for move in glide.moves(told, on=ON, by=date(2030, 7, 1), most=1, each={})) == 1


DAYS = st.none() | st.integers(1, 2000).map(lambda days: ON + timedelta(days=days))
DEPUTIES = st.lists(st.tuples(st.integers(1, 3), DAYS, DAYS), max_size=7)


def cost(chosen: list[Deputy]) -> int:
    return sum(not (each.term is not None and ON < each.term <= BY) for each in chosen)


@settings(max_examples=60, deadline=None)
@given(DEPUTIES, st.none() | st.integers(0, 6), st.dictionaries(st.integers(1, 3), st.integers(0, 3)))
def test_moves_are_as_many_as_the_excess_and_no_cheaper_set_suffices(
    drawn: list[tuple[int, date | None, date | None]], most: int | None, each: dict[int, int]
) -> None:
    told = [Deputy(body, ends, "retirement" if ends else "", term) for body, ends, term in drawn]
    made = glide.moves(told, on=ON, by=BY, most=most, each=each)
    assert sum(move.number for move in made) == glide.excess(told, on=BY, most=most, each=each)
    staying = [deputy for deputy in told if deputy.serves(BY)]
    fits = (
        list(gone)
        for number in range(len(staying) + 1)
        for gone in combinations(staying, number)
        if glide.excess(left(staying, gone), on=BY, most=most, each=each) == 0
    )
    best = min((len(gone), cost(gone)) for gone in fits)
    assert best == (sum(move.number for move in made), sum(move.number for move in made if move.how == MOVE))


@settings(max_examples=100, deadline=None)
@given(DEPUTIES, st.none() | st.integers(0, 6), st.dictionaries(st.integers(1, 4), st.integers(0, 3)))
def test_the_excess_of_many_months_is_that_of_each_month_by_itself(
    drawn: list[tuple[int, date | None, date | None]], most: int | None, each: dict[int, int]
) -> None:
    told = [Deputy(body, ends, "end" if ends else "", term) for body, ends, term in drawn]
    days = [month.month - timedelta(days=1) for month in glide.path(told, on=ON, to=BY)[1:]]
    months = glide.excesses(told, days=days, most=most, each=each)
    assert months == [glide.excess(told, on=day, most=most, each=each) for day in days]


def left(staying: list[Deputy], gone: tuple[Deputy, ...]) -> list[Deputy]:
    rest = list(staying)
    for each in gone:
        rest.remove(each)
    return rest


@settings(max_examples=50, deadline=None)
@given(DEPUTIES)
def test_a_path_only_comes_down_and_agrees_with_who_serves(drawn: list[tuple[int, date | None, date | None]]) -> None:
    told = [Deputy(body, ends, "end" if ends else "", term) for body, ends, term in drawn]
    months = glide.path(told, on=ON, to=BY)
    counts = [month.count for month in months]
    assert counts == sorted(counts, reverse=True)
    for month, following in zip(months, months[1:], strict=False):
        assert month.count == sum(each.serves(following.month - timedelta(days=1)) for each in told)
