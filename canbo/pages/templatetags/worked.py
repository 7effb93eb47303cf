"""Amounts of work in templates: whole numbers without decimals, parts of one with as many as they need."""

from __future__ import annotations

from decimal import Decimal

from django import template

from canbo.pages import figures

register = template.Library()


@register.filter
def amount(value: Decimal | float | None) -> str:
    """12, 0.8 or 1.25, in the marks of the language."""
    if value is None:
        return figures.number(None)
    exact = Decimal(str(value)).normalize()
    return figures.number(float(exact), max(0, -int(exact.as_tuple().exponent)))
