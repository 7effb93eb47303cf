"""The plan of a body's training in a year: places proposed from needs within a budget, changed by hand, approved by another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from canbo.development import courses, needs
from canbo.development.models import Enrolment, Place, Plan
from canbo.development.needs import Need
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time
from canbo.journal import entries
from canbo.modelling.training import choosing
from canbo.modelling.training.choosing import Choice, Limits, Wish
from canbo.registry import authority, once, queries
from canbo.registry.models import Account, Organization, Person
from canbo.registry.saying import sentence as _
from canbo.rules.courses import Course

PROPOSED, CHANGED, APPROVED = "plan.proposed", "plan.changed", "plan.approved"
ASKED = "asked"  # the need of a place that somebody asked for by hand
EACH = 2  # courses of one person in a year, where nothing else is said
State = Plan.State


@kept_when_refused("organization")
def propose(
    *, organization: Organization, year: int, budget: int, by: Account, on: date, each: int = EACH, key: str | None = None
) -> Plan:
    """Propose the places of a body and all beneath it for a year: the best that budget and seats allow, each with its reasons.

    budget  đồng for all places; `each`: how many courses one person takes at most
    Raises Refused where the year is over, the body is too large to be planned at once, or nobody needs anything.
    """
    authority.require(by, "training.plan", over=organization)
    one_at_a_time(f"training plan {organization.pk} {year}")
    earlier = once.earlier(key, PROPOSED)
    if earlier is not None:
        return Plan.objects.get(entry=earlier)
    if year < on.year:
        raise Refused("year_is_over", _("The year %(year)s is over: nothing is planned for it any more.") % {"year": str(year)})
    if not 0 <= budget <= 10**12 or not 1 <= each <= 10:
        raise Refused("numbers", _("A budget from 0 đồng, and from 1 to 10 courses for each person."))
    wished = _wishes_of(organization, by, on)
    if not wished:
        raise Refused("no_need", _("Nobody here needs a course that the catalogue has."))
    choice = choosing.choose([wish for wish, _place in wished], limits_of(organization, budget, each, on=on))
    version = Plan.objects.filter(organization=organization, year=year).count() + 1
    told = {"year": year, "version": version, "budget": budget, "places": sum(choice.chosen or ()), "wished": len(wished),
            "cost": choice.cost}  # fmt: skip
    entry = entries.record(PROPOSED, by=by, about=organization, on=on, key=key, payload=told)
    plan = Plan.objects.create(
        organization=organization, year=year, version=version, budget=budget, each=each, proved=choice.proved, proposed_by=by,
        proposed_on=on, entry=entry,
    )  # fmt: skip
    Place.objects.bulk_create(_chosen(plan, [place for _wish, place in wished], choice))
    return plan


def _wishes_of(organization: Organization, by: Account, on: date) -> list[tuple[Wish, Place]]:
    """The places that the needs of a body's people lead to, each worth what its needs are worth."""
    below = queries.subtree(organization.pk, on=on)
    people = needs.serving(below, on)
    if len(people) > needs.MOST:
        raise Refused(
            "too_large", _("%(number)s people serve here: plan by department, up to %(most)s people at once.")
            % {"number": len(people), "most": needs.MOST},
        )  # fmt: skip
    offered = courses.known(organization.pk, on=on)
    sent = set(Enrolment.objects.filter(person_id__in=list(people), state="enrolled").values_list("person_id", "course"))
    found: dict[tuple[int, str], tuple[Course, list[Need]]] = {}
    for need in needs.of_people(people, below, by, organization.pk, on):
        course = needs.course_of(need, offered, on)
        suits = course is not None and (need.article or people[need.person].standings & set(course.standings))
        if course is not None and suits and (need.person, course.code) not in sent:
            found.setdefault((need.person, course.code), (course, []))[1].append(need)
    return [(wish_of(place), place) for place in (_place(course, told) for course, told in found.values())]


def _place(course: Course, told: Sequence[Need]) -> Place:
    worth = [sum(need.weight for need in told if need.kind in tier) for tier in needs.TIERS]
    return Place(
        person_id=told[0].person, organization_id=told[0].organization, course=course.code, told=course.to_dict(), cost=course.cost,
        worth=worth, needs=[need.to_dict() for need in told], taken=False, why=[],
    )  # fmt: skip


def wish_of(place: Place) -> Wish:
    """A place as the choice takes it."""
    return Wish(place.person_id, place.course, place.cost, tuple(place.worth), place.hand)


def limits_of(organization: Organization, budget: int, each: int, *, on: date) -> Limits:
    """The limits of a choice: the budget, and the seats of the courses that say how many they have."""
    seats = {code: course.seats for code, course in courses.known(organization.pk, on=on).items() if course.seats is not None}
    return Limits(budget, seats, each)


def _chosen(plan: Plan, places: Iterable[Place], choice: Choice) -> list[Place]:
    assert choice.chosen is not None
    told = list(places)
    for place, taken, why in zip(told, choice.chosen, choice.why, strict=True):
        place.plan, place.taken, place.why, place.over = plan, taken, list(why.words), why.over
    return told


