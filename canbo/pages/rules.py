"""Pages about the rulebook: every article with its source, and one article with its text and examples."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages import figures
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.rules import corpus
from canbo.rules.article import Article


@requires("rules.read")
def listing(request: HttpRequest) -> HttpResponse:
    """All articles by topic; those in force on the day are marked."""
    book = corpus.opened(settings.CANBO_RULEBOOK)
    on = as_of(request).day
    topics: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(book.articles.values(), key=lambda a: (a.topic, not a.in_force(on), a.level, a.start, a.id)):
        topics.setdefault(one.topic, []).append(row(one, on))
    return render(request, "rules/listing.html", {"topics": topics, "hash": book.hash, "count": len(book.articles)})


def row(article: Article, on: date) -> dict[str, Any]:
    """An article as a line of the list."""
    return {
        "id": article.id,
        "title": dict(article.title),
        "cite": article.source.cite(figures.language()),
        "valid": (article.start, article.end),
        "in_force": article.in_force(on),
        "effect": article.effect,
        "confidence": article.source.to_dict().get("confidence"),
    }


@requires("rules.read")
def article(request: HttpRequest, name: str) -> HttpResponse:
    """One article: what it asks, since when, on which source, with its examples and what it leaves open."""
    book = corpus.opened(settings.CANBO_RULEBOOK)
    found = book.articles.get(name)
    if found is None:
        raise Http404(_("There is no article %(name)s in the rulebook.") % {"name": name})
    return render(
        request,
        "rules/article.html",
        {
            "article": found,
            "row": row(found, as_of(request).day),
            "source": found.source.to_dict(),
            "lifters": [row(one, as_of(request).day) for one in book.articles.values() if name in one.lifts],
            "lifts": [row(book.articles[one], as_of(request).day) for one in found.lifts if one in book.articles],
        },
    )
