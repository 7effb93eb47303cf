"""A step that was not taken: the sentence for whoever tried, and the attempt kept in the journal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from canbo.journal import entries
from canbo.registry import authority, constraints, once, saying
from canbo.registry.queries import NotInRegister
from canbo.registry.saying import sentence as _

ATTEMPTED = "case.attempted"
T = TypeVar("T")


class Refused(ValueError):
    """A step was not taken. `why` is a word that programs can ask for, the text a sentence for the reader.

    `instead`: what is done in its place, once the step was rolled back, such as beginning the case anew.
    """

    def __init__(self, why: str, sentence: str, *, instead: Callable[[], object] | None = None) -> None:
        super().__init__(sentence)
        self.why, self.instead = why, instead


def kept_when_refused(service: Callable[..., T]) -> Callable[..., T]:
    """Do an act on a case in one transaction; when it is refused, nothing of it stays but the entry that it was tried.

    The service is called with `case` and `by` by name. What authority, the state of the case or a constraint of the
    database refuses comes out as Refused, with a sentence.
    """

    @wraps(service)
    def guarded(*, case: Any, by: Any, **asked: Any) -> T:
        try:
            with transaction.atomic():
                if asked.get("key") is not None:  # whoever comes second with a key waits here, and finds the first's entry
                    type(case)._default_manager.select_for_update(of=("self",)).filter(pk=case.pk).first()
                return service(case=case, by=by, **asked)
        except (authority.NotAllowed, NotInRegister) as problem:
            refusal = Refused("not_allowed", saying.of(problem))
        except IntegrityError as problem:
            refusal = Refused(constraints.name_of(problem) or "constraint", constraints.explained(problem))
        except entries.AlreadyRecorded as problem:
            refusal = Refused("key_used", saying.of(problem))
        except once.KeyUsed as problem:
            refusal = Refused("key_used", saying.of(problem))
        except Refused as problem:
            refusal = problem
        note(case, by=by, act=service.__name__, refusal=refusal, on=asked.get("on"))
        if refusal.instead is not None:
            with transaction.atomic():
                refusal.instead()
        raise refusal

    return guarded


def note(case: Any, *, by: Any, act: str, refusal: Refused, on: Any = None) -> None:
    """Write into the journal that somebody tried a step and why it was refused."""
    said = saying.of(refusal)
    told = {"told": said.told} if isinstance(said, saying.Said) else {}  # to be said again in the language of whoever reads
    with transaction.atomic():
        entries.record(ATTEMPTED, by=by, about=case, on=on, payload={"act": act, "why": refusal.why, "said": str(said), **told})


def stale(seen: int | None, turn: int) -> None:
    """Refuse an act from a page that shows an earlier step than the case has reached. `seen` None: not from a page."""
    if seen is not None and seen != turn:
        raise Refused("stale", _("The case has moved on since this page was opened. Look at it again before you act."))
