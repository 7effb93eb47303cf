"""What the reader may do in a case now, and what the form of that needs; whoever may not is told why."""

from __future__ import annotations

import json
import secrets
from datetime import date
from typing import Any

from django.http import HttpRequest

from canbo.ballots import paper
from canbo.pages import asked, case_facts, figures
from canbo.pages.case_standing import whole_sight
from canbo.pages.case_steps import full_name, names_of_bodies
from canbo.procedures import acting, appeals, bodies, cases, certified, rulings, signing
from canbo.procedures.acting import ACTS
from canbo.procedures.models import Candidate, Case, Elector, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.registry import authority, conflict, looking, people
from canbo.registry.models import Account, Organization, Person, Succession
from canbo.registry.queries import NotInRegister
from canbo.rules.procedure import StepRule
from canbo.rules.provenance import HEARSAY

MOST_FOUND = 12
FIGURES = paper.FIGURES


def why_not(request: HttpRequest, case: Case, rule: StepRule, on: date) -> str | None:
    """Why the reader may not take a step; None where it may be taken."""
    try:
        with whole_sight(request):
            acting.entitled(case, rule, request.user, on=on)
    except (Refused, authority.NotAllowed) as problem:
        return str(problem)
    return None


def key_of(request: HttpRequest, case: Case) -> str:
    """How the keys of a reader's forms about a case begin."""
    return f"case:{request.user.pk}:{case.pk}:"


def offered(request: HttpRequest, case: Case, *, on: date, part: str) -> dict[str, Any]:
    """What the page offers: `kind` of the form of the step (empty: none) with what it needs, and the acts beside it."""
    step = cases.current(case) if case.state in cases.RUNNING else None
    told: dict[str, Any] = {"kind": "", "key": key_of(request, case) + secrets.token_hex(8), "turn": case.turn}
    if step is not None:
        rule = cases.rules_of(case)[1].step(step.name)
        told |= {"step": step, "rule": rule, "gates": gates(case, rule, on=on) if part == "reader" else []}
        refused = why_not(request, case, rule, on)
        if refused is None:
            try:
                told |= _form(request, case, step, rule, on)
            except Refused as problem:  # such as a roll that is too short: the page says so in place of the form
                told["why_not"] = str(problem)
        elif part == "reader" and _acts_so(request.user, rule):
            told["why_not"] = refused
            told["undeclared"] = request.user.person_id and conflict.lacking(Person(pk=request.user.person_id), on)
        if rule.does == "vote":
            told |= _vote_beside(request, case, step, rule, on)
    if part == "reader" and case.state in cases.RUNNING and case.organization is not None:
        told["may_withdraw"] = authority.allows(request.user, "case.open", over=case.organization)
        told["may_judge"] = (
            case.candidates.filter(state=Candidate.State.INCOMPLETE).exists()
            and authority.allows(request.user, "case.draft", over=case.organization)
        )  # fmt: skip
        if told["may_judge"]:
            sent = request.POST.dict() if request.POST.get("do") == "state" else {}
            told["waiting"] = case_facts.waiting(case, cases.rules_of(case)[0], sent, on=on)
    told |= _appeal(request, case, on=on, part=part)
    return told


def _acts_so(reader: Account, rule: StepRule) -> bool:
    """Whether the reader acts in this capacity anywhere; others need no reason why they do not here."""
    return rule.capacity in ACTS and bool(authority.powers_for(reader, ACTS[rule.capacity]))


def gates(case: Case, rule: StepRule, *, on: date) -> list[dict[str, Any]]:
    """What this step asks of each name before it can be done: articles, dossier."""
    return [{"topics": rule.topics, "dossier": rule.dossier}] if (rule.topics or rule.dossier) and rule.does != "name" else []


def _form(request: HttpRequest, case: Case, step: Step, rule: StepRule, on: date) -> dict[str, Any]:
    """The form of the step for somebody who may take it. While the articles wait for facts, only what ends it is offered."""
    try:
        cases.require_facts(case, rule)
    except Refused as problem:
        return {"kind": rule.does if "refuse" in rule.ways else "", "refusable": True, "waits": str(problem)}
    if rule.does == "name":
        return {"kind": "name", **names_form(request, case, rule, on)}
    if rule.does == "vote":
        return _vote_form(request, case, step, rule, on)
    if rule.does == "sign":
        return {"kind": "sign", **signing_form(request, case, on)}
    return {"kind": rule.does, "refusable": "refuse" in rule.ways}


