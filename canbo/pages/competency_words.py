"""Words for codes of competencies."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, dict[str, str | Promise]] = {
    "state of a level": {
        "given": _("waits for a second person"),
        "confirmed": _("confirmed"),
        "turned_down": _("not confirmed"),
        "cancelled": _("cancelled"),
        "expired": _("expired"),
    },
    "who assessed": {"self": _("by the person"), "superior": _("by a superior")},
    "gap": {"met": _("reached"), "short": _("falls short"), "unknown": _("unknown")},
    "proof": {
        "file": _("file"),
        "product": _("product accepted"),
        "course": _("course"),
        "certificate": _("degree"),
        "language": _("language"),
    },
    "objection": {
        "filed": _("waits for an answer"),
        "upheld": _("the objection was right"),
        "dismissed": _("the assessment stands"),
    },
}
ACTS: dict[str, str | Promise] = {
    "competency.assessed": _("Assessed a level of competency"),
    "competency.confirmed": _("Confirmed a level of competency, or not"),
    "competency.cancelled": _("Cancelled a level of competency"),
    "competency.objected": _("Objected to a level of competency"),
    "competency.answered": _("Answered an objection to a level of competency"),
}
