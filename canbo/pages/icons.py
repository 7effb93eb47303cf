"""The icons that pages may show: one list, from which set-up draws one sprite.

A name that is not here cannot be shown (`drawing` raises), so that the sprite
holds what is used and nothing else; tests/pages keeps the two equal.
Drawings: Lucide (ISC licence), taken from the package `lucide`.
"""

from __future__ import annotations

SPRITE = "canbo/vendor/icons.svg"

#: Arrows and other drawings with a direction: mirrored in right-to-left pages.
DIRECTED = frozenset({"arrow-right", "chevron-right", "log-out", "send", "undo-2"})

ICONS = frozenset(
    {
        "arrow-right",
        "badge-check",
        "building-2",
        "calendar-clock",
        "chevron-right",
        "circle-check",
        "circle-question-mark",
        "circle-x",
        "download",
        "eye",
        "file-check",
        "file-text",
        "fingerprint-pattern",
        "git-merge",
        "history",
        "inbox",
        "info",
        "key-round",
        "landmark",
        "languages",
        "layout-dashboard",
        "lock",
        "log-out",
        "menu",
        "minus",
        "network",
        "octagon-alert",
        "printer",
        "scale",
        "search",
        "search-x",
        "send",
        "shield-check",
        "split",
        "table-2",
        "triangle-alert",
        "undo-2",
        "user-round",
        "users",
    }
)


class UnknownIcon(LookupError):
    """Raised when a page asks for an icon that is not in the list."""


def drawing(name: str) -> str:
    """Return `name` if it may be shown, else say what to do."""
    if name not in ICONS:
        raise UnknownIcon(
            f"The icon {name!r} is not in canbo/pages/icons.py. Add it there and run: python -m canbo.project.assets"
        )
    return name
