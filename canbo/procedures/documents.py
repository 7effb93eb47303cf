"""Documents of a case: drawn up from the register, written from templates, numbered, kept.

    documents.render(kind, data, language, form="pdf")         bytes, of nothing but their input
    documents.draft(case, kind, language=, on=)                what it would say, and which data it lacks
    documents.issue(case=, kind=, language=, ..., by=, on=)    numbered and kept, with its entry in the journal

A draft is written with blanks and the word DRAFT; nothing is issued that lacks a datum.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from canbo.journal import entries
from canbo.procedures import dossier
from canbo.procedures.letters import gathering, pdf, word, wording
from canbo.procedures.letters.wording import UnknownKind
from canbo.procedures.models import Case, Document, Ruling, Step
from canbo.registry import authority, looking, once
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _

ISSUED = "document.issued"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

__all__ = [
    "DocumentIncomplete",
    "Drafted",
    "NotDecided",
    "UnknownKind",
    "draft",
    "issue",
    "kinds",
    "made_by_step",
    "opened",
    "render",
]


class DocumentIncomplete(ValueError):
    """The document lacks data; `missing` names each, as the templates do."""

    def __init__(self, kind: str, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            _("The document %(kind)s cannot be issued, because it lacks: %(what)s.") % {"kind": kind, "what": ", ".join(missing)}
        )


class NotDecided(ValueError):
    """No signed ruling says what the document would say."""


@dataclass(frozen=True)
class Drafted:
    """A document before it is issued: the data there is, and the names of what it lacks. `pages` shows it as pictures."""

    kind: str
    language: str
    data: Mapping[str, Any]
    missing: tuple[str, ...]

    def written(self, form: str = "pdf") -> bytes:
        """The draft as a file, with blanks where data is missing."""
        return render(self.kind, self.data, self.language, form)

    def pages(self, *, ppi: float = 100) -> list[bytes]:
        """The draft as PNG pictures, page by page."""
        content, check, _missing = _composed(self.kind, self.data, self.language)
        return pdf.images(content, check=check, ppi=ppi)


def kinds() -> tuple[str, ...]:
    """The kinds of document that the rulebook has."""
    return tuple(wording.book(settings.CANBO_RULEBOOK).kinds)


def made_by_step(name: str, effect: str) -> str:
    """The kind that the law of a procedure means by what a step `makes`: `decision` is that of the procedure's effect."""
    kind = f"decision-{effect}" if name == "decision" else name.replace("_", "-")
    return wording.kind_of(settings.CANBO_RULEBOOK, kind).name


def render(kind: str, data: Mapping[str, Any], language: str, form: str = "pdf") -> bytes:
    """A document as PDF or docx: the same input gives the same bytes. What `data` lacks is left blank.

    data  as in `wording.compose`; `number` None writes a draft; `address`: where the document can be checked
    Raises UnknownKind, ValueError for a language or form that there is not.
    """
    content, check, _missing = _composed(kind, data, language)
    if form == "pdf":
        return pdf.pdf(content, check=check)
    if form == "docx":
        return word.word(content, check=check)
    raise ValueError(f"no documents as {form!r}: pdf, docx")


def draft(
    case: Case, kind: str, *, language: str, on: date, step: Step | None = None, person: Person | None = None,
    more: Mapping[str, Any] | None = None,
) -> Drafted:  # fmt: skip
    """What a document of the case would say on a day. `more` stands beside and above what the register knows.

    Sees only what the running transaction may see. Raises UnknownKind, NotInRegister.
    """
    return _drafted(case, kind, language, on, step, person, more or {}, None)


@transaction.atomic
def issue(
    *, case: Case, kind: str, language: str, by: Account, on: date, step: Step | None = None, person: Person | None = None,
    more: Mapping[str, Any] | None = None, key: str | None = None,
) -> Document:  # fmt: skip
    """Issue a document of a case: give it the next number of its body, series and year, and keep its bytes.

    The number is drawn in the transaction that keeps the document: there is no gap and no double. `key` makes it happen
    once. A decision says what its signed ruling says. Raises NotAllowed, NotDecided, DocumentIncomplete, UnknownKind, KeyUsed.
    """
    this = wording.kind_of(settings.CANBO_RULEBOOK, kind)
    if this.entry.get("handed_in"):
        raise DocumentIncomplete(kind, [_("a paper of the person, which is handed in")])
    issuer = gathering.issuer_of(case, kind, step)
    if step is None or not step.actors.filter(account=by).exists():  # whoever took the step was entitled to it
        authority.require(by, "document.issue", over=issuer)
    ruled, person = _ruled(case, kind, person)
    subject = person or case.person
    if subject is not None:
        authority.refuse_own_file(by, "document.issue", subject)
    number = _next_number(issuer, this.series, on.year)  # holds the row of numbers: who issued meanwhile is seen below
    earlier = once.earlier(key, ISSUED)
    if earlier is not None:
        return Document.objects.get(entry=earlier)
    with authority.everything_in_sight():  # the act is allowed; a document names people whom its writer may not look up
        drafted = _drafted(case, kind, language, on, step, person, {**(more or {}), **ruled}, by)
    if drafted.missing:
        raise DocumentIncomplete(kind, drafted.missing)
    return _kept(case, step, subject, this, {**drafted.data, "number": number}, language, issuer, by, key)


