"""Three acts that write facts: enter what was not known, change what was true until a day, correct what was wrong.

Change and correct are not the same. A *change* leaves the old value true for the days it was true. A *correction*
says that the old value never was: it is rewritten in the row and carried forward into every later row that
repeated it; what was believed before stays in the twin table, to answer "as known at".
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.registry import authority
from canbo.registry.days import holds, since
from canbo.registry.models import Account, Decision, Organization, Person, Post, Source
from canbo.registry.models.fact import Fact, Provenance

F = TypeVar("F", bound=Fact)
P = TypeVar("P", bound=Provenance)

# Of what a dated row is one state: rows that share these columns are one history, in which a correction goes forward.
THREADS: dict[str, tuple[str, ...]] = {
    "organizationname": ("organization_id",),
    "organizationcode": ("organization_id",),
    "organizationstatus": ("organization_id",),
    "organizationparent": ("organization_id",),
    "personname": ("person_id",),
    "salarystep": ("person_id",),
    "membership": ("person_id", "post_id"),
    "seat": ("post_id", "number"),
    "remit": ("task_id", "organization_id"),
}
PROVENANCE = frozenset({"id", "source_id", "decision_id", "confirmed_by_id", "entry_id", "known_from", "valid"})


class NotAChange(ValueError):
    """The act as asked would change nothing, or does not fit the row; the text says what to do instead."""


@transaction.atomic
def enter(
    model: type[P], *, by: Account, decision: Decision, source: Source, key: str | None = None, **fields: Any
) -> P:
    """Write a row that was not in the register. With a `key` it is written once; then the first row is returned."""
    earlier = entries.once(key) if key else None
    if earlier is not None:
        return model._default_manager.get(entry_id=earlier.pk)
    _require(model, fields, "enter", by)
    about = fields.get("person") or fields.get("organization") or decision
    entry = entries.record(f"{model._meta.model_name}.entered", by=by, about=about, key=key, payload=_told(fields))
    row = model(**fields, decision=decision, source=source, entry_id=entry.pk)
    row.save(force_insert=True)
    return row


@transaction.atomic
def change(row: F, *, on: date, by: Account, decision: Decision, source: Source | None = None, key: str | None = None, **fields: Any) -> F:
    """From the day `on` the fact is different: close the row on that day and open one with the new values.

    Returns the new row. Raises NotAChange when the row is not true on the day before and on it, or nothing differs.
    """
    earlier = entries.once(key) if key else None
    if earlier is not None:
        return type(row)._default_manager.get(entry_id=earlier.pk)
    _require(type(row), {**_owner(row), **fields}, "change", by)
    row = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if not holds(row.valid, on) or row.valid.lower == on:
        raise NotAChange(
            _("This fact is not true both before and on %(on)s, so it cannot change then. A mistake is corrected, not changed.")
            % {"on": on}
        )
    before = _told({name: getattr(row, name) for name in fields})
    if before == _told(fields):
        raise NotAChange(_("Nothing differs: the fact already says this. Give at least one new value."))
    entry = entries.record(
        f"{row._meta.model_name}.changed", by=by, about=row, on=on, key=key, payload={"before": before, "after": _told(fields)}
    )
    kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in PROVENANCE}
    until = row.valid.upper
    row.valid = since(row.valid.lower, on)
    row.save(update_fields=["valid"])
    fresh = type(row)(
        **kept, valid=since(on, until), decision=decision, source=source or row.source, entry_id=entry.pk
    )
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.save(force_insert=True)
    return fresh


@transaction.atomic
def correct(row: P, *, by: Account, decision: Decision, reason: str, key: str | None = None, **fields: Any) -> list[P]:
    """The row was wrong: rewrite it, and every later row of the same history that repeated the wrong value.

    The mistake ends where somebody entered another value than the wrong one. Returns the rows rewritten, the
    first one first. `valid` may be among `fields`; it is corrected in this row only. `reason` is kept in the journal.
    """
    model = type(row)
    earlier = entries.once(key) if key else None
    if earlier is not None:
        return list(model._default_manager.filter(entry_id=earlier.pk).order_by("pk"))
    if not reason.strip():
        raise NotAChange(_("A correction needs a reason: say what showed that the entry was wrong."))
    _require(model, {**_owner(row), **fields}, "correct", by)
    row = model._default_manager.select_for_update().get(pk=row.pk)
    wrong = {name: getattr(row, name) for name in fields}
    if _told(wrong) == _told(fields):
        raise NotAChange(_("Nothing differs: the fact already says this. Give at least one new value."))
    entry = entries.record(
        f"{row._meta.model_name}.corrected", by=by, about=row, key=key,
        payload={"reason": reason, "before": _told(wrong), "after": _told(fields)},
    )  # fmt: skip
    carried = {name: value for name, value in fields.items() if name != "valid"}
    rewritten = []
    for each, names in [(row, fields), *((later, carried) for later in _repeating(row, wrong, carried))]:
        for name, value in names.items():
            setattr(each, name, value)
        each.decision, each.entry_id = decision, entry.pk
        each.save()
        rewritten.append(each)
    return rewritten


def _repeating(row: P, wrong: dict[str, Any], carried: dict[str, Any]) -> list[P]:
    """The rows after this one, in the same history, as long as they repeat the wrong value."""
    thread = THREADS.get(str(row._meta.model_name))
    valid = getattr(row, "valid", None)
    if thread is None or not carried or valid is None:
        return []
    model: type[P] = type(row)
    later = model._default_manager.select_for_update().filter(**{name: getattr(row, name) for name in thread})
    later = later.filter(valid__startswith__gte=valid.upper) if valid.upper else later.none()
    repeating = []
    for each in later.order_by("valid"):
        if any(getattr(each, name) != wrong[name] for name in carried):
            break
        repeating.append(each)
    return repeating


def _owner(row: Provenance) -> dict[str, Any]:
    """Whom or what a row is about, for authority."""
    if isinstance(row, Person):
        return {"person": row}
    if isinstance(row, Organization):
        return {"organization": row}
    return {name: getattr(row, name) for name in ("person", "organization", "post") if hasattr(row, name)}


def _require(model: type[models.Model], fields: dict[str, Any], verb: str, by: Account) -> None:
    """The authority that a write needs: of the person's file, or of the organization's structure."""
    organization = fields.get("organization")
    person = fields.get("person")
    if model is Person or person is not None:
        # A new file, or a first post, is covered by the body that takes the person in.
        act = f"person.{verb}"
        if person is not None and authority.allows(by, act, over=person):
            return
        authority.require(by, act, over=organization if organization is not None else person)
        return
    post = fields.get("post")
    over = organization if organization is not None else post if isinstance(post, Post) else None
    authority.require(by, "organization.change", over=over)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Values as the journal writes them."""
    told: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, models.Model):
            told[name] = value.pk
        elif hasattr(value, "lower") and hasattr(value, "upper") and not isinstance(value, str):
            told[name] = [day.isoformat() if day else None for day in (value.lower, value.upper)]
        elif isinstance(value, date):
            told[name] = value.isoformat()
        elif value is None or isinstance(value, str | int | bool | dict | list):
            told[name] = value
        else:
            told[name] = str(value)
    return told
