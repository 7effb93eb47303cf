"""Who must have reached which level of political theory by when: the standard of the title against the end of the term.

Nothing is judged here: the articles on the new appointment say whether the standard is reached, with the facts of the
register. What follows is the day by which they ask for it, the end of the term that runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from canbo.registry import authority, facts, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Account, Person, Post
from canbo.rules import corpus
from canbo.rules.dates import complete_months, first_of_month, last_day, month_index
from canbo.rules.explain import ArticleVerdict, explain

ACT, TOPIC, FACT = "staff.read", "reappointment", "person.theory"
MET, LATE, SOON, LATER, UNKNOWN = "met", "late", "soon", "later", "unknown"
SOON_MONTHS = 12  # ours: no text says how long before the day somebody should be told


@dataclass(frozen=True)
class Due:
    """One person in one post with a term, and one article that asks for a level of theory there.

    by     the day on which the term ends; None: since when the term runs is not known
    state  met | late | soon | later | unknown; unknown also where the level is not in the register
    """

    person: int
    number: str
    post: int
    job: str
    organization: int
    by: date | None
    state: str
    article: ArticleVerdict

    def to_dict(self, language: str) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.number, "job": self.job, "by": self.by, "state": self.state, "article": self.article.id,
            "cites": self.article.ruling.article.source.cite(language), "reason": self.article.reason(language),
            "missing": [one.spec.name for one in self.article.missing],
        }  # fmt: skip


def due(*, by: Account, root: int, on: date) -> list[Due]:
    """What is due from those who hold a post with a term in a body and beneath it; late first, then by day.

    Only people whom the asker sees are told of. Raises NotAllowed.
    """
    authority.require(by, ACT, over=root)
    reach, beneath = authority.reach_of(by, act=ACT), queries.subtree(root, on=on)
    places = beneath if reach.sees_everything else sorted(reach.sees.intersection(beneath))
    found = of_places(places, on)
    order = (LATE, UNKNOWN, SOON, LATER, MET)
    return sorted(found, key=lambda each: (order.index(each.state), each.by or date.max, each.person, each.article.id))


def of_places(places: list[int], on: date) -> list[Due]:
    """What is due from the holders of posts with a term in these bodies; who may ask was asked before."""
    return [each for row in _holders(places, on) for each in _of(row, on)]


def _holders(places: list[int], on: date) -> list[dict[str, Any]]:
    return rows(
        """
        SELECT m.person_id AS person, n.identification_number AS number, m.post_id AS post, m.organization_id AS organization,
               lower(m.valid) AS since, j.code AS job, j.term_months AS months
        FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
        JOIN {person} n ON n.id = m.person_id
        WHERE m.organization_id = ANY (%(places)s::bigint[]) AND m.valid @> %(on)s::date AND j.term_months IS NOT NULL
        ORDER BY m.person_id, m.id
        """,
        {"places": numbers(places), "on": on},
    )


def _of(row: dict[str, Any], on: date) -> Iterator[Due]:
    """What the articles in force on the day ask of one holder: those that read the level of theory."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    known = facts.about(Person(pk=row["person"]), Post(pk=row["post"]), on=on)
    ends = None if row["since"] is None else later(row["since"], row["months"])
    for said in explain(law, topic=TOPIC, facts=known, on=on, changes=False).articles:
        asks = FACT in said.ruling.article.facts() and said.outcome in ("pass", "fail", "unknown")
        if asks:
            state = _state(said.outcome, ends, on)
            yield Due(row["person"], row["number"], row["post"], row["job"], row["organization"], ends, state, said)


def _state(outcome: str, ends: date | None, on: date) -> str:
    if outcome == "pass":
        return MET
    if outcome == "unknown" or ends is None:
        return UNKNOWN
    if ends <= on:
        return LATE
    return SOON if complete_months(on, ends) < SOON_MONTHS else LATER


def later(day: date, months: int) -> date:
    """The same day so many months later, the last of the month where it has no such day."""
    month = first_of_month(month_index(day) + months)
    return month.replace(day=min(day.day, last_day(month).day))
