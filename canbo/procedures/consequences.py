"""What grades of work open: grounds that hold by them, each a proposal to open a case. Nothing is opened by itself.

Of the procedures about somebody in a post, each ground that reads the grades of the last years is asked with what the register
knows. Whoever no such ground speaks of gets no proposal, and a proposal is no decision: the case has its own steps and votes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext_noop

from canbo.procedures import bodies
from canbo.registry import authority, facts, looking
from canbo.registry.models import Account, Membership, Person
from canbo.rules import corpus
from canbo.rules import procedure as law
from canbo.rules.article import Article
from canbo.rules.explain import ArticleVerdict, explain
from canbo.rules.procedure import Procedure
from canbo.rules.schema import Fact

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
