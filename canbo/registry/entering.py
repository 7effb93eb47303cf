"""Three acts that write facts: enter what was not known, change what was true until a day, correct what was wrong.

Change and correct are not the same. A *change* leaves the old value true for the days it was true. A *correction*
says that the old value never was: it is rewritten in the row and carried forward into every later row that
repeated it; what was believed before stays in the twin table, to answer "as known at".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import Range

from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.days import holds, since
from canbo.registry.models import (
    Account,
    ChangeEvent,
    Credential,
    Decision,
    Declaration,
    Disclosure,
    Interest,
    Kinship,
    LanguageSkill,
    Membership,
    NoneDeclared,
    Organization,
    OrganizationCode,
    OrganizationName,
    OrganizationParent,
    OrganizationStatus,
    Person,
    PersonName,
    PoliticalTheory,
    Post,
    PostManager,
    Rating,
    Remit,
    Reward,
    SalaryStep,
    Sanction,
    Seat,
    Source,
    Succession,
    Training,
)
from canbo.registry.models.fact import Fact, Provenance
from canbo.registry.names import search_key, sort_key
from canbo.registry.queries import NotInRegister
from canbo.registry.saying import sentence as _

F = TypeVar("F", bound=Fact)
P = TypeVar("P", bound=Provenance)

# Of what a dated row is one state: rows that share these columns are one history, in which a correction goes forward.
# A post and what hangs on it go on in the post that succeeds it.
THREADS: dict[str, tuple[str, ...]] = {
    "organizationname": ("organization_id",),
    "organizationcode": ("organization_id",),
    "organizationstatus": ("organization_id",),
    "organizationparent": ("organization_id",),
    "personname": ("person_id",),
    "salarystep": ("person_id",),
    "membership": ("person_id", "post_id"),
    "seat": ("post_id", "number"),
    "postmanager": ("post_id",),
    "post": ("id",),
    "remit": ("task_id", "organization_id"),
}
OF_A_PERSON: tuple[type[models.Model], ...] = (
    Person, PersonName, Kinship, NoneDeclared, Membership, Credential, PoliticalTheory, LanguageSkill, Training, Rating, Reward,
    Sanction, Declaration, SalaryStep, Succession, Interest, Disclosure,
)  # fmt: skip
OF_AN_ORGANIZATION: tuple[type[models.Model], ...] = (
    Organization, OrganizationName, OrganizationCode, OrganizationStatus, OrganizationParent, ChangeEvent, Remit, Post, Seat,
    PostManager,
)  # fmt: skip
PROVENANCE = frozenset({"id", "source_id", "decision_id", "confirmed_by_id", "entry_id", "known_from", "valid"})
# The fields that say whom or what a row is about: whoever writes it needs authority over each.
CONCERNED = ("person", "organization", "parent", "post", "manager")
# What the acts write themselves, and nobody may pass among the fields.
OURS = frozenset({"id", "pk", "source", "decision", "confirmed_by", "entry", "known_from"})


class NotAChange(ValueError):
    """The act as asked would change nothing, or does not fit the row; the text says what to do instead."""


@transaction.atomic
def enter(model: type[P], *, by: Account, decision: Decision, source: Source, key: str | None = None, **fields: Any) -> P:
    """Write a row that was not in the register. With a `key` it is written once; then the first row is returned."""
    _refuse_strange(model, fields)
    _require(model, [fields], "enter", by)
    act = f"{model._meta.model_name}.entered"
    first = once.earlier(key, act)
    if first is not None:
        return _only(model, first)
    about = fields.get("person") or fields.get("organization") or decision
    try:
        entry = entries.record(act, by=by, about=about, key=key, payload=_told(fields))
    except entries.AlreadyRecorded as already:
        once.same(already.entry, act)
        return _only(model, already.entry)
    row = model(**fields, decision=decision, source=source, entry_id=entry.pk)
    _write_keys(row)
    row.save(force_insert=True)
    return row


@transaction.atomic
def change(
    row: F, *, on: date, by: Account, decision: Decision, source: Source | None = None, key: str | None = None, **fields: Any
) -> F:
    """From the day `on` the fact is different: close the row on that day and open one with the new values.

    Returns the new row. Raises NotAChange when the row is not true on the day before and on it, or nothing differs.
    """
    model = type(row)
    _refuse_strange(model, fields, but={"valid"})
    row = _locked(row)
    _require(model, [_owner(row), _owner(row) | fields], "change", by)
    act = f"{model._meta.model_name}.changed"
    first = once.earlier(key, act)
    if first is not None:
        return _only(model, first)
    if not holds(row.valid, on) or row.valid.lower == on:
        raise NotAChange(
            _("This fact is not true both before and on %(on)s, so it cannot change then. A mistake is corrected, not changed.")
            % {"on": on}
        )
    before = _told({name: getattr(row, name) for name in fields})
    if before == _told(fields):
        raise NotAChange(_("Nothing differs: the fact already says this. Give at least one new value."))
    entry = entries.record(act, by=by, about=row, on=on, key=key, payload={"before": before, "after": _told(fields)})
    kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in PROVENANCE}
    until = row.valid.upper
    row.valid = since(row.valid.lower, on)
    row.save(update_fields=["valid"])
    fresh = model(**kept, valid=since(on, until), decision=decision, source=source or row.source, entry_id=entry.pk)
    for name, value in fields.items():
        setattr(fresh, name, value)
    _write_keys(fresh)
    fresh.save(force_insert=True)
    return fresh


@transaction.atomic
def correct(row: P, *, by: Account, decision: Decision, reason: str, key: str | None = None, **fields: Any) -> list[P]:
    """The row was wrong: rewrite it, and every later row of the same history that repeated the wrong value.

    Each mistake ends where somebody entered another value than the wrong one. Returns the rows rewritten, in the
    order of their days. `valid` may be among `fields`; it is corrected in this row only. `reason` is kept in the journal.
    """
    model = type(row)
    _refuse_strange(model, fields)
    row = _locked(row)
    _require(model, [_owner(row), _owner(row) | fields], "correct", by)
    act = f"{model._meta.model_name}.corrected"
    first = once.earlier(key, act)
    if first is not None:
        return once.written(model, first)
    if not reason.strip():
        raise NotAChange(_("A correction needs a reason: say what showed that the entry was wrong."))
    wrong = {name: getattr(row, name) for name in fields}
    if _told(wrong) == _told(fields):
        raise NotAChange(_("Nothing differs: the fact already says this. Give at least one new value."))
    entry = entries.record(
        act, by=by, about=row, key=key, payload={"reason": reason, "before": _told(wrong), "after": _told(fields)}
    )  # fmt: skip
    differing = {name: value for name, value in fields.items() if name != "valid" and _plain(wrong[name]) != _plain(value)}
    rewritten = []
    for each, values in [(row, fields), *_repeating(row, wrong, differing)]:
        for name, value in values.items():
            setattr(each, name, value)
        each.decision, each.entry_id = decision, entry.pk
        _write_keys(each)
        each.save()
        rewritten.append(each)
    return rewritten


def _repeating(row: Any, wrong: dict[str, Any], right: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """The later rows of the same history with what is to be put right in each: every field goes forward by itself,
    as long as its wrong value was repeated."""
    thread = THREADS.get(str(row._meta.model_name))
    if thread is None or not right or not isinstance(row, Fact) or row.valid.upper is None:
        return []
    same: dict[str, Any] = {}
    for name in thread:
        of_a_post = name == "post_id" or isinstance(row, Post)
        same[f"{name}__in"] = _successors(getattr(row, name)) if of_a_post else [getattr(row, name)]
    later = type(row)._default_manager.select_for_update().filter(**same, valid__startswith__gte=row.valid.upper)
    left, repeating = dict(right), []
    for each in later.order_by("valid"):
        left = {name: value for name, value in left.items() if getattr(each, name) == wrong[name]}
        if not left:
            break
        repeating.append((each, left))
    return repeating


def _successors(post: int) -> list[int]:
    """A post and those that followed it, through every reorganisation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE line (id) AS (SELECT %s::bigint UNION SELECT p.id FROM registry_post p JOIN line"
            " ON p.successor_of_id = line.id) SELECT id FROM line",
            [post],
        )
        return [row[0] for row in cursor.fetchall()]


