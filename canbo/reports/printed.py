"""Figures as people print them, read exactly: which digits, how many decimals, which sign means what.

`30.9`, `7,7`, `19,2 %`, `3 261`, `3.261`, `3,261` and `۳٬۲۶۱` are all in use, and the same sign groups
thousands in one country and begins the decimals in the next. The rule, in this order:

1. A space, an apostrophe, `_` and `٬` group thousands; `٫` begins decimals.
2. Comma and dot together: the last begins the decimals, the other groups thousands.
3. One of them, more than once: it groups thousands.
4. One of them, once: it begins decimals, if what follows is not three digits, or what precedes is `0` or
   longer than three digits, or thousands are already grouped otherwise, or a per cent sign stands beside it.
5. What is left has the form `3,261` and is *open*. The other figures of the same claim decide. If they do
   not, counts of people and things group thousands and shares have decimals.
6. Where this makes one sign mean two things in one claim, the claim is refused as ambiguous.

Nothing passes through binary floating point.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext

LONGEST = 40
_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"), " "
)
_SIGNS = {ord("−"): "-", ord("–"): "-", ord("٪"): "%", ord("％"): "%", ord("’"): "'", ord("،"): ","}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\u061c\ufeff"))
_GROUPED = re.compile(r"\d{1,3}([ '_٬,.])\d{3}(?:\1\d{3})*")


class FigureRefused(ValueError):
    """A figure that cannot be read, or can be read in two ways. Its text is one sentence for the reader."""


class Literal(str):
    """A number written in a notation with only one reading, such as JSON: a dot begins decimals."""


@dataclass(frozen=True)
class Figure:
    """A printed figure. `text` as written, `value` exact, `places` decimals printed, `percent`: with a % sign."""

    text: str
    value: Fraction
    places: int
    percent: bool = False

    @property
    def unit(self) -> Fraction:
        """One unit in the last printed place."""
        return Fraction(1, 10**self.places)


@dataclass(frozen=True)
class _Written:
    """A figure taken apart: `sign` is the comma or dot in it, `role` its meaning, None while it is open."""

    text: str
    body: str
    negative: bool
    percent: bool
    sign: str | None
    role: str | None


def read(groups: Mapping[str, Mapping[str, str]]) -> dict[str, Figure]:
    """The figures of one claim.

    `groups`: texts by field name, in the groups "counts" and "shares"; figures of one group share their
    meaning of comma and dot. Returns the figures by field name. Raises FigureRefused.
    """
    written = {group: {name: _take_apart(text) for name, text in texts.items()} for group, texts in groups.items()}
    meanings = {group: _meanings(parts) for group, parts in written.items()}
    figures: dict[str, Figure] = {}
    for group, parts in written.items():
        elsewhere = {s: r for other, m in meanings.items() if other != group for s, r in m.items()}
        for name, part in parts.items():
            role = part.role or _decide(part, group, meanings[group], elsewhere)
            figures[name] = _figure(part, role)
    _refuse_two_meanings(written, figures)
    return figures


def read_one(text: str, group: str = "counts") -> Figure:
    """A figure that stands alone; `group`: "counts" or "shares"."""
    return read({group: {"it": text}})["it"]


def _take_apart(text: str) -> _Written:
    plain = text.translate(_INVISIBLE).translate(_SPACES).translate(_SIGNS).strip()
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)
    percent = plain.startswith("%") or plain.endswith("%")
    body = plain.strip("%").strip() if plain.count("%") == 1 and percent else plain
    negative = body.startswith("-")
    body = body.lstrip("+-").strip() if re.match(r"[+-] ?\d", body) else body
    if len(body) > LONGEST:
        raise FigureRefused(gettext("“%(text)s…” is too long for a figure.") % {"text": text[:LONGEST]})
    if not re.fullmatch(r"[\d.,٫٬ '_]+", body) or not body[-1:].isdecimal() or not re.match(r"[.,٫]?\d", body):
        raise _not_a_figure(text)
    sign, role = _sign_and_role(body, percent, text)
    if isinstance(text, Literal) and sign == ".":
        role = "decimal"
    return _Written(text, body, negative, percent, sign, role)


def _sign_and_role(body: str, percent: bool, text: str) -> tuple[str | None, str | None]:
    """The comma or dot of a figure and what it means, by rules 1 to 4; role None: open."""
    dots, commas = body.count("."), body.count(",")
    if dots and commas:
        last = max(".,", key=body.rfind)
        if body.count(last) > 1:
            raise _not_a_figure(text)
        return last, "decimal"
    if not dots and not commas:
        return None, "none"
    sign = "." if dots else ","
    if body.count(sign) > 1:
        return sign, "grouping"
    head, tail = body.split(sign)
    grouped_otherwise = re.search(r"[ '_٬]", head) is not None
    if percent or grouped_otherwise or len(tail) != 3 or head in {"", "0"} or len(head) > 3 or "٫" in body:
        return sign, "decimal"
    return sign, None


def _meanings(parts: Mapping[str, _Written]) -> dict[str, str]:
    """What comma and dot mean in a group, as far as its figures settle it."""
    meanings: dict[str, str] = {}
    for part in parts.values():
        if part.sign is None or part.role is None:
            continue
        if meanings.setdefault(part.sign, part.role) != part.role:
            raise _two_meanings(part.sign, [p.text for p in parts.values() if p.sign == part.sign])
    for here, there in ((".", ","), (",", ".")):
        if there not in meanings and here in meanings:
            meanings[there] = "decimal" if meanings[here] == "grouping" else "grouping"
    if not meanings and len({p.sign for p in parts.values()} - {None}) == 2:
        raise _two_meanings("", [p.text for p in parts.values() if p.sign])
    return meanings


def _decide(part: _Written, group: str, here: Mapping[str, str], elsewhere: Mapping[str, str]) -> str:
    """What the sign of an open figure means, by rules 5 and 6."""
    assert part.sign is not None
    usual = "grouping" if group == "counts" else "decimal"
    role = here.get(part.sign, usual)
    if part.sign not in here and elsewhere.get(part.sign, role) != role:
        raise _open(part.text, part.sign)
    return role


def _refuse_two_meanings(written: Mapping[str, Mapping[str, _Written]], figures: Mapping[str, Figure]) -> None:
    """Two open figures of different groups must not have been given different meanings of one sign."""
    given: dict[str, tuple[str, str]] = {}
    for parts in written.values():
        for name, part in parts.items():
            if part.role is not None or part.sign is None:
                continue
            role = "decimal" if figures[name].places else "grouping"
            before = given.setdefault(part.sign, (role, part.text))
            if before[0] != role:
                raise _two_meanings(part.sign, [before[1], part.text])


def _figure(part: _Written, role: str) -> Figure:
    body, places = part.body, 0
    sign = "٫" if "٫" in body else part.sign if role == "decimal" else None
    whole, decimals = body, ""
    if sign is not None:
        if body.count(sign) != 1:
            raise _not_a_figure(part.text)
        whole, decimals = body.split(sign)
        places = len(decimals)
        if not decimals.isdecimal():
            raise _not_a_figure(part.text)
    if whole and not whole.isdecimal() and not _GROUPED.fullmatch(whole):
        raise _not_a_figure(part.text)
    digits = "".join(c for c in whole if c.isdecimal()) + decimals
    value = Fraction(int(digits), 10**places)
    return Figure(part.text, -value if part.negative else value, places, part.percent)


def _not_a_figure(text: str) -> FigureRefused:
    return FigureRefused(
        gettext("“%(text)s” is not a figure; write digits only, such as 3261, 30.9 or 19,2 %%.") % {"text": text[:60]}
    )


def _open(text: str, sign: str) -> FigureRefused:
    return FigureRefused(
        gettext("“%(text)s” can be read with thousands or with decimals, and the other figures use the same sign "
                "for decimals; write it without thousands signs, such as %(plain)s.")
        % {"text": text, "plain": text.replace(sign, "")}
    )  # fmt: skip


def _two_meanings(sign: str, texts: list[str]) -> FigureRefused:
    return FigureRefused(
        gettext("Comma and dot are used in two ways here (%(texts)s), so it is not clear what is thousands and what "
                "is decimals; write whole numbers without thousands signs.")
        % {"texts": "; ".join(texts[:4])}
    )  # fmt: skip
