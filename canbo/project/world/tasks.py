"""Tasks that the law gives to bodies of a commune, from the rulebook's list."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from django.conf import settings

from canbo.registry.models import Task


@cache
def read() -> dict[str, Any]:
    path = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "tasks.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["tasks"]  # type: ignore[no-any-return]


def of_bodies() -> dict[str, list[str]]:
    """Suffix of a body -> codes of its tasks."""
    found: dict[str, list[str]] = {}
    for code, row in read().items():
        found.setdefault(row["body"], []).append(code)
    return found


def enter(*, using: str) -> dict[str, int]:
    """Bring the register's list of tasks up to date; ids by code."""
    Task.objects.using(using).bulk_create(
        [Task(code=code, names=row["names"], field=row["field"], citation=row["citation"]) for code, row in read().items()],
        update_conflicts=True, unique_fields=["code"], update_fields=["names", "field", "citation"],
    )  # fmt: skip
    return dict(Task.objects.using(using).values_list("code", "pk"))
