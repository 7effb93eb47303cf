"""Who goes where: of a scenario, of a round of rotation, of vacancies in chains. The kept proposal, its hands, one button to accept.

What is shown is what was kept; only why somebody is not elsewhere is asked of the register again, which says so where the
question has changed since.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from canbo.modelling.placement.answers import Answer
from canbo.modelling.placement.sentences import say
from canbo.modelling.placement.shown import explained
from canbo.modelling.placement.why import wanted, why
from canbo.pages import asked, boards, figures, scenarios
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.procedures import placing, proposals, rotation, vacating
from canbo.procedures.models import Hand, Proposal, Proposed, Round, Scenario
from canbo.procedures.proposals import CHANGES, Kind, NotAccepted, Says, Solved
from canbo.procedures.refusals import Refused
from canbo.procedures.scenarios import acting, sketch
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import constraints, once, people, queries
from canbo.registry.models import Job, Organization, Person
from canbo.registry.queries import Unit
from canbo.reports.placed import deputies_left
from canbo.rules import corpus

KEPT = 300
FIRST, CITED = 12, 3  # people without a place that are seen without unfolding; articles that are named
PERSON_LIMIT, MOST_WHYS = 10.0, 2  # seconds of the solver for one explanation; posts that are explained
ANSWERED = (ScenarioRefused, NotAccepted, Refused, once.KeyUsed)


@dataclass(frozen=True)
class Asked:
    """What a page is about: the kind of round, the body, the day, and where it leads back to."""

    kind: str
    body: int
    on: date
    back: str
    title: str
    scenario: Scenario | None = None

    @property
    def round(self) -> Round | None:
        """The round, where somebody asked already."""
        if self.scenario is not None:
            return Round.objects.filter(scenario=self.scenario).first()
        return Round.objects.filter(kind=self.kind, body=self.body, on=self.on, scenario=None).first()

    def opened(self) -> Round:
        """The round, made where it was not."""
        body = Organization.objects.get(pk=self.body)
        return proposals.round_of(kind=self.kind, scenario=self.scenario, body=body, on=self.on)


@requires(placing.ACT, over=scenarios.body_of)
def page(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """Who goes where in one scenario."""
    scenario = acting.named(name, reader=request.user)
    about = Asked(
        Kind.SCENARIO, scenario.body_id, scenario.on, reverse("scenario", args=[name]), scenario.title or scenario.name, scenario
    )
    return _page(request, about)


@requires(rotation.ACT, over=boards.unit_for(rotation.ACT))
def rotation_round(request: HttpRequest, unit: Unit) -> HttpResponse:
    """All who have to move beneath a body by a day, among their posts."""
    back = reverse("rotation") + f"?in={unit.code}"
    return _page(request, Asked(Kind.ROTATION, unit.id, as_of(request).day, back, figures.named(unit.name)))


@requires(vacating.ACT, over=boards.unit_for(vacating.ACT))
def vacancy_chains(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The vacancies beneath a body on a day, filled in chains."""
    back = reverse("vacancies") + f"?in={unit.code}"
    return _page(request, Asked(Kind.VACANCIES, unit.id, as_of(request).day, back, figures.named(unit.name)))


def _page(request: HttpRequest, about: Asked) -> HttpResponse:
    refusal = ""
    if request.method == "POST":
        try:
            _act(request, about)
            return redirect(request.get_full_path())
        except IntegrityError as problem:
            refusal = constraints.explained(problem)
        except ANSWERED as problem:
            refusal = " ".join(map(str, getattr(problem, "reasons", None) or [problem]))
    found = about.round
    proposal = proposals.latest(found) if found and may(request, placing.ACT, about.body) else None
    context: dict[str, Any] = {
        "about": about, "refusal": refusal, "key": f"place:{request.user.pk}:{secrets.token_hex(8)}", "found": proposal,
        "may_ask": may(request, placing.ACT, about.body) and (about.scenario is None or about.scenario.state in acting.OPEN),
        "may_change": may(request, CHANGES[Kind(about.kind)], about.body) and may(request, placing.ACT, about.body),
    }  # fmt: skip
    if found is not None and proposal is not None:
        context |= _told(request, about, found, proposal)
    return render(request, "placement/proposal.html", context, status=422 if refusal else 200)


