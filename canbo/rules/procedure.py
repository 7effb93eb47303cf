"""Procedures as law: the steps of a case, who acts in each, and when a vote carries, read from `procedures/*.yaml`.

A procedure has versions in time, each with its source; a case keeps the version under which it was opened, or
begins anew, as the version says. A step is one of five kinds:

    act      somebody entitled does something and says how it ended (proposes, verifies, gives an opinion)
    name     names are put, each judged by the articles of the procedure's topic
    vote     an electorate is frozen, ballots are counted, the rule of the vote says who goes on
    sign     the decider signs the decision
    publish  the decision is numbered and published; it takes effect once it is witnessed and its day has come
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from canbo.rules.reading import Part, nearest, read
from canbo.rules.words import RuleError, error

FOLDER = "procedures"
ELECTORATES = "electorates.yaml"
KINDS = ("act", "name", "vote", "sign", "publish")
MARKS = ("T", "F", "F2", "K")  # text of the law; account of it; account of its predecessor; hearsay: read, not opened
# In what capacity one acts in a case. No person acts in two of the first four in one case, nor in a case of his own;
# `subject` is the person the case is about; `chair`, `counter` and `opinion` may be held by whoever is entitled.
SEPARATE = ("drafter", "verifier", "approver", "publisher")
CAPACITIES = (*SEPARATE, "subject", "opinion", "chair")
# For which body one acts: the body of the post, the one that manages the post, the one above that, the party
# committee, the inspection commission or the front at the level of the post's body.
BODIES = ("own", "manager", "superior", "party", "inspection", "front", "home", "subject")
EFFECTS = (
    "appoint", "reappoint", "acting", "elect", "introduce", "plan", "unplan", "rotate", "second", "return",
    "confidence", "remove", "resign", "dismiss", "demote", "suspend", "resume", "retire", "fill",
)  # fmt: skip
NAMES = ("known", "chosen", "many", "none")
ABOUT = ("post", "membership", "organization")
OF = ("convened", "present", "issued", "collected", "valid", "members")
TERMS = ("until", "to_post", "post", "keeps")  # what a case may lay down besides its seats and criteria
END = ("refused", "stopped", "ended")  # where a way may lead besides a step
OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "act": ("done", "refuse"),
    "name": ("done", "none"),
    "vote": ("through", "none", "tie", "no_quorum"),
    "sign": ("signed", "refuse"),
    "publish": ("done",),
}


@dataclass(frozen=True)
class Threshold:
    """A share of some number of people: more than it (`strict`) or at least it."""

    share: Fraction
    of: str
    strict: bool

    def met(self, votes: int, whole: int) -> bool:
        """Whether so many votes of so many reach it; of nobody nothing reaches anything."""
        if whole <= 0:
            return False
        return votes > self.share * whole if self.strict else votes >= self.share * whole

    def least(self, whole: int) -> int:
        """The least number of votes of `whole` that reaches it."""
        exact = self.share * whole
        floor = exact.numerator // exact.denominator
        return floor + 1 if self.strict or floor < exact else floor

    def __str__(self) -> str:
        return f"{'>' if self.strict else '>='} {self.share} {self.of}"


@dataclass(frozen=True)
class LevelRule:
    """In a vote by levels: what follows for a person when the votes of one level reach a threshold."""

    level: str
    reach: Threshold
    result: str


@dataclass(frozen=True)
class VoteRule:
    """When a vote counts and carries.

    choose     one: one of the names; each: every name by itself (at most `seats` go through); all: every name by
               itself, and all that carry go on; levels: each name gets one of `levels`
    rescue     where no name carries: all that reach this share go on; none: nobody does
    tie        names at exactly the share: `head` decides, `rerun` votes again, `stop` does not let them through;
               `tied_from`: how many names must stand level there for that, 1 or 2
    new_name   what a name needs that was put in this step for the first time
    advises    the meeting is only heard: every name goes on, and its votes are reported with it
    excused    who is absent by force majeure: `leave` the number convened, or `stay` in it
    tiers      how it may be held: T0 paper with sealed minutes, T1 blind tokens, T2 threshold encryption
    announced  whether the count is made known to the meeting
    """

    electorate: str
    choose: str
    over: Threshold
    quorum: Threshold | None
    rescue: Threshold | None
    new_name: Threshold | None
    tie: str
    tiers: tuple[str, ...]
    announced: bool
    levels: tuple[str, ...] = ()
    results: tuple[LevelRule, ...] = ()
    rounds: int = 1
    secret: bool = True
    tied_from: int = 1
    advises: bool = False
    excused: str = "leave"


@dataclass(frozen=True)
class Norm:
    """How long a step may take: so many `unit` (working_days, days, months)."""

    number: int
    unit: str


@dataclass(frozen=True)
class StepRule:
    """One step: what kind of deed, who does it for which body, what it needs and makes, where each outcome leads.

    `ours`: a safeguard of this product that the law neither asks for nor forbids. `says`: what its document must state.
    """

    id: str
    does: str
    title: Mapping[str, str]
    capacity: str
    body: str
    clause: str
    apart_from: tuple[str, ...]
    topics: tuple[str, ...]
    dossier: bool
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    norm: Norm | None
    vote: VoteRule | None
    ways: Mapping[str, str]  # outcome -> step id or one of END
    ours: bool = False
    says: tuple[str, ...] = ()

    def leads(self, outcome: str) -> str:
        """Where an outcome leads. Raises KeyError for an outcome that the step cannot have."""
        return self.ways[outcome]


@dataclass(frozen=True)
class Version:
    """A procedure in one period of law. `running`: a case that runs when it ends is `kept` under it or `restarted`.

    `total`: how long the whole may take, counted from the end of the step `total_from`, or from the opening.
    """

    id: str
    start: date
    end: date | None  # the last day, None: still in force
    source: Mapping[str, str]
    article: str
    mark: str
    running: str
    total: Norm | None
    steps: tuple[StepRule, ...]
    limits: Mapping[str, int] = field(default_factory=dict)
    total_from: str = ""

    def step(self, name: str) -> StepRule:
        """The step with this id. Raises KeyError."""
        return next(step for step in self.steps if step.id == name) if name in self.order else _missing(name, self.order)

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(step.id for step in self.steps)

    def in_force(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on <= self.end)


def _missing(name: str, known: tuple[str, ...]) -> StepRule:
    raise KeyError(f"there is no step {name!r}; there are {', '.join(known)}")


@dataclass(frozen=True)
class Procedure:
    """A procedure: what it is about, how names come into it, which articles judge them, what it brings about.

    states        facts of the case that the register cannot hold: whoever opens it states them
    states_name   such facts of a person: stated at the opening where the person is known, else once the name waits for them
    implies       facts that a case of this procedure is by itself: who dismisses need not say that it is a dismissal
    terms         what else its terms may lay down, of TERMS
    """

    id: str
    title: Mapping[str, str]
    family: str
    about: str
    names: str
    effect: str
    topic: str | None
    versions: tuple[Version, ...]
    states: tuple[str, ...] = ()
    states_name: tuple[str, ...] = ()
    implies: Mapping[str, str | bool] = field(default_factory=dict)
    terms: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The facts that whoever opens a case may state."""
        return (*self.states, *self.states_name) if self.names == "known" else self.states

    def on(self, day: date) -> Version | None:
        """The version in force on a day, or None. What is only hearsay (mark K) is read and never opened."""
        return next((version for version in self.versions if version.in_force(day) and version.mark != "K"), None)

    def version(self, name: str) -> Version:
        """The version of this id, as a case remembers it. Raises KeyError."""
        return {version.id: version for version in self.versions}[name]


