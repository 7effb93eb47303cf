"""How far a board reaches: the bodies of a unit, cut to those whose people the reader may see."""

from __future__ import annotations

from datetime import date

from canbo.registry import authority, queries
from canbo.registry.models import Account


def within(by: Account, act: str, *, root: int, on: date) -> list[int] | None:
    """Ids of the bodies that a board over `root` counts and lists; None: the whole register. Raises NotAllowed.

    What is read of them afterwards is read whole: the reader was asked for here, body by body.
    """
    authority.require(by, act, over=root)
    reach = authority.reach_of(by, act=act)
    if reach.sees_everything and [row["id"] for row in queries.children(None, on=on)] == [root]:
        return None  # the one body above all others
    beneath = queries.subtree(root, on=on)
    return beneath if reach.sees_everything else sorted(reach.sees.intersection(beneath))


def only(column: str, places: list[int] | None) -> str:
    """The condition of a query that keeps to these bodies, with the parameter `places`."""
    return "true" if places is None else f"{column} = ANY (%(places)s::bigint[])"
