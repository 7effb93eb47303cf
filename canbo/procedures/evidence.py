"""Files as evidence in the work log: kept where the documents of cases are kept, under the same limits of size and kind.

A floor above the log itself, since the store of files stands here: what is logged with a file is logged and kept at once.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from canbo.evaluation import work
from canbo.evaluation.models import Assignment
from canbo.evaluation.refusals import Refused, kept_when_refused
from canbo.journal import entries
from canbo.procedures import dossier
from canbo.procedures.models import Evidence
from canbo.registry import authority, looking, once
from canbo.registry.models import Account

ATTACHED = "evidence.attached"


@kept_when_refused("assignment")
def attach(
    *, assignment: Assignment, body: bytes, name: str, done: Decimal, day: date, text: str, by: Account, on: date, evidence: str = "",
    link: str = "", key: str | None = None,
) -> Evidence:  # fmt: skip
    """Write into the own work log what was done, with a file that shows it: PDF, PNG or JPEG of at most 10 MB.

    The file's name stands for the number of the document where none is given. Nobody logs for another. Raises Refused.
    """
    authority.require(by, "work.log", over=assignment.person)
    earlier = once.earlier(key, ATTACHED)
    if earlier is not None:
        return Evidence.objects.get(entry=earlier)
    try:
        media = dossier.media_of(body)
    except dossier.PaperRefused as problem:
        raise Refused("file", str(problem)) from None
    called = dossier.file_name(name)
    told: dict[str, Any] = {"assignment": assignment, "done": done, "day": day, "text": text, "link": link}
    log = work.log(**told, evidence=evidence.strip() or called, by=by, on=on, key=key and f"{key}:log")
    stored = dossier.keep(body, media)
    entry = entries.record(
        ATTACHED, by=by, about=assignment, on=on, key=key, payload={"log": log.pk, "sha256": stored, "name": called, "size": len(body)}
    )  # fmt: skip
    return Evidence.objects.create(log=log, body_id=stored, name=called, entry=entry)


def opened(found: Evidence, *, by: Account, on: date) -> tuple[bytes, str]:
    """The bytes of a file and their media type; that it was opened is entered in the log of who looked. Raises NotAllowed."""
    person = found.log.assignment.person
    authority.require(by, "work.read", over=person)
    looking.looked_at_file(person, by=by, on=on, classes=["evaluation", "evidence"])
    return bytes(found.body.body), found.body.media
