"""What grades of work open: grounds that hold by them, each a proposal to open a case. Nothing is opened by itself.

Of the procedures about somebody in a post, each ground that reads the grades of the last years is asked with what the register
knows; what else a grade leads to says `consequences.yaml`. Whoever no such ground speaks of gets no proposal, and a proposal is
no decision: one act of whoever is entitled opens the case with the evaluation as its ground, and the case has its own steps and
votes. A proposal is reckoned whenever it is asked for: when the evaluation is cancelled, it is gone by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from canbo.evaluation.models import Evaluation
from canbo.procedures import bodies, cases, deadlines
from canbo.procedures.models import Case
from canbo.procedures.refusals import Refused, note
from canbo.registry import authority, facts, looking, once
from canbo.registry.models import Account, Membership, Person, Post, Succession
from canbo.registry.saying import sentence as _
from canbo.rules import consequences as follows
from canbo.rules import corpus
from canbo.rules import procedure as law
from canbo.rules.article import Article
from canbo.rules.consequences import Consequence
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.explain import ArticleVerdict, explain, find_value
from canbo.rules.procedure import Procedure
from canbo.rules.provenance import Source
from canbo.rules.schema import Fact
from canbo.rules.words import RuleError

GRADES = "person.grades["
ACT = "case.open"
SOURCE = gettext_noop("what the procedure is about")


@dataclass(frozen=True)
class Proposal:
    """A procedure that could be opened about a person in a post, and the grounds for it that hold, or wait for facts that
    only people can establish."""

    procedure: str
    title: Mapping[str, str]
    post: int
    grounds: tuple[ArticleVerdict, ...]


def of_person(*, person: Person, by: Account, on: date) -> list[Proposal]:
    """What the grades of a person open on a day, for each post held as the main one. Raises NotAllowed."""
    authority.require(by, ACT, over=person)
    looking.looked_at_file(person, by=by, on=on, classes=["verdict"])
    held = Membership.objects.filter(person=person, valid__contains=on).exclude(kind=Membership.Kind.CONCURRENT)
    posts = sorted(set(held.values_list("post_id", flat=True)))
    about = facts.about_each(person, posts, on=on)
    return [found for post in posts if post in about for found in _proposals(post, about[post], on)]


def _proposals(post: int, about: Mapping[str, Fact], on: date) -> Iterator[Proposal]:
    book = corpus.opened(settings.CANBO_RULEBOOK)
    for kind in law.opened(bodies.rulebook()).values():
        if kind.about != "membership" or kind.topic is None or kind.on(on) is None:
            continue
        asked = {article.id for article in book.in_force(on, kind.topic) if article.effect == "ground" and _reads_grades(article)}
        if not asked:
            continue
        verdict = explain(book, topic=kind.topic, facts={**about, **_implied(kind, on)}, on=on, changes=False)
        grounds = tuple(each for each in verdict.articles if each.id in asked and _stands_or_waits(each))
        if grounds:
            yield Proposal(kind.id, kind.title, post, grounds)


def _reads_grades(article: Article) -> bool:
    return any(name.startswith(GRADES) for name in article.facts())


def _stands_or_waits(ground: ArticleVerdict) -> bool:
    """Whether a ground holds, or only waits for what somebody has to establish; a grade that is not known is none."""
    graded = not any(each.spec.name.startswith(GRADES[:-1]) for each in ground.missing)
    return ground.outcome == "pass" or (ground.outcome == "unknown" and graded)


def _implied(kind: Procedure, on: date) -> dict[str, Fact]:
    return {name: Fact(value, SOURCE, on) for name, value in kind.implies.items()}


# ---- of one published evaluation


@dataclass(frozen=True)
class Proposed:
    """What a published grade may lead to, for one person and post.

    name       of the procedure or of the entry in consequences.yaml
    procedure  which case it opens, "" where the register has none
    grounds    the articles that hold, or wait for what only people can establish; source: else the text that says it
    since      the first day on which the articles read the grade: its publication, of a year not before the year is over
    due        the last day by the law, counted from there; None where the law names none
    place      in the order of results of the body, from 1, where results are ordered; of: among how many
    opened     the case that was opened on this ground, where one was
    """

    name: str
    title: Mapping[str, str]
    evaluation: int
    person: int
    post: int | None
    procedure: str
    grounds: tuple[ArticleVerdict, ...] = ()
    source: Source | None = None
    since: date | None = None
    due: date | None = None
    place: int | None = None
    of: int | None = None
    opened: Case | None = None


def propose(*, evaluation: Evaluation, by: Account, on: date) -> list[Proposed]:
    """What a published evaluation proposes on a day; nothing of one that was cancelled or stands elsewhere. Raises NotAllowed."""
    authority.require(by, ACT, over=evaluation.person)
    looking.looked_at_file(evaluation.person, by=by, on=on, classes=["verdict"])
    return _proposed(evaluation, on)


def of_body(*, by: Account, root: int, on: date, period: Period | None = None) -> list[Proposed]:
    """What the published grades of a body's own people in a period propose, those with a last day first; then the order of
    results. Raises NotAllowed."""
    authority.require(by, ACT, over=root)
    span = period or Period(date(on.year, 1, 1), "year")
    held = list(
        Evaluation.objects.filter(organization_id=root, period=str(span), state=Evaluation.State.PUBLISHED)
        .select_related("person").order_by("pk")
    )  # fmt: skip
    failed = [
        each for one in held if one.grade == "not_completed" and by.person_id != one.person_id for each in _proposed(one, on)
    ]
    failed.sort(key=lambda each: (each.due or date.max, each.evaluation))
    return failed + _ordered(held, span)


def _ordered(held: list[Evaluation], span: Period) -> list[Proposed]:
    """Of each thing that goes by the order of results, who stands where: the best first, equals in one place."""
    found = []
    for each in _entries().values():
        if each.ordered and span.kind in each.of:
            alike = sorted((one for one in held if one.grade in each.grades), key=lambda one: (-(one.score or 0), one.pk))
            for one in alike:
                place = 1 + sum((other.score or 0) > (one.score or 0) for other in alike)
                found.append(
                    Proposed(
                        each.name, each.title, one.pk, one.person_id, None, "", source=each.source, place=place, of=len(alike)
                    )
                )
    return found


def _entries() -> Mapping[str, Consequence]:
    return follows.consequences_of(corpus.opened(settings.CANBO_RULEBOOK).path)


def _proposed(evaluation: Evaluation, on: date) -> list[Proposed]:
    """Everything that one evaluation proposes, once for each thing and post."""
    if evaluation.state != Evaluation.State.PUBLISHED or evaluation.published_on is None:
        return []
    span, on = parse(evaluation.period), max(on, _since(evaluation))
    assert span is not None
    with authority.everything_in_sight():  # who may open a case here need not see every record that an article reads
        held = Membership.objects.filter(person=evaluation.person, valid__contains=on).exclude(kind=Membership.Kind.CONCURRENT)
        posts = sorted(set(held.values_list("post_id", flat=True)))
        about = facts.about_each(evaluation.person, posts, on=on)
        found = []
        if span.kind == "year" and evaluation.grade == "not_completed":
            found += [
                _made(evaluation, each.procedure, each.title, each.post, each.procedure, on, grounds=each.grounds)
                for post in posts if post in about for each in _proposals(post, about[post], on)
            ]  # fmt: skip
        for entry in _entries().values():
            if span.kind in entry.of and evaluation.grade in entry.grades and not entry.ordered:
                found += _by_entry(entry, evaluation, span, posts, about, on)
    return found


def _since(evaluation: Evaluation) -> date:
    """The first day on which the articles read a published grade."""
    assert evaluation.published_on is not None
    ended = evaluation.last + timedelta(days=1)
    return max(evaluation.published_on, ended) if len(evaluation.period) == 4 else evaluation.published_on


def _by_entry(
    entry: Consequence, evaluation: Evaluation, span: Period, posts: list[int], about: Mapping[int, Mapping[str, Fact]], on: date
) -> Iterator[Proposed]:
    told: dict[str, Any] = {"norm": entry.norm, "source": entry.source}
    if entry.planned:
        planned = Succession.objects.filter(person=evaluation.person, valid__contains=on).order_by("post_id")
        for post in planned.values_list("post_id", flat=True).distinct():
            yield _made(evaluation, entry.name, entry.title, post, entry.procedure, on, **told)
    elif entry.figure:
        given = _figure(entry, evaluation, span, on)
        for post in posts if given is not None else ():
            yield _made(evaluation, entry.name, entry.title, post, entry.procedure, on, grounds=(given,), **told)  # type: ignore[arg-type]
    elif entry.asks:
        for post in posts:
            grounds = _grounds(entry, about.get(post, {}), on)
            if grounds:
                yield _made(evaluation, entry.name, entry.title, post, entry.procedure, on, grounds=grounds, **told)
    else:
        yield _made(evaluation, entry.name, entry.title, None, entry.procedure, on, **told)


def _grounds(entry: Consequence, about: Mapping[str, Fact], on: date) -> tuple[ArticleVerdict, ...]:
    book = corpus.opened(settings.CANBO_RULEBOOK)
    asked = {each.id for each in book.in_force(on, entry.asks) if each.effect == "ground" and _reads_grades(each)}
    implied = {name: Fact(str(value), SOURCE, on) for name, value in entry.implies.items()}
    verdict = explain(book, topic=entry.asks, facts={**about, **implied}, on=on, changes=False)
    return tuple(each for each in verdict.articles if each.id in asked and _stands_or_waits(each))


def _figure(entry: Consequence, evaluation: Evaluation, span: Period, on: date) -> ArticleVerdict | None:
    """The article that gives what the entry asks for, of a leader on the Party's track; None where it is switched off."""
    leads = "leader: true" in evaluation.inputs
    told: dict[str, Any] = {
        "eval.regime": "party_member",
        "eval.leader": leads,
        "eval.failed_quarters_in_a_row": _in_a_row(evaluation),
    }
    try:
        given = find_value(corpus.opened(settings.CANBO_RULEBOOK), name=entry.figure, facts=told, on=span.law_day(on))
    except RuleError:
        return None
    return given if str(given.value) == entry.value else None


