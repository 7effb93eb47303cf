"""What the boards of succession, rotation and vacancies share: the unit they speak of, names that may be shown, opening a case."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from canbo.pages import asked, figures
from canbo.pages.access import requires
from canbo.pages.asof import as_of, today
from canbo.pages.candidates import the_post
from canbo.procedures import cases
from canbo.procedures.refusals import Refused
from canbo.registry import authority, looking, once, people, queries, vacancies
from canbo.registry.models import Post
from canbo.registry.queries import NotInRegister, Unit
from canbo.rules.corpus import Corpus
from canbo.rules.display import show_value

KEPT = 60
PER_PAGE = 25
#: What a board opens -> the board to go back to when it is refused.
OPENED = {"succession-plan": "succession", "succession-review": "succession", "vacancy": "vacancies"}


def unit_for(act: str) -> Callable[[HttpRequest], Unit]:
    """Finds the organization of a board: the one asked for, else the first over which the reader was given the act."""

    def the_unit(request: HttpRequest) -> Unit:
        on = as_of(request).day
        code = asked.words(request.GET.get("in"))
        if code:
            return queries.unit(code, on=on)
        for power in authority.powers_for(request.user, act):
            root = power.root if power.within is None else power.within
            if root is not None:
                return queries.unit_by_id(root, on=on)
            top = queries.children(None, on=on)
            if top:
                return queries.unit(top[0]["code"], on=on)
        raise authority.NotAllowed(act, _("You were not given this board. Ask the personnel office of your unit for a grant."))

    return the_unit


def kept(request: HttpRequest, name: str, unit: Unit, on: date, read: Callable[[], Any]) -> Any:
    """What `read` says, for a minute for each reader."""
    return cache.get_or_set(f"pages.board.{name}.{request.user.pk}.{unit.id}.{on}", read, KEPT)


def names_of(request: HttpRequest, unit: Unit, persons: Iterable[int], on: date) -> dict[int, str]:
    """The names that the reader may see; that they were shown is an entry of the journal."""
    brief = people.brief(persons, on=on)
    looking.looked_at_list(unit.id, by=request.user, on=on, persons=brief)
    return {number: f"{row['family'] or ''} {row['given'] or ''}".strip() for number, row in brief.items()}


def places_of(posts: Iterable[int], on: date) -> dict[int, dict[str, Any]]:
    """The posts by their numbers, with their titles and organizations."""
    return vacancies.posts(posts, on=on)


def title_word(law: Corpus, title: str) -> str:
    """The word of the rulebook for a title."""
    spec = law.facts["post.title"]
    return show_value(title, spec.type, figures.language(), spec=spec)


def stretch(request: HttpRequest, rows: list[Any]) -> tuple[list[Any], int, int | None]:
    """The rows of one page, where it starts, and where the next one does."""
    start = min(asked.whole_number(request.GET.get("start", "")) or 0, len(rows))
    end = start + PER_PAGE
    return rows[start:end], start, end if end < len(rows) else None


def form_key(request: HttpRequest) -> str:
    """What makes the buttons of a page open one case each, however often they are pressed."""
    return f"board:{request.user.pk}:{secrets.token_hex(8)}"


@requires("case.open", over=the_post)
def open_case(request: HttpRequest, post: Post, number: int) -> HttpResponse:
    """Open a case about a post from a board; a refusal is told on the board."""
    on = today()
    procedure = asked.words(request.POST.get("procedure"), 40)
    unit = queries.unit_by_id(post.organization_id, on=on)
    board = reverse(OPENED.get(procedure, "vacancies")) + f"?in={unit.code}"
    if request.method != "POST":
        return redirect(board)
    if procedure not in OPENED:
        raise Http404(_("This case is not opened from a board."))
    key = f"{asked.words(request.POST.get('key'), 60)}:{procedure}:{post.pk}"
    try:
        opened = cases.open_case(procedure=procedure, post=post, by=request.user, on=on, key=key)
    except (Refused, once.KeyUsed, NotInRegister) as refused:
        messages.error(request, str(refused))
        return redirect(board)
    return redirect("case", number=opened.pk)


def may_search(request: HttpRequest) -> bool:
    """Whether the reader may look for candidates anywhere."""
    return bool(authority.powers_for(request.user, "candidates.find"))
