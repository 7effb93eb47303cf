"""Messages of the rules floor: an id, its arguments, and its sentence in each language.

This floor knows no web framework, so it cannot call gettext. Each message is data: upper
floors may show `message.say("vi")`, or translate `message.key` with `message.args` on their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel.dates import format_date

from canbo.rules import (
    sentences,
    sentences_case,
    sentences_drafts,
    sentences_evaluation,
    sentences_procedure,
    sentences_prove,
    sentences_words,
)

_TOPICS = (
    sentences,
    sentences_case,
    sentences_drafts,
    sentences_evaluation,
    sentences_procedure,
    sentences_prove,
    sentences_words,
)
SENTENCES = {key: said for topic in _TOPICS for key, said in topic.SENTENCES.items()}
LANGUAGES = ("en", "vi", "fa")
# Day before month in English too; in Vietnamese as every official paper has it.
_DAYS = {"en": "d MMMM y", "vi": "dd/MM/y"}
DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}


@dataclass(frozen=True)
class Message:
    """One thing to tell a reader: `key` names the sentence, `args` fill its places."""

    key: str
    args: Mapping[str, object]

    def say(self, language: str = "en") -> str:
        """Say it in `language`; in English where that sentence is not translated."""
        sentence = SENTENCES[self.key]
        places = {name: _word(value, language) for name, value in self.args.items()}
        return str(sentence.get(language, sentence["en"]).format(**places))


def message(key: str, /, **args: object) -> Message:
    """Build a message, refusing a key that has no sentence."""
    if key not in SENTENCES:
        raise KeyError(f"no sentence named {key!r} in canbo/rules/sentences*.py")
    return Message(key, MappingProxyType(args))


def _word(value: object, language: str) -> object:
    """An argument may itself be a message or a text in several languages."""
    if isinstance(value, Message):
        return value.say(language)
    if isinstance(value, Mapping):
        return value.get(language) or value.get("en", "")
    if isinstance(value, date):
        return day(value, language).translate(DIGITS.get(language, {}))
    return value


@lru_cache(maxsize=20_000)
def day(value: date, language: str) -> str:
    """A day as the language writes it, in Latin digits; remembered, since it takes some 30 µs."""
    return format_date(value, format=_DAYS.get(language, "long"), locale=language)


@dataclass(frozen=True)
class Place:
    """Where in the rulebook something stands; lines and columns count from 1."""

    file: Path | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [str(self.file)] if self.file else []
        parts += [str(number) for number in (self.line, self.column) if number is not None]
        return ":".join(parts)


class RuleError(ValueError):
    """Something in the rulebook, or in facts handed to it, that cannot be read.

    `message` says what was found, what was expected and what to do; `place` says where;
    `span` is the stretch of the expression (offsets), where there is one.
    """

    def __init__(
        self,
        said: Message,
        *,
        place: Place | None = None,
        span: tuple[int, int] | None = None,
        text: str = "",
    ) -> None:
        super().__init__(said.say("en"))
        self.message = said
        self.place = place
        self.span = span
        self.text = text

    def say(self, language: str = "en") -> str:
        """The sentence with its place before it and the expression, underlined, after it."""
        where = f"{self.place}: " if self.place and str(self.place) else ""
        return where + self.message.say(language) + self.excerpt()

    def excerpt(self) -> str:
        """The expression with what is wrong underlined, on lines of their own; empty where there is none."""
        if not self.text or self.span is None:
            return ""
        start, end = self.span
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", start)
        line = self.text[first : None if last < 0 else last]
        # A very long line is cut around the mark, so that the error stays readable.
        cut = max(0, start - first - 60)
        width = max(1, min(end, first + len(line)) - start)
        return f"\n    {line[cut : cut + 140]}\n    {' ' * (start - first - cut)}{'^' * min(width, 60)}"

    def __str__(self) -> str:
        return self.say("en")


def error(key: str, /, *, span: tuple[int, int] | None = None, place: Place | None = None, **args: object) -> RuleError:
    """Build a RuleError from a sentence key and its arguments."""
    return RuleError(message(key, **args), span=span, place=place)
