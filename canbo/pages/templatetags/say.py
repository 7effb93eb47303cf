"""Filters that say days, numbers and names in the reader's language: `{{ value|day }}`, `{{ n|number }}`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext

from canbo.pages import figures, words
from canbo.registry import saying

register = template.Library()

register.filter("day", figures.day)
register.filter("month", figures.month)
register.filter("year", figures.year)
register.filter("dated", figures.dated)
register.filter("moment", figures.moment)
register.filter("number", figures.number)
register.filter("share", figures.share)
register.filter("period", figures.period)
register.filter("span", figures.span)
register.filter("digits", figures.digits)
register.filter("named", figures.named)
register.filter("age", figures.age)
register.filter("isolated", figures.isolated)
register.filter("again", saying.again)
register.filter("word", words.word)
register.filter("act", words.act_of)


@register.filter
def decimal(value: Any, places: int = 1) -> str:
    """A number with decimals; None is unknown."""
    return figures.number(None if value is None else float(value), places)


@register.filter
def quantity(value: Any) -> str:
    """How many or how much of a thing: with decimals only where it has any."""
    return figures.number(float(value), 0 if value == int(value) else 2)


@register.filter
def eve(value: date) -> date:
    """The day before."""
    return value - timedelta(days=1)


@register.filter
def outcome(state: str) -> str:
    """The word of a verdict for the state of a case: an open case was allowed."""
    return {"open": "allowed"}.get(state, state)


@register.filter
def mark_of(ruling: str) -> str:
    """The mark of what one article says: pass, fail, unknown."""
    return {"pass": "pass", "fail": "fail"}.get(ruling, "unknown")


@register.filter
def text(value: Any) -> str:
    """The plain text of a value, such as of a word from a list of words."""
    return str(value)


@register.filter
def translated(text: str | None) -> str:
    """A word that the register keeps in English, such as the label of a demo account, in the reader's language."""
    return gettext(text) if text else ""


@register.filter
def tongue(code: str) -> str:
    """The name of a language by its code."""
    return figures.locale().languages.get(code, code)


@register.filter
def apart(text: str | None) -> str:
    """A text that somebody wrote, in its own direction amid that of the page (Unicode isolates)."""
    return f"\u2068{text}\u2069" if text else ""


@register.filter
def initials(name: str) -> str:
    """First letters of the first and the last word of a name, for the round badge."""
    parts = str(name).split()
    if not parts:
        return "?"
    return ((parts[0][0] + parts[-1][0]) if len(parts) > 1 else parts[0][:1]).upper()


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """The value of a mapping at a key, None when it has none."""
    return mapping.get(key) if mapping else None
