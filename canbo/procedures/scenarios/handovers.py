"""The inventory of what bodies hold, entered by hand or from a sheet; and its handover, which the receiver confirms by name.

A holding goes over on the day of a scenario, whoever may have counted it; what is open until then is the confirmation: what was
found, against what the inventory lists, with a word on every difference. Minutes once confirmed stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from canbo.journal import entries
from canbo.procedures.models import Custody, Handover, Holding, Scenario, ScenarioLine
from canbo.procedures.scenarios import acting, consulting, holdings, sketch
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.registry import authority, constraints, once
from canbo.registry.asking import Row, rows
from canbo.registry.days import since
from canbo.registry.models import Account, Decision, Organization, Source, Task
from canbo.registry.saying import sentence as _

ENTERED, ENDED, CONFIRMED = "holding.entered", "holding.ended", "handover.confirmed"
WORDS = ("kind", "number", "name", "quantity", "unit", "condition", "task")
Kind = ScenarioLine.Kind
MOST, LARGEST = 5000, 4 * 1024 * 1024  # rows and characters of one sheet


@dataclass(frozen=True)
class Thing:
    """One row of an inventory: `kind` by holdings.yaml, `task` the code of the task that it serves, or nothing."""

    kind: str
    name: str
    number: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    condition: str = ""
    task: str = ""


# ---- the inventory


def read(text: str) -> list[Thing]:
    """The rows of a sheet as CSV, or as a sheet gives them when copied (tabs): its first row names the columns `kind`, `number`,
    `name`, `quantity`, `unit`, `condition`, `task`. Raises ScenarioRefused with everything that is wrong, row by row."""
    if len(text) > LARGEST:
        raise ScenarioRefused(
            _("The file has %(found)s characters; it has at most %(most)s.") % {"found": len(text), "most": LARGEST}
        )
    lines = text.lstrip("\ufeff").strip().splitlines()
    first = lines[0] if lines else ""
    mark = max("\t;,", key=first.count)
    sheet = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=mark)
    named = [word.strip().lower() for word in sheet.fieldnames or ()]
    if not {"kind", "name"} <= set(named) or set(named) - set(WORDS):
        raise ScenarioRefused(_("The first row names the columns: %(words)s.") % {"words": ", ".join(WORDS)})
    sheet.fieldnames = named
    made, wrong = [], []
    for number, row in enumerate(sheet, 2):
        found = _thing({word: str(value or "").strip() for word, value in row.items() if word})
        if isinstance(found, Thing):
            made.append(found)
        else:
            wrong.append(_("Row %(number)s: %(why)s") % {"number": number, "why": found})
    if len(made) > MOST:
        wrong.append(_("The file has %(found)s lines; it has at most %(most)s.") % {"found": len(made), "most": MOST})
    if wrong or not made:
        raise ScenarioRefused(wrong[:50] or [_("There is no row below the names of the columns.")])
    return made


def read_row(row: Mapping[str, str]) -> Thing:
    """One row as a form gives it. Raises ScenarioRefused."""
    found = _thing(row)
    if not isinstance(found, Thing):
        raise ScenarioRefused(found)
    return found


def _thing(row: Mapping[str, str]) -> Thing | str:
    """A row read, or what is wrong with it."""
    known = {name.casefold(): kind for kind, names in holdings.kinds().items() for name in (kind, *names.values())}
    kind = known.get(row.get("kind", "").casefold())
    if kind is None:
        return _("There is no kind of holding called %(kind)s.") % {"kind": row.get("kind", "")}
    if not row.get("name"):
        return _("It has no name.")
    try:
        quantity = Decimal((row.get("quantity") or "1").replace(",", ".")).quantize(Decimal("0.01"))
    except InvalidOperation:
        quantity = Decimal(0)
    if not 0 < quantity < 10**15:
        return _("A quantity is more than 0.")
    return Thing(
        kind,
        row["name"][:200],
        row.get("number", "")[:60],
        quantity,
        row.get("unit", "")[:40],
        row.get("condition", "")[:200],
        row.get("task", ""),
    )


@transaction.atomic
def enter(*, body: Organization, things: Sequence[Thing], by: Account, on: date, key: str | None = None) -> list[Holding]:
    """Write down what a body holds from a day on. Raises NotAllowed, KeyUsed, ScenarioRefused."""
    authority.require(by, "holding.enter", over=body)
    if (earlier := once.earlier(key, ENTERED)) is not None:
        return once.written(Holding, earlier)
    tasks = dict(Task.objects.filter(code__in={thing.task for thing in things if thing.task}).values_list("code", "pk"))
    if unknown := sorted({thing.task for thing in things if thing.task} - set(tasks)):
        raise ScenarioRefused(_("There is no task called %(task)s.") % {"task": unknown[0]})
    try:
        with transaction.atomic():
            entry = entries.record(ENTERED, by=by, about=body, on=on, key=key, payload={"holdings": len(things)})
            mark = _mark(body, on) | {"entry": entry}
            made = [
                Holding(
                    kind=each.kind, number=each.number, name=each.name, quantity=each.quantity, unit=each.unit, condition=each.condition,
                    task_id=tasks.get(each.task), life=since(on), **mark,
                )
                for each in things
            ]  # fmt: skip
            Holding.objects.bulk_create(made)
            Custody.objects.bulk_create([Custody(holding=each, organization=body, valid=since(on), **mark) for each in made])
            _settle()
    except entries.AlreadyRecorded as first:
        once.same(first.entry, ENTERED)
        return once.written(Holding, first.entry)
    except IntegrityError as problem:
        raise ScenarioRefused(constraints.explained(problem)) from problem
    return made


@transaction.atomic
def end(*, holding: Holding, by: Account, on: date, reason: str, key: str | None = None) -> Holding:
    """Take a holding off the list from a day on: sold, worn out, given away. Raises NotAllowed, KeyUsed, ScenarioRefused."""
    holding = Holding.objects.select_for_update(of=("self",)).get(pk=holding.pk)
    held = Custody.objects.filter(holding=holding, valid__contains=on).first()
    if held is None or holding.life.lower >= on:
        raise ScenarioRefused(_("Nobody holds it on that day, or only from that day on."))
    authority.require(by, "holding.enter", over=held.organization_id)
    if once.earlier(key, ENDED) is not None:
        return holding
    if not reason.strip():
        raise ScenarioRefused(_("Say why it is taken off the list."))
    told = {"holding": holding.pk, "reason": reason.strip()[:400]}
    entry = entries.record(ENDED, by=by, about=held.organization, on=on, key=key, payload=told)
    Custody.objects.filter(holding=holding, valid__startswith__gte=on).delete()
    for row in (holding, *Custody.objects.filter(holding=holding, valid__contains=on)):
        name = "life" if isinstance(row, Holding) else "valid"
        setattr(row, name, since(getattr(row, name).lower, on))
        row.entry = entry
        row.save()
    _settle()
    return holding


def _mark(body: Organization, on: date) -> dict[str, Any]:
    known = {"kind": Decision.Kind.INTAKE, "title": {"vi": "Kiểm kê"}, "effective_on": on}
    decision, _made = Decision.objects.get_or_create(issuer="register", number=f"inventory/{body.pk}/{on}", defaults=known)
    source, _made = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
    return {"source": source, "decision": decision}


def _settle() -> None:
    """Check now what is otherwise checked at the end of the transaction, so that the refusal has a sentence."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def of_body(body: int, *, on: date, reader: Account) -> list[Row]:
    """What a body holds on a day, by kind: holding, kind, number, name, quantity, unit, condition, since. Raises NotAllowed."""
    authority.require(reader, "holding.read", over=body)
    return rows(
        "SELECT h.id AS holding, h.kind, h.number, h.name, h.quantity, h.unit, h.condition, lower(c.valid) AS since, t.names AS task"
        " FROM procedures_custody c JOIN procedures_holding h ON h.id = c.holding_id LEFT JOIN {task} t ON t.id = h.task_id"
        " WHERE c.organization_id = %(body)s AND c.valid @> %(on)s::date ORDER BY h.kind, h.number, h.id",
        {"body": body, "on": on},
    )


