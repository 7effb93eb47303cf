"""Monte-Carlo: does what canbo shows rank people as they are, and does it carry a difference that is not in them?

    .venv/bin/python benchmarks/fairness.py [--worlds 40] [--write]

Worth is planted, raters differ in severity, products come out by chance. Sex, ethnicity and origin change nothing of what
anybody is worth; raters where minorities serve are more severe. Figures are means over worlds with 95 % intervals.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results import put
from canbo.rules import corpus
from canbo.rules.evaluation.many import Many
from tests.modelling.fairness_worlds import MEASURES, TRAITS, effects, measured, plant, ranks_alike

HEADING = "Fairness"
ON = date(2026, 11, 28)
CALLED = {
    "fair": "fair scores of severity", "given": "means of ratings as given", "score": "score by law, from products",
    "done": "plain mean of shares done",
}  # fmt: skip


def interval(values: np.ndarray, places: int = 3) -> str:
    """Mean over worlds, and 1.96 standard errors to both sides."""
    middle, half = values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{middle:+.{places}f} ({middle - half:+.{places}f} to {middle + half:+.{places}f})"


def nothing(values: np.ndarray, within: float) -> bool:
    """Whether an effect lies within so many points of nought, with its whole 99 % interval."""
    return bool(abs(values.mean()) + 2.58 * values.std(ddof=1) / np.sqrt(len(values)) < within)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/RESULTS.md")
    asked = parser.parse_args()
    many = Many(corpus.opened("vn"), ON)
    ranks, carried, biased = [], [], []
    for seed in range(asked.worlds):
        planted = plant(seed)
        found = measured(planted, many)
        ranks.append([ranks_alike(found[each], planted.worth) for each in MEASURES])
        carried.append([effects(found[each], planted) for each in MEASURES])
        against = plant(seed, against=4.0)
        biased.append(effects(measured(against, many)["fair"], against)[1])
    ranked, carry = np.array(ranks), np.array(carried)
    gains = {"fair": ranked[:, 0] - ranked[:, 1], "score": ranked[:, 2] - ranked[:, 3]}
    text = "\n".join([
        f"`python benchmarks/fairness.py`, {date.today()}: {asked.worlds} worlds of 600 people in 24 bodies; each rates 16, 6 of them"
        " elsewhere, and has 12 products. Means over worlds, 95 % intervals.", "",
        "| | Spearman's correlation with planted worth | gain over the plain mean |", "|---|---|---|",
        *[f"| {CALLED[each]} | {interval(ranked[:, at])} | {f'**{interval(gains[each])}**' if each in gains else ''} |"
          for at, each in enumerate(MEASURES)], "",
        f"| difference among people of equal worth, points | {' | '.join(TRAITS)} |", "|---|---|---|---|",
        *[f"| {CALLED[each]} | {' | '.join(interval(carry[:, at, trait], 2) for trait in range(3))} |" for at, each in enumerate(MEASURES)], "",
        "The truth has no such difference: what the means of ratings show comes from raters who are more severe where minorities serve.",
        f"What severity does not take out: where every rater takes 4 points from a minority, fair scores carry {interval(np.array(biased), 2)}.", "",
    ])  # fmt: skip
    print(text)
    if asked.write:
        put(HEADING, text)
    held = all(nothing(carry[:, at, trait], 0.6) for at in (0, 2) for trait in range(3))
    if min(gains["fair"].mean(), gains["score"].mean()) <= 0 or not held:
        sys.exit("missed: a ranking that is no better than plain means, or a difference that is not in the people")


if __name__ == "__main__":
    main()
