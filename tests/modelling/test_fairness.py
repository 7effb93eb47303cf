"""With planted performance: what canbo shows ranks people better than plain means, and carries no difference they lack."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from canbo.rules import corpus
from canbo.rules.evaluation.many import Many
from tests.modelling.fairness_worlds import MEASURES, Planted, effects, measured, plant, ranks_alike

Measured = dict[str, np.ndarray]
SMALL = {"people": 300, "ratings": 14}
SEEDS = range(4)


@pytest.fixture(scope="module")
def many() -> Many:
    return Many(corpus.opened("vn"), date(2026, 11, 28))


@pytest.fixture(scope="module")
def worlds(many: Many) -> list[tuple[Planted, Measured]]:
    planted = [plant(seed, **SMALL) for seed in SEEDS]
    return [(each, measured(each, many)) for each in planted]


def test_fair_scores_and_scores_by_law_rank_people_better_than_plain_means(worlds: list[tuple[Planted, Measured]]) -> None:
    for planted, found in worlds:
        alike = {each: ranks_alike(found[each], planted.worth) for each in MEASURES}
        assert alike["fair"] > alike["given"] + 0.01
        assert alike["score"] > alike["done"] + 0.01


def test_a_trait_that_changes_no_worth_changes_no_fair_score_and_no_score_by_law(worlds: list[tuple[Planted, Measured]]) -> None:
    for measure in ("fair", "score"):
        carried = np.mean([effects(found[measure], planted) for planted, found in worlds], axis=0)
        assert np.abs(carried).max() < 1.0
    given = np.mean([effects(found["given"], planted) for planted, found in worlds], axis=0)
    assert given[1] < -1.5  # raters where minorities serve are more severe, and plain means carry it


def test_what_every_rater_takes_from_a_minority_is_not_severity_and_stays(many: Many) -> None:
    planted = plant(1, **SMALL, against=4.0)
    assert effects(measured(planted, many)["fair"], planted)[1] == pytest.approx(-4, abs=1)
