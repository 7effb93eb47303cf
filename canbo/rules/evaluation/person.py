"""One person: every period scored by the law of its own day, the mean of the year, the grade by each regime, each reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from canbo.rules.corpus import Corpus
from canbo.rules.evaluation.given import CRITERIA, MOST_RESULT, Person, Regulation, Work
from canbo.rules.evaluation.periods import Asked, Period, asked_of
from canbo.rules.evaluation.readings import Judged, Reader, Regime, Ways, exact, missing, plain, ways_of
from canbo.rules.evaluation.scoring import Open, Scored, message_texts, score
from canbo.rules.explain import ArticleVerdict
from canbo.rules.schema import Texts
from canbo.rules.words import Message, error, message

UNDETERMINED = "undetermined"
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Grade:
    """A grade by one regime: the articles that gave it, what is missing where it cannot be told."""

    regime: Regime
    grade: str
    score: Decimal | None
    verdicts: tuple[ArticleVerdict, ...]
    missing: tuple[str, ...] = ()
    open: tuple[Open, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What the score and the grade are by one way of reading; `used`: whether it is the one that was used."""

    question: str
    title: Texts
    way: str
    says: Texts
    used: bool
    score: Decimal | None
    grade: str
    parts: Mapping[str, Decimal | None]
    articles: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """The score of a person by one choice of readings; `periods` where it is a mean of several."""

    scored: Scored
    periods: tuple[tuple[Work, Scored], ...] = ()
    articles: tuple[ArticleVerdict, ...] = ()


@dataclass(frozen=True)
class Evaluated:
    """Everything that the law says of one person on one day."""

    person: Person
    on: date
    law_day: date
    settled: Settled
    grades: tuple[Grade, ...]
    readings: tuple[Reading, ...] = ()
    notes: tuple[Message, ...] = field(default=())

    @property
    def grade(self) -> str:
        """The grade by the person's own regime."""
        return self.grades[0].grade

    @property
    def score(self) -> Decimal | None:
        """The points by the person's own regime."""
        return self.grades[0].score

    @property
    def disagreement(self) -> Message | None:
        """The sentence to tell where two regimes grade the same work differently."""
        told = [each for each in self.grades if each.grade != UNDETERMINED]
        if len({each.grade for each in told}) < 2:
            return None
        first, other = told[0], next(each for each in told if each.grade != told[0].grade)
        names = {"first": first.regime.title, "one": grade_texts(first.grade)}
        return message("eval_regimes_disagree", **names, second=other.regime.title, two=grade_texts(other.grade))


def evaluate(law: Corpus, person: Person, *, on: date, compared: bool = True) -> Evaluated:
    """Score and grade one person by every regime and every reading.

    on        the day asked about: a period that is over is measured by the law of its last day, whatever day this is
    compared  also say what every other reading comes to, which takes most of the time
    Raises RuleError for a period that has not begun.
    """
    if person.period and person.period.first > on:
        raise error("eval_not_begun", period=str(person.period), on=on)
    ways = ways_of(law.path)
    judged = Judged(law)
    settled = _settle(judged, person, on, ways, person.ways)
    day = person.period.law_day(on) if person.period else on
    grades = _grades(judged, person, settled.scored, day, ways)
    readings: list[Reading] = []
    if compared:
        readings = _readings(judged, person, on, ways) if settled.scored.lines and person.category == "civil_servant" else []
        readings += _rounding(judged, person, settled.scored, day, ways, grades[0])
    return Evaluated(person, on, day, settled, tuple(grades), tuple(readings), tuple(_notes(person, on, settled)))


# ---- the score


def _settle(judged: Judged, person: Person, on: date, ways: Ways, chosen: Mapping[str, str]) -> Settled:
    articles: dict[str, ArticleVerdict] = {}
    scored = []
    for work in person.works:
        reader = Reader(judged.law, _day(work, person, on), ways.chosen(chosen), judged=judged)
        found = score(reader, work)
        if person.category == "public_employee" and work.score is None:
            _by_regulation(found, work.regulation or person.regulation)
        scored.append((work, found))
        articles |= reader.used
    if len(scored) == 1 and scored[0][0].period in (None, person.period):
        return Settled(scored[0][1], (), tuple(articles.values()))
    whole, used = _mean(judged, person, on, scored)
    return Settled(whole, tuple(scored), (*articles.values(), *used))


def _day(work: Work, person: Person, on: date) -> date:
    period = work.period or person.period
    if period is not None and period.first > on:
        raise error("eval_not_begun", period=str(period), on=on)
    return period.law_day(on) if period else on


