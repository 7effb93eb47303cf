"""The log of who looked: every read of a person's file is an entry of the journal that the person may see.

A list of names writes one entry with the set of persons it showed. What cannot be written is not shown: the entry has no savepoint
of its own, so that whatever fails here fails the transaction of the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, models, transaction

from canbo.journal import entries
from canbo.registry.asking import Row
from canbo.registry.models import Account, Organization, Person

FILE = "person.read"
LIST = "staff.read"
CANDIDATES = "candidates.found"
SEARCH = "person.found"
DUE = "entitlements.read"
PLACEMENT = "placement.read"


@transaction.atomic(savepoint=False)
def looked_at_file(person: Person, *, by: Account, on: date, classes: Iterable[str] = ("file",)) -> None:
    """Write that `by` opened the file of a person; `classes` names the parts shown (file, family, verdict)."""
    entries.record(FILE, by=by, about=person, on=on, payload={"classes": sorted(classes)})


@transaction.atomic(savepoint=False)
def looked_at_list(organization: Organization | int, *, by: Account, on: date, persons: Iterable[int]) -> None:
    """Write that `by` was shown the names of these persons in a list of an organization's staff."""
    shown = sorted(set(persons))
    if shown:
        pk = organization if isinstance(organization, int) else organization.pk
        entries.record(LIST, by=by, about=("registry.organization", pk), on=on, payload={"persons": shown})


@transaction.atomic(savepoint=False)
def looked_at_search(*, by: Account, on: date, persons: Iterable[int]) -> None:
    """Write that a search showed `by` the names of these persons. The words searched for are not kept."""
    shown = sorted(set(persons))
    if shown:
        entries.record(SEARCH, by=by, on=on, payload={"persons": shown})


@transaction.atomic(savepoint=False)
def looked_at_candidates(search: models.Model, *, by: Account, on: date, persons: Iterable[int]) -> None:
    """Write that a search for candidates showed `by` these persons, and how they came out."""
    shown = sorted(set(persons))
    if shown:
        entries.record(CANDIDATES, by=by, about=search, on=on, payload={"persons": shown})


@transaction.atomic(savepoint=False)
def looked_at_due(scenario: models.Model, *, by: Account, on: date, persons: Iterable[int]) -> None:
    """Write that `by` was shown what would be due to these persons by a scenario."""
    shown = sorted(set(persons))
    if shown:
        entries.record(DUE, by=by, about=scenario, on=on, payload={"persons": shown})


@transaction.atomic(savepoint=False)
def looked_at_placement(about: Organization | models.Model, *, by: Account, on: date, persons: Iterable[int]) -> None:
    """Write that `by` was shown for which posts these persons are considered: in a scenario, a rotation, a chain of vacancies."""
    shown = sorted(set(persons))
    if shown:
        entries.record(PLACEMENT, by=by, about=about, on=on, payload={"persons": shown})


def who_looked(person: Person, *, limit: int = 30) -> list[Row]:
    """The latest reads of a person's file: entry, at, by_label, act; newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, recorded_at, by_id, by_label, act FROM journal_entry"
            " WHERE about_kind = 'registry.person' AND about_id = %s AND act = %s ORDER BY id DESC LIMIT %s",
            [str(person.pk), FILE, limit],
        )
        return [
            {"entry": pk, "at": at, "by_id": by_id, "by_label": by, "act": act} for pk, at, by_id, by, act in cursor.fetchall()
        ]
