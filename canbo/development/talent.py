"""Talent: proposed by open criteria, recognised by a second person, promises with their days, and the programme.

Who is called from outside is named here, and is entered in the register by the decision that takes the person in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from canbo.development.courses import law, require_second
from canbo.development.enrolment import kept, line
from canbo.development.models import Potential, Promise, Talent
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time, require_no_tie
from canbo.evaluation.work import serves_in
from canbo.journal import entries
from canbo.registry import authority, facts, once, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Account, Organization, Person
from canbo.registry.saying import sentence as _
from canbo.rules import talents
from canbo.rules.dates import PartialDate, complete_months, latest
from canbo.rules.explain import ArticleVerdict, explain, find_value

PROPOSED, DECIDED, PROMISED, KEPT, ENDED = "talent.proposed", "talent.decided", "promise.given", "promise.kept", "talent.ended"
NOMINATED, TAKEN = "potential.proposed", "potential.decided"
READ, TOPIC = "talent.read", "talent"
State, Way = Talent.State, Talent.Way


# ---- proposed and recognised


@kept_when_refused("organization")
def propose(
    *, organization: Organization, kind: str, way: str, field: str, criteria: Mapping[str, str], by: Account, on: date,
    person: Person | None = None, name: str = "", comes_from: str = "", post: str = "none", experience_years: int | None = None,
    salary: int | None = None, key: str | None = None,
) -> Talent:  # fmt: skip
    """Propose to recognise somebody as a talent, with what shows each of the open criteria.

    person  who serves; or `name` and `comes_from` of somebody called, returning or seconded from outside
    kind    a word of talent.kind; post: a word of talent.post where a chief engineer or architect is looked for
    Raises Refused: unknown words, too few criteria, nobody named, or the person of whoever proposes.
    """
    authority.require(by, "talent.propose", over=organization)
    if person is not None:
        authority.require(by, "talent.propose", over=person)
        require_no_tie(by, person, on=on, known=False)
    earlier = once.earlier(key, PROPOSED)
    if earlier is not None:
        return Talent.objects.get(entry=earlier)
    told, words = talents.of(law()), law().facts
    if (
        kind not in words["talent.kind"].type.values
        or kind == "none"
        or post not in words["talent.post"].type.values
        or way not in Way.values
    ):
        raise Refused("kind", _("Choose a kind, a way and a post that the rulebook knows."))
    shown = {code: text.strip() for code, text in criteria.items() if code in told.criteria and text.strip()}
    if len(shown) < told.least:
        raise Refused(
            "criteria", _("At least %(least)s of the open criteria are met, each with what shows it.") % {"least": told.least}
        )
    if (person is None) == (not name.strip()) or (person is not None) != (way == Way.SERVING):
        raise Refused("who", _("Name somebody who serves, or somebody from outside with where he or she comes from."))
    if not field.strip() or (person is None and not comes_from.strip()):
        raise Refused("no_text", _("Say in which field, and where the person comes from."))
    entry = entries.record(
        PROPOSED,
        by=by,
        about=person or organization,
        on=on,
        key=key,
        payload={"kind": kind, "way": way, "criteria": sorted(shown)},
    )
    return Talent.objects.create(
        person=person, name=name.strip()[:200], comes_from=comes_from.strip()[:300], organization=organization, kind=kind, way=way,
        field=field.strip()[:200], post=post, experience_years=experience_years, salary=salary, criteria=shown, proposed_by=by,
        proposed_on=on, entry=entry,
    )  # fmt: skip


@kept_when_refused("talent")
def recognise(*, talent: Talent, recognised: bool, basis: str, by: Account, on: date, key: str | None = None) -> Talent:
    """Recognise a proposed talent, or not, as a second person. Where an article refuses, the answer is no, and it is kept.

    Raises Refused where it was decided, the decision has no number, or the own proposal is decided on.
    """
    authority.require(by, "talent.recognise", over=talent.organization_id)
    held = Talent.objects.select_for_update(of=("self",)).select_related("proposed_by", "person").get(pk=talent.pk)
    if once.earlier(key, DECIDED) is not None:
        return held
    if held.state != State.PROPOSED:
        raise Refused("decided", _("This was decided on already."))
    if not basis.strip():
        raise Refused("no_basis", _("Give the number of the decision."))
    require_second(by, held.proposed_by)
    if held.person is not None:
        authority.refuse_own_file(by, "talent.recognise", held.person)
        require_no_tie(by, held.person, on=on, known=False)
    said = explain(law(), topic=TOPIC, facts=told_of(held), on=on, changes=False)
    held.verdict = kept(said)
    held.state = State.RECOGNISED if recognised and said.outcome != "fail" else State.DECLINED
    held.basis, held.decided_by, held.decided_on = basis.strip()[:300], by, on
    entries.record(
        DECIDED, by=by, about=held, on=on, key=key,
        payload={"state": held.state, "basis": held.basis, "articles": [each.id for each in said.with_outcome("fail")]},
    )  # fmt: skip
    held.save(update_fields=["verdict", "state", "basis", "decided_by", "decided_on"])
    return held


def told_of(held: Talent) -> dict[str, Any]:
    """The facts of a talent, by the names of the rulebook."""
    told: dict[str, Any] = {"talent.kind": held.kind, "talent.post": held.post}
    if held.experience_years is not None:
        told["talent.experience_years"] = held.experience_years
    if held.salary is not None:
        told["talent.salary"] = held.salary
    return told


@kept_when_refused("talent")
def end(*, talent: Talent, by: Account, on: date, key: str | None = None) -> Talent:
    """Enter that a recognised talent no longer serves: it counts against the target of those who stay. Raises Refused."""
    authority.require(by, "talent.propose", over=talent.organization_id)
    held = Talent.objects.select_for_update(of=("self",)).get(pk=talent.pk)
    if once.earlier(key, ENDED) is not None:
        return held
    if held.state != State.RECOGNISED:
        raise Refused("not_recognised", _("Only somebody who was recognised leaves the recognised."))
    held.state, held.ended_on = State.ENDED, on
    entries.record(ENDED, by=by, about=held, on=on, key=key, payload={"day": str(on)})
    held.save(update_fields=["state", "ended_on"])
    return held


# ---- promises


@kept_when_refused("talent")
def promise(*, talent: Talent, kind: str, text: str, due_on: date, by: Account, on: date, key: str | None = None) -> Promise:
    """Promise something to a recognised talent by a day. An allowance is what the article in force gives, and no other sum.

    Raises Refused where nobody was recognised, no text stands, the day is past, or no article in force gives an allowance.
    """
    authority.require(by, "promise.give", over=talent.organization_id)
    earlier = once.earlier(key, PROMISED)
    if earlier is not None:
        return Promise.objects.get(entry=earlier)
    held = Talent.objects.select_for_update(of=("self",)).get(pk=talent.pk)
    if held.state != State.RECOGNISED:
        raise Refused("not_recognised", _("A promise is made to somebody who was recognised."))
    if kind not in talents.of(law()).promises or not text.strip():
        raise Refused("no_text", _("Say what is promised."))
    if due_on < on:
        raise Refused("retroactive", _("A promise names a day that is still to come."))
    said = allowance(held, on=on) if kind == "allowance" else None
    if kind == "allowance" and said is None:
        raise Refused(
            "no_article", _("No article in force gives an allowance to this kind of talent, or the salary is not known.")
        )
    told = {"talent": held.pk, "kind": kind, "text": text.strip(), "due_on": str(due_on)}
    entry = entries.record(PROMISED, by=by, about=held.person or held, on=on, key=key, payload=told)
    return Promise.objects.create(
        talent=held, kind=kind, text=text.strip()[:500], amount=None if said is None else int(str(said.value)),
        article="" if said is None else said.id, cites="" if said is None else said.ruling.article.source.cite("vi"),
        due_on=due_on, given_by=by, entry=entry,
    )  # fmt: skip


def allowance(held: Talent, *, on: date) -> ArticleVerdict | None:
    """The extra allowance of a month that an article in force gives; None where none does."""
    said = find_value(law(), name="talent_extra", facts=told_of(held), on=on)
    return said if said.outcome == "value" else None


@kept_when_refused("promise")
def keep(*, promise: Promise, evidence: str, by: Account, on: date, key: str | None = None) -> Promise:
    """Enter that a promise was kept, and what shows it; on time or late is for the days to say. Raises Refused."""
    authority.require(by, "promise.give", over=promise.talent.organization_id)
    held = Promise.objects.select_for_update(of=("self",)).get(pk=promise.pk)
    if once.earlier(key, KEPT) is not None:
        return held
    if held.kept_on is not None:
        raise Refused("kept", _("This promise was kept already."))
    if not evidence.strip():
        raise Refused("no_evidence", _("Say what shows it: the number of a document."))
    entries.record(KEPT, by=by, about=held, on=on, key=key, payload={"evidence": evidence.strip(), "late": on > held.due_on})
    held.kept_on, held.kept_by, held.evidence = on, by, evidence.strip()[:300]
    held.save(update_fields=["kept_on", "kept_by", "evidence"])
    return held


# ---- the programme for those with high potential


@kept_when_refused("person")
def nominate(*, person: Person, group: str, why: str, by: Account, on: date, key: str | None = None) -> Potential:
    """Propose somebody for the programme in a group. The fact a group rests on is read only where a text in force opens it.

    Raises Refused where no text opens the group on the day, or the person does not belong to it.
    """
    authority.require(by, "talent.propose", over=person)
    require_no_tie(by, person, on=on, known=False)
    one_at_a_time(f"potential {person.pk}")
    earlier = once.earlier(key, NOMINATED)
    if earlier is not None:
        return Potential.objects.get(entry=earlier)
    held = talents.of(law()).groups.get(group)
    if held is None or not why.strip():
        raise Refused("no_text", _("Choose a group of the programme and say why."))
    rests = talents.rests_on(held, law(), on)
    if rests is None:
        raise Refused(
            "group_closed", _("No text in force on %(day)s asks for this group, so its fact is not read.") % {"day": on}
        )
    if not belongs(person, held, on=on):
        raise Refused("not_in_group", _("By the register this person does not belong to the group."))
    entry = entries.record(NOMINATED, by=by, about=person, on=on, key=key, payload={"group": group, "rests_on": rests})
    return Potential.objects.create(
        person=person, organization=serves_in(person, on), group=group, rests_on=rests, why=why.strip()[:1000], proposed_by=by,
        proposed_on=on, entry=entry,
    )  # fmt: skip


def belongs(person: Person, group: talents.Group, *, on: date) -> bool:
    """Whether the register says that a person belongs to a group whose text is in force; what is not known is no."""
    told = facts.of_person(person, on=on)
    if group.reads == "birth":
        born, most = told["person.born"].value, law().parameters.lookup(group.parameter, on, level="province")
        return isinstance(born, date | PartialDate) and complete_months(latest(born), on) < 12 * int(str(most))
    if group.reads == "sex":
        return told["person.sex"].value in ("F", "female")
    if group.reads == "credential":
        return bool(rows(
            "SELECT 1 AS one FROM {credential} c WHERE c.person_id = %(person)s AND c.level >= 4 AND c.subject = ANY (%(subjects)s)"
            " AND c.valid @> %(on)s::date LIMIT 1",
            {"person": person.pk, "subjects": list(group.subjects), "on": on},
        ))  # fmt: skip
    return False


@kept_when_refused("potential")
def take(*, potential: Potential, taken: bool, by: Account, on: date, key: str | None = None) -> Potential:
    """Take somebody into the programme, or not, as a second person. Raises Refused."""
    authority.require(by, "talent.recognise", over=potential.person)
    held = Potential.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=potential.pk)
    if once.earlier(key, TAKEN) is not None:
        return held
    if held.state != Potential.State.PROPOSED:
        raise Refused("decided", _("This was decided on already."))
    require_second(by, held.proposed_by)
    held.state = Potential.State.TAKEN if taken else Potential.State.DECLINED
    held.decided_by, held.decided_on = by, on
    entries.record(TAKEN, by=by, about=held, on=on, key=key, payload={"group": held.group, "taken": taken})
    held.save(update_fields=["state", "decided_by", "decided_on"])
    return held


# ---- the board and the targets


@dataclass(frozen=True)
class Target:
    """A national target with what the register says: `share` in per cent, of `among` people, and the article's word on it."""

    name: str
    share: float | None
    among: int
    said: dict[str, Any]