def _by_regulation(found: Scored, regulation: Regulation | None) -> None:
    """The score by the weights of the unit's own regulation; without one, how points are given is the unit's to say.

    More than all points of the result nobody has: the decree on public employees says so, whatever was done beyond.
    """
    found.score = found.unrounded = None
    for part in ("score", "result"):
        found.sources.pop(part, None)
    found.lines = [line for line in found.lines if not line.startswith(("score =", "result ="))]
    found.parts["result"] = None
    general = found.parts["general"]
    if regulation is None:
        found.open.append(Open(message_texts("eval_no_regulation"), message_texts("eval_head_of_unit"), ("regulation.weights",)))
        return
    shares = [(weight, found.parts[name]) for name, weight in regulation.weights.items()]
    if general is None or any(share is None for _, share in shares):
        return
    points = sum((weight * (share or 0) for weight, share in shares), Decimal(0)) / 100
    found.score = (general + min(points, Decimal(MOST_RESULT))).quantize(_TENTH, ROUND_HALF_UP)
    found.lines.append(weighed(general, shares, found.score, over=points > MOST_RESULT))


def weighed(
    general: Decimal | None, shares: Sequence[tuple[Decimal, Decimal | None]], score: Decimal | None, *, over: bool
) -> str:
    """The working of a score by weights, in numbers; `over`: cut at all points of the result."""
    shown = " + ".join(f"{plain(share)} % × {plain(weight)}" for weight, share in shares)
    return f"score = {plain(general)} + {f'min({shown}, {MOST_RESULT})' if over else shown} = {plain(score)}"


def _mean(
    judged: Judged, person: Person, on: date, scored: Sequence[tuple[Work, Scored]]
) -> tuple[Scored, tuple[ArticleVerdict, ...]]:
    """The mean of the months; a quarter stands for those of its months that no period before it holds."""
    assert person.period is not None
    whole = Scored(parts=dict.fromkeys(("general", *CRITERIA, "result")))
    covered: set[int] = set()
    total, weighed = Decimal(0), []
    for work, found in sorted(scored, key=lambda each: (each[0].period.last, each[0].period.first)):  # type: ignore[union-attr]
        months = work.period.months - covered if work.period else frozenset[int]()
        covered |= months
        whole.missing += found.missing
        whole.open += found.open
        if found.score is not None:
            total += found.score * len(months)
            weighed.append((found.score, len(months)))
    wanting = _wanting(person, on, covered)
    if wanting:
        whole.missing += [str(each.period) for each in wanting]
        whole.notes.append(message("eval_periods_wanting", names=", ".join(str(each.period) for each in wanting)))
    if not scored or len(weighed) < len(scored):
        return whole, ()
    reader = Reader(judged.law, person.period.law_day(on), judged=judged)
    mean = reader.find("evaluation_year_total", {"eval.monthly_sum": total, "eval.months_scored": sum(n for _, n in weighed)})
    shown = " + ".join(plain(each) if n == 1 else f"{n} × {plain(each)}" for each, n in weighed)
    line = f"({shown}) / {sum(n for _, n in weighed)} = {plain(exact(mean))}"
    if wanting:
        whole.notes.append(message("eval_so_far", line=line))
    elif mean is not None:
        whole.score, whole.sources["score"] = exact(mean), mean
        whole.lines.append(f"score = {line}")
    return whole, tuple(reader.used.values())


def _wanting(person: Person, on: date, covered: set[int]) -> list[Asked]:
    """Periods that had to be scored and were not: those that are over, as far as the person worked in them."""
    assert person.period is not None
    kinds = [work.period.kind for work in person.works if work.period]
    types = person.types or ((person.period.first, "quarter" if "quarter" in kinds else "month"),)
    asked = [each for each in asked_of(person.period.year, types) if each.months & person.period.months]
    worked = person.facts.get("eval.months_worked")
    if isinstance(worked, int) and len(covered) >= worked:
        return []
    return [each for each in asked if not each.months <= covered and not each.period.months <= covered]


# ---- the grade


def _grades(judged: Judged, person: Person, scored: Scored, day: date, ways: Ways) -> list[Grade]:
    """The grade by the regime of the person's category, and by that of the Party where the person is on its track."""
    regimes = [each for each in ways.regimes.values() if each.category == person.category]
    if person.on_party_track:
        regimes += [each for each in ways.regimes.values() if each.category == "party"]
    return [_grade(judged, person, regime, scored, day) for regime in regimes]


