"""How the register is read: plain SQL with parameters, on live tables or as they were known at a moment."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection

from canbo.registry.planned import Answer, ask

Row = dict[str, Any]
T = TypeVar("T")
_memory: ContextVar[dict[Any, Any] | None] = ContextVar("asked", default=None)
JSONB = 3802  # the type's number in PostgreSQL's catalogue, fixed there


def rows(
    sql: str, parameters: dict[str, Any] | None = None, *, known_at: datetime | None = None, planned: bool = False
) -> list[Row]:
    """The rows of a query as dicts. `{membership}` and the like in `sql` stand for tables of the register.

    `planned` has the database keep its plan of the query (canbo.registry.planned). With `known_at` each such table is what was known at that moment: rows known since then that are still
    believed, and rows that have been rewritten since (docs/decisions/0001).
    """
    given = {name: _as_text(value) for name, value in (parameters or {}).items()}
    if known_at is not None:
        given["known_at"] = known_at
    memory, asked = _memory.get(), (sql, repr(given))
    if memory is None:
        return _rows(sql, given, known_at is not None, planned)
    if asked not in memory:
        memory[asked] = _rows(sql, given, known_at is not None, planned)
    return [dict(row) for row in memory[asked]]


@contextmanager
def remembered() -> Iterator[None]:
    """A stretch in which each question is put to the register once: it writes nothing there and its sight stays the same.

    A document names the same body in eight places, and each place asks for it.
    """
    outer = _memory.get()
    before = _memory.set({} if outer is None else outer)
    try:
        yield
    finally:
        _memory.reset(before)


def remembering() -> bool:
    """Whether questions are remembered just now: then it pays to ask for what will be wanted next."""
    return _memory.get() is not None


@contextmanager
def in_bulk() -> Iterator[None]:
    """A stretch in which hundreds of thousands of rows are made, none of them rubbish: the search for circles, which would go
    through all of them again and again, waits for its end."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def once(asked: tuple[Any, ...], find: Callable[[], T]) -> T:
    """What `find` finds; within `remembered` it looks once for the same `asked`. What it gives is shared: nobody changes it."""
    memory = _memory.get()
    if memory is None:
        return find()
    if asked not in memory:
        memory[asked] = find()
    return memory[asked]  # type: ignore[no-any-return]


def _rows(sql: str, given: dict[str, Any], past: bool, planned: bool) -> list[Row]:
    text = sql.format_map(_Tables(past))
    answer = ask(text, given, columns=True) if planned else _asked(text, given)
    names = [column.name for column in answer.columns]
    documents = [column.name for column in answer.columns if column.type_code == JSONB]
    found = [dict(zip(names, row, strict=True)) for row in answer.rows]
    read: dict[str, Any] = {}  # the same few names stand in hundreds of rows
    for row in found:
        for name in documents:  # Django leaves jsonb of raw queries as text
            text = row[name]
            if text is not None and text not in read:
                read[text] = json.loads(text)
            row[name] = None if text is None else read[text]
    return found


def _asked(text: str, given: dict[str, Any]) -> Answer:
    with connection.cursor() as cursor:
        cursor.execute(text, given)
        return Answer(cursor.fetchall(), list(cursor.description or ()))


def numbers(ids: Iterable[int]) -> str:
    """An array of whole numbers as PostgreSQL reads it: the driver would look at each of a hundred thousand."""
    return f"{{{','.join(map(str, ids))}}}"


def _as_text(value: Any) -> Any:
    return numbers(value) if isinstance(value, list) and value and isinstance(value[0], int) else value


def one(
    sql: str, parameters: dict[str, Any] | None = None, *, known_at: datetime | None = None, planned: bool = False
) -> Row | None:
    """The first row, or None."""
    found = rows(sql, parameters, known_at=known_at, planned=planned)
    return found[0] if found else None


class _Tables(dict[str, str]):
    """Table names for `{name}` in a query, as they stand or as they were known."""

    def __init__(self, past: bool) -> None:
        super().__init__()
        self._past = past

    def __missing__(self, name: str) -> str:
        return _known(name) if self._past else f"registry_{name}"


@lru_cache(maxsize=64)
def _known(name: str) -> str:
    """The table as known at %(known_at)s; tables without a memory (lists, links) as they stand."""
    model = apps.get_model("registry", name)
    columns = [field.column for field in model._meta.concrete_fields]
    if "known_from" not in columns or name in {"original", "resulting"}:
        return f"registry_{name}"
    listed = ", ".join(f'"{column}"' for column in columns)
    return (
        f"(SELECT {listed} FROM registry_{name} WHERE known_from <= %(known_at)s"
        f" UNION ALL SELECT {listed} FROM registry_{name}_past WHERE known_from <= %(known_at)s AND %(known_at)s < known_to)"
    )
