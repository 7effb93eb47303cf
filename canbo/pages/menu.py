"""What the side bar leads to, by group: an item is shown to those who may do its act."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from canbo.registry import authority


@dataclass(frozen=True)
class Item:
    """One way to go: the name of its URL, its icon, its word, the act it needs, and pages that belong to it.

    `short` is the word where there is little room. `own`: it shows the reader's own record, which an account that belongs
    to no person in the register does not have. `whole`: its page wants the act over the whole register.
    """

    url: str
    icon: str
    label: str | Promise
    act: str | None
    family: tuple[str, ...] = ()
    short: str | Promise = ""
    own: bool = False
    whole: bool = False


MENU: tuple[tuple[str | Promise, tuple[Item, ...]], ...] = (
    (
        _("Daily"),
        (
            Item("home", "layout-dashboard", _("Overview"), None),
            Item("tasks", "inbox", _("My tasks"), "organization.read", ("asked", "side_asked")),
            Item("work", "file-check", _("My work"), "organization.read", own=True),
            Item("competency_mine", "badge-check", _("My competencies"), "organization.read", own=True),
            Item("my_courses", "badge-check", _("My courses"), "organization.read", own=True),
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
                    "regulation",
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
            Item("drafts", "file-text", _("Drafts of law"), "rules.draft", ("draft", "draft_new"), whole=True),
            Item("whatif", "table-2", _("What if"), "count.read"),
            Item("journal", "shield-check", _("Journal"), "journal.read", ("entry",)),
        ),
    ),
)

#: The four that phones keep at the bottom; the fifth place opens the rest.
BOTTOM = ("home", "tasks", "people", "cases")


@dataclass(frozen=True)
class Reader:
    """What the menu depends on: the powers of its reader, by role, what was lent of it and whether it reaches the whole
    register; whether the account belongs to a person, and the item whose page is open."""

    powers: frozenset[tuple[str, frozenset[str] | None, bool]]
    person: bool
    here: str | None


@dataclass(frozen=True)
class Carried:
    """What links carry on of the chosen day, as `asof.AsOf` says it."""

    query: str


Groups = tuple[tuple[str | Promise, tuple[dict[str, object], ...]], ...]


def reader_of(request: HttpRequest) -> Reader | None:
    """What the menu of a request depends on; None for whoever has not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    match = getattr(request, "resolver_match", None)
    name = match.url_name if match else None
    powers = frozenset(
        (power.role, power.acts, power.root is None and power.within is None) for power in authority.powers_of(user)
    )
    return Reader(powers, user.person_id is not None, ITEM_OF.get(name) if name else None)


ITEM_OF = {name: item.url for _title, items in MENU for item in items for name in (*item.family, item.url)}


@lru_cache(maxsize=512)
def groups(reader: Reader) -> Groups:
    """The groups with the items that this reader may open; the current one is marked. Shared: nobody changes them."""
    found = []
    for title, items in MENU:
        shown = tuple(
            {
                "name": item.url,
                "href": reverse(item.url),
                "icon": item.icon,
                "label": item.label,
                "short": item.short or item.label,
                "current": reader.here == item.url,
            }
            for item in items
            if _opened(reader, item) and (reader.person or not item.own)
        )
        if shown:
            found.append((title, shown))
    return tuple(found)


def _opened(reader: Reader, item: Item) -> bool:
    """Whether an item is worth showing to the reader."""
    if item.act is None:
        return True
    roles = authority.ACTS[item.act]
    return roles is None or any(
        authority.Power(role, None, acts).serves(item.act, roles) and (whole or not item.whole)
        for role, acts, whole in reader.powers
    )


def bottom(shown: Groups) -> list[dict[str, object]]:
    """The items of the phone's bottom bar, in their own order."""
    items = {item["name"]: item for _title, listed in shown for item in listed}
    return [items[name] for name in BOTTOM if name in items]


def part(name: str, reader: Reader, *, query: str, waiting: int, kind: str = "go") -> str:
    """A part of the page that leads on: "menu" or "quick". What it says depends on little, so it is kept for all who see the same."""
    asked = (name, reader, get_language() or "", query, waiting, kind)
    return _kept(*asked) if not query else _kept.__wrapped__(*asked)  # there are as many days as readers choose


@lru_cache(maxsize=1024)
def _kept(name: str, reader: Reader, language: str, query: str, waiting: int, kind: str) -> str:
    shown = groups(reader)
    told = {"menu": shown, "bottom": bottom(shown), "kind": kind, "waiting": waiting, "as_of": Carried(query)}
    return render_to_string(f"parts/{name}.html", told)
