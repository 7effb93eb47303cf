"""How many may be excellent: which reading a managing body decided to follow, what it comes to, and whether there is room.

The share, among whom it is taken and how it is rounded are figures of the rulebook; a body chooses among the readings by a
dated act. The higher share is open only where the authority above recognised outstanding results. Who keeps the grade
where too many reach it the law does not say: the order by what was measured is a proposal, and people decide with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from canbo.evaluation import board, inputs
from canbo.evaluation.inputs import CATEGORIES
from canbo.evaluation.models import Evaluation, Limit, Outstanding
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time
from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.models import Account, Membership, Organization
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation import caps
from canbo.rules.evaluation.caps import DENOMINATOR, ROUNDING, Cap
from canbo.rules.evaluation.given import GRADES, Rated, Rating
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.words import RuleError

SET, RECOGNISED = "limit.set", "outstanding.recognised"
MEASURED = ("result", "a", "b", "c")
REGIMES = {"civil_servant": "persons", "public_employee": "public_employees"}


@kept_when_refused("organization")
def set_limit(
    *, organization: Organization, among: str, rounding: str, groups: str, periods: str, since: date, basis: str, by: Account, on: date,
    key: str | None = None,
) -> Limit:  # fmt: skip
    """Let a managing body count by a reading from a day on, for itself and for every body beneath that set none.

    A day that is over is refused, and one before a change that was set already: no grade that was given is counted anew.
    """
    authority.require(by, "scheme.set", over=organization)
    earlier = once.earlier(key, SET)
    if earlier is not None:
        return Limit.objects.get(entry=earlier)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    known = {
        "among": caps.words_of(law, DENOMINATOR), "rounding": caps.words_of(law, ROUNDING), "groups": Limit.Groups.values,
        "periods": Limit.Periods.values,
    }  # fmt: skip
    told = {"among": among, "rounding": rounding, "groups": groups, "periods": periods}
    for name, word in told.items():
        if word not in known[name]:
            raise Refused("reading", _("The rulebook knows no such way of reading: %(name)s.") % {"name": f"{name}: {word}"})
    if since < on:
        raise Refused("retroactive", _("A change holds from its own day at the earliest: what is over stays as it was."))
    if not basis.strip():
        raise Refused("no_basis", _("Name the text by which the body decided so."))
    one_at_a_time(f"limit {organization.pk}")
    if Limit.objects.filter(organization=organization, since__gte=since).exists():
        raise Refused("later_scheme", _("A change from %(day)s on or later is set already.") % {"day": since})
    entry = entries.record(
        SET, by=by, about=organization, on=on, key=key, payload={**told, "since": str(since), "basis": basis.strip()}
    )
    return Limit.objects.create(organization=organization, since=since, basis=basis.strip(), set_by=by, entry=entry, **told)


@kept_when_refused("organization")
def recognise(*, organization: Organization, year: int, basis: str, by: Account, on: date, key: str | None = None) -> Outstanding:
    """Recognise a body's results of a year as outstanding, as the authority above it: the higher share then holds there.

    Nobody does this for a body in which he or she serves. Raises Refused.
    """
    authority.require(by, "evaluation.decide", over=organization)
    earlier = once.earlier(key, RECOGNISED)
    if earlier is not None:
        return Outstanding.objects.get(entry=earlier)
    if by.person_id is None:
        raise Refused("no_person", _("Nobody stands behind this account; people are judged by people."))
    if Membership.objects.filter(person_id=by.person_id, organization=organization, valid__contains=on).exists():
        raise Refused("own_body", _("Nobody recognises the results of the own body: the authority above does."))
    if not basis.strip():
        raise Refused("no_basis", _("Name the text by which the body decided so."))
    entry = entries.record(RECOGNISED, by=by, about=organization, on=on, key=key, payload={"year": year, "basis": basis.strip()})
    return Outstanding.objects.create(
        organization=organization, year=year, basis=basis.strip(), decided_by=by, decided_on=on, entry=entry
    )


def limit_on(organization: int, on: date) -> Limit:
    """The reading that holds for a body on a day: its own or that of the nearest above; else the decree's own words."""
    found = next(iter(Limit.objects.raw(_HOLDS, {"id": organization, "on": on})), None)
    return found or usual(on)


