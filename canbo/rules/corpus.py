"""The rulebook as loaded: facts, parameters, articles, and a hash of every byte they came from.

`load` gives a rulebook that may decide, or refuses with everything that is wrong. `read` gives
what could be read together with what could not: good for reading and editing, never for deciding.

An installation may lay a folder of its own over the library: one YAML file for each article, which stands beside the
shipped articles, or in place of the one with the same id. Only texts that somebody answers for decide (`passed`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from canbo.rules.article import Article, load_article
from canbo.rules.params import Parameters, read_parameters
from canbo.rules.provenance import HEARSAY
from canbo.rules.reading import Part, nearest
from canbo.rules.reading import read as read_file
from canbo.rules.schema import Catalogue, Scope, check, fits, read_facts
from canbo.rules.subjects import Body, Topic, load_bodies, load_topics
from canbo.rules.syntax import facts_in, show
from canbo.rules.words import LANGUAGES, Place, RuleError, error

FACTS = "facts.yaml"
PARAMETERS = "parameters"
# Files that are not articles: they belong to other readers of the rulebook.
_OTHERS = frozenset((FACTS, "precedence.yaml", "topics.yaml", "words.yaml", "findings.yaml", "steps.yaml"))
_FOLDERS = frozenset((PARAMETERS, "facts", "units", "procedures", "documents", "authority"))
# How often, in seconds, it is asked anew whether somebody by now answers for a text that did not decide.
_PATIENCE = 5
DAYS_KEPT = 200  # lists of what is in force on a day, kept with the rulebook


class RulebookRefused(ValueError):
    """The rulebook has mistakes; `problems` names each with its file and line."""

    def __init__(self, path: Path, problems: Sequence[RuleError]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__(self.say("en"))

    def say(self, language: str = "en") -> str:
        """All problems, one to a paragraph."""
        head = error("rulebook_refused", path=self.path, count=len(self.problems)).message.say(language)
        return "\n".join([head, *(problem.say(language) for problem in self.problems)])


@dataclass(frozen=True)
class Corpus:
    """A rulebook. `problems` is empty in one that may decide.

    over      the installation's own folder that was laid over it, where there is one
    own       articles that came from there, by id
    unpassed  files there for which nobody answers: they decide nothing
    """

    name: str
    path: Path
    facts: Catalogue
    parameters: Parameters
    articles: Mapping[str, Article]
    hash: str
    problems: tuple[RuleError, ...] = ()
    subjects: Mapping[str, Topic] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    over: Path | None = None
    own: Mapping[str, Path] = field(default_factory=dict)
    unpassed: tuple[Path, ...] = ()

    def text(self, article_id: str) -> str:
        """The text of an article as it stands in its file."""
        return (self.own.get(article_id) or self.path / self.articles[article_id].file).read_text(encoding="utf-8")

    def family(self, article: Article) -> str:
        """The family of rules that an article belongs to, such as party or state; empty where none is named."""
        body = self.bodies.get(article.issuer)
        return body.family if body else ""

    def in_force(self, on: date, topic: str | None = None) -> list[Article]:
        """Articles in force on a day, superior issuers first, then by start and name."""
        kept: dict[tuple[date, str | None], tuple[Article, ...]] = vars(self).setdefault("_in_force", {})
        if (on, topic) not in kept:
            found = [a for a in self.articles.values() if a.in_force(on) and topic in (None, a.topic)]
            if len(kept) >= DAYS_KEPT:
                kept.clear()
            kept[on, topic] = tuple(sorted(found, key=lambda article: (article.level, article.start, article.id)))
            return list(kept[on, topic])
        return list(kept[on, topic])

    def lifters(self, article_id: str, on: date) -> list[Article]:
        """Articles in force that may lift this one."""
        return [a for a in self.articles.values() if article_id in a.lifts and a.in_force(on)]

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Every topic that an article decides."""
        return tuple(sorted({article.topic for article in self.articles.values()}))

    @cached_property
    def scope(self) -> Scope:
        """Names that an article may use."""
        return Scope(self.facts, self.parameters.signatures(), {})

    def values(self) -> tuple[str, ...]:
        """Names of the figures that articles give."""
        return tuple(sorted({article.gives for article in self.articles.values() if article.gives}))


