"""Search: which passages of the rulebook speak of a question, in the words of the law itself.

    found = passages.of(corpus).find("bao nhieu tuoi thi nghi huu", on=date(2026, 1, 1))

Articles, parameters and facts are ranked by BM25 over their words in every language; nothing is written anew.
Marks and capitals do not matter, but words typed with their marks find those with the same marks first. Numbers of
instruments match whole and in parts: `170/2025`, `art 29`. Nothing here is a judgement: it finds, the reader reads.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.schema import Texts

KINDS = ("article", "parameter", "fact")
# Okapi BM25 in its usual setting: how soon repeating a word stops to count, how much length weighs.
_K1, _B = 1.4, 0.5
# How often a word of a field counts. Reasons, notes and labels count once.
_WEIGHTS = {"title": 4, "source": 3, "topic": 2}
# Two neighbours typed as neighbours, a word with its very marks, a word that only begins like the one typed.
_PAIR, _MARKED, _BEGINS = 1.2, 0.5, 0.4
_OUT_OF_FORCE = 0.75
_FEWEST_LETTERS = 4  # of a word that may stand for longer ones
_WORD = re.compile(r"[^\W_]+(?:[/-][^\W_]+)*")
_PIECE = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.;؛؟!?])\s+")
_ENDINGS = re.compile(r"(?:ations?|ments?|ings?|ies|ions?|ed|es|s)$")
_SAME = str.maketrans({"đ": "d", "Đ": "D", "ي": "ی", "ك": "ک", "ۀ": "ه", "ة": "ه", "\u200c": " ", "’": "'", "–": "-"})
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
# Words that a question is made of and that no law is found by.
_QUESTION = """
a an the of to in on at for from by is are was be do does did may can must shall what which who whom when how many much long
la gi nao va cua cac nhung duoc co khong khi bao nhieu ai voi neu
چه چیست است را و در از به که آیا کی کدام چند چقدر برای با یک این آن می
"""
_ASKING = frozenset(_QUESTION.split())


@dataclass(frozen=True)
class Passage:
    """One thing that was found.

    kind    one of KINDS; `name` is its id or its name in the rulebook
    title   in each language
    source  who says so, as a line in each language: the citation, or who states a fact
    texts   (field, text in each language), those that match best first
    score   for the order only
    in_force  of an article: whether it is in force on the day asked about; None of others
    """

    kind: str
    name: str
    title: Texts
    source: Texts
    texts: Sequence[tuple[str, Texts]]
    score: float
    in_force: bool | None = None


@dataclass(frozen=True)
class _Entry:
    kind: str
    name: str
    title: Texts
    source: Texts
    fields: Sequence[tuple[str, Texts]]
    article: Article | None = None
    counts: Counter[str] = field(default_factory=Counter)


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Without marks and capitals, digits of every script as 0-9: `Điều lệ` and `dieu le` are one."""
    whole = unicodedata.normalize("NFD", text.translate(_SAME).translate(_DIGITS).casefold())
    return whole if whole.isascii() else "".join(sign for sign in whole if unicodedata.category(sign) != "Mn")


def stem(word: str) -> str:
    """An English ending taken off a word that is long enough; words of other languages have none of these."""
    if not (word.isascii() and word.isalpha()):
        return word
    short = _ENDINGS.sub("", word).removesuffix("e")
    return short if len(short) >= _FEWEST_LETTERS else word


@lru_cache(maxsize=20_000)
def terms(text: str) -> tuple[str, ...]:
    """The words of a text as the index holds them, in order; a number like 170/2025/NĐ-CP also as 170/2025 and whole."""
    found: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFC", text).replace("\u200c", " ")):
        whole = folded(match.group())
        parts = list(_PIECE.finditer(whole))
        found += [whole[: part.end()] for part in parts[1:]]
        found += [stem(part.group()) for part in parts]
    return tuple(found)


@lru_cache(maxsize=20_000)
def _marked(text: str) -> tuple[str, ...]:
    """Words that bear marks, with them: so that `phép` finds `phép` before `phẹp`."""
    words = (match.group().casefold() for match in _PIECE.finditer(unicodedata.normalize("NFC", text)))
    return tuple(f"~{word}" for word in words if not word.isascii() and folded(word) != word)