def usual(on: date) -> Limit:
    """The decree's own words as the rulebook reads them where no body chose otherwise; not saved."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    try:
        among, rounding = (str(law.parameters.lookup(name, on)) for name in (DENOMINATOR, ROUNDING))
    except RuleError:
        among, rounding = "", ""
    return Limit(among=among, rounding=rounding, groups=Limit.Groups.LEADING, periods=Limit.Periods.YEAR)


_HOLDS = """
WITH RECURSIVE above (body, depth) AS (
    SELECT %(id)s::bigint, 0
    UNION ALL SELECT p.parent_id, a.depth + 1 FROM above a JOIN registry_organizationparent p
              ON p.organization_id = a.body AND p.valid @> %(on)s::date WHERE a.depth < 64
)
SELECT l.* FROM above a JOIN evaluation_limit l ON l.organization_id = a.body AND l.since <= %(on)s::date
ORDER BY a.depth, l.since DESC LIMIT 1
"""


# ---- what it comes to


@dataclass(frozen=True)
class Counted:
    """The caps of a body in a period by the reading that holds there, for each regime of people.

    binding  whether they bind this kind of period
    """

    limit: Limit
    outstanding: Outstanding | None
    binding: bool
    regimes: dict[str, list[Cap]]

    @property
    def caps(self) -> list[Cap]:
        """The caps of groups in which somebody is graded."""
        return [cap for found in self.regimes.values() for cap in found if sum(cap.counts.values())]


def counted(rows: Iterable[board.Row], body: int, period: Period, *, on: date) -> Counted:
    """How many of these people may be excellent, by each reading, in each group of similar tasks; who reached it, in order."""
    limit = limit_on(body, min(on, period.last))
    recognised = Outstanding.objects.filter(organization_id=body, year=period.year).select_related("decided_by").first()
    listed, found = list(rows), {}
    for regime, of in REGIMES.items():
        alike = [row for row in listed if _regime(row) == regime]
        found[regime] = _caps(alike, of, limit, recognised is not None, period.law_day(on)) if limit.among else []
    binding = limit.periods == Limit.Periods.EVERY or period.kind == "year"
    return Counted(limit, recognised, binding, found)


def _caps(rows: list[board.Row], of: str, limit: Limit, outstanding: bool, on: date) -> list[Cap]:
    named: dict[str, list[Rated]] = {}
    for row in rows:
        named.setdefault(group_of(row, limit), [])
        if row.grade in GRADES:
            named[group_of(row, limit)].append(_rated(row))
    if not named:
        return []
    counts = {name: {grade: sum(each.grade == grade for each in people) for grade in GRADES} for name, people in named.items()}
    rating = Rating(of, outstanding, counts, {name: tuple(people) for name, people in named.items()})
    try:
        law = caps.read_as(corpus.opened(settings.CANBO_RULEBOOK), on, limit.among, limit.rounding)
        return caps.caps(law, rating, on=on)
    except RuleError:  # a year before the share was law
        return []


def group_of(row: board.Row, limit: Limit) -> str:
    """With whom a person's tasks are similar, as the reading has it."""
    if limit.groups == Limit.Groups.WHOLE:
        return "*"
    if limit.groups == Limit.Groups.JOB:
        return row.member.job
    return "leaders" if row.member.leads else "staff"


def _rated(row: board.Row) -> Rated:
    """A person with what the score reached and what was measured: who lost the grade for want of room is good by now."""
    figures = {"score": row.score, **{name: row.parts.get(name) for name in MEASURED}}
    return Rated(str(row.member.person), row.grade, {name: value for name, value in figures.items() if value is not None})


# ---- whether there is room for one more


@dataclass(frozen=True)
class Room:
    """How it stands in the group of one person who reached excellent and is not decided yet.

    most     how many may be excellent once the others are good; `taken` who was decided so
    place    keeps | tied | loses: where the order by what was measured puts the person
    ahead    whom it puts before, of those who are not decided yet
    waiting  how many of the group have no grade yet: with them the number may still rise
    """

    most: int
    reached: int
    taken: tuple[int, ...]
    place: str
    ahead: tuple[int, ...]
    waiting: int
    limit: Limit
    group: str

    @property
    def over(self) -> bool:
        """Whether more reached it than may keep it."""
        return self.reached > self.most

    def kept(self) -> dict[str, object]:
        """What is kept with the decision."""
        return {
            "most": self.most, "reached": self.reached, "taken": list(self.taken), "place": self.place, "waiting": self.waiting,
            "among": self.limit.among, "rounding": self.limit.rounding, "group": self.group,
        }  # fmt: skip


def room_for(evaluation: Evaluation, *, on: date) -> Room | None:
    """Whether there is room for one more who is excellent; None where the share does not bind this period, or is not known."""
    period = parse(evaluation.period)
    assert period is not None
    with authority.everything_in_sight():  # who else is graded here decides, whether or not the actor may look there
        rows = board.reckoned(inputs.members([evaluation.organization_id], period), period, on=on)
    told = counted(rows, evaluation.organization_id, period, on=on)
    own = next((row for row in rows if row.member.person == evaluation.person_id), None)
    if own is None or not told.binding:
        return None
    group = group_of(own, told.limit)
    alike = [row for row in rows if group_of(row, told.limit) == group and _regime(row) == _regime(own)]
    cap = next((each for each in told.regimes[_regime(own)] if each.group == group), None)
    if cap is None:
        return None
    me, order = own.member.person, [int(each.id) for each in cap.order]
    decided = {row.member.person for row in alike if row.decided}
    measured = me in order  # else the law had no answer, and the authority means to say excellent
    place = "tied" if str(me) in cap.tied or not measured else "loses" if str(me) in cap.lose else "keeps"
    ahead = order[: order.index(me)] if measured else order
    return Room(
        most=(cap.settled if measured else cap.allowed)[cap.used], reached=cap.reached + (not measured), place=place,
        taken=tuple(one for one in order if one in decided), ahead=tuple(one for one in ahead if one not in decided),
        waiting=sum(row.grade not in GRADES for row in alike if row is not own), limit=told.limit, group=group,
    )  # fmt: skip


def _regime(row: board.Row) -> str:
    return CATEGORIES[row.member.category]
