"""Questions about ratings: planted rings, inflated bodies and copied texts are asked about, honest people are not."""

from __future__ import annotations

import numpy as np
import polars as pl

from canbo.modelling.severity import copies, inflation, rings
from canbo.modelling.severity.chances import asked
from canbo.modelling.severity.estimate import estimate
from canbo.modelling.severity.ratings import of_table
from canbo.modelling.severity.report import Report, report
from tests.modelling.rating_worlds import World, number, world


def rings_of(planted: World) -> list[set[int]]:
    ratings = of_table(planted.table)
    return [{number(ratings.people[person]) for person in ring.people} for ring in rings.find(estimate(ratings))]


def bodies_of(report: Report, kind: str) -> set[int]:
    return {int(str(each.evidence["body"])[1:]) for each in report.questions if each.kind == kind}


# ---- rings


def test_planted_rings_are_found_with_precision_and_recall_of_nine_tenths() -> None:
    planted = world(2, people=400, rings=8)
    found, truth = set().union(*rings_of(planted)), set().union(*planted.rings)
    assert len(found & truth) / len(found) >= 0.9
    assert len(found & truth) / len(truth) >= 0.9


def test_honest_worlds_raise_no_more_false_alarms_than_was_said() -> None:
    alarms = [bool(rings_of(world(seed, people=100, ratings=10))) for seed in range(20)]
    assert sum(alarms) <= 3  # 5 % of 20 worlds are 1; more than 3 come with chance 0.016


def test_a_ring_says_by_how_much_it_lifts_and_shows_every_mutual_rating() -> None:
    planted = world(3, people=200, rings=1, ring=(4, 4), lift=20)
    found = report(of_table(planted.table))
    (ring,) = [each for each in found.questions if each.kind == "ring"]
    people = {number(person) for person in ring.evidence["people"]}  # type: ignore[attr-defined]
    assert len(people ^ planted.rings[0]) <= 1
    assert 14 < ring.evidence["excess"] < 26  # type: ignore[operator]
    mutual = {(number(each["rater"]), number(each["ratee"])) for each in ring.evidence["ratings"]}  # type: ignore[attr-defined]
    inside = people & planted.rings[0]
    assert {(one, other) for one in inside for other in inside if one != other} <= mutual


def test_a_star_whom_all_praise_and_lenient_raters_who_praise_all_are_no_ring() -> None:
    planted = world(5)
    star = pl.when(pl.col("ratee").is_in(["p00001", "p00002", "p00003"])).then(25).otherwise(0)
    lenient = pl.when(pl.col("rater").is_in(["p00001", "p00002", "p00003"])).then(15).otherwise(0)
    praised = planted.table.with_columns(score=((pl.col("score") + star + lenient) / 1.6).clip(0, 100))
    assert not rings.find(estimate(of_table(praised)))


def test_anonymous_ratings_are_never_shown_as_a_ring() -> None:
    planted = world(3, people=200, rings=1, ring=(4, 4), lift=20)
    hidden = report(of_table(planted.table.with_columns(anonymous=pl.lit("true"))))
    assert not [each for each in hidden.questions if each.kind == "ring"]


# ---- inflation


def test_inflated_bodies_are_asked_about_by_links_and_by_results() -> None:
    planted = world(6, people=800, inflated=3)
    found = report(of_table(planted.table))
    for kind in ("inflation_links", "inflation_results"):
        assert planted.inflated <= bodies_of(found, kind)
        assert len(bodies_of(found, kind) - planted.inflated) <= 1


def test_honest_bodies_are_not_asked_about_though_some_happen_to_have_lenient_raters_or_good_people() -> None:
    planted = world(7, people=600)
    better = pl.when(pl.col("body") == "b003").then(15).otherwise(0)
    table = planted.table.with_columns(score=(pl.col("score") + better).clip(0, 100), result=pl.col("result") + better)
    found = report(of_table(table))
    assert not bodies_of(found, "inflation_links") and not bodies_of(found, "inflation_results")


def test_a_body_that_nothing_joins_to_others_is_not_judged_by_links() -> None:
    planted = world(8, people=200, away=0, inflated=2, inflation=25)
    ratings = of_table(planted.table)
    assert not inflation.by_links(estimate(ratings), len(ratings.bodies))


# ---- copied texts

WORDS = [f"word{each}" for each in range(300)]


def texts(number: int, seed: int = 1) -> list[str]:
    chance = np.random.default_rng(seed)
    return [" ".join(chance.choice(WORDS, 20)) for _ in range(number)]


def test_one_text_for_many_with_a_word_changed_is_a_question_and_others_are_not() -> None:
    table = world(9, people=40).table
    written = texts(table.height)
    own = [place for place, rater in enumerate(table["rater"]) if rater == "p00004"][:4]
    for turn, place in enumerate(own):
        written[place] = written[own[0]].rsplit(" ", 1)[0] + f" name{turn}"
    (found,) = copies.find(of_table(table.with_columns(text=pl.Series(written))))
    assert len(found.raters) == 1 and len(found.ratees) == 4 and 0.6 <= found.alike < 1 and not found.stock


def test_capitals_spaces_and_the_form_of_accents_do_not_hide_a_copy() -> None:
    table = world(9, people=40).table
    written = texts(table.height)
    one, other = 0, next(place for place, ratee in enumerate(table["ratee"]) if ratee != table["ratee"][0] and place > 20)
    written[one] = "Hoàn thành tốt nhiệm vụ được giao, phối hợp chặt chẽ với đồng nghiệp trong quý"
    import unicodedata

    written[other] = unicodedata.normalize("NFD", written[one].upper().replace(", ", " ,  "))
    (found,) = copies.find(of_table(table.with_columns(text=pl.Series(written))))
    assert found.alike == 1 and len(found.ratings) == 2


def test_set_phrases_templates_and_anonymous_texts_are_no_questions() -> None:
    table = world(9, people=200).table
    short = table.with_columns(text=pl.lit("completed all tasks well"))
    assert not copies.find(of_table(short))
    long = " ".join(WORDS[:20])
    (template,) = copies.find(of_table(table.with_columns(text=pl.lit(long))))
    assert template.stock
    assert not [each for each in report(of_table(table.with_columns(text=pl.lit(long)))).questions if "copies" in each.kind]
    assert not copies.find(of_table(table.with_columns(text=pl.lit(long), anonymous=pl.lit("true"))))


# ---- the rate


def test_the_share_of_false_alarms_is_that_of_benjamini_and_hochberg() -> None:
    assert asked(np.array([0.01, 0.04, 0.03, 0.5])).tolist() == [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5]
    assert asked(np.empty(0)).tolist() == []