# ---- in a scenario


_TOLD = """
SELECT s.holding, s.kind, h.number, h.name, h.quantity, h.unit, h.condition, c.code AS unit_code, s.to_code FROM sc_holding s
JOIN procedures_holding h ON h.id = s.holding JOIN {organizationcode} c ON c.organization_id = s.org AND c.valid @> %(eve)s::date
ORDER BY c.code, s.kind, s.holding LIMIT %(most)s
"""
# Open cases go with the post or the body they are about (affairs.py): listed beside, so that nothing is forgotten.
_FILES = """
SELECT c.id AS number, c.procedure, oc.code AS unit_code, s.to_code FROM procedures_case c
LEFT JOIN (SELECT DISTINCT ON (post) post, org, fate, to_code FROM sc_post ORDER BY post, place) AS s ON s.post = c.post_id
JOIN {organizationcode} oc ON oc.organization_id = coalesce(s.org, c.organization_id, c.manager_id) AND oc.valid @> %(eve)s::date
WHERE c.state IN ('open', 'incomplete') AND (s.fate IN ('move', 'end') OR c.organization_id IN (SELECT org FROM sc_ending)
    OR c.manager_id IN (SELECT org FROM sc_ending)) ORDER BY 3, 1 LIMIT %(most)s
"""


@transaction.atomic
def told(*, scenario: Scenario, reader: Account, most: int = 500) -> tuple[list[Row], list[Row]]:
    """What the scenario hands over: holdings with `unit_code` and `to_code` (None: no heir yet), and the open cases that follow.

    Raises NotAllowed.
    """
    authority.require(reader, "scenario.read", over=scenario.body_id)
    with authority.everything_in_sight():
        drawn = sketch.draw(acting.lines_of(scenario), body=scenario.body_id, on=scenario.on)
        consulting.lay(drawn)
        holdings.lay(drawn)
        given = {"eve": drawn.eve, "most": most}
        listed, files = rows(_TOLD, given), rows(_FILES, given)
    heirs = {body.code: drawn.heirs.get(body.id, []) for body in drawn.bodies.values()}
    return listed, [{**row, "to_code": row["to_code"] or next(iter(heirs.get(row["unit_code"], [])), None)} for row in files]


