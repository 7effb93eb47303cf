"""Made-up acts for the journal's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connections, transaction

from canbo.journal import entries
from canbo.journal.models import Entry


@dataclass(frozen=True)
class Someone:
    pk: int | None = 5
    label: str = "Trần Văn Nam"


NAM = Someone()


def record(number: int = 0, **other: Any) -> Entry:
    """One act in a transaction of its own."""
    with transaction.atomic():
        return entries.record("post.founded", **{"by": NAM, "about": ("registry.post", number), **other})


def record_many(count: int, *, using: str = "default", word: str = "post.founded") -> list[int]:
    """Many acts in one transaction, every third without content."""
    with transaction.atomic(using=using):
        return entries.record_many(
            [
                entries.Act(
                    word,
                    NAM,
                    about=("registry.post", number),
                    on=date(2025, 7, 1),
                    payload={"number": number, "name": "Phòng Nội vụ"} if number % 3 else None,
                    key=f"{word}/{number}",
                )
                for number in range(count)
            ],
            using=using,
        )


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run works at the same moment, each in a thread with its own connection; their results or exceptions."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            results[number] = works[number]()
        except Exception as problem:  # the test looks at what came back
            results[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a thread did not end"
    return results
