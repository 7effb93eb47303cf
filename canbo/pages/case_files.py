"""What lies in a case: its names with their verdicts, documents, dossiers, the journal; and the files handed out of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.journal import entries, witnessing
from canbo.journal.proofs import NoProof
from canbo.pages import asked, figures, words
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.case_forms import told_of
from canbo.pages.case_standing import part_of, whole_sight
from canbo.pages.case_steps import full_name
from canbo.pages.case_words import TONES
from canbo.procedures import certified, documents, dossier, package, signing
from canbo.procedures.letters import square
from canbo.procedures.models import Candidate, Case, Document, Paper, Ruling
from canbo.procedures.refusals import ATTEMPTED, Refused
from canbo.registry import authority, people, saying, vacancies
from canbo.registry.queries import in_language

MOST_ENTRIES = 60


def names(case: Case, part: str, reader: int | None, *, on: date) -> list[dict[str, Any]]:
    """The names of a case: to its subject only the own one, to voters those that go on, without what the articles say."""
    found = case.candidates.order_by("pk")
    if part == "subject":
        found = found.filter(person_id=reader)
    elif part == "elector":
        found = found.filter(state=Candidate.State.THROUGH)
    rows = list(found)
    brief = people.brief([row.person_id for row in rows], on=on)
    return [
        {
            "row": row, "person": row.person_id, "result": row.result,
            "name": full_name(brief[row.person_id]) if row.person_id in brief else f"#{row.person_id}",
            "tone": {"through": "pass", "refused": "fail", "incomplete": "unk"}.get(row.state, ""),
            **(told_of(row.verdict) if part != "elector" else {"outcome": "", "against": []}),
        }
        for row in rows
    ]  # fmt: skip


def terms_of(case: Case, *, on: date) -> list[tuple[str, str]]:
    """The sealed terms with words; seats first. What was stated is shown by itself (`case_facts.stated`)."""
    known = {
        "seats": _("Seats"), "until": _("Last day"), "criteria": _("What decides among those who may"),
        "to_post": _("Post in which the person is placed"), "post": _("Post for which it is"),
    }  # fmt: skip
    given = {name: case.terms[name] for name in known if case.terms.get(name) not in (None, "", [])}
    told = [(known[name], _term(name, value, on)) for name, value in given.items()]
    ground = case.terms.get("evaluation")
    return (
        [*told, (_("Opened on the grade of"), f"{ground['period']}: {words.word(ground['grade'], 'grade of work')}")]
        if ground
        else told
    )


def _term(name: str, value: Any, on: date) -> str:
    if name == "until":
        return figures.day(date.fromisoformat(value))
    if name in ("to_post", "post"):
        row = vacancies.post(int(value), on=on)
        return f"{figures.named(row['job_names'])}, {figures.named(row['organization_name'])}" if row else f"#{value}"
    return str(value)


def documents_of(case: Case, part: str, reader: int | None) -> list[Document]:
    """The documents that were issued, as far as they are this reader's to open."""
    found = case.documents.select_related("issuer").order_by("pk")
    if part == "reader":
        return list(found)
    return list(found.filter(to_person=True, person_id=reader)) if part == "subject" and reader else []


def square_of(ruling: Ruling | None) -> dict[str, Any]:
    """The square code of a signed decision's digest, as its documents bear it: side and path; empty before it is signed."""
    if ruling is None or ruling.state == Ruling.State.DRAWN:
        return {}
    modules = square.rows(f"sha256:{ruling.digest}")
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
    return {"side": len(modules), "path": path}


def behind(request: HttpRequest, case: Case, *, on: date) -> dict[str, Any]:
    """What those who read the whole case see beside it: dossiers, the journal, and to inspectors what was refused."""
    told: dict[str, Any] = {"dossiers": dossiers(case, on=on)}
    written = list(entries.about(case))
    told["entries"] = written[-MOST_ENTRIES:]
    if may(request, "journal.read", case.organization_id):
        told["attempts"] = [
            {"entry": entry, "said": saying.again(payload.get("told") or payload.get("said")), "act": payload.get("act", "")}
            for entry in written
            for payload in ([entry.payload or {}] if entry.act == ATTEMPTED else [])
        ]
    ruling = Ruling.objects.filter(case=case).exclude(state=Ruling.State.DRAWN).first()
    if ruling is not None and ruling.entry_id is not None:
        told["witnessed"] = witnessing.witnessed(ruling.entry_id) is not None
    return told


