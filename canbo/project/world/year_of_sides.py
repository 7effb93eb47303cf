"""A quarter seen from many sides: a department and a ward with a hidden star, an inflated unit, a ring and a weak chief.

Told through the services as people would act: work is assigned, accepted and graded, rounds are opened, answered and closed.
What is planted are inputs (`sides_story.yaml` of the rulebook says which); who stands out is asked of the register, and what
follows is told in `sides_after`. Each act has a key: a demo that was stopped goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from django.conf import settings
from django.db import transaction

from canbo.evaluation import catalogue, grading, inputs, sides, work
from canbo.evaluation.inputs import Member
from canbo.evaluation.models import Evaluation, Product, Round
from canbo.evaluation.refusals import Refused
from canbo.procedures import bodies
from canbo.project.world import sides_after, year_of_work
from canbo.project.world.sides_cast import Body, Quarter, attempt, period_before, seeing
from canbo.project.world.sides_marks import Marks
from canbo.project.world.story_cast import Cast
from canbo.registry import queries
from canbo.registry.models import Account, Organization, Person
from canbo.rules.evaluation.periods import Period

log = logging.getLogger("canbo.stories")
HARD, PLAIN = (("ke-hoach", 2), ("bao-cao", 2)), (("ho-so", 12), ("bao-cao", 1))


def recipe() -> dict[str, Any]:
    """The story as the rulebook's folder tells it; empty where it has none."""
    file = Path(settings.LIBRARY) / "rulebook" / settings.CANBO_RULEBOOK / "sides_story.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def tell(cast: Cast, book: dict[str, Any] | None = None) -> list[Round]:
    """Tell the quarter as far as it is not told yet; the rounds. A smaller world has no such bodies.

    book  the recipe; None: that of the rulebook
    """
    book = recipe() if book is None else book
    if not book:
        return []
    quarter = Quarter(book, cast, period_before(cast.on, int(book["back"])))
    with seeing(cast):
        quarter.book = _with_chief(quarter)
        for code in [code for each in book["rounds"] for code in each["bodies"]]:
            body = _body(quarter, code)
            if body is None:
                return []
            quarter.bodies[code] = body
        _choose(quarter)
    for body in quarter.bodies.values():
        with seeing(cast):
            _work_of(quarter, body)
    held = [_round(quarter, each) for each in book["rounds"]]
    rounds = [each for each in held if each is not None]
    sides_after.tell(quarter, rounds)
    return rounds


def _with_chief(quarter: Quarter) -> dict[str, Any]:
    """The recipe with the body whose head failed: the first of those named whose head led there in the year before already."""
    planted = quarter.book["planted"]
    if "weak" not in planted:
        return quarter.book
    told, graded = planted["weak"], date(quarter.period.year - 1, *sides_after.YEAR_GRADED)
    for code in (told["body"], *told.get("or", ())):
        try:
            here = queries.unit(code, on=quarter.cast.on).id
        except queries.NotInRegister:
            continue
        head = quarter.cast.plays("approver", here).person_id
        if head is not None and _served(head, graded) == here:
            return {**quarter.book, "planted": {**planted, "weak": {**told, "body": code}}}
    return quarter.book


def _body(quarter: Quarter, code: str) -> Body | None:
    cast, period = quarter.cast, quarter.period
    try:
        here = Organization.objects.get(pk=queries.unit(code, on=cast.on).id)
    except queries.NotInRegister:
        return None
    parent = bodies.parent_of(here.pk, on=cast.on)
    assert parent is not None  # noqa: S101 (every body of the recipe stands under another)
    served = {each.person for each in inputs.members([here.pk], Period(cast.on.replace(day=1), "month"))}
    people = [each for each in inputs.members([here.pk], period) if not each.leads and each.person in served]
    head, above = cast.plays("approver", here.pk), cast.plays("approver", parent)
    first = period.first + timedelta(days=4)
    people = [each for each in people if _served(each.person, first) == here.pk]  # the others are scored elsewhere
    staff = [each for each in people if each.person not in (head.person_id, above.person_id)][: int(quarter.book["people"])]
    acting = (cast.plays("drafter", here.pk), cast.plays("publisher", here.pk))
    for person in (head.person_id, above.person_id, *(each.person for each in staff)):
        if person is not None:
            year_of_work.declared(cast, person)
    office = year_of_work.Office(here, head, above, *acting, staff, cast)
    year_of_work.prepare(office, period.year)
    planted = {name: told for name, told in quarter.book["planted"].items() if told["body"] == code}
    return Body(office, code, planted)


