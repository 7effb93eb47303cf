"""The dossier of a person: what the procedure asks for, what is there, and what stands in its place.

Three things are told apart for every item: what is known to be there or not there, what there is none of, and what
nobody has looked at. Only the last is unknown. Data that the register holds verified replaces the paper.

Which items, how recent, signed by whom: `documents/dossier.yaml` of the rulebook, by the day of the law.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from canbo.journal import entries
from canbo.procedures.bodies import rulebook
from canbo.procedures.letters.wording import FOLDER, clean
from canbo.procedures.models import Case, Document, Paper, Stored
from canbo.registry import authority, looking, once
from canbo.registry.models import Account, Credential, Declaration, NoneDeclared, Organization, Person
from canbo.registry.queries import in_language
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules import procedure as law
from canbo.rules.dates import days_in
from canbo.rules.provenance import load_source
from canbo.rules.reading import read

ADDED, NOTED = "dossier.added", "dossier.noted"
LARGEST = 10 * 1024 * 1024  # octets of one file: a scan of thirty pages at 300 dpi
# What a file must begin with. A file is kept and handed out again as it came; nothing here opens it.
BEGINNINGS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class PaperRefused(ValueError):
    """This cannot be taken into a dossier; the text says why."""


class State(StrEnum):
    """How one item of a dossier stands."""

    PRESENT = "present"
    COVERED = "covered"  # the register has the data: no paper needed
    NOT_ASKED = "not_asked"  # this procedure does not ask for it
    NONE = "none"  # there is none to hand in
    MISSING = "missing"
    OLD = "old"
    UNSIGNED = "unsigned"
    UNKNOWN = "unknown"


BLOCKING = frozenset({State.MISSING, State.OLD, State.UNSIGNED, State.UNKNOWN})


@dataclass(frozen=True)
class Item:
    """One item as it stands on the day. `why` is a sentence for the reader, `article` the citation in all languages.

    `age`: whole months since the day the paper bears, a part month counted as one; None where that does not matter.
    """

    code: str
    title: dict[str, str]
    state: State
    why: str
    article: Mapping[str, str]
    paper: Paper | None = None
    age: int | None = None

    @property
    def blocks(self) -> bool:
        """Whether the dossier is not complete because of this item."""
        return self.state in BLOCKING


@dataclass(frozen=True)
class Wanted:
    """What the law says of one item."""

    code: str
    title: dict[str, str]
    article: Mapping[str, str]
    months: int | None
    signed: dict[str, str]
    record: str
    none: str
    issued: Sequence[str]
    not_asked: bool


@cache
def _book(rulebook: str) -> Mapping[str, Any]:
    """The versions of the list, each checked: a source, and for every item a title in every language."""
    root = corpus.find(rulebook)
    file = read(root / FOLDER / "dossier.yaml", root=root)
    versions = [
        {
            **version.mapping(), "source": load_source(version.at("source")),
            "items": [{**item.mapping(), "title": dict(item.at("title").said())} for item in version.at("items").items()],
        }
        for version in file.at("versions").items()
    ]  # fmt: skip
    return {"reuse_months": file.at("reuse_months").number(), "versions": versions}


def wanted(procedure: str, on: date) -> list[Wanted]:
    """The items that a procedure asks for on a day, in the order of the law; none where it asks for no dossier."""
    for version in _book(settings.CANBO_RULEBOOK)["versions"]:
        first, after = version["in_force"]["from"], version["in_force"]["to"]
        if first <= on and (after is None or on < after) and _among(procedure, version["for"]):
            return [_wanted(item, version["source"], procedure) for item in version["items"]]
    return []


def _wanted(item: Mapping[str, Any], source: Any, procedure: str) -> Wanted:
    clause = {"en": f", clause {item['clause']}", "vi": f", khoản {item['clause']}", "fa": f"، بند {item['clause']}"}
    return Wanted(
        item["code"], item["title"], {language: source.cite(language) + clause[language] for language in clause},
        item.get("months"), item.get("signed", {}), item.get("record", ""), item.get("none", ""), item.get("issued", ()),
        _among(procedure, item.get("unless_new", ())),
    )  # fmt: skip


def _among(procedure: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(procedure, pattern) for pattern in patterns)


# ---- how it stands


def state(person: Person, procedure: str, on: date, authority_body: Organization | int | None = None) -> list[Item]:
    """How each item of the person's dossier stands on a day, in the order of the law.

    `authority_body`: the body that decides. Papers first handed to it within the months of re-use serve again there, at
    the age they had then; where it is not said, every paper is measured on the day itself.
    """
    papers: dict[str, Paper] = {}
    for paper in Paper.objects.filter(person=person, received_on__lte=on).order_by("id"):
        papers[paper.item] = paper
    body = authority_body.pk if isinstance(authority_body, Organization) else authority_body
    return [_stands(item, papers.get(item.code), person, on, body) for item in wanted(procedure, on)]


def complete(items: Sequence[Item]) -> bool:
    """Whether nothing of the dossier stands in the way."""
    return not any(item.blocks for item in items)


def facts(items: Sequence[Item]) -> dict[str, object]:
    """What the articles on dossiers ask for: how many items are there, and the age of the oldest that must be recent.

    An item of which nothing is known leaves the count unknown: it is not counted as missing.
    """
    found: dict[str, object] = {"dossier.checked": True}
    if not any(item.state is State.UNKNOWN for item in items):
        found["dossier.items"] = sum(not item.blocks for item in items)
    ages = [item.age for item in items if item.age is not None]
    if ages:
        found["dossier.oldest_months"] = max(ages)
    return found


def _stands(item: Wanted, paper: Paper | None, person: Person, on: date, body: int | None) -> Item:
    state, why, age = _of_paper(item, paper, on, body)
    if state in BLOCKING:
        instead = _instead(item, person, on)
        if instead is not None:
            (state, why), age = instead, None
    return Item(item.code, item.title, state, why, item.article, paper, age)


def _of_paper(item: Wanted, paper: Paper | None, on: date, body: int | None) -> tuple[State, str, int | None]:
    """What the latest paper or finding says by itself."""
    title = in_language(item.title)
    if paper is None:
        return State.UNKNOWN, _("%(item)s: nobody has said whether it is there.") % {"item": title}, None
    if paper.finding != Paper.Finding.FILE:
        lacking = paper.finding == Paper.Finding.LACKING
        told = _("%(item)s: looked for on %(day)s and not there. %(why)s") if lacking else _("%(item)s: there is none. %(why)s")
        why = told % {"item": title, "day": paper.received_on, "why": paper.reason}
        return (State.MISSING if lacking else State.NONE), why, None
    if item.months is not None and paper.dated_on is None:
        return State.UNKNOWN, _("%(item)s: it is there, but the day it bears is not known.") % {"item": title}, None
    age = _age(paper.dated_on, on) if item.months is not None and paper.dated_on is not None else None
    reused = age is not None and age > (item.months or 0) and _serves_again(item, paper, on, body)
    if age is not None and age > (item.months or 0) and not reused:
        return State.OLD, _("%(item)s: %(age)s months old; %(months)s are the most.") % {
            "item": title, "age": age, "months": item.months,
        }, age  # fmt: skip
    if item.signed and paper.signed is not True:
        told = (
            _("%(item)s: not signed by %(who)s.")
            if paper.signed is False
            else _("%(item)s: nobody has said whether %(who)s signed it.")
        )
        return (
            (State.UNSIGNED if paper.signed is False else State.UNKNOWN),
            told % {"item": title, "who": in_language(item.signed)},
            age,
        )
    if reused and paper.dated_on is not None:
        then = _age(paper.dated_on, paper.received_on)
        return State.PRESENT, _("%(item)s: handed to the same body on %(day)s, it serves again.") % {
            "item": title, "day": paper.received_on,
        }, then  # fmt: skip
    return State.PRESENT, _("%(item)s: there.") % {"item": title}, age


def _serves_again(item: Wanted, paper: Paper, on: date, body: int | None) -> bool:
    """Whether a paper that is too old today was young enough when it was first handed to the same body, not long ago."""
    if body is None or paper.authority_id != body or item.months is None or paper.dated_on is None:
        return False
    in_time = on <= _months_after(paper.received_on, _book(settings.CANBO_RULEBOOK)["reuse_months"])
    return in_time and _age(paper.dated_on, paper.received_on) <= item.months


def _instead(item: Wanted, person: Person, on: date) -> tuple[State, str] | None:
    """What stands in the place of the paper: the procedure, the documents of a case, the register, a statement of none."""
    title = in_language(item.title)
    if item.not_asked:
        return State.NOT_ASKED, _("%(item)s: not asked for here, unless something new has come up.") % {"item": title}
    if item.issued and _issued(item, person, on):
        return State.PRESENT, _("%(item)s: issued in the case.") % {"item": title}
    if item.record and _verified(item, person, on):
        return State.COVERED, _("%(item)s: the register has it, verified; no paper is needed.") % {"item": title}
    if item.none and NoneDeclared.objects.filter(person=person, topic=item.none, valid__contains=on).exists():
        return State.NONE, _("%(item)s: there is none. %(why)s") % {"item": title, "why": _("So it is stated in the file.")}
    return None


def _issued(item: Wanted, person: Person, on: date) -> bool:
    since = _months_after(on, -item.months) if item.months is not None else date.min
    found = Document.objects.filter(kind__in=item.issued, issued_on__range=(since, on))
    kinds = found.filter(case__person=person) | found.filter(case__candidates__person=person)
    wanted = set(item.issued) & _made_for(person, set(item.issued))
    return bool(wanted) and wanted <= set(kinds.values_list("kind", flat=True))


def _made_for(person: Person, otherwise: set[str]) -> set[str]:
    """What the steps of the person's latest case make by law: no count of a vote is asked for where nobody votes."""
    case = Case.objects.filter(candidates__person=person).exclude(version="").order_by("-pk").first()
    kind = law.opened(rulebook()).get(case.procedure) if case is not None else None
    if case is None or kind is None:
        return otherwise
    return {name.replace("_", "-") for step in kind.version(case.version).steps for name in step.makes}


