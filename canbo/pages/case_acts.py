"""What is sent about a case: each button one call of a service; a refusal comes back at its form with all that was typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from canbo.ballots import paper
from canbo.pages import asked, case_facts
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.pages.case_forms import key_of, place_of
from canbo.pages.case_standing import part_of, whole_sight
from canbo.pages.cases import page, the_case
from canbo.procedures import appeals, cases, certified, dossier, rulings, signing, stating, steps, voting
from canbo.procedures.models import Candidate, Case
from canbo.procedures.refusals import Refused
from canbo.registry import authority, once, people
from canbo.registry.models import Organization, Person

LONGEST = 8000
#: Reasons that speak of where the case stands, not of what was sent.
CONFLICTS = frozenset(
    {"stale", "ended", "other_step", "convened", "not_convened", "confirmed", "filed", "no_appeal", "no_sheet", "law_changed", "key_used"}
)  # fmt: skip


def concerned(request: HttpRequest, number: int) -> Case:
    """The case of an address, for whoever takes part in it or reads it; whether the act is allowed its service says."""
    with whole_sight(request):
        found = the_case(request, number)
        part = part_of(found, request.user)
    if not part:
        raise authority.NotAllowed("case.read", _("You take no part in this case."))
    return found


@require_POST
def act_view(request: HttpRequest, case: Case, number: int) -> HttpResponse:
    """Do what a button says. A refusal shows the page as it now stands, with the sentence and what was typed."""
    do, on = request.POST.get("do", ""), today()
    if do == "find":
        return find(request, number)
    try:
        service = ACTS.get(do)
        if service is None:
            raise Refused("unknown", _("This page has no button of that name. Open it again."))
        if not asked.words(request.POST.get("key")).startswith(key_of(request, case)):
            raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))
        given = {"case": case, "by": request.user, "on": on, "key": f"{request.POST['key'][:120]}:{do}"}
        with whole_sight(request):
            told = service(request, given)
    except Refused as refusal:
        return again(request, number, do, refusal)
    except (signing.SignatureRefused, dossier.PaperRefused, once.KeyUsed, authority.NotAllowed) as problem:
        return again(request, number, do, Refused("refused", str(problem)))
    messages.success(request, str(told))
    return redirect("case_roll" if part_is_elector(request, case) else "case", number=number)


def find(request: HttpRequest, number: int) -> HttpResponse:
    """The page with whom the words name; whoever was chosen before stays chosen."""
    sought = urlencode({"q": asked.words(request.POST.get("q"), 80), "person": request.POST.getlist("person")}, doseq=True)
    return redirect(f"{reverse('case', args=[number])}?{sought}#turn")


def again(request: HttpRequest, number: int, do: str, refusal: Refused) -> HttpResponse:
    """The page with a refusal: the case is read anew, so that it shows where it stands now."""
    with whole_sight(request):
        fresh = the_case(request, number)
        part = part_of(fresh, request.user)
    status = 403 if refusal.why == "not_allowed" else 409 if refusal.why in CONFLICTS else 422
    return page(request, fresh, part=part, refusal=refusal, did=do, status=status)


def part_is_elector(request: HttpRequest, case: Case) -> bool:
    with whole_sight(request):
        return part_of(case, request.user) == "elector"


def turn_of(request: HttpRequest) -> int:
    """The turn that the page showed; one that is missing is stale."""
    found = asked.whole_number(request.POST.get("turn"))
    return -1 if found is None else found


def text_of(request: HttpRequest, name: str = "text") -> str:
    return asked.words(request.POST.get(name), LONGEST)


# ---- one function for each button: what it did, in a sentence


def do_act(request: HttpRequest, given: dict[str, Any]) -> str:
    outcome = "refuse" if request.POST.get("outcome") == "refuse" else "done"
    steps.act(**given, outcome=outcome, text=text_of(request), turn=turn_of(request))
    return _("The step is taken.") if outcome == "done" else _("It is written down that you did not agree, and why.")


def do_name(request: HttpRequest, given: dict[str, Any]) -> str:
    """Only persons whom the reader may see can be named: who may not be looked up is not judged for the asking."""
    numbers = [n for n in map(asked.whole_number, request.POST.getlist("person")) if n is not None]
    authority.open_sight(request.reach)  # type: ignore[attr-defined]
    seen = people.brief(numbers, on=given["on"])
    with whole_sight(request):
        steps.put_names(**given, persons=[Person(pk=n) for n in numbers if n in seen], turn=turn_of(request))
    return _("The names are put, each with what the articles say.")


def do_convene(request: HttpRequest, given: dict[str, Any]) -> str:
    excused = {
        int(name.split(":")[1]): asked.words(text, 300)
        for name, text in request.POST.items()
        if name.startswith("excused:") and asked.whole_number(name.split(":")[1]) is not None and text.strip()
    }
    hours = min(asked.whole_number(request.POST.get("hours")) or voting.OPEN_HOURS, 24 * 7)
    voting.convene(**given, tier=asked.words(request.POST.get("tier"), 2), excused=excused, hours=hours, turn=turn_of(request))
    return _("The roll is frozen and the vote is open.")


def do_sheet(request: HttpRequest, given: dict[str, Any]) -> str:
    photo = photo_of(request)
    figures = {name: _figure(request, name) for name in paper.FIGURES}
    votes: dict[str, Any] = {}
    for name in cases.names(given["case"]):
        levels = {key.split(":")[2]: _figure(request, key) for key in request.POST if key.startswith(f"votes:{name.person_id}:")}
        votes[str(name.person_id)] = levels or _figure(request, f"votes:{name.person_id}")
    voting.enter_sheet(**given, figures=figures, votes=votes, photo=photo, turn=turn_of(request))
    return _("The sheet is entered. Three counters from the roll now confirm it.")


def _figure(request: HttpRequest, name: str) -> int:
    found = asked.whole_number(request.POST.get(name))
    if found is None:
        raise Refused("sheet", _("Every figure of the sheet is a whole number; one of them is missing."))
    return found


def photo_of(request: HttpRequest) -> str:
    """SHA-256 of the picture that was sent; after a refusal that of the picture sent before."""
    picture = request.FILES.get("photo")
    kept = hashlib.sha256(picture.read()).hexdigest() if picture is not None else asked.words(request.POST.get("photo_kept"), 64)
    request.kept_photo = kept  # type: ignore[attr-defined]
    return kept


def do_confirm(request: HttpRequest, given: dict[str, Any]) -> str:
    case: Case = given["case"]
    step = cases.current(case)
    sheet = step.said.get("sheet") if step is not None else None
    if sheet is not None and request.POST.get("digest") != paper.to_confirm(sheet):
        raise Refused("stale", _("The sheet was entered again since you read it. Read the figures below and confirm those."))
    voting.confirm_sheet(**given, turn=turn_of(request))
    return _("You have confirmed the sheet.")


def do_close(request: HttpRequest, given: dict[str, Any]) -> str:
    voting.close_vote(**given, turn=turn_of(request))
    return _("The vote is closed and counted.")


def do_choose(request: HttpRequest, given: dict[str, Any]) -> str:
    person = Person(pk=asked.whole_number(request.POST.get("person")) or 0)
    voting.choose(**given, person=person, reason=text_of(request), turn=turn_of(request))
    return _("Your choice between the level names is written down.")


def do_abandon(request: HttpRequest, given: dict[str, Any]) -> str:
    voting.abandon_vote(**given, reason=text_of(request), turn=turn_of(request))
    return _("The vote is ended without a count; it is held again from its beginning.")


def do_sign(request: HttpRequest, given: dict[str, Any]) -> str:
    """By passkey where the browser sent its answer, by certificate where a signed PDF came, else by the practice key."""
    case: Case = given["case"]
    words = rulings.text_of(case, on=given["on"])
    if request.POST.get("digest") != signing.challenge_for(words).hex():
        raise Refused("stale", _("The decision reads otherwise than when you opened this page. Read it again before you sign."))
    by, pdf = given["by"], None
    if request.POST.get("credential"):
        try:
            response = json.loads(request.POST["credential"])
        except ValueError:
            response = {}
        signature = signing.accept_passkey(account=by, decision=words, response=response, place=place_of(request))
    elif request.FILES.get("signed_pdf"):
        pdf = request.FILES["signed_pdf"].read(certified.LARGEST + 1)
        signature = certified.accepted(case=case, account=by, on=given["on"], pdf=pdf)
    elif request.POST.get("practice"):
        signature = signing.sign_for_practice(account=by, decision=words)
    else:
        raise Refused("signature", _("No signature came with it. Use your passkey, or send the PDF that you signed."))
    steps.sign(**given, signature=signature, turn=turn_of(request), pdf=pdf)
    return _("You have signed the decision.")


def do_not_sign(request: HttpRequest, given: dict[str, Any]) -> str:
    steps.sign(**given, signature=None, reason=text_of(request), turn=turn_of(request))
    return _("It is written down that you did not sign, and why.")


def do_publish(request: HttpRequest, given: dict[str, Any]) -> str:
    steps.publish(**given, turn=turn_of(request))
    return _("The decision is numbered and published. It takes effect once it is witnessed and its day has come.")


def do_judge(request: HttpRequest, given: dict[str, Any]) -> str:
    cases.judge_again(**given, turn=turn_of(request))
    return _("The articles were asked again.")


def do_state(request: HttpRequest, given: dict[str, Any]) -> str:
    facts, documents = case_facts.written(request)
    person = Person(pk=asked.whole_number(request.POST.get("person")) or 0)
    name = stating.state(**given, person=person, facts=facts, documents=documents, turn=turn_of(request))
    if name.state == Candidate.State.INCOMPLETE:
        return _("It is stated. The articles still wait for other facts.")
    return _("It is stated, and the articles were asked again.")


def do_withdraw(request: HttpRequest, given: dict[str, Any]) -> str:
    cases.withdraw(**given, reason=text_of(request), turn=turn_of(request))
    return _("The case is taken back; it stays on record with its reason.")


def do_appeal(request: HttpRequest, given: dict[str, Any]) -> str:
    appeals.file(**given, ground=text_of(request))
    return _("Your appeal is filed.")


def do_answer(request: HttpRequest, given: dict[str, Any]) -> str:
    if request.POST.get("upheld") not in ("yes", "no"):
        raise Refused("outcome", _("Say whether the appeal is right or the decision stands."))
    appeals.answer(**given, upheld=request.POST["upheld"] == "yes", text=text_of(request))
    return _("The appeal is answered.")


def do_paper(request: HttpRequest, given: dict[str, Any]) -> str:
    """A paper for the dossier of one of the names, or a note that it is not there."""
    case: Case = given["case"]
    person = case.candidates.filter(person_id=asked.whole_number(request.POST.get("person")) or 0).first()
    if person is None:
        raise Refused("not_a_name", _("This person is no name of the case."))
    body = Organization(pk=case.manager_id)
    common = {"person": person.person, "item": asked.words(request.POST.get("item"), 40), "authority_body": body}
    common |= {"by": given["by"], "on": given["on"], "key": given["key"]}
    picture = request.FILES.get("file")
    if picture is None:
        dossier.note(**common, finding=asked.words(request.POST.get("finding"), 10), reason=text_of(request))
        return _("It is noted what was found.")
    dated = request.POST.get("dated_on", "")
    try:
        day = date.fromisoformat(dated) if dated else None
    except ValueError:
        raise Refused("day", _("“%(found)s” is not a day. Write it as year-month-day.") % {"found": dated[:40]}) from None
    signed = {"yes": True, "no": False}.get(request.POST.get("signed", ""))
    dossier.add(**common, body=picture.read(), name=picture.name or "", dated_on=day, signed=signed)
    return _("The paper is in the dossier.")


ACTS: dict[str, Callable[[HttpRequest, dict[str, Any]], str]] = {
    "act": do_act, "name": do_name, "convene": do_convene, "sheet": do_sheet, "confirm": do_confirm, "close": do_close,
    "choose": do_choose, "abandon": do_abandon, "sign": do_sign, "not_sign": do_not_sign, "publish": do_publish, "judge": do_judge,
    "state": do_state, "withdraw": do_withdraw, "appeal": do_appeal, "answer": do_answer, "paper": do_paper,
}  # fmt: skip


act = requires("organization.read", over=concerned)(act_view)
