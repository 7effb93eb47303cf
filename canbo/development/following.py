"""What followed a course: scores before and after, of those taught and of others in the same body with the same grade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from canbo.development.models import Enrolment
from canbo.evaluation.models import Evaluation
from canbo.modelling.training.effect import Effect, compare
from canbo.registry import authority, queries
from canbo.registry.models import Account

ACT = "training.read"


@dataclass(frozen=True)
class _Graded:
    """One published evaluation."""

    first: date
    last: date
    length: int
    score: float
    grade: str
    organization: int


def effect(*, by: Account, root: int, on: date, course: str | None = None) -> Effect:
    """By how much the scores of those who passed rose more than those of others, with its uncertainty.

    Compared are published evaluations of one length: the last that was over when the course began, and the first that began
    after its result; the others are people of the same body with the same grade before, in the same two periods, who were
    taught nothing. Raises NotAllowed.
    """
    authority.require(by, ACT, over=root)
    below = queries.subtree(root, on=on)
    taught = Enrolment.objects.filter(organization__in=below, state=Enrolment.State.PASSED, result_on__lte=on)
    everyone = set(taught.values_list("person_id", flat=True))
    wanted = taught.filter(course=course) if course else taught
    graded = _graded(below, on)
    strata: dict[tuple[object, ...], int] = {}
    told: list[tuple[bool, float, float, int]] = []
    seen: set[tuple[int, int]] = set()
    for person, starts, result in wanted.order_by("person_id", "result_on").values_list("person_id", "starts", "result_on"):
        pair = _around(graded.get(person, []), starts, result) if result is not None else None
        if pair is None or any(one == person for one, _stratum in seen):
            continue
        before, after = pair
        key = (before.organization, before.grade, before.first, after.first, before.length)
        stratum = strata.setdefault(key, len(strata))
        seen.add((person, stratum))
        told.append((True, before.score, after.score, stratum))
    told += _others(graded, everyone, strata)
    columns = list(zip(*told, strict=True)) if told else [(), (), (), ()]
    return compare(
        np.array(columns[0], dtype=bool), np.array(columns[1], dtype=float), np.array(columns[2], dtype=float), np.array(columns[3], dtype=np.int64)
    )  # fmt: skip


def _graded(below: list[int], on: date) -> dict[int, list[_Graded]]:
    found: dict[int, list[_Graded]] = {}
    held = Evaluation.objects.filter(
        organization__in=below, state=Evaluation.State.PUBLISHED, published_on__lte=on, score__isnull=False
    )
    for row in held.order_by("first").values_list("person_id", "first", "last", "score", "grade", "organization_id"):
        person, first, last, score, grade, organization = row
        assert score is not None  # noqa: S101 (the question leaves out those without)
        found.setdefault(person, []).append(_Graded(first, last, _length(first, last), float(score), grade, organization))
    return found


def _length(first: date, last: date) -> int:
    """Months that a period has."""
    end = last + timedelta(days=1)
    return (end.year - first.year) * 12 + end.month - first.month


def _around(graded: list[_Graded], starts: date, result: date) -> tuple[_Graded, _Graded] | None:
    earlier = [each for each in graded if each.last < starts]
    if not earlier:
        return None
    before = earlier[-1]
    later = [each for each in graded if each.first > result and each.length == before.length]
    return (before, later[0]) if later else None


def _others(
    graded: dict[int, list[_Graded]], taught: set[int], strata: dict[tuple[object, ...], int]
) -> list[tuple[bool, float, float, int]]:
    """Everybody who was taught nothing, in each stratum where both periods were published for him or her; each person once."""
    found = []
    for person, rows in graded.items():
        if person in taught:
            continue
        periods = {(each.first, each.length): each for each in rows}
        for (organization, grade, first, after, length), stratum in strata.items():
            before, later = periods.get((first, length)), periods.get((after, length))  # type: ignore[arg-type]
            if before is not None and later is not None and (before.organization, before.grade) == (organization, grade):
                found.append((False, before.score, later.score, stratum))
                break
    return found
