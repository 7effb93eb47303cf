"""Pages of a secret vote: the ballot, being present, getting a ballot signed, casting it, and the list afterwards.

Who may vote is said by the roll, not by a grant: the act asked of a reader is one that every account may do, and whoever
neither votes, nor keeps the vote, nor reads the journal is refused. Casting asks for nothing but the ballot itself, and
takes no request that carries a cookie, so that the server is not even told who is signed in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from canbo.ballots import elections, forms, published, recount
from canbo.ballots.models import Ballot, Election, Issue, Voter
from canbo.ballots.refused import Refused
from canbo.pages import asked
from canbo.pages.access import may, open_to_all, requires
from canbo.pages.asof import today
from canbo.pages.tasks import titled
from canbo.registry import authority, queries
from canbo.registry.models import PersonName

SIGNED_IN = "organization.read"
#: Seconds of which a device draws at random how long it waits between the signatures and the box.
WAIT = (5, 40)
MOST_SHOWN = 300
MOST_OCTETS = 40_000
#: Words for marks; a level that a vote names otherwise is shown by its name.
MARKS = {
    "yes": gettext_lazy("for"),
    "no": gettext_lazy("against"),
    "high": gettext_lazy("high confidence"),
    "confidence": gettext_lazy("confidence"),
    "low": gettext_lazy("low confidence"),
    "in": gettext_lazy("into the plan"),
    "out": gettext_lazy("out of the plan"),
}
STATUS = {"state": 409, "late": 409, "early": 409, "reused": 409, "issued": 409, "key": 503}


def the_vote(request: HttpRequest, number: int) -> Election:
    """The vote of an address, for who stands on its roll, keeps it, or reads the journal."""
    vote = Election.objects.filter(pk=asked.row_number(number)).first()
    if vote is None:
        raise Http404(_("There is no vote number %(number)s.") % {"number": number})
    if not (on_roll(request, vote) or keeps(request, vote) or may(request, "journal.read")):
        raise authority.NotAllowed(SIGNED_IN, _("You do not stand on the roll of this vote."))
    return titled([vote])[0]


def on_roll(request: HttpRequest, vote: Election) -> Voter | None:
    """The reader's line on the roll."""
    return vote.roll.filter(person=request.user.person_id).first() if request.user.person_id else None


def keeps(request: HttpRequest, vote: Election) -> bool:
    """Whether the reader prepared the vote, and so marks who is present."""
    return vote.keeper_id is not None and vote.keeper_id == request.user.pk


@requires(SIGNED_IN)
def listing(request: HttpRequest) -> HttpResponse:
    """The votes in which the reader votes or which the reader keeps, latest first."""
    mine = Election.objects.filter(keeper_id=request.user.pk)
    if request.user.person_id:
        mine = mine | Election.objects.filter(pk__in=Voter.objects.filter(person=request.user.person_id).values("election_id"))
    return render(request, "ballots/listing.html", {"votes": titled(mine.order_by("-opens", "-pk")[:100])})


@requires(SIGNED_IN, over=the_vote)
def ballot(request: HttpRequest, vote: Election, number: int) -> HttpResponse:
    """One vote as it concerns the reader now: waiting, being present, the ballot, or the count."""
    line = on_roll(request, vote)
    context: dict[str, Any] = {
        "vote": vote,
        "line": line,
        "keeps": keeps(request, vote),
        "fingerprint": published.fingerprint(vote),
        "attendance": dict(zip(("present", "issued", "collected"), elections.attendance(vote), strict=True)),
        "issued": 0 if line is None else Issue.objects.filter(voter=line).count(),
    }
    if vote.state == Election.State.CLOSED:
        context |= closed(vote)
    elif vote.state == Election.State.OPEN:
        context |= {"marks": marks_of(vote), "for_device": for_device(request, vote), "absent": absent(request, vote)}
    return render(request, "ballots/ballot.html", context)