class Passages:
    """The index of one rulebook, built once."""

    def __init__(self, corpus: Corpus) -> None:
        self.entries = [*_articles(corpus), *_parameters(corpus), *_facts(corpus)]
        self.postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.lengths = []
        for number, entry in enumerate(self.entries):
            for name, texts in entry.fields:
                for text in texts.values():
                    _count(entry.counts, text, _WEIGHTS.get(name, 1))
            self.lengths.append(sum(entry.counts.values()))
            for term, times in entry.counts.items():
                self.postings[term].append((number, times))
        self.usual = sum(self.lengths) / max(len(self.lengths), 1)
        self.words = sorted(term for term in self.postings if term[0] != "~" and " " not in term)

    def find(self, question: str, *, on: date, most: int = 20, kinds: Sequence[str] = KINDS) -> list[Passage]:
        """The passages that speak of the question, the best first; none where no word of it is in the rulebook."""
        wanted = self._wanted(question)
        scores: dict[int, float] = defaultdict(float)
        for term, weight in wanted.items():
            holding = self.postings.get(term, ())
            rarity = math.log(1 + (len(self.entries) - len(holding) + 0.5) / (len(holding) + 0.5))
            for number, times in holding:
                length = 1 - _B + _B * self.lengths[number] / self.usual
                scores[number] += weight * rarity * times * (_K1 + 1) / (times + _K1 * length)
        asked = {term for term in terms(question) if term not in _ASKING}
        found = []
        for number, score in scores.items():
            entry = self.entries[number]
            if entry.kind in kinds:
                # Who has every word asked for comes before who has one of them often.
                share = sum(any(near in entry.counts for near in self._near(term)) for term in asked) / max(len(asked), 1)
                old = entry.article is not None and not entry.article.in_force(on)
                found.append((score * (0.3 + 0.7 * share) * (_OUT_OF_FORCE if old else 1), number))
        best = sorted(found, key=lambda each: (-each[0], each[1]))[:most]
        return [self._passage(number, score, set(wanted), on) for score, number in best]

    def _wanted(self, question: str) -> dict[str, float]:
        """Terms to look for with their weights."""
        wanted: dict[str, float] = {}
        typed = terms(question)
        for term in typed:
            for near in self._near(term) if term not in _ASKING else ():
                wanted[near] = max(wanted.get(near, 0), 1.0 if near == term else _BEGINS)
        if wanted:
            wanted |= {f"{one} {other}": _PAIR for one, other in zip(typed, typed[1:], strict=False)}
            wanted |= dict.fromkeys(_marked(question), _MARKED)
        return wanted

    def _near(self, term: str) -> list[str]:
        """The term, and words of the rulebook that begin with it where it is long enough to stand for them."""
        if len(term) < _FEWEST_LETTERS or not term.isalpha():
            return [term]
        start, end = bisect_left(self.words, term), bisect_left(self.words, term + "\U0010ffff")
        return list(dict.fromkeys([term, *self.words[start:end]]))

    def _passage(self, number: int, score: float, wanted: set[str], on: date) -> Passage:
        entry = self.entries[number]
        telling = [(name, texts) for name, texts in entry.fields if name not in ("title", "source", "topic")]
        telling.sort(key=lambda each: -max((_weight(text, wanted) for text in each[1].values()), default=0))
        in_force = entry.article.in_force(on) if entry.article else None
        return Passage(entry.kind, entry.name, entry.title, entry.source, telling, score, in_force)


def _count(counts: Counter[str], text: str, weight: int) -> None:
    words = terms(text)
    for term in words:
        counts[term] += weight
    for one, other in zip(words, words[1:], strict=False):
        counts[f"{one} {other}"] += weight
    for term in _marked(text):
        counts[term] += weight


def _weight(text: str, wanted: set[str]) -> int:
    """How many different words of the question a text has."""
    return len(set(terms(text)) & wanted)


