"""One call of each act on a case, for the test that every act leaves its entries.

A case is carried to where the act belongs, so each act has a story of its own: the acts that must stand in the journal,
whoever does it, and the call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from canbo.procedures import appeals, cases, rulings, signing, stating, steps, voting
from canbo.procedures.models import Case, Step
from canbo.registry.days import since
from canbo.registry.models import Account
from tests.procedures import office as offices
from tests.procedures.office import ON, PHOTO, Office

AFTER = date(2026, 9, 1)


class Trial(NamedTuple):
    acts: tuple[str, ...]
    by: Account
    do: Callable[[], Any]


def open_case(office: Office) -> Trial:
    return Trial(("case.opened",), office.drafter, office.open)


def act(office: Office) -> Trial:
    case = office.open()
    return Trial(("case.acted", "document.issued"), office.drafter, lambda: steps.act(case=case, by=office.drafter, on=ON))


def put_names(office: Office) -> Trial:
    case = office.to_the_signature(office.open(), until="names")
    return Trial(("case.named",), office.drafter, lambda: office.names(case))


def judge_again(office: Office) -> Trial:
    case = _at_the_first_vote(office)
    return Trial(("case.judged",), office.drafter, lambda: cases.judge_again(case=case, by=office.drafter, on=ON))


def withdraw(office: Office) -> Trial:
    case = office.open()
    return Trial(
        ("case.withdrawn",), office.drafter, lambda: cases.withdraw(case=case, by=office.drafter, on=ON, reason="Không còn cần.")
    )


def convene(office: Office) -> Trial:
    case, chair = _at_the_first_vote(office), office.leaders[0]
    return Trial(("case.convened", "ballot.prepared", "ballot.opened"), chair, lambda: voting.convene(case=case, by=chair, on=ON))


def enter_sheet(office: Office) -> Trial:
    case, chair = _convened(office), office.leaders[0]
    return Trial(("case.sheet_entered",), chair, lambda: _sheet(office, case))


def confirm_sheet(office: Office) -> Trial:
    """The first of three; the third also counts, of which `test_cases` tells."""
    case, chair = _convened(office), office.leaders[0]
    _sheet(office, case)
    return Trial(("case.count_confirmed",), chair, lambda: voting.confirm_sheet(case=case, by=chair, on=ON))


def close_vote(office: Office) -> Trial:
    """Closed before anybody cast a ballot: a count of none."""
    case, chair = _convened(office, tier="T1"), office.leaders[0]
    return Trial(
        ("ballot.closed", "case.counted", "document.issued", "document.issued"),
        chair,
        lambda: voting.close_vote(case=case, by=chair, on=ON),
    )


def abandon_vote(office: Office) -> Trial:
    case, chair = _convened(office), office.leaders[0]
    return Trial(
        ("ballot.abandoned", "case.vote_abandoned"),
        chair,
        lambda: voting.abandon_vote(case=case, by=chair, on=ON, reason="Mất điện."),
    )


def choose(office: Office) -> Trial:
    """Between names that stand level; how a vote comes to that is the matter of `tests/rules/test_carrying.py`."""
    case, head = office.to_the_signature(office.open(), until="leadership-2"), office.leaders[0]
    level = {"tied": [str(office.candidate.pk)], "sure": []}
    Step.objects.filter(case=case, turn=case.turn).update(state=Step.State.TIED, said=level)
    return Trial(
        ("case.chosen", "document.issued"),
        head,
        lambda: voting.choose(case=case, by=head, on=ON, person=office.candidate, reason="Nhiều kinh nghiệm hơn."),
    )


def state(office: Office) -> Trial:
    """What a resignation still lacks, by whoever drafts it."""
    reason = {"facts": {"resignation.reason": "other"}}
    holder = offices.somebody(office.world, "Từ chức")
    office.world.serve(holder, office.post, seat=2, valid=since(date(2023, 12, 1)))
    case = office.open(procedure="resignation", person=holder, terms=reason, on=AFTER)
    facts = {"resignation.under_audit": False}
    return Trial(
        ("case.stated",),
        office.drafter,
        lambda: stating.state(case=case, by=office.drafter, on=AFTER, person=holder, facts=facts),
    )


def sign(office: Office) -> Trial:
    case, by = office.to_the_signature(office.open()), office.approver
    signature = signing.sign_for_practice(account=by, decision=json.loads(rulings.drawn(case, on=ON).text))
    return Trial(("case.signed",), by, lambda: steps.sign(case=case, by=by, on=ON, signature=signature))


def publish(office: Office) -> Trial:
    case, by = _signed(office), office.publisher
    return Trial(("case.published", "document.issued"), by, lambda: steps.publish(case=case, by=by, on=ON))


def file(office: Office) -> Trial:
    case, subject = _signed(office), offices.account(office.world, office.candidate)
    return Trial(("appeal.filed",), subject, lambda: appeals.file(case=case, by=subject, on=ON, ground="Chưa đúng trình tự."))


def answer(office: Office) -> Trial:
    case, subject = _signed(office), offices.account(office.world, office.candidate)
    appeals.file(case=case, by=subject, on=ON, ground="Chưa đúng trình tự.")
    apart = offices.account(office.world, offices.somebody(office.world, "Giải quyết"), "inspector", "P")
    return Trial(
        ("appeal.answered",),
        apart,
        lambda: appeals.answer(case=case, by=apart, on=ON, upheld=False, text="Đúng trình tự."),
    )


def _at_the_first_vote(office: Office) -> Case:
    return office.to_the_signature(office.open(), until="leadership-1")


def _convened(office: Office, **more: Any) -> Case:
    case = _at_the_first_vote(office)
    voting.convene(case=case, by=office.leaders[0], on=ON, **more)
    return case


def _sheet(office: Office, case: Case) -> Step:
    figures = {"present": 3, "issued": 3, "collected": 3, "valid": 3, "blank": 0, "invalid": 0}
    votes = {str(office.candidate.pk): 3}
    return voting.enter_sheet(case=case, by=office.leaders[0], on=ON, figures=figures, votes=votes, photo=PHOTO)


def _signed(office: Office) -> Case:
    case = office.to_the_signature(office.open())
    office.sign(case)
    return case


STORIES: dict[str, Callable[[Office], Trial]] = {
    "appeals.answer": answer, "appeals.file": file, "cases.judge_again": judge_again, "cases.open_case": open_case,
    "cases.withdraw": withdraw, "steps.act": act, "steps.publish": publish, "stating.state": state, "steps.put_names": put_names, "steps.sign": sign,
    "voting.abandon_vote": abandon_vote, "voting.choose": choose, "voting.close_vote": close_vote,
    "voting.confirm_sheet": confirm_sheet, "voting.convene": convene, "voting.enter_sheet": enter_sheet,
}  # fmt: skip