def dossiers(case: Case, *, on: date) -> list[dict[str, Any]]:
    """How the dossier of each name that is still in stands, where the procedure asks for one."""
    rows = []
    still = case.candidates.filter(state__in=("through", "incomplete")).select_related("person").order_by("pk")
    brief = people.brief([row.person_id for row in still], on=on)
    for row in still:
        items = dossier.state(row.person, case.procedure, on, case.manager_id)
        if items:
            rows.append(
                {
                    "person": row.person_id, "key": str(row.person_id),
                    "name": full_name(brief[row.person_id]) if row.person_id in brief else "",
                    "items": [
                        {"item": item, "title": in_language(item.title), "cite": figures.named(dict(item.article)),
                         "tone": TONES.get(item.state, "fail")}
                        for item in items
                    ],
                    "lacking": sum(item.blocks for item in items), "all": len(items),
                }
            )  # fmt: skip
    return rows


# ---- files


def the_case(request: HttpRequest, number: int) -> Case:
    """A case for whoever reads it."""
    with whole_sight(request):
        found = Case.objects.filter(pk=asked.row_number(number)).first()
        if found is None or part_of(found, request.user) != "reader":
            raise Http404(_("There is no such case, or you may not look at it."))
    return found


def the_document(request: HttpRequest, number: int, document: int) -> Document:
    """A document of a case, for whoever takes part in it; that it may be opened `documents.opened` says."""
    with whole_sight(request):
        found = Document.objects.select_related("case", "body", "person", "issuer").filter(
            pk=asked.row_number(document), case_id=asked.row_number(number)
        ).first()  # fmt: skip
        if found is None or found.case is None or not part_of(found.case, request.user):
            raise Http404(_("There is no such document in this case."))
    return found


@requires("organization.read", over=the_document)
def document(request: HttpRequest, found: Document, number: int, document: int) -> HttpResponse:
    """A document as it was issued; that it was read is entered in the log of who looked."""
    with whole_sight(request):
        octets = documents.opened(found, by=request.user, on=today())
    return handed(octets, documents.PDF, f"{found.symbol or found.kind}.pdf")


def the_paper(request: HttpRequest, number: int, paper: int) -> Paper:
    """A paper in the dossier of one of the names of a case."""
    with whole_sight(request):
        case = Case.objects.filter(pk=asked.row_number(number)).first()
        named = [] if case is None else list(case.candidates.values_list("person_id", flat=True))
        found = Paper.objects.select_related("person", "body").filter(pk=asked.row_number(paper), person_id__in=named).first()
        if case is None or found is None or part_of(case, request.user) != "reader":
            raise Http404(_("There is no such paper in this case."))
    return found


@requires("organization.read", over=the_paper)
def paper(request: HttpRequest, found: Paper, number: int, paper: int) -> HttpResponse:
    """A paper as it was handed in; that it was read is entered in the log of who looked."""
    octets, media = dossier.opened(found, by=request.user, on=today())
    return handed(octets, media, found.name)


def the_ruling(request: HttpRequest, number: int) -> Ruling:
    """The signed decision of a case, for whoever reads it or whom it is about."""
    with whole_sight(request):
        found = (
            Ruling.objects.select_related("case", "entry").filter(case_id=asked.row_number(number)).exclude(state="drawn").first()
        )
        if found is None or part_of(found.case, request.user) not in ("reader", "subject"):
            raise Http404(_("Nothing is signed in this case that could be checked."))
    return found


@requires("organization.read", over=the_ruling)
def verification(request: HttpRequest, ruling: Ruling, number: int) -> HttpResponse:
    """The package with which anybody checks the decision without canbo; not before it is witnessed."""
    try:
        with whole_sight(request):
            octets = package.of_ruling(ruling)
    except (package.PackageRefused, signing.SignatureRefused, NoProof) as problem:
        return render(request, "cases/no_package.html", {"number": number, "sentence": str(problem)}, status=409)
    return handed(octets, "application/zip", f"decision-{number}.zip")


@requires("organization.read", over=the_case)
def to_sign(request: HttpRequest, case: Case, number: int) -> HttpResponse:
    """The decision as PDF, to be signed outside with a certificate by whoever is entitled to sign it."""
    try:
        with whole_sight(request):
            octets = certified.to_sign(case=case, account=request.user, on=today())
    except (Refused, authority.NotAllowed) as refusal:
        raise Http404(str(refusal)) from None
    return handed(octets, documents.PDF, f"decision-{number}-to-sign.pdf")


def handed(octets: bytes, media: str, name: str) -> HttpResponse:
    """A file to be kept, never to be run by the browser."""
    plain = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name) or "file"
    response = HttpResponse(octets, content_type=media)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(plain)}"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
