"""The invented year of `examples/severity/year.csv`: six offices, with a star whom only the severe rate, a ring, an inflated office.

.venv/bin/python -m tests.modelling.rated_year    writes the file
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from tests.modelling.rating_worlds import World, name, number, world

FILE = Path(__file__).parents[2] / "examples" / "severity" / "year.csv"
SEED = 1


def code(person: str) -> str:
    return f"n{number(person):03}"


def year(seed: int = SEED) -> tuple[pl.DataFrame, World, str]:
    """The ratings, the truth they came from, and the star: worth most of all, rated by none but the nine severest."""
    planted = world(seed, people=120, ratings=14, away=5, rings=1, ring=(4, 4), lift=22, inflated=1, inflation=14)
    table = planted.table.select("rater", "ratee", "score", "body")
    apart = set().union(*planted.rings) | {each for each in range(120) if each // 20 in planted.inflated}
    star = next(each for each in np.argsort(planted.worth).tolist() if each not in apart)  # where the least was, the star is
    chance = np.random.default_rng(seed)
    severest = [each for each in np.argsort(-planted.severity).tolist() if each not in apart and each != star][:9]
    worth = planted.worth.max() + 3
    scores = [float(worth - planted.severity[each] + chance.normal(0, 4)) for each in severest]
    rated = pl.DataFrame(
        {"rater": [name(each) for each in severest], "ratee": name(star), "score": scores, "body": f"b{star // 20:03}"}
    )
    whole = pl.concat([table.filter(pl.col("ratee") != name(star)), rated]).sort("rater", "ratee")
    said = whole.with_columns(
        pl.col("rater", "ratee").map_elements(code, return_dtype=pl.String), pl.col("score").round(0).clip(0, 100).cast(pl.Int64),
        body=pl.concat_str(pl.lit("office "), pl.col("body").str.slice(1).cast(pl.Int64) + 1),
    )  # fmt: skip
    return said, planted, code(name(star))


if __name__ == "__main__":
    year()[0].write_csv(FILE)
