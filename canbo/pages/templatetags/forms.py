"""What the printed forms need: words in the language of the law, the reader's beside them, figures as the law writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canbo.evaluation.form_word import ROMAN, figure

register = template.Library()


@register.filter
def law(texts: Any, language: str) -> str:
    """Words in the language of the law; what is no list of languages is itself."""
    return str(texts.get(language, "")) if isinstance(texts, Mapping) else str(texts or "")


@register.filter
def at(mapping: Mapping[str, Any] | None, name: str) -> Any:
    """The entry of a mapping, also one that is named as a method of mappings is."""
    return (mapping or {}).get(name)


register.filter(figure)


@register.filter
def roman(number: str) -> str:
    """The number of a group as the form writes it."""
    return ROMAN[number]


@register.simple_tag(takes_context=True)
def gloss(context: template.Context, texts: Any) -> SafeString | str:
    """The same words in the reader's language, small, for the screen; nothing for whoever reads the law's."""
    language = context.get("gloss")
    said = texts.get(language) if language and isinstance(texts, Mapping) else None
    if not said:
        return ""
    way = "rtl" if language == "fa" else "ltr"
    return format_html(' <small class="gloss" lang="{}" dir="{}">{}</small>', language, way, said)
