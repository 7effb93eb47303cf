"""Pages of what is due to people who leave or lose a leading post: of a scenario in sum and by name, and of one person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages import asked, boards, figures
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.pages.asof import read as read_day
from canbo.pages.people import may_read_family, name_of, the_person
from canbo.pages.scenarios import body_of
from canbo.procedures.scenarios import acting
from canbo.registry import looking, people, queries
from canbo.registry.models import Organization, Person
from canbo.registry.names import search_key
from canbo.reports.caps import law
from canbo.reports.entitlements import payments, sums, words
from canbo.reports.entitlements import people as due
from canbo.reports.entitlements.people import Line
from canbo.rules.entitlements import Entitlement

ACT = due.ACT
BODIES, MONTHS, BESIDE = 30, 12, 6


@requires(ACT, over=body_of)
def listing(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """What a scenario costs: in sum, by body, policy and month, beside other scenarios of the body; and each person."""
    scenario = acting.named(name, reader=request.user)
    found = due.of_scenario(scenario=scenario, reader=request.user)
    told, asked_for = sums.of(found.lines), asked.words(request.GET.get("q"), 60)
    rows, start, after = boards.stretch(request, _sought(list(found.lines), asked_for))
    looking.looked_at_due(scenario, by=request.user, on=scenario.on, persons=[line.row["id"] for line in rows])
    bodies = sorted(told.by_body.items(), key=lambda each: (-each[1].amount, each[0]))
    context = {
        "found": scenario, "due": found, "sums": told, "people": told.stated.people + told.possible.people,
        "unknown": told.stated.unknown + told.possible.unknown,
        "bodies": [(code, told.names[code], total) for code, total in bodies[:BODIES]], "rest": max(0, len(bodies) - BODIES),
        "policies": [(_titled(key), total) for key, total in sorted(told.by_policy.items(), key=lambda each: -each[1].amount)],
        "months": sorted(told.by_month.items())[:MONTHS], "most": max(told.by_month.values(), default=1),
        "readings": [(words.READINGS.get(word, word), amount) for word, amount in told.readings.items()],
        "beside": _beside(request, scenario), "rows": [_row(line) for line in rows], "asked": asked_for,
        "start": start, "after": after, "nothing": None,
    }  # fmt: skip
    return render(request, "entitlements/listing.html", context)


def _sought(lines: list[Line], text: str) -> list[Line]:
    """The lines whose name or number holds the words; all of them where none were given."""
    parts = search_key(text).split()
    return [
        line for line in lines if all(part in f"{search_key(line.name)} {line.row['identification_number']}" for part in parts)
    ]


def _titled(policy: str) -> str:
    return next(words.title(each) for each in due.policies().policies if each.name == policy)


def _beside(request: HttpRequest, scenario: Any) -> list[tuple[Any, tuple[int, int]]]:
    """Other open scenarios of the same body with what they state and what else would follow; kept for some minutes."""
    others = [each for each in acting.all_of(reader=request.user) if each.body_id == scenario.body_id and each.pk != scenario.pk]
    others = [each for each in others if each.state in acting.OPEN][:BESIDE]

    def told(each: Any) -> tuple[int, int]:
        found = sums.of(due.of_scenario(scenario=each, reader=request.user).lines)
        return found.stated.amount, found.possible.amount

    key = f"pages.due.{request.user.pk}.{law().hash[:12]}"
    return [
        (each, cache.get_or_set(f"{key}.{each.pk}.{each.saved_at.timestamp()}", lambda each=each: told(each), 300))
        for each in others
    ]


def _row(line: Line) -> dict[str, Any]:
    shown = line.due or next(iter(line.found.doubts if line.found else ()), None)
    return {
        "line": line, "fate": words.FATES[line.fate], "why": words.because(line),
        "policy": words.title(line.due.policy) if line.due else "", "formula": words.formula(shown, figures.language()) if shown else "",
        "law": _cited(shown), "missing": [figures.named(dict(label)) for label in line.missing.values()],
        "stays": bool(line.found and line.found.stay),
    }  # fmt: skip


def _cited(one: Entitlement | None) -> list[tuple[str, str]]:
    """Articles with their citation in the reader's language."""
    return [] if one is None else [(name, law().articles[name].source.cite(figures.language())) for name in one.articles]


