"""What the law gives somebody who leaves or loses a leading post: every policy, its amount by each reading, the best one.

`entitlements.yaml` beside the rulebook names the policies; articles open them and give the amounts. Nothing is decided here:
what is open, what would be paid, what is missing. An amount that cannot be told is None, never nought.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict, Fact
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.params import Table
from canbo.rules.reading import Part, read

FILE, TOPIC = "entitlements.yaml", "leaving"
OPEN, UNSURE, CLOSED = "open", "unsure", "closed"
#: Kinds that end the service, in the order in which the law grants them: who may retire early is not let go with an allowance.
EARLY, QUIT, TRAINING, KEEP = "early", "quit", "training", "keep"
LEAVING = (EARLY, QUIT)
Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Policy:
    """One policy. `opens`: the article that opens it; `gives`: the figure that is its amount; `months`: the step that says
    for how many months it is paid, empty for one sum; `each`: whether the figure is that of one month."""

    name: str
    kind: str
    reason: str
    opens: str
    gives: str
    months: str
    each: bool


@dataclass(frozen=True)
class Policies:
    """All that entitlements.yaml says. `stays`: over how many years, which grade each year, and which at least once."""

    policies: tuple[Policy, ...]
    one_only: str
    currency: str
    reading: str
    leadership: Mapping[str, str]
    big_cities: tuple[str, ...]
    stays: tuple[int, str, str]

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """The grounds on which an authority may grant a policy, in the order of the file."""
        return tuple(dict.fromkeys(policy.reason for policy in self.policies if policy.reason))


@lru_cache(maxsize=8)
def policies_of(path: Path) -> Policies:
    """The policies of a rulebook, by its folder. Raises RuleError for a file that cannot be read."""
    part = read(path / FILE, root=path)
    part.only(("policies", "one_only", "currency", "reading", "leadership", "big_cities", "stays"))
    stays = part.at("stays")
    return Policies(
        tuple(map(_policy, part.at("policies").items())),
        part.at("one_only").text(),
        part.at("currency").text(),
        part.at("reading").text(),
        {name: each.text() for name, each in part.at("leadership").parts()},
        tuple(each.text() for each in part.at("big_cities").items()),
        (stays.at("years").number(), stays.at("least").text(), stays.at("once").text()),
    )


def _policy(part: Part) -> Policy:
    part.only(("name", "kind", "reason", "opens", "gives", "months", "each"))

    def text(name: str) -> str:
        found = part.find(name)
        return found.text() if found else ""

    each = part.find("each")
    kind = part.at("kind").choice((EARLY, QUIT, TRAINING, KEEP))
    return Policy(
        text("name"), kind, text("reason"), text("opens"), part.at("gives").text(), text("months"), bool(each and each.flag())
    )


@dataclass(frozen=True)
class Entitlement:
    """One policy for one person.

    state     open; closed; or unsure where facts are missing, or where no article gives the amount of what is open
    amount    in đồng, of all months together; None where it cannot be told
    months    for how many months it is paid; 1 for one sum
    ground, figure, bars   what the articles say that open it, give the amount, and stand or may stand against it
    """

    policy: Policy
    state: str
    amount: int | None
    months: int
    asked: _Asked
    figure: ArticleVerdict | None = None
    ground: ArticleVerdict | None = None
    bars: tuple[ArticleVerdict, ...] = ()

    @cached_property
    def readings(self) -> dict[str, int]:
        """The amount by each reading of the text; empty where they agree."""
        return _readings(self.policy, self.figure, self.asked)

    @property
    def articles(self) -> list[str]:
        """Ids of the articles that it rests on."""
        return [verdict.id for verdict in (self.ground, self.figure, *self.bars) if verdict is not None]

    @property
    def missing(self) -> dict[str, Mapping[str, str]]:
        """The facts that are still needed: name -> label."""
        told = (self.ground, self.figure, *self.bars)
        return {each.spec.base: each.spec.label for verdict in told if verdict is not None for each in verdict.missing}


@dataclass(frozen=True)
class Found:
    """All that the law gives to one person.

    chosen    the highest lawful policy among those that end the service; None where none is open, or it cannot be told yet
    because   why: only, highest, early_first; or none, unknown where nothing is chosen
    doubts    policies that cannot be told yet and might be higher
    kept      what goes on being paid to somebody who lost a leading post and stays
    stay      whether the last years' grades ask that the person be kept; None: not all of them are known
    """

    all: Sequence[Entitlement]
    chosen: Entitlement | None
    because: str
    doubts: Sequence[Entitlement] = ()
    kept: Entitlement | None = None
    stay: bool | None = None
    one_only: str = ""
    facts: Facts = field(default_factory=dict)
    stated: Collection[str] | None = None

    def besides(self) -> list[Entitlement]:
        """Open policies on stated grounds that may not be had together with the chosen one."""
        ends = [each for each in self.all if each.state == OPEN and each.policy.kind != KEEP and each is not self.chosen]
        return [each for each in ends if self.stated is None or each.policy.reason in self.stated]


def reckon(
    law: Corpus, *, facts: Facts, on: date, reasons: Collection[str] | None = None, stated: Collection[str] | None = None,
    kinds: Collection[str] = LEAVING,
) -> Found:  # fmt: skip
    """Every policy for one person who would leave on a day, and the highest lawful one.

    facts    by the names of the catalogue; kind and reason of leaving are put in here
    on       first day without service: the law of that day counts
    reasons  grounds that are asked about; None: all that the file names
    stated   grounds that hold in this case, and kinds of policies: among these one is chosen; None: all that are asked about
    Raises RuleError for a fact that the catalogue does not have.
    """
    told = policies_of(law.path)
    found, bars, asked = [], _bars(law, on), _Asked(law, on, facts, told.reading)
    for policy in told.policies:
        if policy.reason and reasons is not None and policy.reason not in reasons:
            continue
        one = _entitlement(policy, asked, bars)
        if one is not None:
            found.append(one)
    chosen, because, doubts = _chosen([each for each in found if stated is None or each.policy.reason in stated], kinds)
    kept = next((each for each in found if each.policy.kind == KEEP and each.state != CLOSED), None)
    one_only = told.one_only if law.articles[told.one_only].in_force(on) else ""
    return Found(found, chosen, because, doubts, kept, _stays(facts, told), one_only, facts, stated)


def _way(policy: Policy) -> dict[str, Fact]:
    """How the person would leave, as facts; of somebody who goes on serving nothing is said."""
    if policy.kind == KEEP:
        return {}
    return {"leave.kind": Fact(EARLY if policy.kind == EARLY else QUIT), "leave.reason": Fact(policy.reason)}


class _Asked:
    """One person on one day, in each way in which he or she could leave."""

    def __init__(self, law: Corpus, on: date, facts: Facts, reading: str) -> None:
        self.law, self.on, self.facts, self.reading = law, on, facts, reading
        self._scenes: dict[tuple[str, str, str], Scene] = {}
        self._against: dict[tuple[str, str], tuple[ArticleVerdict, ...]] = {}

    def scene(self, policy: Policy, law: Corpus | None = None, word: str = "") -> Scene:
        """The case in the way of a policy; by another reading of the law, the word of that reading."""
        key = (policy.kind, policy.reason, word)
        if key not in self._scenes:
            self._scenes[key] = Scene(law or self.law, {**self.facts, **_way(policy)}, self.on)
        return self._scenes[key]

    def against(self, policy: Policy, bars: Sequence[Article]) -> tuple[ArticleVerdict, ...]:
        """What stands or may stand against leaving in the way of a policy."""
        key = (policy.kind, policy.reason)
        if policy.kind != KEEP and key not in self._against:
            told = (ArticleVerdict(judge(article, self.scene(policy)), False) for article in bars)
            self._against[key] = tuple(verdict for verdict in told if verdict.outcome in ("fail", "unknown"))
        return self._against.get(key, ())

    def giver(self, name: str) -> Article | None:
        """The article in force that gives a figure."""
        kept: dict[tuple[str, date], Article | None] = vars(self.law).setdefault("_givers_on", {})
        if (name, self.on) not in kept:
            found = (article for article in self.law.articles.values() if article.gives == name and article.in_force(self.on))
            kept[name, self.on] = next(found, None)
        return kept[name, self.on]


def _bars(law: Corpus, on: date) -> list[Article]:
    """The articles that may forbid leaving on a day; kept with the rulebook."""
    kept: dict[date, list[Article]] = vars(law).setdefault("_bars_on", {})
    if on not in kept:
        kept[on] = [article for article in law.in_force(on, TOPIC) if article.effect == "forbid"]
    return kept[on]


def _entitlement(policy: Policy, asked: _Asked, bars: Sequence[Article]) -> Entitlement | None:
    """A policy in one case; None where the article that opens it is not in force on the day."""
    law, on, scene = asked.law, asked.on, asked.scene(policy)
    ground = None
    if policy.opens:
        opening = law.articles[policy.opens]
        if not opening.in_force(on):
            return None
        ground = ArticleVerdict(judge(opening, scene), False)
        if ground.outcome not in ("pass", "unknown"):
            return Entitlement(policy, CLOSED, None, 1, asked, None, ground)
    against = asked.against(policy, bars)
    giving = asked.giver(policy.gives)
    figure = ArticleVerdict(judge(giving, scene), False) if giving is not None else None
    amount, months = _amount(policy, figure)
    known = figure is not None and figure.outcome == "value"
    if any(verdict.outcome == "fail" for verdict in against) or (ground is None and not known and _aside(figure)):
        state = CLOSED
    elif (ground is not None and ground.outcome == "unknown") or against or not known:
        state = UNSURE
    else:
        state = OPEN
    return Entitlement(policy, state, amount, months, asked, figure, ground, against)


def _aside(figure: ArticleVerdict | None) -> bool:
    return figure is None or figure.outcome == "not_applicable"


def _amount(policy: Policy, figure: ArticleVerdict | None) -> tuple[int | None, int]:
    """The amount of all months together, and their number; read from what was worked out, without making its tree."""
    if figure is None or figure.outcome != "value":
        return None, 1
    article, values, slots = figure.ruling.article, figure.ruling.whole(), figure.ruling.bound.program.slots
    amount = int(values[slots[id(article.condition)]])
    if not policy.months:
        return amount, 1
    months = int(values[slots[id(article.steps[policy.months].node)]])
    return amount * months if policy.each else amount, months


def _readings(policy: Policy, figure: ArticleVerdict | None, asked: _Asked) -> dict[str, int]:
    """The amount by each reading of the parameter that the article reads; empty where it does not matter."""
    if figure is None or figure.outcome != "value":
        return {}
    if ("param", asked.reading) not in figure.ruling.bound.program.needs:
        return {}
    found = {}
    for word, law in read_as(asked.law, asked.reading).items():
        other = ArticleVerdict(judge(law.articles[figure.id], asked.scene(policy, law, word)), False)
        amount, _months = _amount(policy, other)
        if amount is not None:
            found[word] = amount
    return found if len(set(found.values())) > 1 else {}


def read_as(law: Corpus, reading: str) -> dict[str, Corpus]:
    """The rulebook by each reading that a parameter may name; kept with it."""
    kept: dict[str, dict[str, Corpus]] = vars(law).setdefault("_read_as", {})
    if reading not in kept:
        table = law.parameters[reading]
        assert isinstance(table, Table)  # noqa: S101 (a reading is chosen, not worked out)
        kept[reading] = {}
        for word in table.gives.values:
            parameters = law.parameters
            for day in table.days:
                parameters = parameters.with_figure(reading, day, (), word)
            kept[reading][word] = replace(law, parameters=parameters)
    return kept[reading]


def _chosen(found: Sequence[Entitlement], kinds: Collection[str]) -> tuple[Entitlement | None, str, list[Entitlement]]:
    """The highest lawful policy, why, and what might be higher once it can be told."""
    asked = [each for each in found if each.policy.kind in kinds]
    open_ = [each for each in asked if each.state == OPEN and each.amount is not None]
    unsure = [each for each in asked if each.state == UNSURE]
    early = [each for each in open_ if each.policy.kind == EARLY]
    pool = early or open_
    if not pool or (not early and any(each.policy.kind == EARLY for each in unsure)):
        return None, "unknown" if unsure else "none", unsure
    best = max(pool, key=lambda each: each.amount or 0)
    higher = any((each.amount or 0) > (best.amount or 0) for each in open_)
    because = "early_first" if higher else "highest" if len(open_) > 1 else "only"
    return best, because, [each for each in unsure if each.amount is None or each.amount > (best.amount or 0)]


def _stays(facts: Facts, told: Policies) -> bool | None:
    """Whether each of the last years was graded well enough, and one of them excellently; None where a grade is missing."""
    years, least, once = told.stays
    given = facts.get("person.grades")
    grades = tuple(given.value)[:years] if given is not None and isinstance(given.value, tuple) else ()
    if len(grades) < years or None in grades:
        return None
    return set(grades) <= {least, once} and once in grades


__all__ = ["Entitlement", "Found", "Policies", "Policy", "policies_of", "read_as", "reckon"]
