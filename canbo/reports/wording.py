"""Numbers in the sentences that reports write, in the reader's language."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import get_language

from canbo.reports.verdicts import to_decimal

#: Languages with digits of their own, which Babel leaves Latin.
_DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}
#: How a day is written here; other languages take CLDR's medium form.
_DAYS = {"vi": "dd/MM/y", "en": "d MMMM y", "fa": "d MMMM y"}


def number(value: Fraction | int, places: int = 0) -> str:
    """A number rounded half up to `places` decimals: 30.4 or 30,4 or ۳۰٫۴."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    exact = to_decimal(Fraction(value), places)
    return _digits(format_decimal(exact, pattern, _locale(), decimal_quantization=False, numbering_system="default"))


def day(value: date) -> str:
    """A day: 1 July 2025 or 01/07/2025."""
    return _digits(format_date(value, _DAYS.get(_locale().language, "medium"), _locale()))


def _digits(text: str) -> str:
    return text.translate(_DIGITS.get(_locale().language, {}))


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")
