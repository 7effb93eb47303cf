"""The rule trace: the tree of each article as it was worked out for one person and one post, every node in words."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages import asked, figures
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.pages.people import may_read_family, name_of, the_person
from canbo.pages.verdicts import ORDER
from canbo.procedures import appointment
from canbo.registry import facts, people, vacancies
from canbo.registry.models import Person, Post
from canbo.registry.queries import NotInRegister
from canbo.rules import inwords
from canbo.rules.display import show_value
from canbo.rules.explain import ArticleVerdict
from canbo.rules.kleene import UNKNOWN, Trace
from canbo.rules.params import AgeReached
from canbo.rules.schema import Scope, check
from canbo.rules.syntax import COMPARISONS, LITERALS

TRUTHS = frozenset({"and", "or", "not", "in", *COMPARISONS.values()})
GATHERS = {"and": "all", "or": "any", "not": "none", "if": "where"}


@dataclass(frozen=True)
class Told:
    """A node in words.

    kind    a word of the family "node"; empty for a comparison or a figure, which `text` tells by itself
    mark    pass, fail or unknown where the node is true, false or not known; empty where it is a figure
    value   the figure as it is shown
    because where the value comes from: the source of a fact or of a parameter, with its day
    """

    kind: str
    text: str
    mark: str
    value: str
    because: str
    parts: tuple[Told, ...]


class Teller:
    """Tells the traces of one article's ruling in the reader's language."""

    def __init__(self, verdict: ArticleVerdict) -> None:
        self.ruling = verdict.ruling
        self.article, self.scene, self.language = self.ruling.article, self.ruling.scene, figures.language()
        law = self.scene.corpus
        steps = {name: step.type for name, step in self.article.steps.items()}
        self.scope = Scope(law.facts, law.parameters.signatures(), steps, True)

    def tell(self, trace: Trace) -> Told:
        """A node with all below it; literals say themselves in the sentence above them."""
        node = trace.node
        parts = tuple(self.tell(below) for below in trace.below if below.node.op not in (*LITERALS, "list"))
        truth = node.op in TRUTHS or isinstance(trace.value, bool)
        return Told(
            kind=GATHERS.get(node.op, ""),
            text=self.words(trace),
            mark=self.mark(trace) if truth else "",
            value="" if node.op in TRUTHS else self.shown(trace),
            because=self.because(trace),
            parts=parts,
        )

    def words(self, trace: Trace) -> str:
        """The node itself: a comparison as its sentence, a figure by its name or as its sum."""
        node, told = trace.node, {"on": self.scene.on, "language": self.language}
        if node.op in GATHERS:
            return ""
        if node.op in TRUTHS:
            return inwords.said(self.scene.corpus, self.article, node, **told).text  # type: ignore[arg-type]
        if node.op == "param":
            return figures.named(dict(self.scene.corpus.parameters[str(node.value)].title))
        return inwords.figure(self.scene.corpus, self.article, node, **told)  # type: ignore[arg-type]

    def mark(self, trace: Trace) -> str:
        """The mark of a truth value."""
        return "unknown" if trace.value is UNKNOWN else "pass" if trace.value is True else "fail"

    def shown(self, trace: Trace) -> str:
        """The value in words, with its unit."""
        spec = self.scene.corpus.facts.get(str(trace.node.value)) if trace.node.op == "fact" else None
        kind = spec.type if spec else check(trace.node, self.scope)
        if isinstance(trace.value, tuple):
            words = [show_value(one, kind, self.language, spec=spec) for one in trace.value]  # type: ignore[arg-type]
            return ", ".join(words) or show_value(None, kind, self.language)
        return show_value(trace.value, kind, self.language, spec=spec)

    def because(self, trace: Trace) -> str:
        """Where a fact or a parameter has its value from."""
        node = trace.node
        if node.op == "fact":
            fact = self.scene.facts.get(str(node.value))
            if fact is None:
                return _("by law, since nothing else was stated") if trace.below else _("nobody has stated it")
            day = _(", as of %(day)s") % {"day": figures.day(fact.as_of)} if fact.as_of else ""
            # What follows from other facts is not confirmed by anybody; only what is stated of the person can be.
            doubt = _(" · not confirmed") if not fact.confirmed and str(node.value).startswith("person.") else ""
            return (facts.source_said(fact.source) or _("source not recorded")) + day + doubt
        if node.op == "param":
            item = self.scene.corpus.parameters[str(node.value)]
            table = item.table if isinstance(item, AgeReached) else item
            since = self.since(table.days)
            return table.source.cite(self.language) + (
                _(", in this form since %(day)s") % {"day": figures.day(since)} if since else ""
            )
        return ""

    def since(self, days: Any) -> date | None:
        """The first day of the figures that hold on the day of asking."""
        place = bisect_right(days, self.scene.on) - 1
        return days[place] if place >= 0 else None


def told(verdict: ArticleVerdict) -> dict[str, Any]:
    """One article of a verdict: what it says of the case, and its trees of scope and condition in words."""
    teller, ruling = Teller(verdict), verdict.ruling
    return {
        "id": verdict.id,
        "outcome": verdict.outcome,
        "title": dict(ruling.article.title),
        "cite": ruling.article.source.cite(figures.language()),
        "reason": verdict.reason(figures.language()),
        "scope": teller.tell(ruling.scope) if ruling.scope else None,
        "tree": teller.tell(ruling.condition),
        "forbids": ruling.article.effect == "forbid",
    }


@requires("person.read", over=the_person)
def trace(request: HttpRequest, subject: Person, number: int, post: int) -> HttpResponse:
    """How the answer about a person and a post was worked out; with `?article=` one article, as a part of the page."""
    on = as_of(request).day
    place = vacancies.post(asked.row_number(post), on=on)
    if place is None:
        raise NotInRegister(_("There is no post %(post)s on this day.") % {"post": f"#{post}"})
    where = Post(pk=place["post"], organization_id=place["organization_id"])
    verdict = appointment.may(person=subject, post=where, by=request.user, on=on)
    applying = [one for one in verdict.articles if one.outcome in ("fail", "unknown", "pass")]
    applying.sort(key=lambda one: ORDER[one.outcome])
    name = asked.words(request.GET.get("article"))
    opened = next((one for one in applying if one.id == name), None)
    if request.htmx and opened is not None:  # type: ignore[attr-defined]
        return render(request, "people/trace_part.html", {"one": told(opened)})
    file = people.person(number, on=on)
    first = opened or next(iter(applying), None)
    return render(
        request,
        "people/trace.html",
        {
            "file": file,
            "name": name_of(file),
            "tab": "may",
            "age": figures.age(file["birth_on"], on),
            "shows_family": may_read_family(request, number),
            "post": place,
            "number_sign": f"#{place['post']}",
            "articles": [
                {"id": one.id, "outcome": one.outcome, "title": dict(one.ruling.article.title),
                 "cite": one.ruling.article.source.cite(figures.language()), "told": told(one) if one is first else None}
                for one in applying
            ],
            "silent": len(verdict.articles) - len(applying),
        },
    )  # fmt: skip
