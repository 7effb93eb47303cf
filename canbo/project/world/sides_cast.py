"""Who and what the story of many sides is about: its quarter, its bodies, and how an act that the services refuse is left out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation

from canbo.evaluation.refusals import Refused
from canbo.procedures.refusals import Refused as CaseRefused
from canbo.project.world import year_of_work
from canbo.project.world.story_cast import Cast
from canbo.registry import authority
from canbo.rules.evaluation.periods import Period

log = logging.getLogger("canbo.stories")


@dataclass
class Body:
    """A body whose quarter is told: who acts, whose work it is, and what is planted there, by name."""

    office: year_of_work.Office
    code: str
    planted: dict[str, Mapping[str, Any]]

    @property
    def id(self) -> int:
        """The number of the body."""
        return self.office.body.pk


@dataclass
class Quarter:
    """The quarter that is told, the cast, and the bodies by code; `chosen`: whom the inputs were planted on, by name."""

    book: dict[str, Any]
    cast: Cast
    period: Period
    bodies: dict[str, Body] = field(default_factory=dict)
    chosen: dict[str, list[int]] = field(default_factory=dict)

    def on(self, days: int) -> date:
        """So many days after the quarter's last."""
        return self.period.last + timedelta(days=days)

    def text(self, name: str, **told: object) -> str:
        """What somebody writes."""
        return str(self.book["texts"][name]).format(**told)


def attempt(act: Callable[[], Any]) -> Any:
    """What an act gives; None where the services refuse it, which the log says."""
    try:
        with transaction.atomic():
            return act()
    except (Refused, CaseRefused, authority.NotAllowed, LookupError) as problem:
        log.info("The story of many sides left out an act: %s", problem)
        return None


@contextmanager
def seeing(cast: Cast) -> Iterator[None]:
    """Sight of the console, in the language of the demo."""
    with authority.sight(cast.console), translation.override(settings.LANGUAGE_CODE):
        yield


def period_before(on: date, back: int) -> Period:
    """The quarter so many before the one of a day."""
    index = on.year * 4 + (on.month - 1) // 3 - back
    return Period(date(index // 4, index % 4 * 3 + 1, 1), "quarter")


__all__ = ["Body", "Quarter", "attempt", "period_before", "seeing"]
