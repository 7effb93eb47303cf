"""A quarter seen from many sides in the demo world: what is planted are inputs, what is found the register finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction

from canbo.development.models import Enrolment, Plan, Talent
from canbo.evaluation import raters, sides, tallying
from canbo.evaluation.models import Doubt, Evaluation, Round, Tally
from canbo.procedures import cases, consequences
from canbo.procedures.models import Case
from canbo.project.world import stories, year_of_sides
from canbo.project.world.sides_cast import Quarter
from canbo.project.world.sides_marks import Marks
from canbo.registry import authority, intake
from canbo.registry.models import Rating
from canbo.rules.evaluation.periods import Period
from tests.demo_world.test_stories import rows_of_everything

TODAY = date(2026, 11, 27)
GROUND = "vn/state/300-2026/art-53-1-d/two-failed-years"
PEOPLE = 9  # of a body: enough for a line, and quick


@dataclass
class Told:
    """The story as it was told: its quarter, its rounds by key, and the answers of each as they were added up."""

    quarter: Quarter
    rounds: dict[str, Round]
    answers: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(_loaded_template: dict[str, Any], django_db_blocker: Any) -> Iterator[Told]:
    """The story told once in the small world; what a test writes beyond it is taken back."""
    from django.conf import settings

    from tests.conftest import _connected_to

    patch = pytest.MonkeyPatch()
    patch.setattr(settings, "CANBO_DEMO", True)  # practice keys sign
    answers: dict[int, list[dict[str, Any]]] = {}
    seen: list[Quarter] = []

    def tally(held: Round, given: Sequence[dict[str, Any]]) -> None:
        answers[held.pk] = [dict(each) for each in given]
        plain(held, given)

    def follow(quarter: Quarter, rounds: Sequence[Round]) -> None:
        seen.append(quarter)
        after(quarter, rounds)

    plain, after = tallying.tally, year_of_sides.sides_after.tell
    patch.setattr(tallying, "tally", tally)
    patch.setattr(year_of_sides.sides_after, "tell", follow)
    # who is drawn hangs on a secret of the round: here on the two people alone, so that each run asks the same
    patch.setattr(raters, "_lot", lambda _ident, ratee, rater: sha256(f"{ratee} {rater}".encode()).digest())
    with django_db_blocker.unblock(), _connected_to(_loaded_template["name"]), transaction.atomic():
        authority.open_sight(authority.reach_of(intake.console()))
        cast = stories.cast_of(TODAY)
        assert cast is not None
        book = year_of_sides.recipe() | {"people": PEOPLE}
        rounds = year_of_sides.tell(cast, book)
        patch.setattr(tallying, "tally", plain)
        authority.open_sight(authority.reach_of(intake.console()))
        yield Told(seen[0], dict(zip([each["key"] for each in book["rounds"]], rounds, strict=True)), answers)
        transaction.set_rollback(True)
    patch.undo()


def asked_about(told: Told, name: str) -> list[tuple[str, list[int], int]]:
    """What a round made people ask: kind, whom it names, which body."""
    return list(Doubt.objects.filter(round=told.rounds[name]).order_by("kind").values_list("kind", "persons", "organization_id"))


def without(told: Told, *names: str) -> Quarter:
    """The quarter as if something had not been planted."""
    book = told.quarter.book
    planted = {name: each for name, each in book["planted"].items() if name not in names}
    chosen = {name: each for name, each in told.quarter.chosen.items() if name not in names}
    return replace(told.quarter, book={**book, "planted": planted}, chosen=chosen)


def asked_again(told: Told, round_: str, quarter: Quarter) -> list[str]:
    """The kinds of questions of a round, were its answers those of another quarter by the same people about the same."""
    held = told.rounds[round_]
    marks, gave = Marks(quarter, held), {(each["rater"], each["ratee"]) for each in told.answers[held.pk]}
    lines = [one for one in held.asked.select_related("round") if (one.rater_id, one.ratee_id) in gave]
    answers = [
        {"rater": one.rater_id, "ratee": one.ratee_id, "side": one.side, "marks": marks.of(one), "text": ""} for one in lines
    ]
    return sorted(each.kind for each in tallying._severity(held, sides.law(), answers).get("questions", ()))


# ---- each is found, and nobody else


def test_each_round_asks_about_whom_it_was_planted_on_and_about_nobody_else(told: Told) -> None:
    chosen = told.quarter.chosen
    (star,) = chosen["star"]
    economy = told.quarter.bodies["31/10549.executive.economy"]
    division = told.quarter.bodies["31.executive.home-affairs.professional-1"]
    assert asked_about(told, "department") == [("overlooked", [star], division.id)]
    assert asked_about(told, "front") == [("ring", sorted(chosen["ring"]), told.rounds["front"].organization_id)]
    assert asked_about(told, "economy") == [("inflation_results", [], economy.id)]
    for honest in ("office", "culture", "front-2", "front-3"):
        assert asked_about(told, honest) == []
    assert all(Doubt.objects.values_list("answer", flat=True))  # people answered each


def test_answers_reckoned_again_ask_the_same_and_without_what_was_planted_nothing(told: Told) -> None:
    kinds = {"department": ["overlooked"], "front": ["ring"], "economy": ["inflation_results"]}
    assert {name: asked_again(told, name, told.quarter) for name in kinds} == kinds
    honest = without(told, *told.quarter.book["planted"])
    assert {name: asked_again(told, name, honest) for name in told.rounds} == {name: [] for name in told.rounds}


@pytest.mark.parametrize(("name", "round_"), [("star", "department"), ("ring", "front"), ("inflated", "economy")])
def test_what_is_not_planted_is_not_asked_about_though_the_others_are(told: Told, name: str, round_: str) -> None:
    assert asked_again(told, round_, without(told, name)) == []


def test_the_star_is_asked_about_for_the_work_and_not_for_the_marks_alone(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    (star,), plain = told.quarter.chosen["star"], tallying._results
    monkeypatch.setattr(tallying, "_results", lambda *asked: {**plain(*asked), star: 75.0})
    assert asked_again(told, "department", told.quarter) == []


def test_the_question_about_the_star_says_in_figures_why(told: Told) -> None:
    evidence = Doubt.objects.get(kind="overlooked").evidence
    assert evidence["result"] == 100 > evidence["middle"]
    assert evidence["given"] < evidence["expected"] - 2 * evidence["error"] and evidence["fair"] > evidence["given"]
    assert "people" not in evidence  # the round was anonymous: who marked stands nowhere
    head = Evaluation.objects.get(person_id=told.quarter.chosen["star"][0], period=str(told.quarter.period))
    assert sum(head.general.values()) < sum(head.own_general.values())


# ---- each is carried to a proposal, and what follows


def test_the_star_goes_to_recognition_a_plan_and_a_course_that_was_passed(told: Told) -> None:
    (star,) = told.quarter.chosen["star"]
    talent = Talent.objects.get(person_id=star)
    assert talent.state == Talent.State.RECOGNISED and "100.0%" in talent.criteria["result"]
    case = Case.objects.get(procedure="succession-plan")
    assert case.state == Case.State.DECIDED and case.candidates.get().person_id == star
    held = Enrolment.objects.get(person_id=star)
    assert (
        held.place is not None
        and held.place.plan.state == Plan.State.APPROVED
        and held.place.plan.proposed_by != held.place.plan.approved_by
    )
    assert held.state == Enrolment.State.PASSED and held.record["kind"] == "training"
    assert {need["kind"] for need in held.place.needs} & {"gap", "successor"}


def test_grades_of_the_inflated_body_are_cancelled_and_judged_anew_by_people(told: Told) -> None:
    fresh = Evaluation.objects.filter(replaces__isnull=False).order_by("state")
    economy = told.quarter.bodies["31/10549.executive.economy"]
    assert {each.organization_id for each in fresh} == {economy.id}
    waits, decided = fresh
    assert waits.state == Evaluation.State.ASSESSED and decided.state == Evaluation.State.PUBLISHED
    assert decided.score < decided.replaces.score and decided.replaces.state == Evaluation.State.CANCELLED


def test_the_body_of_the_ring_is_asked_once_more_without_names(told: Told) -> None:
    again = Round.objects.get(organization=told.rounds["front"].organization, state=Round.State.OPEN)
    assert again.anonymous and again.opened_on == TODAY


def test_two_failed_years_propose_the_dismissal_of_the_weak_chief_and_of_nobody_else(told: Told) -> None:
    (chief,) = told.quarter.chosen["weak"]
    case = Case.objects.get(procedure="dismissal")
    assert (case.person_id, case.state, cases.current(case).name) == (chief, Case.State.OPEN, "sign")  # type: ignore[union-attr]
    failed = consequences.ground_of(case)
    assert failed is not None and failed.grade == "not_completed" and GROUND in case.terms["evaluation"]["articles"]
    officer, day = told.quarter.bodies["31.executive.home-affairs.professional-2"].office.drafter, told.quarter.on(62)
    proposed = consequences.propose(evaluation=failed, by=officer, on=day)
    assert case in [each.opened for each in proposed]
    with transaction.atomic():
        Rating.objects.filter(person_id=chief, valid__contains=date(failed.first.year - 1, 6, 1)).delete()
        assert "dismissal" not in [each.procedure for each in consequences.propose(evaluation=failed, by=officer, on=day)]
        transaction.set_rollback(True)
    for body in told.quarter.bodies.values():
        whole = (
            consequences.of_body(by=officer, root=body.id, on=day, period=Period(failed.first, "year"))
            if body.code.startswith("31.")
            else []
        )
        assert {each.person for each in whole if each.procedure == "dismissal"} <= {chief}


def test_those_led_mark_the_weak_chief_low_and_the_own_quarter_failed(told: Told) -> None:
    (chief,) = told.quarter.chosen["weak"]
    heads = Tally.objects.filter(round=told.rounds["department"], side="subordinate", counts__isnull=False)
    led = {each.person_id: _mean(each.counts["leading"]) for each in heads}
    assert min(led, key=lambda person: led[person]) == chief and led[chief] < 2.5
    assert Evaluation.objects.get(person_id=chief, period=str(told.quarter.period)).grade == "not_completed"


def _mean(counts: list[int]) -> float:
    return sum(at * count for at, count in enumerate(counts[:-1], start=1)) / sum(counts[:-1])


def test_telling_it_again_changes_nothing(told: Told) -> None:
    written = rows_of_everything()
    year_of_sides.tell(told.quarter.cast, told.quarter.book)
    authority.open_sight(authority.reach_of(intake.console()))
    assert rows_of_everything() == written