# ---- names


def names_form(request: HttpRequest, case: Case, rule: StepRule, on: date) -> dict[str, Any]:
    """Whom to put: those chosen so far, those whom the words name, else those in the plan for the post; each judged."""
    sent = request.POST if request.method == "POST" else request.GET
    chosen = [n for n in map(asked.whole_number, sent.getlist("person")) if n is not None][:MOST_FOUND]
    query = asked.words(sent.get("q"), 80)
    if query:
        numbers = [row["person_id"] for row in people.search(query, on=on, limit=MOST_FOUND)]
        looking.looked_at_search(by=request.user, on=on, persons=numbers)
    elif case.post_id is not None:
        planned = Succession.objects.filter(post_id=case.post_id, valid__contains=on).order_by("pk")
        numbers = list(planned.values_list("person_id", flat=True)[:MOST_FOUND])
    else:
        numbers = []
    numbers = list(dict.fromkeys([*chosen, *numbers]))
    brief = people.brief(numbers, on=on)
    rows = [judged_row(case, number, brief[number], rule, on) for number in numbers if number in brief]
    for row in rows:
        row["chosen"] = row["person"] in chosen
    return {"query": query, "found": rows, "searched": bool(query)}


def judged_row(case: Case, number: int, brief: dict[str, Any], rule: StepRule, on: date) -> dict[str, Any]:
    """One name with what the articles say of it today."""
    kind, _version = cases.rules_of(case)
    topic = (rule.topics or (kind.topic or "appointment",))[0]
    verdict = cases.judged(case, Person(pk=number), topic, on=on).to_dict()
    return {"person": number, "name": full_name(brief), "brief": brief, **told_of(verdict)}


def told_of(verdict: dict[str, Any] | None) -> dict[str, Any]:
    """The outcome of a verdict as it was kept, and the articles that stand in the way."""
    if verdict is None:
        return {"outcome": "", "against": []}
    outcome = {"allowed": "pass", "refused": "fail", "incomplete": "unknown"}.get(verdict["word"], "unknown")
    against = [article for article in verdict["articles"] if article["outcome"] in ("fail", "unknown")]
    return {"outcome": outcome, "against": against}


# ---- votes


def _vote_form(request: HttpRequest, case: Case, step: Step, rule: StepRule, on: date) -> dict[str, Any]:
    """For who chairs: convening, the tally sheet, closing."""
    assert rule.vote is not None  # noqa: S101 (a step that is a vote)
    if step.state == Step.State.OPEN:
        roll = bodies.roll(case, rule.vote.electorate, on=on)
        with whole_sight(request):
            brief = people.brief([voter.person for voter in roll], on=on)
        called = names_of_bodies([voter.organization for voter in roll], on=on)
        voters = [
            {
                "person": v.person,
                "name": full_name(brief[v.person]) if v.person in brief else "",
                "body": called.get(v.organization, ""),
            }
            for v in roll
        ]
        return {"kind": "convene", "roll": voters, "tiers": [tier for tier in rule.vote.tiers if tier != "T2"]}
    if step.state == Step.State.CONVENED and step.said.get("tier") == "T0":
        names = [{**row, "fields": fields(row["person"], rule.vote.levels)} for row in names_voted_on(request, case, on)]
        return {"kind": "sheet", "figures": FIGURES, "levels": rule.vote.levels, "names": names}
    if step.state == Step.State.CONVENED:
        return {"kind": "close"}
    return {}


def fields(person: int, levels: tuple[str, ...]) -> list[tuple[str, str]]:
    """The fields of a name on the sheet: (name of the field, level or nothing)."""
    return [(f"votes:{person}:{level}", level) for level in levels] or [(f"votes:{person}", "")]


