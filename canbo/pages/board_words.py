"""The words of the boards of succession, rotation and vacancies; `words.WORDS` holds them with the others."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, dict[Any, str | Promise]] = {
    "leading": {"head": _("heads"), "deputy": _("deputies")},
    "level of a body": {"central": _("centre"), "province": _("province"), "commune": _("commune")},
    "heads": {"not_local": _("not local"), "local": _("local"), "unknown": _("unknown"), "vacant": _("vacant")},
    "reason to move": {
        "not_local": _("local, and the post asks otherwise"),
        "two_terms": _("terms in a row as head are used up"),
    },
    "rotation": {
        "running": _("on rotation"),
        "soon": _("due to return soon"),
        "returning": _("return under way"),
        "overdue": _("overdue"),
    },
    "trait": {"border": _("border"), "island": _("island"), "difficult": _("difficult area")},
    "planned group": {
        "women": _("Women"),
        "young": _("Young"),
        "minority": _("Ethnic minorities"),
        "science": _("Science and technology"),
    },
    "committee plan": {
        "missing": _("no plan"),
        "short": _("too few"),
        "kept": _("number kept"),
        "over": _("too many"),
        "unknown": _("no bounds in force"),
    },
    "readiness": {"pass": _("ready today"), "fail": _("not ready yet"), "unknown": _("readiness unknown")},
    "out of the plan": {"at_once": _("out at once"), "review": _("out at the review")},
    "system of bodies": {
        "party_base": _("Party organisations of base level"),
        "party_above_base": _("Party organisations above base level"),
        "party_commune": _("Party organisations of communes"),
        "party_province": _("Party organisations of provinces"),
        "state": _("State bodies"),
        "front": _("the Front"),
        "mass": _("mass organisations"),
    },
}