def _grade(judged: Judged, person: Person, regime: Regime, scored: Scored, day: date) -> Grade:
    total = person.party if regime.points == "own" else scored.score
    facts: dict[str, object] = {
        "eval.regime": regime.name,
        "eval.year": (person.period or Period(day, "year")).year,
        "eval.leader": any(work.leader for work in person.works),
        **({"eval.unit_regulation": True} if person.regulation is not None else {}),
        **person.facts,
    }
    if total is not None:
        facts["eval.total"] = total
    family = "party" if regime.points == "own" else "state"
    told = Reader(judged.law, day, judged=judged).all("evaluation_grade", facts)
    verdicts = [each for each in told if judged.law.family(each.ruling.article) == family]
    decided = next((verdict for verdict in verdicts if verdict.outcome == "value"), None)
    word = str(decided.value) if decided is not None else UNDETERMINED
    if word != UNDETERMINED:
        return Grade(regime, word, total, tuple(verdicts))
    if decided is not None:
        left = decided.ruling.article.undetermined[0]
        return Grade(regime, word, total, tuple(verdicts), (), (Open(left.what, left.decided_by),))
    lacking = [] if total is not None else (["party.score"] if regime.points == "own" else scored.missing)
    if regime.points == "regulation" and total is None:
        lacking = [
            "regulation.weights",
            *(name for verdict in verdicts for name in missing(verdict) if name == "eval.unit_regulation"),
        ]
    lacking = lacking or [name for verdict in verdicts for name in missing(verdict) if total is None or name != "eval.total"]
    opened = () if regime.points == "own" else tuple(scored.open)
    if not verdicts:
        opened = (Open(message_texts("eval_no_rules_then", on=day), message_texts("eval_authority")),)
    return Grade(regime, word, total, tuple(verdicts), tuple(dict.fromkeys(lacking)), opened)


def grade_texts(grade: str) -> Texts:
    """A grade in each language."""
    return message_texts(f"eval_grade_{grade}")


# ---- readings


def _readings(judged: Judged, person: Person, on: date, ways: Ways) -> list[Reading]:
    """The score and the grade by each way of each question, the others as they are used."""
    found = []
    day = person.period.law_day(on) if person.period else on
    for question in ways.questions.values():
        used = person.ways.get(question.name, question.usual)
        for way in question.ways.values():
            settled = _settle(judged, person, on, ways, {**person.ways, question.name: way.name})
            grade = _grades(judged, person, settled.scored, day, ways)[0]
            parts = settled.scored.parts
            found.append(
                Reading(
                    question.name,
                    question.title,
                    way.name,
                    way.title,
                    way.name == used,
                    grade.score,
                    grade.grade,
                    parts,
                    tuple(name for name in way.articles if name in judged.law.articles),
                )  # fmt: skip
            )
    return found


def _rounding(judged: Judged, person: Person, scored: Scored, day: date, ways: Ways, grade: Grade) -> list[Reading]:
    """Rounded at every step, as the handbook does, or not before the end: the decree does not speak of rounding."""
    if scored.unrounded is None or person.category != "civil_servant" or scored.score is None or scored.unrounded == scored.score:
        return []
    cut = Scored(score=scored.unrounded.quantize(_TENTH, ROUND_FLOOR), missing=scored.missing, open=scored.open)
    other = _grades(judged, person, cut, day, ways)[0]
    title = message_texts("eval_rounding")
    article = "vn/state/decree-335-2025/art-17/total-unrounded"
    steps, end = message_texts("eval_rounding_steps"), message_texts("eval_rounding_end")
    return [
        Reading("rounding", title, "steps", steps, True, scored.score, grade.grade, scored.parts, ()),
        Reading("rounding", title, "end", end, False, scored.unrounded, other.grade, {}, (article,)),
    ]


def _notes(person: Person, on: date, settled: Settled) -> list[Message]:
    found = list(settled.scored.notes)
    for work, scored in settled.periods:
        found += [note for note in scored.notes if work.score is None]
    period = person.period
    if period and not period.closed(on):
        found.append(message("eval_period_open", period=str(period), last=period.last))
    if period and period.kind != "year":
        found.append(message("eval_band_only"))
    if person.types:
        for asked in asked_of(period.year if period else on.year, person.types):
            if asked.cut:
                left = ", ".join(f"{asked.period.year}-{month:02d}" for month in sorted(asked.months))
                found.append(message("eval_quarter_cut", period=str(asked.period), left=left))
    if any(work.period and work.period.kind == "quarter" for work, _ in settled.periods):
        found.append(message("eval_quarters_in_year"))
    return found
