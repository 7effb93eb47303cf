"""Search over the law: passages of the rulebook in their own words, with the words of the question marked."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.pages import asked, figures, rules_book
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.rules import corpus, passages
from canbo.rules.epochs import parameters_of
from canbo.rules.passages import Passage

MOST = 20
#: Articles named as those that read a figure or a term.
READERS = 3
#: Fields by which something is found, but which say nothing by themselves.
UNTOLD = ("fact", "step", "word", "waiting")


@requires("rules.read")
def law_search(request: HttpRequest) -> HttpResponse:
    """The passages that speak of what was asked."""
    question = asked.words(request.GET.get("q"), 200)
    context: dict[str, Any] = {"question": question}
    if len(question) >= 2:
        context["found"] = best(question, as_of(request).day, MOST)
    return render(request, "rules/search.html", context)


def best(question: str, on: date, most: int) -> list[dict[str, Any]]:
    """The best passages as pages show them."""
    return [shown(passage, question, on) for passage in passages.of(rules_book.book()).find(question, on=on, most=most)]


def shown(passage: Passage, question: str, on: date) -> dict[str, Any]:
    """A passage with its words marked: the title, the telling sentences, the source."""
    law = rules_book.book()
    article = law.articles.get(passage.name) if passage.kind == "article" else None
    texts = [telling(texts, question) for name, texts in passage.texts if name not in UNTOLD]
    hits = [(code, text) for code, text in texts if marks(text, question)]
    excerpts = list(dict.fromkeys((code, passages.excerpt(text, question)) for code, text in hits or texts[:1]))
    code, title = telling(passage.title, question)
    return {
        "kind": passage.kind,
        "name": passage.name,
        "title": passages.highlighted(told(passage.title), question),
        "also": (code, passages.highlighted(title, question)) if title != told(passage.title) else None,
        "excerpts": [(code, passages.highlighted(text, question)) for code, text in excerpts[:2]],
        "source": passages.highlighted(told(passage.source), question),
        "row": rules_book.row(article, on) if article else None,
        "readers": [] if article else readers(settings.CANBO_RULEBOOK, law.hash).get((passage.kind, passage.name), [])[:READERS],
    }


def told(texts: Any) -> str:
    """A text in the reader's language, else in the first that there is."""
    return next((texts[code] for code in (figures.language(), "vi", "en") if texts.get(code)), next(iter(texts.values()), ""))


def telling(texts: Any, question: str) -> tuple[str, str]:
    """A text with its language: the reader's, unless only another has words of the question."""
    mine = next((code for code in (figures.language(), "vi", "en") if texts.get(code)), next(iter(texts), ""))
    best = (
        mine if marks(texts.get(mine, ""), question) else max(texts, key=lambda code: marks(texts[code], question), default=mine)
    )
    return (best, texts[best]) if marks(texts.get(best, ""), question) else (mine, texts.get(mine, ""))


def marks(text: str, question: str) -> int:
    """How many words of a text the question has."""
    return sum(hit for _piece, hit in passages.highlighted(text, question))


@lru_cache(maxsize=1)
def readers(name: str, _hash: str) -> dict[tuple[str, str], list[tuple[str, dict[str, str]]]]:
    """By kind and name of a figure or a term: the articles that read it."""
    law = corpus.opened(name)
    found: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = {}
    for article in sorted(law.articles.values(), key=lambda one: (one.end is not None, one.level, one.id)):
        for kind, names in (("parameter", parameters_of(law, article)), ("fact", article.facts())):
            for each in names:
                found.setdefault((kind, each.partition("[")[0]), []).append((article.id, dict(article.title)))
    return found