def _served(person: int, on: date) -> int | None:
    try:
        return work.serves_in(Person(pk=person), on).pk
    except Refused:
        return None


def _choose(quarter: Quarter) -> None:
    """On whom the inputs are planted: those who may act beside the others, the first of the body who will do."""
    for name, told in quarter.book["planted"].items():
        body = quarter.bodies[told["body"]]
        staff = [each.person for each in body.office.staff]
        acting = {body.office.drafter.person_id, body.office.publisher.person_id}
        free = [each for each in staff if each not in acting]
        if name == "weak":
            quarter.chosen[name] = [body.office.head.person_id] if body.office.head.person_id else []
        elif name == "star":
            # the youngest: whether somebody is young enough for a plan must be known
            known = Person.objects.filter(pk__in=free, birth_precision="D").order_by("-birth_on", "pk")
            quarter.chosen[name] = list(known.values_list("pk", flat=True)[:1])
        else:
            quarter.chosen[name] = free[: int(told.get("people", len(free)))]


# ---- work, accepted and graded


def _work_of(quarter: Quarter, body: Body) -> None:
    """What the people of a body did in the quarter; at last its head, where the head is part of the story."""
    period = quarter.period
    held = catalogue.in_force(body.id, period.year, on=period.first + timedelta(days=4))
    assert held is not None  # noqa: S101 (it was prepared)
    products = {each.code: each for each in held.products.all()}
    closed = set(
        Evaluation.objects.filter(organization=body.office.body, period=str(period), state__in=inputs.CLOSED)
        .values_list("person_id", flat=True)
    )  # fmt: skip
    for member in body.office.staff:
        if member.person not in closed:
            attempt(lambda member=member: _one(quarter, body, member, products))
    weak = quarter.chosen.get("weak", []) if "weak" in body.planted else []
    for person in weak:
        if person not in closed:
            attempt(lambda person=person: _chief(quarter, body, person, products))


def _one(quarter: Quarter, body: Body, member: Member, products: dict[str, Product]) -> None:
    """One person's quarter, from the work that was assigned to the grade that was published."""
    office, told = body.office, quarter.book["work"]
    star = member.person in quarter.chosen.get("star", ())
    least = next((each["least"] for each in body.planted.values() if "least" in each), told["least"])
    chance = np.random.default_rng([member.person, quarter.period.year, quarter.period.first.month])
    for place, (code, wanted) in enumerate(HARD if star else PLAIN):
        share = 1.0 if star else float(chance.uniform(least, min(1.0, least + 0.3)))
        errors = (0, 0) if star else (int(chance.random() < told["failed"]), int(chance.random() < told["late"]))
        done = Decimal(wanted) if wanted < 3 else Decimal(max(1, round(share * wanted)))
        _made(quarter, office, member.person, products[code], Decimal(wanted), done, errors, place, by=office.head)
    inflated, hidden = body.planted.get("inflated"), body.planted.get("star") if star else None
    said = {"general": [8, 8, 8], "opinion": quarter.text("head"), "shortcomings": ""}
    if inflated:
        said = {"general": inflated["general"], "opinion": quarter.text("inflated_head"), "shortcomings": ""}
    if hidden:
        said = {
            "general": hidden["general"],
            "opinion": quarter.text("star_head"),
            "shortcomings": quarter.text("star_shortcomings"),
        }
    _graded(quarter, office, member.person, said, head=office.head)


def _chief(quarter: Quarter, body: Body, person: int, products: dict[str, Product]) -> None:
    """The quarter of a weak head, whom the head of the department grades."""
    above = body.office.above
    for place, (code, wanted, done) in enumerate((("ke-hoach", 2, 1), ("bao-cao", 2, 1), ("tra-loi", 6, 2))):
        _made(quarter, body.office, person, products[code], Decimal(wanted), Decimal(done), (1, 2), place, by=above)
    said = {
        "general": body.planted["weak"]["general"], "opinion": quarter.text("weak_head"), "shortcomings": quarter.text("weak_own"),
        "unit": {"organising": "lasting_shortcomings", "cohesion": "lasting_disunity"},
    }  # fmt: skip
    _graded(quarter, body.office, person, said, head=above)


