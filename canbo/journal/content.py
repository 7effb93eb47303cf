"""The one canonical way to write the content of an entry down, and what is refused in it."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from canbo.journal import verifier


class Unrecordable(ValueError):
    """A text or value that the journal cannot keep octet for octet. The message is fit for whoever entered it."""


def text(value: str, *, what: str, longest: int = 1000) -> str:
    """`value` itself, once it is certain that it can be stored and hashed as it stands.

    Letters are never normalised: what was entered is what is proved. `what` names the text in the message.
    """
    if "\x00" in value:
        raise Unrecordable(_("%(what)s contains a NUL character, which cannot be stored. Remove it.") % {"what": what})
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Unrecordable(
                _("%(what)s contains half of a two-part character (a lone surrogate). Enter the text anew.") % {"what": what}
            ) from None
    if len(value) > longest:
        raise Unrecordable(
            _("%(what)s has %(found)d characters; at most %(longest)d can be kept here. Put it into the content.")
            % {"what": what, "found": len(value), "longest": longest}
        )
    return value


def canonical(payload: Mapping[str, Any]) -> str:
    """The canonical JSON of a payload: keys sorted, no spaces, dates as ISO, exact numbers as text.

    Takes text, whole numbers, finite floats, Decimal, bool, None, dates, times, UUIDs, enumerations, lists,
    tuples and mappings of these with text keys. Raises Unrecordable and names the place of anything else.
    """
    return verifier.canonical(_plain(payload, "content"))


def _plain(value: Any, place: str) -> Any:
    """`value` in terms of JSON; `place` names it in messages, as content.person.names[2]."""
    if isinstance(value, enum.Enum):
        return _plain(value.value, place)
    if isinstance(value, str):
        return text(str(value), what=place, longest=10_000_000)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unrecordable(_("%(place)s is %(value)s, which is not a number.") % {"place": place, "value": value})
        return value
    if isinstance(value, Mapping):
        return {_key(key, place): _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    return _plain_scalar(value, place)


def _plain_scalar(value: Any, place: str) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Unrecordable(_("%(place)s is a moment without a time zone: %(value)s.") % {"place": place, "value": value})
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    raise Unrecordable(
        _("%(place)s is a %(kind)s, which the journal cannot keep. Expected text, a number, a date, a list or a mapping.")
        % {"place": place, "kind": type(value).__name__}
    )


def _key(key: Any, place: str) -> str:
    if not isinstance(key, str):
        raise Unrecordable(
            _("%(place)s has a key that is not text but a %(kind)s.") % {"place": place, "kind": type(key).__name__}
        )
    return text(str(key), what=place)