def _only(model: type[P], entry: Any) -> P:
    """The row that an act wrote, as it is now."""
    rows = once.written(model, entry)
    if not rows:
        raise NotInRegister(_("What entry %(entry)s of the journal wrote has been removed since.") % {"entry": entry.pk})
    return rows[0]


def _locked(row: P) -> P:
    """The row as it stands in the register, held until the end of the transaction."""
    found = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise NotInRegister(_("This entry is not in the register any more, or you may not change it. Look it up again."))
    return found


def _write_keys(row: models.Model) -> None:
    """The keys by which names are found and sorted follow the name."""
    if isinstance(row, PersonName):
        row.sort_key = sort_key(row.given, row.family)
        row.search_key = search_key(f"{row.family} {row.given}")
    elif isinstance(row, OrganizationName):
        code = (
            OrganizationCode.objects.filter(organization_id=row.organization_id, valid__overlap=row.valid)
            .order_by("-valid")
            .first()
        )
        row.search_key = search_key(" ".join([*row.name.values(), code.code if code else ""]))


def _refuse_strange(model: type[models.Model], fields: dict[str, Any], but: Iterable[str] = ()) -> None:
    """Only facts are written here, and only their own columns: grants and accounts have acts of their own."""
    if model not in (*OF_A_PERSON, *OF_AN_ORGANIZATION):
        raise NotAChange(_("%(what)s is not a fact of the register; it cannot be entered here.") % {"what": model.__name__})
    columns = {field.name for field in model._meta.concrete_fields} | {field.attname for field in model._meta.concrete_fields}
    ours = OURS | {f"{name}_id" for name in OURS} | set(but)
    strange = sorted(name for name in fields if name in ours or name not in columns)
    if strange:
        raise NotAChange(
            _("%(what)s has nothing called %(names)s that could be written by hand.")
            % {"what": model.__name__, "names": ", ".join(strange)}
        )


