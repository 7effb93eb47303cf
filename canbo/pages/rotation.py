"""The board of rotation: heads who are local or not, on a map of dots; who has to move; who is on rotation and till when."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.pages import boards, figures, words
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.procedures import rotation
from canbo.registry.queries import Unit
from canbo.rules import corpus

#: State of a head -> class of its dots and tone of its part of a bar; the legend and the table say it in words.
DOTS = {"not_local": "k3", "local": "k2", "unknown": "k5", "vacant": "k4"}
TONES = {"not_local": "f3", "local": "f2", "unknown": "f5", "vacant": "f4"}
MAPPED = "commune"


@requires(rotation.ACT, over=boards.unit_for(rotation.ACT))
def board(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Heads beneath a unit on a day: how many are not local, where, who has to move, who is on rotation."""
    on = as_of(request).day
    found = boards.kept(request, "rotation", unit, on, lambda: rotation.board(by=request.user, root=unit.id, on=on))
    law = corpus.opened(settings.CANBO_RULEBOOK)
    titles = [one.title for one in found.tallies if one.level == MAPPED]
    title = request.GET.get("title", "")
    chosen = title if title in titles else "chair" if "chair" in titles else next(iter(titles), "")
    states = found.state_of_units(chosen, MAPPED)
    moving = boards.kept(request, "moving", unit, on, lambda: rotation.movers(found))
    why = request.GET.get("why", "")
    listed = [one for one in moving if why not in words.WORDS["reason to move"] or why in one.reasons]
    shown, start, more = boards.stretch(request, listed)
    gone = rotation.rotated(by=request.user, root=unit.id, on=on)
    context: dict[str, Any] = {
        "unit": unit, "may_place": boards.may_search(request), "board": found, "tallies": [laid_out(law, one) for one in found.tallies],
        "titles": [(one, boards.title_word(law, one)) for one in dict.fromkeys(titles)], "chosen": {"title": chosen, "why": why},
        "title": boards.title_word(law, chosen) if chosen else "",
        "dots": [(north, east, DOTS[state]) for north, east, state in rotation.dots(states, on)],
        "legend": [(cls, words.word(state, "heads")) for state, cls in DOTS.items()],
        "width": 1000 if len(states) > 500 else 420, "moving": len(moving), "movers": shown, "start": start, "more": more, "number": len(listed), "reasons": Counter(r for one in moving for r in one.reasons),
        "terms": rotation.figure(law, "terms_as_head", on), "months": rotation.figure(law, "rotation_months", on),
        "gone": gone[:40], "gone_number": len(gone), "gone_states": Counter(one.state for one in gone),
        "gone_young": sum(bool(one.young) for one in gone if (one.level or 0) >= 3), "gone_hard": [one for one in gone if one.traits],
        "grassroots": boards.kept(request, "grassroots", unit, on, lambda: rotation.grassroots(by=request.user, root=unit.id, on=on)),
        "names": boards.names_of(request, unit, [*(one.head.person for one in shown), *(one.person for one in gone[:40])], on),
        "places": boards.places_of([*(one.head.post for one in shown), *(one.post for one in gone[:40])], on),
    }  # fmt: skip
    return render(request, "rotation/board.html", context)


def laid_out(law: corpus.Corpus, one: rotation.Tally) -> dict[str, Any]:
    """A tally as the table shows it: the word of the title, the parts of its bar."""
    counts = {"not_local": one.not_local, "local": one.local, "unknown": one.unknown, "vacant": one.vacant}
    parts = [(words.word(state, "heads"), number, TONES[state]) for state, number in counts.items()]
    label = ", ".join(f"{text} {figures.number(number)}" for text, number, _tone in parts)
    return {"tally": one, "title": boards.title_word(law, one.title), "parts": parts, "label": label}
