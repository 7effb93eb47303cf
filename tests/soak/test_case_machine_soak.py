"""Ten thousand plays of cases, each replayable by its number; and writers of cases that are killed in the middle.

`CANBO_PLAYS=FROM:TO` plays some of the numbers: several processes with databases of their own share the work.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

import pytest

from tests.procedures import machine

pytestmark = pytest.mark.soak


def test_ten_thousand_plays_keep_every_invariant(django_db_setup: None, django_db_blocker: Any) -> None:
    first, last = (int(each) for each in os.environ.get("CANBO_PLAYS", "0:10000").split(":"))
    ended: Counter[str] = Counter()
    began = time.monotonic()
    with django_db_blocker.unblock(), machine.stage() as office:
        for seed in range(first, last):
            try:
                ended[machine.played(office, seed).case.state] += 1
            except BaseException as problem:
                raise AssertionError(f"play {seed} broke: play it again with CANBO_PLAY={seed}") from problem
            if seed % 100 == 99:
                print(f"{seed + 1 - first} plays in {time.monotonic() - began:.0f} s: {dict(ended)}", flush=True)
    assert sum(ended.values()) == last - first