def _act(request: HttpRequest, about: Asked) -> None:
    """Do what a button says."""
    do, by, sent = request.POST.get("do", ""), request.user, asked.words(request.POST.get("key"), 80)
    if not sent.startswith(f"place:{by.pk}:"):
        raise NotAccepted(_("This form was made for somebody else or is incomplete. Open the page again."))
    key, found = f"{sent}:{do[:10]}", about.opened()
    number = asked.whole_number(request.POST.get("number")) or 0
    match do:
        case "ask":
            proposals.propose(round=found, by=by, limits=deputies_left, key=key)
        case "put":
            says = Says.APART if request.POST.get("says") == Says.APART else Says.PIN
            person, post = Person.objects.filter(pk=number).first(), asked.words(request.POST.get("post"), 160)
            if person is None or not post:
                raise NotAccepted(_("Choose a person and a post."))
            reason = asked.words(request.POST.get("reason"), 1000)
            proposals.put(round=found, person=person, post=post, says=says, reason=reason, by=by, key=key)
            proposals.propose(round=found, by=by, limits=deputies_left, key=f"{key}:ask")
        case "lift":
            hand = Hand.objects.filter(pk=number, round=found).first()
            if hand is not None:
                proposals.lift(hand=hand, by=by, key=key)
                proposals.propose(round=found, by=by, limits=deputies_left, key=f"{key}:ask")
        case "accept":
            proposal = Proposal.objects.filter(pk=number, round=found).first()
            if proposal is not None:
                proposals.accept(proposal=proposal, by=by, on=today(), limits=deputies_left, key=key)
        case _:
            raise NotAccepted(_("This form was made for somebody else or is incomplete. Open the page again."))


def _told(request: HttpRequest, about: Asked, found: Round, proposal: Proposal) -> dict[str, Any]:
    kept, hands = proposals.show(proposal=proposal, by=request.user), proposals.hands_of(found)
    codes = {*(row.post for row in kept if row.post), *(hand.post for hand in hands), *proposal.found["posts"]}
    names = _Names(about, [*(row.person for row in kept), *(hand.person for hand in hands)], codes)
    held = boards.places_of([row.before_id for row in kept if row.before_id], about.scenario.base if about.scenario else about.on)
    rows = [_row(row, names, held, found) for row in kept]
    placed = [row for row in rows if row["post"]]
    chosen = next((row for row in kept if str(row.person_id) == request.GET.get("why")), None)
    told = proposal.found
    still = [(names.post(each["post"]), each["why"]) for each in told["open"]]
    return {
        "placed": placed, "nowhere": [row for row in rows if not row["post"]][:FIRST], "folded": [row for row in rows if not row["post"]][FIRST:], "names": names,
        "chains": [list(links) for _chain, links in groupby(placed, lambda row: row["chain"])],
        "open_posts": still[:FIRST], "open_folded": still[FIRST:],
        "hands": [_hand(hand, names, told) for hand in hands], "gap": None if told["gap"] is None else told["gap"] * 100,
        "loss": None if told["worth"] is None or told["alone"] is None else told["alone"] - told["worth"],
        "missed": [(names.constraint(each), each["cost"]) for each in told["missed"]],
        "conflict": [names.constraint(each) for each in told["conflict"]],
        "fair": sorted(told["fairness"].get("sex", {}).items()), "who": names.person(chosen.person) if chosen else "",
        "reasons": names.said(_why(request, proposal, chosen)) if chosen else [],
        "persons": sorted((names.person(row.person), row.person_id) for row in kept),
        "posts": sorted((names.post(code), code) for code in told["posts"]),
        "accepts": proposal.state == Proposal.State.OPEN and bool(placed),
    }  # fmt: skip


def _row(row: Proposed, names: _Names, held: Mapping[int, Mapping[str, Any]], found: Round) -> dict[str, Any]:
    before = held.get(row.before_id or 0)
    told = row.told
    why_not = ""
    if not row.post and "why" in told:
        cited = _titles([*told["articles"], *(told["names"] if told["why"] == "no_post" else [])])
        why_not = say(f"reason_{told['why']}", figures.language(), names=cited or say("no_score", figures.language()))
    return {
        "person": row.person_id, "who": names.person(row.person), "post": names.post(row.post) if row.post else "", "hand": row.hand,
        "before": f"{figures.named(before['job_names'])}, {figures.named(before['organization_name'])}" if before else "",
        "needs": told["needs"], "distance": told.get("distance"), "why": names.said([why_not])[0], "chain": row.chain, "link": row.link,
        "case": row.case_id, "kind": found.kind,
    }  # fmt: skip


