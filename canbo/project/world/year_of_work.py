"""A year of work in one office of the demo world: products, logs, acceptance, evaluations, told through the services.

A star, somebody with an inflated list, somebody to whom nothing was assigned, one whose delay had an objective cause and
one who petitions; the rest as chance has it. Each act has a key, so a demo that was stopped goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import translation

from canbo.evaluation import catalogue, grading, inputs, schemes, work
from canbo.evaluation.catalogue import Line
from canbo.evaluation.inputs import Member
from canbo.evaluation.models import Product
from canbo.evaluation.refusals import Refused
from canbo.procedures import bodies
from canbo.project.world.story_cast import Cast
from canbo.registry import authority, intake, queries
from canbo.registry.days import since
from canbo.registry.models import Account, Disclosure, Membership, Organization, Person
from canbo.rules.evaluation.periods import Period

log = logging.getLogger("canbo.stories")
#: A division of a department, and the office of the demo's civil servant.
OFFICES = ("31.executive.home-affairs.planning", "31/10507.executive.service-centre")
PEOPLE = 12
LINES = [
    Line("van-ban", "Soạn thảo văn bản hành chính đơn giản", "n1", 5, "văn bản", standard=True),
    Line("ho-so", "Giải quyết hồ sơ thủ tục hành chính", "n1", 8, "kết quả hồ sơ"),
    Line("tra-loi", "Trả lời kiến nghị của công dân", "n1", 14, "công văn trả lời"),
    Line("bao-cao", "Báo cáo chuyên đề", "n2", 40, "báo cáo"),
    Line("ke-hoach", "Kế hoạch cải cách hành chính", "n2", 60, "kế hoạch"),
]
STAR, INFLATED, IDLE, EXCUSED, PETITIONER = range(5)


@dataclass
class Office:
    """Who acts, and the people whose work it is."""

    body: Organization
    head: Account
    above: Account
    drafter: Account
    publisher: Account
    staff: list[Member]
    cast: Cast


def tell(cast: Cast) -> int:
    """Tell the year as far as it is not told yet; how many evaluations were published. A smaller world has no such office."""
    quarters, made = list(quarters_of(cast.on)), 0
    for code in OFFICES:
        with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE):
            office = office_of(cast, code)
            if office is None:
                continue
            for year in sorted({each.year for each in quarters}):
                prepare(office, year)
        for quarter in quarters:
            with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE):
                made += _tell_quarter(office, quarter)
    return made


def quarters_of(on: date) -> Iterator[Period]:
    """The three quarters before this one, and this one."""
    index = on.year * 4 + (on.month - 1) // 3
    for each in range(index - 3, index + 1):
        yield Period(date(each // 4, each % 4 * 3 + 1, 1), "quarter")


def office_of(cast: Cast, code: str, *, people: int = PEOPLE) -> Office | None:
    """Who acts in a body, and so many of its staff; None where this world has no such body."""
    try:
        body = Organization.objects.get(pk=queries.unit(code, on=cast.on).id)
    except queries.NotInRegister:
        return None
    parent = bodies.parent_of(body.pk, on=cast.on)
    assert parent is not None
    first = next(quarters_of(cast.on))
    known = set(Account.objects.filter(grants__isnull=False, person__isnull=False).values_list("person_id", flat=True))
    here = set(Membership.objects.filter(organization=body, valid__contains=cast.on).values_list("person_id", flat=True))
    staff = [each for each in inputs.members([body.pk], first) if not each.leads and each.person in here][:people]
    staff.sort(key=lambda each: each.person in known)  # whom one signs in as in the demo is not the one without work
    head, above = cast.plays("approver", body.pk), cast.plays("approver", parent)
    for person in (head.person_id, above.person_id, *(each.person for each in staff)):
        if person is not None:
            declared(cast, person)
    return Office(body, head, above, cast.plays("drafter", body.pk), cast.plays("publisher", body.pk), staff, cast)


def declared(cast: Cast, person: int, *, since_day: date | None = None) -> None:
    """The person had told of relatives and interests before the year began, or another day, and told again later in it."""
    cast.declare(person)
    since_day = since_day or next(quarters_of(cast.on)).first
    for topic in Disclosure.Topic.values:
        told = Disclosure.objects.filter(person_id=person, topic=topic).order_by("valid").values_list("valid", flat=True).first()
        if told is not None and told.lower is not None and told.lower > since_day:
            mark = {"source": cast.source, "decision": intake.decision(cast.source)}
            Disclosure.objects.create(person_id=person, topic=topic, valid=since(since_day, told.lower), **mark)


def prepare(office: Office, year: int, lines: Sequence[Line] = LINES) -> None:
    """The office scores by quarters, and its products of the year are listed and approved."""
    on, told = date(year, 1, 2), {"organization": office.body}
    with transaction.atomic():
        if schemes.kind_on(office.body.pk, on) != "quarter":
            schemes.set_scheme(
                **told, kind="quarter", since=date(year, 1, 1), basis="Công văn 12/UBND", by=office.drafter, on=date(year - 1, 12, 20),
                key=f"work-year:scheme:{office.body.pk}:{year}",
            )  # fmt: skip
        made = catalogue.draft(
            **told, year=year, lines=lines, by=office.drafter, on=on, key=f"work-year:list:{office.body.pk}:{year}"
        )
        catalogue.approve(
            **told,
            catalogue=made,
            basis="Quyết định 15/QĐ-UBND",
            by=office.above,
            on=on,
            key=f"work-year:approve:{office.body.pk}:{year}",
        )


def _tell_quarter(office: Office, quarter: Period) -> int:
    held = catalogue.in_force(office.body.pk, quarter.year, on=quarter.first + timedelta(days=4))
    assert held is not None
    products = {each.code: each for each in held.products.all()}
    over = quarter.last < office.cast.on
    made = 0
    for number, member in enumerate(office.staff):
        person = Person.objects.get(pk=member.person)
        own = office.cast.account(member.person)
        try:
            if work.serves_in(person, quarter.first + timedelta(days=4)).pk != office.body.pk:
                continue  # first in another body then, which scores as it does
            with transaction.atomic():
                if number != IDLE:
                    _work(office, person, own, number, quarter, products, over=over)
                if over:
                    made += _evaluate(office, person, own, number, quarter)
        except Refused as problem:
            log.warning("The work of person %s in %s was not told: %s", member.person, quarter, problem)
    return made


def _work(
    office: Office, person: Person, own: Account, number: int, quarter: Period, products: dict[str, Product], *, over: bool
) -> None:
    """What one person was assigned, did and logged; accepted where the quarter is over."""
    chance = np.random.default_rng([number, quarter.year, quarter.first.month])
    rows = [("ho-so", 12, ""), ("tra-loi", 4, ""), ("van-ban", 10, "")] + (
        [("ke-hoach", 1, "")] if number == STAR else [("bao-cao", 1, "")]
    )
    rows += [("van-ban", 30, "unexpected")] if number == INFLATED else []
    for place, (code, wanted, extra) in enumerate(rows):
        key = f"work-year:{quarter}:{person.pk}:{place}"
        given = quarter.first + timedelta(days=4 + (40 if extra else 0))
        if given > office.cast.on:
            continue
        held = work.assign(
            person=person, product=products[code], number=Decimal(wanted), period=str(quarter), due_on=quarter.last - timedelta(days=10),
            extra=extra, by=office.head, on=given, key=key,
        )  # fmt: skip
        done = Decimal(wanted if number in (STAR, INFLATED) else max(0, wanted - int(chance.integers(0, 1 + wanted // 3))))
        day = min(quarter.last - timedelta(days=int(chance.integers(8, 40))), office.cast.on)
        if not over:
            done = Decimal(int(done * Decimal("0.6")))
        if done and day >= given and (over or chance.random() < 0.7):
            work.log(
                assignment=held, done=done, day=day, text=f"Đã hoàn thành: {products[code].name.lower()}.",
                evidence=f"{int(chance.integers(10, 900))}/{quarter.year}", by=own, on=day, key=f"{key}:log",
            )  # fmt: skip
        if over:
            late = int(number not in (STAR, INFLATED) and chance.random() < 0.35 or (number == EXCUSED and place == 0))
            cause = "Mưa bão, trụ sở mất điện ba ngày." if number == EXCUSED and late and place == 0 else ""
            failed = 0 if number == STAR else int(chance.random() < 0.2)
            work.accept(
                assignment=held, done=done, quality_failures=failed, delays=late, days_late=3 * late, cause=cause, by=office.head,
                on=quarter.last + timedelta(days=2), key=f"{key}:accept",
            )  # fmt: skip
            if cause:
                work.judge_cause(
                    assignment=held, confirmed=True, by=office.above, on=quarter.last + timedelta(days=3), key=f"{key}:cause"
                )


def _evaluate(office: Office, person: Person, own: Account, number: int, quarter: Period) -> int:
    """From the person's own word to the publication; one petitions."""
    key, on = f"work-year:{quarter}:{person.pk}", quarter.last + timedelta(days=5)
    general = {"1": Decimal(10), "2": Decimal("9.5"), "3": Decimal(10 if number == STAR else 8)}
    held = grading.assess(
        person=person,
        period=str(quarter),
        general=general,
        text="Đã thực hiện các nhiệm vụ được giao.",
        shortcomings="" if number == STAR else "Một số hồ sơ giải quyết còn chậm.",
        by=own,
        on=on,
        key=f"{key}:own",
    )
    grading.opine(evaluation=held, opinion="Nhất trí với bản tự đánh giá.", by=office.head, on=on, key=f"{key}:head")
    idle = (
        {"grade": "completed", "why": "Biệt phái sang đơn vị khác, không được giao sản phẩm trong kỳ."} if number == IDLE else {}
    )
    grading.decide(evaluation=held, by=office.head, on=on, key=f"{key}:decide", **idle)
    grading.publish(evaluation=held, by=office.publisher, on=on, key=f"{key}:publish")
    if number == PETITIONER:
        told = {"ground": "Hai hồ sơ trả chậm do chờ ý kiến của sở.", "by": own, "on": on + timedelta(days=2)}
        grading.petition(evaluation=held, key=f"{key}:petition", **told)
    return 1