def _in_a_row(evaluation: Evaluation) -> int:
    """How many quarters of the same year, up to this one, were published as not completed without a gap."""
    span = parse(evaluation.period)
    assert span is not None
    told = dict(
        Evaluation.objects.filter(person=evaluation.person, state=Evaluation.State.PUBLISHED, last__lte=evaluation.last)
        .values_list("period", "grade")
    )  # fmt: skip
    number, day = 0, span.first
    while told.get(str(Period(day, "quarter"))) == "not_completed":
        number, day = number + 1, date(day.year - (day.month < 4), (day.month - 4) % 12 + 1, 1)
    return number


def _made(
    evaluation: Evaluation, name: str, title: Mapping[str, str], post: int | None, procedure: str, on: date, *,
    grounds: tuple[ArticleVerdict, ...] = (), norm: law.Norm | None = None, source: Source | None = None,
) -> Proposed:  # fmt: skip
    since = _since(evaluation)
    version = law.opened(bodies.rulebook())[procedure].on(on) if procedure else None
    norm = norm or (version.steps[0].norm if version is not None else None)
    return Proposed(
        name, title, evaluation.pk, evaluation.person_id, post, procedure if version is not None else "", grounds, source, since,
        deadlines.after(since, norm) if norm else None,
        opened=_opened(evaluation.pk, procedure, post) if procedure else None,
    )  # fmt: skip


