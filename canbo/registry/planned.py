"""Questions whose plan the database keeps: for what every page asks, where planning costs several times the answer.

Django has values written into the text of a question, so that each text is planned anew: for the head of a page 10 ms of planning
for 1 ms of answer. `ask` sends values beside the text; the database then plans a text a few times for each
connection and keeps the plan, unless plans for the values at hand are worth more. Row-level security holds as ever: its
settings are read when the plan runs.

Such a question must say the type of a value where nothing else does (`%(day)s::date`): the database does not see the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from django.db import connection


class Answer(NamedTuple):
    """The rows that a question finds, and what is said of their columns (name, type_code), if that was wanted."""

    rows: list[tuple[Any, ...]]
    columns: list[Any]


def ask(text: str, values: Any = None, *, columns: bool = False) -> Answer:
    """Put a question whose plan is kept. Raises Django's errors of the database.

    Half of what a small question costs this program are the layers of a cursor: one cursor of the driver is kept for each
    connection, and asked straight, unless somebody listens (a test that counts questions, a log).
    """
    connection.ensure_connection()
    if connection.execute_wrappers or connection.queries_logged:
        with connection._prepare_cursor(_Keeping(connection.connection)) as told:  # type: ignore[attr-defined]
            told.execute(text, values)
            return Answer(told.fetchall(), list(told.description or ()) if columns else [])
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        driver: Any = connection.connection
        held = getattr(driver, "_canbo_planned", None)
        if held is None:
            held = driver._canbo_planned = psycopg.Cursor(driver)
        held.execute(text, values, prepare=True)
        return Answer(held.fetchall(), list(held.description or ()) if columns else [])


class _Keeping(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **words: Any) -> _Keeping:
        try:
            return super().execute(query, params, prepare=True, **words)
        finally:  # a prepared question leaves nothing behind by which Django could log it
            self._query = _Asked(self.connection, query, params)  # type: ignore[assignment]


@dataclass(frozen=True)
class _Asked:
    """A question with its values in place, written only if somebody wants to see it."""

    connection: Any
    text: Any
    values: Any

    @property
    def query(self) -> bytes:
        return psycopg.ClientCursor(self.connection).mogrify(self.text, self.values).encode()