def _verified(item: Wanted, person: Person, on: date) -> bool:
    """Whether the register holds the record that replaces the paper, verified and, where it must be, recent enough."""
    if item.record == "credential":
        held = Credential.objects.filter(person=person, valid__contains=on)
        return held.exists() and not held.exclude(verified=True).exists()
    declared = Declaration.objects.filter(person=person, verified=True, valid__startswith__lte=on)
    if item.months is not None:
        declared = declared.filter(valid__startswith__gte=_months_after(on, -item.months))
    return declared.exists()


def _age(dated: date, on: date) -> int:
    """Months from one day to another; a part month counts as one."""
    months = (on.year - dated.year) * 12 + on.month - dated.month
    return months + 1 if _months_after(dated, months) < on else months


def _months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, days_in(year, month)))


# ---- what is handed in


@transaction.atomic
def add(
    *, person: Person, item: str, body: bytes, name: str, dated_on: date | None, signed: bool | None,
    authority_body: Organization, by: Account, on: date, key: str | None = None,
) -> Paper:  # fmt: skip
    """Take a file into a person's dossier, as it came. A later one speaks in place of an earlier one, which stays.

    dated_on        the day that the paper bears; None: not known
    signed          whether it is signed or confirmed as its item asks; None: not known
    authority_body  the body to which it is handed
    Raises NotAllowed, PaperRefused, KeyUsed; IntegrityError, naming the constraint.
    """
    authority.require(by, "dossier.add", over=person)
    _must_be_item(item)
    media = media_of(body)
    Person.objects.select_for_update(of=("self",)).get(pk=person.pk)  # who handed in meanwhile with this key is seen below
    earlier = once.earlier(key, ADDED)
    if earlier is not None:
        return Paper.objects.get(entry=earlier)
    stored = keep(body, media)
    return _write(
        ADDED, key, person=person, item=item, finding=Paper.Finding.FILE, body_id=stored, name=file_name(name),
        dated_on=dated_on, signed=signed, authority=authority_body, received_on=on, added_by=by,
    )  # fmt: skip


