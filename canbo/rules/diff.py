"""What an amendment changes: the difference of two rulebooks as persons whose answer changes.

    difference = diff(old, new, on=day)
    difference.changes[0].witness     facts of a case that the old book decides one way and the new another

For each topic and each article added, removed or edited, a case is sought for which that article makes the
difference; each is decided by both rulebooks before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import z3

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus, RulebookRefused
from canbo.rules.explain import explain, find_value
from canbo.rules.families import WORDS
from canbo.rules.findings import normal_form
from canbo.rules.regions import NOWHERE, Claim, NotDecided, Regions
from canbo.rules.witness import Case, Facts, Given, settle, shown
from canbo.rules.words import LANGUAGES, Message, RuleError, message


@dataclass(frozen=True)
class Change:
    """One answer that changes.

    topic     what is decided, or the name of the figure
    articles  the articles added, removed or edited that make the difference
    before, after  what the old and the new rulebook say of the witness, as explain and find_value say it
    """

    topic: str
    articles: tuple[str, ...]
    before: str
    after: str
    witness: Mapping[str, Given]

    def say(self, language: str = "en") -> str:
        """The change as a sentence."""
        words = {side: _word(side, language) for side in (self.before, self.after)}
        facts = ", ".join(f"{name} = {value}" for name, value in shown(self.witness).items())
        args = {"topic": self.topic, "articles": ", ".join(self.articles), "facts": facts or "—"}
        return message("answer_changes", before=words[self.before], after=words[self.after], **args).say(language)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; every sentence in each language."""
        return {
            "topic": self.topic,
            "articles": list(self.articles),
            "before": self.before,
            "after": self.after,
            "witness": shown(self.witness),
            "text": {language: self.say(language) for language in LANGUAGES},
        }


def _word(said: str, language: str) -> str:
    return message(f"word_{said}").say(language) if said in WORDS.values() else said


@dataclass(frozen=True)
class Difference:
    """Everything that changes on a day; `undecided` names topics with a question that the solver gave up on."""

    on: date
    edited: Sequence[str]
    changes: Sequence[Change]
    undecided: Sequence[str] = ()

    def say(self, language: str = "en") -> str:
        """One sentence for each change."""
        if not self.changes:
            return self._head().say(language)
        return "\n".join((self._head().say(language), *(change.say(language) for change in self.changes)))

    def _head(self) -> Message:
        return message("answers_change", articles=len(self.edited), changes=len(self.changes))

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "on": self.on.isoformat(),
            "articles": list(self.edited),
            "changes": [change.to_dict() for change in self.changes],
            "undecided": list(self.undecided),
        }


def diff(old: Corpus, new: Corpus, on: date) -> Difference:
    """The persons whose answer on a day changes from one rulebook to the other, by topic and by figure.

    Raises RulebookRefused where one of them has problems, NotReplayed where the deciding reader does not confirm.
    """
    for corpus in (old, new):
        if corpus.problems:
            raise RulebookRefused(corpus.path, corpus.problems)
    edited = _edited(old, new, on)
    changes: list[Change] = []
    undecided: list[str] = []
    for topic in sorted({each.topic for each in edited.values()}):
        pair = _Pair(old, new, on, topic, [name for name, each in edited.items() if each.topic == topic])
        changes += [*pair.verdicts(), *pair.figures()]
        undecided += [topic] if pair.gave_up else []
    return Difference(on, sorted(edited), changes, undecided)


def _edited(old: Corpus, new: Corpus, on: date) -> dict[str, Article]:
    """Articles in force in one book or both that do not say the same in both."""
    here, there = ({each.id: each for each in corpus.in_force(on)} for corpus in (old, new))
    found: dict[str, Article] = {}
    for name in sorted(here.keys() | there.keys()):
        one, other = here.get(name), there.get(name)
        if one is None or other is None or normal_form(old, one) != normal_form(new, other):
            found[name] = other or one  # type: ignore[assignment]
    return found


