"""The documents that the steps of a case make, issued as the step is closed: numbered, kept, and in the dossier."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from canbo.procedures import bodies, deadlines, documents
from canbo.procedures.bodies import rulebook
from canbo.procedures.letters import gathering
from canbo.procedures.models import Case, Document, Step
from canbo.procedures.refusals import Refused
from canbo.registry import asking, authority, people, queries
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _
from canbo.rules import procedure as law
from canbo.rules.procedure import StepRule


def made(case: Case, step: Step, rule: StepRule, *, by: Account, on: date) -> list[Document]:
    """Issue what the law says a step makes; a decision is issued when it is published, not when it is signed.

    What has no form of its own in the rulebook is the step itself, as it is kept. A document that lacks something is not
    issued here: the page of the case asks for what is missing, and the dossier waits.
    """
    effect = law.opened(rulebook())[case.procedure].effect
    issued = []
    with authority.everything_in_sight(), asking.remembered():
        for name in rule.makes:
            if name != "decision":
                try:
                    with transaction.atomic():
                        issued.append(_issue(case, step, documents.made_by_step(name, effect), by=by, on=on))
                except (Refused, documents.UnknownKind):
                    continue
    return issued


def decision(case: Case, step: Step, *, by: Account, on: date) -> list[Document]:
    """Issue the signed decision, one for each person it is about; the first gives the ruling its number."""
    effect = law.opened(rulebook())[case.procedure].effect
    kind = documents.made_by_step("decision", effect)
    persons = [name.person for name in case.candidates.select_related("person").filter(state="through").order_by("pk")]
    if kind.endswith("plan") or not persons:
        return [_issue(case, step, kind, by=by, on=on)]
    return [_issue(case, step, kind, by=by, on=on, person=person) for person in persons]


def _issue(case: Case, step: Step, kind: str, *, by: Account, on: date, person: Person | None = None) -> Document:
    try:
        with authority.everything_in_sight(), asking.remembered():
            about = person or asking.once(("only name", case.pk), lambda: _only_name(case))
            return documents.issue(
                case=case, kind=kind, language=settings.LANGUAGE_CODE, by=by, on=on, step=step, person=about,
                more=_more(case, step, kind, about, by=by, on=on),
            )  # fmt: skip
    except documents.DocumentIncomplete as problem:
        raise Refused("document", _("The document cannot be issued: %(why)s") % {"why": problem}) from None


def _only_name(case: Case) -> Person | None:
    found = [name.person for name in case.candidates.select_related("person").defer("verdict").filter(state="through")[:2]]
    return found[0] if len(found) == 1 else None


def _more(case: Case, step: Step, kind: str, about: Person | None, *, by: Account, on: date) -> dict[str, Any]:
    """Who signs, to whom it goes, who chaired: what the step knows beside what the case does."""
    signer = case.ruling.signed_by if kind.startswith("decision-") and hasattr(case, "ruling") else by
    named = _named(signer or by, on)
    manager = queries.unit_by_id(case.manager_id or 0, on=on).name
    more: dict[str, Any] = {"signatures": [{"capacity": [named["title"]], "name": named["name"]}], "to": [manager]}
    if kind in ("minutes", "count-sheet"):
        more["meeting"] = {"day": on, "chair": named["name"]}  # joined to what the step says of it
    if kind == "opinion-request":
        more |= _asked(case, step, on)
    if kind.startswith("decision-"):
        own = queries.unit_by_id(case.organization_id or 0, on=on).name
        more["recipients"] = [own, *([gathering.of_person(about, on=on)["name"]] if about is not None else [])]
    return more


def _asked(case: Case, step: Step, on: date) -> dict[str, Any]:
    """Whom a request for an opinion asks, what, and until when: the opinions that the law has follow the step."""
    version = law.opened(rulebook())[case.procedure].version(case.version)
    asked = [rule for rule in version.steps[version.order.index(step.name) + 1 :] if "opinion" in rule.makes]
    places = dict.fromkeys(bodies.of_step(case, rule.body, on=on) for rule in asked)
    days = [deadlines.after(on, rule.norm) for rule in asked if rule.norm is not None]
    told: dict[str, Any] = {"questions": [{"text": rule.title} for rule in asked], **({"answer_by": max(days)} if days else {})}
    return {**told, **({"to": [queries.unit_by_id(place, on=on).name for place in places]} if places else {})}


def _named(account: Account, on: date) -> dict[str, Any]:
    """The name of who signs, and the title of the highest post; without a person, the account as it is called."""
    if account.person_id is None:
        return {"name": account.label, "title": account.label}
    brief = people.brief([account.person_id], on=on).get(account.person_id)
    now = [
        each for each in people.career(account.person_id)
        if each["since"] <= on and (each["until"] is None or on < each["until"])
    ]  # fmt: skip
    best = min(now, key=lambda each: (each["rank"] is None, each["rank"] or 0, each["id"]), default=None)
    name = f"{brief['family']} {brief['given']}" if brief else account.label
    return {"name": name, "title": best["job_names"] if best else account.label}
