"""The facts of a case itself: what was stated and sealed when it was opened, and what its own course shows.

Of a person and a post the register alone speaks. What it cannot hold - on which ground somebody is to be dismissed, why
somebody is to be suspended, why somebody resigns - is stated by whoever opens the case, sealed with its terms, and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation

from canbo.procedures import deadlines
from canbo.procedures.models import Case, Count, Step
from canbo.procedures.refusals import Refused
from canbo.registry.models import Membership, Person, Post
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.casefile import written
from canbo.rules.procedure import Norm, Procedure, Version
from canbo.rules.schema import Fact
from canbo.rules.words import RuleError

SOURCE = "this case"  # as in registry/facts.py: said in the reader's language where it is shown
REGISTERED = ("person.", "post.")
NO_RANK = 99  # of a job that leads nothing; 1 is the highest, as in registry/post_facts.sql
LONGEST = 80  # letters of the number of a document
# What the vote of a case will show: before it nobody can say, and it is asked after it.
SHOWN_BY_VOTE = frozenset({"confidence.present", "confidence.convened"})
NEEDED = {"suspend": "until", "second": "until", "demote": "to_post"}  # what the terms of a procedure must say


def sealed(
    kind: Procedure, version: Version, terms: Mapping[str, Any], *, until: date | None, on: date, post: Post | None = None
) -> dict[str, Any]:
    """The terms of a case in the form in which they are sealed. Raises Refused for what they lack or must not say."""
    whole = {"seats": version.limits.get("persons_per_post", 1), **terms, **({"until": until.isoformat()} if until else {})}
    unknown = sorted(whole.keys() - {"seats", "criteria", "facts", "documents", "evaluation", *kind.terms})
    if unknown:
        raise Refused("terms", _("The terms of this procedure do not know: %(what)s.") % {"what": ", ".join(unknown)})
    needed = NEEDED.get(kind.effect)
    if needed and not whole.get(needed):
        says = {"until": _("Say until when; the terms of this procedure need its last day."),
                "to_post": _("Say which post the person is placed in; the terms of this procedure need it.")}  # fmt: skip
        raise Refused(f"no_{needed}", says[needed])
    most = version.limits.get("persons_per_post")
    if most is not None and int(whole["seats"]) > most:
        raise Refused("seats", _("The law allows at most %(most)d names for one post.") % {"most": most})
    if whole.get("to_post"):
        _require_post(int(whole["to_post"]), post, on=on, lower=kind.effect == "demote")
    if whole.get("post"):
        _require_post(int(whole["post"]), None, on=on, lower=False)
    facts, documents = whole.pop("facts", {}), whole.pop("documents", {})
    return {**whole, **accepted(facts, documents, among=kind.asked, on=on)}


def _require_post(number: int, held: Post | None, *, on: date, lower: bool) -> None:
    """The post that the person is to go to exists on the day and is another one; of a lower rank where the law says so."""
    to = Post.objects.select_related("job").filter(pk=number, valid__contains=on).first()
    if to is None:
        raise Refused("to_post", _("There is no such post on %(day)s to which the person could go.") % {"day": on})
    if held is None:
        return
    if to.pk == held.pk:
        raise Refused("to_post", _("That is the post which the person holds; name another one."))
    if lower and (to.job.rank or NO_RANK) <= (held.job.rank or NO_RANK):
        raise Refused(
            "not_lower", _("That post is not lower than the one held; a placement in a lower position needs a lower post.")
        )


def accepted(facts: Mapping[str, Any], documents: Mapping[str, Any], *, among: Collection[str], on: date) -> dict[str, Any]:
    """Facts as they are stated, with the documents on which they rest: {name: {"number", "on"}}. Raises Refused.

    `among`: which facts may be stated. A fact without a value is not stated at all: that is another thing than no.
    """
    given = {name: value for name, value in facts.items() if value is not None}
    if not given and not documents:
        return {}
    known = corpus.opened(settings.CANBO_RULEBOOK).facts
    for name, value in given.items():
        if name.startswith(REGISTERED):
            raise Refused(
                "registered_fact", _("“%(fact)s” is read from the register; it is not stated in a case.") % {"fact": name}
            )
        if name not in among:
            may = ", ".join(among) or _("nothing")
            raise Refused("fact", _("“%(fact)s” is not stated here. What may be stated: %(may)s.") % {"fact": name, "may": may})
        try:
            known.accept_all({name: value})
        except RuleError as problem:
            raise Refused("fact", problem.say(translation.get_language() or "en")) from None
    papers = {name: _document(name, paper, given, on) for name, paper in documents.items()}
    return {**({"facts": given} if given else {}), **({"documents": papers} if papers else {})}


def _document(name: str, paper: Mapping[str, Any], facts: Mapping[str, Any], on: date) -> dict[str, str]:
    """The number and day of the document on which a stated fact rests."""
    number, day = str(paper.get("number", "")).strip(), str(paper.get("on") or "")
    if name not in facts:
        raise Refused("document", _("A document is named for “%(fact)s”, which is not stated.") % {"fact": name})
    if not number or len(number) > LONGEST:
        raise Refused("document", _("Write the number of the document for “%(fact)s”, in at most %(most)d letters.") % {
            "fact": name, "most": LONGEST
        })  # fmt: skip
    try:
        late = bool(day) and date.fromisoformat(day) > on
    except ValueError:
        raise Refused("day", _("“%(found)s” is not a day. Write it as year-month-day.") % {"found": day[:40]}) from None
    if late:
        raise Refused("document", _("The document for “%(fact)s” bears a day that has not come yet.") % {"fact": name})
    return {"number": number, **({"on": day} if day else {})}


def read_in(name: str, text: str) -> Any:
    """The value of a fact as somebody wrote it in a form or on the command line. Raises Refused."""
    try:
        return written(corpus.opened(settings.CANBO_RULEBOOK).facts[name], text)
    except RuleError as problem:
        raise Refused("fact", problem.say(translation.get_language() or "en")) from None


def asked_at_opening(kind: Procedure, version: Version, *, on: date) -> tuple[list[str], list[str]]:
    """The facts that whoever opens a case is asked for: of the case, and of its person where it is known from the beginning.

    Only those that an article in force on the day reads, of the topics of the procedure and of its steps.
    """
    law = corpus.opened(settings.CANBO_RULEBOOK)
    topics = {topic for step in version.steps for topic in step.topics} | ({kind.topic} if kind.topic else set())
    read = {name for topic in topics for article in law.in_force(on, topic) for name in article.facts()}
    of_name = kind.states_name if kind.names == "known" else ()
    return [name for name in kind.states if name in read], [name for name in of_name if name in read]


def statements(case: Case) -> list[dict[str, Any]]:
    """What was stated in a case, in its order: {"person" (None: all of it), "facts", "documents", "by", "on", "entry"}.

    First what was sealed at the opening, then what was stated later of a name that waited for it (`stating.state`).
    """
    first = {
        "person": None, "facts": case.terms.get("facts", {}), "documents": case.terms.get("documents", {}),
        "by": case.opened_by_id, "on": case.on.isoformat(), "entry": case.entry_id,
    }  # fmt: skip
    later = case.steps.filter(said__has_key="stated").order_by("turn").values_list("said", flat=True)
    return [*([first] if first["facts"] else []), *(each for said in later for each in said["stated"])]


def _stated(case: Case, person: Person) -> dict[str, Fact]:
    """What was stated of the case and of one of its names; the document on which a fact rests is its source."""
    told: dict[str, Fact] = {}
    for each in statements(case):
        if each["person"] in (None, person.pk):
            for name, value in each["facts"].items():
                paper = each["documents"].get(name, {})
                source = f"{SOURCE}: {paper['number']}" if paper else SOURCE
                told[name] = Fact(value, source, date.fromisoformat(paper.get("on") or each["on"]))
    return told


def of_case(case: Case, kind: Procedure, person: Person, *, on: date) -> dict[str, Fact]:
    """What the case says of itself and of one of its names on a day, by the names of the rulebook's facts."""
    shown: dict[str, Any] = dict(kind.implies)
    if kind.effect == "confidence":
        shown |= _of_confidence(case, person, on)
    elif case.leads_from_id is not None:
        shown |= _of_earlier_vote(case.leads_from_id, person)
    if kind.effect == "suspend":
        shown |= _of_suspension(case, on)
    if kind.effect == "elect" and case.post_id is None and case.organization_id is not None:
        held = _sits(person, committee_post(case, using="default"), on)
        shown["case.candidacy"] = "again" if held else "first"
    return {**_stated(case, person), **{name: Fact(value, SOURCE, on) for name, value in shown.items() if value is not None}}


