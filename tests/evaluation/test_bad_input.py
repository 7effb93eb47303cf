"""Bad input, by the names of the issue: each gets a clear answer that is kept and can be read in three languages, and nothing that
was decided is reckoned anew because of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from canbo.evaluation import grading, inputs, schemes
from canbo.evaluation.models import Evaluation
from canbo.evaluation.refusals import Refused
from canbo.journal.models import Entry
from canbo.registry import saying
from canbo.registry.days import since
from canbo.registry.models import Kinship
from canbo.rules import corpus
from canbo.rules.words import RuleError
from tests.evaluation import office as offices
from tests.evaluation import sides_office
from tests.evaluation.office import AFTER, Office
from tests.evaluation.test_grading import handbook

pytestmark = pytest.mark.django_db
YEARS_LATER = date(2033, 5, 6)


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def answer_to(do: Callable[[], Any]) -> str:
    """Why something was refused: kept in the journal as an attempt, and said again from there in three languages."""
    decided = list(Evaluation.objects.order_by("pk").values("score", "grade", "inputs", "digest", "state"))
    with pytest.raises(Refused) as refusal:
        do()
    entry = Entry.objects.filter(act="work.attempted").latest("pk")
    assert entry.payload["why"] == refusal.value.why
    said = set()
    for language in ("en", "vi", "fa"):
        with translation.override(language):
            said.add(saying.again(entry.payload["told"]))
    assert len(said) == 3 and all(len(each) > 15 for each in said), said
    assert list(Evaluation.objects.order_by("pk").values("score", "grade", "inputs", "digest", "state")) == decided
    return refusal.value.why


def test_products_added_after_the_period(office: Office) -> None:
    held = office.decided() if office.made() else None
    assert answer_to(lambda: office.assign("report", 1, on=date(2026, 4, 1))) == "after_period"
    assert answer_to(lambda: office.assign("report", 1)) == "period_closed"  # dated back into it
    assert held is not None and inputs.recomputed(held).score == held.score


def test_nothing_assigned(office: Office) -> None:
    held = office.opined()
    assert answer_to(lambda: grading.decide(evaluation=held, by=office.head, on=AFTER)) == "undetermined"
    assert answer_to(lambda: grading.decide(evaluation=held, by=office.head, on=AFTER, grade="good")) == "no_reason"
    decided = grading.decide(evaluation=held, by=office.head, on=AFTER, grade="good", why="Seconded all month.")
    assert decided.undetermined and decided.score is None


def test_a_above_one_hundred_per_cent(office: Office) -> None:
    held = office.assign("letter", 2)
    office.log(held, 3)
    assert answer_to(lambda: office.accept(held, 3)) == "above_assigned"
    office.accept(held, 2)
    extra = office.assign("letter", 1, extra="unexpected")
    office.log(extra, 1)
    office.accept(extra, 1)
    decided = office.decided()
    assert decided.found["parts"]["a"] == 150.0  # the decree states no cap; the reading that caps is shown beside
    capped = {
        each.way: each.parts["a"]
        for each in inputs.recomputed(decided, compared=True).readings
        if each.question == "beyond_assigned"
    }
    assert capped == {"counted": Decimal("150"), "capped": Decimal("100")}


def test_a_fifth_delay(office: Office) -> None:
    office.made("letter", 1, 1, delays=5, days_late=9)
    decided = office.decided()
    assert decided.found["parts"]["c"] == 0  # four cuts of a quarter leave nothing, and a fifth takes nothing more
    assert Entry.objects.filter(act="work.accepted").latest("pk").payload["delays"] == 5
    assert answer_to(lambda: office.accept(office.products["letter"].assignments.get(), 1)) == "period_closed"


def test_delays_without_days(office: Office) -> None:
    held = office.assign()
    office.log(held, 1)
    assert answer_to(lambda: office.accept(held, 1, delays=1)) == "delays"


@pytest.mark.django_db(databases=[])
def test_weights_that_do_not_sum() -> None:
    """A unit's regulation comes in a file of facts; nothing is reckoned from one that does not add up to 70."""
    text = "id: x\ncategory: public_employee\ngeneral: 30\nregulation: {weights: {a: 30, b: 20, c: 10}}\nproducts: [{coefficient: 1, assigned: 1, done: 1}]\n"
    with pytest.raises(RuleError) as problem:
        inputs.reckoned(text, on=date(2026, 12, 20))
    assert len({problem.value.say(language) for language in ("en", "vi", "fa")}) == 3
    assert "60" in problem.value.say("en") and "70" in problem.value.say("en")


