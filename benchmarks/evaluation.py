"""One body of 5,000 people with a year's quarter of products, reckoned by the law, beside the same sums in bare NumPy.

    .venv/bin/python benchmarks/evaluation.py [--write]

The bare sums know one law, one reading and no unknown; they say what the articles cost. Both are held equal first.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results import put
from canbo.rules import corpus
from canbo.rules.evaluation.many import Many

HEADING = "Evaluation"
PEOPLE, PRODUCTS, LIMIT, ROUNDS = 5_000, 12, 1.0, 7
ON = date(2026, 11, 28)


def planted(seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Products and works of a body: hundredths, ten-thousandths, tenths."""
    rng, size = np.random.default_rng(seed), PEOPLE * PRODUCTS
    assigned = rng.integers(1, 9, size)
    products = pl.DataFrame(
        {
            "work": np.repeat(np.arange(PEOPLE), PRODUCTS), "coefficient": rng.integers(8, 200, size) * 10,
            "assigned": assigned * 10_000, "done": np.maximum(0, assigned - rng.integers(0, 3, size)) * 10_000,
            "failures": rng.integers(0, 3, size), "times": rng.integers(0, 3, size), "days": rng.integers(0, 9, size),
            "cause": rng.random(size) < 0.05, "extra": rng.random(size) < 0.05,
        }
    )  # fmt: skip
    works = pl.DataFrame({"work": np.arange(PEOPLE), "general": rng.integers(200, 301, PEOPLE), "leader": np.zeros(PEOPLE, bool)})
    return products, works


def by_law(products: pl.DataFrame, works: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Scores in tenths and grades, by the articles in force."""
    many = Many(corpus.opened("vn"), ON)
    scored = many.works(works, many.products(products))
    told = scored.select("score", leader=pl.col("eval.leader"), head=pl.lit(False))
    return scored["score"], many.grades(told, regime="civil_servant", year=ON.year)


def bare(products: pl.DataFrame, works: pl.DataFrame) -> np.ndarray:
    """The same scores in NumPy, in millionths and half up at each step."""
    p = {name: products[name].to_numpy() for name in products.columns}
    done, assigned = p["coefficient"] * p["done"], np.where(p["extra"], 0, p["coefficient"] * p["assigned"])
    lost = [np.where(p["cause"], 0, (done * np.minimum(p[name], 4) + 2) // 4) for name in ("failures", "times")]
    over, top, bad, late = (np.bincount(p["work"], each, PEOPLE).astype(np.int64) for each in (assigned, done, *lost))
    a, b, c = ((2000 * each + over) // (2 * over) for each in (top, top - bad, top - late))
    result = (2 * (a + b + c) + 3) // 6
    return works["general"].to_numpy() + (result * 7 + 5) // 10


def fastest(work: object, *asked: object) -> float:
    found = []
    for _round in range(ROUNDS):
        begun = time.process_time()
        work(*asked)  # type: ignore[operator]
        found.append(time.process_time() - begun)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/RESULTS.md")
    asked = parser.parse_args()
    products, works = planted()
    scores, _grades = by_law(products, works)
    known = np.flatnonzero(scores.is_not_null().to_numpy())
    assert len(known) > 0.99 * PEOPLE
    assert (scores.to_numpy()[known] == bare(products, works)[known]).all(), "the law and the bare sums differ"
    law, plain = fastest(by_law, products, works), fastest(bare, products, works)
    told = [
        f"A body of {PEOPLE:,} people with {PRODUCTS} products each, scores and grades, seconds of the processor, the best of"
        f" {ROUNDS} rounds ({platform.machine()}, Python {platform.python_version()}).",
        "",
        "| | seconds | beside bare NumPy |", "|---|---|---|",
        f"| by the articles in force, every unknown kept | {law:.3f} | {law / plain:.0f} |",
        f"| the same scores in bare NumPy, no grades | {plain:.4f} | 1 |",
        f"| asked for: under {LIMIT:.0f} s | {'kept' if law < LIMIT else 'not kept'} | |",
    ]  # fmt: skip
    print("\n".join(told))
    if asked.write:
        put(HEADING, "\n".join(told))
    if law >= LIMIT:
        sys.exit(1)


if __name__ == "__main__":
    main()