def closed(vote: Election) -> dict[str, Any]:
    """The count and the list of a closed vote, options in the order of the ballot."""
    count = elections.count(election=vote.pk)
    words = dict(marks_of(vote))
    rows = [
        (option["label"], [(words[mark], count.per_option[option["id"]][mark]) for mark in count.levels])
        for option in vote.options
    ]
    labels = {option["id"]: option["label"] for option in vote.options}
    shown = list(vote.ballots.order_by("receipt")[:MOST_SHOWN]) if count.collected <= MOST_SHOWN else []
    return {
        "count": count,
        "rows": rows,
        "most": max((number for _label, marks in rows for _mark, number in marks), default=0) or 1,
        "listed": [(ballot.receipt, in_words(ballot, vote, labels)) for ballot in shown],
        "for_finder": {
            "none": _("This receipt is not in the list. Check the letters; if they are right, tell the counters."),
            "blank": _("blank"),
            "marks": words,
        },
    }


def marks_of(vote: Election) -> list[tuple[str, str]]:
    """The marks of a vote, each with its word in the reader's language."""
    return [(mark, str(MARKS.get(mark, mark))) for mark in forms.marks(vote.choose)]


def in_words(ballot: Ballot, vote: Election, labels: dict[str, str]) -> list[tuple[str, str]]:
    """What a ballot says: (option, mark) in the order of the ballot paper."""
    words = dict(marks_of(vote))
    return [
        (labels[option["id"]], words[ballot.choice[option["id"]]]) for option in vote.options if option["id"] in ballot.choice
    ]


def absent(request: HttpRequest, vote: Election) -> list[tuple[int, str]]:
    """For who keeps the vote: those not marked present, the first hundred, with their names where these may be seen."""
    if not keeps(request, vote):
        return []
    numbers = list(vote.roll.filter(present=False).order_by("person").values_list("person", flat=True)[:100])
    found = PersonName.objects.filter(person_id__in=numbers, valid__contains=today())
    names = {name.person_id: f"{name.family} {name.given}" for name in found}
    return [(number, names.get(number, "")) for number in numbers]


def for_device(request: HttpRequest, vote: Election) -> dict[str, Any]:
    """What ballot.js needs: the sealed terms, where to ask, how long to wait, and its words in the reader's language."""
    names = bodies([issuer.body for issuer in vote.issuers.order_by("body")])
    return {
        "terms": vote.terms,
        "ident": vote.ident,
        "issue": reverse("ballot_issue", args=[vote.pk]),
        "cast": reverse("ballot_cast", args=[vote.pk]),
        "wait": WAIT,
        "closes": vote.closes.timestamp(),
        "bodies": {str(body): name for body, name in names.items()},
        "labels": {option["id"]: option["label"] for option in vote.options},
        "words": {
            "sealing": _("Your device draws a number and hides your ballot."),
            "asking": _("%(body)s signs without seeing it."),
            "waiting": _("Your device waits %(seconds)s seconds, so that the time tells less."),
            "casting": _("The ballot goes into the box, without your name."),
            "done": _("Your ballot is in the box."),
            "blank": _("A blank ballot: no one is marked."),
            "choose": _("Mark your ballot first. To leave it blank, choose that."),
            "too_many": _("More are marked than may be chosen: this ballot would count as invalid."),
            "resume": _("A ballot that was begun on this device is not in the box yet. It is being finished."),
            "insecure": _("This page was not opened over a secure connection, so your device cannot hide a ballot."),
            "altered": _(
                "The terms of this vote do not have the fingerprint that is shown. Do not vote here; tell the counters."
            ),
            "cheated": _("%(body)s did not sign what it was asked to. Nothing was cast. Tell the counters."),
            "lost": _("No answer came. Your device tries again."),
            "failed": _("Your ballot could not be cast. Open this page again on this device: it goes on where it stopped."),
        },
    }


def bodies(numbers: list[int]) -> dict[int, str]:
    """The names of issuing bodies today; a number without a name is shown as a number."""
    named = {unit.id: queries.in_language(unit.name) for unit in queries.units(numbers, on=today())}
    return {number: named.get(number) or _("Body %(number)s") % {"number": number} for number in numbers}


