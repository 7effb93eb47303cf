"""What follows from a quarter seen from many sides: questions answered, and what people of the story decide on them.

Whom it is about is read from what the register asks and proposes, never from the recipe: where nothing is asked, nothing
follows. An overlooked person goes to recognition, a plan, a course; an inflated body is graded anew; a ring is asked about
once more without names; a head who failed two years goes to a case that waits for a signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from canbo.development import assessing, enrolment, gaps, plans, talent
from canbo.development.models import Plan
from canbo.evaluation import grading, inputs, meetings, sides
from canbo.evaluation.meetings import Matter
from canbo.evaluation.models import Doubt, Evaluation, Round
from canbo.procedures import cases, consequences
from canbo.procedures.models import Case
from canbo.project.world import story_steps, year_of_work
from canbo.project.world.sides_cast import Body, Quarter, attempt, period_before, seeing
from canbo.registry import intake, once, queries
from canbo.registry.days import since
from canbo.registry.models import Account, Organization, Person, Post, Rating
from canbo.rules.evaluation.periods import Period

KINDS = ("overlooked", "inflation_results", "ring")  # those whose answer has words of its own
YEAR_GRADED = (12, 8)  # month and day on which a year is assessed
ANEW = 2  # of an inflated body: how many are cancelled at once; the rest is left to people


def tell(quarter: Quarter, rounds: Sequence[Round]) -> None:
    """Answer the questions of the rounds and carry what they say to proposals; then what grades propose."""
    with seeing(quarter.cast):
        doubts = list(Doubt.objects.filter(round__in=rounds).select_related("round", "organization").order_by("pk"))
        for doubt in doubts:
            _settle(quarter, doubt)
        for doubt in doubts:
            if doubt.kind == "overlooked":
                for person in doubt.persons:
                    _star(quarter, doubt, person)
            if doubt.kind == "inflation_results":
                _anew(quarter, doubt)
        for told in quarter.book.get("open", ()):
            if "after" not in told or any(doubt.kind == told["after"] for doubt in doubts):
                _ask(quarter, told)
        weak = [body for body in quarter.bodies.values() if "weak" in body.planted]
        dismissed = [_weak(quarter, body, person) for body in weak for person in quarter.chosen["weak"]]
    for case in dismissed:
        if case is not None:
            told = quarter.book["dismissal"]
            story = {**_story(quarter, "weak"), "until": told["until"]}
            story_steps.carry(story, quarter.cast, case, today=quarter.cast.on, day=quarter.on(told["opened"]))


def _story(quarter: Quarter, name: str, **told: Any) -> dict[str, Any]:
    """A story as the cases of the demo have them."""
    texts = quarter.book["texts"]["says"]
    return {"key": f"sides:{name}:{quarter.period}", "usual": {}, "says": texts, "names": [], **told}


def _settle(quarter: Quarter, doubt: Doubt) -> None:
    """The inspection answers what the round made people ask."""
    by = Account.objects.filter(username="inspector").first()
    if by is not None:
        text = quarter.text(f"settle_{doubt.kind if doubt.kind in KINDS else 'other'}")
        on, key = quarter.on(quarter.book["days"]["settled"]), f"sides-year:settle:{doubt.pk}"
        attempt(lambda: sides.settle(doubt=doubt, text=text, by=by, on=on, key=key))


# ---- the overlooked


def _star(quarter: Quarter, doubt: Doubt, person: int) -> None:
    """Proposed and recognised as a talent with the figures of the question, put in a succession plan, taught for it."""
    cast, told, subject = quarter.cast, quarter.book["talent"], Person.objects.get(pk=person)
    body = doubt.organization
    department = Organization.objects.get(pk=doubt.round.organization_id)
    drafter, head = cast.plays("drafter", department.pk), cast.plays("approver", department.pk, never=[person])
    cast.declare(person)
    figures = {"result": f"{doubt.evidence['result']:.1f}", "middle": f"{doubt.evidence['middle']:.1f}", "period": quarter.period}
    criteria = {name: str(text).format(**figures) for name, text in quarter.book["texts"]["criteria"].items()}
    key = f"sides-year:talent:{person}:{quarter.period}"
    given = {"organization": department, "kind": "serving", "way": "serving", "field": told["field"], "salary": told["salary"]}
    held = attempt(
        lambda: talent.propose(**given, person=subject, criteria=criteria, by=drafter, on=quarter.on(told["proposed"]), key=key)
    )
    if held is not None:
        decided = {"basis": told["basis"], "by": head, "on": quarter.on(told["recognised"]), "key": f"{key}:yes"}
        attempt(lambda: talent.recognise(talent=held, recognised=True, **decided))
    _planned(quarter, person)
    _taught(quarter, body, subject, head)


def _planned(quarter: Quarter, person: int) -> None:
    """The case that puts the person in the plan for the next post, carried to its decision."""
    cast, told = quarter.cast, quarter.book["plan"]
    on = quarter.on(told["opened"])
    story = _story(quarter, f"plan:{person}", names=[person], complete=True)
    try:
        post = story_steps.post_of(told["post"], on)
    except LookupError:
        return
    drafter = cast.plays("drafter", post.organization_id)
    case: Case | None = attempt(
        lambda: cases.open_case(
            procedure="succession-plan", post=post, organization=None, person=None, by=drafter, on=on, effective_on=None, until=None,
            terms={}, key=f"story:{story['key']}",
        )
    )  # fmt: skip
    if case is not None:
        done = case.steps.filter(closed_on__isnull=False).order_by("-turn").values_list("closed_on", flat=True).first()
        attempt(lambda: story_steps.carry(story, cast, case, today=cast.on, day=max(on, done or on)))


def _taught(quarter: Quarter, body: Organization, person: Person, above: Account) -> None:
    """What the next post asks for is found wanting, a course is planned for it, and passed."""
    cast, level, told = quarter.cast, quarter.book["level"], quarter.book["training"]
    head, second = cast.plays("approver", body.pk, never=[person.pk]), cast.plays("drafter", body.pk)
    key = f"sides-year:taught:{person.pk}:{quarter.period}"
    asked = {each.competency.code: each.required for each in gaps.of_person(person, on=quarter.on(level["assessed"]))}
    least = asked.get(level["competency"])
    if least is not None and least > 1:
        said = {"competency": level["competency"], "level": least - 1, "remark": quarter.text("level"), "by": head}
        held = attempt(lambda: assessing.assess(person=person, **said, on=quarter.on(level["assessed"]), key=f"{key}:level"))
        if held is not None:
            on = quarter.on(level["confirmed"])
            attempt(lambda: assessing.confirm(assessment=held, confirmed=True, by=second, on=on, key=f"{key}:confirmed"))
    plan = {"organization": body, "year": quarter.on(told["proposed"]).year, "budget": told["budget"], "key": f"{key}:plan"}
    made: Plan | None = attempt(lambda: plans.propose(**plan, by=second, on=quarter.on(told["proposed"])))
    if made is not None:
        _sent(quarter, made, person, above, second, key)


def _sent(quarter: Quarter, plan: Plan, person: Person, above: Account, drafter: Account, key: str) -> None:
    """The place of the plan, by hand where the budget alone would not have it; approved, sent, passed."""
    told, cast = quarter.book["training"], quarter.cast
    wanted = quarter.book["level"]["competency"]
    places = sorted(
        plan.places.filter(person=person),
        key=lambda each: (not any(need["wants"].get("competency") == wanted for need in each.needs), not each.taken, each.pk),
    )
    if not places:
        return
    place = places[0]
    if plan.state == Plan.State.DRAFT and not place.taken:
        hand = {"course": place.course, "taken": True, "remark": quarter.text("by_hand"), "key": f"{key}:hand"}
        attempt(lambda: plans.change(plan=plan, person=person, **hand, by=drafter, on=quarter.on(told["proposed"] + 1)))
    attempt(
        lambda: plans.approve(plan=plan, basis=told["basis"], by=above, on=quarter.on(told["approved"]), key=f"{key}:approve")
    )
    place = plan.places.select_related("plan").get(pk=place.pk)  # as it stands in the approved plan
    given = {"course": place.course, "place": place, "starts": quarter.on(told["starts"])}
    held = attempt(lambda: enrolment.enrol(person=person, **given, by=drafter, on=quarter.on(told["sent"]), key=f"{key}:sent"))
    if held is not None and held.state != "refused" and quarter.on(told["passed"]) <= cast.on:
        by, on = cast.plays("publisher", plan.organization_id), quarter.on(told["passed"])
        attempt(lambda: enrolment.pass_(enrolment=held, certificate=told["certificate"], by=by, on=on, key=f"{key}:passed"))


# ---- the inflated, the ring


def _anew(quarter: Quarter, doubt: Doubt) -> None:
    """Some grades of the body are cancelled: one is decided anew, what takes the place of the others waits for the head."""
    body = next((each for each in quarter.bodies.values() if each.id == doubt.organization_id), None)
    if body is None:
        return
    judge, on = body.office.above, quarter.on(quarter.book["days"]["again"])
    judged = Evaluation.objects.filter(organization=body.office.body, period=str(quarter.period), replaces=None).order_by(
        "score", "pk"
    )
    for number, held in enumerate(judged.exclude(person_id=judge.person_id)[:ANEW]):
        key, why = f"sides-year:anew:{held.pk}", quarter.text("cancelled")
        fresh = attempt(lambda held=held, key=key, why=why: grading.cancel(evaluation=held, why=why, by=judge, on=on, key=key))
        if fresh is None or number:
            continue
        points = dict(zip(grading.GROUPS, map(Decimal, ("7", "7.5", "7")), strict=True))
        said = {"general": points, "opinion": quarter.text("anew"), "by": judge, "on": on}
        attempt(lambda fresh=fresh, key=key, said=said: grading.opine(evaluation=fresh, **said, key=f"{key}:head"))
        attempt(lambda fresh=fresh, key=key: grading.decide(evaluation=fresh, by=judge, on=on, key=f"{key}:decide"))
        given = {"by": body.office.publisher, "on": on + timedelta(days=1), "key": f"{key}:publish"}
        attempt(lambda fresh=fresh, given=given: grading.publish(evaluation=fresh, **given))


def _ask(quarter: Quarter, told: dict[str, Any]) -> None:
    """A round that is open in the demo: a body with a ring is asked once more, without names; the demo's civil servant too."""
    on, last = quarter.cast.on, period_before(quarter.cast.on, int(told["back"]))
    try:
        place = Organization.objects.get(pk=queries.unit(told["organization"], on=on).id)
    except queries.NotInRegister:
        return
    given = {"organization": place, "period": str(last), "closes_on": on + timedelta(days=14), "anonymous": told["anonymous"]}
    by, key = quarter.cast.plays("drafter", place.pk), f"sides-year:open:{told['key']}:{last}"
    attempt(lambda: sides.open_round(**given, by=by, on=on, key=key))


