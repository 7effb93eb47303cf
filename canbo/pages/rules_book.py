"""The rulebook laid out for reading: lines, chapters, filters, the days on which the law changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from canbo.pages import asked, figures
from canbo.pages.words import word
from canbo.rules import corpus, inwords, versions
from canbo.rules.article import EFFECTS, Article
from canbo.rules.corpus import Corpus
from canbo.rules.provenance import CONFIDENCES

STATES = ("in_force", "not_yet", "no_longer", "off")
#: Icon and tone of each state: the word always stands beside it.
SHOWN = {
    "in_force": ("circle-check", "pass"),
    "not_yet": ("calendar-clock", "brand"),
    "no_longer": ("history", ""),
    "off": ("lock", "warn"),
}
#: The years that the strip of changes shows; what changes before stands at its beginning.
FIRST, LAST = 2019, 2032
TALLEST = 34


def book() -> Corpus:
    """The rulebook of this register."""
    return corpus.opened(settings.CANBO_RULEBOOK)


@lru_cache(maxsize=1)
def chains(name: str, _hash: str) -> versions.Versions:
    """Which articles are versions of one rule; found once for each content."""
    return versions.versions(corpus.opened(name))


def chain(law: Corpus, article: Article) -> list[Article]:
    """All versions of the rule, in the order of time."""
    return [law.articles[name] for name in chains(settings.CANBO_RULEBOOK, law.hash).chain(article.id)]


def state(article: Article, on: date) -> str:
    """One of STATES."""
    if article.off:
        return "off"
    if article.start > on:
        return "not_yet"
    return "in_force" if article.in_force(on) else "no_longer"


def row(article: Article, on: date) -> dict[str, Any]:
    """An article as a line of a list."""
    law = book()
    icon, tone = SHOWN[state(article, on)]
    return {
        "id": article.id,
        "title": dict(article.title),
        "cite": article.source.cite(figures.language()),
        "valid": (article.start, article.end),
        "in_force": article.in_force(on),
        "state": state(article, on),
        "icon": icon,
        "tone": tone,
        "effect": article.effect,
        "family": law.family(article) or "none",
        "issuer": law.bodies[article.issuer].title if article.issuer in law.bodies else article.issuer,
        "confidence": article.source.confidence,
    }


def sense(article: Article, on: date) -> str:
    """What it asks, in one line, with the figures of a day on which it is in force."""
    return inwords.brief(book(), article, on=day_of(article, on), language=figures.language())


def day_of(article: Article, on: date) -> date:
    """The day asked about, or the nearest to it on which the article is in force: its figures are of that day."""
    if on < article.start:
        return article.start
    if article.end is not None and on >= article.end:
        return date.fromordinal(article.end.toordinal() - 1)
    return on


# ---- filters


@dataclass(frozen=True)
class Filter:
    """What the reader asked to see; `wrong` is a choice that there is not."""

    chosen: Mapping[str, str]
    wrong: str = ""

    def keeps(self, law: Corpus, article: Article, on: date) -> bool:
        """Whether an article is to be shown."""
        is_ = {
            "chapter": chapter_key(law, article.topic), "family": law.family(article) or "none", "state": state(article, on),
            "confidence": article.source.confidence, "effect": article.effect,
        }  # fmt: skip
        return all(is_[name] == value for name, value in self.chosen.items())

    @property
    def query(self) -> dict[str, str]:
        """The choices but for the chapter, to be carried on into a topic."""
        return {name: value for name, value in self.chosen.items() if name != "chapter"}


def chapters(law: Corpus) -> dict[str, Mapping[str, str]]:
    """Key -> title of each chapter, in the order of the library."""
    return {topic.chapter["en"]: topic.chapter for topic in law.subjects.values()}


def chapter_key(law: Corpus, topic: str) -> str:
    """The key of the chapter of a topic."""
    return law.subjects[topic].chapter["en"] if topic in law.subjects else ""


def choices(law: Corpus) -> dict[str, list[tuple[str, str]]]:
    """Every filter with its values and their words."""
    return {
        "chapter": [(key, figures.named(dict(title))) for key, title in chapters(law).items()],
        "family": [(key, word(key, "law family")) for key in ("party", "state", "none")],
        "state": [(key, word(key, "law state")) for key in STATES],
        "effect": [(key, word(key, "effect")) for key in EFFECTS],
        "confidence": [(key, word(key, "confidence")) for key in CONFIDENCES],
    }


def asked_for(request: HttpRequest, law: Corpus) -> Filter:
    """Read the filters of an address; a value that there is not is told and left out."""
    known, chosen, wrong = choices(law), {}, ""
    for name, values in known.items():
        value = asked.words(request.GET.get(name), 80)
        if value and value not in dict(values):
            wrong = value
        elif value:
            chosen[name] = value
    return Filter(chosen, wrong)


def fields(filters: Filter, law: Corpus, names: Sequence[str]) -> list[dict[str, Any]]:
    """The filters as fields of a form."""
    labels = {"chapter": _("Chapter"), "family": _("Family of rules"), "state": _("State on this day"), "effect": _("What it does"), "confidence": _("Confidence")}  # fmt: skip
    known = choices(law)
    return [
        {"name": name, "label": labels[name], "choices": known[name], "chosen": filters.chosen.get(name, "")} for name in names
    ]


# ---- chapters and topics


def contents(law: Corpus, filters: Filter, on: date) -> list[dict[str, Any]]:
    """Chapters with their topics that have something to show, each with how many articles in which state."""
    found: dict[str, dict[str, Any]] = {
        key: {"key": key, "title": dict(title), "topics": [], "tally": Counter()} for key, title in chapters(law).items()
    }
    by_topic: dict[str, Counter[str]] = {}
    for article in law.articles.values():
        if filters.keeps(law, article, on):
            by_topic.setdefault(article.topic, Counter())[state(article, on)] += 1
    for name, topic in law.subjects.items():
        if name in by_topic:
            chapter = found[topic.chapter["en"]]
            chapter["topics"].append(
                {"name": name, "title": dict(topic.title), "entity": topic.entity, **tallied(by_topic[name])}
            )
            chapter["tally"] += by_topic[name]
    return [{**chapter, **tallied(chapter["tally"])} for chapter in found.values() if chapter["topics"]]


def whole(law: Corpus, on: date, topic: str | None = None) -> dict[str, Any]:
    """How many articles of the rulebook, or of one topic, are in which state."""
    return tallied(Counter(state(article, on) for article in law.articles.values() if topic in (None, article.topic)))


def tallied(tally: Counter[str]) -> dict[str, Any]:
    """Counts by state, and the parts of a bar."""
    tones = {"in_force": "fpass", "not_yet": "fs3", "no_longer": "ftrack", "off": "fwarn"}
    parts = [(word(key, "law state"), tally[key], tones[key]) for key in STATES if tally[key]]
    return {"tally": dict(tally), "total": sum(tally.values()), "in_force": tally["in_force"], "parts": parts}


def rules_of(law: Corpus, topic: str, filters: Filter, on: date) -> Iterator[dict[str, Any]]:
    """The rules of a topic, each with its versions side by side; a rule is shown where one of its versions is asked for."""
    seen: set[str] = set()
    listed = [article for article in law.articles.values() if article.topic == topic]
    order = {name: place for place, name in enumerate(STATES)}
    listed.sort(key=lambda a: (order[state(a, on)], law.family(a), a.level, a.start, a.id))
    for article in listed:
        if article.id in seen or not filters.keeps(law, article, on):
            continue
        line = chain(law, article)
        seen |= {one.id for one in line}
        yield {**row(article, on), "sense": sense(article, on), "versions": [row(one, on) for one in line]}


# ---- the days on which the law changes


@lru_cache(maxsize=1)
def change_days(name: str, _hash: str) -> dict[date, dict[str, list[str]]]:
    """Every day of change; found once for each content."""
    return versions.change_days(corpus.opened(name))


def strip(law: Corpus, on: date) -> dict[str, Any]:
    """The strip of days of change, and those nearest to the day asked about. Time runs from left to right everywhere."""
    days = change_days(settings.CANBO_RULEBOOK, law.hash)
    start, end = date(FIRST, 1, 1), date(LAST, 1, 1)
    whole = (end - start).days
    most = max((max(len(one["begin"]), len(one["end"])) for one in days.values()), default=1)

    def x(day: date) -> float:
        return round(min(max((day - start).days / whole, 0), 0.995) * 100, 2)

    def tall(count: int) -> int:
        return round(TALLEST * (count / most) ** 0.5) if count else 0

    bars = [
        {
            "x": x(day), "up": tall(len(one["begin"])), "top": TALLEST + 6 - tall(len(one["begin"])),
            "down": tall(len(one["end"])), "figures": bool(one["figures"]),
        }
        for day, one in days.items()
        if start <= day < end
    ]  # fmt: skip
    listed: list[dict[str, Any]] = [
        {"day": day, "begin": len(one["begin"]), "end": len(one["end"]), "figures": len(one["figures"]), "here": day == on}
        for day, one in days.items()
    ]
    after = [one for one in listed if one["day"] > on]
    before = [one for one in listed if one["day"] <= on]
    return {
        "bars": bars, "middle": TALLEST + 6, "height": 2 * TALLEST + 30, "years": [(year, x(date(year, 1, 1))) for year in range(FIRST, LAST)],
        "now": x(on) if start <= on < end else None, "near": [*before[-2:], *after[:4]], "days": listed,
    }  # fmt: skip