def _of_confidence(case: Case, person: Person, on: date) -> dict[str, Any]:
    """The term in which the vote falls, and its figures once it was counted."""
    began = (
        Membership.objects.filter(person=person, post=case.post, valid__contains=on)
        .order_by("valid").values_list("valid", flat=True).first()
    )  # fmt: skip
    count = case.counts.select_related("step").order_by("step__turn").last()
    held = count.step.closed_on if count is not None and count.step.closed_on else on
    notice = Step.objects.filter(
        case__procedure="retirement", case__person=person, name="notice", state=Step.State.DONE, outcome="done"
    ).exclude(case__state__in=(Case.State.WITHDRAWN, Case.State.REFUSED))
    return {
        "confidence.term_began_on": began.lower if began else None, "confidence.held_on": held,
        "confidence.took_office_that_year": began.lower.year == held.year if began and began.lower else None,
        "confidence.told_to_retire": notice.exists(),
        **({"confidence.present": count.present, "confidence.convened": count.convened} if count is not None else {}),
    }  # fmt: skip


def _of_earlier_vote(earlier: int, person: Person) -> dict[str, Any]:
    """The figures of the vote of confidence from which this case was opened."""
    count = Count.objects.filter(case_id=earlier, case__procedure="confidence-vote").order_by("step__turn").last()
    if count is None or str(person.pk) not in count.votes:
        return {}
    low = count.votes[str(person.pk)].get("low", 0)
    figures = {"low": low, "present": count.present, "convened": count.convened, "held": True}
    return {f"confidence.{name}": figure for name, figure in figures.items()}


