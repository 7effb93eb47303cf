"""Pages of consultations: what one is asked oneself, and, for whoever prepares or decides a scenario, the rounds and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canbo.pages import asked, boards
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.scenarios import body_of, day_of, key_of, new_key
from canbo.procedures.models import Consultation, Consulted, Scenario
from canbo.procedures.scenarios import acting, consulting, rounds
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import constraints, looking, once, people, queries
from canbo.registry.models import Job, Organization
from canbo.reports.entitlements import words

WISHES = 3
#: View -> word, icon, tone: never the colour alone.
VIEWS: dict[str, tuple[str | Promise, str, str]] = {
    "agree": (gettext_lazy("I agree"), "circle-check", "pass"),
    "against": (gettext_lazy("I do not agree"), "circle-x", "fail"),
    "other": (gettext_lazy("Something else"), "info", ""),
}
COUNTED: dict[str, str | Promise] = {
    "agree": gettext_lazy("for it"), "against": gettext_lazy("against it"), "other": gettext_lazy("something else"),
}  # fmt: skip
WISH_WORDS = (gettext_lazy("Where to, first"), gettext_lazy("second"), gettext_lazy("third"))


# ---- what one is asked oneself


@requires("organization.read")
def asked_here(request: HttpRequest, number: int) -> HttpResponse:
    """What a scenario does to the reader, or to a body that the reader heads; and the answer, until the round closes."""
    on, refusal = today(), ""
    consulted, given = consulting.of_reader(asked.row_number(number), request.user, on=on)
    if request.method == "POST":
        try:
            with transaction.atomic():
                _answer(request, consulted, on)
            return redirect("asked", number=number)
        except (ScenarioRefused, once.KeyUsed) as problem:
            refusal = str(problem)
        except IntegrityError as problem:
            refusal = constraints.explained(problem)
    round_ = consulted.consultation
    standing = next((each for each in given if each.ended_at is None), None)
    chosen = request.POST.getlist("wish") if refusal else standing.wishes if standing else []
    offers = _offers(round_)
    context = {
        "found": round_.scenario, "round": round_, "consulted": consulted, "told": _told(consulted), "laws": _laws(consulted),
        "standing": standing, "earlier": [each for each in given if each is not standing], "refusal": refusal,
        "open": round_.closed_at is None and round_.closes >= on and round_.scenario.state in consulting.OPEN,
        "offers": offers, "views": [(view, *VIEWS[view]) for view in VIEWS], "key": new_key(request, consulted.pk),
        "wishes": [(word, chosen[place] if place < len(chosen) else "") for place, word in enumerate(WISH_WORDS)],
        "wished": _named(standing.wishes if standing else [], offers), "left": (round_.closes - on).days,
    }  # fmt: skip
    return render(request, "consultations/asked.html", context, status=422 if refusal else 200)


def _answer(request: HttpRequest, consulted: Consulted, on: date) -> None:
    if request.POST.get("do") == "withdraw":
        rounds.withdraw(consulted=consulted, by=request.user, on=on, key=key_of(request))
        return
    rounds.answer(
        consulted=consulted, view=asked.words(request.POST.get("view"), 8), words=asked.words(request.POST.get("words"), 4000),
        far=request.POST.get("far") == "yes", wishes=[asked.words(wish) for wish in request.POST.getlist("wish")[:WISHES]],
        by=request.user, on=on, key=key_of(request),
    )  # fmt: skip


def _told(consulted: Consulted) -> list[tuple[str, str, str]]:
    """What is done, as icon, sentence, tone: to the body, to the post, and what a line says of the person."""
    told = consulted.told
    found = [_body_told(told["body"])]
    if "post" in told:
        found.append(_post_told(told["post"], told["body"]["fate"]))
    line = told.get("line")
    if line:
        found.append(("user-round", _line_told(line), "brand"))
    return found


def _body_told(body: Mapping[str, Any]) -> tuple[str, str, str]:
    name, heirs = queries.in_language(body["name"]), ", ".join(queries.in_language(each["name"]) for each in body["to"])
    if body["fate"] == "ends":
        if not heirs:
            return "octagon-alert", _("%(body)s ends. Who takes over is not said yet.") % {"body": name}, "fail"
        return "git-merge", _("%(body)s ends. %(heirs)s takes over.") % {"body": name, "heirs": heirs}, "warn"
    if body["fate"] == "changes":
        if heirs and heirs != name:
            return "git-merge", _("%(body)s goes on as %(heirs)s.") % {"body": name, "heirs": heirs}, "brand"
        return "git-merge", _("%(body)s goes on, and what stands above it or beneath it changes.") % {"body": name}, "brand"
    return "building-2", _("%(body)s stays as it is.") % {"body": name}, "pass"


def _post_told(post: Mapping[str, Any], body: str) -> tuple[str, str, str]:
    told = {"job": _job(post["job"]), "to": queries.in_language((post["to"] or {}).get("name") or {})}
    if post["fate"] == "move":
        return "arrow-right", _("Your post (%(job)s) goes on in %(to)s, and you with it.") % told, "pass"
    if post["fate"] == "end":
        return "circle-x", _("Your post (%(job)s) ends.") % told, "warn"
    if body == "ends":
        return "circle-question-mark", _("Nothing is said yet of your post (%(job)s).") % told, "warn"
    return "circle-check", _("Your post (%(job)s) stays.") % told, "pass"


def _line_told(line: Mapping[str, Any]) -> str:
    to = queries.in_language((line["to"] or {}).get("name") or {})
    place = f"{to} – {_job(line['job'])}" if to and line["job"] else to
    if line["state"]:
        state = str(words.FATES.get(line["state"], line["state"]))
        return _("Of you it says: %(state)s; meant for %(place)s.") % {"state": state, "place": place} if place else _(
            "Of you it says: %(state)s."
        ) % {"state": state}  # fmt: skip
    return _("Of you it says: you go to %(place)s.") % {"place": place}


def _laws(consulted: Consulted) -> list[tuple[str, str]]:
    """By which articles, as the rulebook names them: text, and how well it is known."""
    told, known = consulted.told, consulting.rules()["articles"]
    named = [told.get("post", {}).get("fate"), (told.get("line") or {}).get("state")]
    return [
        (queries.in_language(known[word]["text"]), known[word]["confidence"]) for word in dict.fromkeys(named) if word in known
    ]


def _job(code: str | None) -> str:
    found = Job.objects.filter(code=code or "").values_list("names", flat=True).first()
    return queries.in_language(found) if found else code or ""


def _offers(round_: Consultation) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Where one may wish to go: code, name, and (`CODE:JOB`, name) of the posts there."""
    jobs = dict(Job.objects.filter(code__in={job for each in round_.offers for job in each["jobs"]}).values_list("code", "names"))
    return [
        (
            each["code"],
            queries.in_language(each["name"]) or each["code"],
            [(f"{each['code']}:{job}", queries.in_language(jobs.get(job)) or job) for job in each["jobs"]],
        )
        for each in round_.offers
    ]


