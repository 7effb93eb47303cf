"""Forms of a scenario that need no file: lines in bulk, a merger, and a task given to one body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canbo.pages import asked
from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import bulk
from canbo.procedures.scenarios.lines import FILLS, Line, ScenarioRefused, filled, wrong_with
from canbo.procedures.scenarios.sketch import Sketch
from canbo.procedures.scenarios.suggesting import Suggestion
from canbo.registry import authority, queries
from canbo.registry.asking import Row
from canbo.registry.models import Job
from canbo.reports.entitlements import words

#: What is to become of them -> the kind of line, and what the form says to it besides: word of the line -> value.
FATES: dict[str, tuple[str, Any]] = {
    "merge": ("merge", gettext_lazy("become one")),
    "move": ("move", gettext_lazy("go beneath another body")),
    "dissolve": ("dissolve", gettext_lazy("end, and others take over")),
    "tasks": ("tasks", gettext_lazy("their tasks go to")),
    "posts": ("posts", gettext_lazy("their posts go to")),
    "posts_end": ("posts", gettext_lazy("their posts end")),
    "holdings": ("holdings", gettext_lazy("what they hold goes to")),
    "people": ("people", gettext_lazy("their people wait")),
}
WAITING = ("placement", "training", "retirement", "severance")


def form(scenario: Scenario) -> dict[str, Any]:
    """What the form of lines in bulk offers: kinds of body that there are, fates, jobs, states of waiting."""
    with authority.everything_in_sight():
        kinds = bulk.kinds(scenario.body_id, on=scenario.on)
    return {
        "kinds": [(row["kind"], queries.in_language(row["names"]), row["bodies"]) for row in kinds],
        "fates": [(key, word) for key, (_kind, word) in FATES.items()],
        "jobs": [(job.code, queries.in_language(job.names)) for job in Job.objects.order_by("code")],
        "states": [(state, words.FATES[state]) for state in WAITING],
    }


def read(sent: Mapping[str, str]) -> list[Line]:
    """The lines that the form says. Raises ScenarioRefused with everything that is wrong."""
    given = {
        word: asked.words(sent.get(word), 2000)
        for word in ("of", "beneath", "units", "fate", "to", "name", "seat", "job", "state")
    }
    if given["fate"] not in FATES:
        raise ScenarioRefused(_("Say what is to become of them."))
    kind, codes = FATES[given["fate"]][0], given["units"].split()
    says = _says(given)
    if not codes and not given["of"]:
        raise ScenarioRefused(_("Say which bodies: by their codes, or all of one kind."))
    if codes:
        rows = [filled(kind, says, codes)] if FILLS[kind] == "units" else [filled(kind, says, [code]) for code in codes]
    else:
        every = {"kind": given["of"], **({"beneath": given["beneath"]} if given["beneath"] else {})}
        rows = [{**says, "every": every}]
    wrong = [fault for row in rows for fault in wrong_with(kind, row)]
    if wrong:
        raise ScenarioRefused(wrong[:8])
    return [Line(kind, row) for row in rows]


def _says(given: Mapping[str, str]) -> dict[str, Any]:
    """The words of a line, but for whom it is about."""
    to, job = given["to"], {"job": given["job"]} if given["job"] else {}
    match given["fate"]:
        case "merge":
            return {"into": _into(given) if given["name"] else to}
        case "move":
            return {"parent": to}
        case "dissolve":
            return {"heirs": to.split()}
        case "posts":
            return {"to": to, **job}
        case "posts_end":
            return {"end": "yes", **job}
        case "people":
            return {"waiting": given["state"], **({"held": given["job"]} if job else {})}
    return {"to": to}


def _into(given: Mapping[str, str]) -> dict[str, str]:
    """A new body: of the kind of those it is made of, beneath the body above them, as far as the form does not say otherwise."""
    new = {"code": given["to"], "name": given["name"], "kind": given["of"] or _kind_of(given["units"])}
    parent = given["beneath"] or _parent_of(given["units"])
    return {**new, **({"parent": parent} if parent else {}), **({"seat": given["seat"]} if given["seat"] else {})}


def _first(codes: str) -> queries.Unit | None:
    from datetime import date

    try:
        return queries.unit(codes.split()[0], on=date.today()) if codes.split() else None
    except queries.NotInRegister:
        return None


def _kind_of(codes: str) -> str:
    found = _first(codes)
    return found.kind if found else ""


def _parent_of(codes: str) -> str:
    found = _first(codes)
    return (found.parent or "") if found else ""


def receivers(lost: list[Row], drawn: Sketch, offered: list[Suggestion]) -> list[dict[str, Any]]:
    """The tasks without owner, each with the bodies that could have it, and the one that is suggested, and why."""
    by_task = {(one.line.says["from"], one.line.says.get("task")): one for one in offered if one.line.kind == "tasks"}
    names = {code: queries.in_language(outcome.name) for code, outcome in drawn.outcomes.items()}
    names |= {code: queries.in_language(body.name) for code, body in drawn.bodies.items() if code not in names}
    told = []
    for row in lost:
        body = drawn.bodies.get(row["unit"])
        heirs = drawn.heirs.get(body.id, []) if body else []
        hint = by_task.get((row["unit"], row["task"])) or by_task.get((row["unit"], None))
        told.append({
            **row, "unit_name": names.get(row["unit"], ""), "heirs": [(code, names.get(code, code)) for code in heirs],
            "hint": str(hint.line.says["to"]) if hint else "", "why": hint.why if hint else "",
        })  # fmt: skip
    return told
