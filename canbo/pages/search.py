"""One search for people, organizations, posts and the law; each reader finds what that reader may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.pages import asked, rules_search
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of
from canbo.registry import looking, people, queries, vacancies

MOST = 20


@requires("organization.read")
def search(request: HttpRequest) -> HttpResponse:
    """What the words find on the day."""
    words, on = asked.words(request.GET.get("q"), 100), as_of(request).day
    context: dict[str, object] = {"query": words}
    if len(words) >= 2:
        context["units"] = queries.search_units(words, on=on, limit=MOST)
        # Words that all stand in names of organizations are such a name, not the title of a post.
        context["posts"] = [] if context["units"] else vacancies.find_posts(words, on=on, limit=10)
        reads = may(request, "person.read") or request.user.person_id
        found = people.search(words, on=on, limit=MOST) if reads else []
        looking.looked_at_search(by=request.user, on=on, persons=[row["person_id"] for row in found])
        context["people"] = found
        context["passages"] = rules_search.best(words, on, 3)
    return render(request, "search.html", context)