def highlighted(text: str, question: str) -> list[tuple[str, bool]]:
    """A text cut into stretches, each with whether it is a word of the question; put together they are the text."""
    wanted = {term for term in terms(question) if term not in _ASKING}
    long = tuple(term for term in wanted if len(term) >= _FEWEST_LETTERS and term.isalpha())
    cut: list[tuple[str, bool]] = []
    at = 0
    for match in _PIECE.finditer(text):
        here = terms(match.group())
        hit = any(term in wanted or (bool(long) and term.startswith(long)) for term in here)
        if hit:
            cut += [(text[at : match.start()], False), (match.group(), True)]
            at = match.end()
    cut.append((text[at:], False))
    return [piece for piece in cut if piece[0]]


def excerpt(text: str, question: str, most: int = 320) -> str:
    """The sentences of a text that have most words of the question, cut at the end of a word."""
    wanted = {term for term in terms(question) if term not in _ASKING}
    sentences = _SENTENCE.split(text)
    best = max(range(len(sentences)), key=lambda place: (_weight(sentences[place], wanted), -place), default=0)
    kept = " ".join(sentences[best:])
    return kept if len(kept) <= most else kept[:most].rsplit(" ", 1)[0] + "…"


# ---- what is found


def _articles(corpus: Corpus) -> Iterator[_Entry]:
    for article in corpus.articles.values():
        topic, source = corpus.subjects.get(article.topic), article.source
        number = f"{article.source.article} {article.source.clause}".strip()
        fields: list[tuple[str, Texts]] = [("title", article.title), ("source", _cited(source.cite, source.instrument))]
        fields += [("source", {"": number})] if number else []
        fields += [("topic", {"": article.topic.replace("_", " ")})]
        fields += [("topic", topic.title), ("topic", topic.chapter)] if topic else []
        fields += [("waiting" if outcome == "unknown" else "reason", _plain(texts)) for outcome, texts in article.reasons.items()]
        fields += [("step", step.label) for step in article.steps.values()]
        fields += [("fact", corpus.facts[name].label) for name in sorted(article.facts())]
        fields += [("open", texts) for each in article.undetermined for texts in (each.what, each.decided_by, each.meanwhile)]
        fields += [("note", texts) for texts in (article.note, source.note, article.dates_note, article.off) if texts]
        cited = {language: source.cite(language) for language in ("en", "vi", "fa")}
        yield _Entry("article", article.id, article.title, cited, fields, article)


def _parameters(corpus: Corpus) -> Iterator[_Entry]:
    for name, item in corpus.parameters.items():
        source = item.source
        fields: list[tuple[str, Texts]] = [("title", item.title), ("source", _cited(source.cite, source.instrument))]
        fields += [("note", source.note)] if source.note else []
        yield _Entry("parameter", name, item.title, {lang: source.cite(lang) for lang in ("en", "vi", "fa")}, fields)


def _facts(corpus: Corpus) -> Iterator[_Entry]:
    for name, spec in corpus.facts.items():
        fields: list[tuple[str, Texts]] = [("title", spec.label), ("meaning", spec.meaning)]
        fields += [("word", words) for words in spec.words.values()]
        fields += [("because", spec.because)] if spec.because else []
        yield _Entry("fact", name, spec.label, spec.asserted_by or spec.source, fields)


def _cited(cite: object, instrument: Texts) -> dict[str, str]:
    languages: Iterable[str] = dict.fromkeys(("en", "vi", "fa", *instrument))
    return {language: cite(language) for language in languages}  # type: ignore[operator]


def _plain(texts: Mapping[str, str]) -> dict[str, str]:
    """A reason without the places in braces, which only a case fills."""
    return {language: re.sub(r"\{[^{}]*\}", "…", text) for language, text in texts.items()}


@lru_cache(maxsize=2)
def _built(_hash: str, corpus: _Held) -> Passages:
    return Passages(corpus.corpus)


@dataclass(frozen=True, eq=False)
class _Held:
    """A rulebook as a key that is compared by nothing, so that the hash alone decides."""

    corpus: Corpus

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


def of(corpus: Corpus) -> Passages:
    """The index of a rulebook; built once, in about a second, and kept for this process."""
    return _built(corpus.hash, _Held(corpus))
