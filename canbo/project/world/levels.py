"""Levels of competency in the demo world: a department and a commune whose people were assessed, and a few acts in full.

Most come in one go with one entry for the body, as an office brings its own list; what waits, is objected to or turned down
is told through the services. Each has a key: a demo that was stopped goes on where it was.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import translation

from canbo.development import assessing, gaps
from canbo.development.assessing import Shown
from canbo.development.models import Assessment, Proof
from canbo.evaluation.refusals import Refused
from canbo.journal import entries
from canbo.project.world.story_cast import Cast
from canbo.registry import authority, queries
from canbo.registry.models import Organization, Person

log = logging.getLogger("canbo.stories")
#: A department with its divisions, and the commune of the demo's civil servant with all its bodies.
PLACES = ("31.executive.home-affairs", "31/10507")
#: Where a few acts are told in full.
OFFICES = ("31.executive.home-affairs.planning", "31/10507.executive.service-centre")
ASSESSED = date(2026, 3, 16)
#: Of a hundred levels: how many nobody assessed, how many fall short by one.
UNASSESSED, SHORT = 12, 24
WEAK = {"digital": 30, "language": 25}  # of a hundred more fall short in these


def tell(cast: Cast) -> int:
    """Bring in the levels of both places, and tell what waits; how many levels stand. A smaller world has no such places."""
    made = 0
    for code in PLACES:
        with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE), transaction.atomic():
            try:
                made += _bring_in(cast, queries.unit(code, on=cast.on).id)
            except queries.NotInRegister:
                continue
    for code in OFFICES:
        with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE):
            try:
                _tell_office(cast, queries.unit(code, on=cast.on).id)
            except (queries.NotInRegister, Refused) as problem:
                log.warning("Levels of %s were not told: %s", code, problem)
    return made


def _bring_in(cast: Cast, root: int) -> int:
    """The levels of everybody in a body and beneath it, assessed by its head and confirmed by an officer of its unit."""
    key = f"levels:{root}"
    if entries.once(key) is not None:
        return 0
    head, second = cast.plays("approver", root), cast.plays("drafter", root)
    needs = gaps.of_body(by=cast.console, root=root, on=cast.on)
    on, chance = min(ASSESSED, cast.on), np.random.default_rng(root)
    law = assessing.framework()
    entry = entries.record(
        "competency.assessed", by=head, about=Organization(pk=root), on=on, key=key, payload={"list": len(needs)}
    )
    shows = {person: assessing.showing(Person(pk=person), on) for person in {need.person for need in needs}}
    rows = []
    for need in needs:
        drawn, weak = chance.integers(0, 100), WEAK.get(need.competency, 0)
        level = need.required - 1 if drawn < UNASSESSED + SHORT + weak else need.required + int(drawn > 92)
        shown = level < law.evidence_from or shows[need.person]
        if drawn < UNASSESSED or not level or not shown or need.person in (head.person_id, second.person_id):
            continue
        months = law.competencies[need.competency].months
        rows.append(Assessment(
            person_id=need.person, organization_id=need.organization, competency=need.competency, level=min(level, 5), side="superior",
            assessed_on=on, expires_on=date(on.year + months // 12, on.month, on.day) if months else None, assessed_by=head, entry=entry,
        ))  # fmt: skip
    made = Assessment.objects.bulk_create(rows)
    first = {person: found[0] for person, found in shows.items() if found}
    Proof.objects.bulk_create(
        Proof(
            assessment=each, kind=first[each.person_id][0][0], number=first[each.person_id][0][1], called=first[each.person_id][1]
        )
        for each in made
        if each.level >= law.evidence_from
    )
    Assessment.objects.filter(entry=entry).update(state="confirmed", confirmed_by=second, confirmed_on=on + timedelta(days=3))
    return len(made)


def _tell_office(cast: Cast, body: int) -> None:
    """One says more of the own level and waits; one objects; one level was not confirmed."""
    head = cast.plays("approver", body)
    second = cast.plays("drafter", body)
    people = sorted(
        {need.person for need in gaps.of_body(by=cast.console, root=body, on=cast.on)} - {head.person_id, second.person_id}
    )
    day = cast.on - timedelta(days=9)
    for number, person in enumerate(people[:4]):
        subject, key = Person.objects.get(pk=person), f"levels:{body}:{person}"
        own = cast.account(person)
        with transaction.atomic():
            shown = [Shown(*pair[0]) for pair in assessing.showing(subject, day)[:2]]
            if number in (0, 3) and shown:
                assessing.assess(
                    person=subject, competency="digital", level=3, shown=shown, remark="Đã tự động hóa báo cáo tuần của phòng.", by=own,
                    on=day, key=f"{key}:own",
                )  # fmt: skip
            if number == 1:
                held = assessing.assess(person=subject, competency="communication", level=1, by=head, on=day, key=f"{key}:head")
                assessing.confirm(assessment=held, confirmed=True, by=second, on=day + timedelta(days=1), key=f"{key}:second")
                ground = "Ba kỳ tiếp dân vừa qua không có phản ánh nào về tôi."
                assessing.object_to(assessment=held, ground=ground, by=own, on=day + timedelta(days=4), key=f"{key}:object")
            if number == 2:
                held = assessing.assess(person=subject, competency="drafting", level=2, by=own, on=day, key=f"{key}:own")
                told = {"confirmed": False, "why": "Các dự thảo gần đây còn phải sửa nhiều về thể thức.", "by": second}
                assessing.confirm(assessment=held, on=day + timedelta(days=1), key=f"{key}:second", **told)
