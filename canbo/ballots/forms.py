"""How a choice, a ballot and the terms of a vote are written down, and what a choice may say.

The same bytes are made by ballot.js and read by recount.py, so names of options and levels are plain ASCII.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from canbo.ballots.refused import Refused

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
ONE, EACH, LEVELS = "one", "approve_each", "levels"
YES, NO = "yes", "no"
MESSAGE, RECEIPT = b"canbo ballot 1\n", b"canbo receipt 1\n"
MOST_OPTIONS = 200

Choice = Mapping[str, str]


@dataclass(frozen=True)
class Count:
    """What was counted. Blank and invalid stand beside valid: collected = valid + blank + invalid.

    `per_option`: option -> mark -> how many valid ballots bear it; an option left without a mark on a ballot adds to
    none. `levels`: the marks there were to choose from, in their order. `damaged`: held ballots that could not be opened.
    """

    convened: int
    present: int
    issued: int
    collected: int
    valid: int
    blank: int
    invalid: int
    per_option: dict[str, dict[str, int]] = field(default_factory=dict)
    levels: list[str] = field(default_factory=list)
    damaged: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same text, the same hash."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(value: Any) -> bytes:
    return hashlib.sha256(canonical(value).encode()).digest()


def message(terms_hash: bytes, serial: bytes, choice: Choice) -> bytes:
    """What the issuers sign without seeing it: the terms, the serial and the choice, so that none can be exchanged."""
    return MESSAGE + terms_hash + serial + canonical(dict(choice)).encode()


def receipt(terms_hash: bytes, serial: bytes) -> str:
    """The code by which a voter finds the ballot again: 80 bits of a hash of its serial."""
    code = base64.b32encode(hashlib.sha256(RECEIPT + terms_hash + serial).digest()[:10]).decode()
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def marks(choose: Mapping[str, Any]) -> list[str]:
    """The marks that an option may get."""
    return {ONE: [YES], EACH: [YES, NO]}.get(choose["kind"]) or list(choose["levels"])


def kind_of(choice: Choice, choose: Mapping[str, Any]) -> str:
    """`blank`, `valid`, or `invalid` where more were chosen than there are to choose."""
    if not choice:
        return "blank"
    if choose["kind"] == LEVELS:
        return "valid"
    return "valid" if sum(mark == YES for mark in choice.values()) <= choose["at_most"] else "invalid"


def require_choice(choice: Any, *, options: Sequence[Mapping[str, Any]], choose: Mapping[str, Any]) -> None:
    """Raise Refused unless a choice marks options that exist with marks that exist.

    Too many marks are let through, and counted as invalid; words of one's own are not: they would sign the ballot.
    """
    known, allowed = {option["id"] for option in options}, set(marks(choose))
    if not isinstance(choice, dict) or not all(
        option in known and isinstance(mark, str) and mark in allowed for option, mark in choice.items()
    ):
        raise Refused("choice", _("The ballot marks something that does not stand on it. Open the ballot page anew."))


def tally(choices: Iterable[Choice], *, options: Sequence[Mapping[str, Any]], choose: Mapping[str, Any]) -> dict[str, Any]:
    """valid, blank, invalid, per_option and levels over many choices."""
    kinds = {"valid": 0, "blank": 0, "invalid": 0}
    per_option = {option["id"]: dict.fromkeys(marks(choose), 0) for option in options}
    for choice in choices:
        kind = kind_of(choice, choose)
        kinds[kind] += 1
        if kind == "valid":
            for option, mark in choice.items():
                per_option[option][mark] += 1
    return {**kinds, "per_option": per_option, "levels": marks(choose)}


def require_question(options: Any, choose: Any) -> dict[str, Any]:
    """The rule of choosing, complete. Raises Refused with what is wrong about options or rule."""
    ids = [option.get("id") for option in options]
    if not 1 <= len(ids) <= MOST_OPTIONS or len(set(ids)) != len(ids):
        raise Refused("terms", _("A vote needs one to %(most)d options, each once.") % {"most": MOST_OPTIONS})
    levels = list(choose.get("levels") or ())
    for name in (*ids, *levels):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Refused(
                "terms", _("%(name)r is no name for an option or level: small letters a-z, digits, - _ . only.") % {"name": name}
            )
    if not all(str(option.get("label") or "").strip() for option in options):
        raise Refused("terms", _("Each option needs a label that voters can read."))
    kind = choose.get("kind")
    if kind not in (ONE, EACH, LEVELS) or (kind == LEVELS) != (len(levels) > 1) or len(set(levels)) != len(levels):
        raise Refused("terms", _("How to choose is one, approve_each, or levels with at least two levels."))
    at_most = 1 if kind == ONE else int(choose.get("at_most") or len(ids))
    if not 1 <= at_most <= len(ids):
        raise Refused("terms", _("At most %(found)d cannot be chosen among %(all)d.") % {"found": at_most, "all": len(ids)})
    return {"kind": kind, "at_most": at_most, "levels": levels}