def test_a_rater_who_is_kin(world: Any) -> None:
    office = sides_office.large(world)
    held = sides_office.opened(office)
    one = held.asked.filter(ratee=office.person, rater=office.colleague.person).select_related("rater", "ratee", "round").get()
    kin = {"person": office.person, "relative": office.colleague.person, "relation": "sibling", "valid": since(date(2020, 1, 1))}
    Kinship.objects.create(**kin, **world.mark)  # declared only after the round was opened
    assert answer_to(lambda: sides_office.answer(one)) == "conflict"
    one.refresh_from_db()
    assert not one.answered


def test_a_grade_without_evidence(office: Office) -> None:
    held = office.assign()
    office.log(held, 2, evidence="")
    assert answer_to(lambda: office.accept(held, 2)) == "no_evidence"
    evaluation = office.opined()
    assert answer_to(lambda: grading.decide(evaluation=evaluation, by=office.head, on=AFTER)) == "not_accepted"


def test_a_body_of_two_with_an_anonymous_rating(world: Any) -> None:
    office = sides_office.large(world, more=0)
    for each in (office.deputy, office.inspector, office.colleague):
        each.person.memberships.update(valid=DateRange(date(2020, 1, 1), date(2020, 6, 1)))  # type: ignore[union-attr]
    assert answer_to(lambda: sides_office.opened(office)) == "body_of_two"


def test_a_letter_that_changes_the_period_type_with_five_days_notice(office: Office) -> None:
    handbook(office)
    held = office.published()
    letter = date(2026, 8, 23)
    told = {
        "organization": office.world.organizations["P"],
        "kind": "quarter",
        "basis": "Letter 21169",
        "by": office.officer,
        "on": letter,
    }
    assert answer_to(lambda: schemes.set_scheme(**told, since=date(2026, 7, 1))) == "retroactive"
    scheme = schemes.set_scheme(**told, since=letter + timedelta(days=5))
    assert scheme.since == date(2026, 10, 1)  # the quarter that runs ends by months, as it began
    assert scheme.entry.payload["asked"] == "2026-08-28" and scheme.entry.payload["since"] == "2026-10-01"
    assert answer_to(lambda: office.assign("letter", 1, period="2026-Q3", on=letter)) == "other_period"
    held.refresh_from_db()
    assert inputs.recomputed(held).score == held.score


def test_a_published_grade_recomputed_years_later_also_after_articles_changed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handbook(office)
    held = office.published()
    book = tmp_path / "vn"
    shutil.copytree(corpus.opened(settings.CANBO_RULEBOOK).path, book)
    article = book / "evaluation" / "state-335-delay-lost.yaml"
    text = article.read_text(encoding="utf-8")
    assert "effective: {from: 2026-01-01, to: null}" in text
    article.write_text(
        text.replace("effective: {from: 2026-01-01, to: null}", "effective: {from: 2026-01-01, to: 2027-01-01}"), encoding="utf-8"
    )
    later = text.replace("delay-lost", "delay-lost-anew").replace("step.late + 2) / 4", "step.late + 2) / 2")
    later = later.replace("effective: {from: 2026-01-01, to: null}", "effective: {from: 2027-01-01, to: null}")
    (book / "evaluation" / "state-335-delay-lost-anew.yaml").write_text(later, encoding="utf-8")
    changed = corpus.load(book)
    monkeypatch.setattr(corpus, "opened", lambda _name="vn": changed)
    again = inputs.recomputed(Evaluation.objects.get(pk=held.pk))
    assert (again.score, again.grade) == (held.score, held.grade)
    assert inputs.hash_of_law() != held.law  # the rulebook is another one by now, and the day of the law is not
