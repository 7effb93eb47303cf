"""Many people out of a few, and a clock: what the benchmarks of candidates and of what-if share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np


def repeated(few: Any, size: int) -> Any:
    """As many people, each a copy of one of the few under a number of its own."""
    times = -(-size // len(few))
    raw = {name: np.tile(values, times)[:size] for name, values in few.raw.items()}
    ids = np.concatenate([few.ids + turn * 10_000_000 for turn in range(times)])[:size]
    return replace(few, ids=ids, raw=raw)


def clock(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
