"""A scenario that was carried out, taken back on the same day, if nothing was done since.

The rows are as they were, from the register's own memory (the twin tables), which goes on to tell what was believed in
between. The keeper's hand does it, since it gives leading posts back to their holders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connections, transaction

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.procedures.models import Scenario
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.procedures.scenarios.undoing import moments_of
from canbo.registry.models import Account
from canbo.registry.saying import sentence as _

KEEPER = "owner"

#: Tables that a carrying-out writes, those that others hang on last.
WRITTEN = (
    "procedures_custody", "registry_membership", "registry_succession", "registry_allotment", "procedures_waiting", "registry_postmanager", "registry_seat", "registry_remit", "registry_post",
    "registry_organizationparent", "registry_organizationstatus", "registry_organizationcode", "registry_organizationname",
    "registry_changeevent", "registry_organization",
)  # fmt: skip


def unsay(number: int, account: Account, *, key: str, told: Mapping[str, Any]) -> Scenario:
    """Make everything as it was before it was carried out, as if that day had not seen it; the register remembers that it had.

    Raises ScenarioRefused where something was done since.
    """
    try:
        with transaction.atomic(using=KEEPER):
            scenario = Scenario.objects.using(KEEPER).select_for_update(of=("self",)).get(pk=number)
            if scenario.state != Scenario.State.CARRIED_OUT:
                raise ScenarioRefused(_("Only what was carried out is undone."))
            entry = entries.record(
                "scenario.undone", by=account, about=scenario, on=scenario.on, key=key, payload={"scenario": scenario.name, **told}, using=KEEPER
            )  # fmt: skip
            _take_back(scenario)
            scenario.state, scenario.undone_on = Scenario.State.UNDONE, scenario.on
            scenario.undone_entry = scenario.entry = entry
            scenario.save(using=KEEPER)
            with connections[KEEPER].cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as problem:
        raise ScenarioRefused(_since()) from problem
    return Scenario.objects.get(pk=number)


def _since() -> str:
    return _("Something was done since upon what it made. Undo it from a later day on.")


def _take_back(scenario: Scenario) -> None:
    carried = Entry.objects.using(KEEPER).get(pk=scenario.carried_entry_id or 0)
    units = list(Entry.objects.using(KEEPER).filter(key=f"{carried.key}:units").values_list("pk", flat=True))
    given: dict[str, Any] = {"entries": [carried.pk, *units], **moments_of(scenario)}
    with connections[KEEPER].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM registry_delegation WHERE entry_id = ANY (%(entries)s))", given)
        if cursor.fetchone()[0] or _changed_since(cursor, given):
            raise ScenarioRefused(_since())
        for case, post, body, manager in scenario.done["cases"]:
            cursor.execute(
                "UPDATE procedures_case SET post_id = %s, organization_id = %s, manager_id = %s WHERE id = %s AND state IN ('open', 'incomplete')",
                [post, body, manager, case],
            )
        _unhand(cursor, scenario)
        for link in ("registry_original", "registry_resulting"):
            cursor.execute(
                f"DELETE FROM {link} WHERE event_id IN (SELECT id FROM registry_changeevent WHERE entry_id = ANY (%(entries)s))",
                given,
            )
        for table in WRITTEN:
            cursor.execute(
                f"DELETE FROM {table} t WHERE t.entry_id = ANY (%(entries)s) AND NOT EXISTS ("
                f"SELECT FROM {table}_past p WHERE p.id = t.id AND p.known_to = %(at)s)",
                given,
            )
        for table in reversed(WRITTEN):
            _restore(cursor, table, given)


def _unhand(cursor: Any, scenario: Scenario) -> None:
    """Handovers that nobody confirmed were never made; one that was confirmed is something that was done."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM procedures_handover WHERE scenario_id = %s AND confirmed_at IS NOT NULL)", [scenario.pk]
    )
    if cursor.fetchone()[0]:
        raise ScenarioRefused(_since())
    cursor.execute("DELETE FROM procedures_handover WHERE scenario_id = %s", [scenario.pk])


def _changed_since(cursor: Any, given: dict[str, Any]) -> bool:
    """Whether a row that was written or rewritten then was touched again, or somebody else wrote at that very time."""
    for table in WRITTEN:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table}_past WHERE CASE WHEN known_to > %(until)s"
            " THEN known_from = %(at)s OR (entry_id = ANY (%(entries)s) AND known_from BETWEEN %(at)s AND %(until)s)"
            " ELSE known_to > %(at)s AND NOT (entry_id = ANY (%(entries)s) AND known_from >= %(at)s) END)"
            f" OR EXISTS (SELECT FROM {table} WHERE entry_id = ANY (%(entries)s) AND NOT known_from BETWEEN %(at)s AND %(until)s)",
            given,
        )
        if cursor.fetchone()[0]:
            return True
    return False


def _restore(cursor: Any, table: str, given: dict[str, Any]) -> None:
    """Put back the rows of a table as they were believed before these moments."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'known_from'",
        [table],
    )
    columns = [f'"{row[0]}"' for row in cursor.fetchall()]
    listed, past = ", ".join(columns), ", ".join(f"p.{column}" for column in columns)
    cursor.execute(
        f"UPDATE {table} t SET ({listed}) = ROW ({past}) FROM {table}_past p WHERE p.id = t.id AND p.known_to = %(at)s",
        given,
    )
    cursor.execute(
        f"INSERT INTO {table} ({listed}) SELECT {past} FROM {table}_past p WHERE p.known_to = %(at)s"
        f" AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = p.id)",
        given,
    )
