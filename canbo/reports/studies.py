"""Files that ask "what if" of work and pay: read strictly, and refused with the place of the first thing that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from canbo.modelling.placement.reading import parsed
from canbo.modelling.placement.sentences import Refused
from canbo.registry.saying import language
from canbo.registry.saying import sentence as _

LARGEST = 1_000_000  # bytes
MOST = Decimal(10**12)


class StudyRefused(ValueError):
    """A file that cannot be read as what it should be; the text says where, what was found and what is expected."""


def opened(file: Path, known: Collection[str], need: Collection[str] = ()) -> dict[str, Any]:
    """The entries of a file by name, all of them words, lists and names. Raises StudyRefused."""
    try:
        if file.stat().st_size > LARGEST:
            raise StudyRefused(_("%(file)s is too large: at most a million bytes.") % {"file": file.name})
        return written(file.read_text(encoding="utf-8-sig"), file.name, known, need)
    except (OSError, UnicodeDecodeError) as trouble:
        raise StudyRefused(_("%(file)s cannot be read: %(why)s.") % {"file": file.name, "why": trouble}) from None


def written(text: str, name: str, known: Collection[str], need: Collection[str] = ()) -> dict[str, Any]:
    """The same of a text that is not in a file; `name` is what refusals call it. Raises StudyRefused."""
    try:
        return fields(parsed(text, name), name, known, need)
    except Refused as refused:
        raise StudyRefused(refused.say(language())) from None


def fields(value: Any, at: str, known: Collection[str] | None = None, need: Collection[str] = ()) -> dict[str, Any]:
    """Its entries by name without the empty ones; others than `known` are refused, and those in `need` must be there."""
    if not isinstance(value, Mapping):
        raise StudyRefused(_("%(at)s: names with values are expected.") % {"at": at})
    for name in value:
        if known is not None and name not in known:
            raise StudyRefused(
                _("%(at)s: %(found)s is not known here; known are %(known)s.")
                % {"at": at, "found": name, "known": ", ".join(known)}
            )
    told = {name: each for name, each in value.items() if each not in (None, "", "~", "null")}
    for name in need:
        if name not in told:
            raise StudyRefused(_("%(at)s: %(found)s is missing.") % {"at": at, "found": name})
    return told


def listed(value: Any, at: str) -> list[Any]:
    """A list. Raises StudyRefused."""
    if not isinstance(value, list):
        raise StudyRefused(_("%(at)s: a list is expected.") % {"at": at})
    return value


def number(value: Any, at: str, *, least: int = 0, most: Decimal = MOST) -> Decimal:
    """A number, not below `least`. Raises StudyRefused."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite() or not least <= found <= most:
        raise StudyRefused(
            _("%(at)s: %(found)s is no number from %(least)s on.") % {"at": at, "found": str(value)[:40], "least": least}
        )
    return found


def a_day(value: Any, at: str) -> date:
    """A day written 2027-01-01. Raises StudyRefused."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise StudyRefused(
            _("%(at)s: %(found)s is not a day. Write it as 2027-01-01.") % {"at": at, "found": str(value)[:40]}
        ) from None
