"""What many sides said, to be read: of one person, of a body; and what is asked of whoever reads. Beside the score, never in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt
from typing import Any

from django.db.models import Count, Q

from canbo.evaluation import sides
from canbo.evaluation.models import Asked, Doubt, Round, Served, Tally
from canbo.registry import authority, looking
from canbo.registry.asking import rows
from canbo.registry.models import Account, Person
from canbo.rules.evaluation.periods import Period

ACT = "work.read"
TOLD = 60  # days for which those who were asked are told that a round was given up


@dataclass(frozen=True)
class Figure:
    """Marks added up: how many there are, their mean and its standard error (None from one mark), how many could not say."""

    name: str
    title: Mapping[str, str]
    counts: tuple[int, ...]
    number: int
    mean: float | None
    error: float | None
    cannot: int

    @property
    def bars(self) -> tuple[int, ...]:
        """How often each mark was given, in eighths of the one that was given most."""
        most = max(self.counts, default=0)
        return tuple(round(8 * count / most) if most else 0 for count in self.counts)


@dataclass(frozen=True)
class Side:
    """One side of one person. `enough`: whether it is shown; else only how many answered of how many asked."""

    name: str
    title: Mapping[str, str]
    asked: int
    answered: int
    enough: bool
    figures: tuple[Figure, ...] = ()
    texts: tuple[str, ...] = ()
    signed: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Sight:
    """What a closed round says of one person: side by side; the mean as given, and without the severity of who gave it."""

    round: Round
    person: int
    sides: tuple[Side, ...]
    answered: int
    given: float | None
    fair: float | None
    error: float | None


@dataclass(frozen=True)
class Whole:
    """What is known in a body on a period: rounds with how many were asked and answered, people, the served, questions.

    others  other periods on which it was asked, the latest first, each with how many of its questions wait for an answer
    """

    rounds: Sequence[Round]
    people: Sequence[Sight]
    served: Sequence[tuple[Served, Figure]]
    doubts: Sequence[Doubt] = field(default_factory=list)
    others: Sequence[tuple[str, int]] = ()


def of_person(*, person: Person, period: Period, by: Account, on: date) -> list[Sight]:
    """What many sides said of a person in a period, by round; looking is kept, as of the file. Raises NotAllowed."""
    authority.require(by, ACT, over=person)
    looking.looked_at_file(person, by=by, on=on, classes=["evaluation"])
    return _sights(Tally.objects.filter(person=person, round__period=str(period)))


def of_body(*, by: Account, root: int, period: Period, on: date) -> Whole:
    """The rounds of a body itself on a period, whom they are about, how satisfied the served were. Raises NotAllowed."""
    authority.require(by, ACT, over=root)
    about = Q(organization_id=root) | Q(beneath=True, asked__organization_id=root)
    rounds = list(
        Round.objects.filter(pk__in=Round.objects.filter(about, period=str(period)).values("pk"))
        .annotate(
            wanted=Count("asked", filter=Q(asked__excluded="")), came=Count("asked", filter=Q(asked__answered=True)),
            left_out=Count("asked", filter=~Q(asked__excluded="")),
        ).order_by("-pk")
    )  # fmt: skip
    within = {"round__in": rounds}
    tallies = (
        Tally.objects.filter(**within)
        if any(each.organization_id == root for each in rounds)
        else Tally.objects.filter(**within, organization_id=root)
    )
    doubts = Doubt.objects.filter(**within).select_related("answered_by", "organization").order_by("pk")
    return Whole(rounds, _sights(tallies), of_served(root, period), list(doubts), _others(about, period))


def _others(about: Q, period: Period) -> list[tuple[str, int]]:
    asked = Round.objects.filter(pk__in=Round.objects.filter(about).exclude(period=str(period)).values("pk"))
    found = asked.values("period").annotate(waits=Count("doubts", filter=Q(doubts__answered_by__isnull=True)))
    return sorted(((row["period"], row["waits"]) for row in found), reverse=True)


def of_served(organization: int, period: Period) -> list[tuple[Served, Figure]]:
    """How satisfied the served were, counter by counter, with how many said so."""
    held = Served.objects.filter(organization_id=organization, period=str(period)).order_by("counter")
    return [(each, figure(each.counter, {"en": each.counter}, each.counts)) for each in held]


def waiting(rater: int | None, *, on: date) -> list[Asked]:
    """What is asked of somebody and not answered, in rounds that are open; what ends first comes first.

    Whom it is about stands behind the second wall, and is not read along.
    """
    if rater is None:
        return []
    held = Asked.objects.filter(
        rater_id=rater, answered=False, excluded="", round__state=Round.State.OPEN, round__closes_on__gte=on
    )
    return list(held.select_related("round").order_by("round__closes_on", "pk"))


@dataclass(frozen=True)
class Waits:
    """What a round asks of whoever opens and closes rounds, or answers what they raised.

    close    its last day has come: `number` of `asked` answered, to be closed since `day`
    settle   `number` questions that its answers raised in a body wait since `day`
    """

    kind: str
    organization: int
    period: str
    day: date
    number: int
    asked: int


def to_do(*, reader: Account, on: date) -> list[Waits]:
    """The rounds that somebody may close, and those whose questions he or she may answer, the oldest first.

    A question that names the reader is somebody else's to answer.
    """
    acts = {"close": sides.OPEN, "settle": sides.SETTLE}
    reaches = {kind: authority.reach_of(reader, act=act) for kind, act in acts.items() if authority.powers_for(reader, act)}
    if not reaches:
        return []
    found = rows(_TO_DO, {"on": on, "open": Round.State.OPEN.value, "person": reader.person_id})
    return [
        Waits(row["kind"], row["body"], row["period"], row["day"], row["number"], row["asked"])
        for row in found
        if row["kind"] in reaches and reaches[row["kind"]].covers(row["body"])
    ]


_TO_DO = """
SELECT 'close' AS kind, r.id, r.organization_id AS body, r.period, r.closes_on AS day,
       count(a.id) FILTER (WHERE a.answered) AS number, count(a.id) AS asked