# ---- the weak chief


def _weak(quarter: Quarter, body: Body, person: int) -> Case | None:
    """Two years that failed: of the earlier the record, of the later the evaluation; then what the register proposes.

    The case is opened where a proposal says so, on the ground of the evaluation.
    """
    told, key = quarter.book["planted"]["weak"], f"sides-year:weak:{person}:{quarter.period}"
    year = quarter.period.year - 1
    held = _failed_year(quarter, body, person, year)
    if int(told["years"]) > 1:
        _record(quarter, person, year - 1)
    if held is None:
        return None
    if (opened := once.earlier(key, cases.OPENED)) is not None:
        return Case.objects.get(entry=opened)  # to ask again what follows would be one more look at a file
    on, by = quarter.on(quarter.book["dismissal"]["opened"]), quarter.cast.plays("drafter", body.id)
    proposed = consequences.propose(evaluation=held, by=by, on=on)
    for each in proposed:
        if each.procedure == "dismissal" and each.post is not None:
            post = Post.objects.get(pk=each.post)
            case: Case | None = attempt(
                lambda post=post: consequences.open(evaluation=held, procedure="dismissal", post=post, by=by, on=on, key=key)
            )
            return case
    return None


def _record(quarter: Quarter, person: int, year: int) -> None:
    """The record of a year before this register graded: not completed."""
    whole = since(date(year, 1, 1), date(year + 1, 1, 1))
    mark = {"source": quarter.cast.source, "decision": intake.decision(quarter.cast.source)}
    if not Rating.objects.filter(person_id=person, valid=whole, grade=Rating.Grade.NOT_COMPLETED).exists():
        Rating.objects.filter(person_id=person, valid=whole).delete()
        Rating.objects.create(person_id=person, grade=Rating.Grade.NOT_COMPLETED, regime="civil-servant", valid=whole, **mark)