@dataclass(frozen=True)
class Selector:
    """Some of an electorate: who holds a post of these standings, titles and structures in bodies `of` somewhere."""

    of: str
    standing: tuple[str, ...]
    titles: tuple[str, ...]
    structure: str | None


@dataclass(frozen=True)
class Electorate:
    """Who votes: everybody whom one of the selectors finds on the day.

    `least`: with fewer on the roll it is no meeting. `whole_below`: in a body of fewer people than this, or with no
    body beneath it, everybody who serves there votes; 0: the selectors always hold. `above`: where fewer than `least` are
    found, the meeting is that of the body above.
    """

    id: str
    title: Mapping[str, str]
    source: str
    selectors: tuple[Selector, ...]
    least: int = 1
    whole_below: int = 0
    above: bool = False


@cache
def opened(path: Path) -> dict[str, Procedure]:
    """The procedures of a rulebook folder, by id. Raises RuleError for what cannot be read."""
    files = sorted((path / FOLDER).glob("*.yaml"))
    voters = electorates(path)
    found = [procedure_of(read(file, root=path), voters) for file in files if file.name != ELECTORATES]
    return {procedure.id: procedure for procedure in found}


@cache
def electorates(path: Path) -> dict[str, Electorate]:
    """The electorates of a rulebook folder, by id."""
    file = path / FOLDER / ELECTORATES
    if not file.is_file():
        return {}
    return {name: _electorate(name, part) for name, part in read(file, root=path).parts()}


