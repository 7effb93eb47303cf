"""What the prover found, and which of it somebody has accepted with a reason, for a time.

`findings.yaml` beside the rulebook lists accepted findings. An acceptance binds to the exact text of
the articles (a hash of their normal forms) and expires: when either article is edited, when a figure
that it reads is changed, or when the day comes, the finding is new again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.epochs import parameters_of
from canbo.rules.params import AgeReached, Parameter
from canbo.rules.reading import Part, read
from canbo.rules.syntax import inline, show
from canbo.rules.witness import Given, shown
from canbo.rules.words import LANGUAGES, Message, message

FILE = "findings.yaml"
# Worth knowing, but nothing to mend: shown only when asked for.
INFORMATION = frozenset(("overlap", "opposition"))
KINDS = (
    "conflict", "ultra_vires", "family_disagreement", "different_figure", "different_measure", "not_monotone",
    "open_boundary", "two_consequences", "gap", "dead_post", "empty", "dominated", "duplicate", "opposition", "overlap",
)  # fmt: skip


@dataclass(frozen=True)
class Acceptance:
    """One accepted finding: who answers for it, why, and until when."""

    kind: str
    articles: tuple[str, ...]
    hash: str
    reason: Mapping[str, str]
    signer: str
    accepted_on: date
    expires: date

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "reason": dict(self.reason),
            "signer": self.signer,
            "accepted_on": self.accepted_on.isoformat(),
            "expires": self.expires.isoformat(),
        }


@dataclass(frozen=True)
class Finding:
    """One thing that the rulebook says twice, both ways, or not at all.

    kind      one of KINDS
    articles  ids, the one that the finding is about first
    on        first day of the epoch in which it was found; `until` the day it ends, None where it lasts
    witness   facts of a case that shows it, confirmed by the reader that decides real cases
    beside    what distinguishes a second case from the first (a fact that rises), where it takes two
    says      what each article says of the witness, by id
    why       more sentences: the figures, the point, the maxim that settles it or why none does
    """

    kind: str
    articles: tuple[str, ...]
    topic: str
    on: date
    until: date | None = None
    witness: Mapping[str, Given] = field(default_factory=dict)
    beside: Mapping[str, Given] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    why: tuple[Message, ...] = ()
    titles: Sequence[Mapping[str, str]] = ()
    hash: str = ""
    accepted: Acceptance | None = None

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What makes it the same finding in another epoch."""
        return (self.kind, self.articles)

    @property
    def new(self) -> bool:
        """Whether nobody has accepted it and it is more than information."""
        return self.accepted is None and self.kind not in INFORMATION

    def say(self, language: str = "en") -> str:
        """The finding as a sentence."""
        titles = [f"“{title.get(language) or title['en']}”" for title in self.titles]
        first = titles[0] if titles else ""
        others = ", ".join(titles[1:])
        head = message(f"finding_{self.kind}", first=first, others=others, topic=self.topic).say(language)
        return " ".join((head, *(each.say(language) for each in self.why)))

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; every sentence in each language."""
        return {
            "kind": self.kind,
            "articles": list(self.articles),
            "topic": self.topic,
            "on": self.on.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "witness": shown(self.witness),
            "beside": shown(self.beside),
            "says": dict(self.says),
            "text": {language: self.say(language) for language in LANGUAGES},
            "hash": self.hash,
            "accepted": self.accepted.to_dict() if self.accepted else None,
        }


# ---- normal forms


def normal_form(corpus: Corpus, article: Article) -> str:
    """What an article decides, without its wording: scope, condition and figures as text."""
    steps = {name: step.node for name, step in article.steps.items()}
    lines = [
        f"{article.effect} {article.topic} {article.issuer} {article.level} {article.gives} {article.unit} {article.places}",
        f"{article.start} {article.end} {article.on_unknown} {' '.join(article.lifts)} {' '.join(article.rises_with)}",
        show(inline(article.scope, steps)) if article.scope else "",
        show(inline(article.condition, steps)),
    ]
    lines += [_figures(name, corpus.parameters[name]) for name in sorted(parameters_of(corpus, article))]
    return "\n".join(lines)


def _figures(name: str, item: Parameter) -> str:
    if isinstance(item, AgeReached):
        births = sorted((word, str(day)) for word, day in item.earliest_birth.items())
        return f"{_figures(name, item.table)} {item.outcome} {births}"
    steps = [(str(step.since), sorted((key, str(figure)) for key, figure in step.figures.items())) for step in item.steps]
    return f"{name} {steps} {item.until}"


def finding_hash(corpus: Corpus, articles: Sequence[str]) -> str:
    """The hash that an acceptance binds to: the normal forms of the finding's articles."""
    forms = (normal_form(corpus, corpus.articles[name]) for name in sorted(articles) if name in corpus.articles)
    return hashlib.sha256("\n\n".join(forms).encode()).hexdigest()


# ---- findings.yaml


def load_acceptances(corpus: Corpus) -> list[Acceptance]:
    """The accepted findings of a rulebook, and those of an installation's own folder over it; none without findings.yaml.

    Raises RuleError where one is malformed.
    """
    return [each for folder in (corpus.path, corpus.over) if folder is not None for each in _load(folder)]


def _load(folder: Path) -> list[Acceptance]:
    file = folder / FILE
    if not file.is_file():
        return []
    part = read(file, root=folder)
    if part.data is None:
        return []
    part.only(("accepted",))
    entry = part.find("accepted")
    return [_acceptance(item) for item in entry.items()] if entry else []


def _acceptance(part: Part) -> Acceptance:
    part.only(("kind", "articles", "hash", "reason", "signer", "accepted_on", "expires"))
    return Acceptance(
        kind=part.at("kind").choice(KINDS),
        articles=tuple(item.text() for item in part.at("articles").items()),
        hash=part.at("hash").text(),
        reason=part.at("reason").said(),
        signer=part.at("signer").text(),
        accepted_on=part.at("accepted_on").day(),
        expires=part.at("expires").day(),
    )


def accepted(finding: Finding, among: Sequence[Acceptance], today: date) -> Acceptance | None:
    """The acceptance that covers a finding on a day, if one does: same articles, same text, not expired."""
    for each in among:
        same = each.kind == finding.kind and sorted(each.articles) == sorted(finding.articles)
        if same and each.hash == finding.hash and each.accepted_on <= today < each.expires:
            return each
    return None