@transaction.atomic
def note(
    *, person: Person, item: str, finding: str, reason: str, authority_body: Organization, by: Account, on: date,
    key: str | None = None,
) -> Paper:  # fmt: skip
    """Write down what was found where there is no file: `lacking` (looked for, not there) or `none` (there is none).

    Raises NotAllowed, PaperRefused, KeyUsed.
    """
    authority.require(by, "dossier.add", over=person)
    _must_be_item(item)
    if finding not in (Paper.Finding.LACKING, Paper.Finding.NONE) or not clean(reason):
        raise PaperRefused(_("Say what was found, lacking or none, and in words how you know."))
    Person.objects.select_for_update(of=("self",)).get(pk=person.pk)  # who handed in meanwhile with this key is seen below
    earlier = once.earlier(key, NOTED)
    if earlier is not None:
        return Paper.objects.get(entry=earlier)
    return _write(
        NOTED, key, person=person, item=item, finding=finding, reason=clean(reason), authority=authority_body,
        received_on=on, added_by=by,
    )  # fmt: skip


def opened(paper: Paper, *, by: Account, on: date) -> tuple[bytes, str]:
    """The bytes of a file and their media type; that it was opened is entered in the log of who looked. Raises NotAllowed."""
    authority.require(by, "person.read", over=paper.person)
    if paper.body is None:
        raise PaperRefused(_("There is no file: it was noted that it is not there."))
    looking.looked_at_file(paper.person, by=by, on=on, classes=["dossier", paper.item])
    return bytes(paper.body.body), paper.body.media