def procedure_of(part: Part, voters: Mapping[str, Electorate]) -> Procedure:
    """One procedure from its file."""
    part.only(("procedure", "title", "family", "about", "names", "effect", "topic", "states", "implies", "terms", "versions"))
    topic, states, terms, implies = part.find("topic"), part.find("states"), part.find("terms"), part.find("implies")
    if states:
        states.only(("case", "name"))
    versions = tuple(_version(each, voters) for each in part.at("versions").items())
    held = [version for version in versions if version.mark != "K"]
    for earlier, later in zip(held, held[1:], strict=False):
        if earlier.end is None or earlier.end >= later.start:
            raise part.at("versions").wrong("procedure_versions_overlap", one=earlier.id, other=later.id)
    return Procedure(
        id=part.at("procedure").text(), title=part.at("title").said(need=("en", "vi", "fa")), family=part.at("family").text(),
        about=part.at("about").choice(ABOUT), names=part.at("names").choice(NAMES), effect=part.at("effect").choice(EFFECTS),
        topic=topic.text() if topic else None, versions=versions,
        states=_words(states, "case") if states else (), states_name=_words(states, "name") if states else (),
        implies={name: each.flag() if isinstance(each.data, bool) else each.text() for name, each in implies.parts()} if implies else {},
        terms=tuple(each.choice(TERMS) for each in terms.items()) if terms else (),
    )  # fmt: skip


def _version(part: Part, voters: Mapping[str, Electorate]) -> Version:
    part.only(("id", "in_force", "source", "running", "total", "total_from", "limits", "steps"))
    source = part.at("source")
    source.only(("instrument", "article", "mark"))
    force = part.at("in_force")
    end, total, limits, counted = force.find("to"), part.find("total"), part.find("limits"), part.find("total_from")
    names = [step.at("id").text() for step in part.at("steps").items()]
    if len(set(names)) != len(names):
        raise part.at("steps").wrong("procedure_step_twice", name=next(name for name in names if names.count(name) > 1))
    steps = tuple(_step(each, names, number, voters) for number, each in enumerate(part.at("steps").items()))
    version = Version(
        id=part.at("id").text(), start=force.at("from").day(), end=end.day() if end else None,
        source=source.at("instrument").said(need=("en", "vi", "fa")), article=source.at("article").text(),
        mark=source.at("mark").choice(MARKS), running=part.at("running").choice(("kept", "restarted")),
        total=_norm(total) if total else None, steps=steps,
        limits={name: each.number() for name, each in limits.parts()} if limits else {},
        total_from=counted.choice(names) if counted else "",
    )  # fmt: skip
    _reaches_its_end(part, version)
    _signed_before_published(part, version)
    return version


