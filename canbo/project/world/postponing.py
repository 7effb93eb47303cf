"""Putting off the checks of tables while they are filled, and making them up for all rows at once.

The definitions are read from the catalogue, so the migrations stay their only source. Whatever is dropped here is
made again word for word: indexes and keys are built once instead of row by row, foreign keys are checked by joins.
Triggers that check a whole organization are set aside; `unsettled` asks their questions of all rows in two queries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_FOREIGN = """
SELECT c.conrelid::regclass::text AS "table", c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = ANY (%s::regclass[])
ORDER BY c.conrelid::regclass::text, c.conname
"""
_KEYS = """
SELECT c.conrelid::regclass::text AS "table", c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c WHERE c.contype IN ('u', 'x') AND c.conrelid = ANY (%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid AND f.conname <> ALL (%s))
ORDER BY c.conrelid::regclass::text, c.conname
"""
_INDEXES = """
SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY (%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indrelid::regclass::text, i.indexrelid::regclass::text
"""


@dataclass
class Postponed:
    """What was dropped, as (table, statement that makes it again), in the order in which it must be made."""

    keys: list[tuple[str, str]] = field(default_factory=list)
    indexes: list[tuple[str, str]] = field(default_factory=list)
    foreign: list[tuple[str, str]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    def statements(self) -> list[str]:
        """What makes all of it again; each is checked against every row."""
        return [statement for _table, statement in (*self.keys, *self.indexes, *self.foreign)]

    def of(self, tables: Sequence[str]) -> Postponed:
        """What was dropped from some of the tables."""
        keys, indexes, foreign = (
            [pair for pair in part if pair[0] in tables] for part in (self.keys, self.indexes, self.foreign)
        )
        return Postponed(keys, indexes, foreign, [table for table in self.tables if table in tables])

    def missing(self, cursor: Any) -> list[str]:
        """The statements whose constraint or index is not there: where a load was killed midway, some are again."""
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'")
        there = {row[0] for row in cursor.fetchall()}
        return [statement for statement in self.statements() if _made_by(statement) not in there]

    def as_json(self) -> dict[str, Any]:
        return {"keys": self.keys, "indexes": self.indexes, "foreign": self.foreign, "tables": self.tables}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Postponed:
        keys, indexes, foreign = ([(table, made) for table, made in told[name]] for name in ("keys", "indexes", "foreign"))
        return cls(keys, indexes, foreign, list(told["tables"]))


def _made_by(statement: str) -> str:
    """The name of the constraint or index that a statement makes."""
    found = re.search(r'ADD CONSTRAINT "([^"]+)"|CREATE (?:UNIQUE )?INDEX "?([^" ]+)"? ON', statement)
    assert found is not None, statement
    return found.group(1) or found.group(2)


def postpone(cursor: Any, tables: Sequence[str]) -> Postponed:
    """Drop foreign keys, keys other than the primary, and indexes of the tables; set their own triggers aside."""
    gone = Postponed(tables=list(tables))
    cursor.execute(_FOREIGN, [list(tables)])
    foreign = cursor.fetchall()
    for table, name, definition in foreign:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        gone.foreign.append((table, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'))
    cursor.execute(_KEYS, [list(tables), [name for _table, name, _definition in foreign]])
    for table, name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        gone.keys.append((table, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'))
    cursor.execute(_INDEXES, [list(tables)])
    for table, name, definition in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
        gone.indexes.append((table, definition))
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return gone


def settle(cursor: Any, gone: Postponed) -> None:
    """Let the tables' own triggers act again."""
    for table in gone.tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


_CIRCLE = """
WITH RECURSIVE above (root, organization_id, days, depth) AS (
    SELECT organization_id, parent_id, valid, 1 FROM registry_organizationparent WHERE source_id = %(source)s
    UNION ALL
    SELECT a.root, p.parent_id, a.days * p.valid, a.depth + 1
    FROM above a JOIN registry_organizationparent p ON p.organization_id = a.organization_id AND p.valid && a.days
    WHERE a.organization_id <> a.root AND a.depth < 64
) SELECT root FROM above WHERE organization_id = root AND NOT isempty(days) LIMIT 1
"""
# Grouped before it is joined, so that no plan compares every body with every other one.
_UNDESCRIBED = """
SELECT described.id FROM (
    SELECT organization_id AS id, range_agg(valid) AS days FROM registry_organizationname WHERE source_id = %(source)s GROUP BY 1
    UNION ALL
    SELECT organization_id, range_agg(valid) FROM registry_organizationcode WHERE source_id = %(source)s GROUP BY 1
    UNION ALL
    SELECT organization_id, range_agg(valid) FROM registry_organizationstatus WHERE source_id = %(source)s GROUP BY 1
) AS described JOIN registry_organization o ON o.id = described.id
GROUP BY described.id, o.life HAVING count(*) < 3 OR NOT bool_and(described.days @> o.life)
UNION ALL
SELECT o.id FROM registry_organization o
WHERE o.source_id = %(source)s AND NOT EXISTS (SELECT FROM registry_organizationcode c WHERE c.organization_id = o.id)
LIMIT 1
"""


def unsettled(cursor: Any, source: int) -> str | None:
    """What the triggers that were set aside would have refused among the rows of a source; None if nothing."""
    for question, what in ((_CIRCLE, "organization_not_in_circle"), (_UNDESCRIBED, "organization_is_described")):
        cursor.execute(question, {"source": source})
        found = cursor.fetchone()
        if found:
            return f"{what}: organization {found[0]}"
    return None