def find(name: str = "vn") -> Path:
    """The folder of a rulebook: beside the code in a checkout, inside the package when installed."""
    package = Path(__file__).resolve().parent.parent
    places = [package.parent / "rulebook" / name, package / "_library" / "rulebook" / name]
    for place in places:
        if (place / FACTS).is_file():
            return place
    raise error("rulebook_not_found", name=name, places=", ".join(map(str, places)))


def load(
    path: Path | None = None, *, name: str = "vn", over: Path | None = None, passed: Collection[str] | None = None
) -> Corpus:
    """Load a rulebook that may decide; raises RulebookRefused with every problem in it.

    over    a folder of own articles to lay over it
    passed  SHA-256 of the texts there that may decide; None: all of them
    """
    corpus = read(path or find(name))
    return _whole(corpus if over is None else laid_over(corpus, over, passed))


def _whole(corpus: Corpus) -> Corpus:
    if corpus.problems:
        raise RulebookRefused(corpus.path, corpus.problems)
    return corpus


@dataclass(frozen=True)
class Overlay:
    """Where this process finds the installation's own articles, and how it learns which of them are law."""

    folder: Callable[[], Path]
    passed: Callable[[], Collection[str]]


_overlay: Overlay | None = None
_reading: Callable[[Path], Corpus] | None = None
_laid: dict[str, tuple[object, Corpus]] = {}


def lay_over(overlay: Overlay | None) -> None:
    """From now on, `opened` gives rulebooks with these own articles laid over them."""
    global _overlay
    _overlay = overlay
    _laid.clear()


def look_again() -> None:
    """Ask anew at the next opening which own articles are law: for whoever has just made one."""
    _laid.clear()


