"""The person (or unit, or vote) who shows that a finding is real.

The solver only proposes. Every proposal is asked again through the same reader that decides real
cases; what does not hold there is an error of ours and is raised, never shown. Then it is made small
and plain: facts that do not matter are left out, and odd figures give way to usual ones wherever the
finding still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.dates import PartialDate
from canbo.rules.judge import Ruling, judge
from canbo.rules.kleene import Scene, Value, Working
from canbo.rules.schema import FactSpec

Given = bool | int | Decimal | str | date | frozenset[str]
Facts = Mapping[str, Given]

# Figures that a reader takes for granted, most usual first, as they are handed over.
_USUAL: Mapping[str | None, tuple[int, ...]] = {
    "months": (60, 36, 24, 18, 12, 240, 120, 6, 3, 1, 0),
    "years": (20, 10, 5, 3, 2, 1, 0),
    "days": (30, 15, 10, 5, 1, 0),
    "dong": (10_000_000, 2_340_000, 1_000_000),
    "percent": (80, 60, 50, 70, 90, 100, 20),
    "points": (80, 60, 50, 70, 90, 100),
    "votes": (40, 30, 20, 10, 60, 100),
    "coefficient": (4, 3, 2, 5, 1),
    None: (30, 20, 10, 5, 3, 2, 1, 0),
}


class NotReplayed(AssertionError):
    """A witness of the solver that the deciding reader does not confirm: prover and reader differ."""


class Case:
    """One made-up case asked about through the deciding reader; facts are as a register hands them over."""

    def __init__(self, corpus: Corpus, facts: Facts, on: date) -> None:
        self.corpus = corpus
        self.facts = facts
        self.on = on
        self.scene = Scene(corpus, facts, on)  # type: ignore[arg-type]
        self._rulings: dict[str, Ruling] = {}

    def ruling(self, article: Article) -> Ruling:
        """What an article says, exceptions taken into account."""
        if article.id not in self._rulings:
            self._rulings[article.id] = judge(article, self.scene)
        return self._rulings[article.id]

    def says(self, article: Article) -> str:
        """The outcome of an article."""
        return self.ruling(article).outcome

    def value(self, article: Article) -> Value:
        """The figure of an article."""
        return self.ruling(article).value

    def applies(self, article: Article) -> bool:
        """Whether its own scope holds, exceptions left aside."""
        scope = self.ruling(article).scope
        return scope is None or scope.value is True

    def met(self, article: Article) -> Value:
        """Its condition, whatever the scope."""
        return self.ruling(article).condition.value

    def broken(self, article: Article) -> bool:
        """Whether a requirement would refuse if there were no exceptions."""
        return self.applies(article) and self.met(article) is (article.effect == "forbid")

    def allows(self, article: Article) -> bool:
        """Whether a requirement is about the case and does not refuse."""
        return self.applies(article) and self.says(article) in ("pass", "not_applicable")

    def withholds(self, article: Article) -> bool:
        """Whether a ground or permit is asked about and its condition does not hold."""
        return self.applies(article) and self.met(article) is False

    def silent(self, article: Article) -> bool:
        """Whether an article applies and gives no answer although no fact is missing."""
        ruling = self.ruling(article)
        undetermined = ruling.outcome == "value" and ruling.value == "undetermined"
        return undetermined or (self.applies(article) and ruling.outcome == "unknown" and not ruling.missing())

    def sound(self) -> bool:
        """Whether no axiom of the catalogue is broken."""
        axioms = self.corpus.facts.axioms
        return all(Working(self.scene, {}).evaluate(axiom.holds).value is not False for axiom in axioms)


Holds = Callable[[Case], bool]


def settle(corpus: Corpus, found: Facts, on: date, holds: Holds) -> dict[str, Given]:
    """Confirm what the solver found and make it small and plain.

    found   every fact that the solver chose
    holds   whether a case shows the finding
    Raises NotReplayed where the case breaks an axiom or does not show it.
    """

    def shows(facts: Facts) -> bool:
        case = Case(corpus, facts, on)
        return holds(case) and case.sound()

    whole = dict(found)
    if not shows(whole):
        raise NotReplayed(f"{on}: {shown(whole)}")
    kept = [name for name in whole if name]
    for name in sorted(whole, key=_least_telling):
        fewer = {other: whole[other] for other in kept if other != name}
        if shows(fewer):
            kept.remove(name)
    for name in kept:
        for value in candidates(corpus.facts[name], whole[name], on):
            changed = {**whole, name: value}
            if value == whole[name]:
                break
            if shows(changed) and shows({other: changed[other] for other in kept}):
                whole = changed
                break
    return {name: whole[name] for name in kept}


def _least_telling(name: str) -> tuple[bool, str]:
    """Leave out facts about the case and the post before those about the person."""
    return (name.startswith("person."), name)


def candidates(spec: FactSpec, value: Given, on: date) -> Iterator[Given]:
    """Values that a reader would rather see than `value`, the most usual first."""
    low, high = spec.low, spec.high
    match spec.type.kind:
        case "date" if isinstance(value, date):
            yield from (day for day in _days(spec, value, on) if _between(low, day, high))
        case "int" if isinstance(value, (int, Decimal)):
            usual = _USUAL.get(spec.type.unit, _USUAL[None])
            digits = len(str(abs(int(value))))
            step = int("1" + "0" * max(0, digits - 2))
            rounded = int(value) // step * step
            for number in (*usual, rounded, rounded + step, int(value)):
                if _between(low, number, high):
                    yield Decimal(number) if spec.places else number
        case "enum":
            yield from spec.type.values
        case "bool":
            yield False


def _days(spec: FactSpec, value: date, on: date) -> Iterator[date]:
    past = isinstance(spec.high, date) and spec.high < on
    for years in (45, 40, 50, 35, 55, 30, 58, 60, 25) if past else (0, 1, 2, 3, 5):
        yield _month_start(on.year - years, on.month) + timedelta(days=14 if past else 0)
    yield from (_month_start(value.year, 1), _month_start(value.year, value.month) + timedelta(days=14))
    yield _month_start(value.year, value.month)


def _month_start(year: int, month: int) -> date:
    return date(year, month, 1)


def _between(low: object, value: date | int, high: object) -> bool:
    for end, sign in ((low, 1), (high, -1)):
        if isinstance(end, date) and isinstance(value, date) and (value - end).days * sign < 0:
            return False
        if isinstance(end, int) and isinstance(value, int) and (value - end) * sign < 0:
            return False
    return True


def shown(facts: Mapping[str, object]) -> dict[str, object]:
    """A witness as plain values for JSON, as `canbo rules explain --facts` takes them; lists put together."""
    plain: dict[str, object] = {}
    for name, value in sorted(facts.items()):
        base, bracket, number = name.partition("[")
        if not bracket:
            plain[name] = _plain(value)
            continue
        elements = plain.setdefault(base, [])
        if isinstance(elements, list):
            place = int(number.rstrip("]"))
            elements += [None] * (place + 1 - len(elements))
            elements[place] = _plain(value)
    return plain


def _plain(value: object) -> object:
    if isinstance(value, (date, PartialDate)):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return sorted(value) if isinstance(value, frozenset) else value
