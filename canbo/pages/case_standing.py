"""As what somebody looks at a case, and how far that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from canbo.procedures import appeals, bodies, cases
from canbo.procedures.models import Case
from canbo.procedures.refusals import Refused
from canbo.registry import authority
from canbo.registry.models import Account, Organization, Person, Post


@contextmanager
def whole_sight(request: HttpRequest) -> Iterator[None]:
    """Everything in sight for an act that was allowed or for asking whether it is; afterwards what the reader may see."""
    with authority.whole_sight(request.reach):  # type: ignore[attr-defined]
        yield


def places(case: Case) -> Iterator[Post | Organization]:
    """The bodies that a case concerns, one after the other: of its post, its own, the deciding one, those that acted in it,
    the one whose turn it is, the one that answers an appeal. Needs everything in sight."""
    if case.post is not None:
        yield case.post
    yield from (Organization(pk=number) for number in (case.organization_id, case.manager_id) if number is not None)
    if not case.version:
        return
    for number in case.actors.exclude(organization=None).values_list("organization_id", flat=True).distinct():
        yield Organization(pk=number)
    step = cases.current(case)
    if step is not None:
        try:
            rule = cases.rules_of(case)[1].step(step.name)
            yield Organization(pk=bodies.of_step(case, rule.body, on=max(timezone.localdate(), case.on)))
        except (Refused, KeyError):
            pass
    for number in case.appeals.filter(state__in=appeals.WAITING).values_list("body_id", flat=True):
        yield Organization(pk=number)


def part_of(case: Case, reader: Account) -> str:
    """subject: it is about the reader, whatever was granted; reader: by a grant over one of its bodies; elector: on the roll
    of one of its votes; or nothing: then it is not to be shown. Needs everything in sight."""
    if is_subject(case, reader):
        return "subject"
    if any(authority.allows(reader, "case.read", over=place) for place in places(case)):
        return "reader"
    if reader.person_id is not None and case.electors.filter(person_id=reader.person_id).exists():
        return "elector"
    return ""


def is_subject(case: Case, reader: Account) -> bool:
    """Whether a case is about whoever reads it."""
    return reader.person_id is not None and appeals.is_about(case, reader.person_id)


def ground(case: Case, request: HttpRequest) -> Any:
    """What authority knows a case by for this reader: the own file where it is about the reader, else the first of its
    bodies that a grant of the reader opens, else the first."""
    with whole_sight(request):
        if is_subject(case, request.user):
            return Person(pk=request.user.person_id)
        concerned = list(places(case))
        opened = (place for place in concerned if authority.allows(request.user, "case.read", over=place))
        return next(opened, concerned[0] if concerned else None)
