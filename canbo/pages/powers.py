"""Powers: what an account was granted, lent and offered; lending; who lent what over a body; who decides on a post."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.pages import asked, boards, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.pages.candidates import the_post
from canbo.pages.case_steps import names_of_bodies
from canbo.pages.words import word
from canbo.registry import asking, authority, deciding, delegation, looking, once, people, queries, vacancies
from canbo.registry.days import holds
from canbo.registry.delegation import DelegationRefused
from canbo.registry.models import Account, Delegation, Membership, Organization, Post
from canbo.registry.queries import NotInRegister, Unit
from canbo.rules import powers as law

MOST_FOUND = 10
USUAL_DAYS = 30
REFUSALS = (DelegationRefused, authority.NotAllowed, once.KeyUsed, NotInRegister)


@requires("delegation.accept")
def powers(request: HttpRequest) -> HttpResponse:
    """My powers: roles and what they allow, what waits to be accepted, what was lent to me and by me."""
    on = today()
    concerning = [told(each, on) for each in delegation.concerning(request.user, on=on)]
    grants = authority.grants_of(request.user)
    names = names_of_bodies([grant.organization_id for grant in grants if grant.organization_id], on=on)
    words = asked.words(request.GET.get("post"), 80)
    context = {
        "granted": [{"grant": g, "place": names.get(g.organization_id or 0), "acts": acts_of({g.role})} for g in grants],
        "received": [each for each in concerning if each["row"].receiver_id == request.user.pk],
        "given": [each for each in concerning if each["row"].giver_id == request.user.pk],
        "heads": heads_held(request, on), "words": words, "today": on,
        "posts": vacancies.find_posts(words, on=on, limit=MOST_FOUND) if len(words) > 1 else [],
        "may_lend": may(request, "delegation.give"), "may_inspect": may(request, "delegation.read"),
    }  # fmt: skip
    return render(request, "powers/powers.html", context)


def told(row: Delegation, on: date) -> dict[str, Any]:
    """A delegation as it is shown: how far it got, its acts in words, its last day."""
    state = (
        "withdrawn" if row.revoked_at else "waiting" if not row.accepted_at else "coming" if row.valid.lower > on else "running"
    )
    places = names_of_bodies([row.organization_id], on=on) if row.organization_id else {}
    return {
        "row": row, "state": state, "acts": sorted(word(act, "may") for act in row.acts), "from": row.valid.lower,
        "last": row.valid.upper - timedelta(days=1), "place": places.get(row.organization_id or 0),
    }  # fmt: skip


def acts_of(roles: set[str]) -> list[str]:
    """What these roles allow, in words; what everybody who is signed in may do is left out."""
    return sorted(word(act, "may") for act, allowed in authority.ACTS.items() if allowed and allowed & roles)


def lendable(request: HttpRequest) -> list[tuple[str, str]]:
    """The acts that the reader was granted somewhere and may lend, with their words."""
    roles = {grant.role for grant in authority.grants_of(request.user)}
    acts = [act for act, allowed in authority.ACTS.items() if allowed and allowed & roles and act not in authority.NEVER_LENT]
    return sorted(((act, word(act, "may")) for act in acts), key=lambda pair: pair[1])


def heads_held(request: HttpRequest, on: date) -> list[str]:
    """The bodies of whose head the reader holds the powers today."""
    if request.user.person_id is None:
        return []
    bodies = Membership.objects.filter(person_id=request.user.person_id, valid__contains=on, post__job__standing="head")
    held = [
        body for body in sorted(set(bodies.values_list("organization_id", flat=True)))
        if any(head.person == request.user.person_id for head in deciding.heads_of(body, on))
    ]  # fmt: skip
    return sorted(names_of_bodies(held, on=on).values()) if held else []


# ---- accept, withdraw


@requires("delegation.revoke")
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Accept a delegation or withdraw it, from one of the pages that show it."""
    if request.method != "POST":
        return redirect("powers")
    row = Delegation.objects.filter(pk=asked.row_number(number)).select_related("organization").first()
    if row is None:
        raise Http404(_("There is no such delegation."))
    do = asked.words(request.POST.get("do"), 10)
    try:
        if do == "accept":
            delegation.accept(row, by=request.user)
            messages.success(request, _("You accepted it. From its first day on you may do what was lent to you."))
        elif do == "revoke":
            delegation.revoke(row, reason=asked.words(request.POST.get("reason"), 500), by=request.user)
            messages.success(request, _("It is withdrawn and has no effect any more."))
    except REFUSALS as problem:
        messages.error(request, in_words(problem))
    return redirect("powers")


def in_words(problem: Exception) -> str:
    """The sentence of a refusal, with the act in the reader's words."""
    act = getattr(problem, "act", "")
    return str(problem).replace(act, word(act, "may")) if act else str(problem)


# ---- lending


@requires("delegation.accept")
def lend(request: HttpRequest) -> HttpResponse:
    """Lend: which acts, over which body, from and to which day, to whom, on which text. It is an offer until it is accepted."""
    if not may(request, "delegation.give"):
        return render(request, "powers/lend.html", {"may_lend": False})
    on, refusal, status = today(), "", 200
    sent = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            given = offer(request, on)
            messages.success(
                request, _("Offered to %(who)s. Nothing is lent before it is accepted.") % {"who": given.receiver.label}
            )
            return redirect("powers")
        except REFUSALS as problem:
            refusal, status = in_words(problem), 422
    who, place = asked.words(sent.get("who"), 80), asked.words(sent.get("place"), 80)
    context = {
        "may_lend": True, "acts": lendable(request), "chosen": set(sent.getlist("act")), "bodies": bodies(request, place, on), "place": place,
        "who": who, "accounts": accounts(request, who), "refusal": refusal, "given": sent.dict(),
        "from": sent.get("from") or on.isoformat(), "to": sent.get("to") or (on + timedelta(days=USUAL_DAYS)).isoformat(),
        "key": f"lend:{request.user.pk}:{secrets.token_hex(8)}",
    }  # fmt: skip
    return render(request, "powers/lend.html", context, status=status)


