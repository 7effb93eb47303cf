"""The forms of evaluation as a text file (docx), for offices that sign on paper: the words and order of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Cm, Mm, Pt

from canbo.evaluation.forms import GRADES, Sheet, law_language

FONT, SIZE = "Times New Roman", 13
ROMAN = {"1": "I", "2": "II", "3": "III"}
FULL = "30"  # the three groups of general points together
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def figure(number: Any) -> str:
    """A number with a comma, without zeros that say nothing; blank where it is not known."""
    if number in (None, ""):
        return ""
    text = f"{Decimal(str(number)):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def written(sheet: Sheet, *, made: datetime) -> bytes:
    """The form of a month or quarter, or of a year, as docx on A4. What the register does not know is left to the pen."""
    writer = _Writer(sheet, made)
    (writer.year if sheet.yearly else writer.period)()
    writer.signs()
    for note in sheet.words["notes"]:
        writer.say(writer.law(note), size=11)
    held = BytesIO()
    writer.file.save(held)
    return held.getvalue()


class _Writer:
    """Writes one form from top to bottom."""

    def __init__(self, sheet: Sheet, made: datetime) -> None:
        self.sheet, self.w, self.h, self.language = sheet, sheet.words, sheet.head, law_language()
        self.file = docx.Document()
        section, style, about = self.file.sections[0], self.file.styles["Normal"], self.file.core_properties
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin = section.bottom_margin = Mm(20)
        section.left_margin, section.right_margin = Mm(30), Mm(15)
        style.font.name, style.font.size = FONT, Pt(SIZE)
        style.paragraph_format.space_after = Pt(4)
        about.title, about.author, about.last_modified_by = f"{self.law(self.w['number'])}: {sheet.name}", sheet.body, ""
        about.language, about.created, about.modified = self.language, made, made
        self.head()

    def law(self, texts: Any) -> str:
        return str(texts.get(self.language, "")) if isinstance(texts, Mapping) else str(texts or "")

    def say(
        self, text: str, *, bold: bool = False, italic: bool = False, size: float = SIZE, align: Any = None, to: Any = None
    ) -> Any:
        """A paragraph at the end, or the first of a cell that is empty."""
        paragraph = (
            (to.paragraphs[0] if not to.paragraphs[0].text else to.add_paragraph())
            if to is not None
            else self.file.add_paragraph()
        )
        run = paragraph.add_run(text)
        run.bold, run.italic, run.font.size = bold, italic, Pt(size)
        paragraph.alignment = align
        return paragraph

    def head(self) -> None:
        self.say(self.law(self.w["number"]), bold=True, align=ALIGN.RIGHT)
        left, right = self.columns(7.5, 9)
        self.say((self.sheet.body or self.law(self.h["body"])).upper(), bold=True, align=ALIGN.CENTER, size=12, to=left)
        for text in (self.law(self.h["state"]), self.law(self.h["motto"])):
            self.say(text, bold=True, align=ALIGN.CENTER, size=12, to=right)
        self.say(self.law(self.w["title"]), bold=True, align=ALIGN.CENTER, size=14).paragraph_format.space_before = Pt(14)
        self.say(self.sheet.period, italic=True, align=ALIGN.CENTER)
        for name, value in (("name", self.sheet.name), ("title", self.sheet.title), ("unit", self.sheet.body)):
            self.say(f"{self.law(self.h[name])}: {value or '.' * 40}")

    def columns(self, *widths: float) -> Any:
        table = self.file.add_table(rows=1, cols=len(widths))
        for cell, width in zip(table.rows[0].cells, widths, strict=True):
            cell.width = Cm(width)
        return table.rows[0].cells

    def table(self, heads: list[str], rows: list[tuple[list[str], bool]], widths: tuple[float, ...], *, middle: set[int]) -> None:
        table = self.file.add_table(rows=0, cols=len(heads))
        table.style = "Table Grid"
        for values, bold in [(heads, True), *rows]:
            cells = table.add_row().cells
            for place, (cell, value) in enumerate(zip(cells, values, strict=True)):
                cell.width = Cm(widths[place])
                align = ALIGN.CENTER if place in middle or values is heads else None
                self.say(value, bold=bold, align=align, size=12, to=cell)

    def period(self) -> None:
        self.say(self.law(self.w["general"]), bold=True)
        rows = [
            ([ROMAN[line.number] if line.group else line.number[2:], self.law(line.words), figure(line.most), figure(line.points)], line.group)
            for line in self.sheet.lines
        ]  # fmt: skip
        figures = self.sheet.figures or {}
        rows.append((["", self.law(self.w["total"]), FULL, figure(figures.get("own"))], True))
        heads = [self.law(each) for each in self.w["columns"]]
        self.table(heads, rows, (1.4, 10.4, 2.2, 2.5), middle={0, 2, 3})
        self.say(self.law(self.w["summary"]), bold=True).paragraph_format.space_before = Pt(10)
        for name, words in self.w["items"].items():
            known = figure(figures.get(name)) if name in figures else (self.sheet.said or {}).get(name, "")
            self.say(f"{self.law(words)}: {known}")
            if not known:
                self.dots()

    def year(self) -> None:
        self.say(self.law(self.w["scores"]), bold=True)
        figures = self.sheet.figures or {}
        if "columns" in self.w:
            rows = [([str(each.number), figure(each.score), each.remark], False) for each in self.sheet.months]
            rows.append(([self.law(self.w["mean"]), figure(figures.get("score")), ""], True))
            self.table([self.law(each) for each in self.w["columns"]], rows, (5.5, 5.5, 5.5), middle={0, 1})
        for name, words in self.w.get("items", {}).items():
            self.say(f"{self.law(words)}: {figure(figures.get(name)) or '.' * 20}")
        for part, chosen in (("own", self.sheet.own_grade), ("decided", self.sheet.grade)):
            self.say(self.law(self.w[part]), bold=True).paragraph_format.space_before = Pt(10)
            for name in GRADES:
                self.say(f"{'☒' if chosen == name else '☐'} {self.law(self.w['grades'][name])}")
        self.say(self.law(self.w["proposal"]), bold=True)
        if self.sheet.said and self.sheet.said["opinion"]:
            self.say(self.sheet.said["opinion"])
        self.dots()

    def dots(self) -> None:
        for _line in range(2):
            self.say("." * 90)

    def signs(self) -> None:
        year = self.sheet.yearly
        both = (("signs_own" if year else "own", self.sheet.name), ("signs" if year else "authority", self.sheet.authority))
        for cell, (who, name) in zip(self.columns(8.2, 8.2), both, strict=True):
            self.say(self.law(self.h["day"]), italic=True, align=ALIGN.CENTER, to=cell)
            self.say(self.law(self.w[who]), bold=True, align=ALIGN.CENTER, to=cell)
            self.say(self.law(self.h["sign"]), italic=True, align=ALIGN.CENTER, to=cell)
            self.say("\n\n\n" + name, bold=True, align=ALIGN.CENTER, to=cell)