FROM evaluation_round r LEFT JOIN evaluation_asked a ON a.round_id = r.id AND a.excluded = ''
WHERE r.state = %(open)s AND r.closes_on <= %(on)s::date GROUP BY r.id
UNION ALL
SELECT 'settle', r.id, d.organization_id, r.period, r.closed_on, count(*), 0
FROM evaluation_doubt d JOIN evaluation_round r ON r.id = d.round_id
WHERE d.answered_by_id IS NULL AND (%(person)s::bigint IS NULL OR NOT d.persons @> to_jsonb(%(person)s::bigint))
GROUP BY r.id, d.organization_id ORDER BY day, id, body
"""


def given_up(rater: int | None, *, on: date) -> list[Round]:
    """The rounds in which somebody was asked and which were given up not long ago, latest first: whoever answered reads why."""
    if rater is None:
        return []
    own = Asked.objects.filter(rater_id=rater, excluded="").values("round_id")
    since = on - timedelta(days=TOLD)
    return list(Round.objects.filter(pk__in=own, state=Round.State.ABANDONED, closed_on__gte=since).order_by("-closed_on", "-pk"))


def _sights(tallies: Any) -> list[Sight]:
    found: dict[tuple[int, int], list[Tally]] = {}
    for each in tallies.select_related("round").order_by("-round_id", "person_id", "pk"):
        found.setdefault((each.round_id, each.person_id), []).append(each)
    return [_sight(held) for held in found.values()]


def _sight(held: Sequence[Tally]) -> Sight:
    round_, titles = held[0].round, sides.law().titles
    listed = [_side(each, titles.get(each.side, {"en": each.side})) for each in held if each.side != Tally.ALL]
    whole = next((each for each in held if each.side == Tally.ALL), None)
    order = list(titles)
    listed.sort(key=lambda each: order.index(each.name) if each.name in order else len(order))
    return Sight(
        round_, held[0].person_id, tuple(listed), whole.answered if whole else 0, whole.given if whole else None,
        whole.fair if whole else None, whole.error if whole else None,
    )  # fmt: skip


def _side(each: Tally, title: Mapping[str, str]) -> Side:
    if each.counts is None:
        return Side(each.side, title, each.asked, each.answered, False)
    figures = tuple(
        figure(one["name"], one["title"], each.counts[one["name"]]) for one in each.round.questions if one["name"] in each.counts
    )
    return Side(each.side, title, each.asked, each.answered, True, figures, tuple(each.texts or ()), tuple(each.signed or ()))


def figure(name: str, title: Mapping[str, str], counts: Sequence[int]) -> Figure:
    """Counts of marks, from the lowest, the last for those who could not say."""
    low, marks = sides.law().low, counts[:-1]
    number = sum(marks)
    mean = sum((low + at) * count for at, count in enumerate(marks)) / number if number else None
    error = None
    if mean is not None and number > 1:
        error = sqrt(sum(count * (low + at - mean) ** 2 for at, count in enumerate(marks)) / (number - 1) / number)
    return Figure(name, title, tuple(marks), number, mean, error, counts[-1])


def plain(sight: Sight, language: str) -> dict[str, Any]:
    """One person's sides as plain values, for `--json`."""

    def said(title: Mapping[str, str]) -> str:
        return title.get(language) or title["en"]

    return {
        "id": sight.person, "round": sight.round.pk, "anonymous": sight.round.anonymous, "least": sight.round.least,
        "answers": sight.answered, "given": rounded(sight.given), "fair": rounded(sight.fair), "error": rounded(sight.error),
        "sides": [
            {"side": side.name, "title": said(side.title), "asked": side.asked, "answered": side.answered, "shown": side.enough,
             "questions": [{"question": each.name, "title": said(each.title), "n": each.number, "mean": rounded(each.mean),
                            "error": rounded(each.error), "counts": list(each.counts), "cannot_say": each.cannot} for each in side.figures],
             "texts": list(side.texts), "signed": [dict(each) for each in side.signed]}
            for side in sight.sides
        ],
    }  # fmt: skip


def rounded(value: float | None) -> float | None:
    """To two places."""
    return None if value is None else round(value, 2)