def _owner(row: Provenance) -> dict[str, Any]:
    """Whom or what a row is about, for authority."""
    if isinstance(row, Person):
        return {"person": row}
    if isinstance(row, Organization):
        return {"organization": row}
    return {name: getattr(row, name) for name in CONCERNED if hasattr(row, name)}


def _require(model: type[models.Model], asked: Iterable[dict[str, Any]], verb: str, by: Account) -> None:
    """The authority that a write needs over all that the row is about, before and after: of the person's file, or of
    the organization's structure."""
    for fields in asked:
        given = {name: _loaded(model, name, fields) for name in CONCERNED}
        if model in OF_A_PERSON:
            _require_file(given, f"person.{verb}", by)
            continue
        over = [given[name] for name in CONCERNED if name != "person" and given[name] is not None]
        for each in over or [None]:
            authority.require(by, "organization.change", over=each)


def _require_file(given: dict[str, Any], act: str, by: Account) -> None:
    """Authority over the file; where the row is a place in a body, over the body too. A first post is covered by the
    body that takes the person in; whoever serves or served elsewhere comes through a body above both."""
    person, place = given["person"], given["organization"] or given["post"]
    if place is not None:
        authority.require(by, act, over=place)
    newcomer = place is not None and person is not None and not _is_known(person)
    if not newcomer or person.pk == by.person_id:
        authority.require(by, act, over=person)


def _is_known(person: Person) -> bool:
    """Whether the person ever served anywhere, whether or not the asker may see where."""
    with authority.everything_in_sight():
        return Membership.objects.filter(person_id=person.pk).exists()


def _loaded(model: type[models.Model], name: str, fields: dict[str, Any]) -> Any:
    """What a field names, whether it was given as a thing or as its number."""
    value = fields.get(name)
    if value is None and fields.get(f"{name}_id") is not None:
        related: Any = model._meta.get_field(name).related_model
        value = related._default_manager.filter(pk=fields[f"{name}_id"]).first()
    return value


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Values as the journal writes them."""
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Range):
        return [day.isoformat() if day else None for day in (value.lower, value.upper)]
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool | dict | list) else str(value)