def _of_suspension(case: Case, on: date) -> dict[str, Any]:
    """How many working days it lasts, counted from its first to its last, and how many are over."""
    start, end = case.effective_on or on, date.fromisoformat(case.terms["until"])
    before = deadlines.works(start)
    return {
        "suspension.days": max(0, deadlines.working_days(start, end) + before),
        "suspension.days_passed": max(0, deadlines.working_days(start, on)) if on > start else 0,
    }


def committee_post(case: Case, *, using: str) -> int | None:
    """The post to which a body elects: the one named in the terms, else the seats of its committee."""
    if case.terms.get("post"):
        return int(case.terms["post"])
    found = Post.objects.using(using).filter(organization=case.organization, job__standing="member")
    return found.filter(valid__contains=case.on).order_by("job__rank", "pk").values_list("pk", flat=True).last()


def elected_to(case: Case, kind: Procedure) -> Post | None:
    """The post for which the names of an election are judged, where the case is about a body."""
    if kind.effect != "elect" or case.organization_id is None:
        return None
    post = committee_post(case, using="default")
    return Post.objects.filter(pk=post).first() if post is not None else None


def _sits(person: Person, post: int | None, on: date) -> bool:
    return Membership.objects.filter(person=person, post=post, valid__contains=on).exists()


def last_day(case: Case, version: Version, effect: str, effective: date) -> date | None:
    """The last day of what is decided: as the terms say, at most as long as the law lets it last. Raises Refused."""
    said = date.fromisoformat(case.terms["until"]) if case.terms.get("until") else None
    if effect not in ("acting", "second") or "months" not in version.limits:
        return said
    longest = deadlines.after(effective, Norm(version.limits["months"], "months")) - timedelta(days=1)
    if said is not None and said > longest:
        raise Refused("too_long", _("The law lets it last until %(day)s at most.") % {"day": longest})
    return said or longest
