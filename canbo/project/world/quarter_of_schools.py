"""A quarter of work in two schools of the demo world: one gives points by a regulation of its own, the other has none yet.

In the first a teacher's grade follows from weights that the school decided on; in the second the same work waits, since the
decree leaves the weights to the unit. Each act has a key, so a demo that was stopped goes on where it was.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import translation

from canbo.evaluation import catalogue, grading, regulations, work
from canbo.evaluation.catalogue import Line
from canbo.evaluation.models import Product
from canbo.evaluation.refusals import Refused
from canbo.project.world.story_cast import Cast
from canbo.project.world.year_of_work import Office, office_of, prepare, quarters_of
from canbo.registry import authority
from canbo.registry.models import Account, Person
from canbo.rules.evaluation.periods import Period

log = logging.getLogger("canbo.stories")
WITH, WITHOUT = "31.service.high-school-1", "31.service.high-school-2"
PEOPLE = 6
LINES = [
    Line("tiet-day", "Tiết dạy theo phân công", "n1", 5, "sổ ghi đầu bài", standard=True),
    Line("cham-bai", "Chấm và trả bài kiểm tra một lớp", "n1", 10, "sổ điểm"),
    Line("chuyen-de", "Chuyên đề chuyên môn", "n2", 40, "báo cáo chuyên đề"),
]
NUMBER = "08/QC-THPT"
WEIGHTS = {"a": Decimal(25), "b": Decimal(30), "c": Decimal(15)}
LEADING = {"a": Decimal(15), "b": Decimal(20), "c": Decimal(10), "d": Decimal(10), "dd": Decimal(10), "e": Decimal(5)}


def tell(cast: Cast) -> int:
    """Tell the last quarter that is over, as far as it is not told yet; how many evaluations were published."""
    quarter, made = list(quarters_of(cast.on))[-2], 0
    for code in (WITH, WITHOUT):
        with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE):
            office = office_of(cast, code, people=PEOPLE)
            if office is None:
                continue
            try:
                prepare(office, quarter.year, LINES)
                if code == WITH:
                    regulate(office, quarter)
                made += sum(_taught(office, number, quarter, decides=code == WITH) for number in range(len(office.staff)))
            except Refused as problem:
                log.warning("The quarter of %s was not told: %s", code, problem)
    return made


def regulate(office: Office, quarter: Period) -> None:
    """The personnel office drafts the school's regulation, its head approves it."""
    told, key = {"organization": office.body}, f"school-quarter:{office.body.pk}"
    with transaction.atomic():
        made = regulations.draft(
            **told, since=quarter.first, number=NUMBER, dated=quarter.first, weights=WEIGHTS, leading=LEADING, by=office.drafter,
            on=quarter.first + timedelta(days=1), key=f"{key}:draft",
        )  # fmt: skip
        regulations.approve(**told, regulation=made, by=office.head, on=quarter.first + timedelta(days=3), key=f"{key}:approve")


def _taught(office: Office, number: int, quarter: Period, *, decides: bool) -> int:
    """One teacher's quarter up to the head's opinion, and on to the publication where a regulation gives the points."""
    person = Person.objects.get(pk=office.staff[number].person)
    own, given = office.cast.account(person.pk), quarter.first + timedelta(days=4)
    if work.serves_in(person, given).pk != office.body.pk:
        return 0
    held = catalogue.in_force(office.body.pk, quarter.year, on=given)
    assert held is not None
    products = {each.code: each for each in held.products.all()}
    with transaction.atomic():
        for place, (code, wanted) in enumerate((("tiet-day", 60), ("cham-bai", 6), ("chuyen-de", 1))):
            _product(office, own, products[code], (number, place, wanted), quarter)
        return _evaluated(office, own, number, quarter, decides=decides)


def _product(office: Office, own: Account, product: Product, told: tuple[int, int, int], quarter: Period) -> None:
    """So many of a product, assigned, logged and accepted; the first teacher did all in time, others as chance has it."""
    number, place, wanted = told
    chance = np.random.default_rng([number, place, quarter.year, quarter.first.month])
    key, best = f"school-quarter:{office.body.pk}:{quarter}:{number}:{place}", number == 0
    done = Decimal(wanted if best else max(0, wanted - int(chance.integers(0, 1 + wanted // 4))))
    held = work.assign(
        person=own.person, product=product, number=Decimal(wanted), period=str(quarter), due_on=quarter.last - timedelta(days=10),
        by=office.head, on=quarter.first + timedelta(days=4), key=key,
    )  # fmt: skip
    if done:
        day = quarter.last - timedelta(days=int(chance.integers(8, 40)))
        work.log(
            assignment=held, done=done, day=day, text=f"Đã hoàn thành: {product.name.lower()}.", evidence=f"{100 + number}/{quarter.year}", by=own,
            on=day, key=f"{key}:log",
        )  # fmt: skip
    late = 0 if best else int(chance.random() < 0.4)
    work.accept(
        assignment=held, done=done, quality_failures=0 if best else int(chance.random() < 0.3), delays=late, days_late=2 * late, by=office.head,
        on=quarter.last + timedelta(days=2), key=f"{key}:accept",
    )  # fmt: skip


def _evaluated(office: Office, own: Account, number: int, quarter: Period, *, decides: bool) -> int:
    key, on = f"school-quarter:{office.body.pk}:{quarter}:{number}", quarter.last + timedelta(days=5)
    general = {"1": Decimal(10), "2": Decimal("9.5"), "3": Decimal(10 if number == 0 else 8)}
    held = grading.assess(
        person=own.person, period=str(quarter), general=general, text="Đã hoàn thành nhiệm vụ giảng dạy được phân công.", by=own, on=on,
        key=f"{key}:own",
    )  # fmt: skip
    grading.opine(evaluation=held, opinion="Nhất trí với bản tự đánh giá.", by=office.head, on=on, key=f"{key}:head")
    if not decides:
        return 0
    grading.decide(evaluation=held, by=office.head, on=on, key=f"{key}:decide")
    grading.publish(evaluation=held, by=office.publisher, on=on, key=f"{key}:publish")
    return 1