def _titles(articles: Iterable[str]) -> str:
    """The first articles by their titles, and how many more; what is no article of the rulebook as it stands."""
    law, told = corpus.opened(settings.CANBO_RULEBOOK).articles, list(articles)
    said = [str(figures.named(law[one].title)) if one in law else one for one in told]
    more = _(" and %(n)s more") % {"n": figures.number(len(said) - CITED)} if len(said) > CITED else ""
    return "; ".join(said[:CITED]) + more


def _hand(hand: Hand, names: _Names, told: Mapping[str, Any]) -> dict[str, Any]:
    """`broken`: the articles that no longer allow it, or None; `cost`: None where it was not reckoned yet."""
    broken = told["broken"].get(str(hand.pk))
    return {
        "hand": hand, "who": names.person(hand.person), "post": names.post(hand.post), "broken": broken,
        "cited": _titles(broken or []), "cost": told["costs"].get(str(hand.pk)), "pin": hand.says == Says.PIN,
    }  # fmt: skip


def _why(request: HttpRequest, proposal: Proposal, row: Proposed) -> list[str]:
    """Why this person is not where he or she would rather be, or would be next best; what would have to differ."""
    language, number = figures.language(), row.person.identification_number

    def read() -> Solved:
        question = proposals.question(proposal.round, by=request.user, limits=deputies_left)
        return proposals.solve(proposal.round, question, proposal.lot)

    done: Solved = cache.get_or_set(f"pages.proposal.{request.user.pk}.{proposal.pk}", read, KEPT)
    if proposals.digest(done.asked.problem) != proposal.question or number not in done.answer.problem.people:
        return [_("The register has changed since: ask anew to have it explained.")]
    posts = wanted(done.answer, number) or _next_best(done.answer, number)
    told = [
        line for post in posts[:MOST_WHYS]
        for line in explained(done.answer.problem, why(done.answer, number, post, PERSON_LIMIT), language)
    ]  # fmt: skip
    return told or [say("nothing_better", language, person=number)]


def _next_best(answer: Answer, number: str) -> list[str]:
    problem, at = answer.problem, answer.assignment.get(number)
    own = [post for post in problem.open_to(number) if post != at]
    return sorted(own, key=lambda post: -problem.value(number, post)) or problem.barred_from({number}).get(number, [])


class _Names:
    """Names in place of numbers and codes; whoever may not be seen keeps the number."""

    def __init__(self, about: Asked, persons: Iterable[Person], codes: Iterable[str]) -> None:
        on, shown = about.scenario.base if about.scenario else about.on, {each.pk: each.identification_number for each in persons}
        brief = people.brief(list(shown), on=on)
        self.people = {
            number: f"{row.get('family') or ''} {row.get('given') or ''}".strip()
            for person, number in shown.items()
            if (row := brief.get(person))
        }
        split = {code: code.partition("@")[0].rpartition(":") for code in codes}
        jobs = dict(Job.objects.filter(code__in={job for _body, _sign, job in split.values()}).values_list("code", "names"))
        bodies = _bodies({body for body, _sign, _job in split.values()}, about, on)
        self.posts = {
            code: f"{figures.named(jobs.get(job, job))}, {figures.named(bodies.get(body, body))}"
            for code, (body, _sign, job) in split.items()
        }

    def person(self, person: Person) -> str:
        return self.people.get(person.identification_number) or person.identification_number

    def post(self, code: str) -> str:
        return self.posts.get(code, code)

    def constraint(self, told: Mapping[str, Any]) -> str:
        """A constraint in words, with its articles."""
        kind, _sign, what = told["name"].partition(":")
        cited = ", ".join(told["articles"]) if kind in ("cap", "forbidden") else ""
        return self.said([say(f"name_{kind}", figures.language(), what=what, articles=f" ({cited})" if cited else "")])[0]

    def said(self, lines: Iterable[str]) -> list[str]:
        """Sentences of the solver with names in them."""
        words: Mapping[str, str] = {**self.people, **self.posts}
        told = list(lines)
        for code in sorted(words, key=len, reverse=True):
            told = [line.replace(code, words[code]) for line in told]
        return told


def _bodies(codes: Iterable[str], about: Asked, on: date) -> dict[str, Any]:
    """Names of bodies: of a scenario also those that it makes."""
    found: dict[str, Any] = {}
    if about.scenario is not None:
        drawn = sketch.draw(acting.lines_of(about.scenario), body=about.scenario.body_id, on=about.scenario.on)
        found = {code: outcome.name for code, outcome in drawn.outcomes.items()}
    for code in set(codes) - found.keys():
        try:
            found[code] = queries.unit(code, on=on).name
        except queries.NotInRegister:
            continue
    return found
