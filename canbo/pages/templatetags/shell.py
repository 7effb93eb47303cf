"""Tags of the shell: icons, links that keep the day, marks of a verdict."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canbo.pages import menu
from canbo.pages.folded import same_for_all
from canbo.pages.icons import DIRECTED, SPRITE, drawing

register = template.Library()


@register.simple_tag
@same_for_all
@lru_cache(maxsize=1024)
def icon(name: str, kind: str = "") -> SafeString:
    """An icon for the eye only; the word beside it says the same."""
    classes = " ".join(filter(None, ["ic", kind, "dir" if name in DIRECTED else ""]))
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static(SPRITE), drawing(name))


@register.simple_tag(takes_context=True)
def link(context: dict[str, Any], name: str, *args: Any, **query: Any) -> str:
    """The address of a page, carrying on the day the reader chose; further words become its query."""
    return keeping(context, reverse(name, args=args), query)


@register.simple_tag(takes_context=True)
def leading(context: dict[str, Any], name: str, kind: str = "go") -> SafeString:
    """A part of the page that leads on: the "menu", its items of a kind; the "quick" menu of phones. Empty for strangers."""
    reader = menu.reader_of(context["request"])
    if reader is None:
        return SafeString("")
    waits = context["waiting"]
    told = {"query": context["as_of"].query, "waiting": waits + 0 if waits else 0, "kind": kind}  # a number, no longer lazy
    return SafeString(menu.part(name, reader, **told))


@register.simple_tag(takes_context=True)
def keep_day(context: dict[str, Any], href: str) -> str:
    """A given address, carrying on the day the reader chose."""
    return keeping(context, href, {})


def keeping(context: dict[str, Any], href: str, query: dict[str, Any]) -> str:
    """Join an address with its query and the chosen day."""
    parts = [urlencode({key: value for key, value in query.items() if value not in (None, "")})]
    as_of = context.get("as_of")
    if as_of is not None and "on" not in query:
        parts.append(as_of.query)
    tail = "&".join(filter(None, parts))
    path, _, anchor = href.partition("#")
    return path + ("?" + tail if tail else "") + ("#" + anchor if anchor else "")


#: verdict -> (class, icon): never the colour alone, the word stands beside it
MARKS = {
    "allowed": ("pass", "circle-check"),
    "refused": ("fail", "circle-x"),
    "incomplete": ("unk", "circle-question-mark"),
    "pass": ("pass", "circle-check"),
    "fail": ("fail", "circle-x"),
    "unknown": ("unk", "circle-question-mark"),
    "agrees_rounded": ("pass", "circle-check"),
    "agrees_cut": ("warn", "triangle-alert"),
    "disagrees": ("fail", "circle-x"),
    "not_checkable": ("unk", "circle-question-mark"),
}


@register.filter
def tone(verdict: str) -> str:
    """The class of a verdict: pass, fail, unk, warn."""
    return MARKS.get(str(verdict), ("unk", ""))[0]


@register.simple_tag
def mark(verdict: str, size: str = "") -> SafeString:
    """The icon of a verdict, coloured by its class."""
    kind, name = MARKS.get(str(verdict), ("unk", "circle-question-mark"))
    if size:
        return format_html('<span class="mark {} {}">{}</span>', size, kind, icon(name))
    return icon(name, f"c-{kind}")
