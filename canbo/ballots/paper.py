"""A vote on paper (tier T0): the minutes, accepted once their figures fit and three counters confirmed the same sheet.

The trust lies in the committee; what is kept here is that its figures cannot be changed afterwards, that they add up, and
the hash of the photo of the sheet on the wall.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from canbo.ballots import elections, forms, votes
from canbo.ballots.forms import Count
from canbo.ballots.models import Election, Paper
from canbo.ballots.refused import Refused
from canbo.journal.entries import Actor

COUNTERS = 3
FIGURES = ("present", "issued", "collected", "valid", "blank", "invalid")


def sheet(
    *,
    election: int,
    present: int,
    issued: int,
    collected: int,
    valid: int,
    blank: int,
    invalid: int,
    per_option: Mapping[str, Mapping[str, int]],
    photo: str,
) -> dict[str, Any]:
    """The sheet in its one written form. `per_option`: option -> mark -> valid ballots; `photo`: SHA-256, hexadecimal."""
    figures = {"present": present, "issued": issued, "collected": collected, "valid": valid, "blank": blank, "invalid": invalid}
    return {"election": election, **figures, "per_option": {name: dict(row) for name, row in per_option.items()}, "photo": photo}


def to_confirm(found: Mapping[str, Any]) -> str:
    """What each counter confirms: the SHA-256 of the sheet, so that nobody confirms other figures than were read."""
    return forms.hash_of(found).hex()


@transaction.atomic
def record_paper(
    *, election: int, found: Mapping[str, Any], committee: Sequence[Mapping[str, Any]], by: Actor | None, key: str | None = None
) -> Count:
    """Enter the minutes of a vote on paper and close it.

    `found`: as `sheet` gives it. `committee`: three of {"person", "body", "confirms": to_confirm(found)}.
    Raises Refused (state, sheet) with the first figure that does not fit.
    """
    vote = votes.locked(election)
    votes.require_tier(vote, Election.Tier.PAPER)
    if votes.done(key, "ballot.minuted") is not None:
        return elections.count(election=election)
    votes.require_state(vote, Election.State.OPEN)
    require_figures(vote, found)
    _require_committee(found, committee)
    counters = [{"person": member["person"], "body": member["body"]} for member in committee]
    Paper.objects.create(election=vote, sheet=dict(found), sheet_hash=forms.hash_of(found), committee=counters)
    vote.result = {name: found[name] for name in FIGURES} | {"sha256": to_confirm(found)}
    votes.move(vote, Election.State.CLOSED, "result")
    votes.record("ballot.minuted", vote, by=by, key=key, sheet=dict(found), committee=counters)
    return elections.count(election=election)


def require_figures(vote: Election, found: Mapping[str, Any]) -> None:
    """Each figure a whole number, each within the one before it, each sum right."""
    given = [found.get(name) for name in FIGURES]
    if any(type(figure) is not int or figure < 0 for figure in given) or found.get("election") != vote.pk:
        raise Refused("sheet", _("Every figure of the sheet must be a whole number, and the sheet must be of this vote."))
    figures = {name: int(found[name]) for name in FIGURES} | {"convened": vote.convened}
    for less, more, sentence in (
        ("present", "convened", _("%(less)d are said to be present, but only %(more)d were convened.")),
        ("issued", "present", _("%(less)d ballots are said to be issued, but only %(more)d were present.")),
        ("collected", "issued", _("%(less)d ballots are said to be collected, but only %(more)d were issued.")),
    ):
        if figures[less] > figures[more]:
            raise Refused("sheet", sentence % {"less": figures[less], "more": figures[more]})
    together = figures["valid"] + figures["blank"] + figures["invalid"]
    if together != figures["collected"]:
        raise Refused(
            "sheet",
            _("Valid, blank and invalid make %(sum)d, but %(collected)d ballots were collected.")
            % {"sum": together, "collected": figures["collected"]},
        )
    _require_options(vote, found.get("per_option"), figures["valid"])
    if not re.fullmatch(r"[0-9a-f]{64}", str(found.get("photo"))):
        raise Refused("sheet", _("The photo of the sheet is named by its SHA-256: 64 letters 0-9 and a-f."))


def _require_options(vote: Election, rows: Any, valid: int) -> None:
    """Every option with every mark; no option on more ballots than there are; not more marks than could be given."""
    marks, labels = set(forms.marks(vote.choose)), {option["id"]: option["label"] for option in vote.options}
    if not isinstance(rows, dict) or set(rows) != set(labels) or any(
        set(row) != marks or any(type(n) is not int or n < 0 for n in row.values()) for row in rows.values()
    ):  # fmt: skip
        raise Refused(
            "sheet",
            _("The sheet must give a number for every option and every mark: %(marks)s.") % {"marks": ", ".join(sorted(marks))},
        )
    for name, row in rows.items():
        if sum(row.values()) > valid:
            raise Refused(
                "sheet",
                _("“%(option)s” bears %(sum)d marks, but only %(valid)d ballots are valid.")
                % {"option": labels[name], "sum": sum(row.values()), "valid": valid},
            )
    if vote.choose["kind"] == forms.LEVELS:
        return
    yes, most = sum(row[forms.YES] for row in rows.values()), valid * vote.choose["at_most"]
    if yes > most or (vote.choose["kind"] == forms.ONE and yes != valid):
        raise Refused(
            "sheet",
            _("The options bear %(yes)d votes together; %(valid)d valid ballots cannot give that.")
            % {"yes": yes, "valid": valid},
        )


def _require_committee(found: Mapping[str, Any], committee: Sequence[Mapping[str, Any]]) -> None:
    if len({member.get("person") for member in committee}) != COUNTERS or len(committee) != COUNTERS:
        raise Refused("sheet", _("The sheet must be confirmed by three different counters."))
    if any(member.get("confirms") != to_confirm(found) for member in committee):
        raise Refused("sheet", _("A counter confirmed other figures than these. Read the sheet to all three again."))
