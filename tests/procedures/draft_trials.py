"""One call of each act on a draft, for the test that every act leaves an entry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

from canbo.procedures import drafting
from canbo.procedures.models import Draft
from canbo.rules import corpus

THEORY = "vn/state/decree-29-2024/theory"


def trials(world: Any) -> dict[str, tuple[str, Callable[[], Any]]]:
    """For each service of drafting: the act that must stand in the journal, and a call that does it."""
    by, other = world.console, world.account("jurist", "central_officer")
    text = corpus.opened(settings.CANBO_RULEBOOK).text(THEORY)

    def draft(author: Any, state: str = "draft") -> Draft:
        return Draft.objects.create(
            title="A remark", article=THEORY, text=f"{text}\n# a remark\n", reason="To be clear.", author=author, state=state,
            base=drafting.digest(text),
        )  # fmt: skip

    def approve() -> None:
        with tempfile.TemporaryDirectory() as folder, override_settings(CANBO_RULEBOOK_OWN=Path(folder)):
            drafting.approve(draft=draft(other, "submitted"), by=by)

    return {
        "drafting.save": ("rules.draft_saved", lambda: drafting.save(draft=None, title="A", text="id: a", reason="", by=by)),
        "drafting.submit": ("rules.draft_submitted", lambda: drafting.submit(draft=draft(by), by=by)),
        "drafting.withdraw": ("rules.draft_withdrawn", lambda: drafting.withdraw(draft=draft(by), by=by)),
        "drafting.reject": (
            "rules.draft_rejected",
            lambda: drafting.reject(draft=draft(other, "submitted"), by=by, reason="No."),
        ),
        "drafting.approve": ("rules.draft_approved", approve),
    }
