"""Conflict of interest between whoever acts and whomever the act is about: kinship, and a part in one enterprise.

Unknown is not none. Where nothing ties the two but one of them has not declared relatives or interests within the
months that the rulebook asks for, the answer is Unknown, and it blocks as a conflict does. Asked at every step, and
again on the day on which a decision takes effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import get_language

from canbo.registry.models import Disclosure, Person
from canbo.registry.saying import sentence as _
from canbo.rules import powers
from canbo.rules.provenance import Source

TOPICS = (Disclosure.Topic.KINSHIP, Disclosure.Topic.INTEREST)


@dataclass(frozen=True)
class Conflict:
    """A tie that keeps a person from acting.

    reason  self, kinship or interest
    degree  steps of kinship (0: the same person); None for an interest
    path    the kinds of these steps seen from who acts, such as ("sibling", "spouse"); for an interest the enterprise
    source  the text that sets how near is too near; None where no figure is needed
    """

    reason: str
    degree: int | None
    path: tuple[str, ...]
    source: Source | None

    @property
    def sentence(self) -> str:
        """The tie for the reader; it names nobody who stands between."""
        if self.reason == "self":
            return _("Nobody acts in a matter that is his or her own.")
        if self.reason == "interest":
            return _("Both have a part in the enterprise %(number)s.") % {"number": self.path[0]}
        return _("They are relatives in degree %(degree)s.") % {"degree": self.degree}


@dataclass(frozen=True)
class Lack:
    """A declaration that is missing or too old: whose, of which topic, and when it was last made (None: never)."""

    person: int
    topic: str
    last: date | None


@dataclass(frozen=True)
class Unknown:
    """Nothing is known that ties them, and that is not enough: these declarations are missing or too old."""

    missing: tuple[Lack, ...]
    source: Source | None

    @property
    def sentence(self) -> str:
        """What is missing, for the reader."""
        return _("It is not known whether a tie of kinship or interest keeps them apart: %(count)s declarations are missing or"
                 " too old.") % {"count": len(self.missing)}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One of two named the other as a relative; the other declared all relatives and did not."""

    by: int
    of: int
    relation: str


def between(person: Person, subject: Person, on: date) -> None | Conflict | Unknown:
    """What keeps `person` from acting in a matter of `subject` on a day; None: nothing, and both have said so in time.

    Needs no sight of either's family: it learns the kinds of the steps between them and nobody's name.
    """
    figures = powers.figures()
    degree, months = figures["kin_degree"], figures["declaration_months"]
    if person.pk == subject.pk:
        return Conflict("self", 0, (), None)
    most = degree.at(on)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT canbo_kin_path(%(one)s, %(other)s, %(on)s, %(most)s), canbo_common_interest(%(one)s, %(other)s, %(on)s)",
            {"one": person.pk, "other": subject.pk, "on": on, "most": most or 0},
        )
        path, enterprise = cursor.fetchone()
    if path is not None:
        return Conflict("kinship", len(path), tuple(path), degree.source)
    if enterprise is not None:
        return Conflict("interest", None, (enterprise,), None)
    missing = tuple(lack for each in (person, subject) for lack in lacking(each, on))
    return Unknown(missing, months.source) if missing or most is None else None


def among(persons: Sequence[int], subjects: Sequence[int], on: date) -> dict[int, Conflict]:
    """Whom of `persons` a tie to one of `subjects` keeps away on a day, with the first such tie; all asked at once.

    What is not declared is not asked here: it keeps nobody from voting, only from deciding.
    """
    degree = powers.figures()["kin_degree"]
    found = {person: Conflict("self", 0, (), None) for person in persons if person in set(subjects)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT one, canbo_kin_path(one, other, %(on)s, %(most)s), canbo_common_interest(one, other, %(on)s)"
            " FROM unnest(%(persons)s::bigint[]) AS one, unnest(%(subjects)s::bigint[]) WITH ORDINALITY AS s (other, place)"
            " WHERE one <> other ORDER BY one, place",
            {"persons": list(persons), "subjects": list(subjects), "on": on, "most": degree.at(on) or 0},
        )
        for person, path, enterprise in cursor.fetchall():
            if path is not None:
                found.setdefault(person, Conflict("kinship", len(path), tuple(path), degree.source))
            elif enterprise is not None:
                found.setdefault(person, Conflict("interest", None, (enterprise,), None))
    return found


def ties(persons: Sequence[int], on: date) -> list[tuple[int, int, str]]:
    """Which two of them are relatives within the degree of the rulebook on a day: one, the other, and what says the degree."""
    degree = powers.figures()["kin_degree"]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH kin AS (SELECT DISTINCT e.id FROM registry_kinship k, unnest(ARRAY[k.person_id, k.relative_id]) AS e (id)"
            " WHERE e.id = ANY (%(persons)s::bigint[]))"
            " SELECT a.id, b.id FROM kin a JOIN kin b ON a.id < b.id WHERE canbo_kin_path(a.id, b.id, %(on)s, %(most)s) IS NOT NULL"
            " ORDER BY 1, 2",
            {"persons": list(persons), "on": on, "most": degree.at(on) or 0},
        )
        return [(one, other, degree.source.cite(get_language() or "en")) for one, other in cursor.fetchall()]


def lacking(person: Person, on: date) -> list[Lack]:
    """The declarations of a person that are missing on a day, or older than the rulebook lets them be."""
    months = powers.figures()["declaration_months"].at(on)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT topic, told FROM (SELECT topic, canbo_disclosed_on(%(asked)s, topic, %(on)s) AS told"
            " FROM unnest(%(topics)s::text[]) AS topic) AS each"
            " WHERE told IS NULL OR told < %(on)s::date - make_interval(months => %(months)s) ORDER BY topic",
            {"asked": person.pk, "on": on, "topics": [str(topic) for topic in TOPICS], "months": months},
        )
        return [Lack(person.pk, topic, last) for topic, last in cursor.fetchall()]


def questions(person: Person, on: date) -> list[Question]:
    """Where the declarations of a person and of others contradict each other on a day: to be asked of both.

    The tie counts meanwhile, whichever side stated it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT by_person, of_person, relation FROM canbo_kin_one_sided(%s, %s)", [person.pk, on])
        return [Question(*row) for row in cursor.fetchall()]
