"""Names for many invented people at once: words drawn by weight, their sorting and finding keys cached per word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.project.world.book import Book
from canbo.registry.names import search_key, sort_key

Ints = NDArray[np.int32]
Bytes = NDArray[np.bytes_]
KINH = "kinh"


class Words:
    """A growing table of words with their keys; a name is a number into it."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._number: dict[str, int] = {}

    def number(self, word: str) -> int:
        """The number of a word, which is added when it is new."""
        if word not in self._number:
            self._number[word] = len(self.words)
            self.words.append(word)
        return self._number[word]

    def written(self) -> Bytes:
        return np.array([word.encode() for word in self.words], dtype=np.bytes_)

    def tables(self) -> tuple[Bytes, Bytes, Bytes]:
        """As written; the part of the sort key; the part of the search key: UTF-8."""
        sorting = np.array([sort_key("", word).encode() for word in self.words], dtype=np.bytes_)
        finding = np.array([search_key(word).encode() for word in self.words], dtype=np.bytes_)
        return self.written(), sorting, finding


@dataclass
class Names:
    """The names of all persons: numbers of words. The written given name is `middle given`."""

    words: Words
    family: Ints
    middle: Ints
    given: Ints

    def give(self, person: int, family: str, given: str) -> None:
        """Give one person a name of its own. `given`: middle and given words."""
        middle, _, last = given.rpartition(" ")
        self.family[person] = self.words.number(family)
        self.middle[person] = self.words.number(middle)
        self.given[person] = self.words.number(last)

    def of(self, person: int) -> str:
        words = self.words.words
        return " ".join((words[self.family[person]], words[self.middle[person]], words[self.given[person]]))


def draw(book: Book, sex: NDArray[np.int8], people: NDArray[np.int8], peoples: list[str], rng: Generator) -> Names:
    """Names fitting sex (1 = woman) and people (index into `peoples`; unknown counts as the commonest)."""
    size = len(sex)
    words = Words()
    names = Names(words, np.zeros(size, np.int32), np.zeros(size, np.int32), np.zeros(size, np.int32))
    kinh = book.names[KINH]
    for index, name in enumerate(peoples):
        own = book.names["peoples"].get(name, {})
        where = np.flatnonzero(people == index)
        if not len(where):
            continue
        names.family[where] = _pick(words, own.get("family", kinh["family"]), len(where), rng)
        for flag, letter in ((0, "M"), (1, "F")):
            some = where[sex[where] == flag]
            names.middle[some] = _pick(words, _of(own, kinh, "middle", letter), len(some), rng)
            names.given[some] = _pick(words, _of(own, kinh, "given", letter), len(some), rng)
    return names


def _of(own: dict[str, Any], kinh: dict[str, Any], part: str, letter: str) -> dict[str, float]:
    return own.get(part, kinh[part])[letter]  # type: ignore[no-any-return]


def _pick(words: Words, weights: dict[str, float], size: int, rng: Generator) -> Ints:
    numbers = np.array([words.number(word) for word in weights], dtype=np.int32)
    shares = np.array(list(weights.values()), dtype=float)
    edges = np.cumsum(shares / shares.sum())
    return numbers[np.minimum(np.searchsorted(edges, rng.random(size)), len(numbers) - 1)]