def _opened(evaluation: int, procedure: str, post: int | None) -> Case | None:
    held = Case.objects.filter(procedure=procedure, post=post, terms__evaluation__number=evaluation)
    return held.exclude(state=Case.State.WITHDRAWN).order_by("-pk").first()


def open(  # noqa: A001 - as an election is opened
    *, evaluation: Evaluation, procedure: str, post: Post, by: Account, on: date, terms: Mapping[str, Any] | None = None,
    effective_on: date | None = None, until: date | None = None, key: str | None = None,
) -> Case:  # fmt: skip
    """Open the case that a published grade proposes, with the evaluation sealed among its terms as its ground.

    terms  what else the procedure asks for, such as the lower post. Raises Refused, NotAllowed, KeyUsed; a refusal is kept.
    """
    try:
        with transaction.atomic():
            asked = {"terms": terms or {}, "effective_on": effective_on, "until": until}
            return _open(evaluation, procedure, post, by, on, asked, key)
    except Refused as problem:
        note(evaluation, by=by, act="open", refusal=problem, on=on)
        raise


def _open(
    evaluation: Evaluation, procedure: str, post: Post, by: Account, on: date, asked: dict[str, Any], key: str | None
) -> Case:
    authority.require(by, ACT, over=post)
    earlier = once.earlier(key, cases.OPENED)
    if earlier is not None:
        return Case.objects.get(entry=earlier)
    with authority.everything_in_sight():
        held = Evaluation.objects.select_for_update(of=("self",)).select_related("person").get(pk=evaluation.pk)
    if by.person_id is not None and by.person_id == held.person_id:
        raise Refused("own_case", _("Nobody opens a case that is about himself or herself. Ask another officer."))
    if held.state != Evaluation.State.PUBLISHED:
        raise Refused("no_grade", _("No case rests on this evaluation: it is not published, or was cancelled."))
    proposal = next((each for each in _proposed(held, on) if each.procedure == procedure and each.post == post.pk), None)
    if proposal is None:
        raise Refused("not_proposed", _("This grade does not lead to such a case, for this post and on this day."))
    if proposal.since is not None and on < proposal.since:
        raise Refused(
            "too_early", _("The articles read the grade of a year once the year is over: from %(day)s.") % {"day": proposal.since}
        )
    if proposal.opened is not None:
        raise Refused("opened", _("A case was opened on this grade already: number %(number)s.") % {"number": proposal.opened.pk})
    ground = {"number": held.pk, "period": held.period, "grade": held.grade, "digest": held.digest,
              "articles": [each.id for each in proposal.grounds], "due": proposal.due and proposal.due.isoformat()}  # fmt: skip
    about = law.opened(bodies.rulebook())[procedure].about
    person = held.person if about == "membership" else None
    told = {**asked, "terms": {**asked["terms"], "evaluation": ground}}
    return cases.open_case(procedure=procedure, post=post, person=person, by=by, on=on, key=key, **told)


def ground_of(case: Case) -> Evaluation | None:
    """The evaluation on which a case rests, with what became of it; None where it rests on none, or it is out of sight."""
    number = (case.terms.get("evaluation") or {}).get("number")
    return Evaluation.objects.select_related("cancelled_by").filter(pk=number).first() if number else None


def fallen(case: Case) -> bool:
    """Whether the evaluation on which a case rests was cancelled since: the case goes on only as people decide."""
    number = (case.terms.get("evaluation") or {}).get("number")
    if not number:
        return False
    with authority.everything_in_sight():
        return Evaluation.objects.filter(pk=number, state=Evaluation.State.CANCELLED).exists()
