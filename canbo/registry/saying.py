"""Sentences for people: said in the reader's language with days as that language writes them, and kept to be said again.

    from canbo.registry.saying import sentence as _

    _("It takes effect on %(day)s.") % {"day": day}      in the language of now
    kept(sentence)                                       what to store: the words in English and what fills their places
    again(stored)                                        the stored text in the language of now

What a person wrote by hand, and what was stored before sentences were kept, comes back from `again` as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from django.utils.translation import get_language, gettext

from canbo.rules.words import Message, message

#: How this house writes a day; other languages take CLDR's medium form.
DAYS = {"vi": "dd/MM/y", "en": "d MMM y", "fa": "d MMMM y"}
#: The English of international documents: day before month.
REGIONS = {"en": "en_GB"}
DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}


class Said(str):
    """A sentence in the language in which it was made; `told` is what it says in any."""

    told: dict[str, Any]

    def __mod__(self, places: Any) -> Said:
        """The sentence with its places filled: by days, numbers, texts, sentences, messages of the rules, titles by language."""
        return _said({"say": self.told["say"], "with": {name: _told(value) for name, value in places.items()}})


def sentence(words: str) -> Said:
    """A sentence in the language of now; `words` are the English ones, by which they are translated."""
    return _said({"say": words})


def ruled(said: Message) -> Said:
    """A message of the rules floor as a sentence."""
    return _said(_told(said))


def together(sentences: Iterable[str | Mapping[str, str]]) -> Said:
    """Several sentences one after the other, or texts in several languages."""
    return _said({"all": [_told(each) for each in sentences]})


def of(problem: BaseException) -> str:
    """The sentence of an exception, as it was given to it."""
    return next((each for each in problem.args if isinstance(each, Said)), str(problem))


def kept(text: str) -> str:
    """What to store of a reason: a sentence with what fills its places, anything else as it is."""
    return json.dumps(text.told, ensure_ascii=False, separators=(",", ":")) if isinstance(text, Said) else text


def again(stored: str | Mapping[str, Any] | None) -> str:
    """A stored reason in the language of now: a text as `kept` made it, or what a sentence told."""
    if not isinstance(stored, Mapping) and not str(stored or "").startswith('{"'):
        return str(stored or "")
    try:
        told = stored if isinstance(stored, Mapping) else json.loads(str(stored))
        known = isinstance(told.get("say", told.get("rule")), str) or isinstance(told.get("all"), list)
        return _spoken(told) if known else str(stored)
    except (ValueError, TypeError, KeyError, AttributeError):  # somebody wrote a text that looks like one
        return str(stored)


def language() -> str:
    """The language of now, without its region: "vi", "en", "fa"."""
    return (get_language() or "en").split("-")[0].split("_")[0]


def locale() -> Locale:
    """The CLDR locale of the language of now."""
    here = language()
    return Locale.parse(REGIONS.get(here, here))


def digits(text: object) -> str:
    """Write the Latin digits of a text in the digits of the language."""
    return str(text).translate(DIGITS.get(language(), {}))


def day(value: date) -> str:
    """A day as the language writes it, such as 22 Nov 2026, 22/11/2026."""
    return _day(value, language())


@lru_cache(maxsize=4096)
def _day(value: date, here: str) -> str:
    """The same days stand on page after page."""
    return digits(format_date(value, DAYS.get(here, "medium"), locale()))


def _said(told: dict[str, Any]) -> Said:
    said = Said(_spoken(told))
    said.told = told
    return said


def _told(value: Any) -> Any:
    """A place of a sentence as JSON."""
    match value:
        case Said():
            return value.told
        case Message():
            return {"rule": value.key, "with": {name: _told(each) for name, each in value.args.items()}}
        case date():
            return {"day": value.isoformat()[:10]}
        case Mapping():
            return {"words": dict(value)}
        case BaseException():
            return _told(of(value))
        case int():
            return value
        case _:
            return str(value)


def _spoken(told: Any) -> str:
    """A sentence, or what fills a place, in the language of now."""
    if not isinstance(told, Mapping):
        return digits(told) if isinstance(told, int) else str(told)
    places = {name: _spoken(each) for name, each in told.get("with", {}).items()}
    if "say" in told:
        words = told["say"]
        return gettext(words).replace(")d", ")s") % places if places else gettext(words)
    if "rule" in told:
        return message(told["rule"], **places).say(language())
    if "all" in told:
        return " ".join(_spoken(each) for each in told["all"])
    if "day" in told:
        return day(date.fromisoformat(told["day"]))
    words = told["words"]
    return str(words.get(language()) or words.get("en") or next(iter(words.values()), ""))
