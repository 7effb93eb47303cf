"""Questions whose plan the database keeps: for what every page asks, where planning costs several times the answer.

Django has values written into the text of a question, so that each text is planned anew: for the head of a page 10 ms of planning
for 1 ms of answer. A cursor with plans sends values beside the text; the database then plans a text a few times for each
connection and keeps the plan, unless plans for the values at hand are worth more. Row-level security holds as ever: its
settings are read when the plan runs.

Such a question must say the type of a value where nothing else does (`%(day)s::date`): the database does not see the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection


def cursor_with_plans() -> Any:
    """A cursor of the connection whose questions keep their plans; to be closed, as any (`with`)."""
    connection.ensure_connection()
    return connection._prepare_cursor(_Keeping(connection.connection))  # type: ignore[attr-defined]


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
