"""What may be written into an entry, and the one way it is written down."""

from __future__ import annotations

import enum
import json
import unicodedata
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.journal import content

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


class Degree(enum.StrEnum):
    MASTER = "master"


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8), PLAIN, max_size=4))
def test_what_is_written_reads_back_as_it_was(payload: dict[str, Any]) -> None:
    assert json.loads(content.canonical(payload)) == payload


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(), min_size=2), st.randoms())
def test_the_order_in_which_things_were_said_makes_no_difference(payload: dict[str, int], random: Any) -> None:
    shuffled = list(payload.items())
    random.shuffle(shuffled)
    assert content.canonical(dict(shuffled)) == content.canonical(payload)


def test_dates_numbers_and_lists_have_one_form() -> None:
    hanoi = timezone(timedelta(hours=7))
    written = content.canonical(
        {
            "z": (1, 2),
            "day": date(2025, 7, 1),
            "moment": datetime(2025, 7, 1, 7, 0, tzinfo=hanoi),
            "hour": time(9, 30),
            "pay": Decimal("2340000.00"),
            "degree": Degree.MASTER,
            "id": uuid.UUID(int=1),
            "none": None,
            "yes": True,
        }
    )
    assert written == (
        '{"day":"2025-07-01","degree":"master","hour":"09:30:00","id":"00000000-0000-0000-0000-000000000001",'
        '"moment":"2025-07-01T00:00:00+00:00","none":null,"pay":"2340000.00","yes":true,"z":[1,2]}'
    )


def test_letters_stay_as_they_were_entered() -> None:
    composed, decomposed = (unicodedata.normalize(form, "Hoàng") for form in ("NFC", "NFD"))
    assert content.canonical({"name": composed}) != content.canonical({"name": decomposed})
    assert json.loads(content.canonical({"name": decomposed}))["name"] == decomposed


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a\x00b", "content.x contains a NUL character"),
        ({"y": ["a\x00"]}, r"content.x.y\[0\] contains a NUL"),
        ({"a\x00": 1}, "content.x contains a NUL"),
        ("\ud800", "lone surrogate"),
        (float("nan"), "content.x is nan"),
        (float("inf"), "content.x is inf"),
        (Decimal("NaN"), "content.x is a Decimal"),
        (b"octets", "content.x is a bytes"),
        ({1: 2}, "content.x has a key that is not text but a int"),
        ({"a"}, "content.x is a set"),
        (datetime(2025, 7, 1), "content.x is a moment without a time zone"),
        (object(), "content.x is a object"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused_and_the_place_is_named(value: Any, said: str) -> None:
    with pytest.raises(content.Unrecordable, match=said):
        content.canonical({"x": value})


def test_a_text_that_is_too_long_for_the_metadata_is_refused() -> None:
    with pytest.raises(content.Unrecordable, match="key has 501 characters; at most 500"):
        content.text("k" * 501, what="key", longest=500)


def test_a_moment_keeps_its_place_in_time() -> None:
    assert '"2025-07-01T00:00:00.000001+00:00"' in content.canonical({"m": datetime(2025, 7, 1, 0, 0, 0, 1, tzinfo=UTC)})
