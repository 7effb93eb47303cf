"""Rows from arrays to PostgreSQL: COPY in binary form, built for whole columns at once.

Each column gives, for a slice of rows, a matrix of octets and which of them count; laid side by side and cut to
those that count, they are the rows. A million rows take about two seconds, most of it in the server.
Form: PostgreSQL manual, COPY, "Binary Format"; the types' own forms: their `_recv` functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from canbo.project.world.book import FOREVER, NEVER

Octets = NDArray[np.uint8]
Counted = NDArray[np.bool_]
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH = 10957  # days from 1970-01-01 to 2000-01-01, the zero of PostgreSQL's dates
ROWS = 50_000  # at a time: about 10 MB


class Column(Protocol):
    """A column of a table to be copied."""

    def width(self) -> int: ...

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        """Write the field (length and value) of each row into `into`, whose width is `width()`."""


@dataclass
class Number:
    """Integers of 2, 4 or 8 octets. `null`: rows without a value."""

    values: NDArray[Any]
    octets: int
    null: NDArray[np.bool_] | None = None

    def width(self) -> int:
        return 4 + self.octets

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        values = self.values[rows]
        into[:, :4] = _length(self.octets)
        into[:, 4:] = values.astype(f">i{self.octets}").view(np.uint8).reshape(len(values), self.octets)
        counted[:] = True
        if self.null is not None:
            _blank(into, counted, self.null[rows])


@dataclass
class Always:
    """The same number in every row."""

    value: int
    octets: int = 8

    def width(self) -> int:
        return 4 + self.octets

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        into[:] = np.frombuffer(_length(self.octets).tobytes() + self.value.to_bytes(self.octets, "big", signed=True), np.uint8)
        counted[:] = True


@dataclass
class Truth:
    """Booleans: 1 true, 0 false, -1 null."""

    values: NDArray[np.int8]

    def width(self) -> int:
        return 5

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        into[:, :4] = _length(1)
        into[:, 4] = self.values[rows] == 1
        counted[:] = True
        _blank(into, counted, self.values[rows] < 0)


@dataclass
class Day:
    """Dates, as days since 1970-01-01. `null`: rows without one."""

    values: NDArray[np.int32]
    null: NDArray[np.bool_] | None = None

    def width(self) -> int:
        return 8

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        Number(self.values - np.int32(EPOCH), 4, self.null).fill(into, counted, rows)


@dataclass
class Period:
    """Ranges of days [start, end); NEVER and FOREVER are open ends."""

    start: NDArray[np.int32]
    end: NDArray[np.int32]

    def width(self) -> int:
        return 4 + 1 + 8 + 8

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        start, end = self.start[rows], self.end[rows]
        from_always, for_ever = start == NEVER, end == FOREVER
        into[:, :4] = 0
        into[:, 3] = 1 + 8 * (~from_always).astype(np.uint8) + 8 * (~for_ever).astype(np.uint8)
        into[:, 4] = np.where(from_always, 0x08, 0x02) | np.where(for_ever, 0x10, 0)
        for place, days in ((5, start), (13, end)):
            into[:, place : place + 4] = _length(4)
            into[:, place + 4 : place + 8] = (days.astype(np.int64) - EPOCH).astype(">i4").view(np.uint8).reshape(len(days), 4)
        counted[:] = True
        counted[from_always, 5:13] = False
        counted[for_ever, 13:21] = False


@dataclass
class Text:
    """Words out of tables of octets, joined by `between`: (table, number of the word in each row) for each part."""

    parts: Sequence[tuple[NDArray[np.bytes_], NDArray[Any]]]
    between: bytes = b" "
    null: NDArray[np.bool_] | None = None
    version: bytes = b""  # what stands before the text: b"\\x01" for jsonb

    def width(self) -> int:
        words = sum(table.dtype.itemsize for table, _number in self.parts)
        return 4 + len(self.version) + words + len(self.between) * (len(self.parts) - 1)

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        size = into.shape[0]
        length = np.full(size, len(self.version) + len(self.between) * (len(self.parts) - 1), dtype=np.int64)
        counted[:] = True
        place = 4 + len(self.version)
        into[:, 4:place] = np.frombuffer(self.version, np.uint8)
        for turn, (table, number) in enumerate(self.parts):
            if turn:
                into[:, place : place + len(self.between)] = np.frombuffer(self.between, np.uint8)
                place += len(self.between)
            wide = table.dtype.itemsize
            chosen = number[rows]
            into[:, place : place + wide] = np.ascontiguousarray(table).view(np.uint8).reshape(len(table), wide)[chosen]
            lengths = np.strings.str_len(table)[chosen]
            counted[:, place : place + wide] = np.arange(wide) < lengths[:, None]
            length += lengths
            place += wide
        into[:, :4] = length.astype(">i4").view(np.uint8).reshape(size, 4)
        if self.null is not None:
            _blank(into, counted, self.null[rows])


@dataclass
class Hundredths:
    """Decimal numbers with two places, given in hundredths; from 0.00 to 9999.99."""

    values: NDArray[np.int32]

    def width(self) -> int:
        return 4 + 12

    def fill(self, into: Octets, counted: Counted, rows: slice) -> None:
        whole, part = np.divmod(self.values[rows].astype(np.int64), 100)
        fields = np.zeros((len(whole), 6), dtype=">i2")
        fields[:, 0], fields[:, 3], fields[:, 4], fields[:, 5] = 2, 2, whole, part * 100
        into[:, :4] = _length(12)
        into[:, 4:] = fields.view(np.uint8).reshape(len(whole), 12)
        counted[:] = True


def words(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """A table for Text."""
    return np.array([text.encode() for text in texts], dtype=np.bytes_) if len(texts) else np.zeros(1, dtype="S1")


def one_each(texts: Sequence[str], version: bytes = b"") -> Text:
    """A text of its own in every row."""
    return Text([(words(texts), np.arange(len(texts)))], version=version)


def _length(octets: int) -> Octets:
    return np.frombuffer(octets.to_bytes(4, "big"), np.uint8)


def _blank(into: Octets, counted: Counted, null: NDArray[np.bool_]) -> None:
    """Null: the length -1 and nothing after it."""
    into[null, :4] = 0xFF
    counted[null, 4:] = False


def rows_of(columns: Sequence[Column], rows: int) -> Iterator[bytes]:
    """The rows as octets of COPY, some thousands at a time."""
    widths = [column.width() for column in columns]
    total = 2 + sum(widths)
    for start in range(0, rows, ROWS):
        part = slice(start, min(start + ROWS, rows))
        size = part.stop - part.start
        octets, counted = np.empty((size, total), np.uint8), np.empty((size, total), bool)
        octets[:, :2] = np.frombuffer(len(columns).to_bytes(2, "big"), np.uint8)
        counted[:, :2] = True
        place = 2
        for column, width in zip(columns, widths, strict=True):
            column.fill(octets[:, place : place + width], counted[:, place : place + width], part)
            place += width
        yield octets[counted].tobytes()


def copy(cursor: Any, table: str, columns: dict[str, Column], rows: int) -> int:
    """Copy `rows` rows into a table through a psycopg cursor; how many."""
    names = ", ".join(f'"{name}"' for name in columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as stream:
        stream.write(HEADER)
        for octets in rows_of(list(columns.values()), rows):
            stream.write(octets)
        stream.write(TRAILER)
    return rows