class _Pair:
    """One topic in both rulebooks."""

    def __init__(self, old: Corpus, new: Corpus, on: date, topic: str, edited: Sequence[str]) -> None:
        self.old, self.new, self.on, self.topic, self.edited = old, new, on, topic, edited
        articles = [corpus.in_force(on, topic) for corpus in (old, new)]
        self.before = Regions(old, articles[0], on, tag="<", crowd=False)
        self.after = Regions(new, articles[1], on, tag=">", crowd=False)
        pinned = self.before.pinned & self.after.pinned
        if self.before.pinned != self.after.pinned:
            self.before = Regions(old, articles[0], on, pinned=pinned, tag="<", crowd=False)
            self.after = Regions(new, articles[1], on, pinned=pinned, tag=">", crowd=False)
        self.gave_up = False

    # ---- verdicts

    def verdicts(self) -> Iterator[Change]:
        """Cases allowed before and refused after, and the other way round, for each edited article."""
        if not all(self.topic in corpus.topics for corpus in (self.old, self.new)):
            return
        for name in self.edited:
            if any(each.effect == "value" for each in _both(self, name)):
                continue
            yield from self._verdict(name, _allowed(self.before), _refused(self.after), "allowed", "refused")
            yield from self._verdict(name, _refused(self.before), _allowed(self.after), "refused", "allowed")

    def _verdict(self, name: str, before: Claim, after: Claim, was: str, becomes: str) -> Iterator[Change]:
        mine = _told_apart(self.before, self.after, name)
        facts = self._find(before, after, mine)
        if facts is None:
            return

        def holds(case: Case) -> bool:
            told = (self._decides(self.old, case.facts), self._decides(self.new, case.facts))
            return told == (was, becomes)

        yield Change(self.topic, (name,), was, becomes, settle(self.new, facts, self.on, holds))

    def _decides(self, corpus: Corpus, facts: Facts) -> str:
        known = {name: value for name, value in facts.items() if name in corpus.facts}
        return explain(corpus, topic=self.topic, facts=known, on=self.on, changes=False).word  # type: ignore[arg-type]

    # ---- figures

    def figures(self) -> Iterator[Change]:
        """Cases whose figure changes, for each edited article that gives one."""
        for name in self.edited:
            sides = _both(self, name)
            if not sides or any(each.effect != "value" for each in sides):
                continue
            gives = sides[-1].gives
            others = [[each for each in regions.articles if each.gives == gives] for regions in (self.before, self.after)]
            pairs = [(one, other) for one in others[0] for other in others[1] if name in (one.id, other.id)]
            for one, other in pairs:
                yield from self._figure(gives, one, other)

    def _figure(self, gives: str, one: Article, other: Article) -> Iterator[Change]:
        left, right = self.before.value(one), self.after.value(other)
        facts = self._find(self.before.gives(one), self.after.gives(other), Claim(left != right))
        if facts is None:
            return

        def told(facts: Facts) -> tuple[str, str]:
            return self._gives(self.old, gives, facts), self._gives(self.new, gives, facts)

        # A superior or earlier article may give the figure in both books: then this pair changes nothing.
        if len(set(told(facts))) == 2 and "" not in told(facts):
            witness = settle(
                self.new, facts, self.on, lambda case: len(set(told(case.facts))) == 2 and "" not in told(case.facts)
            )
            was, becomes = told(witness)
            yield Change(gives, tuple(sorted({one.id, other.id})), was, becomes, witness)

    def _gives(self, corpus: Corpus, name: str, facts: Facts) -> str:
        known = {fact: value for fact, value in facts.items() if fact in corpus.facts}
        try:
            found = find_value(corpus, name=name, facts=known, on=self.on)  # type: ignore[arg-type]
        except RuleError:
            return ""
        return str(found.value) if found.outcome == "value" else ""

    # ---- asking

    def _find(self, before: Claim, after: Claim, beside: Claim) -> dict[str, Given] | None:
        """A case in which a claim of each book holds, known in every fact that either asks for."""
        touches = before.touches | after.touches | beside.touches
        for regions in (self.before, self.after):
            touches |= regions.known(_there(regions.corpus, touches))
        solver = self.after.solver(touches)
        solver.add(*self.before.beside(touches), before.formula, after.formula, beside.formula)
        try:
            if not self.after.holds(solver):
                return None
        except NotDecided:
            self.gave_up = True
            return None
        found = {**self.before.model(solver, _there(self.old, touches)), **self.after.model(solver, _there(self.new, touches))}
        return {name: value for name, value in found.items() if name in self.new.facts}


def _there(corpus: Corpus, touches: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in touches if name in corpus.facts)


def _both(pair: _Pair, name: str) -> list[Article]:
    return [each for regions in (pair.before, pair.after) for each in regions.articles if each.id == name]


def _told_apart(before: Regions, after: Regions, name: str) -> Claim:
    """Where one article says something else in the two books; where it is in one only, where it refuses or grants there.

    A permit shows in what it lifts, so that it is not asked here.
    """
    speaks = []
    for regions in (before, after):
        found: Callable[[Article], Claim]
        for article in (each for each in regions.articles if each.id == name):
            found = regions.grants if article.effect in ("permit", "ground") else regions.fails
            speaks.append(found(article))
    if len(speaks) == 1:
        return speaks[0]
    return Claim(speaks[0].formula != speaks[1].formula, speaks[0].touches | speaks[1].touches)


def _refused(regions: Regions) -> Claim:
    """Where a topic is refused: a requirement fails, or no ground holds."""
    refused, idle = NOWHERE, Claim(z3.BoolVal(True))
    grounds = [each for each in regions.articles if each.effect == "ground"]
    for article in regions.articles:
        if article.effect in ("require", "forbid"):
            refused = refused | regions.fails(article)
    for article in grounds:
        idle = idle & regions.surely_not(regions.lowered(article).kept)
    return refused | idle if grounds else refused


def _allowed(regions: Regions) -> Claim:
    """Where a topic is allowed: every requirement is kept, and a ground holds where there are grounds."""
    allowed, granted = Claim(z3.BoolVal(True)), NOWHERE
    grounds = [each for each in regions.articles if each.effect == "ground"]
    for article in regions.articles:
        if article.effect in ("require", "forbid"):
            allowed = allowed & regions.surely(regions.lowered(article).kept)
    for article in grounds:
        granted = granted | regions.grants(article)
    return allowed & granted if grounds else allowed