def _made(
    quarter: Quarter, office: year_of_work.Office, person: int, product: Product, wanted: Decimal, done: Decimal, errors: tuple[int, int],
    place: int, *, by: Account,
) -> None:  # fmt: skip
    """One product: assigned, logged by the person, accepted with its errors by whoever gave it."""
    period, own = quarter.period, office.cast.account(person)
    key = f"sides-year:{period}:{person}:{place}"
    day = period.last - timedelta(days=8 + place)
    held = work.assign(
        person=Person(pk=person), product=product, number=wanted, period=str(period), due_on=period.last - timedelta(days=10), by=by,
        on=period.first + timedelta(days=4), key=key,
    )  # fmt: skip
    shown = f"{100 + person % 800}/{period.year}"
    work.log(
        assignment=held, done=done, day=day, text=f"Đã hoàn thành: {product.name.lower()}.", evidence=shown, by=own, on=day, key=f"{key}:log"
    )  # fmt: skip
    failed, late = errors
    work.accept(
        assignment=held, done=done, quality_failures=failed, delays=late, days_late=3 * late, by=by, on=quarter.on(2), key=f"{key}:accept"
    )  # fmt: skip


def _graded(quarter: Quarter, office: year_of_work.Office, person: int, said: Mapping[str, Any], *, head: Account) -> None:
    """From the person's own word to the publication."""
    key, days = f"sides-year:{quarter.period}:{person}", quarter.book["days"]
    told = {
        "person": Person(pk=person),
        "period": str(quarter.period),
        "text": quarter.text("own"),
        "shortcomings": said["shortcomings"],
    }
    general = dict(zip(grading.GROUPS, map(Decimal, ("8", "8", "8")), strict=True))
    given = dict(zip(grading.GROUPS, map(Decimal, said["general"]), strict=True))
    held = grading.assess(**told, general=general, by=office.cast.account(person), on=quarter.on(days["own"]), key=f"{key}:own")
    on = quarter.on(days["published"])
    grading.opine(
        evaluation=held, general=given, opinion=said["opinion"], unit=said.get("unit"), by=head, on=on, key=f"{key}:head"
    )
    decided = {"evaluation": held, "by": head, "on": on, "key": f"{key}:decide"}
    try:
        with transaction.atomic():
            grading.decide(**decided)
    except Refused as problem:
        if problem.why != "undetermined" or "unit" not in said:
            raise
        # of a leader whose staff is not all decided on, the law has no answer: the authority says which, and why
        grading.decide(**decided, grade="not_completed", why=said["opinion"])
    second = office.publisher if office.publisher.person_id != person else office.drafter
    grading.publish(evaluation=held, by=second, on=on, key=f"{key}:publish")


# ---- many sides


def _round(quarter: Quarter, told: Mapping[str, Any]) -> Round | None:
    """A round opened, answered by those asked, and closed on its last day."""
    cast, key = quarter.cast, f"sides-year:round:{told['key']}:{quarter.period}"
    with seeing(cast):
        place = Organization.objects.get(pk=queries.unit(told["organization"], on=cast.on).id)
        by = cast.plays("drafter", place.pk)
        opened, closes = quarter.on(quarter.book["days"]["opened"]), quarter.on(told["closes"])
        asked = {"organization": place, "period": str(quarter.period), "closes_on": closes, "anonymous": told["anonymous"]}
        asked["beneath"] = told.get("beneath", False)
        held: Round | None = attempt(lambda: sides.open_round(**asked, by=by, on=opened, key=key))
    if held is None or held.state == Round.State.CLOSED:
        return held
    with seeing(cast):
        marks = Marks(quarter, held)
        within = [body.id for code, body in quarter.bodies.items() if code in told["bodies"]]
        told_of = {member.person for body in quarter.bodies.values() for member in body.office.staff}
        waits = held.asked.filter(excluded="", answered=False, organization_id__in=within).select_related(
            "round", "rater", "ratee"
        )
        lines = [one for one in waits.order_by("pk") if one.side != "peer" or one.ratee_id in told_of]
        chance = np.random.default_rng(list(told["key"].encode()))
        for one in lines:
            if chance.random() < told["answers"] or marks.must(one):
                by = cast.account(one.rater_id)
                given = {
                    "asked": one,
                    "marks": marks.of(one),
                    "by": by,
                    "on": opened + timedelta(days=int(chance.integers(1, 8))),
                }
                attempt(lambda given=given, one=one: sides.answer(**given, key=f"sides-year:answer:{one.pk}"))
        by = cast.plays("drafter", held.organization_id)
        return attempt(lambda: sides.close(round=held, by=by, on=held.closes_on, key=f"{key}:close"))  # type: ignore[no-any-return]


__all__ = ["recipe", "tell"]
