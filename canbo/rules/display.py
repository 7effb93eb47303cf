"""Showing values of the rules to people, in their language: days, months, words, not-known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from canbo.rules.dates import PartialDate
from canbo.rules.kleene import UNKNOWN, Value
from canbo.rules.schema import FactSpec, Type
from canbo.rules.words import DIGITS, message
from canbo.rules.words import day as written

_COUNTED = frozenset(("months", "years", "days", "people"))
_MEASURED = frozenset(("percent", "dong", "points", "votes", "posts"))
# From here months are shown as years and months too: ages, not terms.
LONG = 240


def show_value(
    value: Value | None,
    type_: Type,
    language: str,
    *,
    spec: FactSpec | None = None,
    unit: str = "",
    places: int = 0,
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """One value in words, digits included. `unit="month"` shows a day as its month; `places` are decimal places.

    `words`: how people read the words that figures give, where they are no fact's own.
    """
    if words and isinstance(value, str) and value in words and spec is None:
        return words[value].get(language) or words[value]["en"]
    places = spec.places if spec else places
    if places and isinstance(value, int) and not isinstance(value, bool):
        number = format_decimal(Decimal(value).scaleb(-places), locale=language)
        return _counted(number, unit or type_.unit, language).translate(DIGITS.get(language, {}))
    return _shown(value, type_, language, spec, unit).translate(DIGITS.get(language, {}))


def _shown(value: Value | None, type_: Type, language: str, spec: FactSpec | None, unit: str) -> str:
    if value is UNKNOWN or value is None:
        return message("not_known").say(language)
    if isinstance(value, bool):
        return message("yes" if value else "no").say(language)
    if isinstance(value, PartialDate):
        return _day(value.first, language, "year" if value.month is None else "month")
    if isinstance(value, date):
        return _day(value, language, unit)
    if isinstance(value, int):
        number, counted = _number(value, language), unit or type_.unit
        if counted not in _COUNTED:
            return _counted(number, counted, language)
        if counted == "months" and value >= LONG:
            years, months = divmod(value, 12)
            return message("count_months_long", number=number, years=years, months=months).say(language)
        return message(f"count_{counted}", number=number, s="" if abs(value) == 1 else "s").say(language)
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if spec and value in spec.words:
        words = spec.words[str(value)]
        return words.get(language) or words["en"]
    return str(value)


@lru_cache(maxsize=20_000)
def _day(value: date, language: str, unit: str) -> str:
    """A day, or its month or year, as the language writes it; remembered, since it takes some 30 µs."""
    if unit in ("month", "year"):
        return format_skeleton("y" if unit == "year" else "yMMMM", value, locale=language)
    return written(value, language)


@lru_cache(maxsize=20_000)
def _number(value: int, language: str) -> str:
    return format_decimal(value, locale=language)


def _counted(number: str, unit: str | None, language: str) -> str:
    """A number with the word of what it counts, where there is one."""
    return message(f"number_{unit}", number=number).say(language) if unit in _MEASURED else number


def plain(value: Value | None, unit: str = "", *, places: int = 0) -> object:
    """A value for JSON: dates as ISO text (YYYY-MM for a month), unknown as null, decimal places put back."""
    if value is UNKNOWN or value is None:
        return None
    if places and isinstance(value, int) and not isinstance(value, bool):
        return float(Decimal(value).scaleb(-places))
    if isinstance(value, date):
        return value.isoformat()[:7] if unit == "month" else value.isoformat()
    if isinstance(value, PartialDate):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