def _reaches_its_end(part: Part, version: Version) -> None:
    """Every step can be reached from the first, and from every step an end."""
    ways = {step.id: set(step.ways.values()) for step in version.steps}
    reached, open_ = {version.steps[0].id}, [version.steps[0].id]
    while open_:
        fresh = (ways[open_.pop()] - reached) & set(ways)
        reached |= fresh
        open_ += fresh
    if lost := [name for name in ways if name not in reached]:
        raise part.at("steps").wrong("procedure_step_unreachable", name=lost[0])
    ending = {name for name, to in ways.items() if to & set(END)}
    while more := {name for name, to in ways.items() if name not in ending and to & ending}:
        ending |= more
    if stuck := [name for name in ways if name not in ending]:
        raise part.at("steps").wrong("procedure_step_endless", name=stuck[0])


def _signed_before_published(part: Part, version: Version) -> None:
    """No way leads to a publication but through a signature."""
    kinds = {step.id: step.does for step in version.steps}
    reached, open_ = {version.steps[0].id}, [version.steps[0].id]
    while open_:
        name = open_.pop()
        ways = {to for outcome, to in version.step(name).ways.items() if outcome != "signed"}
        fresh = (ways - reached) & set(kinds)
        reached |= fresh
        open_ += fresh
    if early := [name for name in kinds if name in reached and kinds[name] == "publish"]:
        raise part.at("steps").wrong("procedure_published_unsigned", name=early[0])


_STEP = (
    "id", "does", "title", "by", "clause", "ours", "apart_from", "topics", "dossier", "needs", "makes", "says", "norm", "vote",
    "ways",
)  # fmt: skip


def _step(part: Part, names: list[str], number: int, voters: Mapping[str, Electorate]) -> StepRule:
    part.only(_STEP)
    does = part.at("does").choice(KINDS)
    by = part.at("by")
    by.only(("capacity", "body"))
    vote = part.find("vote")
    if (does == "vote") != (vote is not None):
        raise part.wrong("procedure_vote_and_kind", name=part.at("id").text())
    clause, dossier, norm, ours = part.find("clause"), part.find("dossier"), part.find("norm"), part.find("ours")
    capacity = by.at("capacity").choice(CAPACITIES)
    if does in ("sign", "publish") and capacity != {"sign": "approver", "publish": "publisher"}[does]:
        raise by.wrong("procedure_capacity", name=part.at("id").text(), found=capacity)
    return StepRule(
        id=names[number], does=does, title=part.at("title").said(need=("en", "vi", "fa")),
        capacity=capacity, body=by.at("body").choice(BODIES),
        clause=clause.text() if clause else "", apart_from=_words(part, "apart_from", names), topics=_words(part, "topics"),
        dossier=dossier.flag() if dossier else False, needs=_words(part, "needs"), makes=_words(part, "makes"),
        norm=_norm(norm) if norm else None, vote=_vote(vote, voters) if vote else None,
        ways=_ways(part, does, names, number), ours=ours.flag() if ours else False, says=_words(part, "says"),
    )  # fmt: skip


def _ways(part: Part, does: str, names: list[str], number: int) -> dict[str, str]:
    """Where each outcome leads: to the next step where it went well, to an end where it did not, unless written."""
    following = names[number + 1] if number + 1 < len(names) else "ended"
    ways = {outcome: following if index == 0 else "stopped" for index, outcome in enumerate(OUTCOMES[does])}
    if "tie" in ways:
        ways["tie"] = names[number]
    if "no_quorum" in ways:
        ways["no_quorum"] = names[number]
    if written := part.find("ways"):
        for outcome, to in written.parts():
            if outcome not in ways:
                hint = nearest(outcome, list(ways))
                raise to.wrong("not_among", name=written.name, found=outcome, hint=hint, known=", ".join(ways))
            ways[outcome] = to.choice([*names, *END])
    return ways


