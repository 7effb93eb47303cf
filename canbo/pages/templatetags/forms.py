"""What the printed forms need: words in the language of the law, the reader's beside them, figures as the law writes them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def law(texts: Any, language: str) -> str:
    """Words in the language of the law; what is no list of languages is itself."""
    return str(texts.get(language, "")) if isinstance(texts, Mapping) else str(texts or "")


@register.filter
def at(mapping: Mapping[str, Any] | None, name: str) -> Any:
    """The entry of a mapping, also one that is named as a method of mappings is."""
    return (mapping or {}).get(name)


@register.filter
def figure(number: Any) -> str:
    """A number with a comma, without zeros that say nothing; blank where it is not known."""
    if number in (None, ""):
        return ""
    text = f"{Decimal(str(number)):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


@register.filter
def roman(number: str) -> str:
    """The number of a group as the form writes it."""
    return {"1": "I", "2": "II", "3": "III"}[number]


@register.simple_tag(takes_context=True)
def gloss(context: template.Context, texts: Any) -> SafeString | str:
    """The same words in the reader's language, small, for the screen; nothing for whoever reads the law's."""
    language = context.get("gloss")
    said = texts.get(language) if language and isinstance(texts, Mapping) else None
    if not said:
        return ""
    way = "rtl" if language == "fa" else "ltr"
    return format_html(' <small class="gloss" lang="{}" dir="{}">{}</small>', language, way, said)