def opened(name: str = "vn") -> Corpus:
    """The rulebook of that name, loaded once for this process; own articles are read anew when their folder changes."""
    shipped = _shipped(name)
    folder = _overlay.folder() if _overlay is not None else None
    seen = _seen(folder) if folder is not None else ()
    if _overlay is None or folder is None or not seen:
        return shipped
    known = _laid.get(name)
    # A text is written before the act that makes it law is committed: whoever looks in between asks again.
    patience = int(time.monotonic() // _PATIENCE) if known is None or known[1].unpassed else None
    if known is None or known[0] != (folder, seen, patience):
        found = _whole(laid_over(shipped, folder, _overlay.passed()))
        known = (folder, seen, patience if found.unpassed else None), found
        _laid[name] = known
    return known[1]


def read_through(reading: Callable[[Path], Corpus]) -> None:
    """How a shipped rulebook is read from its folder: such as from what was kept of it."""
    global _reading
    _reading = reading
    _shipped.cache_clear()


@cache
def _shipped(name: str) -> Corpus:
    return (_reading or load)(find(name))


def _seen(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells one state of a folder of own articles from another."""
    try:
        found = [(file.name, file.stat()) for file in own_files(folder)]
    except OSError:  # a file went while we looked
        return _seen(folder)
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in found))


def own_files(folder: Path) -> list[Path]:
    """The files of a folder of own articles, whether they decide or not."""
    return sorted(file for file in folder.glob("*.yaml") if file.name not in _OTHERS)


def laid_over(corpus: Corpus, over: Path, passed: Collection[str] | None = None) -> Corpus:
    """The rulebook with the own articles of a folder; one with the id of a shipped article takes its place."""
    own: dict[str, Path] = {}
    articles, problems, unpassed = dict(corpus.articles), list(corpus.problems), []
    whole = hashlib.sha256(corpus.hash.encode())
    for file in own_files(over):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if passed is not None and digest not in passed:
            unpassed.append(file)
            continue
        whole.update(f"\0{digest}".encode())
        try:
            article = load_article(read_file(file, root=over), corpus.scope)
            if article.id in own:
                raise error("id_twice", id=article.id, other=own[article.id].name, place=Place(article.file))
            articles[article.id], own[article.id] = article, file
        except RuleError as problem:
            problems.append(problem)
    laid = replace(corpus, articles=articles, over=over, own=own, unpassed=tuple(unpassed))
    problems += [] if problems else _references(articles) + _places_of(laid, [articles[name] for name in own])
    return replace(laid, problems=tuple(problems), hash=whole.hexdigest() if own or problems else corpus.hash)


def with_article(corpus: Corpus, part: Part) -> tuple[Corpus, Article]:
    """The rulebook with one more article, or with one in another version; what does not fit together is in `problems`.

    Raises RuleError where the article itself cannot be read.
    """
    article = load_article(part, corpus.scope)
    articles = {**corpus.articles, article.id: article}
    digest = hashlib.sha256(f"{corpus.hash}\0{part.document.data}".encode()).hexdigest()
    laid = replace(corpus, articles=articles, hash=digest)
    return replace(laid, problems=(*_references(articles), *_places_of(laid, [article]))), article


def _places_of(corpus: Corpus, articles: Sequence[Article]) -> list[RuleError]:
    return _places({each.id: each for each in articles}, corpus.parameters, corpus.subjects, corpus.bodies)


def read(path: Path) -> Corpus:
    """Read what can be read; what cannot is in `problems` and is left out."""
    problems: list[RuleError] = []
    parts = _parts([path / FACTS, *sorted((path / "facts").glob("*.yaml"))], path, problems)
    specs, axioms, wrong = read_facts(parts)
    problems += wrong
    facts = Catalogue(specs, axioms)
    broken = _named(parts) - set(specs)
    parts = _parts(sorted((path / PARAMETERS).glob("*.yaml")), path, problems)
    parameters, wrong = read_parameters(parts, facts)
    broken |= _named(parts) - set(parameters)
    problems += _causes(wrong, broken)
    problems += _causes(_check_defaults(facts, parameters), broken)
    subjects, bodies = _subjects(path, problems)
    words = _words(path, problems)
    scope = Scope(facts, parameters.signatures(), {})
    articles: dict[str, Article] = {}
    for file in _article_files(path):
        try:
            article = load_article(read_file(file, root=path), scope)
            if article.id in articles:
                raise error("id_twice", id=article.id, other=articles[article.id].file, place=Place(article.file))
            articles[article.id] = article
        except RuleError as problem:
            problems += _causes([problem], broken)
    if not problems:
        problems += _references(articles)
        problems += _places(articles, parameters, subjects, bodies)
    return Corpus(path.name, path, facts, parameters, articles, content_hash(path), tuple(problems), subjects, bodies, words)


def _named(parts: Sequence[Part]) -> set[str]:
    """The names that files define, or try to."""
    return {name for part in parts for name in part.mapping()}


def _causes(problems: Sequence[RuleError], broken: Collection[str]) -> list[RuleError]:
    """Without those that only say that a broken fact or parameter is not there: the cause is told once."""
    found = []
    for problem in problems:
        missing = problem.message.args.get(_FOLLOWING.get(problem.message.key, ""))
        if not isinstance(missing, str) or missing not in broken:
            found.append(problem)
    return found


# Mistakes that may follow from another one, with what they miss.
_FOLLOWING = {"fact_unknown": "name", "param_unknown": "name", "place_unknown": "found", "derived_needs_table": "found"}


def _parts(files: Sequence[Path], root: Path, problems: list[RuleError]) -> list[Part]:
    """The files that can be read."""
    parts = []
    for file in files:
        try:
            part = read_file(file, root=root)
            part.mapping()
            parts.append(part)
        except RuleError as problem:
            problems.append(problem)
        except FileNotFoundError as missing:
            problems.append(error("file_missing", name=file.name, place=Place(Path(str(missing.filename)))))
    return parts


def _subjects(path: Path, problems: list[RuleError]) -> tuple[Mapping[str, Topic], Mapping[str, Body]]:
    """What topics.yaml and precedence.yaml list; a small rulebook may do without them."""
    topics = _parts([file for file in [path / "topics.yaml"] if file.is_file()], path, problems)
    order = _parts([file for file in [path / "precedence.yaml"] if file.is_file()], path, problems)
    try:
        return load_topics(topics[0]) if topics else {}, load_bodies(order[0].at("bodies")) if order else {}
    except RuleError as problem:
        problems.append(problem)
        return {}, {}


def _words(path: Path, problems: list[RuleError]) -> Mapping[str, Mapping[str, str]]:
    """Words that figures give, as people read them."""
    found = _parts([file for file in [path / "words.yaml"] if file.is_file()], path, problems)
    try:
        return {name: entry.said(need=LANGUAGES) for name, entry in found[0].parts()} if found else {}
    except RuleError as problem:
        problems.append(problem)
        return {}


def content_hash(path: Path) -> str:
    """SHA-256 over the name and content of every file that decides: facts, parameters, articles."""
    whole = hashlib.sha256()
    named = [path / name for name in (FACTS, "topics.yaml", "precedence.yaml")]
    files = [*named, *(path / "facts").glob("*.yaml"), *(path / PARAMETERS).glob("*.yaml"), *_article_files(path)]
    for file in sorted(file for file in files if file.is_file()):
        body = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{file.relative_to(path).as_posix()}\0{body}\n".encode())
    return whole.hexdigest()


def _article_files(path: Path) -> list[Path]:
    files = sorted(path.glob("*/**/*.yaml"))
    return [file for file in files if file.name not in _OTHERS and not _FOLDERS & set(file.relative_to(path).parts)]


def _check_defaults(facts: Catalogue, parameters: Parameters) -> list[RuleError]:
    """A default must have the fact's type and must not lead back to the fact itself; an axiom is yes or no."""
    scope = Scope(facts, parameters.signatures(), {})
    problems: list[RuleError] = []
    for spec in facts.values():
        if spec.otherwise is None:
            continue
        place = Place(Path(FACTS))
        try:
            found = check(spec.otherwise, scope)
            if not fits(found, spec.type):
                raise error("default_of_other_type", name=spec.name, found=found.say(), expected=spec.type.say())
            _no_circle(spec.name, facts, (), place)
        except RuleError as trouble:
            trouble.place, trouble.text = place, show(spec.otherwise)
            problems.append(trouble)
    for axiom in facts.axioms:
        try:
            found = check(axiom.holds, scope)
            if found.kind != "bool":
                raise error("condition_not_bool", found=found.say())
        except RuleError as trouble:
            trouble.place, trouble.text = axiom.place, axiom.text
            problems.append(trouble)
    return problems


def _no_circle(name: str, facts: Catalogue, seen: tuple[str, ...], place: Place) -> None:
    if name in seen:
        raise error("default_in_circle", name=name, way=" → ".join((*seen, name)), place=place)
    default = facts[name].otherwise if name in facts else None
    if default is not None:
        for below in facts_in(default):
            _no_circle(below, facts, (*seen, name), place)


def _references(articles: Mapping[str, Article]) -> list[RuleError]:
    problems: list[RuleError] = []
    for article in articles.values():
        for other in article.lifts:
            if other not in articles:
                hint = nearest(other, articles)
                problems.append(error("lifts_unknown", id=article.id, name=other, hint=hint, place=Place(article.file)))
        way = _circle(article.id, articles)
        if way:
            problems.append(error("lifts_in_circle", id=article.id, way=" → ".join(way), place=Place(article.file)))
    return problems


def _circle(start: str, articles: Mapping[str, Article]) -> tuple[str, ...]:
    """The way by which an article lifts itself through others; empty where it does not."""
    ways: list[tuple[str, ...]] = [(start, other) for other in articles[start].lifts]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == start:
            return way
        if way[-1] in articles and way[-1] not in seen:
            seen.add(way[-1])
            ways += [(*way, other) for other in articles[way[-1]].lifts]
    return ()


def _places(
    articles: Mapping[str, Article], parameters: Parameters, subjects: Mapping[str, Topic], bodies: Mapping[str, Body]
) -> list[RuleError]:
    """Every article has a listed topic and issuer, at the issuer's level, and decides by nothing that is hearsay."""
    problems: list[RuleError] = []
    for article in articles.values():
        place = Place(article.file)
        if subjects and article.topic not in subjects:
            hint = nearest(article.topic, subjects)
            problems.append(error("topic_not_listed", id=article.id, name=article.topic, hint=hint, place=place))
        body = bodies.get(article.issuer)
        if bodies and body is None:
            hint = nearest(article.issuer, bodies)
            problems.append(error("body_not_listed", id=article.id, name=article.issuer, hint=hint, place=place))
        elif body is not None and body.level != article.level:
            problems.append(
                error("level_of_body", id=article.id, name=article.issuer, found=article.level, expected=body.level, place=place)
            )
        for name in () if article.off else article.parameters():
            if parameters[name].source.mark == HEARSAY:
                problems.append(error("hearsay_used", id=article.id, name=name, place=place))
    return problems


__all__ = [
    "Corpus", "Overlay", "RulebookRefused", "content_hash", "find", "laid_over", "lay_over", "load", "look_again",
    "opened",    "own_files", "read", "with_article",
]  # fmt: skip
