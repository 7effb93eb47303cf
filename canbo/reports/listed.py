"""A list as a file to take along: CSV in UTF-8, or a workbook; no cell of it is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from canbo.registry.saying import language
from canbo.reports.entitlements.payments import BOM, text

#: Ending of the file -> its kind.
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_file(form: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str) -> bytes:
    """The rows beneath their heads; `form`: one of TYPES. Days are days, numbers are numbers, nothing is an empty cell."""
    return _csv(heads, rows) if form == "csv" else _workbook(heads, rows, title)


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([text("" if cell is None else str(cell)) for cell in row] for row in rows)
    return (BOM + out.getvalue()).encode()


def _workbook(heads: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.sheet_view.rightToLeft = language() == "fa"
    _cell(sheet, 1, 1, title).font = Font(bold=True, size=13)
    widths = [len(head) for head in heads]
    for place, head in enumerate(heads, start=1):
        cell = _cell(sheet, 3, place, head)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E7ECF7")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for number, row in enumerate(rows, start=4):
        for place, value in enumerate(row, start=1):
            _cell(sheet, number, place, value)
            widths[place - 1] = max(widths[place - 1], len(str(value or "")))
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = min(60, width + 2)
    sheet.freeze_panes = "A4"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(sheet: Any, row: int, column: int, value: Any) -> Any:
    """A cell with a value; words stay words even when they begin as a formula does."""
    known = value is None or isinstance(value, int | float | Decimal | date)
    cell = sheet.cell(row=row, column=column, value=value if known else str(value))
    if not known:
        cell.data_type = TYPE_STRING
    return cell
