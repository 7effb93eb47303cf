"""My work: the products assigned to me, the log of what I did, my own assessment; and for a head: assign and accept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from canbo.evaluation import board, catalogue, forms, grading, inputs, schemes, work
from canbo.evaluation.models import Acceptance, Assignment, Evaluation, Log, Product
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, case_files, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.procedures import dossier, evidence
from canbo.procedures.models import Evidence
from canbo.registry import authority, people, queries
from canbo.registry.asking import remembered
from canbo.registry.compiled import Compiled, Numbers
from canbo.registry.models import Person
from canbo.registry.queries import Unit
from canbo.registry.saying import sentence
from canbo.rules import corpus
from canbo.rules.evaluation.given import GRADES
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.evaluation.readings import ways_of

SHOWN = 200  # assignments on one page
FULL = 100  # points of whoever did all that was assigned, with every general point
BEYOND = "beyond_assigned"  # the question in evaluation.yaml whether more than all counts
GROUPS = ("1", "2", "3")


def period_asked(request: HttpRequest, organization: int | None, on: date) -> Period:
    """The period of the address, else the one of today in which the body scores."""
    found = parse(asked.words(request.GET.get("period") or request.POST.get("period"), 8))
    if found is not None:
        return found
    kind = schemes.kind_on(organization, on) if organization is not None else schemes.USUAL
    return holding(on, kind)


def holding(on: date, kind: str) -> Period:
    """The period of a kind that holds a day."""
    month = {"month": on.month, "quarter": on.month - (on.month - 1) % 3, "year": 1}[kind]
    return Period(date(on.year, month, 1), kind)


def around(period: Period) -> tuple[str, str]:
    """The periods before and after one of its kind."""
    months = len(period.months)
    first = period.first.year * 12 + period.first.month - 1
    return tuple(str(Period(date((first + step) // 12, (first + step) % 12 + 1, 1), period.kind)) for step in (-months, months))  # type: ignore[return-value]


def sheet(persons: Iterable[int], period: Period) -> list[dict[str, Any]]:
    """Assignments of people in a period, each with its log, its latest acceptance and how much of it the log shows."""
    return told_of(_assigned(persons=Numbers(persons), period=str(period)))


def waiting_first(persons: Iterable[int], period: Period) -> tuple[list[int], int]:
    """Numbers of the assignments of people in a period, those that wait to be accepted first; and how many wait."""
    found = Assignment.objects.filter(person_id__in=list(persons), period=str(period)).order_by("due_on", "pk")
    logged, accepted = (Exists(of.objects.filter(assignment=OuterRef("pk"))) for of in (Log, Acceptance))
    rows = list(found.annotate(logged=logged, accepted=accepted).values_list("pk", "logged", "accepted"))
    waits = [pk for pk, logs, taken in rows if logs and not taken]
    others = [pk for pk, logs, taken in rows if taken or not logs]
    return waits + others, len(waits)


_assigned = Compiled(
    lambda persons, period: (
        Assignment.objects.filter(person__one_of=persons, period=period)
        .select_related("product")
        .order_by("due_on", "pk")[:SHOWN]
    )
)
_numbered = Compiled(
    lambda numbers: Assignment.objects.filter(pk__one_of=numbers).select_related("product").order_by("due_on", "pk")
)
_logs = Compiled(lambda of: Log.objects.filter(assignment__one_of=of).order_by("-day", "-pk"))
_files = Compiled(lambda of: Evidence.objects.filter(log__assignment__one_of=of).order_by("pk"))
_latest = Compiled(
    lambda of: Acceptance.objects.filter(assignment__one_of=of).order_by("assignment_id", "-pk").distinct("assignment_id")
)


def told_of(listed: list[Assignment]) -> list[dict[str, Any]]:
    """Assignments as a page shows them, in their order, each with its log, the files of it, and its latest acceptance."""
    of = Numbers(each.pk for each in listed)
    logs: dict[int, list[Log]] = {each.pk: [] for each in listed}
    by_number: dict[int, Log] = {}
    for log in _logs(of=of) if listed else ():
        log._prefetched_objects_cache = {"files": []}  # type: ignore[attr-defined]
        logs[log.assignment_id].append(log)
        by_number[log.pk] = log
    for file in _files(of=of) if by_number else ():
        by_number[file.log_id]._prefetched_objects_cache["files"].append(file)  # type: ignore[attr-defined]
    latest = {each.assignment_id: each for each in _latest(of=of)} if listed else {}
    return [
        {
            "it": each, "logs": logs[each.pk], "accepted": latest.get(each.pk), "logged": sum((log.done for log in logs[each.pk]), Decimal(0)),
            "shown": sum((log.done for log in logs[each.pk] if log.shows), Decimal(0)),
            "late": each.due_on is not None and each.due_on < today() and each.pk not in latest,
        }
        for each in listed
    ]  # fmt: skip


def number_of(text: str | None) -> Decimal:
    """A number as people write it; an empty field is none, and never nought. Raises Refused."""
    try:
        return Decimal(asked.words(text, 20).replace(",", "."))
    except InvalidOperation:
        raise Refused("number", _("How many: a number up to 10,000 with at most four decimals.")) from None


def day_of(text: str | None, otherwise: date) -> date:
    """A day as a form sends it. Raises Refused."""
    try:
        return date.fromisoformat(asked.words(text, 10)) if text else otherwise
    except ValueError:
        raise Refused("day", _("Write a day as 2026-03-31.")) from None


def lines_of(request: HttpRequest) -> dict[str, Decimal]:
    """The points of each line of Form 01; of the three groups, where the page sent those."""
    lines = {line: number_of(request.POST.get(f"line_{line}")) for line in forms.most_of() if f"line_{line}" in request.POST}
    return lines or groups_of(request)


def groups_of(request: HttpRequest) -> dict[str, Decimal]:
    """The points of the three groups of general criteria."""
    return {name: number_of(request.POST.get(f"general_{name}")) for name in GROUPS}


def new_key(request: HttpRequest) -> str:
    """The key of a form: whoever sends it twice acts once."""
    return f"work:{request.user.pk}:{secrets.token_hex(8)}"


def key_of(request: HttpRequest) -> str:
    """The key that a form brought along. Raises Refused for one made for somebody else."""
    key = asked.words(request.POST.get("key"), 80)
    if not key.startswith(f"work:{request.user.pk}:"):
        raise Refused("key", _("This form was made for somebody else or is incomplete. Open the page again."))
    return key


# ---- my work


@requires("organization.read")
def mine(request: HttpRequest) -> HttpResponse:
    """My products of a period with a form to log each, my assessment, my evaluations; whoever is no person has none."""
    if request.user.person_id is None:
        raise Http404(_("Your account belongs to no person in the register."))
    on, refusal = today(), ""
    person = Person(pk=request.user.person_id)
    if request.method == "POST":
        period = period_asked(request, body_of(person, on), on)
        try:
            messages.success(request, do_mine(request, person, period, on))
            return redirect(f"{request.path}?period={period}")
        except Refused as problem:
            refusal = str(problem)
    with remembered():
        body = body_of(person, on)
        period = period_asked(request, body, on)
        listed = sheet([person.pk], period)
        row = reckoned(person.pk, body, period, on)
    before, after = around(period)
    context = {
        "period": period, "before": before, "after": after, "rows": listed, "row": row, "refusal": refusal, "key": new_key(request),
        "today": on, "given": request.POST.dict() if refusal else {}, "evaluation": row.evaluation if row else None,
        "evaluations": (own := list(_own(person=person.pk))), "above": without_ceiling([row.score if row else None, *(each.score for each in own)]),
        "lines": form_lines(row), "grades": GRADES, "may_log": period.first <= on,
    }  # fmt: skip
    return render(request, "work/mine.html", context, status=422 if refusal else 200)


def without_ceiling(scores: Iterable[Decimal | None]) -> dict[str, str] | None:
    """The article that sets no ceiling, where a score is above 100, so that the page says why; None where none is."""
    if not any(score is not None and score > FULL for score in scores):
        return None
    law = corpus.opened(settings.CANBO_RULEBOOK)
    question = ways_of(law.path).questions[BEYOND]
    article = law.articles[question.ways[question.usual].articles[0]]
    return {"article": article.id, "citation": article.source.cite(figures.language())}


_own = Compiled(lambda person: Evaluation.objects.filter(person_id=person).exclude(state="cancelled").order_by("-last")[:12])


def form_lines(row: board.Row | None) -> list[dict[str, Any]]:
    """The lines of Form 01 to be filled in: words, most points, what was given already; the three groups where the regulation of
    the unit says how many points each has."""
    own = row.evaluation if row is not None else None
    if row is not None and row.regulation is not None and row.regulation.general is not None:
        most, given = row.regulation.general, (own.own_general if own is not None else {})
        return [
            {"field": f"general_{number}", "words": title, "most": most[number], "given": given.get(number, ""), "group": False}
            for number, title in group_titles()
        ]
    given = (own.own_lines if own is not None else None) or {}
    return [
        {
            "field": f"line_{number}",
            "words": line,
            "most": line["most"],
            "given": given.get(number, ""),
            "group": "." not in number,
        }
        for number, line in forms.words()["score"]["lines"].items()
    ]


def group_titles() -> list[tuple[str, str]]:
    """The three groups of general criteria in Form 01."""
    return [
        ("1", _("Political quality, ethics, discipline")), ("2", _("Professional capacity, responsibility, service")),
        ("3", _("Innovation, readiness, daring")),
    ]  # fmt: skip


def body_of(person: Person, on: date) -> int | None:
    """The body where a person serves; None where nowhere."""
    try:
        return work.serves_in(person, on).pk
    except Refused:
        return None


def reckoned(person: int, body: int | None, period: Period, on: date) -> board.Row | None:
    """The score of one person in a period, as far as it is known; None for whoever was in no body then, or before it began."""
    if body is None or period.first > on:
        return None
    members = inputs.members([body], period, person=person)
    if members and members[0].leads:  # of a leader d follows from the others'
        members = inputs.members([body], period)
    rows = board.reckoned(members, period, on=on)
    return next((row for row in rows if row.member.person == person), None)


def do_mine(request: HttpRequest, person: Person, period: Period, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": key_of(request)}
    do = asked.words(sent.get("do"), 20)
    if do == "log":
        text = {name: asked.words(sent.get(name), most) for name, most in (("text", 1000), ("evidence", 300), ("link", 500))}
        told = {
            "assignment": assignment_of(sent.get("assignment")),
            "done": number_of(sent.get("done")),
            "day": day_of(sent.get("day"), on),
        }
        file = request.FILES.get("file")
        if file is not None:
            evidence.attach(body=file.read(dossier.LARGEST + 1), name=file.name or "", **told, **text, **mark)
            return _("It stands in your work log, with its file.")
        work.log(**told, **text, **mark)
        return _("It stands in your work log.")
    if do == "assess":
        said = {"text": asked.words(sent.get("text"), 4000), "shortcomings": asked.words(sent.get("shortcomings"), 4000)}
        told = {"general": lines_of(request), "grade": asked.words(sent.get("grade"), 20), **said}
        grading.assess(person=person, period=str(period), **told, **mark)
        return _("Your assessment goes to your head.")
    if do == "petition":
        evaluation = evaluation_of(sent.get("evaluation"))
        filed = grading.petition(evaluation=evaluation, ground=asked.words(sent.get("text"), 4000), **mark)
        return str(work_day(filed.due_on))
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))


def work_day(due: date) -> str:
    """Until when a petition is answered."""
    return sentence(gettext_noop("Your petition is answered by %(day)s.")) % {"day": due}


def assignment_of(text: str | None) -> Assignment:
    """The assignment of a form, if the reader sees it. Raises Refused."""
    number = asked.whole_number(text)
    found = None if number is None else _asked_for.first(number=number)
    if found is None:
        raise Refused("not_there", _("There is no such assignment, or you may not see it."))
    return found


_asked_for = Compiled(lambda number: Assignment.objects.select_related("person", "product").filter(pk=number))


def evaluation_of(text: str | None) -> Evaluation:
    """The evaluation of a form, if the reader sees it. Raises Refused."""
    found = Evaluation.objects.select_related("person").filter(pk=asked.whole_number(text)).first()
    if found is None:
        raise Refused("not_there", _("There is no such evaluation, or you may not see it."))
    return found


def the_evidence(request: HttpRequest, number: int) -> Evidence:
    """A file of the work log that the reader sees."""
    found = _kept_file.first(number=asked.row_number(number))
    if found is None:
        raise Http404(_("There is no such file, or you may not see it."))
    return found


_kept_file = Compiled(lambda number: Evidence.objects.select_related("log__assignment__person", "body").filter(pk=number))


@requires("organization.read", over=the_evidence)
def file(request: HttpRequest, found: Evidence, number: int) -> HttpResponse:
    """A file of the work log as it was handed in; that it was read is entered in the log of who looked."""
    octets, media = evidence.opened(found, by=request.user, on=today())
    return case_files.handed(octets, media, found.name)


# ---- assign and accept


@requires("work.assign", over=boards.unit_for("work.assign"))
def hand_out(request: HttpRequest, unit: Unit) -> HttpResponse:
    """For a head: assign products to people of a body for a period, accept what they logged, see what waits."""
    on, refusal = today(), ""
    period = period_asked(request, unit.id, on)
    if request.method == "POST":
        try:
            messages.success(request, do_hand_out(request, period, on))
            return redirect(f"{request.path}?in={unit.code}&period={period}")
        except Refused as problem:
            refusal = str(problem)
    members = inputs.members([unit.id], period) if period.first <= on else []
    ordered, waits = waiting_first([each.person for each in members], period)
    shown, start, more = boards.stretch(request, ordered)
    listed = told_of(_numbered(numbers=Numbers(shown)))
    waiting, others = (
        [row for row in listed if bool(row["logs"] and row["accepted"] is None) is wanted] for wanted in (True, False)
    )
    before, after = around(period)
    context = {
        "unit": unit, "period": period, "before": before, "after": after, "refusal": refusal, "key": new_key(request), "today": on,
        "here": f"?in={unit.code}&period={period}", "given": request.POST.dict() if refusal else {}, "pending": waiting, "rows": others,
        "waits": waits, "all": len(ordered), "start": start, "more": more,
        "names": names_of(request, unit, [each.person for each in members], on), "own": request.user.person_id,
        "members": [each for each in members if each.person != request.user.person_id],
        "products": catalogue.products_of(unit.id, period.year, on=on), "may_confirm": may(request, "work.confirm", unit.id),
        "open": period.last >= on >= period.first,
    }  # fmt: skip
    return render(request, "work/assign.html", context, status=422 if refusal else 200)


def do_hand_out(request: HttpRequest, period: Period, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": key_of(request)}
    do = asked.words(sent.get("do"), 20)
    if do == "assign":
        person = Person.objects.filter(pk=asked.whole_number(sent.get("person"))).first()
        product = Product.objects.filter(pk=asked.whole_number(sent.get("product"))).first()
        if person is None or product is None:
            raise Refused("form", _("Choose a person and a product."))
        told = {
            "number": number_of(sent.get("number")), "period": str(period), "task": asked.words(sent.get("task"), 200),
            "main": sent.get("helps") != "on", "extra": "unexpected" if sent.get("unexpected") == "on" else "",
            "due_on": day_of(sent.get("due_on"), period.last) if sent.get("due_on") else None,
        }  # fmt: skip
        work.assign(person=person, product=product, **told, **mark)
        return _("It is assigned.")
    assignment = assignment_of(sent.get("assignment"))
    if do == "accept":
        counts = {name: asked.whole_number(sent.get(name)) or 0 for name in ("quality_failures", "delays", "days_late")}
        told = {"remark": asked.words(sent.get("remark"), 1000), "cause": asked.words(sent.get("cause"), 1000)}
        work.accept(assignment=assignment, done=number_of(sent.get("done")), **counts, **told, **mark)
        return _("It is accepted.")
    if do in ("confirm", "reject"):
        work.judge_cause(assignment=assignment, confirmed=do == "confirm", **mark)
        return _("What you said of the cause is written down.")
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))


def names_of(request: HttpRequest, unit: Unit, persons: Iterable[int], on: date) -> dict[int, str]:
    """Names of people whom the wall of rows has let through already; that they were shown is an entry of the journal.

    Asked past the wall: to look for each of them in the staff lists of thousands of bodies anew takes seconds.
    """
    with authority.everything_in_sight():
        return boards.names_of(request, unit, persons, on)


def name_of(person: int, on: date) -> str:
    """Family and given name of a person whom the reader sees."""
    row = people.brief([person], on=on).get(person)
    return f"{row['family'] or ''} {row['given'] or ''}".strip() if row else f"#{person}"


def unit_of(organization: int, on: date) -> Unit:
    """A body on a day."""
    return queries.unit_by_id(organization, on=on)
