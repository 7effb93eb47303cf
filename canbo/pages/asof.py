"""The day a page speaks about: today, or the day the reader chose with `?on=`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.utils import timezone

from canbo.pages import asked

EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)


@dataclass(frozen=True)
class AsOf:
    """The day asked about; `chosen` when the reader picked it; `wrong` is what could not be read as a day."""

    day: date
    chosen: bool = False
    wrong: str = ""

    @property
    def query(self) -> str:
        """What every link carries on: "on=2025-06-30", or nothing when the day is today."""
        return f"on={self.day.isoformat()}" if self.chosen else ""


def today() -> date:
    """Today in the body's time zone."""
    return timezone.localdate()


def as_of(request: HttpRequest) -> AsOf:
    """Read the day from the address, once per request; a wrong one is told, and today is taken."""
    kept: AsOf | None = getattr(request, "_as_of", None)
    if kept is None:
        kept = read(asked.words(request.GET.get("on")))
        request._as_of = kept  # type: ignore[attr-defined]
    return kept


def read(text: str) -> AsOf:
    """Read a day written as 2025-07-01 (empty: today)."""
    text = text.strip()
    if not text:
        return AsOf(today())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return AsOf(today(), wrong=text[:40])
    if not EARLIEST <= day <= LATEST:
        return AsOf(today(), wrong=text)
    return AsOf(day, chosen=day != today())
