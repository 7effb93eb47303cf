"""A verdict of the rulebook as pages show it, and the key that makes a nomination happen once."""

from __future__ import annotations

from datetime import date
from typing import Any

from canbo.registry.models import Account

#: In which order articles are shown: what stands in the way first.
ORDER = {"fail": 0, "unknown": 1, "pass": 2, "value": 3, "not_applicable": 4}


def laid_out(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict, kept or new, as the pages show it: articles in order, how many of each outcome, the bar."""
    articles = sorted(verdict["articles"], key=lambda article: ORDER.get(article["outcome"], 9))
    tally = {outcome: sum(article["outcome"] == outcome for article in articles) for outcome in ("pass", "fail", "unknown")}
    parts = [("", tally["pass"], "fpass"), ("", tally["fail"], "ffail"), ("", tally["unknown"], "funk")]
    idle = sum(article["outcome"] == "not_applicable" for article in articles)
    told = {**tally, "parts": parts, "asked": sum(tally.values()), "idle": idle}
    return {"verdict": verdict, "articles": articles, "tally": told}


def nomination_key(by: Account, person: int, post: int, on: date) -> str:
    """How the key of a nomination begins; what the form adds makes its button open one case, however often pressed."""
    return f"nomination:{by.pk}:{person}:{post}:{on.isoformat()}:"
