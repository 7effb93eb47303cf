"""The catalogue as a workbook: the third form of the handbook's annex, out for people to fill in and in again.

What comes in is cells, never code: values alone are read, and no cell that goes out is a formula.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language, gettext, gettext_noop, override
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from canbo.evaluation.catalogue import MOST, Line
from canbo.evaluation.models import Product
from canbo.evaluation.refusals import Refused
from canbo.registry.names import search_key
from canbo.registry.saying import sentence as _

LARGEST = 2 * 1024 * 1024  # bytes of a workbook with as many products as a catalogue holds, twice over
UNPACKED = 60 * 1024 * 1024
SEARCHED = 12  # rows in which the heads of the columns may stand
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Column -> its head, in the words of the handbook's form III, and its width.
COLUMNS = {
    "code": (gettext_noop("Code"), 16),
    "name": (gettext_noop("Product or task"), 48),
    "output": (gettext_noop("What comes out"), 28),
    "group": (gettext_noop("Group"), 9),
    "most": (gettext_noop("Frame of points"), 11),
    "points": (gettext_noop("Points"), 9),
    "coefficient": (gettext_noop("Coefficient"), 11),
    "standard": (gettext_noop("Standard product"), 11),
}
#: Heads under which other offices write the same columns, beside those above in each language.
ALSO = {
    "code": ("ma", "ma sp", "ma san pham", "code"),
    "name": (
        "ten san pham",
        "ten nhiem vu",
        "nhiem vu",
        "san pham cong viec",
        "san pham, cong viec",
        "ten san pham, cong viec",
        "name",
    ),
    "output": ("san pham dau ra", "ket qua dau ra", "dau ra", "output"),
    "group": ("nhom", "nhom san pham", "group"),
    "points": ("diem", "so diem", "diem cham", "points"),
    "standard": ("san pham chuan", "chuan", "standard"),
}
NEEDED = ("code", "name", "group", "points")


def written(products: Iterable[Product], frames: Mapping[str, int], *, title: str) -> bytes:
    """A workbook of the products, in the language of the reader; with none, the form to fill in.

    `frames`: the most points of each group, shown beside it.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = gettext("Catalogue")[:31]
    sheet.sheet_view.rightToLeft = get_language() == "fa"
    _cell(sheet, 1, 1, title).font = Font(bold=True, size=13)
    for place, (head, width) in enumerate(COLUMNS.values(), start=1):
        cell = _cell(sheet, 3, place, gettext(head))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E7ECF7")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, product in enumerate(products, start=4):
        told = {
            "code": product.code, "name": product.name, "output": product.output, "group": product.group.upper(),
            "most": frames.get(product.group), "points": product.points, "coefficient": product.coefficient,
            "standard": "x" if product.standard else "",
        }  # fmt: skip
        for place, column in enumerate(COLUMNS, start=1):
            _cell(sheet, number, place, told[column])
    sheet.freeze_panes = "A4"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(sheet: Any, row: int, column: int, value: Any) -> Any:
    """A cell with a value; words stay words even when they begin as a formula does."""
    cell = sheet.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = TYPE_STRING
    return cell


def read(body: bytes) -> list[Line]:
    """The products in the first sheet of a workbook, in the form that `written` gives or with heads that say the same.

    Raises Refused: no workbook, too large, no row of heads, more rows than a catalogue holds, or a row that cannot be read,
    with its number.
    """
    rows = _rows(body)
    place, heads = _heads(rows)
    found: list[Line] = []
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        told = {column: row[at] if at < len(row) else None for column, at in heads.items()}
        if any(told.get(column) not in (None, "") for column in ("code", "name", "points")):
            found.append(_line(told, number))
    if not found:
        raise Refused("empty", _("There is no product beneath the heads of the columns."))
    return found


def _rows(body: bytes) -> list[tuple[Any, ...]]:
    if len(body) > LARGEST:
        raise Refused("too_large", _("The workbook is larger than %(most)s MB.") % {"most": LARGEST // 1024 // 1024})
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED:
                raise Refused(
                    "too_large", _("The workbook unpacks to more than %(most)s MB.") % {"most": UNPACKED // 1024 // 1024}
                )
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        rows = list(sheet.iter_rows(max_row=MOST + SEARCHED + 2, max_col=40, values_only=True))
    except Refused:
        raise
    except Exception as problem:  # the library raises whatever its parts raise on a damaged file
        raise Refused("no_workbook", _("This is no workbook (.xlsx) that can be read.")) from problem
    if len(rows) > MOST + SEARCHED + 1:
        raise Refused("too_many", _("A catalogue holds at most %(most)s products.") % {"most": MOST})
    return rows


def _heads(rows: list[tuple[Any, ...]]) -> tuple[int, dict[str, int]]:
    """The row of heads and the place of each column in it."""
    known = _known()
    for number, row in enumerate(rows[:SEARCHED]):
        places: dict[str, int] = {}
        for at, value in enumerate(row):
            column = known.get(search_key(str(value))) if value is not None else None
            if column is not None:
                places.setdefault(column, at)
        if all(column in places for column in NEEDED):
            return number, places
    raise Refused(
        "no_heads", _("No row has the heads of the columns: code, product, group, points. Take the form and fill it in.")
    )


def _known() -> dict[str, str]:
    """Every head that is understood, plainly written -> its column."""
    known = {search_key(word): column for column, words in ALSO.items() for word in words}
    for language in ("en", "vi", "fa"):
        with override(language):
            known |= {search_key(gettext(head)): column for column, (head, _width) in COLUMNS.items()}
    return known


def _line(told: Mapping[str, Any], number: int) -> Line:
    group = str(told["group"] or "").strip().lower()
    try:
        points = int(str(told["points"]).strip().removesuffix(".0"))
    except ValueError:
        raise Refused(
            "row", _("Row %(row)s: points are a whole number, not %(found)s.") % {"row": number, "found": told["points"]}
        ) from None
    return Line(
        str(told["code"] or "").strip().removesuffix(".0"), str(told["name"] or "").strip(), group if group.startswith("n") else f"n{group}",
        points, str(told.get("output") or "").strip(), str(told.get("standard") or "").strip().lower() in ("x", "1", "true", "có", "yes", "بله"),
    )  # fmt: skip
