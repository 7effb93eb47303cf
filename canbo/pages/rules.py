"""Pages about the rulebook: its chapters, one topic, one article as law, and whom it touches now."""

from __future__ import annotations

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages import rules_article, rules_book
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of
from canbo.pages.staffing import sight_to_count
from canbo.registry import authority
from canbo.reports import touched as reports
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus

KEPT = 60  # seconds for which a count of whom an article touches is kept


@requires("rules.read")
def listing(request: HttpRequest) -> HttpResponse:
    """The rulebook by chapters, folded: how many articles each topic has, and when the law changes."""
    law, on = rules_book.book(), as_of(request).day
    filters = rules_book.asked_for(request, law)
    contents = rules_book.contents(law, filters, on)
    context = {
        "chapters": contents,
        "matching": sum(chapter["total"] for chapter in contents),
        "fields": rules_book.fields(filters, law, ("chapter", "family", "state", "effect", "confidence")),
        "filters": filters,
        "whole": rules_book.whole(law, on),
        "strip": rules_book.strip(law, on),
        "hash": law.hash,
        "count": len(law.articles),
        "figures": len(law.parameters),
    }
    return render(request, "rules/listing.html", context)


@requires("rules.read")
def topic(request: HttpRequest, name: str) -> HttpResponse:
    """The rules of one topic, each in one line, its versions side by side."""
    law, on = rules_book.book(), as_of(request).day
    if name not in law.subjects:
        raise Http404(_("The rulebook has no topic %(name)s.") % {"name": name})
    filters = rules_book.asked_for(request, law)
    rules = list(rules_book.rules_of(law, name, filters, on))
    context = {
        "topic": law.subjects[name],
        "rules": rules,
        "filters": filters,
        "fields": rules_book.fields(filters, law, ("family", "state", "effect", "confidence")),
        "whole": rules_book.whole(law, on, name),
    }
    return render(request, "rules/topic.html", context)


@requires("rules.read")
def article(request: HttpRequest, name: str) -> HttpResponse:
    """One article: what it asks in words and as data, since when, on which source, its examples, what it leaves open."""
    law, found = the_article(name)
    context = rules_article.laid_out(law, found, as_of(request).day)
    context["counts"] = may(request, authority.COUNTING) and reports.can_be_asked(law, found)
    return render(request, "rules/article.html", context)


def the_article(name: str) -> tuple[Corpus, Article]:
    """The rulebook and its article of that name. Raises Http404."""
    law = rules_book.book()
    if name not in law.articles:
        raise Http404(_("There is no article %(name)s in the rulebook.") % {"name": name})
    return law, law.articles[name]


@requires("count.read")
def touched(request: HttpRequest, name: str) -> HttpResponse:
    """Whom an article touches now, as a part to be put into its page: counts over the people whom the reader may count."""
    law, found = the_article(name)
    if not reports.can_be_asked(law, found):
        raise Http404(
            _("The article %(name)s decides nothing about persons, so it touches nobody who could be counted.") % {"name": name}
        )
    on = as_of(request).day
    key = f"pages.touched.{request.user.pk}.{law.hash}.{name}.{on}"
    told: reports.Touched | None = cache.get(key)
    if told is None:
        reach = authority.reach_of(request.user, act=authority.COUNTING)
        with sight_to_count(request):
            told = reports.touched(law, found, on=on, within=None if reach.sees_everything else reach.sees)
        cache.set(key, told, KEPT)
    tones = {"pass": "fpass", "fail": "ffail", "unknown": "funk", "not_applicable": "ftrack"}
    groups = [(one.outcome, one.people, one.rounded, tones[one.outcome]) for one in told.groups]
    parts = [("", people if people is not None else reports.FEWEST, tone) for _outcome, people, _rounded, tone in groups]
    context = {
        "groups": groups,
        "parts": parts,
        "lacking": [law.facts[fact] for fact in told.lacking],
        "row": rules_book.row(found, on),
    }
    return render(request, "rules/touched.html", context)