def _vote(part: Part, voters: Mapping[str, Electorate]) -> VoteRule:
    part.only(
        ("electorate", "choose", "over", "at_least", "of", "quorum", "rescue", "new_name", "tie", "tiers", "announced", "levels",
         "results", "rounds", "secret", "tied_from", "advises", "excused")
    )  # fmt: skip
    of = part.at("of").choice(OF)
    levels, rounds, secret = part.find("levels"), part.find("rounds"), part.find("secret")
    results, tied, advises, excused = part.find("results"), part.find("tied_from"), part.find("advises"), part.find("excused")
    return VoteRule(
        electorate=part.at("electorate").choice(voters), choose=part.at("choose").choice(("one", "each", "all", "levels")),
        over=_threshold(part, of), quorum=_inner(part, "quorum", of), rescue=_inner(part, "rescue", of),
        new_name=_inner(part, "new_name", of), tie=part.at("tie").choice(("head", "rerun", "stop")),
        tiers=_words(part, "tiers", ["T0", "T1", "T2"]), announced=part.at("announced").flag(),
        levels=tuple(level.text() for level in levels.items()) if levels else (),
        results=tuple(
            LevelRule(each.at("level").text(), _threshold(each, of), each.at("result").text()) for each in results.items()
        ) if results else (),
        rounds=rounds.number() if rounds else 1, secret=secret.flag() if secret else True,
        tied_from=tied.number() if tied else 1, advises=advises.flag() if advises else False,
        excused=excused.choice(("leave", "stay")) if excused else "leave",
    )  # fmt: skip


def _inner(part: Part, name: str, of: str) -> Threshold | None:
    inner = part.find(name)
    return _threshold(inner, of) if inner else None


def _threshold(part: Part, of: str) -> Threshold:
    """`over: 1/2` is more than half, `at_least: 2/3` two thirds or more; `of` unless the entry names its own."""
    own, over, least = part.find("of"), part.find("over"), part.find("at_least")
    if (over is None) == (least is None):
        raise part.wrong("threshold_one_of_two", name=part.name)
    entry = over or least
    assert entry is not None  # noqa: S101 (one of the two is there: asked the line before)
    try:
        share = Fraction(entry.text())
    except (ValueError, ZeroDivisionError):
        raise entry.wrong("threshold_not_a_share", found=entry.text()) from None
    if not 0 < share <= 1:
        raise entry.wrong("threshold_not_a_share", found=entry.text())
    return Threshold(share, own.choice(OF) if own else of, over is not None)


def _norm(part: Part) -> Norm:
    part.only(("working_days", "days", "months"))
    ((unit, number),) = part.parts()
    return Norm(number.number(), unit)


def _words(part: Part, name: str, among: list[str] | None = None) -> tuple[str, ...]:
    entry = part.find(name)
    if entry is None:
        return ()
    return tuple(item.choice(among) if among else item.text() for item in entry.items())


def _electorate(name: str, part: Part) -> Electorate:
    part.only(("title", "source", "least", "whole_below", "above", "who"))
    least, whole, above = part.find("least"), part.find("whole_below"), part.find("above")
    selectors = []
    for each in part.at("who").items():
        each.only(("of", "standing", "titles", "structure"))
        structure = each.find("structure")
        selectors.append(
            Selector(
                each.at("of").choice(("own", "beneath", "manager", "parent", "party", "home", "same_level")),
                _words(each, "standing", ["head", "deputy", "member", "staff"]), _words(each, "titles"),
                structure.text() if structure else None,
            )
        )  # fmt: skip
    return Electorate(
        name, part.at("title").said(need=("en", "vi", "fa")), part.at("source").text(), tuple(selectors),
        least.number() if least else 1, whole.number() if whole else 0, bool(above and above.flag()),
    )  # fmt: skip


def on_day(path: Path, name: str, day: date) -> tuple[Procedure, Version]:
    """A procedure and its version in force on a day. Raises RuleError with a sentence where there is none."""
    known = opened(path)
    if name not in known:
        raise error("procedure_unknown", name=name, hint=nearest(name, list(known)), known=", ".join(known))
    version = known[name].on(day)
    if version is None:
        raise error("procedure_not_in_force", name=name, day=day)
    return known[name], version


__all__ = ["RuleError", "Electorate", "Procedure", "StepRule", "Threshold", "Version", "VoteRule", "on_day", "opened"]
