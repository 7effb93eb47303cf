"""Talent: proposed by open criteria, recognised by another, promises with their days, the programme, targets, and who stays."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction

from canbo.development import courses, retention, talent
from canbo.development.models import Promise, Talent
from canbo.journal.models import Entry
from canbo.project.commands.talent import talent_group
from canbo.registry import constraints
from canbo.registry.days import since
from canbo.registry.models import Credential
from canbo.rules import talents
from tests.development import school as schools
from tests.development.school import CRITERIA, ON, School
from tests.evaluation.test_work import refused

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 31)


@pytest.fixture
def school(world: Any) -> School:
    return schools.build(world)


def test_somebody_is_proposed_with_what_shows_the_criteria_and_recognised_by_another(school: School) -> None:
    twin = school.granted(school.officer, "leader")
    held = school.proposed()
    told = {"talent": held, "recognised": True, "basis": "Decision 7", "on": ON}
    assert refused(lambda: talent.recognise(**told, by=twin)) == "second_person"
    assert refused(lambda: talent.recognise(**told, by=school.own)) == "not_allowed"
    done = talent.recognise(**told, by=school.chief)
    assert (done.state, done.entry.act) == ("recognised", "talent.proposed")
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Talent.objects.filter(pk=held.pk).update(basis="Another")
    assert constraints.name_of(problem.value) == "decided_development_stays"


def test_too_few_criteria_and_a_name_that_is_neither_here_nor_outside_are_refused(school: School) -> None:
    assert refused(lambda: school.proposed(criteria={"result": "Products", "fame": "Much"})) == "criteria"
    assert refused(lambda: school.proposed(person=None)) == "who"
    assert refused(lambda: school.proposed(way="called")) == "who"
    assert refused(lambda: school.proposed(kind="none")) == "kind"


def test_a_chief_engineer_with_nine_years_is_not_recognised_and_the_article_is_kept(school: School) -> None:
    outside = {
        "person": None,
        "name": "Lê An",
        "comes_from": "A software company",
        "way": "called",
        "kind": "expert",
        "post": "system_chief_engineer",
    }
    short = school.recognised(**outside, experience_years=9)
    assert short.state == "declined"
    assert [each["id"] for each in short.verdict["articles"] if each["outcome"] == "fail"] == [
        "vn/state/decree-231-2025/experience"
    ]
    assert school.recognised(**{**outside, "name": "Lê Bình"}, experience_years=10).state == "recognised"


def test_an_allowance_is_what_the_article_gives_and_hearsay_gives_none(school: School) -> None:
    held = school.recognised()
    made = talent.promise(talent=held, kind="allowance", text="Each month", due_on=DUE, by=school.officer, on=ON)
    assert (made.amount, made.article) == (15_000_000, "vn/state/decree-179-2024/art-15/extra")
    young = school.recognised(person=None, name="Trần Chi", comes_from="A university", way="called", kind="graduate")
    told = {"talent": young, "kind": "allowance", "text": "Each month", "due_on": DUE, "by": school.officer, "on": ON}
    assert refused(lambda: talent.promise(**told)) == "no_article"


def test_a_promise_is_due_overdue_kept_or_kept_late(school: School) -> None:
    made = talent.promise(talent=school.recognised(), kind="housing", text="A flat", due_on=DUE, by=school.officer, on=ON)
    assert (made.state(ON), made.state(date(2027, 1, 1))) == ("due", "overdue")
    assert refused(lambda: talent.keep(promise=made, evidence="", by=school.officer, on=ON)) == "no_evidence"
    kept = talent.keep(promise=made, evidence="Contract 3", by=school.officer, on=date(2027, 2, 1))
    assert kept.state(date(2027, 2, 1)) == "kept_late"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Promise.objects.filter(pk=made.pk).update(due_on=date(2028, 1, 1))
    assert constraints.name_of(problem.value) == "promise_stays"


def test_nothing_is_promised_to_who_was_not_recognised(school: School) -> None:
    told = {"kind": "housing", "text": "A flat", "due_on": DUE, "by": school.officer, "on": ON}
    assert refused(lambda: talent.promise(talent=school.proposed(), **told)) == "not_recognised"


def test_a_group_is_open_only_while_a_text_that_names_it_is_in_force(school: School) -> None:
    law, groups = courses.law(), talents.of(courses.law()).groups
    assert talents.rests_on(groups["women"], law, date(2025, 6, 1)) == "vn/party/50-qd-tw/women"
    assert talents.rests_on(groups["women"], law, ON) is None and talents.rests_on(groups["minority"], law, ON) is None
    assert talents.rests_on(groups["young"], law, ON) == "young_age"
    told = {"person": school.worker, "why": "Learns fast.", "by": school.officer, "on": ON}
    assert refused(lambda: talent.nominate(**told, group="women")) == "group_closed"
    assert refused(lambda: talent.nominate(**told, group="minority")) == "group_closed"


def test_the_young_and_those_who_studied_science_are_taken_by_another(school: School) -> None:
    told = {"why": "Learns fast.", "by": school.officer, "on": ON}
    held = talent.nominate(**told, person=school.worker, group="young")
    assert refused(lambda: talent.take(potential=held, taken=True, by=school.officer, on=ON)) == "not_allowed"
    assert talent.take(potential=held, taken=True, by=school.chief, on=ON).state == "taken"
    assert refused(lambda: talent.nominate(**told, person=school.soon, group="science")) == "not_in_group"
    Credential.objects.create(person=school.soon, level=4, subject="physics", valid=since(date(2012, 6, 1)), **school.world.mark)
    assert talent.nominate(**told, person=school.soon, group="science").rests_on == "office"


def test_a_member_of_the_programme_is_wished_a_course_in_a_new_field(school: School) -> None:
    held = talent.nominate(person=school.worker, group="young", why="Learns fast.", by=school.officer, on=ON)
    talent.take(potential=held, taken=True, by=school.chief, on=ON)
    place = school.plan().places.get(person=school.worker, course="ai-work")
    assert [need["kind"] for need in place.needs] == ["potential"] and place.taken


def test_the_targets_are_counted_and_the_articles_say_whether_they_are_reached(school: School) -> None:
    school.recognised(criteria=CRITERIA)
    found = {each.name: each for each in talent.board(by=school.officer, root=school.place.pk, on=ON).targets}
    assert (found["recruits"].share, found["recruits"].said["outcome"]) == (None, "unknown")  # nobody was recruited this year
    assert (found["science"].share, found["science"].said["outcome"]) == (0.0, "fail")
    assert found["science"].among == 7


def test_who_stays_is_told_of_groups_and_never_of_a_few(school: School) -> None:
    found = retention.retention(by=school.officer, root=school.place.pk, on=ON)
    assert found.everyone.people == 6 and not found.everyone.shown  # the seventh came later
    assert all(not each.stay.shown for each in found.groups)


def test_of_a_larger_body_the_share_that_stays_is_shown_and_the_retired_are_no_leavers(school: School) -> None:
    crowd = school.world.post("P/2.executive", "specialist", seats=60)
    for seat in range(1, 61):
        ends = date(2025, 6, 1) if seat <= 24 else None
        ending = None if ends is None else (5 if seat <= 12 else 4)
        school.world.serve(school.world.person(), crowd, valid=since(date(2022, 1, 1), ends), seat=seat, ending=ending)
    found = retention.retention(by=school.officer, root=school.world.organizations["P/2"].pk, on=ON)
    assert (found.everyone.people, found.everyone.left) == (60, 12)
    assert found.everyone.share == pytest.approx(48 / 60, abs=0.02)


# ---- by command


def board(*typed: str) -> tuple[int, Any]:
    result = CliRunner().invoke(talent_group, ["board", *typed, "--json"])
    assert result.output, result.exception
    return result.exit_code, json.loads(result.output)


def test_the_board_tells_talents_promises_and_targets_and_ends_by_whether_a_promise_is_overdue(school: School) -> None:
    held, waits = school.recognised(), school.proposed(person=None, name="Trần Chi", comes_from="A university", way="called")
    made = talent.promise(talent=held, kind="housing", text="A flat", due_on=DUE, by=school.officer, on=ON)
    code, told = board(schools.PLACE, "--on", str(DUE))
    assert code == 0 and {"organization", "on", "talents", "promises", "targets"} == set(told)
    assert (told["organization"], told["on"]) == (schools.PLACE, str(DUE))
    talents_ = {each["id"]: each for each in told["talents"]}
    assert talents_[held.pk] == {
        "id": held.pk,
        "person": school.worker.pk,
        "kind": "serving",
        "way": "serving",
        "state": "recognised",
    }
    assert (talents_[waits.pk]["person"], talents_[waits.pk]["state"]) == (None, "proposed")
    assert told["promises"] == [{"talent": held.pk, "kind": "housing", "due_on": str(DUE), "state": "due"}]
    found = {each.name: each for each in talent.board(by=school.officer, root=school.place.pk, on=DUE).targets}
    assert {each["name"]: (each["share"], each["among"], each["article"]) for each in told["targets"]} == {
        name: (each.share, each.among, each.said["id"]) for name, each in found.items()
    }
    assert all(each["said"] in {"pass", "fail", "unknown"} for each in told["targets"])
    code, told = board(schools.PLACE, "--on", "2027-01-01")
    assert (code, told["promises"][0]["state"]) == (3, "overdue")
    talent.keep(promise=made, evidence="Contract 3", by=school.officer, on=date(2027, 1, 2))
    code, told = board(schools.PLACE, "--on", "2027-01-02")
    assert (code, told["promises"][0]["state"]) == (0, "kept_late")
    assert board("P/1", "--on", str(DUE))[1]["talents"] == told["talents"] and board("Q", "--on", str(DUE))[1]["talents"] == []


def test_names_shown_on_the_board_by_command_stand_in_the_journal(school: School) -> None:
    school.recognised()
    board(schools.PLACE, "--on", str(DUE))
    entry = Entry.objects.filter(act="staff.read").latest("pk")
    assert school.worker.pk in entry.payload["persons"]


@pytest.mark.parametrize(("typed", "code", "said"), [
    (("P/nowhere",), 1, "P/nowhere"), (("P/1", "--on", "yesterday"), 2, "yesterday"), ((), 2, "CODE"), (("P/1", "P/2"), 2, "P/2"),
    (("P/1", "--periods", "2026"), 2, "--periods"),
])  # fmt: skip
def test_wrong_words_after_the_board_are_named_and_nothing_is_told(
    school: School,
    typed: tuple[str, ...],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from canbo.project import cli

    school.recognised()
    monkeypatch.setattr(cli, "require_free_space", lambda: None)
    monkeypatch.setattr(sys, "argv", ["canbo", "talent", "board", *typed, "--json"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (code, "") and said in err
