"""Levels of competency: what is refused, what counts, what is unknown, who sees it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from canbo.development import assessing, gaps
from canbo.development.assessing import Shown
from canbo.development.models import Assessment, Objection, Proof
from canbo.evaluation.refusals import Refused
from canbo.journal.models import Entry
from canbo.registry import authority, constraints, queries
from canbo.registry.days import since
from canbo.registry.models import Account, Kinship, Membership, Training
from canbo.rules.competencies import framework_of
from canbo.rules.words import RuleError
from tests.development.competency_trials import FILE, LATER, ON, assessed, confirmed
from tests.evaluation import office as offices
from tests.evaluation.office import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def refused(do: Any) -> str:
    """The word of a refusal, once it was found in the journal as an attempt."""
    before = Entry.objects.filter(act="work.attempted").count()
    with pytest.raises(Refused) as refusal:
        do()
    assert str(refusal.value)
    assert Entry.objects.filter(act="work.attempted").count() == before + 1
    return refusal.value.why


def gap(office: Office, competency: str, on: date = LATER) -> gaps.Gap:
    return next(each for each in gaps.of_person(office.person, on=on) if each.competency.code == competency)


# ---- unknown, dated, expiring


def test_what_nobody_assessed_is_unknown_and_not_zero(office: Office) -> None:
    found = gap(office, "digital")
    assert (found.required, found.level, found.missing, found.state) == (2, None, None, gaps.UNKNOWN)


def test_a_level_counts_once_a_second_person_confirmed_it(office: Office) -> None:
    held = assessed(office, level=1)
    assert gap(office, "digital").state == gaps.UNKNOWN
    assessing.confirm(assessment=held, confirmed=True, by=office.deputy, on=LATER)
    assert gap(office, "digital", ON).level is None  # on that day nobody had confirmed it yet
    found = gap(office, "digital")
    assert (found.level, found.missing, found.state) == (1, 1, gaps.SHORT)


def test_a_requirement_of_2027_binds_nobody_in_2026(office: Office) -> None:
    confirmed(office, level=2)
    assert gap(office, "digital", date(2026, 12, 31)).state == gaps.MET
    later = gap(office, "digital", date(2027, 1, 1))
    assert (later.required, later.missing, later.state) == (3, 1, gaps.SHORT)


def test_a_level_that_expired_is_unknown_again(office: Office) -> None:
    held = confirmed(office, level=2)
    assert held.expires_on == date(2029, 5, 4)
    assert gap(office, "digital", date(2029, 5, 3)).level == 2
    assert gap(office, "digital", date(2029, 5, 4)).level is None


def test_what_no_job_asks_for_is_no_gap(office: Office) -> None:
    found = gap(office, "strategy")
    assert (found.required, found.missing, found.state) == (None, 0, gaps.MET)


def test_the_latest_confirmed_level_counts_and_a_cancelled_one_on_no_day(office: Office) -> None:
    confirmed(office, level=1)
    second = confirmed(office, level=2, on=date(2026, 7, 1))
    assert [gap(office, "digital", day).level for day in (date(2026, 6, 30), date(2026, 7, 1))] == [1, 2]
    assessing.cancel(assessment=second, why="Mixed up.", by=office.deputy, on=date(2026, 7, 2))
    assert gap(office, "digital", date(2026, 7, 1)).level == 1


# ---- what is refused


def test_from_level_three_on_nothing_goes_without_evidence(office: Office) -> None:
    assert refused(lambda: assessed(office, level=3)) == "no_evidence"
    assert assessed(office, level=3, shown=[FILE]).proofs.get().kind == Proof.Kind.FILE


def test_a_product_that_was_accepted_shows_a_level_and_one_of_another_person_does_not(office: Office) -> None:
    accepted = office.made().acceptances.get()
    held = assessed(office, level=3, shown=[Shown("product", accepted.pk)])
    assert held.proofs.get().called == "Opinion letter"
    other = office.colleague.person
    assert other is not None
    theirs = Training.objects.create(
        person=other, title="AI", stream="skills", valid=since(date(2026, 1, 5)), **office.world.mark
    )
    assert refused(lambda: assessed(office, "drafting", 3, shown=[Shown("course", theirs.pk)])) == "not_own_record"


def test_a_rater_who_is_kin_is_refused(office: Office) -> None:
    assert office.head.person is not None
    Kinship.objects.create(
        person=office.head.person, relative=office.person, relation="sibling", valid=since(None), **office.world.mark
    )
    assert refused(lambda: assessed(office)) == "conflict"


def test_whoever_assessed_does_not_confirm_and_nobody_confirms_the_own_level(office: Office) -> None:
    held = assessed(office)
    assert refused(lambda: assessing.confirm(assessment=held, confirmed=True, by=office.head, on=LATER)) == "second_person"
    own = assessing.assess(person=office.person, competency="drafting", level=2, by=office.worker, on=ON)
    assert own.side == "self"
    leading = office.granted(office.worker, "leader")
    assert refused(lambda: assessing.confirm(assessment=own, confirmed=True, by=leading, on=LATER)) == "not_allowed"


def test_the_database_too_lets_nobody_confirm_the_own_level(office: Office) -> None:
    held = assessed(office)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Assessment.objects.filter(pk=held.pk).update(state="confirmed", confirmed_by=office.worker, confirmed_on=LATER)
    assert constraints.name_of(caught.value) == "competency_confirmed_by_another"


def test_what_is_not_in_the_framework_is_refused(office: Office) -> None:
    assert refused(lambda: assessed(office, "magic")) == "no_competency"
    assert refused(lambda: assessed(office, on=date(2025, 12, 31))) == "no_competency"
    assert refused(lambda: assessed(office, level=6)) == "level"
    assert refused(lambda: assessed(office, by=office.colleague)) == "not_allowed"


def test_not_confirming_needs_a_reason_and_leaves_the_level_unknown(office: Office) -> None:
    held = assessed(office)
    assert refused(lambda: assessing.confirm(assessment=held, confirmed=False, by=office.deputy, on=LATER)) == "no_reason"
    assessing.confirm(assessment=held, confirmed=False, why="No such work seen.", by=office.deputy, on=LATER)
    assert gap(office, "digital").state == gaps.UNKNOWN


def test_the_same_key_assesses_once(office: Office) -> None:
    assert assessed(office, key="k").pk == assessed(office, key="k").pk


# ---- objections


def test_an_objection_is_answered_by_somebody_who_had_no_part_and_cancels_when_it_was_right(office: Office) -> None:
    held = confirmed(office, level=1)
    assert refused(lambda: assessing.object_to(assessment=held, ground="No.", by=office.colleague, on=LATER)) == "not_own"
    filed = assessing.object_to(assessment=held, ground="I do more.", by=office.worker, on=LATER)
    assert filed.due_on == date(2026, 5, 15)  # seven working days
    part = {"assessment": held, "upheld": True, "text": "Yes.", "on": LATER}
    assert refused(lambda: assessing.answer(by=office.deputy, **part)) == "second_person"
    assessing.answer(by=office.above, **part)
    assert Objection.objects.get().state == "upheld"
    assert gap(office, "digital").state == gaps.UNKNOWN


def test_one_objection_waits_at_a_time(office: Office) -> None:
    held = confirmed(office)
    assessing.object_to(assessment=held, ground="No.", by=office.worker, on=LATER)
    assert (
        refused(lambda: assessing.object_to(assessment=held, ground="No!", by=office.worker, on=LATER))
        == "one_objection_at_a_time"
    )


# ---- what the database holds


def test_a_confirmed_level_is_not_rewritten_and_nothing_is_removed(office: Office) -> None:
    held = confirmed(office)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Assessment.objects.filter(pk=held.pk).update(level=5)
    assert constraints.name_of(caught.value) == "assessed_level_stays"
    with connection.cursor() as cursor:
        for table, right in (("assessment", "DELETE"), ("proof", "UPDATE"), ("objection", "DELETE")):
            cursor.execute("SELECT has_table_privilege(%s, %s)", [f"development_{table}", right])
            assert not cursor.fetchone()[0]


def seen_by(account: Account) -> int:
    """How many assessments an account sees through the second wall."""
    authority.open_sight(authority.reach_of(Account.objects.get(pk=account.pk)))
    return Assessment.objects.count()


def test_the_person_and_the_line_see_a_level_and_nobody_else(office: Office) -> None:
    confirmed(office)
    elsewhere = office.world.account("elsewhere", "leader", "P/2")
    assert [seen_by(each) for each in (office.worker, office.head, office.officer, office.inspector)] == [1, 1, 1, 1]
    assert [seen_by(each) for each in (office.colleague, elsewhere)] == [0, 0]


# ---- a body


def test_the_gaps_of_a_body_are_those_of_its_people_one_by_one(office: Office) -> None:
    for number, (competency, level) in enumerate((("digital", 2), ("drafting", 1), ("ethics", 2))):
        confirmed(office, competency, level, on=date(2026, 5, 4 + number))
    assert office.head.person is not None
    root, on = queries.unit("P", on=LATER).id, date(2026, 6, 1)
    by_hand: dict[tuple[int, str], tuple[int, int | None]] = {}
    for member in Membership.objects.filter(valid__contains=on).select_related("person"):
        for each in gaps.of_person(member.person, on=on):
            if each.required is not None:
                by_hand[member.person_id, each.competency.code] = (each.required, each.level)
    needs = gaps.of_body(by=office.officer, root=root, on=on)
    assert {(each.person, each.competency): (each.required, each.level) for each in needs} == by_hand
    counts = {each.competency: (each.met, each.short, each.unknown) for each in gaps.counted(by=office.officer, root=root, on=on)}
    for code in {code for _person, code in by_hand}:
        states = [each.state for each in needs if each.competency == code]
        assert counts[code] == tuple(states.count(state) for state in (gaps.MET, gaps.SHORT, gaps.UNKNOWN))
    assert counts["drafting"][1] == 1 and counts["digital"][2] > 1


def test_whoever_holds_two_posts_is_asked_for_the_highest_level_once(office: Office) -> None:
    office.world.serve(office.person, office.world.post("P/2.executive", "commune-chair"))
    assert gap(office, "ethics").required == 4
    root = queries.unit("P", on=LATER).id
    mine = [each for each in gaps.of_body(by=office.officer, root=root, on=LATER) if each.person == office.person.pk]
    assert [each.required for each in mine if each.competency == "ethics"] == [4]
    assert gaps.of_body(by=office.head, root=office.place.pk, on=LATER)
    with pytest.raises(authority.NotAllowed):
        gaps.of_body(by=office.colleague, root=root, on=LATER)


# ---- the framework as data


def test_hearsay_is_read_and_never_binds(tmp_path: Path) -> None:
    text = (assessing.corpus.find("vn") / "competencies.yaml").read_text(encoding="utf-8")
    heard = text.replace("    mark: F2", "    mark: K")
    (tmp_path / "competencies.yaml").write_text(
        heard.replace(
            "jobs: [specialist]\n    since: 2026-01-01\n    source: office",
            "jobs: [specialist]\n    since: 2026-01-01\n    source: draft",
        ),
        encoding="utf-8",
    )
    law = framework_of(tmp_path)
    assert "ethics" not in law.required(date(2026, 6, 1)).get("specialist", {})
    assert any(each.job == "specialist" and not each.counts for each in law.requirements)


def test_a_requirement_of_an_unknown_competency_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (assessing.corpus.find("vn") / "competencies.yaml").read_text(encoding="utf-8")
    (tmp_path / "competencies.yaml").write_text(text.replace("least: {digital: 3}", "least: {digitall: 3}"), encoding="utf-8")
    with pytest.raises(RuleError, match="competencies.yaml"):
        framework_of(tmp_path)
