"""Amounts of work in templates: whole numbers without decimals, parts of one with as many as they need."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from django import template

from canbo.pages import figures
from canbo.registry.saying import language

register = template.Library()


@register.filter
def amount(value: Decimal | float | None) -> str:
    """12, 0.8 or 1.25, in the marks of the language."""
    return figures.number(None) if value is None else _amount(value, language())


@lru_cache(maxsize=4096)
def _amount(value: Decimal | float, _language: str) -> str:
    exact = Decimal(str(value)).normalize()
    return figures.number(float(exact), max(0, -int(exact.as_tuple().exponent)))
