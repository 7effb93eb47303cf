"""Pages about the journal: its latest entries, how it stands, proofs and checkpoints to take away."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from canbo.journal import entries, keys, proofs, sealing, verification, verifier
from canbo.journal.models import Checkpoint, Entry
from canbo.pages import asked
from canbo.pages.access import requires
from canbo.registry import authority

PER_PAGE = 50
#: Verifying reads every entry; beyond this number it is left to the command line.
MOST_VERIFIED = 200_000


@requires("journal.read")
def journal(request: HttpRequest) -> HttpResponse:
    """The latest entries and how the journal stands."""
    return render(request, "journal.html", page(request))


def page(request: HttpRequest) -> dict[str, Any]:
    """What the page of the journal shows."""
    found = entries.recent(PER_PAGE + 1, before=asked.whole_number(request.GET.get("before")))
    state = entries.state()
    return {
        "state": state,
        "rows": [(entry, seen) for entry, seen in withheld(request, found[:PER_PAGE])],
        "more": found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None,
        "may_verify": state["entries"] <= MOST_VERIFIED,
    }


def withheld(request: HttpRequest, found: list[Entry]) -> list[tuple[Entry, bool]]:
    """Each entry, and whether the reader may see what it is about: a reader of a part sees the acts of that part."""
    reach: authority.Reach = request.reach  # type: ignore[attr-defined]
    if reach.everything:
        return [(entry, True) for entry in found]
    from canbo.procedures.models import Case
    from canbo.registry.models import Person

    numbers: dict[str, set[int]] = {}
    for entry in found:
        if (number := asked.whole_number(entry.about_id)) is not None:
            numbers.setdefault(str(entry.about_kind), set()).add(number)
    visible = {
        "registry.person": set(Person.objects.filter(pk__in=numbers.get("registry.person", ())).values_list("pk", flat=True)),
        "procedures.case": set(
            Case.objects.filter(
                pk__in=numbers.get("procedures.case", ()), post__organization_id__in=sorted(reach.organizations)
            ).values_list("pk", flat=True)
        ),
        "registry.organization": set(reach.organizations),
    }
    return [
        (entry, entry.by_id == request.user.pk or asked.whole_number(entry.about_id) in visible.get(str(entry.about_kind), ()))
        for entry in found
    ]


@requires("journal.read")
def proof(request: HttpRequest, number: int) -> HttpResponseBase:
    """A proof that an entry is in the journal, as a file that one program without a database checks."""
    entry = Entry.objects.filter(pk=asked.row_number(number)).first()
    if entry is None:
        raise Http404(_("There is no journal entry number %(number)s.") % {"number": number})
    [(entry, seen)] = withheld(request, [entry])
    if not seen:
        raise authority.NotAllowed("journal.read", _("This entry is about something outside what you may see."))
    try:
        bundle = proofs.inclusion(entry)
    except proofs.NoProof as reason:
        raise Http404(str(reason)) from None
    except keys.KeyProblem as problem:
        raise Http404(str(problem)) from None
    return taken_away(json.dumps(bundle, ensure_ascii=False, indent=1), "application/json", f"entry-{number}.proof.json")


@requires("journal.read")
def checkpoint(request: HttpRequest) -> HttpResponseBase:
    """The newest signed head of the journal: whoever keeps it can later show that nothing was rewritten."""
    last = Checkpoint.objects.order_by("-size", "-id").first()
    try:
        note = last.note if last else sealing.checkpoint().note
    except keys.KeyProblem as problem:
        raise Http404(str(problem)) from None
    return taken_away(note, "text/plain; charset=utf-8", "journal.checkpoint.txt")


def taken_away(text: str, kind: str, name: str) -> HttpResponse:
    """An answer that the browser saves as a file."""
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def verify_view(request: HttpRequest) -> HttpResponse:
    """Recompute the whole journal and hold it against every stored head, and against a checkpoint if one is given."""
    context = page(request)
    if not context["may_verify"]:
        raise Http404(_("The journal is too long to be verified from a page. Run: canbo journal verify"))
    kept = asked.words(request.POST.get("kept"), 20_000)
    try:
        against = [kept.replace("\r\n", "\n") + "\n"] if kept else []
        context["report"] = verification.verify(key=keys.known_key(), against=against)
    except (verifier.Unreadable, keys.KeyProblem) as problem:
        context["refusal"] = str(problem)
    context["kept"] = kept
    return render(request, "journal.html", context)


verify = requires("journal.read")(verify_view)