@transaction.atomic
def give(*, scenario: Scenario, chosen: Mapping[int, str], to: str, by: Account, key: str | None = None) -> Scenario:
    """Say of several holdings at once to whom they go: number -> code of the body that has it. Earlier lines of these fall.

    Raises NotAllowed, KeyUsed, ScenarioRefused.
    """
    authority.require(by, "scenario.draft", over=scenario.body_id)
    if not chosen or not to:
        raise ScenarioRefused(_("Choose what goes, and to whom."))
    numbers = {str(number) for number in chosen}
    before = [line.place for line in acting.lines_of(scenario) if line.kind == Kind.HOLDINGS and line.text("holding") in numbers]
    if before:
        scenario = acting.remove(scenario=scenario, places=before, by=by, key=f"{key}:before" if key else None)
    said = [Line(Kind.HOLDINGS, {"from": code, "holding": str(number), "to": to}) for number, code in chosen.items()]
    return acting.load(scenario=scenario, said=said, by=by, key=key)


# ---- the handover


def open_of(scenario: Scenario) -> list[Handover]:
    """Its handovers, those that wait for their receiver first."""
    found = Handover.objects.filter(scenario=scenario).select_related("custody__holding", "confirmed_by")
    return sorted(found.order_by("giver_id", "receiver_id", "pk"), key=lambda each: each.confirmed_at is not None)


@transaction.atomic
def confirm(
    *, scenario: Scenario, giver: Organization, receiver: Organization, counted: Mapping[int, tuple[Decimal, str]], given_by: str,
    received_by: str, by: Account, on: date | None = None, key: str | None = None,
) -> list[Handover]:  # fmt: skip
    """Confirm what went from one body to another: `counted` gives, for each open handover, what was found and a remark.

    All that is open between the two is confirmed at once, as minutes are. Raises NotAllowed, KeyUsed, ScenarioRefused where
    something was not counted, or differs without a word.
    """
    authority.require(by, "handover.confirm", over=receiver)
    on = on or date.today()
    asked = Handover.objects.select_for_update(of=("self",)).select_related("custody__holding").order_by("pk")
    between = {"scenario": scenario, "giver": giver, "receiver": receiver}
    if (earlier := once.earlier(key, CONFIRMED)) is not None:
        return list(asked.filter(entry=earlier))
    waiting = list(asked.filter(confirmed_at__isnull=True, lapsed=False, **between))
    if reasons := list(_wrong(waiting, counted, given_by, received_by)):
        raise ScenarioRefused(reasons[:20])
    lines = [_line(each, *counted[each.pk]) for each in waiting]
    names = {"given_by": given_by.strip()[:120], "received_by": received_by.strip()[:120]}
    told = {"giver": giver.pk, "receiver": receiver.pk, **names, "holdings": lines}
    entry = entries.record(CONFIRMED, by=by, about=scenario, on=on, key=key, payload=told)
    for each in waiting:
        each.counted, each.remark = counted[each.pk][0], counted[each.pk][1].strip()[:400]
        each.given_by, each.received_by, each.confirmed_by = names["given_by"], names["received_by"], by
        each.confirmed_at, each.entry = timezone.now(), entry
    Handover.objects.bulk_update(
        waiting, ["counted", "remark", "given_by", "received_by", "confirmed_by", "confirmed_at", "entry"]
    )
    return waiting


def _wrong(
    waiting: Sequence[Handover], counted: Mapping[int, tuple[Decimal, str]], given_by: str, received_by: str
) -> Iterator[str]:
    if not waiting:
        yield _("Nothing waits to be confirmed between these two bodies.")
    if not given_by.strip() or not received_by.strip():
        yield _("Name who handed over and who received.")
    for each in waiting:
        found = counted.get(each.pk)
        if found is None or not 0 <= found[0] < 10**15:
            yield _("Say how much of %(holding)s was found.") % {"holding": each.custody.holding.name}
        elif found[0] != each.listed and not found[1].strip():
            told = {"holding": each.custody.holding.name, "listed": each.listed, "counted": found[0]}
            yield _("%(holding)s: listed %(listed)s, found %(counted)s. Say a word on the difference.") % told


def _line(each: Handover, counted: Decimal, remark: str) -> dict[str, Any]:
    return {"handover": each.pk, "listed": str(each.listed), "counted": str(counted), "remark": remark.strip()[:400]}
