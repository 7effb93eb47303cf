"""A call of each service on competencies, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from canbo.development import assessing
from canbo.development.assessing import Shown
from canbo.development.models import Assessment
from tests.evaluation import office as offices
from tests.evaluation.office import Office
from tests.procedures.case_trials import Trial

ON, LATER = date(2026, 5, 4), date(2026, 5, 6)
FILE = Shown("file", body=b"%PDF-1.7 certificate %%EOF", name="certificate.pdf")


def assessed(office: Office, competency: str = "digital", level: int = 2, **asked: Any) -> Assessment:
    """The worker's level as the head sees it."""
    told = {"person": office.person, "competency": competency, "level": level, "by": office.head, "on": ON}
    return assessing.assess(**{**told, **asked})


def confirmed(office: Office, competency: str = "digital", level: int = 2, **asked: Any) -> Assessment:
    """The same, confirmed by the deputy."""
    held = assessed(office, competency, level, **asked)
    return assessing.confirm(assessment=held, confirmed=True, by=office.deputy, on=asked.get("on", ON))


def assess(office: Office) -> Trial:
    return Trial(("competency.assessed",), office.head, lambda: assessed(office))


def confirm(office: Office) -> Trial:
    told = {"assessment": assessed(office), "confirmed": True, "by": office.deputy, "on": LATER}
    return Trial(("competency.confirmed",), office.deputy, lambda: assessing.confirm(**told))


def cancel(office: Office) -> Trial:
    told = {"assessment": confirmed(office), "why": "Mixed up.", "by": office.deputy, "on": LATER}
    return Trial(("competency.cancelled",), office.deputy, lambda: assessing.cancel(**told))


def object_to(office: Office) -> Trial:
    told = {"assessment": confirmed(office), "ground": "I do more.", "by": office.worker, "on": LATER}
    return Trial(("competency.objected",), office.worker, lambda: assessing.object_to(**told))


def answer(office: Office) -> Trial:
    held = confirmed(office)
    assessing.object_to(assessment=held, ground="I do more.", by=office.worker, on=LATER)
    told = {"assessment": held, "upheld": True, "text": "So it is.", "by": office.above, "on": LATER}
    return Trial(("competency.answered", "competency.cancelled"), office.above, lambda: assessing.answer(**told))


def opened(office: Office) -> Trial:
    proof = assessed(office, level=3, shown=[FILE]).proofs.get()
    return Trial(("person.read",), office.head, lambda: assessing.opened(proof, by=office.head, on=LATER))


STORIES: dict[str, Callable[[Office], Trial]] = {
    "assessing.assess": assess, "assessing.confirm": confirm, "assessing.cancel": cancel, "assessing.object_to": object_to,
    "assessing.answer": answer, "assessing.opened": opened,
}  # fmt: skip


class _Asked(dict[str, Any]):
    """Trials by service, each prepared when it is asked for."""

    def __init__(self, world: Any) -> None:
        super().__init__(STORIES)
        self.world = world

    def __getitem__(self, service: str) -> Trial:
        return STORIES[service](offices.build(self.world))


def trials(world: Any) -> dict[str, Any]:
    """For each service: the act that must stand in the journal, who does it, and a call that does it."""
    return _Asked(world)
