"""Filters that say days, numbers and names in the reader's language: `{{ value|day }}`, `{{ n|number }}`."""

from __future__ import annotations

from typing import Any

from django import template

from canbo.pages import figures, words

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
register.filter("word", words.word)


@register.filter
def initials(name: str) -> str:
    """First letters of the first and the last word of a name, for the round badge."""
    parts = str(name).split()
    if not parts:
        return "?"
    return (parts[0][0] + parts[-1][0]) if len(parts) > 1 else parts[0][:1]


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """The value of a mapping at a key, None when it has none."""
    return mapping.get(key) if mapping else None
