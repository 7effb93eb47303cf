"""An act on work or evaluation that was not done: the sentence for whoever tried, and the attempt kept in the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from django.db import IntegrityError, connection, models, transaction

from canbo.journal import entries
from canbo.registry import authority, conflict, constraints, once, saying
from canbo.registry.models import Account, Person
from canbo.registry.queries import NotInRegister
from canbo.registry.saying import sentence as _
from canbo.rules.words import RuleError

ATTEMPTED = "work.attempted"
T = TypeVar("T")


class Refused(ValueError):
    """The act was not done. `why` is a word that programs can ask for, the text a sentence for the reader."""

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


def kept_when_refused(about: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Do an act in one transaction; when it is refused, nothing of it stays but the entry that it was tried.

    about  the argument that the act is about, given by name: a person, a body, an assignment, an evaluation
    What authority, the rulebook or a constraint of the database refuses comes out as Refused, with a sentence.
    """

    def guard(service: Callable[..., T]) -> Callable[..., T]:
        @wraps(service)
        def guarded(*, by: Account, on: date, **asked: Any) -> T:
            try:
                with transaction.atomic():
                    return service(by=by, on=on, **asked)
            except (authority.NotAllowed, NotInRegister) as problem:
                refusal = Refused("not_allowed", saying.of(problem))
            except IntegrityError as problem:
                refusal = Refused(constraints.name_of(problem) or "constraint", constraints.explained(problem))
            except (entries.AlreadyRecorded, once.KeyUsed) as problem:
                refusal = Refused("key_used", saying.of(problem))
            except RuleError as problem:
                refusal = Refused("rulebook", str(problem))
            except Refused as problem:
                refusal = problem
            _note(asked[about], by=by, act=service.__name__, refusal=refusal, on=on)
            raise refusal

        return guarded

    return guard


def _note(about: models.Model, *, by: Account, act: str, refusal: Refused, on: date) -> None:
    said = saying.of(refusal)
    told = {"told": said.told} if isinstance(said, saying.Said) else {}  # to be said again in the language of whoever reads
    with transaction.atomic():
        entries.record(ATTEMPTED, by=by, about=about, on=on, payload={"act": act, "why": refusal.why, "said": str(said), **told})


def require_no_tie(by: Account, person: Person, *, on: date, known: bool) -> None:
    """Refuse who is kin of the person, or has a part in the same enterprise.

    known  also refuse where it is not known, because one of them has not declared: for whoever decides
    """
    if by.person_id is None:
        if known:
            raise Refused("no_person", _("Nobody stands behind this account; people are judged by people."))
        return
    tie = conflict.between(Person(pk=by.person_id), person, on)
    if isinstance(tie, conflict.Conflict):
        raise Refused("conflict", tie.sentence)
    if isinstance(tie, conflict.Unknown) and known:
        raise Refused("conflict_unknown", tie.sentence)


def one_at_a_time(matter: str) -> None:
    """Until the transaction ends, whoever else acts on this matter waits: for rows that nobody may rewrite, so none locks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"evaluation {matter}"])