@dataclass(frozen=True)
class Board:
    """The talents, promises and programme of a body and all beneath it, and the national targets counted there."""

    talents: list[Talent]
    promises: list[Promise]
    programme: list[Potential]
    targets: list[Target]


def board(*, by: Account, root: int, on: date) -> Board:
    """What a body knows of its talents. Raises NotAllowed."""
    authority.require(by, READ, over=root)
    below = queries.subtree(root, on=on)
    held = list(Talent.objects.filter(organization__in=below).order_by("-pk"))
    promised = list(Promise.objects.filter(talent__in=held).select_related("talent").order_by("due_on", "pk"))
    programme = list(Potential.objects.filter(organization__in=below).exclude(state="declined").order_by("-pk"))
    return Board(held, promised, programme, targets(below, on))


def targets(below: list[int], on: date) -> list[Target]:
    """The targets of the national strategy, counted among these bodies by what the register holds."""
    year = date(on.year, 1, 1)
    recruits = {row["person"] for row in rows(
        "SELECT m.person_id AS person FROM {membership} m WHERE m.organization_id = ANY (%(below)s::bigint[]) GROUP BY 1"
        " HAVING min(lower(m.valid)) BETWEEN %(year)s AND %(on)s",
        {"below": numbers(below), "year": year, "on": on},
    )}  # fmt: skip
    held = Talent.objects.filter(organization__in=below, decided_on__isnull=False).exclude(state=State.DECLINED)
    came = set(held.filter(person_id__in=list(recruits)).values_list("person_id", flat=True))
    longer = list(held.filter(decided_on__lte=on - timedelta(days=5 * 365)).values_list("state", flat=True))
    stay = sum(state == State.RECOGNISED for state in longer)
    return [
        _target("recruits", "talent.share_of_recruits", len(came), len(recruits), TOPIC, on),
        _target("still_serving", "talent.still_serving", stay, len(longer), TOPIC, on),
        _target("science", "training.science_percent", *_taught(below, on), "training", on),
    ]


def _taught(below: list[int], on: date) -> tuple[int, int]:
    """Of those who serve, how many have a training in science and digital skills on record."""
    found = rows(
        "SELECT count(DISTINCT m.person_id) AS people, count(DISTINCT t.person_id) AS taught FROM {membership} m LEFT JOIN ("
        "SELECT DISTINCT person_id FROM {training} WHERE stream = 'digital' AND lower(valid) <= %(on)s::date"
        ") t ON t.person_id = m.person_id WHERE m.organization_id = ANY (%(below)s::bigint[]) AND m.valid @> %(on)s::date",
        {"below": numbers(below), "on": on},
    )[0]
    return found["taught"], found["people"]


def _target(name: str, fact: str, part: int, whole: int, topic: str, on: date) -> Target:
    share = round(100 * part / whole, 1) if whole else None
    said = explain(law(), topic=topic, facts={} if share is None else {fact: str(share)}, on=on, changes=False)
    article = next(each for each in said.articles if fact in each.ruling.article.facts())
    return Target(name, share, whole, line(article))
