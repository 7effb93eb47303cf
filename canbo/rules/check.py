"""Checking a rulebook without a register: everything that cannot be read, and every example of every article.

    python -m canbo.rules.check [FOLDER ...]

Gives each mistake with file and line, and each example that does not come out as its jurist wrote it. With
folders, only what stands in them is told; facts and parameters are always read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from canbo.rules.article import Article, Example
from canbo.rules.changes import find_changes
from canbo.rules.corpus import Corpus, find, read
from canbo.rules.display import plain
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.words import Message, RuleError, message


@dataclass(frozen=True)
class Mistake:
    """An example that did not come out as written."""

    article: Article
    example: Example
    said: Message

    def say(self, language: str = "en") -> str:
        """With file and line before it."""
        return f"{self.article.file}:{self.example.line}: {self.said.say(language)}"


def examples(corpus: Corpus, articles: Iterable[Article] | None = None) -> Iterator[Mistake]:
    """Run every example; gives those that come out otherwise."""
    for article in corpus.articles.values() if articles is None else articles:
        for example in article.examples:
            try:
                found = _tried(corpus, article, example)
            except RuleError as trouble:
                found = trouble.message
            if found is not None:
                yield Mistake(article, example, found)


def _tried(corpus: Corpus, article: Article, example: Example) -> Message | None:
    """What is wrong with one example; None where all is as written."""
    if not (article.start <= example.on and (article.end is None or example.on < article.end)):
        return message("example_outside", on=example.on, start=article.start, end=article.end or "…")
    scene = Scene(corpus, example.given, example.on)
    ruling = judge(article, scene)
    if ruling.outcome != example.expect:
        return message("example_outcome", found=ruling.outcome, expected=example.expect)
    if example.missing is not None and ruling.missing() != list(example.missing):
        return message("example_missing_facts", found=", ".join(ruling.missing()), expected=", ".join(example.missing))
    if example.value is not None:
        found = plain(ruling.value, article.unit, places=article.places)
        if not _same(found, example.value, article):
            return message("example_value", found=found, expected=plain(example.value))  # type: ignore[arg-type]
    if example.becomes or example.holds_until:
        return _turning(ruling_changes={c.outcome: c.on for c in find_changes(ruling, scene) if c.kind == "day"}, example=example)
    return None


def _same(found: object, expected: object, article: Article) -> bool:
    if article.places and isinstance(found, float):
        return found == float(str(expected))
    return found == plain(expected)  # type: ignore[arg-type]


def _turning(*, ruling_changes: dict[str, object], example: Example) -> Message | None:
    if example.becomes and ruling_changes.get("pass") != example.becomes:
        return message("example_day", found=ruling_changes.get("pass") or "-", expected=example.becomes)
    ends = ruling_changes.get("fail")
    if example.holds_until and (ends is None or (ends - example.holds_until).days != 1):  # type: ignore[operator]
        return message("example_day", found=ends or "-", expected=example.holds_until)
    return None


def main(folders: list[str]) -> int:
    """The command; gives 1 where anything is wrong."""
    corpus = read(find())
    within = [Path(folder).resolve() for folder in folders]

    def mine(file: Path | None) -> bool:
        # What stands at the top of the rulebook, or in no file, concerns everybody.
        if not within or file is None or len(file.parts) == 1:
            return True
        return any((corpus.path / file).resolve().is_relative_to(each) for each in within)

    problems = [problem for problem in corpus.problems if mine(problem.place.file if problem.place else None)]
    articles = [article for article in corpus.articles.values() if mine(article.file)]
    wrong = list(examples(corpus, articles))
    for problem in problems:
        print(problem.say("en"))
    for mistake in wrong:
        print(mistake.say("en"))
    tried, elsewhere = sum(len(article.examples) for article in articles), len(corpus.problems) - len(problems)
    print(f"{len(articles)} articles, {tried} examples: {len(problems)} mistakes, {len(wrong)} examples come out otherwise.")
    if elsewhere:
        print(f"{elsewhere} mistakes stand elsewhere in the rulebook.")
    return 1 if problems or wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