@requires(ACT, over=body_of)
def payment_list(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """The list for the finance system, as a file."""
    scenario = acting.named(name, reader=request.user)
    found = due.of_scenario(scenario=scenario, reader=request.user)
    looking.looked_at_due(scenario, by=request.user, on=scenario.on, persons=[line.row["id"] for line in found.lines])
    answer = HttpResponse(payments.as_csv(found.lines, figures.language()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{scenario.name}.csv"'
    return answer


@requires(ACT, over=the_person)
def person(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """What would be due to one person: every policy with its formula and articles. Opening it is an entry of the journal."""
    on = as_of(request).day
    file = people.person(number, on=on)
    scenario = asked.words(request.GET.get("scenario"), 60)
    line = _in_scenario(request, scenario, number) if scenario else _alone(request, subject, on)
    looking.looked_at_file(subject, by=request.user, on=on, classes=["pay"])
    context: dict[str, Any] = {
        "file": file, "name": name_of(file), "tab": "due", "age": figures.age(file["birth_on"], on),
        "shows_family": may_read_family(request, number), "line": line, "why": words.because(line), "scenario": scenario,
        "chosen": _told(line.due) if line.due else None, "fate": words.FATES[line.fate] if scenario else "",
        "not_with": [_told(each) for each in line.found.besides()] if line.found else [],
        "one_only": [(line.found.one_only, law().articles[line.found.one_only].source.cite(figures.language()))] if line.found and line.found.one_only else [],
        "others": _others(line), "missing": [figures.named(dict(label)) for label in line.missing.values()],
        "grounds": [(name, words.REASONS[name]) for name in due.ALONE], "reason": asked.words(request.GET.get("reason"), 20),
        "stays": words.STAYS if line.found and line.found.stay else "",
    }  # fmt: skip
    return render(request, "people/due.html", context)


def _in_scenario(request: HttpRequest, name: str, number: int) -> Line:
    scenario = acting.named(name, reader=request.user)
    found = due.of_scenario(scenario=scenario, reader=request.user, only=number)
    if not found.lines:
        raise Http404(_("This scenario does not concern this person, or you may not see the file."))
    return found.lines[0]


def _alone(request: HttpRequest, subject: Person, on: date) -> Line:
    """Of one who leaves on a day: the one asked for, else the first of the next month; touched by what was carried out."""
    text = asked.words(request.GET.get("leaves"))
    read = read_day(text)
    leaves = read.day if text and not read.wrong else due.leaving_day(on + timedelta(days=1))
    reason = asked.words(request.GET.get("reason"), 20)
    touched = due.touched_on(subject, on=leaves)
    return due.of_person(
        person=subject, on=leaves, reader=request.user, reorganised=touched, reason=reason if reason in due.ALONE else ""
    )


def _others(line: Line) -> list[dict[str, Any]]:
    """The other policies: those that are open or cannot be told first."""
    if line.found is None:
        return []
    order = {"open": 0, "unsure": 1, "closed": 2}
    return [_told(each) for each in sorted(line.found.all, key=lambda each: order[each.state]) if each is not line.due]


def _told(one: Entitlement) -> dict[str, Any]:
    return {
        "one": one, "title": words.title(one.policy), "state": words.STATES[one.state], "reason": words.REASONS[one.policy.reason],
        "formula": words.formula(one, figures.language()), "law": _cited(one),
        "steps": _steps(one), "readings": [(words.READINGS.get(word, word), amount) for word, amount in one.readings.items()],
        "missing": [figures.named(dict(label)) for label in one.missing.values()],
    }  # fmt: skip


def _steps(one: Entitlement) -> list[tuple[str, str]]:
    """The working in the article's order: what each step is, and what it comes to."""
    if one.figure is None or one.figure.outcome != "value":
        return []
    return [(queries.in_language(step["label"]), step["shown"][figures.language()]) for step in one.figure.steps()]
