"""The sentences about what is due, and plain values of it for `--json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from canbo.registry import queries
from canbo.reports.caps import law
from canbo.reports.entitlements.people import Line
from canbo.rules.entitlements import Entitlement, Policy

BECAUSE = {
    "only": gettext_lazy("The only policy of this kind that is open."),
    "highest": gettext_lazy("The highest of the policies that are open. Only one may be had for one leaving."),
    "early_first": gettext_lazy(
        "The highest for early retirement, which is open: leaving with an allowance is for those who may not retire early."
    ),
    "none": gettext_lazy("No policy is open."),
    "unknown": gettext_lazy("It cannot be told yet: facts are missing."),
    "not_covered": gettext_lazy("No article of the rulebook speaks of people in this category."),
}
FATES = {
    "unplaced": gettext_lazy("nothing is said yet"),
    "placed": gettext_lazy("goes to another post"),
    "placement": gettext_lazy("waits to be placed"),
    "appointment": gettext_lazy("waits to be appointed"),
    "training": gettext_lazy("is sent to be trained"),
    "retirement": gettext_lazy("retires early"),
    "severance": gettext_lazy("leaves the service"),
}
STATES = {
    "open": gettext_lazy("is open"),
    "unsure": gettext_lazy("cannot be told yet"),
    "closed": gettext_lazy("not open"),
}
REASONS = {
    "reorganisation": gettext_lazy("touched by a reorganisation"),
    "restructuring": gettext_lazy("restructuring of staff"),
    "staff_cut": gettext_lazy("general reduction of staff"),
    "not_reelected": gettext_lazy("not taken for another term"),
    "own_wish": gettext_lazy("own wish"),
    "": gettext_lazy("loses the leading post"),
}
READINGS = {
    "by_years": gettext_lazy("by years of insured work"),
    "by_date": gettext_lazy("by the day of leaving"),
    "better": gettext_lazy("the better of both"),
}
STAYS = gettext_lazy(
    "The grades of the last three years ask that this person be kept: a wish to leave may be refused, with written reasons."
)


def title(policy: Policy) -> str:
    """The title of a policy in the reader's language: of the article that gives its amount."""
    giving = next(article for article in law().articles.values() if article.gives == policy.gives)
    return queries.in_language(dict(giving.title))


def because(line: Line) -> Any:
    """Why this is chosen, or why nothing is."""
    return BECAUSE[line.found.because if line.found is not None else "not_covered"]


def formula(one: Entitlement, language: str) -> str:
    """The amount as the article tells it, in numbers; what is missing where it cannot be told."""
    told = one.figure if one.figure is not None else one.ground
    return told.reason(language) if told is not None else ""


def to_dict(line: Line, language: str) -> dict[str, Any]:
    """One person, as plain values."""
    found, due = line.found, line.due
    return {
        "person": line.row["identification_number"], "name": line.name, "unit": line.row["unit"], "fate": line.fate,
        "leaves_on": line.on.isoformat(), "amount": line.amount, "policy": due.policy.name if due else None, "open": line.open,
        "because": found.because if found else "not_covered", "why": str(because(line)),
        "missing": sorted(line.missing), "may_be_kept": found.stay if found else None,
        "not_with": [each.policy.name for each in found.besides()] if found else [],
        "not_with_by": found.one_only if found else "",
        "policies": [_told(each, language) for each in found.all] if found else [],
        "facts": {name: _fact(fact) for name, fact in found.facts.items()} if found else {},
    }  # fmt: skip


def _fact(fact: Any) -> dict[str, Any]:
    value = fact.value
    plain = value if value is None or isinstance(value, bool | int | tuple) else str(value)
    return {"value": plain, "source": fact.source, "confirmed": fact.confirmed}


def _told(one: Entitlement, language: str) -> dict[str, Any]:
    articles = law().articles
    return {
        "policy": one.policy.name, "title": title(one.policy), "kind": one.policy.kind, "reason": one.policy.reason, "state": one.state,
        "amount": one.amount, "months": one.months, "readings": one.readings, "formula": formula(one, language),
        "articles": {name: articles[name].source.cite(language) for name in one.articles}, "missing": sorted(one.missing),
        "steps": _steps(one),
    }  # fmt: skip


def _steps(one: Entitlement) -> Mapping[str, Any]:
    if one.figure is None or one.figure.outcome != "value":
        return {}
    return {str(step["name"]): step["value"] for step in one.figure.steps()}