def _failed_year(quarter: Quarter, body: Body, person: int, year: int) -> Evaluation | None:
    """The evaluation of the year before, by the law of that year: what the law leaves open, the head of the department decides."""
    office, cast = body.office, quarter.cast
    key, on = f"sides-year:year:{person}:{year}", date(year, *YEAR_GRADED)
    whole = since(date(year, 1, 1), date(year + 1, 1, 1))
    held = Evaluation.objects.filter(person_id=person, period=str(year)).exclude(state=Evaluation.State.CANCELLED).first()
    if held is not None and held.state == Evaluation.State.PUBLISHED:
        return held
    Rating.objects.filter(person_id=person, valid=whole).delete()  # the grade that was invented with the person
    subject, above = Person(pk=person), office.above
    for one in (person, above.person_id or 0):
        year_of_work.declared(cast, one, since_day=date(year, 7, 1))
    general = dict(zip(grading.GROUPS, map(Decimal, ("7", "7", "7")), strict=True))
    told = {
        "period": str(year),
        "text": quarter.text("own"),
        "shortcomings": quarter.text("weak_own"),
        "by": cast.account(person),
    }
    held = attempt(lambda: grading.assess(person=subject, general=general, **told, on=on, key=f"{key}:own"))
    if held is None:
        return None
    low = dict(zip(grading.GROUPS, map(Decimal, ("5", "5", "5")), strict=True))
    unit = {"organising": "lasting_shortcomings", "cohesion": "lasting_disunity"}
    why = quarter.text("weak_year", year=year)
    held = attempt(
        lambda: grading.opine(evaluation=held, general=low, unit=unit, opinion=why, by=above, on=on, key=f"{key}:head")
    )
    if held is None:
        return None
    _met(quarter, body, held, on + timedelta(days=3), key)
    decided = {"by": above, "on": on + timedelta(days=5), "key": f"{key}:decide"}
    held = attempt(lambda: grading.decide(evaluation=held, grade="not_completed", why=why, **decided))
    if held is None:
        return None
    given = {"by": office.publisher, "on": on + timedelta(days=6), "key": f"{key}:publish"}
    return attempt(lambda: grading.publish(evaluation=held, **given))  # type: ignore[no-any-return]


def _met(quarter: Quarter, body: Body, held: Evaluation, day: date, key: str) -> None:
    """The meeting of the body on that year, without which no grade of a year is decided."""
    office, there = body.office, held.organization  # where the person served in that year
    members = inputs.members([there.pk], Period(held.first, "year"))
    served = [each.person for each in members if each.person != held.person_id]
    people = served[:2]
    who = {"chair": Person(pk=people[0]), "secretary": Person(pk=people[1]), "place": "Phòng họp số 2"}
    given = {"organization": there, "period": held.period, "day": day, "by": office.drafter, "on": day - timedelta(days=2)}
    meeting = attempt(lambda: meetings.convene(**given, **who, key=f"{key}:met"))
    if meeting is None:
        return
    matters = [Matter(held, quarter.text("weak_year", year=held.period), (len(meeting.summoned) - 3, 1, 1))]
    minutes = {"present": meeting.summoned, "matters": matters, "by": office.drafter, "on": day, "key": f"{key}:minuted"}
    attempt(lambda: meetings.minute(meeting=meeting, **minutes))
    attempt(lambda: meetings.adopt(meeting=meeting, by=office.above, on=day, key=f"{key}:adopted"))


__all__ = ["tell"]
