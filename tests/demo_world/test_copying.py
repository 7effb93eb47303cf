"""Rows built column by column arrive in the database as they were meant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from canbo.project.world.book import FOREVER, NEVER, as_date, day
from canbo.project.world.copying import Always, Day, Hundredths, Number, Period, Text, Truth, copy, one_each, words

DAYS = some.dates(date(1900, 1, 1), date(2100, 1, 1)).map(day)
ROW = some.tuples(
    some.integers(-(2**62), 2**62), some.none() | some.integers(-(2**15), 2**15 - 1), some.sampled_from([0, 1, -1]),
    DAYS | some.none(), some.tuples(DAYS | some.none(), some.none() | some.integers(1, 9000)),
    some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20), some.integers(0, 999_999),
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=some.lists(ROW, min_size=1, max_size=30))
def test_what_is_copied_is_what_is_read(rows: list[Any]) -> None:
    from django.db import connection

    big, small, flag, on, period, text, money = zip(*rows, strict=True)
    start = np.array([NEVER if p[0] is None else p[0] for p in period], dtype=np.int32)
    end = np.array([FOREVER if p[1] is None else (p[0] or 0) + p[1] for p in period], dtype=np.int32)
    columns = {
        "big": Number(np.array(big), 8),
        "small": Number(np.array([n or 0 for n in small]), 2, np.array([n is None for n in small])),
        "flag": Truth(np.array(flag, dtype=np.int8)),
        "on": Day(np.array([d or 0 for d in on], dtype=np.int32), np.array([d is None for d in on])),
        "period": Period(start, end),
        "said": one_each(text),
        "told": one_each([f'{{"n": {n}}}' for n in range(len(rows))], b"\x01"),
        "money": Hundredths(np.array(money, dtype=np.int32)),
        "same": Always(-7),
        "joined": Text([(words(["a", "đô"]), np.arange(len(rows)) % 2), (words(["x", ""]), np.arange(len(rows)) % 2)]),
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute(
            'CREATE TEMPORARY TABLE copied (big bigint, small smallint, flag boolean, "on" date, period daterange, said text,'
            " told jsonb, money numeric(6,2), same bigint, joined text)"
        )
        copy(cursor.cursor, "copied", columns, len(rows))
        cursor.execute(
            "SELECT big, small, flag, \"on\", lower(period), upper(period), said, (told->>'n')::int, money, same, joined FROM copied"
        )
        found = cursor.fetchall()
    for number, (row, read) in enumerate(zip(rows, found, strict=True)):
        # a zero octet cannot end a word of a fixed table: numpy drops it, and PostgreSQL would refuse it
        expected = (
            row[0], row[1], None if row[2] < 0 else bool(row[2]), row[3] is not None and as_date(row[3]) or None,
            None if start[number] == NEVER else as_date(start[number]), None if end[number] == FOREVER else as_date(end[number]),
            row[5], number, Decimal(row[6]) / 100, -7, ["a x", "đô "][number % 2],
        )  # fmt: skip
        assert read == expected
