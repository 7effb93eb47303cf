"""Pages of finding candidates: what will order them, sealed first; who may hold the post, and why not; and for one person,
which posts are open.

Conditions decide, the score only orders those who pass. With `?names=hidden` people are numbered, and nothing leads to a file.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from canbo.journal.models import Entry
from canbo.pages import asked, figures, words
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, read
from canbo.pages.people import may_read_family, name_of, the_person
from canbo.pages.verdicts import ORDER
from canbo.procedures import candidates
from canbo.procedures.candidates import CRITERIA, Candidate, Found
from canbo.procedures.models import Search
from canbo.registry import authority, people, queries, vacancies
from canbo.registry.models import Organization, Person, Post
from canbo.registry.queries import NotInRegister
from canbo.rules import corpus
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict

#: How many of each kind are shown together, and alone.
TOGETHER = {"eligible": 10, "waiting": 4, "near": 4}
KINDS = tuple(TOGETHER)
COLUMNS = 6  # conditions that have a column of their own
VACANT = 15  # vacant posts of a list, until all are asked for
#: Facts that would tell who somebody is: reasons that rest on them are left out while names are hidden.
TELLING = frozenset({"person.sex", "person.born", "person.native_area", "person.ethnicity", "case.native_in_area"})


def the_post(request: HttpRequest, number: int) -> Post:
    """The post for which candidates are looked for."""
    found = Post.objects.select_related("job").filter(pk=asked.row_number(number)).first()
    if found is None:
        raise Http404(_("There is no such post. Choose one from the list."))
    return found


def the_search(request: HttpRequest, number: int, **rest: Any) -> Search:
    """A sealed search."""
    found = Search.objects.select_related("post", "sealed_by", "entry__sealed").filter(pk=asked.row_number(number)).first()
    if found is None:
        raise Http404(_("There is no search number %(number)s.") % {"number": number})
    return found


# ---- the list


@requires("organization.read")
def listing(request: HttpRequest) -> HttpResponse:
    """Where to begin: vacant leading posts within reach, and the searches sealed so far; nothing for those who may not search."""
    on = as_of(request).day
    reach = authority.reach_of(request.user, act="candidates.find")
    places = list(Organization.objects.values_list("pk", flat=True)) if reach.everything else sorted(reach.organizations)
    past = Search.objects.select_related("post__job", "sealed_by").filter(post__organization_id__in=places).order_by("-pk")[:20]
    vacant = vacancies.vacant(places, on=on, limit=200 if "all" in request.GET else VACANT + 1) if places else []
    more = "all" not in request.GET and len(vacant) > VACANT
    context = {"vacant": vacant[:VACANT] if more else vacant, "more": more, "past": list(past) if places else []}
    return render(request, "candidates/listing.html", {**context, "may_find": may(request, "candidates.find")})


# ---- what will order them


@requires("candidates.find", over=the_post)
def begin(request: HttpRequest, post: Post, number: int) -> HttpResponse:
    """The criteria and where to look; sent, they are sealed in the journal, and only then names are shown."""
    on = as_of(request).day
    if request.method != "POST":
        return criteria(request, post, on, {name: str(weight) for name, weight in candidates.USUAL.items()})
    on = read(asked.words(request.POST.get("on"))).day
    weights = {name: asked.words(request.POST.get(f"weight_{name}"), 20) for name in CRITERIA}
    code, key = asked.words(request.POST.get("within")), asked.words(request.POST.get("key"))
    if not key.startswith(seal_key(request, post.pk)):
        raise Http404(_("This form was made for another search. Open it again from the post."))
    try:
        within = Organization.objects.get(pk=queries.unit(code, on=on).id) if code else None
        search = candidates.seal(post=post, weights=whole(weights), within=within, by=request.user, on=on, key=key)
    except (candidates.WeightsRefused, NotInRegister) as refused:
        return criteria(request, post, on, weights, code, str(refused))
    hidden = "?names=hidden" if request.POST.get("hidden") else ""
    return redirect(reverse("found", args=[search.pk]) + hidden)


def seal_key(request: HttpRequest, post: int) -> str:
    """How the key of a sealing begins; what the form adds makes its button seal once."""
    return f"candidates:{request.user.pk}:{post}:"


def whole(weights: Mapping[str, str]) -> dict[str, int]:
    """The weights as numbers; an empty one is 0. Raises WeightsRefused."""
    numbers = {name: 0 if text == "" else asked.whole_number(text) for name, text in weights.items()}
    for name, number in numbers.items():
        if number is None:
            raise candidates.WeightsRefused(
                _("“%(found)s” is no weight for %(criterion)s. Write a whole number from 0 to 100.")
                % {"found": weights[name], "criterion": words.word(name, "criterion")}
            )
    return {name: number for name, number in numbers.items() if number is not None}


def criteria(
    request: HttpRequest, post: Post, on: date, weights: Mapping[str, str], within: str = "", wrong: str = ""
) -> HttpResponse:
    """The form, with what was sent and what is wrong with it."""
    told = vacancies.post(post.pk, on=on)
    if told is None:
        raise NotInRegister(_("There is no post %(post)s on this day.") % {"post": f"#{post.pk}"})
    context = {
        "post": told,
        "standing": vacancies.standing([post.pk], on=on)[post.pk],
        "day": on,
        "weights": [(name, weights[name]) for name in CRITERIA],
        "path": queries.path(told["organization_id"], on=on),
        "within": within,
        "wrong": wrong,
        "key": seal_key(request, post.pk) + secrets.token_hex(8),
    }
    return render(request, "candidates/begin.html", context, status=422 if wrong else 200)


# ---- who was found


@dataclass(frozen=True)
class Column:
    """A condition with a column of its own."""

    id: str
    title: Mapping[str, str]
    family: str


@dataclass(frozen=True)
class Row:
    """One person of the table, in the words of the page.

    cells   by column: pass, fail, unknown, or None where the condition does not concern the person
    heat    by criterion: (name, score or None, shade 1 to 5)
    stands  titles of the articles in the way, or of those that wait for facts
    """

    candidate: Candidate
    name: str
    file: Mapping[str, Any] | None
    post: Mapping[str, Any] | None
    mark: str
    cells: Sequence[tuple[Column, str | None]]
    heat: Sequence[tuple[str, float | None, int]]
    stands: Sequence[Mapping[str, str]]

    @property
    def low(self) -> list[tuple[str, float | None]]:
        """The criteria that speak against: unknown ones, and the two lowest below 70."""
        unknown = [(name, score) for name, score, _shade in self.heat if score is None]
        low = sorted(((score, name) for name, score, _shade in self.heat if score is not None and score < 70))
        return [*unknown, *((name, score) for score, name in low[:2])]

    @property
    def firmness(self) -> str:
        """How firm the rank is, as a word of the family "firmness"."""
        firm = self.candidate.firm or 0.0
        return "firm" if firm >= 0.9 else "fairly" if firm >= 0.6 else "loose"


@requires("candidates.find", over=the_search)
def found(request: HttpRequest, search: Search, number: int) -> HttpResponse:
    """Who may hold the post, in order; who waits for facts; whom the fewest articles keep out. Showing them is an entry."""
    result = candidates.find(search, by=request.user)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    hidden = request.GET.get("names") == "hidden"
    only = request.GET.get("show", "")
    chosen = pick(result, only if only in KINDS else "")
    columns, rest = divided(law, chosen)
    posts = vacancies.posts([search.post_id, *(one.post for one in chosen if one.post)], on=search.on)
    first = next((one for one in result.eligible if one.post), None)
    standing = vacancies.standing([search.post_id, *([first.post] if first and first.post else [])], on=search.on)
    context: dict[str, Any] = {
        "search": search,
        "post": posts.get(search.post_id),
        "within": queries.unit_by_id(search.within_id, on=search.on) if search.within_id else None,
        "found": result,
        "only": only if only in KINDS else "",
        "kinds": [(kind, getattr(result, {"eligible": "passed", "waiting": "open", "near": "failed"}[kind])) for kind in KINDS],
        "scored": any(one.rank for one in chosen),
        "hidden": hidden,
        "columns": columns,
        "families": [
            (family, len(of)) for family in ("party", "state", "") if (of := [c for c in columns if c.family == family])
        ],
        "rest": rest,
        "weights": shares(search.weights),
        "rows": rows_of(law, search, chosen, columns, posts, hidden),
        "counts": in_numbers(law, result),
        "standing": standing.get(search.post_id),
        "first": first,
        "first_post": posts.get(first.post) if first and first.post else None,
        "first_standing": standing.get(first.post) if first and first.post else None,
        "day_count": (search.on - s).days if (s := (standing.get(search.post_id) or {}).get("since")) else None,
        "may_nominate": may(request, "appointment.nominate", search.post.organization_id),
    }
    return render(request, "candidates/found.html", context)


def pick(result: Found, only: str) -> list[Candidate]:
    """The persons of the table: of one kind, or the first of each kind."""
    if only:
        return list(getattr(result, only))
    return [one for kind, most in TOGETHER.items() for one in getattr(result, kind)[:most]]


def shares(weights: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Each criterion with its weight and its share of all."""
    return [
        (name, weights.get(name, 0), figures.share(weights.get(name, 0), sum(weights.values()), 0))
        for name in CRITERIA
        if weights.get(name, 0)
    ]