def _named(wishes: list[str], offers: list[tuple[str, str, list[tuple[str, str]]]]) -> list[str]:
    """Wishes by their names."""
    names = {code: name for code, name, _jobs in offers}
    names |= {wish: f"{name} – {job}" for _code, name, jobs in offers for wish, job in jobs}
    return [names.get(wish, wish) for wish in wishes]


# ---- for whoever prepares or decides


@requires("scenario.read", over=body_of)
def page(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """The rounds of a scenario: how many are asked and have answered; opinions for those who prepare or decide."""
    found, refusal = acting.named(name, reader=request.user), ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                _act(request, found)
            return redirect("scenario_consultation", name=name)
        except (ScenarioRefused, once.KeyUsed) as problem:
            refusal = str(problem)
        except IntegrityError as problem:
            refusal = constraints.explained(problem)
    return render(
        request, "consultations/round.html", _context(request, found) | {"refusal": refusal}, status=422 if refusal else 200
    )


def _context(request: HttpRequest, found: Scenario) -> dict[str, Any]:
    latest, drafts = consulting.latest(found), may(request, "scenario.draft", found.body_id)
    reads = latest is not None and consulting.may_read_opinions(request.user, found)
    told = consulting.tally(latest) if latest else None
    running = latest is not None and latest.closed_at is None
    asks = drafts and not running and found.state in (Scenario.State.DRAFT, Scenario.State.PROPOSED)
    return {
        "found": found, "round": latest, "told": told, "running": running, "asks": asks,
        "closes": running and drafts and told is not None and (latest.closes < today() or told["answered"] == told["asked"]),
        "views": [(told[view], COUNTED[view], *VIEWS[view][1:]) for view in VIEWS] if told else [],
        "groups": [_group(each) for each in told["groups"]] if told else [],
        "small": consulting.rules()["small"], "reads": reads,
        "changed": latest is not None and latest.digest != acting.digest_of(found), "rules": _rules(),
        "until": today() + timedelta(days=consulting.rules()["days"]), "key": new_key(request, found.pk),
    } | (_opinions(request, latest) if reads and latest else {})  # fmt: skip


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    units = queries.units(group["bodies"], on=today())
    label = (
        units[0].label if len(group["bodies"]) == 1 and units else _("other bodies: %(count)s") % {"count": len(group["bodies"])}
    )
    return {**group, "label": label}


def _opinions(request: HttpRequest, round_: Consultation) -> dict[str, Any]:
    """The answers that stand, with names, page by page and by view: whoever looks leaves an entry about whom was shown."""
    view = request.GET.get("view", "")
    found = consulting.opinions(consultation=round_, reader=request.user)
    shown, start, after = boards.stretch(request, [each for each in found if view not in VIEWS or each.view == view])
    persons = [each.consulted.person_id for each in shown if each.consulted.person_id]
    if persons:
        looking.looked_at_list(round_.scenario.body_id, by=request.user, on=today(), persons=persons)
    brief, offers = people.brief(persons, on=today()), _offers(round_)
    posts = {each.consulted.told["post"]["job"] for each in shown if "post" in each.consulted.told}
    jobs = dict(Job.objects.filter(code__in=posts).values_list("code", "names"))
    rows = []
    for each in shown:
        who, told = brief.get(each.consulted.person_id or 0), each.consulted.told
        body = queries.in_language(told["body"]["name"])
        rows.append({
            "said": each, "view": VIEWS[each.view], "word": COUNTED[each.view], "person": each.consulted.person_id,
            "who": f"{who['family'] or ''} {who['given'] or ''}".strip() if who else body, "place": body,
            "job": queries.in_language(jobs.get(told["post"]["job"])) if "post" in told else _("for the body, by its head"),
            "wishes": _named(each.wishes, offers),
        })  # fmt: skip
    return {"opinions": rows, "start": start, "after": after, "by_view": view if view in VIEWS else "", "seen": COUNTED.items()}


def _rules() -> list[dict[str, Any]]:
    """By which rule those concerned must be asked."""
    return [
        {**row, "text": queries.in_language(row["source"])} for row in consulting.rules()["required"] if row.get("in_use", True)
    ]


def _act(request: HttpRequest, found: Scenario) -> None:
    if request.POST.get("do") == "close":
        latest = consulting.latest(found)
        if latest is None:
            raise ScenarioRefused(_("No consultation is open."))
        rounds.close(consultation=latest, by=request.user, on=today(), key=key_of(request))
        return
    rounds.ask(
        scenario=found, question=asked.words(request.POST.get("question"), 4000), closes=day_of(request.POST.get("closes")),
        bodies=request.POST.get("bodies") == "yes", by=request.user, on=today(), key=key_of(request),
    )  # fmt: skip