def keep(body: bytes, media: str) -> str:
    """Put bytes where they lie under their SHA-256, which is given back; the same bytes lie there once."""
    digest = hashlib.sha256(body).hexdigest()
    with connection.cursor() as cursor:  # no target of the conflict: whoever may not see the earlier row need not
        cursor.execute(
            f"INSERT INTO {Stored._meta.db_table} (sha256, media, size, body) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [digest, media, len(body), body],
        )
    return digest


def file_name(name: str) -> str:
    """What a file was called, as it may be shown: no path, no control marks, at most 120 letters."""
    last = PurePosixPath(PureWindowsPath(clean(name).replace("\n", " ")).name).name
    return re.sub(r"[<>:\"|?*]", "_", last)[:120].strip(". ") or "file"


def _write(act: str, key: str | None, **fields: Any) -> Paper:
    paper = Paper(**fields)
    told: dict[str, Any] = {
        "item": paper.item,
        "finding": paper.finding,
        "sha256": paper.body_id,
        "dated_on": paper.dated_on,
        "signed": paper.signed,
    }
    told |= {"authority": paper.authority_id, "name": paper.name, "reason": paper.reason}
    payload = {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
    paper.entry = entries.record(act, by=paper.added_by, about=paper.person, on=paper.received_on, payload=payload, key=key)
    paper.save(force_insert=True)
    return paper


def _must_be_item(code: str) -> None:
    known = {item["code"] for version in _book(settings.CANBO_RULEBOOK)["versions"] for item in version["items"]}
    if code not in known:
        raise PaperRefused(
            _("A dossier has no item “%(code)s”; it has: %(known)s.") % {"code": code, "known": ", ".join(sorted(known))}
        )


def media_of(body: bytes) -> str:
    """The media type by the first octets, never by the name. Raises PaperRefused."""
    if len(body) > LARGEST:
        raise PaperRefused(_("The file has %(size)s octets; at most %(most)s are taken.") % {"size": len(body), "most": LARGEST})
    media = next((media for start, media in BEGINNINGS.items() if body.startswith(start)), None)
    if media is None or (media == "application/pdf" and b"%%EOF" not in body[-2048:]):
        raise PaperRefused(_("This is no whole PDF, PNG or JPEG. Scan or save the paper as one of these."))
    return media