def divided(law: Corpus, chosen: Sequence[Candidate]) -> tuple[list[Column], dict[str, int]]:
    """The conditions by which the shown persons differ, and how many others there are: met by all, alike, without room."""
    outcomes: dict[str, Counter[str | None]] = {}
    for one in chosen:
        for article in one.outcomes:
            outcomes.setdefault(article, Counter())
    for article, counted in outcomes.items():
        counted.update(one.outcomes.get(article) for one in chosen)
    met = [a for a, counted in outcomes.items() if not counted["fail"] and not counted["unknown"]]
    alike = [a for a, counted in outcomes.items() if a not in met and len(counted) == 1]
    differ = [a for a in outcomes if a not in met and a not in alike]
    differ.sort(key=lambda a: (-outcomes[a]["fail"], -outcomes[a]["unknown"], a))
    columns = [Column(a, law.articles[a].title, law.family(law.articles[a]) or "") for a in differ[:COLUMNS]]
    order = {"party": 0, "state": 1}
    columns.sort(key=lambda column: order.get(column.family, 2))
    return columns, {"met": len(met), "alike": len(alike), "more": len(differ) - len(columns)}


def rows_of(
    law: Corpus, search: Search, chosen: Sequence[Candidate], columns: Sequence[Column],
    posts: Mapping[int, Mapping[str, Any]], hidden: bool,
) -> list[Row]:  # fmt: skip
    """The rows of the table. Hidden: numbers in place of names, in the order shown, and nothing read from the files."""
    files = {} if hidden else people.brief([one.person for one in chosen], on=search.on)
    rows = []
    for place, one in enumerate(chosen, 1):
        file = files.get(one.person)
        stands = [a for a, outcome in one.outcomes.items() if outcome == ("unknown" if one.outcome == "unknown" else "fail")]
        rows.append(
            Row(
                candidate=one,
                name=name_of(dict(file)) if file else _("Candidate %(number)s") % {"number": figures.number(one.rank or place)},
                file=file,
                post=posts.get(one.post or 0),
                mark=mark_of(search, one.person),
                cells=[(column, one.outcomes.get(column.id)) for column in columns],
                heat=[
                    (name, score, shade(score))
                    for name in CRITERIA
                    if search.weights.get(name)
                    for score in (one.scores.get(name),)
                ]
                if one.rank
                else [],
                stands=[law.articles[article].title for article in stands],
            )
        )
    return rows