@require_POST
def present_view(request: HttpRequest, vote: Election, number: int) -> HttpResponse:
    """Mark oneself present, or for who keeps the vote, somebody on the roll."""
    voter = request.user.person_id or 0
    if keeps(request, vote) and request.POST.get("voter"):
        voter = asked.whole_number(request.POST["voter"]) or 0
    try:
        elections.mark_present(election=vote.pk, voter=voter, by=request.user)
    except Refused as refusal:
        return render(request, "ballots/refused.html", {"vote": vote, "sentence": str(refusal)}, status=409)
    return redirect("ballot", number=vote.pk)


@require_POST
def issue_view(request: HttpRequest, vote: Election, number: int) -> HttpResponse:
    """Let one body sign what the signed-in voter's device has blinded: {"issuer", "blinded"} -> {"signature"}."""
    sent = body_of(request)
    try:
        blinded = bytes.fromhex(str(sent.get("blinded")))
        issuer = int(str(sent.get("issuer")))
    except ValueError:
        return refusal_of(Refused("unreadable", _("What your device sent cannot be signed. Open the ballot page anew.")))
    try:
        signature = elections.issue(
            election=vote.pk, voter=request.user.person_id or 0, issuer=issuer, blinded=blinded, by=request.user
        )
    except Refused as refusal:
        return refusal_of(refusal)
    return JsonResponse({"signature": signature.hex()})


def cookieless(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view whose authority is in what is sent, not in who is signed in.

    Nothing is gained by sending such a request from another site, since the sender must hold the two signatures; so
    no token is asked for. What is asked for is that nobody is signed in: a request with a cookie or with credentials
    is refused, and so is one that a browser says another site has made.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.headers.get("Cookie") or request.headers.get("Authorization"):
            return JsonResponse(
                {"reason": "cookie", "sentence": _("A ballot is cast without a cookie; this one came with one.")}, status=400
            )
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin" or request.content_type != "application/json":
            return JsonResponse({"reason": "site", "sentence": _("A ballot is cast from its own page.")}, status=403)
        return view(request, **kwargs)

    guarded.csrf_exempt = True  # type: ignore[attr-defined]
    return guarded


@open_to_all
@cookieless
@require_POST
def cast(request: HttpRequest, number: int) -> HttpResponse:
    """Put a ballot into the box: {"serial", "choice", "signatures"} -> {"receipt"}, once it is on the disk."""
    sent = body_of(request)
    try:
        with transaction.atomic():
            receipt = elections.cast(
                election=asked.row_number(number),
                serial=sent.get("serial", ""), choice=sent.get("choice"), signatures=sent.get("signatures"),
            )  # fmt: skip
    except Refused as refusal:
        return refusal_of(refusal)
    return JsonResponse({"receipt": receipt})


@requires(SIGNED_IN, over=the_vote)
@require_GET
def file(request: HttpRequest, vote: Election, number: int) -> HttpResponse:
    """The published ballots of a closed vote, to be recounted by anyone who has the file."""
    try:
        text = elections.ballots_file(election=vote.pk)
    except Refused as refusal:
        return render(request, "ballots/refused.html", {"vote": vote, "sentence": str(refusal)}, status=409)
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="ballots-{vote.pk}.json"', "Cache-Control": "private, no-store"},
    )


@open_to_all
@require_GET
def program(request: HttpRequest) -> HttpResponse:
    """recount.py itself, to be read and run anywhere."""
    text = Path(os.fspath(recount.__file__)).read_text(encoding="utf-8")
    return HttpResponse(
        text, content_type="text/x-python; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="recount.py"'}
    )


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; empty for anything else, or for more than any ballot needs."""
    try:
        sent = json.loads(request.body) if len(request.body) <= MOST_OCTETS else None
    except (ValueError, RecursionError):
        sent = None
    return sent if isinstance(sent, dict) else {}


def refusal_of(refusal: Refused) -> JsonResponse:
    """A refusal for ballot.js: its reason, and the sentence that it shows."""
    return JsonResponse({"reason": refusal.reason, "sentence": str(refusal)}, status=STATUS.get(refusal.reason, 422))


present = requires(SIGNED_IN, over=the_vote)(present_view)
issue = requires(SIGNED_IN, over=the_vote)(issue_view)
