"""Prove: what a rulebook says twice, both ways, or not at all, each with a case that shows it.

    proof = prove(corpus)                 every topic, every epoch from 2021 to 2036
    [f for f in proof.findings if f.new]  what nobody has accepted: empty in a rulebook that may be merged

A topic is proved on the first day of each epoch (epochs.py), and only what has changed since the one before.
The solver proposes; every case is confirmed by the deciding reader before it is shown (witness.py).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus, RulebookRefused
from canbo.rules.display import show_value
from canbo.rules.epoch import Epoch, Found, Ledger
from canbo.rules.epochs import HORIZON, epochs
from canbo.rules.findings import INFORMATION, Acceptance, Finding, accepted, finding_hash, load_acceptances
from canbo.rules.precedence import order_of
from canbo.rules.questions import ACROSS, QUESTIONS, overlaps, risen
from canbo.rules.reading import nearest
from canbo.rules.witness import Case, Given, settle
from canbo.rules.words import LANGUAGES, Message, error, message


@dataclass(frozen=True)
class Proof:
    """What was found, how many pairs were looked at, how long it took, and what could not be decided.

    undecided  questions on which the solver gave up: kind, articles, day. Never counted as proved.
    """

    findings: Sequence[Finding]
    pairs: int
    seconds: float
    undecided: Sequence[Mapping[str, object]] = ()

    @property
    def new(self) -> list[Finding]:
        """Findings that nobody has accepted."""
        return [finding for finding in self.findings if finding.new]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "findings": [finding.to_dict() for finding in self.findings],
            "pairs": self.pairs,
            "seconds": round(self.seconds, 3),
            "undecided": [dict(entry) for entry in self.undecided],
        }


def prove(
    corpus: Corpus,
    *,
    topics: Collection[str] | None = None,
    articles: Collection[str] | None = None,
    everything: bool = False,
    today: date | None = None,
    horizon: tuple[date, date] = HORIZON,
) -> Proof:
    """Prove a rulebook, or some topics of it, or what concerns some articles.

    everything  also what is worth knowing but needs no mending: overlaps, and oppositions that are settled
    today       the day on which acceptances must not have expired; the present day when left out
    Raises RulebookRefused for a rulebook with problems, RuleError for an unknown topic or article,
    NotReplayed where the deciding reader does not confirm what the solver found (an error of ours).
    """
    if corpus.problems:
        raise RulebookRefused(corpus.path, corpus.problems)
    _known(topics or (), corpus.topics, "topic_unknown")
    _known(articles or (), tuple(corpus.articles), "article_not_known")
    start = time.perf_counter()
    signed = load_acceptances(corpus)
    findings: list[Finding] = []
    ledgers: list[Ledger] = []
    for topic, group in _groups(corpus, topics, articles):
        ledger = Ledger(corpus, topic, order_of(corpus), frozenset(articles) if articles is not None else None)
        findings += _Topic(ledger, group, everything, horizon).findings()
        ledgers.append(ledger)
    day = today or date.today()
    findings = [_signed(corpus, finding, signed, day) for finding in findings]
    undecided = [
        {"kind": kind, "articles": list(names), "on": on.isoformat()}
        for ledger in ledgers
        for (kind, names), on in sorted(ledger.undecided.items())
    ]
    return Proof(findings, sum(ledger.pairs for ledger in ledgers), time.perf_counter() - start, undecided)


def _known(wanted: Collection[str], known: Sequence[str], key: str) -> None:
    for name in wanted:
        if name not in known:
            raise error(key, name=name, hint=nearest(name, known), known=", ".join(known))


def _groups(
    corpus: Corpus, topics: Collection[str] | None, articles: Collection[str] | None
) -> Iterator[tuple[str, list[Article]]]:
    """Articles by topic; last all grounds together, since the bands of two topics may meet."""
    for topic in corpus.topics:
        group = [article for article in corpus.articles.values() if article.topic == topic and not article.off]
        if (topics is None or topic in topics) and (articles is None or any(article.id in articles for article in group)):
            yield topic, group
    grounds = [article for article in corpus.articles.values() if article.effect == "ground" and not article.off]
    if topics is None and len({article.topic for article in grounds}) > 1:
        yield "", grounds


def _signed(corpus: Corpus, finding: Finding, signed: Sequence[Acceptance], today: date) -> Finding:
    hashed = replace(finding, hash=finding_hash(corpus, finding.articles))
    return replace(hashed, accepted=accepted(hashed, signed, today))


class _Topic:
    """One topic over all its epochs."""

    def __init__(self, ledger: Ledger, articles: Sequence[Article], everything: bool, horizon: tuple[date, date]) -> None:
        self.ledger = ledger
        self.articles = articles
        self.everything = everything
        self.horizon = horizon
        self.questions = (*(QUESTIONS if ledger.topic else ACROSS), *((overlaps,) if everything else ()))
        self.units: dict[tuple[str, tuple[str, ...]], Hashable] = {}
        self.found: dict[tuple[str, tuple[str, ...]], Finding] = {}

    def findings(self) -> list[Finding]:
        """Everything found, with the first epoch of each and the day on which it ends."""
        days = epochs(self.ledger.corpus, self.articles, self.horizon)
        for on in days:
            epoch = Epoch(self.ledger, self.articles, on)
            if epoch.articles:
                for question in self.questions:
                    self._keep(epoch, question(epoch))
            for key, finding in self.found.items():
                alive = self.units[key] in epoch.present
                if not alive and finding.until is None:
                    self.found[key] = replace(finding, until=on)
        return sorted(self.found.values(), key=lambda finding: (finding.on, finding.kind, finding.articles))

    def _keep(self, epoch: Epoch, found: Iterator[Found]) -> None:
        for each in found:
            if each.kind in INFORMATION and not self.everything:
                continue
            key = (each.kind, tuple(sorted(article.id for article in each.articles)))
            known = self.found.get(key)
            if known is None:
                self.found[key] = _confirmed(epoch, each)
            elif known.until is not None:
                self.found[key] = replace(known, until=None)
            self.units[key] = epoch.unit


def _confirmed(epoch: Epoch, found: Found) -> Finding:
    """The finding with a small and plain case, confirmed by the deciding reader."""
    witness: Mapping[str, Given] = found.facts() if callable(found.facts) else found.facts
    if found.holds is not None:
        witness = settle(epoch.corpus, witness, epoch.on, found.holds)
    case = Case(epoch.corpus, witness, epoch.on)
    beside: Mapping[str, Given] = found.moved
    if found.rises:
        spec = epoch.corpus.facts[found.rises[0]]
        beside = {spec.name: risen(witness, spec, found.rises[1])[spec.name]}
    return Finding(
        kind=found.kind,
        articles=tuple(article.id for article in found.articles),
        topic=epoch.topic or found.articles[0].topic,
        on=epoch.on,
        witness=witness,
        beside=beside,
        says=_sayings(epoch, found, case, beside) if found.holds else {},
        why=tuple(_reasons(epoch, found, case, beside)),
        titles=tuple(article.title for article in (found.articles[:2] if found.moved else found.articles)),
    )


def _sayings(epoch: Epoch, found: Found, case: Case, beside: Mapping[str, Given]) -> dict[str, str]:
    """What each article says of the case; where it takes two cases for two articles, each of its own."""
    if not found.moved:
        return {article.id: _said(case, article)["en"] for article in found.articles}
    second = Case(epoch.corpus, {**case.facts, **beside}, epoch.on)
    return {article.id: _said(each, article)["en"] for article, each in zip(found.articles, (case, second), strict=False)}


def _said(case: Case, article: Article) -> dict[str, str]:
    """What an article says of a case: its outcome, or its figure."""
    if case.says(article) != "value":
        return {language: message(f"outcome_{case.says(article)}").say(language) for language in LANGUAGES}
    return {
        language: show_value(case.value(article), article.type, language, unit=article.unit, places=article.places)
        for language in LANGUAGES
    }


def _reasons(epoch: Epoch, found: Found, case: Case, beside: Mapping[str, Given]) -> Iterator[Message]:
    if found.rises:
        spec, article = epoch.corpus.facts[found.rises[0]], found.articles[0]
        after = Case(epoch.corpus, {**case.facts, **beside}, epoch.on)
        shown = [_fact(each, found.rises[0]) for each in (case, after)]
        figure, other = _said(case, article), _said(after, article)
        yield message("figure_falls", fact=spec.label, before=shown[0], after=shown[1], figure=figure, other=other)
    elif found.boundary:
        name, word = found.boundary
        yield message(f"boundary_{word}", fact=epoch.corpus.facts[name].label, at=_fact(case, name))
    elif found.kind == "different_figure" and found.articles[0].effect == "value":
        figures = [_said(case, article) for article in found.articles]
        yield message("figures_are", figures={language: " / ".join(each[language] for each in figures) for language in LANGUAGES})
    if found.why is not None:
        yield found.why


def _fact(case: Case, name: str) -> dict[str, str]:
    spec, value = case.corpus.facts[name], case.scene.facts[name].value
    return {language: show_value(value, spec.type, language, spec=spec) for language in LANGUAGES}
