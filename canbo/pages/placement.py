"""Who goes where inside a scenario: the proposal of the solver, each place with what is weighed, and one button to accept it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from canbo.modelling.placement import answers
from canbo.modelling.placement.answers import Answer, Unplaced
from canbo.modelling.placement.problem import UNIT
from canbo.modelling.placement.sentences import say
from canbo.modelling.placement.shown import explained
from canbo.modelling.placement.shown import name as constraint
from canbo.modelling.placement.why import wanted, why
from canbo.pages import asked, figures, scenarios
from canbo.pages.access import may, requires
from canbo.procedures import placing
from canbo.procedures.models import Scenario
from canbo.procedures.placing import Asked
from canbo.procedures.scenarios import acting, sketch
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import people, queries
from canbo.registry.models import Job, Organization

LIMIT = 20.0  # seconds of the solver on a page; the command takes as many as it is given
KEPT = 300


@requires(placing.ACT, over=scenarios.body_of)
def page(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """The proposal for one scenario; a post accepts it, and its places become lines of the scenario."""
    scenario, refusal = acting.named(name, reader=request.user), ""
    found: Asked | None = None
    answer: Answer | None = None
    try:
        found, answer = solved(request, scenario)
        if request.method == "POST" and answer.found:
            told = {
                "objective": answer.solution.worth / UNIT, "bound": answer.solution.bound / UNIT, "gap": answer.gap,
                "lot": answer.problem.lot,
            }  # fmt: skip
            placing.accept(
                scenario=scenario, assignment=answer.assignment, told=told, by=request.user, key=scenarios.key_of(request)
            )
            return redirect("scenario", name=name)
    except ScenarioRefused as problem:
        refusal = " ".join(map(str, problem.reasons[:4]))
    context: dict[str, Any] = {"found": scenario, "refusal": refusal, "key": scenarios.new_key(request, scenario.pk)}
    if found is not None and answer is not None:
        context |= _told(request, scenario, found, answer)
    return render(request, "scenarios/placement.html", context, status=422 if refusal and request.method == "POST" else 200)


def solved(request: HttpRequest, scenario: Scenario) -> tuple[Asked, Answer]:
    """What the register asks, and the answer; kept for some minutes for each reader and each state of the lines."""

    def read() -> tuple[Asked, Answer]:
        found = placing.ask(scenario=scenario, by=request.user)
        return found, answers.place(found.problem, LIMIT)

    if request.method == "POST":
        return read()
    key = f"pages.placement.{request.user.pk}.{scenario.pk}.{acting.digest_of(scenario)[:16]}"
    kept: tuple[Asked, Answer] = cache.get_or_set(key, read, KEPT)
    return kept


def _told(request: HttpRequest, scenario: Scenario, found: Asked, answer: Answer) -> dict[str, Any]:
    names = _Names(found, scenario)
    chosen = asked.words(request.GET.get("why"), 20)
    told = [
        {
            "number": number, "who": names.person(number), "now": names.now(who.now), "post": names.post(answer.assignment.get(number)),
            "needs": found.needs.get((number, answer.assignment.get(number, "")), ()), "hand": who.fixed is not None,
        }
        for number, who in answer.problem.people.items()
    ]  # fmt: skip
    nowhere = {each.person: each for each in answers.unplaced(answer)} if answer.found else {}
    return {
        "answer": answer, "rows": told, "placed": len(answer.assignment), "people": len(answer.problem.people),
        "seats": sum(post.seats for post in answer.problem.posts.values()), "gap": answer.gap * 100, "lot": answer.problem.lot,
        "nowhere": [(number, names.person(number), names.said([_reason(answer, each)])[0]) for number, each in nowhere.items()],
        "why": chosen, "reasons": names.said(_why(answer, chosen)) if chosen in answer.problem.people and answer.found else [],
        "may_accept": scenario.state in acting.OPEN and may(request, "scenario.draft", scenario.body_id) and bool(answer.assignment),
    }  # fmt: skip


def _reason(answer: Answer, each: Unplaced) -> str:
    """Why somebody has no place, in the reader's language."""
    language = figures.language()
    cited = (
        each.constraints if each.reason == "no_post" else [constraint(answer.problem, one, language) for one in each.constraints]
    )
    return say(f"reason_{each.reason}", language, names=", ".join(cited) or say("no_score", language))


def _why(answer: Answer, number: str) -> list[str]:
    """Why this person is not in each post that would be dearer or better, and what would have to differ."""
    language = figures.language()
    told = [line for post in wanted(answer, number) for line in explained(answer.problem, why(answer, number, post), language)]
    return told or [say("nothing_better", language, person=number)]


class _Names:
    """Names in place of numbers and codes; whoever may not be seen keeps the number."""

    def __init__(self, found: Asked, scenario: Scenario) -> None:
        self.found = found
        brief = people.brief(list(found.persons.values()), on=scenario.base)
        self.people = {
            number: f"{row.get('family') or ''} {row.get('given') or ''}".strip()
            for number, person in found.persons.items()
            if (row := brief.get(person))
        }
        drawn = sketch.draw(acting.lines_of(scenario), body=scenario.body_id, on=scenario.on)
        jobs = dict(Job.objects.filter(code__in={job for _body, job in found.posts.values()}).values_list("code", "names"))
        bodies = {code: outcome.name for code, outcome in drawn.outcomes.items()}
        bodies |= _standing({code for code, _job in found.posts.values()} - bodies.keys(), scenario)
        self.posts = {
            post: f"{figures.named(jobs.get(job, job))}, {figures.named(bodies.get(body, body))}"
            for post, (body, job) in found.posts.items()
        }

    def person(self, number: str) -> str:
        return self.people.get(number) or number

    def post(self, post: str | None) -> str:
        return self.posts.get(post, post) if post else ""

    def now(self, post: str | None) -> str:
        return self.post(post)

    def said(self, lines: Iterable[str]) -> list[str]:
        """Sentences of the solver with names in them."""
        words: Mapping[str, str] = {**self.people, **self.posts}
        told = list(lines)
        for code in sorted(words, key=len, reverse=True):
            told = [line.replace(code, words[code]) for line in told]
        return told


def _standing(codes: Iterable[str], scenario: Scenario) -> dict[str, Any]:
    """Names of bodies that stand on the base day."""
    found: dict[str, Any] = {}
    for code in codes:
        try:
            found[code] = queries.unit(code, on=scenario.base).name
        except queries.NotInRegister:
            continue
    return found
