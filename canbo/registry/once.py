"""Acts that happen once: a key that was used names the first act, and gives back what that one wrote."""

from __future__ import annotations

from typing import TypeVar

from django.db import connection

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.registry.models.fact import Provenance
from canbo.registry.saying import sentence as _

P = TypeVar("P", bound=Provenance)


class KeyUsed(ValueError):
    """The key of this act belongs to another act; the text says which."""


def earlier(key: str | None, act: str) -> Entry | None:
    """The entry of the act that was done with this key; None when it is still to be done.

    Ask after authority and after the locks: whoever waited for the first call then finds its entry.
    """
    return None if key is None else same(entries.once(key), act)


def same(entry: Entry | None, act: str) -> Entry | None:
    """The entry, which must be of this act. Raises KeyUsed."""
    if entry is not None and entry.act != act:
        raise KeyUsed(
            _("The key %(key)s was used for another act (%(act)s, entry %(entry)s). Give every act a key of its own.")
            % {"key": entry.key, "act": entry.act, "entry": entry.pk}
        )
    return entry


def written(model: type[P], entry: Entry) -> list[P]:
    """The rows that an act wrote, as they are now, also where a later act rewrote them; in the order of their days."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE entry_id = %(entry)s UNION SELECT id FROM {table}_past WHERE entry_id = %(entry)s",
            {"entry": entry.pk},
        )
        ids = [row[0] for row in cursor.fetchall()]
    rows = model._default_manager.filter(pk__in=ids)
    return list(rows.order_by("valid", "pk") if any(f.name == "valid" for f in model._meta.fields) else rows.order_by("pk"))
