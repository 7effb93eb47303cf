"""Many rows of one table in one statement: the way for plans of thousands of units, where objects would cost seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows, given as columns of the table (all the same ones), and return their ids in the given order."""
    if not rows:
        return []
    columns = list(rows[0])
    types = {field.column: _type(field) for field in model._meta.concrete_fields}
    documents = {field.column for field in model._meta.concrete_fields if isinstance(field, models.JSONField)}
    arrays = [
        [json.dumps(row[column], ensure_ascii=False) for row in rows] if column in documents else [row[column] for row in rows]
        for column in columns
    ]
    given = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(types[column])) for column in columns)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    # Numbers are drawn in the order of the sorted rows, so the sorted ids are the ids in the given order.
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM unnest({given}) WITH ORDINALITY AS given ({names}, place)"
        " ORDER BY place RETURNING id"
    ).format(table=sql.Identifier(model._meta.db_table), names=names, given=given)
    with connection.cursor() as cursor:
        cursor.execute(statement, arrays)
        return sorted(row[0] for row in cursor.fetchall())


def _type(field: models.Field[Any, Any]) -> str:
    """The type of a column, without the words that only make a key of it."""
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection)).split("(")[0]
