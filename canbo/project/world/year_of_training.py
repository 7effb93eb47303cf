"""A year of training in a department of the demo world: a plan approved, people sent, a course passed, a promise overdue.

Each act has a key, so a demo that was stopped goes on where it was. What the services refuse is left out, and said in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation

from canbo.development import enrolment, plans, study, talent
from canbo.development.models import Plan
from canbo.evaluation.refusals import Refused
from canbo.project.world.story_cast import Cast
from canbo.registry import authority, queries
from canbo.registry.models import Account, Organization, Person

log = logging.getLogger("canbo.stories")
DEPARTMENT, CENTRE = "31.executive.home-affairs", "31/10507.executive.service-centre"
BUDGET, SENT, MEMBERS, YOUNG = 8_000_000, 8, 6, 35  # the budget does not reach for all, so that the page shows why
CRITERIA = {
    "result": "Hai kế hoạch cải cách hành chính được nghiệm thu, áp dụng toàn thành phố",
    "solution": "Quy trình tiếp nhận hồ sơ liên thông, ba phường áp dụng",
}


def tell(cast: Cast) -> int:
    """Tell the year as far as it is not told yet; how many people were sent to courses. A smaller world has no such department."""
    with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE):
        try:
            body = Organization.objects.get(pk=queries.unit(DEPARTMENT, on=cast.on).id)
        except queries.NotInRegister:
            return 0
        year = cast.on.year if cast.on.month > 6 else cast.on.year - 1
        drafter, second, head = cast.plays("drafter", body.pk), cast.plays("publisher", body.pk), cast.plays("approver", body.pk)
        staff = [
            each
            for each in cast.holders(queries.subtree(body.pk, on=cast.on), ["staff"])
            if each not in (drafter.person_id, second.person_id)
        ]
        young = cast.holders(queries.subtree(body.pk, on=cast.on), ["staff"], born=year - YOUNG)
        young = [each for each in young if each not in (drafter.person_id, second.person_id)]
        _programme(cast, young or staff, drafter, head, date(year, 1, 12))
        plan = _plan(body, year, staff[0], drafter, head)
        sent = _send(cast, plan, drafter, second, year) if plan is not None else 0
        _talents(cast, body, staff[0], drafter, head, year)
        _next_year(cast, body, drafter)
        _own(cast)
    return sent


def _try(act: Callable[[], Any]) -> Any:
    try:
        with transaction.atomic():
            return act()
    except Refused as problem:
        log.info("The year of training left out an act: %s", problem)
        return None


def _programme(cast: Cast, staff: list[int], drafter: Account, head: Account, on: date) -> None:
    taken = 0
    for person in staff:
        cast.declare(person)
        told = {
            "person": Person(pk=person),
            "group": "young",
            "why": "Học nhanh, nhận việc khó.",
            "key": f"training-year:young:{person}",
        }
        held = _try(lambda told=told: talent.nominate(**told, by=drafter, on=on)) if taken < MEMBERS else None
        if held is not None:
            taken += 1
            if taken < MEMBERS:  # one waits for the head
                _try(
                    lambda held=held: talent.take(potential=held, taken=True, by=head, on=on, key=f"training-year:take:{held.pk}")
                )


def _plan(body: Organization, year: int, asked: int, drafter: Account, head: Account) -> Plan | None:
    told = {"organization": body, "year": year, "budget": BUDGET, "key": f"training-year:plan:{body.pk}:{year}"}
    plan = _try(lambda: plans.propose(**told, by=drafter, on=date(year, 1, 20)))
    if plan is None:
        return None
    if plan.state == Plan.State.DRAFT:
        by_hand = {
            "course": "digital-basic",
            "taken": True,
            "remark": "Phòng đề nghị: phụ trách số hóa hồ sơ.",
            "key": f"training-year:hand:{plan.pk}",
        }
        _try(lambda: plans.change(plan=plan, person=Person(pk=asked), **by_hand, by=drafter, on=date(year, 1, 22)))
    basis = {"basis": "Quyết định 118/QĐ-SNV", "key": f"training-year:approve:{plan.pk}"}
    return _try(lambda: plans.approve(plan=plan, **basis, by=head, on=date(year, 1, 28)))  # type: ignore[no-any-return]


def _send(cast: Cast, plan: Plan, drafter: Account, second: Account, year: int) -> int:
    sent = 0
    for number, place in enumerate(plan.places.filter(taken=True).select_related("person", "plan").order_by("pk")[:SENT]):
        cast.declare(place.person_id)
        told = {"person": place.person, "course": place.course, "place": place, "starts": date(year, 3, 9)}
        held = _try(
            lambda told=told: enrolment.enrol(
                **told, by=drafter, on=date(year, 2, 16), key=f"training-year:send:{told['place'].pk}"
            )
        )
        if held is None or held.state == "refused":
            continue
        sent += 1
        if number % 4 < 2:
            mark = {
                "certificate": f"{40 + number}/CN-{year}",
                "by": second,
                "on": date(year, 6, 12),
                "key": f"training-year:pass:{held.pk}",
            }
            _try(lambda held=held, mark=mark: enrolment.pass_(enrolment=held, **mark))
    return sent


def _talents(cast: Cast, body: Organization, person: int, drafter: Account, head: Account, year: int) -> None:
    cast.declare(person)
    told = {"organization": body, "kind": "serving", "way": "serving", "field": "cải cách hành chính", "salary": 9_360_000}
    key, on = f"training-year:talent:{body.pk}:{year}", date(year, 2, 2)
    held = _try(
        lambda: talent.propose(**told, person=Person.objects.get(pk=person), criteria=CRITERIA, by=drafter, on=on, key=key)
    )
    if held is not None:
        basis = "Quyết định 205/QĐ-UBND"
        held = _try(
            lambda: talent.recognise(
                talent=held, recognised=True, basis=basis, by=head, on=on + timedelta(days=10), key=f"{key}:yes"
            )
        )
    if held is not None and held.state == "recognised":
        _promises(held, drafter, on + timedelta(days=14), cast.on, key)
    outside = {"name": "Trần Quang Khải", "comes_from": "Công ty phần mềm tại Đà Nẵng", "kind": "expert", "way": "seconded", "field": "dữ liệu",
               "criteria": {"experience": "12 năm xây dựng hệ thống dữ liệu", "award": "Giải Nhân tài Đất Việt"}, "experience_years": 12}  # fmt: skip
    _try(lambda: talent.propose(**outside, organization=body, by=drafter, on=cast.on, key=f"{key}:outside"))


def _promises(held: Any, drafter: Account, on: date, today: date, key: str) -> None:
    overdue = max(on, today - timedelta(days=45))
    for kind, text, due in (
        ("allowance", "Phụ cấp tăng thêm hằng tháng", on + timedelta(days=45)), ("housing", "Nhà ở công vụ gần cơ quan", overdue),
        ("study", "Khóa học quản trị dữ liệu", today + timedelta(days=60)),
    ):  # fmt: skip
        told = {"talent": held, "kind": kind, "text": text, "due_on": due, "by": drafter, "on": on, "key": f"{key}:{kind}"}
        made = _try(lambda told=told: talent.promise(**told))
        if made is not None and kind == "allowance":
            shown = {"evidence": "Quyết định 61/QĐ-SNV", "on": on + timedelta(days=30), "key": f"{key}:{kind}:kept"}
            _try(lambda made=made, shown=shown: talent.keep(promise=made, by=drafter, **shown))


def _next_year(cast: Cast, body: Organization, drafter: Account) -> None:
    """The plan of the next year waits for the head."""
    told = {
        "organization": body,
        "year": cast.on.year + 1,
        "budget": BUDGET // 2,
        "key": f"training-year:next:{body.pk}:{cast.on.year}",
    }
    _try(lambda: plans.propose(**told, by=drafter, on=cast.on))


def _own(cast: Cast) -> None:
    """The demo's civil servant is sent to a course, and learns alone."""
    account = Account.objects.filter(username="civil-servant").first()
    if account is None or account.person is None:
        return
    cast.declare(account.person.pk)
    body = queries.unit(CENTRE, on=cast.on).id
    told = {
        "person": account.person,
        "course": "digital-basic",
        "starts": cast.on + timedelta(days=14),
        "key": f"training-year:own:{account.pk}",
    }
    _try(lambda: enrolment.enrol(**told, by=cast.plays("drafter", body), on=cast.on))
    learned = {"topic": "Phân tích dữ liệu với bảng tính", "field": "data", "hours": 16, "day": cast.on - timedelta(days=9)}
    shown = {"evidence": "https://example.org/chung-chi/7714", "key": f"training-year:study:{account.pk}"}
    _try(lambda: study.log(person=account.person, **learned, **shown, by=account, on=cast.on))