def names_voted_on(request: HttpRequest, case: Case, on: date) -> list[dict[str, Any]]:
    """The names of a vote, also for those on its roll who may not look the persons up."""
    numbers = [name.person_id for name in cases.names(case)]
    with whole_sight(request):
        brief = people.brief(numbers, on=on)
    return [{"person": n, "key": str(n), "name": full_name(brief[n]) if n in brief else ""} for n in numbers]


def _vote_beside(request: HttpRequest, case: Case, step: Step, rule: StepRule, on: date) -> dict[str, Any]:
    """What a vote shows beside its form: the election, the sheet to be confirmed, the choice of the head."""
    told: dict[str, Any] = {"election": step.said.get("election"), "tier": step.said.get("tier")}
    reader = request.user.person_id
    mine = step.electors.filter(person_id=reader).first() if reader is not None else None
    told["elector"] = mine
    sheet = step.said.get("sheet")
    if sheet:
        names = {row["person"]: row["name"] for row in names_voted_on(request, case, on)}
        confirmed = [each["person"] for each in step.said.get("confirmed", [])]
        told["sheet"] = {
            "figures": [(name, sheet[name]) for name in FIGURES], "digest": paper.to_confirm(sheet), "photo": sheet["photo"],
            "rows": [(names.get(int(number), f"#{number}"), list(row.items())) for number, row in sheet["per_option"].items()],
            "confirmed": len(confirmed), "needed": paper.COUNTERS,
        }  # fmt: skip
        told["may_confirm"] = mine is not None and mine.state == Elector.State.CONVENED and reader not in confirmed
    if step.state == Step.State.TIED:
        body = bodies.of_step(case, rule.body, on=on)
        level = set(step.said.get("tied", ()))
        told["may_choose"] = acting.is_head(reader, body, on=on) and why_not(request, case, rule, on) is None
        told["tied"] = [row for row in names_voted_on(request, case, on) if str(row["person"]) in level]
        told["kind"] = "choose" if told["may_choose"] else ""
    return told


# ---- the signature


def signing_form(request: HttpRequest, case: Case, on: date) -> dict[str, Any]:
    """The decision to the octet, its digest, and what signs it: passkeys of the account, in the demo the practice key."""
    try:
        with whole_sight(request):
            words = rulings.text_of(case, on=on)
    except (Refused, NotInRegister) as problem:
        return {"unsignable": str(problem)}
    told: dict[str, Any] = {
        "text": json.dumps(words, ensure_ascii=False, indent=2), "words": words,
        "effective": date.fromisoformat(words["effective_on"]),
        "digest": signing.challenge_for(words).hex(), "practice": signing.practice_allowed(),
        "certificates": certified.taken_here(),
    }  # fmt: skip
    try:
        options = signing.options_for(account=request.user, decision=words, place=place_of(request))
        told["signing"] = {"request_options": options}
    except signing.SignatureRefused as problem:
        told["no_passkey"] = str(problem)
    return told


def place_of(request: HttpRequest) -> str:
    """The host name of the pages, without port: the place to which passkeys belong."""
    return request.get_host().rsplit(":", 1)[0]


# ---- appeals


def _appeal(request: HttpRequest, case: Case, *, on: date, part: str) -> dict[str, Any]:
    """Whether the reader may appeal, or answer the appeal that waits."""
    ruling = Ruling.objects.filter(case=case).exclude(state__in=(Ruling.State.DRAWN, Ruling.State.FAILED)).first()
    if ruling is None:
        return {}
    waiting = case.appeals.filter(state__in=appeals.WAITING).order_by("pk").first()
    told: dict[str, Any] = {"may_appeal": part == "subject" and (waiting is None or waiting.by_id != request.user.person_id)}
    law = appeals.norm().source
    told |= {
        "appeal_days": appeals.days(on),
        "appeal_law": law.cite(figures.language()),
        "appeal_by_default": law.mark == HEARSAY,
    }
    if waiting is not None and authority.allows(request.user, "appeal.answer", over=Organization(pk=waiting.body_id)):
        try:
            with whole_sight(request):
                appeals.require_apart(case, request.user, on=on)
            told["answers"] = waiting
        except Refused as problem:
            told["may_not_answer"] = str(problem)
    return told
