"""The accounts of the demo world: one for each kind of user. They exist only where the world is loaded.

Their password is drawn once for an installation and kept in the state folder, readable by its owner only. They can
sign in only where CANBO_DEMO is set: elsewhere they are made without a password.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_noop

from canbo.project.settings import kept_secret
from canbo.project.world import book as books
from canbo.project.world.invention import World
from canbo.project.world.tables import Place
from canbo.registry.days import since
from canbo.registry.models import Account, Grant

# username -> label; English source strings of the catalogues
LABELS = {
    "central-officer": gettext_noop("Central personnel officer"),
    "central-inspector": gettext_noop("Inspector of the centre"),
    "province-officer": gettext_noop("Personnel officer of the city"),
    "commune-officer": gettext_noop("Personnel officer of a ward"),
    "leader": gettext_noop("Head of the city's organization board"),
    "inspector": gettext_noop("Inspector"),
    "statistician": gettext_noop("Statistician"),
    "auditor": gettext_noop("Auditor of the journal"),
    "civil-servant": gettext_noop("Civil servant"),
    "registrar": gettext_noop("Registrar of the city's organizations"),
}


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
            username=row["username"], label=LABELS[row["username"]], password=hashed,
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
