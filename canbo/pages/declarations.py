"""My declarations: whom I named as relatives, in which enterprises I have a part, and my word that this is the whole."""

from __future__ import annotations

import secrets
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.pages import asked, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.powers import in_words
from canbo.registry import authority, conflict, disclosing, once
from canbo.registry.disclosing import DisclosureRefused
from canbo.registry.models import Disclosure, Interest, Kinship, NoneDeclared, Person
from canbo.rules import powers as law


@requires("organization.read")
def declarations(request: HttpRequest) -> HttpResponse:
    """One's own declarations, and the forms by which they are made; whoever is no person of the register has none."""
    if request.user.person_id is None:
        raise Http404(_("Your account belongs to no person in the register."))
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            messages.success(request, done(request, on))
            return redirect("declarations")
        except (DisclosureRefused, authority.NotAllowed, once.KeyUsed) as problem:
            refusal = in_words(problem)
    context = {
        **standing(Person(pk=request.user.person_id), on), "refusal": refusal, "given": request.POST.dict() if refusal else {},
        "relations": Kinship.Relation.values, "parts": Interest.Role.values, "today": on,
        "may_lend": may(request, "delegation.give"), "key": f"declare:{request.user.pk}:{secrets.token_hex(8)}",
    }  # fmt: skip
    return render(request, "powers/declarations.html", context, status=422 if refusal else 200)


def standing(person: Person, on: date) -> dict[str, Any]:
    """What stands on a day, and by when each topic is to be declared anew."""
    months = law.figures()["declaration_months"]
    lacking = {lack.topic: lack for lack in conflict.lacking(person, on)}
    told = {row.topic: row.valid.lower for row in Disclosure.objects.filter(person=person, valid__contains=on)}
    none = set(NoneDeclared.objects.filter(person=person, valid__contains=on).values_list("topic", flat=True))
    relatives = disclosing.relatives(person, on=on)
    interests = list(Interest.objects.filter(person=person, valid__contains=on).order_by("pk"))
    listed: dict[str, list[Any]] = {"kinship": relatives, "interest": interests}
    return {
        "topics": [
            {
                "name": str(topic), "rows": listed[topic], "none": topic in none, "lack": lacking.get(topic), "told": told.get(topic),
            }
            for topic in disclosing.TOPICS
        ],
        "lacking": len(lacking), "months": months.at(on), "cite": months.source.cite(figures.language()) if months.source else "",
        "questions": [question for question in conflict.questions(person, on) if question.of == person.pk],
    }  # fmt: skip


def done(request: HttpRequest, on: date) -> str:
    """Do what the form says; the sentence to show. Raises what the services of `disclosing` raise."""
    sent, key = request.POST, asked.words(request.POST.get("key"))
    if not key.startswith(f"declare:{request.user.pk}:"):
        raise DisclosureRefused(_("This form was made for somebody else or is incomplete. Open the page again."))
    do, mark = asked.words(sent.get("do"), 20), {"by": request.user, "on": on, "key": key}
    if do == "relative":
        number, name = asked.words(sent.get("number"), 20), asked.words(sent.get("name"), 180)
        disclosing.name_relative(number=number, name=name, relation=asked.words(sent.get("relation"), 20), **mark)
        return _("The relative stands on your list.")
    if do == "interest":
        enterprise, role = asked.words(sent.get("enterprise"), 40), asked.words(sent.get("role"), 20)
        disclosing.name_interest(enterprise=enterprise, role=role, share=_share(sent.get("share")), **mark)
        return _("The interest stands on your list.")
    if do == "end":
        disclosing.give_up(Interest(pk=asked.whole_number(sent.get("interest"))), **mark)
        return _("The interest has ended; it counted until today.")
    if do in ("whole", "none"):
        disclosing.declare(topic=asked.words(sent.get("topic"), 12), none=do == "none", **mark)
        return _("Your word is written down. Renew it before it is too old.")
    raise DisclosureRefused(_("This form was made for somebody else or is incomplete. Open the page again."))


def _share(text: str | None) -> Decimal | None:
    given = asked.words(text, 12).replace(",", ".").removesuffix("%").strip()
    if not given:
        return None
    try:
        return Decimal(given)
    except InvalidOperation:
        raise DisclosureRefused(
            _("A share is more than 0 and at most 100 percent. Leave it empty where there is none.")
        ) from None
