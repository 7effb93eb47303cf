"""The geometry of the drawings."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.pages.charts import bars, dotmap, fan, lineage, seats, timeline
from canbo.pages.charts.timeline import Block

ON = date(2026, 11, 22)
days = st.dates(date(1980, 1, 1), date(2026, 1, 1))


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=9))
def test_parts_of_a_whole_lie_end_to_end_and_fill_the_bar(counts: list[int]) -> None:
    placed = bars.stacked([("x", count, "f1") for count in counts])
    for part, following in zip(placed, placed[1:], strict=False):
        assert abs(part.x + part.length - following.x) < 0.05
    total = sum(part.length for part in placed)
    assert abs(total - 100) < 0.1 if sum(counts) else total == 0


def test_a_bar_short_of_its_goal_and_a_bar_over_its_end_have_other_tones() -> None:
    assert bars.bullet(34, 45, 100).tone == "f2"
    assert bars.bullet(50, 45, 100).tone == "f1"
    assert bars.bullet(101, None, 100) == bars.Bullet(100.0, None, "ffail")


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), min_size=1, max_size=9), st.booleans())
def test_bars_of_a_pyramid_begin_at_the_axis(counts: list[tuple[int, int]], mirrored: bool) -> None:
    for band in bars.pyramid([("a", women, men, False) for women, men in counts], mirrored=mirrored):
        inner, outer = (
            (band.women_x, band.men_x + band.men_length) if mirrored else (band.women_x + band.women_length, band.men_x)
        )
        assert inner == pytest.approx(0 if mirrored else 100)
        assert outer == pytest.approx(100 if mirrored else 0)


@given(st.lists(st.tuples(days, st.integers(1, 9000)), min_size=1, max_size=20), st.booleans())
def test_blocks_of_a_lane_never_cover_one_another_and_stay_on_the_paper(spans: list[tuple[date, int]], mirrored: bool) -> None:
    blocks = [Block(first, first + timedelta(days=length), "x") for first, length in spans]
    chart = timeline.place([("posts", blocks)], on=ON, mirrored=mirrored)
    assert chart is not None
    rows: dict[int, list[timeline.Placed]] = {}
    for placed in chart.lanes[0].blocks:
        rows.setdefault(placed.y, []).append(placed)
    for row in rows.values():
        ordered = sorted((placed.block.first, placed.block.after) for placed in row)
        assert all(one[1] <= other[0] for one, other in zip(ordered, ordered[1:], strict=False) if one[1] is not None)
    assert all(placed.x >= -1 and placed.x + placed.length <= 101 for placed in chart.lanes[0].blocks)


def test_a_career_runs_the_other_way_in_a_page_that_does() -> None:
    lane = [("posts", [Block(date(2010, 1, 1), date(2015, 1, 1), "a"), Block(date(2015, 1, 1), None, "b")])]
    plain, turned = timeline.place(lane, on=ON), timeline.place(lane, on=ON, mirrored=True)
    assert plain is not None and turned is not None
    assert plain.lanes[0].blocks[0].x < plain.lanes[0].blocks[1].x
    assert turned.lanes[0].blocks[0].x > turned.lanes[0].blocks[1].x


def test_a_map_of_a_whole_country_stays_light() -> None:
    places = [(8.5 + i % 149 * 0.1, 102.2 + i % 73 * 0.1 + i / 9000, f"k{i % 3}") for i in range(3321)]
    drawn = dotmap.draw(places)
    assert sum(len(path) for _kind, path in drawn.paths) < 60_000
    assert drawn.counts == {"k0": 1107, "k1": 1107, "k2": 1107}


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 2000)), min_size=1, max_size=60, unique=True))
def test_the_steps_of_a_map_lead_to_every_dot(dots: list[tuple[int, int]]) -> None:
    reached, x, y = set(), 0, 0
    for dx, dy in re.findall(r"m(-?\d+) ?(-?\d+)h0", dotmap.steps(dots)):
        x, y = x + int(dx), y + int(dy)
        reached.add((x, y))
    assert reached == set(dots)


def test_curves_of_a_lineage_meet_in_the_middle() -> None:
    flow = lineage.fan([False, True, False], out=False)
    assert flow.height == 3 * lineage.ROW
    assert [curve.part for curve in flow.curves] == [False, True, False]
    assert all(curve.path.endswith(f"100 {flow.height / 2:g}") for curve in flow.curves)


# A fan over years.


def test_a_fan_keeps_its_order_and_its_lines_reach_around_it() -> None:
    placed = fan.fan([1, 2, 0], [3, 4, 5], [6, 8, 9], target=7, whole=True)
    assert placed is not None and placed.bounds == ""
    heights = dict(placed.lines)
    assert min(heights) <= 0 and max(heights) >= 9 and all(value == int(value) for value in heights)
    assert [height for _value, height in placed.lines] == sorted((height for _value, height in placed.lines), reverse=True)
    middle = [tuple(map(float, point.split(","))) for point in placed.middle.split()]
    corners = [tuple(map(float, point.split(","))) for point in placed.band.split()]
    assert [x for x, _y in middle] == [0, 50, 100] and len(corners) == 6
    for (_x, y), (_upper_x, upper), (_lower_x, lower) in zip(middle, corners[:3], reversed(corners[3:]), strict=True):
        assert upper <= y <= lower  # heights are told from above
    assert placed.target is not None and 0 <= placed.target <= 100


@pytest.mark.parametrize(
    ("low", "high", "whole", "lines"),
    [
        (0, 0, True, [0, 1]),
        (7, 7, True, [7, 8]),
        (0.41, 0.46, False, [0.4, 0.42, 0.44, 0.46]),
        (996, 1004, True, [996, 998, 1000, 1002, 1004]),
    ],
)
def test_lines_lie_at_round_values(low: float, high: float, whole: bool, lines: list[float]) -> None:
    assert fan.steps(low, high, whole) == lines


def test_a_single_year_stands_in_the_middle_and_no_year_draws_nothing() -> None:
    placed = fan.fan([1], [2], [3])
    assert placed is not None and placed.middle.startswith("50.00,")
    assert fan.fan([], [], []) is None


def test_a_bar_stands_for_each_month_with_somebody_and_years_begin_in_january() -> None:
    drawn = fan.by_month(2026, 11, [2, 0, 1, *[0] * 12, 4])
    assert [height for _x, _length, _y, height in drawn.bars] == [50, 25, 100]
    assert [year for year, _x in drawn.years] == [2027, 2028]


def test_maps_of_one_frame_show_every_place_and_no_name_lies_upon_another() -> None:
    here = [(20.97, 106.29), (21.0, 106.37), (21.03, 106.32), (21.031, 106.321)]
    ground = seats.frame(here)
    assert ground is not None and all(ground.shows(point) for point in here)
    moves = [(point, here[0], f"Commune {number}") for number, point in enumerate(here[1:])]
    drawn = seats.draw(moves, [(here[0], "Commune nine")], [(here[3], "Beside")], ground)
    assert len(drawn.ways) == 3 and [mark.kind for mark in drawn.marks] == ["stays", "old", "old", "old", "seat"]
    boxes = [
        (mark.x - len(mark.name) * 3, mark.x + len(mark.name) * 3, mark.label) for mark in drawn.marks if mark.label is not None
    ]
    assert len(boxes) >= 2
    for number, (left, right, base) in enumerate(boxes):
        for other_left, other_right, other_base in boxes[number + 1 :]:
            assert right <= other_left or other_right <= left or abs(base - other_base) >= seats.LINE


def test_the_bar_of_a_map_is_as_long_as_the_ground_says() -> None:
    ground = seats.frame([(21.0, 106.0), (21.0, 106.0 + 10 / 111.19 / 0.93358)])  # ten kilometres apart
    assert ground is not None
    (x, _), (to, _) = ground.at((21.0, 106.0)), ground.at((21.0, 106.0 + 10 / 111.19 / 0.93358))
    kilometres, length = ground.bar
    assert (to - x) / 10 * kilometres == pytest.approx(length, rel=0.01) and length <= seats.WIDTH / 4


def test_a_map_of_one_point_and_of_none() -> None:
    assert seats.frame([]) is None
    one = seats.frame([(21.0, 106.0)])
    assert one is not None and one.at((21.0, 106.0)) == pytest.approx((seats.WIDTH / 2, (seats.HEIGHT - seats.FOOT) / 2), abs=0.2)
