"""Made-up people in posts, as columns of whole numbers: what the twelve articles of benchmarks/rulebook ask about.

No person is invented, only columns: an enum is the number of its word in facts.yaml, a date the days since
1970-01-01. Three in a hundred of each fact are unknown, two in a hundred births are known to the month or year only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

ASKED_ON = date(2026, 7, 1)
UNKNOWN_SHARE = 0.03
#: Facts that are the same for everybody asked about.
FIXED = {"case.asked_on": ASKED_ON}

TITLE_SHARES = (0.012, 0.018, 0.012, 0.02, 0.008, 0.006, 0.01, 0.02, 0.06, 0.084, 0.75)


@dataclass(frozen=True)
class Given:
    """One column: whole numbers or truth values for every person, and where nothing is known."""

    values: np.ndarray
    missing: np.ndarray


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def invent(people: int, seed: int = 1) -> dict[str, Given]:
    """The columns of `people` persons, by name; 22 of them, 30 bytes a person with what is known of them."""
    draw = np.random.default_rng(seed)
    columns: dict[str, Given] = {}

    def missing() -> np.ndarray:
        return draw.random(people, dtype=np.float32) < UNKNOWN_SHARE

    def put(name: str, values: np.ndarray, dtype: type = np.int8) -> None:
        columns[name] = Given(values.astype(dtype), missing())

    def choose(*shares: float) -> np.ndarray:
        return np.searchsorted(np.cumsum(shares)[:-1], draw.random(people, dtype=np.float32), side="right")

    def days(name: str, first: date, last: date) -> None:
        low, high = _ends(draw, draw.integers(day_number(first), day_number(last) + 1, people), 0.01, 0.0)
        unknown = missing()
        columns[f"{name}.lo"], columns[f"{name}.hi"] = Given(low, unknown), Given(high, unknown)

    put("person.sex", choose(0.48, 0.52))
    columns |= _births(draw, people, missing())
    put("person.minority", choose(0.86, 0.14), np.bool_)
    put("person.degree", choose(0.02, 0.13, 0.6, 0.21, 0.04))
    put("person.theory", choose(0.25, 0.3, 0.3, 0.15))
    put("person.discipline", choose(0.95, 0.03, 0.015, 0.005))
    days("person.discipline_on", date(2021, 1, 1), ASKED_ON)
    days("person.post_since", date(2008, 1, 1), ASKED_ON)
    for year in range(3):
        put(f"person.grades[{year}]", choose(0.2, 0.68, 0.1, 0.02))
    put("person.planned", choose(0.7, 0.3), np.bool_)
    put("person.trained", choose(0.55, 0.45), np.bool_)
    put("person.native_area", draw.integers(1, 35, people))
    put("post.title", choose(*TITLE_SHARES))
    put("post.level", choose(0.1, 0.3, 0.6))
    put("post.area", draw.integers(1, 35, people))
    put("unit.deputies", draw.integers(0, 6, people))
    return columns


def _births(draw: np.random.Generator, people: int, unknown: np.ndarray) -> dict[str, Given]:
    """Earliest and latest day of birth, and the month of the earliest: most are known to the day."""
    first = draw.integers(day_number(date(1963, 1, 1)), day_number(date(2003, 12, 31)) + 1, people)
    low, high = _ends(draw, first, 0.015, 0.005)
    months = low.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    named = {"lo": low, "hi": high, "month": months.astype(np.int16)}
    return {f"person.born.{name}": Given(values, unknown) for name, values in named.items()}


def _ends(draw: np.random.Generator, days: np.ndarray, by_month: float, by_year: float) -> tuple[np.ndarray, np.ndarray]:
    """The earliest and the latest day, of which shares are known to the month and to the year only."""
    day, how = days.astype("datetime64[D]"), draw.random(len(days), dtype=np.float32)
    low, high = day.copy(), day.copy()
    for unit, those in (("M", how < by_month), ("Y", (how >= by_month) & (how < by_month + by_year))):
        whole = day[those].astype(f"datetime64[{unit}]")
        low[those], high[those] = whole.astype("datetime64[D]"), (whole + 1).astype("datetime64[D]") - 1
    return low.astype(np.int64).astype(np.int16), high.astype(np.int64).astype(np.int16)
