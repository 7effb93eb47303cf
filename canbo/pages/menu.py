"""What the side bar leads to, by group: an item is shown to those who may do its act."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from canbo.registry import authority


@dataclass(frozen=True)
class Item:
    """One way to go: the name of its URL, its icon, its word, the act it needs, and pages that belong to it.

    `short` is the word where there is little room.
    """

    url: str
    icon: str
    label: str | Promise
    act: str | None
    family: tuple[str, ...] = ()
    short: str | Promise = ""


MENU: tuple[tuple[str | Promise, tuple[Item, ...]], ...] = (
    (
        _("Daily"),
        (
            Item("home", "layout-dashboard", _("Overview"), None),
            Item("tasks", "inbox", _("My tasks"), "organization.read", ("asked", "side_asked")),
            Item("work", "file-check", _("My work"), "organization.read"),
            Item("competency_mine", "badge-check", _("My competencies"), "organization.read"),
            Item("my_courses", "badge-check", _("My courses"), "organization.read"),
            Item("people", "users", _("People"), "staff.read", ("person", "may", "openings", "trace")),
            Item("searches", "search", _("Find candidates"), "candidates.find", ("candidates", "found", "reasons")),
            Item("cases", "file-check", _("Cases"), "case.read", ("case", "case_new", "case_act", "case_roll")),
            Item("powers", "key-round", _("My powers"), "delegation.accept", ("lend", "lent", "delegation", "declarations")),
        ),
    ),
    (
        _("Personnel work"),
        (
            Item("succession", "git-merge", _("Succession plan"), "succession.read"),
            Item("rotation", "history", _("Rotation"), "rotation.read", ("rotation_round",)),
            Item("vacancies", "user-round", _("Vacancies"), "vacancy.read", ("vacancy_chains",)),
            Item(
                "evaluations",
                "badge-check",
                _("Evaluation"),
                "work.read",
                (
                    "evaluation",
                    "evaluation_form",
                    "evaluation_meetings",
                    "evaluation_late",
                    "evaluation_queue",
                    "evaluation_opens",
                    "sides",
                    "sides_of",
                    "catalogue",
                ),
            ),
            Item("training", "file-text", _("Training"), "training.read", ("courses",)),
            Item("talent", "user-round", _("Talent"), "talent.read"),
            Item("work_assign", "file-check", _("Assign and accept"), "work.assign"),
            Item(
                "competency_gaps",
                "scale",
                _("Competencies"),
                "competency.read",
                ("competencies", "competency_person", "shortage"),
            ),
        ),
    ),
    (
        _("Organisation"),
        (
            Item(
                "organizations",
                "network",
                _("Organisations and posts"),
                "organization.read",
                ("organization", "headcount", "workload", "deputies", "holdings", "pay", "steps"),
                _("Units"),
            ),
            Item("changes", "git-merge", _("Changes of organisations"), "organization.read", ("change",)),
            Item(
                "scenarios",
                "split",
                _("Reorganisation"),
                "scenario.read",
                (
                    "scenario",
                    "scenario_due",
                    "scenario_placement",
                    "scenario_beside",
                    "scenario_consultation",
                    "scenario_holdings",
                ),
            ),
        ),
    ),
    (
        _("Control"),
        (
            Item("claims", "badge-check", _("Check published figures"), "claims.check"),
            Item("rules", "scale", _("Rules and sources"), "rules.read", ("article", "topic", "law_search")),
            Item("findings", "split", _("What the law contradicts"), "rules.read"),
            Item("drafts", "file-text", _("Drafts of law"), "rules.draft", ("draft", "draft_new")),
            Item("whatif", "table-2", _("What if"), "count.read"),
            Item("journal", "shield-check", _("Journal"), "journal.read", ("entry",)),
        ),
    ),
)

#: The four that phones keep at the bottom; the fifth place opens the rest.
BOTTOM = ("home", "tasks", "people", "cases")


def opened(request: HttpRequest, act: str | None) -> bool:
    """Whether an item that needs `act` is worth showing to the reader."""
    if act is None:
        return True
    return authority.ACTS[act] is None or bool(authority.powers_for(request.user, act))


def menu(request: HttpRequest) -> list[tuple[str | Promise, list[dict[str, object]]]]:
    """The groups with the items that this reader may open; the current one is marked."""
    match = getattr(request, "resolver_match", None)
    here = match.url_name if match else None
    groups = []
    for title, items in MENU:
        shown = [
            {
                "name": item.url,
                "href": reverse(item.url),
                "icon": item.icon,
                "label": item.label,
                "short": item.short or item.label,
                "current": here == item.url or here in item.family,
            }
            for item in items
            if opened(request, item.act)
        ]
        if shown:
            groups.append((title, shown))
    return groups