@kept_when_refused("plan")
def change(
    *, plan: Plan, person: Person, course: str, taken: bool | None, remark: str, by: Account, on: date, key: str | None = None
) -> Place:
    """Decide one place by hand: in (also one that nobody proposed), out, or None: back to the proposal. The rest is chosen anew.

    Raises Refused where the plan is approved, no reason is given, or what was decided by hand passes budget or seats.
    """
    authority.require(by, "training.plan", over=plan.organization_id)
    held = Plan.objects.select_for_update(of=("self",)).select_related("organization").get(pk=plan.pk)
    if once.earlier(key, CHANGED) is not None:
        return held.places.get(person=person, course=course)
    if held.state != State.DRAFT:
        raise Refused("approved", _("An approved plan stays: propose its next version."))
    if not remark.strip():
        raise Refused("no_reason", _("Say why: the reason stays with the place."))
    with authority.everything_in_sight():  # whoever moved away since still counts against the budget
        return _rechosen(held, person, course, taken, remark, by=by, on=on, key=key)


def _rechosen(
    held: Plan, person: Person, course: str, taken: bool | None, remark: str, *, by: Account, on: date, key: str | None
) -> Place:
    places = list(held.places.select_for_update().order_by("pk"))
    place = next((each for each in places if (each.person_id, each.course) == (person.pk, course)), None)
    if place is None:
        place = _asked(held, person, course, on)
        places.append(place)
    place.hand, place.remark = taken, remark.strip()[:500]
    choice = choosing.choose([wish_of(each) for each in places], limits_of(held.organization, held.budget, held.each, on=on))
    if choice.chosen is None:
        raise Refused("budget", _over(held.budget, sum(each.cost for each in places if each.hand)))
    told = {"person": person.pk, "course": course, "taken": taken, "why": place.remark, "cost": choice.cost}
    entries.record(CHANGED, by=by, about=held, on=on, key=key, payload=told)
    for each in _chosen(held, places, choice):
        each.save()
    held.proved = choice.proved
    held.save(update_fields=["proved"])
    return place


def _asked(plan: Plan, person: Person, code: str, on: date) -> Place:
    """A place that no need led to: somebody asks for it."""
    course = courses.known(plan.organization_id, on=on).get(code)
    if course is None:
        raise Refused("no_course", _("No such course is offered here on %(day)s.") % {"day": on})
    here = needs.serving(queries.subtree(plan.organization_id, on=on), on).get(person.pk)
    if here is None:
        raise Refused("not_here", _("This person does not serve here."))
    worth = [0] * (len(needs.TIERS) - 1) + [1]
    asked = [{"kind": ASKED, "wants": {}, "weight": 1, "article": "", "by": None, "post": None}]
    return Place(
        plan=plan, person=person, organization_id=here.organization, course=code, told=course.to_dict(), cost=course.cost, worth=worth,
        needs=asked, taken=False, why=[],
    )  # fmt: skip


def _over(budget: int, cost: int) -> str:
    if cost > budget:
        return _("These places cost %(cost)s đồng; the budget is %(budget)s đồng.") % {
            "cost": f"{cost:,}",
            "budget": f"{budget:,}",
        }
    return _("What was decided by hand passes the seats of a course, or what one person can take in a year.")


@kept_when_refused("plan")
def approve(*, plan: Plan, basis: str, by: Account, on: date, key: str | None = None) -> Plan:
    """Approve a plan as another person than who proposed it. From then on it stays, and people are sent by it. Raises Refused."""
    authority.require(by, "training.approve", over=plan.organization_id)
    held = Plan.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=plan.pk)
    if once.earlier(key, APPROVED) is not None:
        return held
    if held.state != State.DRAFT:
        raise Refused("decided", _("This was decided on already."))
    if not basis.strip():
        raise Refused("no_basis", _("Give the number of the decision."))
    courses.require_second(by, held.proposed_by)
    with authority.everything_in_sight():
        taken = list(held.places.filter(taken=True).order_by("pk"))
    cost = sum(each.cost for each in taken)
    if cost > held.budget:
        raise Refused("budget", _over(held.budget, cost))
    held.state, held.approved_by, held.approved_on, held.basis, held.digest = (
        State.APPROVED,
        by,
        on,
        basis.strip(),
        digest_of(taken),
    )
    told = {"year": held.year, "version": held.version, "places": len(taken), "cost": cost, "digest": held.digest}
    entries.record(APPROVED, by=by, about=held, on=on, key=key, payload=told)
    held.save(update_fields=["state", "approved_by", "approved_on", "basis", "digest"])
    return held


def digest_of(places: Iterable[Place]) -> str:
    """SHA-256 of who takes which course at which cost."""
    told = sorted((each.person_id, each.course, each.cost) for each in places)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def in_force(organization: int, year: int) -> Plan | None:
    """The approved plan of a body for a year: its latest version."""
    return Plan.objects.filter(organization=organization, year=year, state=State.APPROVED).order_by("-version").first()


def latest(organization: int, year: int) -> Plan | None:
    """The latest version of a plan, approved or not."""
    return Plan.objects.filter(organization=organization, year=year).order_by("-version").first()


def summed(places: Iterable[Place]) -> Mapping[str, Any]:
    """A plan in figures: places, people and cost of those taken, and how many were left out by which limit."""
    told = list(places)
    taken = [each for each in told if each.taken]
    out = [each for each in told if not each.taken]
    return {
        "places": len(taken), "people": len({each.person_id for each in taken}), "cost": sum(each.cost for each in taken),
        "hours": sum(each.told.get("hours") or 0 for each in taken), "out": len(out),
        "by_limit": {word: sum(word in each.why for each in out) for word in ("budget", "seats", "each", "left_out")},
        "by_need": {kind: sum(any(need["kind"] == kind for need in each.needs) for each in taken) for kind in (*(k for t in needs.TIERS for k in t), ASKED)},
    }  # fmt: skip