def bodies(request: HttpRequest, words: str, on: date) -> list[tuple[str, str]]:
    """Over what one may lend: the bodies of one's own grants, and those the words find; code and name."""
    grants = authority.grants_of(request.user)
    roots = queries.units(sorted({grant.organization_id for grant in grants if grant.organization_id}), on=on)
    found = queries.search_units(words, on=on, limit=MOST_FOUND) if len(words) > 1 else []
    listed = [("all", _("all that I reach"))] if any(grant.organization_id is None for grant in grants) else []
    listed += [(unit.code, queries.in_language(unit.name)) for unit in roots]
    return listed + [(row["code"], figures.named(row["name"])) for row in found if row["id"] not in {u.id for u in roots}]


def accounts(request: HttpRequest, words: str) -> list[Account]:
    """Open accounts of people that the words name, not one's own."""
    if len(words) < 2:
        return []
    found = Account.objects.filter(Q(username__iexact=words) | Q(label__icontains=words), is_active=True, is_program=False)
    return list(found.exclude(pk=request.user.pk).order_by("label", "pk")[:MOST_FOUND])


def offer(request: HttpRequest, on: date) -> Delegation:
    """Offer what the form names. Raises what `delegation.give` raises."""
    sent = request.POST
    key, code = asked.words(sent.get("key")), asked.words(sent.get("organization"), 80)
    if not key.startswith(f"lend:{request.user.pk}:"):
        raise DelegationRefused(_("This form was made for somebody else or is incomplete. Open the page again."))
    receiver = Account.objects.filter(pk=asked.whole_number(sent.get("receiver"))).first()
    if receiver is None or not code:
        raise DelegationRefused(_("Choose to whom you lend, and over which body."))
    number, issuer = asked.words(sent.get("number"), 80), asked.words(sent.get("issuer"), 200)
    basis = asked.words(sent.get("basis"), 500)
    if not (number and issuer and basis):
        raise DelegationRefused(_("Say on which decision it rests: its number, who issued it, and what it allows."))
    organization = None if code == "all" else Organization.objects.get(pk=queries.unit(code, on=on).id)
    return delegation.give(
        receiver=receiver, acts=set(sent.getlist("act")), organization=organization, valid_from=_day(sent.get("from")),
        valid_to=_day(sent.get("to")) + timedelta(days=1), basis=basis, by=request.user, key=key,
        **delegation.based_on(number, issuer),
    )  # fmt: skip


def _day(text: str | None) -> date:
    try:
        found = date.fromisoformat(asked.words(text, 20))
        return min(found, date(9999, 1, 1))
    except ValueError:
        raise DelegationRefused(
            _("“%(found)s” is not a day. Write it as year-month-day.") % {"found": asked.words(text, 20)}
        ) from None


# ---- who lent what over a body


@requires("delegation.read", over=boards.unit_for("delegation.read"))
def lent(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Who lent what over a body, beneath it and above it: for whoever inspects."""
    on = as_of(request).day
    found = [told(each, on) for each in delegation.over(unit.id, reader=request.user, on=on)]
    may_end = may(request, "account.manage", unit.id)
    return render(request, "powers/lent.html", {"unit": unit, "lent": found, "may_end": may_end})


# ---- who decides on a post


@requires("organization.read", over=the_post)
def decides(request: HttpRequest, post: Post, number: int) -> HttpResponse:
    """Which body proposes, verifies and decides when a post is filled, given up or suspended, and on which text."""
    on = as_of(request).day
    with asking.remembered():
        body, found = deciding.around(post, on).get("own"), deciding.deciding_bodies(post, law.ACTS, on)
    if not holds(post.valid, on) or body is None or body["code"] is None:
        raise Http404(_("This post does not exist on that day."))
    bodies = {each.organization.id for each in found.values() if isinstance(each, deciding.Decider)}
    with authority.everything_in_sight():  # whether there is a head; who it is, is shown as far as the reader may see
        heads = deciding.heads_of_each(bodies, on)
    brief = people.brief([head.person for held in heads.values() for head in held], on=on)
    for each, held in heads.items():
        looking.looked_at_list(each, by=request.user, on=on, persons=[head.person for head in held if head.person in brief])
    rows = [{"act": act, **answer_of(each, heads, brief)} for act, each in found.items()]
    return render(request, "powers/decides.html", {"post": post, "body": body, "rows": rows})


def answer_of(
    found: deciding.Decider | deciding.NotKnown, heads: dict[int, list[deciding.Head]], brief: dict[int, Any]
) -> dict[str, Any]:
    """Who decides, as it is shown; where nobody can say, why."""
    if isinstance(found, deciding.NotKnown):
        return {"unknown": found.reason}
    held = heads[found.organization.id]
    return {
        "decides": found.organization, "proposes": found.proposes, "verifies": found.verifies, "power": found.power,
        "cite": found.source.cite(figures.language()),
        "heads": [{"until": head.until, "acting": head.acting, **brief[head.person]} for head in held if head.person in brief],
        "hidden": len([head for head in held if head.person not in brief]),
    }  # fmt: skip