def _drafted(
    case: Case, kind: str, language: str, on: date, step: Step | None, person: Person | None, more: Mapping[str, Any],
    by: Account | None,
) -> Drafted:  # fmt: skip
    known = gathering.of_case(case, kind, on=on, step=step, person=person, signer=by)
    data = {**known, "number": None, **_joined(known, more)}
    _content, _check, missing = _composed(kind, data, language)
    return Drafted(kind, language, data, missing)


def _ruled(case: Case, kind: str, person: Person | None) -> tuple[dict[str, Any], Person | None]:
    """What the signed ruling says of a decision that is to be issued, and of whom; nothing for other documents.

    Raises NotDecided where there is none, or where it decides something else or of somebody else.
    """
    if not kind.startswith("decision-"):
        return {}, person
    ruling = Ruling.objects.filter(case=case).exclude(state=Ruling.State.DRAWN).first()
    if ruling is None:
        raise NotDecided(_("A decision is issued only once it has been signed; this case has none yet."))
    said = json.loads(ruling.text)
    persons = {int(each["id"]) for each in said.get("persons", ())}
    if person is None and len(persons) == 1:
        person = Person.objects.get(pk=persons.pop())
        persons = {person.pk}
    if kind != f"decision-{said['decides']}" or (person is not None and person.pk not in persons):
        raise NotDecided(_("What was signed in this case is another decision, or is about somebody else."))
    told: dict[str, Any] = {"from": ruling.effective_on, "decision_digest": ruling.digest}
    if ruling.until is not None:
        told["until"] = ruling.until
    return told, person


def opened(document: Document, *, by: Account, on: date) -> bytes:
    """The bytes of a document that was issued; that they were read is entered in the log of who looked. Raises NotAllowed."""
    own = document.to_person and document.person_id is not None and by.person_id == document.person_id
    if not own:
        authority.require(by, "case.read", over=document.issuer_id)
    if document.person is not None:
        looking.looked_at_file(document.person, by=by, on=on, classes=["document", document.kind])
    return bytes(document.body.body)


def _composed(
    kind: str, data: Mapping[str, Any], language: str
) -> tuple[wording.Content, Mapping[str, str] | None, tuple[str, ...]]:
    """What stands on the page, what stands beside the square, and what is missing."""
    rulebook = settings.CANBO_RULEBOOK
    content, missing = wording.compose(rulebook, kind, data, language)
    if not wording.kind_of(rulebook, kind).verified or data.get("number") is None:
        return content, None, missing
    words = wording.check_words(rulebook, language)
    check = {
        "address": str(data.get("address") or ""), "digest": content["decision"] or wording.digest(content),
        "verify": words["verify"], "scan": words["scan"], "digest_words": words["decision" if content["decision"] else "digest"],
    }  # fmt: skip
    return content, check, missing


def _kept(
    case: Case, step: Step | None, person: Person | None, kind: wording.Kind, data: Mapping[str, Any], language: str,
    issuer: int, by: Account, key: str | None,
) -> Document:  # fmt: skip
    """Write the document, its bytes and its entry."""
    content, check, _missing = _composed(kind.name, data, language)
    on, issued_by = data["on"], data["issuer"]
    body = dossier.keep(pdf.pdf(content, check=check), PDF)
    document = Document(
        case=case, step=step, person=person, kind=kind.name, language=language, issuer_id=issuer, series=kind.series,
        year=on.year, number=data["number"], symbol=wording.numbered(settings.CANBO_RULEBOOK, kind.name, issued_by, data["number"]),
        issued_on=on, title=content["title"][:400], to_person=kind.to_person, content=wording.digest(content), body_id=body,
        made_by=by,
    )  # fmt: skip
    told = {"kind": kind.name, "language": language, "symbol": document.symbol, "issuer": issuer, "content": document.content}
    document.entry = entries.record(
        ISSUED, by=by, about=case, on=on, key=key, payload={**told, "sha256": body, "step": step.pk if step else None}
    )
    document.save(force_insert=True)
    return document


def _next_number(issuer: int, series: str, year: int) -> int:
    """The next number of a body's series in a year; held until the transaction ends, given again when it fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT procedures_next_number(%s, %s, %s)", [issuer, series, year])
        return int(cursor.fetchone()[0])


def _joined(known: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """What was given beside what is known: groups such as `meeting` are joined, all else replaces."""
    return {
        name: {**known[name], **value} if isinstance(value, Mapping) and isinstance(known.get(name), Mapping) else value
        for name, value in more.items()
    }
