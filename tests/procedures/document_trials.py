"""One call of each act on documents and dossiers, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from canbo.procedures import documents, dossier
from canbo.procedures.models import Case

SCAN = b"%PDF-1.7\ntrailer\n<<>>\n%%EOF\n"


def trials(world: Any) -> dict[str, tuple[str, Callable[[], Any]]]:
    """For each service: the act that must stand in the journal, and a call that does it."""
    by, on, body = world.console, date(2026, 9, 15), world.organizations["P.executive"]
    person, post = world.person("Văn Thơ"), world.post("P.executive", "province-vice-chair")
    case = Case.objects.create(
        procedure="appointment", state="refused", person=person, post=post, organization=body, manager=body, on=on, rulebook="x",
        opened_by=by,
    )  # fmt: skip
    more = {"reasons": [{"text": "x", "citation": "y"}], "signatures": [{"capacity": ["Chủ tịch"], "name": "A"}]}

    def issue() -> Any:
        return documents.issue(case=case, kind="refusal", language="vi", by=by, on=on, more=more)

    def add() -> Any:
        return dossier.add(
            person=person, item="health", body=SCAN, name="a.pdf", dated_on=on, signed=True, authority_body=body, by=by, on=on,
        )  # fmt: skip

    issued, added = issue(), add()
    return {
        "documents.issue": ("document.issued", issue),
        "documents.opened": ("person.read", lambda: documents.opened(issued, by=by, on=on)),
        "dossier.add": ("dossier.added", add),
        "dossier.note": (
            "dossier.noted",
            lambda: dossier.note(
                person=person, item="health", finding="lacking", reason="x", authority_body=body, by=by, on=on,
            ),
        ),
        "dossier.opened": ("person.read", lambda: dossier.opened(added, by=by, on=on)),
    }  # fmt: skip
