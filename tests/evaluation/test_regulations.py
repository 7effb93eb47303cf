"""The regulation of a public service unit: drafted by one, approved by another, dated; scores follow it, and stay when it changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.evaluation import board, grading, inputs, regulations, work
from canbo.evaluation.models import Evaluation, Regulation
from canbo.evaluation.refusals import Refused
from canbo.journal.models import Entry
from canbo.project.commands.evaluation import evaluate
from canbo.project.commands.regulation import work_group
from canbo.registry import authority, constraints
from canbo.registry.models import Account
from canbo.rules.evaluation.periods import parse
from canbo.rules.evaluation.person import Evaluated
from tests.evaluation import school as schools
from tests.evaluation.school import ISSUED, LEADING, OCTOBER, SEPTEMBER, STAFF, School
from tests.evaluation.test_commands import ran
from tests.evaluation.test_work import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(world: Any) -> School:
    return schools.build(world)


def rows(school: School, period: str = SEPTEMBER, on: date = OCTOBER) -> dict[int, board.Row]:
    span = parse(period)
    assert span is not None
    return {each.member.person: each for each in board.of_body(by=school.above, root=school.place.pk, period=span, on=on)}


def of(school: School, account: Account, **asked: Any) -> board.Row:
    assert account.person is not None
    return rows(school, **asked)[account.person.pk]


def told_in(school: School, account: Account, period: str = SEPTEMBER, on: date = OCTOBER) -> Evaluated:
    """What the explaining reader says of the same person."""
    span = parse(period)
    assert span is not None and account.person is not None
    served = inputs.members([school.place.pk, school.team.pk], span)
    member = next(each for each in served if each.person == account.person.pk)
    held = inputs.held([account.person.pk], span)
    staff = grading.staff_scores(member, span) if member.leads else None
    return inputs.reckoned(inputs.written(inputs.file_of(member, span, held, on=on, staff=staff, settled=True)), on=on)


# ---- who drafts, who approves


def test_one_person_drafts_and_another_approves(school: School) -> None:
    made = school.drafted()
    told = {"organization": school.place, "regulation": made, "on": ISSUED}
    assert regulations.in_force(school.place.pk, date(2026, 9, 30)) is None
    own = school.world.account("both", "leader", schools.SCHOOL)
    second = school.drafted(by=own)
    assert refused(lambda: regulations.approve(**{**told, "regulation": second}, by=own)) == "second_person"
    assert refused(lambda: regulations.approve(**told, by=school.officer)) == "not_allowed"
    assert refused(lambda: regulations.approve(**told, by=school.head)) == "newer_draft"
    held = regulations.approve(**{**told, "regulation": second}, by=school.head)
    assert (held.state, held.approved_by, held.approved_on) == ("approved", school.head, ISSUED)
    assert regulations.in_force(school.place.pk, date(2026, 9, 1)) == held
    assert refused(lambda: regulations.approve(**{**told, "regulation": second}, by=school.above)) == "approved"


def test_each_act_stands_in_the_journal_once_however_often_its_key_is_sent(school: School) -> None:
    first, again = school.drafted(key="draft"), school.drafted(key="draft")
    told = {"organization": school.place, "regulation": first, "by": school.head, "on": ISSUED}
    assert first == again
    assert regulations.approve(**told, key="approve") == regulations.approve(**told, key="approve")
    last = {**told, "until": date(2026, 10, 1), "basis": "Letter 3"}
    assert regulations.withdraw(**last, key="withdraw") == regulations.withdraw(**last, key="withdraw")
    assert school.drafted(key="draft") == first  # also once it was approved and withdrawn
    acts = Entry.objects.filter(act__startswith="regulation.").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["regulation.drafted", "regulation.approved", "regulation.withdrawn"]
    assert Entry.objects.get(act="regulation.drafted").payload["leading"]["dd"] == 10


# ---- what cannot be


@pytest.mark.parametrize(("asked", "why", "said"), [
    ({"weights": {**STAFF, "a": Decimal(20)}}, "weights", ("60", "70")),
    ({"weights": {**STAFF, "a": Decimal(40)}}, "weights", ("80", "70")),
    ({"leading": {**LEADING, "e": Decimal("5.1")}}, "weights", ("70.1", "70")),
    ({"weights": {"a": Decimal(40), "b": Decimal(30)}}, "criteria", ("a, b, c", "a, b")),
    ({"weights": LEADING}, "criteria", ("a, b, c, d, dd, e",)),
    ({"leading": STAFF}, "criteria", ("a, b, c, d, dd, e",)),
    ({"weights": {**STAFF, "a": Decimal(0)}}, "points", ("a", "0")),
    ({"weights": {"a": Decimal("30.25"), "b": Decimal("25.25"), "c": Decimal("14.5")}}, "points", ("30.25",)),
    ({"weights": {**STAFF, "a": Decimal("NaN")}}, "points", ("NaN",)),
    ({"general": {"1": Decimal(10), "2": Decimal(10), "3": Decimal(9)}}, "weights", ("29", "30")),
    ({"number": "  "}, "no_number", ()),
    ({"dated": date(2026, 8, 21)}, "dated_ahead", ("2026",)),
    ({"since": date(2025, 9, 1)}, "no_law", ("2025",)),
])  # fmt: skip
def test_a_regulation_that_cannot_stand_is_refused_with_what_was_found_and_expected(
    school: School, asked: dict[str, Any], why: str, said: tuple[str, ...]
) -> None:
    with pytest.raises(Refused) as refusal:
        school.drafted(**asked)
    assert refusal.value.why == why
    assert all(word in str(refusal.value) for word in said)
    assert not Regulation.objects.exists()
    assert Entry.objects.filter(act="work.attempted").latest("pk").payload["why"] == why


def test_only_a_public_service_unit_has_one(school: School) -> None:
    with pytest.raises(Refused) as refusal:
        school.drafted(organization=school.world.organizations["P/1.executive"])
    assert refusal.value.why == "no_service_unit" and "People's Committee" in str(refusal.value)
    assert refused(lambda: school.drafted(organization=school.team)) == "no_service_unit"  # a part follows its unit


def test_the_database_holds_the_same(school: School) -> None:
    def broken(**changed: Any) -> str | None:
        made = school.drafted()
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Regulation.objects.filter(pk=made.pk).update(**changed)
        return constraints.name_of(problem.value)

    approved = {"state": "approved", "approved_on": ISSUED}
    assert broken(**approved, approved_by=school.officer) == "regulation_approved_by_another"
    assert broken(weights={"a": 70}) == "regulation_stays"
    assert broken(state="withdrawn") == "regulation_stays"
    held = school.approved()
    for changed in ({"weights": {"a": 70}}, {"since": date(2026, 1, 1)}, {"number": "13"}, {"state": "draft"}):
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Regulation.objects.filter(pk=held.pk).update(**changed)
        assert constraints.name_of(problem.value) == "regulation_stays"
    fields = {name: getattr(held, name) for name in ("organization", "number", "dated", "drafted_by", "drafted_on", "leading")}
    for weights in ({"a": 30, "b": 20, "c": 10}, {"a": 70}, {"a": 70, "b": 0, "c": 0}, {}):
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Regulation.objects.create(since=date(2027, 1, 1), weights=weights, **fields)
        assert constraints.name_of(problem.value) == "regulation_weights_sum"


def test_whoever_reaches_the_unit_writes_it_and_everybody_may_read_it(school: School) -> None:
    held = school.drafted()

    def changes(account: Account) -> tuple[int, int]:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            seen = Regulation.objects.count()
            told = {"state": "approved", "approved_by": school.above, "approved_on": ISSUED}
            changed = Regulation.objects.filter(pk=held.pk).update(**told)
            transaction.set_rollback(True)
        return seen, changed

    assert changes(school.head) == changes(school.officer) == (1, 1)
    assert changes(school.teacher) == changes(school.world.account("elsewhere", "leader", "Q")) == (1, 0)


# ---- from which day


def test_a_day_by_whose_law_somebody_was_decided_on_is_refused_and_so_is_one_before_another_regulation(school: School) -> None:
    first = school.approved()
    school.made(school.teacher)
    assert school.decided(school.teacher).grade == "excellent"
    told = {"on": OCTOBER, "dated": OCTOBER, "number": "15/QC", "weights": {"a": Decimal(10), "b": Decimal(10), "c": Decimal(50)}}
    assert refused(lambda: school.drafted(**told, since=date(2026, 9, 15))) == "retroactive"
    assert refused(lambda: school.drafted(**told, since=date(2026, 9, 30))) == "retroactive"
    last = {"organization": school.place, "regulation": first, "basis": "Letter 3", "by": school.head, "on": OCTOBER}
    assert refused(lambda: regulations.withdraw(**last, until=date(2026, 9, 30))) == "retroactive"
    second = school.approved(**told, since=date(2026, 10, 1))
    assert refused(lambda: school.drafted(**told, since=date(2026, 10, 1))) == "later_regulation"
    assert regulations.in_force(school.place.pk, date(2026, 9, 30)) == first
    assert regulations.in_force(school.place.pk, date(2026, 10, 1)) == second
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Regulation.objects.filter(pk=first.pk).update(
            state="withdrawn", until=date(2026, 9, 15), withdrawn_by=school.head, withdrawn_on=OCTOBER, withdrawn_basis="x"
        )
    assert constraints.name_of(problem.value) == "regulation_not_backwards"


def test_a_draft_whose_day_was_overtaken_by_a_decision_is_not_approved(school: School) -> None:
    school.approved()
    waiting = school.drafted(since=date(2026, 9, 15), number="15/QC")
    school.made(school.teacher)
    school.decided(school.teacher)
    told = {"organization": school.place, "regulation": waiting, "by": school.head, "on": OCTOBER}
    assert refused(lambda: regulations.approve(**told)) == "retroactive"
    approved = {"state": "approved", "approved_by": school.head, "approved_on": OCTOBER}
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Regulation.objects.filter(pk=waiting.pk).update(**approved)
    assert constraints.name_of(problem.value) == "regulation_not_backwards"


def test_a_day_that_is_over_counts_as_long_as_nobody_was_decided_on(school: School) -> None:
    school.made(school.teacher)
    school.opined(school.teacher)
    assert of(school, school.teacher).missing == ["regulation"]
    school.approved(since=date(2026, 7, 1), on=OCTOBER, dated=OCTOBER)
    assert of(school, school.teacher).grade == "excellent"


def test_a_withdrawn_regulation_holds_until_its_day_and_its_history_stays(school: School) -> None:
    held = school.approved()
    told = {"organization": school.place, "regulation": held, "by": school.head, "on": OCTOBER}
    assert refused(lambda: regulations.withdraw(**told, until=date(2026, 11, 1), basis=" ")) == "no_basis"
    assert (
        refused(lambda: regulations.withdraw(**{**told, "by": school.officer}, until=date(2026, 11, 1), basis="x"))
        == "not_allowed"
    )
    regulations.withdraw(**told, until=date(2026, 11, 1), basis="Letter 3")
    assert regulations.in_force(school.place.pk, date(2026, 10, 31)) == held
    assert regulations.in_force(school.place.pk, date(2026, 11, 1)) is None
    assert refused(lambda: regulations.withdraw(**told, until=date(2026, 12, 1), basis="Letter 4")) == "not_in_force"
    assert [each.state for each in regulations.history(school.place.pk)] == ["withdrawn"]


# ---- what follows


def test_without_a_regulation_the_score_waits_for_one(school: School) -> None:
    school.made(school.teacher)
    school.opined(school.teacher)
    row = of(school, school.teacher)
    assert (row.score, row.grade, row.missing, row.regulations) == (None, "undetermined", ["regulation"], [])
    assert row.parts["a"] == 100


def test_the_score_follows_the_regulation_and_its_formula_is_told_whole(school: School) -> None:
    school.approved()
    school.made(school.teacher, 4, 3, delays=1, days_late=2)
    school.opined(school.teacher)
    row = of(school, school.teacher)
    # general 29.5; a 75, b 75, c 75 - 18.75 = 56.25 -> 56.3
    assert row.formula.splitlines()[-1] == "score = 29.5 + 75 % × 30 + 75 % × 25.5 + 56.3 % × 14.5 = 79.3"
    assert (row.score, row.grade, row.missing) == (Decimal("79.3"), "good", [])
    weights = {"a": 30.0, "b": 25.5, "c": 14.5}
    assert row.regulations == [{"number": "12/QC", "dated": "2026-08-20", "weights": weights}]
    told = inputs.shown(told_in(school, school.teacher), "en")
    assert (told["score"], told["grade"], told["regulations"]) == (79.3, "good", row.regulations)
    assert told["sources"]["score"]["article"] == told["sources"]["grade"]["article"] in row.articles
    assert told["formula"].splitlines()[-1] == row.formula.splitlines()[-1]


def test_whoever_leads_is_weighed_by_all_six_criteria(school: School) -> None:
    school.approved()
    for account in (school.teacher, school.head):
        school.made(account)
    grading.decide(evaluation=school.opined(school.teacher), by=school.chair, on=OCTOBER)
    school.opined(school.head, unit={"organising": "all_with_initiative", "cohesion": "lasting_disunity"})
    row = of(school, school.head)
    assert row.parts["d"] is None and "d" in row.missing  # the clerk has no score yet
    school.made(school.clerk)
    school.opined(school.clerk)
    row = of(school, school.head)
    end = "score = 29.5 + 100 % × 15 + 100 % × 15 + 100 % × 10 + 100 % × 15 + 100 % × 10 + 50 % × 5 = 97"
    assert (row.score, row.formula.splitlines()[-1]) == (Decimal("97.0"), end)
    assert row.missing == ["organization"] and row.grade == "undetermined"  # no head is graded above the unit


def test_a_part_of_the_unit_follows_the_unit_and_a_civil_servant_in_it_the_decree(school: School) -> None:
    school.approved()
    for account in (school.member, school.clerk):
        school.made(account, 4, 3, delays=1, days_late=2)
        school.opined(account)
    part, clerk = of(school, school.member), of(school, school.clerk)
    assert part.regulations[0]["number"] == "12/QC" and part.score == Decimal("79.3")
    assert (clerk.regulations, clerk.score) == ([], Decimal("77.7"))  # 29.5 + (75 + 75 + 56.3) / 3 %


def test_more_than_all_points_of_the_result_nobody_has(school: School) -> None:
    school.approved()
    school.made(school.teacher, 2, 2)
    extra = work.assign(
        person=school.person, product=school.products["report"], number=Decimal(2), period=SEPTEMBER, extra="unexpected", by=school.above,
        on=schools.DUE,
    )  # fmt: skip
    work.log(assignment=extra, done=Decimal(2), day=schools.DUE, text="x", evidence="8/GV", by=school.teacher, on=schools.DUE)
    work.accept(assignment=extra, done=Decimal(2), by=school.above, on=OCTOBER)
    school.opined(school.teacher)
    row = of(school, school.teacher)
    assert row.parts["a"] == 470 and row.score == Decimal("99.5")
    assert row.formula.endswith("score = 29.5 + min(470 % × 30 + 470 % × 25.5 + 470 % × 14.5, 70) = 99.5")
    assert told_in(school, school.teacher).score == row.score


def test_a_published_grade_comes_out_the_same_after_the_regulation_changed(school: School) -> None:
    school.approved()
    school.made(school.teacher, 4, 3, delays=1, days_late=2)
    held = school.decided(school.teacher)
    held = grading.publish(evaluation=held, by=school.officer, on=OCTOBER)
    told = {"weights": {"a": Decimal(10), "b": Decimal(10), "c": Decimal(50)}, "number": "15/QC", "since": date(2026, 10, 1)}
    school.approved(**told, on=OCTOBER, dated=OCTOBER)
    held = Evaluation.objects.get(pk=held.pk)
    again = inputs.recomputed(held)
    assert (again.score, again.grade, grading.kept(again)) == (held.score, held.grade, held.found)
    assert inputs.reckoned(held.inputs, on=date(2031, 5, 6)).score == Decimal("79.3")
    row = of(school, school.teacher)
    assert row.decided and row.regulations[0]["number"] == "12/QC"


def test_each_month_of_a_year_follows_the_regulation_of_its_last_day(school: School) -> None:
    school.approved()
    told = {"weights": {"a": Decimal(10), "b": Decimal(10), "c": Decimal(50)}, "number": "15/QC"}
    school.approved(**told, since=date(2026, 10, 15))
    for period in (SEPTEMBER, "2026-10"):
        school.made(school.teacher, 4, 3, delays=1, days_late=2, period=period)
        school.opined(school.teacher, period=period, on=date(2026, 11, 2))
    on = date(2026, 11, 2)
    assert of(school, school.teacher, on=on).score == Decimal("79.3")
    assert of(school, school.teacher, period="2026-10", on=on).score == Decimal("72.7")
    found = told_in(school, school.teacher, "2026", date(2026, 12, 10))
    assert [scored.score for _work, scored in found.settled.periods] == [Decimal("79.3"), Decimal("72.7")]
    numbers = [each["number"] for each in inputs.shown(found, "en")["regulations"]]
    assert numbers == ["12/QC", "15/QC"]


tenths = st.integers(1, 699)


@st.composite
def weighings(draw: Any, names: tuple[str, ...]) -> dict[str, Decimal]:
    """Points to a tenth, each above 0, which add up to 70."""
    cuts = sorted(draw(st.sets(tenths, min_size=len(names) - 1, max_size=len(names) - 1)))
    edges = [0, *cuts, 700]
    return {name: Decimal(edges[place + 1] - edges[place]) / 10 for place, name in enumerate(names)}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    staff=weighings(("a", "b", "c")), leading=weighings(("a", "b", "c", "d", "dd", "e")), done=st.integers(0, 4), failures=st.integers(0, 4),
    delays=st.integers(0, 4), cohesion=st.sampled_from(grading.UNIT["cohesion"]), columns=st.booleans(),
)  # fmt: skip
def test_for_weights_that_add_up_to_70_a_score_is_from_0_to_100_and_the_body_says_of_each_what_is_said_of_one(
    school: School,
    staff: dict[str, Decimal],
    leading: dict[str, Decimal],
    done: int,
    failures: int,
    delays: int,
    cohesion: str,
    columns: bool,
) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(board, "FEW", 0 if columns else board.FEW)
        school.approved(weights=staff, leading=leading)
        for account in (school.teacher, school.clerk, school.head):
            school.made(account, 4, done, quality_failures=failures, delays=delays, days_late=delays)
            unit = {"organising": "all_with_initiative", "cohesion": cohesion} if account == school.head else None
            school.opined(account, unit=unit)
        found = rows(school)
        for account in (school.teacher, school.head):
            row, one = found[account.person.pk], told_in(school, account)
            if account == school.teacher:
                assert row.score is not None and 0 <= row.score <= 100
                assert (row.score, row.grade) == (one.score, one.grade)
                assert row.formula == "\n".join(line for line in one.settled.scored.lines if not line.startswith("general"))
            assert row.score is None or 0 <= row.score <= 100
        transaction.set_rollback(True)


def test_reading_the_regulations_of_a_body_is_one_question(school: School, django_assert_num_queries: Any) -> None:
    school.approved()
    days = [date(2026, month, 28) for month in range(1, 13)]
    with django_assert_num_queries(1):
        found = regulations.standing([school.place.pk, school.team.pk], days)
    assert {day.month for _body, day in found} == {9, 10, 11, 12} and len(found) == 8


# ---- by command

FILE = """
number: 12/QC
dated: 2026-08-20
since: 2026-09-01
weights: {a: 30, b: 25.5, c: 14.5}
leading: {a: 15, b: 15, c: 10, d: 15, dd: 10, e: 5}
general: {1: 12, 2: 12, 3: 6}
"""


def test_a_regulation_is_drafted_from_a_file_approved_shown_and_withdrawn_by_command(school: School, tmp_path: Path) -> None:
    file, on = tmp_path / "regulation.yaml", ("--on", "2026-08-20")
    file.write_text(FILE)
    officer, head = ("--as", school.officer.username, *on), ("--as", school.head.username, *on)
    code, made = ran(work_group, "draft-regulation", schools.SCHOOL, str(file), *officer)
    assert code == 0
    assert ran(work_group, "approve-regulation", str(made["id"]), *officer)[1]["why"] == "not_allowed"
    assert ran(work_group, "approve-regulation", str(made["id"]), *head)[0] == 0
    told = ran(work_group, "regulation", schools.SCHOOL, "--on", "2026-09-30")[1]
    assert told["in_force"]["number"] == "12/QC" and told["in_force"]["general"] == {"1": 12, "2": 12, "3": 6}
    assert (told["waiting"], len(told["history"])) == (None, 1)
    shown = CliRunner().invoke(work_group, ["regulation", schools.TEAM, "--on", "2026-09-30"]).output
    assert "12/QC" in shown and "25.5" in shown
    ended = ("withdraw-regulation", str(made["id"]), "--until", "2026-10-01", "--basis", "Letter 3")
    assert ran(work_group, *ended, *head)[0] == 0
    assert ran(work_group, "regulation", schools.SCHOOL, "--on", "2026-10-01")[1]["in_force"] is None


@pytest.mark.parametrize(("changed", "why"), [
    (("a: 30", "a: 20"), "weights"), (("a: 30, ", ""), "criteria"), (("b: 25.5", "b: many"), "file"), (("since:", "from:"), "file"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_words(
    school: School, tmp_path: Path, changed: tuple[str, str], why: str
) -> None:
    file = tmp_path / "regulation.yaml"
    file.write_text(FILE.replace(*changed))
    told = ("draft-regulation", schools.SCHOOL, str(file), "--as", school.officer.username, "--on", "2026-08-20")
    code, found = ran(work_group, *told)
    assert (code, found["done"], found["why"]) == (3, False, why) and found["said"]


def test_the_command_on_a_body_names_the_regulation_of_each(school: School) -> None:
    school.approved()
    school.made(school.teacher)
    school.opined(school.teacher)
    found = ran(evaluate, schools.SCHOOL, "--period", SEPTEMBER, "--on", str(OCTOBER))[1]
    one = next(each for each in found["people"] if each["id"] == school.person.identification_number)
    assert (one["score"], one["grade"]) == (99.5, "excellent")
    assert one["regulations"] == [{"number": "12/QC", "dated": "2026-08-20", "weights": {"a": 30, "b": 25.5, "c": 14.5}}]
