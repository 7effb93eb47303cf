"""What the demo world's bodies hold, and the consultations on its scenarios with invented answers, through the services."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from canbo.procedures.models import Consulted, Scenario
from canbo.procedures.scenarios import acting, handovers, rounds
from canbo.procedures.scenarios.handovers import Thing
from canbo.registry import accounts, authority, intake, people, queries
from canbo.registry.models import Account, Organization, Person


def hold(story: dict[str, Any], *, today: date) -> None:
    """Write down what the bodies of a story hold: rows of kind, number, name, quantity, unit, condition, as of a year ago."""
    for code, listed in story.get("holdings", {}).items():
        on = today - timedelta(days=365)
        body = Organization.objects.get(pk=queries.unit(code, on=today).id)
        on = max(on, body.life.lower or on)
        things = [
            Thing(kind, name, str(number), Decimal(quantity), unit, condition)
            for kind, number, name, quantity, unit, condition in listed
        ]
        handovers.enter(body=body, things=things, by=intake.console(), on=on, key=f"demo:{story['name']}:{code}")


def consult(story: dict[str, Any], scenario: Scenario, drafter: Account, *, today: date) -> None:
    """Ask those whom it concerns as its drafter; most of those who have no account of the demo answer; close it where the story does."""
    said = story.get("consultation")
    if said is None:
        return
    begun = today - timedelta(days=said["begun"])
    with authority.sight(drafter):
        round_ = rounds.ask(
            scenario=scenario, question=said["question"], closes=begun + timedelta(days=said["lasts"]), by=drafter, on=begun
        )
        places = [each["code"] for each in round_.offers]
    known = set(Account.objects.filter(person__isnull=False).values_list("person_id", flat=True))
    with authority.sight(intake.console()):
        asked = [each for each in round_.consulted.filter(person__isnull=False).order_by("pk") if each.person_id not in known]
        for number, each in enumerate(asked):
            view, words, far = said["answers"][number % len(said["answers"])]
            wishes = [places[(number + turn) % len(places)] for turn in range(min(2, len(places)))] if number % 3 else places[:1]
            if number % 7 != 6:  # not everybody answers
                _answer(each, view, words, far, wishes, begun + timedelta(days=1 + number % said["lasts"]))
    if said.get("closed"):
        with authority.sight(drafter):
            rounds.close(consultation=round_, by=drafter, on=today)


def _answer(asked: Consulted, view: str, words: str, far: bool, wishes: list[str], on: date) -> None:
    brief = people.brief([asked.person_id or 0], on=on).get(asked.person_id or 0)
    label = f"{brief['family']} {brief['given']}" if brief else f"#{asked.person_id}"
    account = accounts.open_account(
        username=f"duoc-hoi-{asked.person_id}", label=label, by=intake.console(), person=Person(pk=asked.person_id),
        key=f"demo:asked:{asked.person_id}",
    )  # fmt: skip
    rounds.answer(consulted=asked, view=view, words=words, far=far, wishes=wishes, by=account, on=on)


def carry_out(story: dict[str, Any], scenario: Scenario, approver: Account) -> None:
    """Carry out what the story says was carried out, and confirm what went to the bodies that have counted it."""
    console = intake.console()
    with authority.sight(console):
        scenario = acting.apply(scenario=scenario, by=console)
    counted = story["carried_out"]
    with authority.sight(approver):
        for code, minutes in counted.items():
            receiver = Organization.objects.get(pk=queries.unit(code, on=scenario.on).id)
            waiting = [each for each in handovers.open_of(scenario) if each.receiver_id == receiver.pk]
            found = {
                each.pk: (Decimal(minutes["found"].get(each.custody.holding.number, each.listed)), minutes["remark"])
                for each in waiting
            }
            handovers.confirm(
                scenario=scenario, giver=waiting[0].giver, receiver=receiver, counted=found, given_by=minutes["given_by"],
                received_by=minutes["received_by"], by=approver,
            )  # fmt: skip
