"""Days, numbers and shares in the reader's language: the only place where pages format them (days as `saying` does).

Formats come from Babel (CLDR); digits of languages that have their own
(Persian) are put in afterwards, because Babel writes dates in Latin digits.
None is never shown as zero: it is the word "unknown".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from unicodedata import bidirectional

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import get_language_bidi, gettext, ngettext

from canbo.registry import saying
from canbo.registry.saying import digits as digits
from canbo.registry.saying import language as language
from canbo.registry.saying import locale as locale

#: How this house writes a month, as `saying` has its days; other languages take CLDR's form.
MONTHS = {"vi": "MM/y", "en": "MMM y", "fa": "MMMM y"}

#: A code in Latin letters, figures and marks: more than one sign, at least one figure and one mark.
CODE = re.compile(r"(?=[\w./-]*\d)(?=[\w./-]*[./-])[0-9A-Za-z][0-9A-Za-z./-]*[0-9A-Za-z]")

Number = int | float | Decimal


def unknown() -> str:
    """The word for a value that nobody has told us."""
    return gettext("unknown")


def day(value: date | None) -> str:
    """A day, such as 22 Nov 2026; None is unknown."""
    return unknown() if value is None else saying.day(value)


def month(value: date | None) -> str:
    """A month, such as Nov 2026."""
    if value is None:
        return unknown()
    return digits(format_date(value, MONTHS.get(language(), "MMM y"), locale()))


def year(value: date | int | None) -> str:
    """A year, never with a thousands mark."""
    if value is None:
        return unknown()
    return digits(value if isinstance(value, int) else value.year)


def dated(value: date | None, precision: str | None) -> str:
    """A day known to the day ("D"), the month ("M") or only the year ("Y")."""
    if value is None:
        return unknown()
    return {"M": month, "Y": year}.get(precision or "D", day)(value)


def moment(value: datetime | str | None) -> str:
    """A moment in the body's time zone, such as 22 Nov 2026, 16:02; also from the text that the journal writes."""
    if value is None:
        return unknown()
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    here = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(here.date())}{gettext(', ')}{digits(format_datetime(here, 'HH:mm', locale=locale()))}"


def number(value: Number | None, places: int = 0) -> str:
    """A number with the language's marks: 17,963 or 17.963 or ۱۷٬۹۶۳."""
    return unknown() if value is None else _number(value or 0, places, language())


@lru_cache(maxsize=4096)
def _number(value: Number, places: int, _language: str) -> str:
    """The same figures stand on page after page; Babel takes longer to write one than the page to place it."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return digits(format_decimal(value, pattern, locale(), numbering_system="default"))


def share(part: Number | None, whole: Number | None, places: int = 1) -> str:
    """A share in per cent, rounded half up; no share of nothing."""
    if part is None or whole is None:
        return unknown()
    if not whole:
        return "–"
    exact = Decimal(str(part)) * 100 / Decimal(str(whole))
    return (
        digits(format_decimal(exact, "0." + "0" * places if places else "0", locale(), numbering_system="default"))
        + percent_sign()
    )


def percent_sign() -> str:
    """The percent sign of the language; Persian has its own."""
    return "٪" if language() == "fa" else "%"


def ends(valid: Any) -> tuple[date | None, date | None]:
    """First day and first day after, of a range object or a (from, to) pair."""
    if hasattr(valid, "lower"):
        return valid.lower, valid.upper
    first, after = valid
    return first, after


def period(valid: Any) -> str:
    """Days from and to, both inclusive, such as 1 Jul 2025 – 30 Jun 2026; open: since 1 Jul 2025."""
    from datetime import timedelta

    if valid is None:
        return unknown()
    first, after = ends(valid)
    if first is None and after is None:
        return gettext("always")
    if first is None:
        return gettext("until %(day)s") % {"day": day(after - timedelta(days=1)) if after else ""}
    if after is None:
        return gettext("since %(day)s") % {"day": day(first)}
    return f"{day(first)} – {day(after - timedelta(days=1))}"


def months_between(first: date, last: date) -> int:
    """Completed months from `first` to `last`; negative when `last` comes before."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return count - 1 if last.day < first.day else count


def span(months: int | None) -> str:
    """A length of time in years and months: 3 years 4 months."""
    if months is None:
        return unknown()
    years, rest = divmod(max(months, 0), 12)
    parts = []
    if years:
        parts.append(ngettext("%(count)s year", "%(count)s years", years) % {"count": digits(years)})
    if rest or not years:
        parts.append(ngettext("%(count)s month", "%(count)s months", rest) % {"count": digits(rest)})
    return " ".join(parts)


def age(born: date | None, on: date) -> str:
    """Completed years of age on a day."""
    if born is None:
        return unknown()
    years = months_between(born, on) // 12
    return ngettext("%(count)s year old", "%(count)s years old", years) % {"count": digits(years)}


def named(names: Mapping[str, str] | str | None) -> str:
    """A name out of {language: name}: the reader's language, else the first that is there."""
    if not names:
        return unknown()
    if isinstance(names, str):
        return isolated(names)
    for code in (language(), "vi", "en"):
        if names.get(code):
            return isolated(names[code])
    return isolated(next(iter(names.values())))


def isolated(text: str) -> str:
    """In a right-to-left language, each code such as 377-QD/TW kept in its own order by invisible isolates.

    After a Latin name a mark says that the line goes on from right to left: a number that follows would be drawn into it.
    """
    if not get_language_bidi():
        return text
    kept = CODE.sub(lambda found: f"\u2066{found.group(0)}\u2069", text)
    return f"{kept}\u200f" if kept[-1:].isalpha() and bidirectional(kept[-1]) == "L" else kept


def later(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month."""
    from calendar import monthrange

    years, month_index = divmod(day.month - 1 + months, 12)
    year_then = day.year + years
    return date(year_then, month_index + 1, min(day.day, monthrange(year_then, month_index + 1)[1]))
