"""The scenarios of the demo world: invented reorganisations on real units, one that blocks and one that is approved.

They are worked out through the services, once; `scenarios.yaml` of the rulebook says of which units.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import DatabaseError
from django.utils import translation

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, suggesting
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.project.world import consulted
from canbo.registry import authority, intake, queries
from canbo.registry.models import Account, Organization, Person, Remit

log = logging.getLogger("canbo.stories")


def recipe() -> dict[str, Any]:
    """`scenarios`, and `who` drafts and approves them; empty where the rulebook's folder has none."""
    file = Path(settings.LIBRARY) / "rulebook" / settings.CANBO_RULEBOOK / "scenarios.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def tell_all(*, today: date) -> int:
    """Work out those that are not there yet; how many. One that fails is logged, and the next is tried."""
    book, told = recipe(), 0
    who = {name: Account.objects.filter(username=username).first() for name, username in book.get("who", {}).items()}
    for story in book.get("scenarios", []):
        drafter, approver = who["drafter"], who["approver"]
        if drafter is None or approver is None or Scenario.objects.filter(name=story["name"]).exists():
            continue
        try:
            with translation.override(settings.LANGUAGE_CODE):
                tell(story, drafter, approver, today=today)
            told += 1
        except (ScenarioRefused, authority.NotAllowed, LookupError, DatabaseError) as problem:
            log.warning("The scenario %s was not told: %s", story["name"], problem)
    return told


def tell(story: dict[str, Any], drafter: Account, approver: Account, *, today: date) -> Scenario:
    """Work one out as its drafter, ask those concerned; approve it, where nothing is to stay open."""
    on = today + timedelta(days=story["begins"])
    with authority.sight(intake.console()):
        consulted.hold(story, today=today)
    with authority.sight(drafter):
        body = Organization.objects.get(pk=queries.unit(story["body"], on=today).id)
        scenario = acting.begin(name=story["name"], title=story["title"], body=body, on=on, base=min(on, today), by=drafter)
        said = [Line(kind, row) for kind, each in story["lines"].items() for row in each] if "lines" in story else [
            Line("merge", {"units": story["units"], "into": story["into"]})
        ]  # fmt: skip
        acting.load(scenario=scenario, said=said, by=drafter)
        suggesting.accept(scenario=scenario, rule="all", by=drafter)
        go(scenario, retire=story.get("retire", 0), leave=story.get("leave", 0), drafter=drafter)
        if "loses" in story:
            return _loses(scenario, story["loses"], drafter, today)
    consulted.consult(story, scenario, drafter, today=today)
    if story.get("open"):
        return scenario
    with authority.sight(drafter):
        scenario = acting.propose(scenario=scenario, by=drafter, reason=story["reason"])
    with authority.sight(approver):
        scenario = acting.approve(scenario=scenario, by=approver)
    if "carried_out" in story:
        consulted.carry_out(story, scenario, approver)
    return scenario


def go(scenario: Scenario, *, retire: int, leave: int, drafter: Account) -> None:
    """Of those who wait to be placed, say of the oldest that they retire early, and of the youngest that they leave."""
    waiting = [line for line in acting.lines_of(scenario) if line.person and line.says.get("waiting") == "placement"]
    births = dict(
        Person.objects.filter(pk__in=[line.person for line in waiting], birth_on__isnull=False).values_list("pk", "birth_on")
    )
    known = sorted((line for line in waiting if line.person in births), key=lambda line: (births[line.person or 0], line.person))
    states = [(line, "retirement") for line in known[:retire]] + [
        (line, "severance") for line in known[retire:][-leave:] if leave
    ]
    if states:
        acting.remove(scenario=scenario, places=[line.place for line, _state in states], by=drafter)
        said = [Line("people", {"waiting": state}, person=line.person) for line, state in states]
        acting.load(scenario=scenario, said=said, by=drafter)


def _loses(scenario: Scenario, code: str, drafter: Account, today: date) -> Scenario:
    """Name the tasks of a body one by one, and leave the first out."""
    line = next(each for each in acting.lines_of(scenario) if each.kind == "tasks" and each.says["from"] == code)
    unit = queries.unit(code, on=today)
    tasks = (
        Remit.objects.filter(organization_id=unit.id, valid__contains=today)
        .order_by("task__code")
        .values_list("task__code", flat=True)
    )
    acting.remove(scenario=scenario, places=[line.place], by=drafter)
    said = [Line("tasks", {"from": code, "task": task, "to": line.says["to"]}) for task in tasks[1:]]
    return acting.load(scenario=scenario, said=said, by=drafter)
