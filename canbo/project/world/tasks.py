"""Tasks that the law gives to bodies of a commune, from the rulebook's list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml
from django.conf import settings

from canbo.registry.models import Task


@dataclass(frozen=True)
class TaskPlan:
    """A task: its code, its names, its field, the suffix of the body whose it is. `only`: the kind of unit that has it."""

    code: str
    names: dict[str, str]
    field: str
    body: str
    citation: str
    only: str = ""


@cache
def read() -> tuple[TaskPlan, ...]:
    """All tasks of the rulebook, in the order of its file."""
    path = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "tasks.yaml"
    page = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = []
    for field, row in page["fields"].items():
        for slug, names in row["tasks"].items():
            only = names.pop("only", "")
            found.append(TaskPlan(f"{field}--{slug}", names, field, row["body"], row.get("citation", page["citation"]), only))
    return tuple(found)


def of(suffix: str, kind: str) -> list[str]:
    """The codes of the tasks of a body of a unit of this kind."""
    return [task.code for task in read() if task.body == suffix and task.only in ("", kind)]


def enter(*, using: str) -> dict[str, int]:
    """Bring the register's list of tasks up to date; ids by code."""
    Task.objects.using(using).bulk_create(
        [Task(code=task.code, names=task.names, field=task.field, citation=task.citation) for task in read()],
        update_conflicts=True, unique_fields=["code"], update_fields=["names", "field", "citation"],
    )  # fmt: skip
    return dict(Task.objects.using(using).values_list("code", "pk"))
