"""The path of deputies over a whole unit, read as sets, is that of each deputy and each commune by itself."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from datetime import date
from typing import Any

import pytest

from canbo.registry.days import holds, since
from canbo.registry.models import Membership, Person
from canbo.reports import caps, deputies
from canbo.rules.explain import find_values
from canbo.rules.schema import Fact
from tests.world import World

ON, TO = date(2026, 11, 28), date(2030, 12, 31)
BODIES = ("P/1.executive", "P/1.executive.office", "P/2.executive", "P/1.party", "P.executive")


@pytest.fixture
def served(world: World) -> None:
    """Four to six deputies in each body: some near retirement, some until a day, some whose sex or birth nobody knows."""
    for place, body in enumerate(BODIES):
        post = world.post(body, "commune-department-deputy-head" if body.endswith("office") else "commune-vice-chair", seats=7)
        for seat in range(1, 5 + place % 3):
            known: dict[str, Any] = {
                "sex": "FM"[seat % 2],
                "birth_on": date((1970, 1964)[seat % 2] + seat // 2, 3 * (place % 4) + 1, 10),
            }
            if seat == 4:
                known = {"sex": None} if place % 2 else {"birth_on": None, "birth_precision": None}
            until = date(2028 + seat, 2, 1) if (seat + place) % 4 == 0 else None
            world.serve(world.person(f"Văn {seat}", **known), post, seat=seat, valid=since(date(2021 + seat % 3, 5, 31), until))


def last_day(person: Person, until: date | None) -> date | None:
    """The first day out of office, by the articles asked of this one person."""
    facts = {"person.sex": Fact(person.sex), "person.born": Fact(person.birth_on)}
    found = [each.value for each in find_values(caps.law(), name="pension_from", facts=facts, on=ON) if each.outcome == "value"]
    pension = date.fromisoformat(str(found[0])) if found else None
    if pension is not None and pension <= ON:
        pension = None
    return min((day for day in (pension, until) if day is not None), default=None)


def staying(on: date) -> Counter[str]:
    """How many deputies of each body serve on a later day, one membership after the other."""
    found: Counter[str] = Counter()
    for each in Membership.objects.filter(post__job__standing="deputy").select_related("person", "organization"):
        ends = last_day(each.person, each.valid.upper)
        if holds(each.valid, ON) and (ends is None or ends > on):
            found[each.organization.codes.get(valid__contains=ON).code] += 1
    return found


@pytest.mark.parametrize("many", [0, deputies.MANY])
@pytest.mark.usefixtures("served")
def test_each_month_of_the_path_counts_whom_the_articles_let_serve_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(deputies, "MANY", many)
    found = deputies.path_of("P", on=ON, to=TO)
    serving = {body.id: body.code for group in found.groups for body in group.bodies}
    for year, month in ((2026, 12), (2027, 6), (2028, 2), (2029, 1), (2030, 12)):
        end = date(year, month, monthrange(year, month)[1])
        told = Counter(serving[each.body] for group in found.groups for each in group.deputies if each.serves(end))
        assert told == staying(end), end
    assert len(set(staying(date(2028, 2, 29)).items()) - set(staying(TO).items())) > 2


@pytest.mark.usefixtures("served")
def test_a_country_read_from_end_to_end_says_what_a_province_says_that_is_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = deputies.to_dict(deputies.path_of("P", on=ON, to=TO), "en")
    monkeypatch.setattr(deputies, "MANY", 0)
    assert deputies.to_dict(deputies.path_of("P", on=ON, to=TO), "en") == looked_up
    assert looked_up["over"] and len({month["count"] for month in looked_up["path"]}) > 4


@pytest.mark.usefixtures("served")
def test_a_commune_asked_alone_has_the_groups_that_it_has_in_its_province(world: World) -> None:
    whole = {(group.word, group.unit): group for group in deputies.path_of("P", on=ON, to=TO).groups}
    compared = 0
    for code in ("P/1", "P/2"):
        for group in deputies.path_of(code, on=ON, to=TO).groups:
            other = whole[group.word, group.unit]
            assert (group.bodies, group.together, group.each) == (other.bodies, other.together, other.each)
            days = [date(year, month, 28) for year in range(2027, 2031) for month in (1, 4, 7, 10)]
            assert group.over_on(days) == [other.over(day) for day in days]
            compared += 1
    assert compared > 2
