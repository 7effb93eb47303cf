"""Justifications that are nearly the same: one text for many people, or one text by several hands.

Texts are compared by the pairs of neighbouring words that they share, out of all that either has. Which texts to
compare is found by their least hashes (Broder's MinHash in bands), so that not every text meets every other; each
meeting is then measured exactly.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse import csgraph

from canbo.modelling.severity.ratings import Ints, Ratings

ALIKE = 0.6  # of the pairs of words that two texts have, the share that both have: one word changed in ten
WORDS = 8  # shorter texts are set phrases
PEOPLE = 3  # ratees of one rater from which one text for many is a question
STOCK = 0.05  # a text used by more than this share of all who write, and by more than STOCK_RATERS, is a template
STOCK_RATERS = 20
BANDS, DEEP = 20, 3  # two texts that share 0.6 meet with chance 0.992

Whole = NDArray[np.uint64]


@dataclass(frozen=True)
class Copies:
    """Ratings (places) with nearly the same text.

    alike    the least likeness to the text that most of them have, 0 to 1
    text     that text
    raters, ratees   codes
    stock    whether so many use it that it is a template and no question about anybody
    """

    ratings: tuple[int, ...]
    raters: tuple[int, ...]
    ratees: tuple[int, ...]
    alike: float
    text: str
    stock: bool


def find(ratings: Ratings, *, alike: float = ALIKE) -> list[Copies]:
    """Texts to ask about, most used first. Anonymous ratings are left out: a text can give its writer away."""
    texts, of = _distinct(ratings)
    if not texts:
        return []
    shingles = [_shingles(words) for words in texts]
    part = _parts(shingles, alike)
    writers = len({int(ratings.rater[place]) for places in of for place in places})
    found = []
    for members in _members(part):
        places = sorted(place for text in members for place in of[text])
        raters = tuple(sorted({int(ratings.rater[place]) for place in places}))
        ratees = tuple(sorted({int(ratings.ratee[place]) for place in places}))
        if len(ratees) < 2 or (len(raters) == 1 and len(ratees) < PEOPLE):
            continue
        chief = max(members, key=lambda text: (len(of[text]), -text))
        least = min(_likeness(shingles[chief], shingles[text]) for text in members)
        stock = len(raters) > max(STOCK_RATERS, STOCK * writers)
        found.append(Copies(tuple(places), raters, ratees, least, ratings.text[of[chief][0]], stock))
    return sorted(found, key=lambda each: (-len(each.ratings), each.ratings))


def _distinct(ratings: Ratings) -> tuple[list[tuple[str, ...]], list[list[int]]]:
    """Every text of enough words once, as its words, and the ratings that have it."""
    seen: dict[str, tuple[str, ...]] = {}
    of: dict[tuple[str, ...], list[int]] = {}
    for place, text in enumerate(ratings.text):
        if not text or ratings.anonymous[place]:
            continue
        words = seen.get(text)
        if words is None:
            words = seen[text] = tuple(re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold()))
        if len(words) >= WORDS:
            of.setdefault(words, []).append(place)
    return list(of), list(of.values())


def _shingles(words: tuple[str, ...]) -> Whole:
    """The pairs of neighbouring words, as numbers."""
    twos = {zlib.crc32(f"{one} {other}".encode()) for one, other in zip(words, words[1:], strict=False)}
    return np.array(sorted(twos), dtype=np.uint64)


def _likeness(one: Whole, other: Whole) -> float:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)


def _parts(shingles: list[Whole], alike: float) -> Ints:
    """The number of the heap that each text belongs to."""
    edges: set[tuple[int, int]] = set()
    tried: set[tuple[int, int]] = set()
    for meeting in _meetings(shingles):
        if meeting not in tried:
            tried.add(meeting)
            if _likeness(shingles[meeting[0]], shingles[meeting[1]]) >= alike:
                edges.add(meeting)
    ends = np.array(sorted(edges), dtype=np.int64).reshape(-1, 2)
    graph = sp.csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(shingles), len(shingles)))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)


def _meetings(shingles: list[Whole]) -> Iterator[tuple[int, int]]:
    """Neighbours among the texts whose least hashes agree throughout a band."""
    chance = np.random.default_rng(1)
    every, starts = np.concatenate(shingles), np.cumsum([0, *(len(each) for each in shingles[:-1])])
    for _ in range(BANDS):
        least = []
        for factor, shift in chance.integers(1, 2**63, (DEEP, 2), dtype=np.uint64):
            mixed = every * (factor | np.uint64(1)) + shift
            least.append(np.minimum.reduceat(mixed ^ (mixed >> np.uint64(29)), starts))
        order = np.lexsort(least)
        same = np.all([each[order[1:]] == each[order[:-1]] for each in least], axis=0)
        for one, other in zip(order[:-1][same].tolist(), order[1:][same].tolist(), strict=True):
            yield min(one, other), max(one, other)


def _members(part: Ints) -> Iterator[list[int]]:
    order = np.argsort(part, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        yield members.tolist()