def shade(score: float | None) -> int:
    """From the palest (1) to the darkest (5)."""
    return 1 if score is None else min(5, max(1, int(score // 20) + 1))


def mark_of(search: Search, person: int) -> str:
    """What stands for a person of a search in an address: it does not tell which person it is."""
    return salted_hmac("canbo.pages.candidates", f"{search.pk}:{person}", algorithm="sha256").hexdigest()[:16]


def in_numbers(law: Corpus, result: Found) -> list[dict[str, Any]]:
    """Of each condition that somebody fails or of whom it is not known: its family, whom it keeps out, of whom unknown."""
    counted = [count for count in result.counts if count.failed or count.unknown]
    counted.sort(key=lambda count: (-count.failed, -count.unknown))
    return [
        {"id": count.article, "title": article.title, "family": law.family(article) or "", "failed": count.failed,
         "unknown": count.unknown}
        for count in counted for article in (law.articles[count.article],)
    ]  # fmt: skip


# ---- why


@requires("candidates.find", over=the_search)
def reasons(request: HttpRequest, search: Search, number: int, mark: str) -> HttpResponse:
    """Why one of the shown came out so: articles, what is missing, the shortest path. A part of the table, or a page."""
    person = next((one for one in shown_to(request, search) if mark_of(search, one) == mark), None)
    if person is None:
        raise Http404(_("This search has shown you no such person. Open the search again."))
    hidden = request.GET.get("names") == "hidden"
    verdict = candidates.reasons(search, person, by=request.user)
    told = verdict.to_dict()
    articles = [dict(one) for one in told["articles"] if one["outcome"] in ("pass", "fail", "unknown")]  # type: ignore[attr-defined]
    for one in articles:
        one["telling"] = hidden and any(fact["name"] in TELLING for fact in one["facts"])
    context = {
        "search": search,
        "post": vacancies.post(search.post_id, on=search.on),
        "verdict": told,
        "articles": sorted(articles, key=lambda one: ORDER.get(one["outcome"], 9)),
        "hidden": hidden,
        "person": None if hidden else person,
        "may_nominate": may(request, "appointment.nominate", search.post.organization_id),
    }
    return render(request, "candidates/why.html" if request.htmx else "candidates/why_page.html", context)  # type: ignore[attr-defined]


def shown_to(request: HttpRequest, search: Search) -> Sequence[int]:
    """The persons whom this search showed the reader the last time, by the journal."""
    kind, pk = search._meta.label_lower, str(search.pk)
    entry = (
        Entry.objects.filter(about_kind=kind, about_id=pk, act=candidates.FOUND, by_id=request.user.pk).order_by("-id").first()
    )
    return [] if entry is None or entry.payload is None else list(entry.payload["persons"])


# ---- for one person


@requires("person.read", over=the_person)
def openings(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """The vacant leading posts around a person, and what each lacks."""
    on = as_of(request).day
    file = people.person(number, on=on)
    offered = candidates.openings(subject, by=request.user, on=on)
    rows = [
        {
            "row": one.row,
            "word": one.verdict.word,
            "number_sign": f"#{one.post}",
            "stands": stands[:2],
            "more": max(0, len(stands) - 2),
        }
        for one in offered
        for stands in ([lacking(law) for word in ("fail", "unknown") for law in one.verdict.with_outcome(word)],)
    ]
    counted = Counter(row["word"] for row in rows)
    context = {
        "file": file,
        "name": name_of(file),
        "tab": "openings",
        "age": figures.age(file["birth_on"], on),
        "shows_family": may_read_family(request, number),
        "own": request.user.person_id == number,
        "rows": rows if "all" in request.GET else rows[:VACANT],
        "more": "all" not in request.GET and len(rows) > VACANT,
        "tally": [(word, counted[word]) for word in ("allowed", "incomplete", "refused") if counted[word]],
    }
    return render(request, "people/openings.html", context)


def lacking(verdict: ArticleVerdict) -> dict[str, Any]:
    """An article that stands in the way of a post, and the facts it waits for."""
    article = verdict.ruling.article
    return {
        "id": verdict.id,
        "title": article.title,
        "cite": article.source.cite(figures.language()),
        "missing": [missing.spec.label for missing in verdict.missing],
    }
