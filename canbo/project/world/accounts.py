"""The accounts of the demo world: one for each kind of user. They exist only where the world is loaded.

Their password is drawn once for an installation and kept in the state folder, readable by its owner only. They can
sign in only where CANBO_DEMO is set: elsewhere they are made without a password.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_noop

from canbo.project.settings import kept_secret
from canbo.project.world import book as books
from canbo.project.world.invention import World
from canbo.project.world.tables import Place
from canbo.registry.days import since
from canbo.registry.models import Account, Grant

# username -> (label, what it may see); both are English source strings of the catalogues.
SHOWN = {
    "central-officer": (gettext_noop("Central personnel officer"), gettext_noop("The whole register: every body, every file.")),
    "province-officer": (gettext_noop("Personnel officer of the city"), gettext_noop("The files of the city and of all bodies beneath it.")),
    "commune-officer": (gettext_noop("Personnel officer of a ward"), gettext_noop("The files of one ward, and nobody else's.")),
    "leader": (gettext_noop("Head of the city's organization board"), gettext_noop("Staff and files of the city; opens cases of appointment.")),
    "inspector": (gettext_noop("Inspector"), gettext_noop("Files, kin and the journal of the city; changes nothing.")),
    "statistician": (gettext_noop("Statistician"), gettext_noop("Counts over the whole country, and no file.")),
    "auditor": (gettext_noop("Auditor of the journal"), gettext_noop("The journal of all acts, and no file.")),
    "civil-servant": (gettext_noop("Civil servant"), gettext_noop("The own file, and nothing else.")),
}


def shown() -> list[dict[str, Any]]:
    """The accounts for the sign-in page: username, label, role, organization, what they may see."""
    return [
        {**row, "label": SHOWN[row["username"]][0], "may_see": SHOWN[row["username"]][1]} for row in books.read().accounts
    ]


def password() -> str:
    """The password of all demo accounts of this installation."""
    return kept_secret("demo_password")


def make(place: Place, world: World, *, using: str) -> None:
    """Write accounts and grants, in the transaction that loads the world."""
    provenance = {"source_id": place.source, "decision_id": place.decision, "entry_id": place.entry}
    # scrypt is slow on purpose: once for all; None makes a password that nothing matches
    hashed = make_password(password() if settings.CANBO_DEMO else None)
    for row in world.book.accounts:
        person = world.story.get(row.get("person", ""))
        account = Account(
            username=row["username"], label=SHOWN[row["username"]][0], password=hashed,
            person_id=None if person is None else person + place.first["registry_person"],
        )  # fmt: skip
        account.save(using=using)
        role, begins, ends = row["role"], "2025-07-01", None
        if role is None:  # an ordinary civil servant may read the own file; a grant of last year, long over, gives nothing
            role, ends = Grant.Role.STATISTICIAN, books.as_date(books.day("2025-10-01"))
        Grant(
            account_id=account.pk, role=role, organization_id=place.organizations[row["organization"]] if row["organization"] else None,
            valid=since(books.as_date(books.day(begins)), ends), **provenance,
        ).save(using=using)  # fmt: skip
