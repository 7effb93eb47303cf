"""The same document as a text file to edit (docx): the same content in the same order, without the page's exact look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT, WD_TABLE_DIRECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.shared import Cm, Mm, Pt

from canbo.procedures.letters import square
from canbo.procedures.letters.wording import CODE, Content

FONT, SIZE = "Times New Roman", 13.5  # what the offices have; the rulebook's form asks for this letter


def word(content: Content, *, check: Mapping[str, str] | None = None) -> bytes:
    """The document as docx; the same content gives the same bytes. `check` as in `pdf`."""
    return _Writer(content).write(check)


class _Writer:
    """Writes one document from top to bottom."""

    def __init__(self, content: Content) -> None:
        self.content, self.rtl = content, content["rtl"]
        self.file = docx.Document()

    def write(self, check: Mapping[str, str] | None) -> bytes:
        self._page()
        self._head()
        self._opening()
        for part in self.content["body"]:
            getattr(self, f"_{part['kind']}")(part)
        self._foot(check)
        return _settled(self.file)

    # ---- the parts

    def _page(self) -> None:
        paper, section = self.content["paper"], self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(paper["top"]), Mm(paper["bottom"])
        sides = (paper["outer"], paper["binding"]) if self.rtl else (paper["binding"], paper["outer"])
        section.left_margin, section.right_margin = Mm(sides[0]), Mm(sides[1])
        style = self.file.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(SIZE)
        style.paragraph_format.space_after = Pt(6)
        properties = self.file.core_properties
        properties.title, properties.author, properties.language = (
            self.content["title"], self.content["author"], self.content["language"],
        )  # fmt: skip
        properties.created = properties.modified = datetime(*self.content["day"])  # noqa: DTZ001  # the day it bears
        properties.last_modified_by = ""

    def _head(self) -> None:
        content = self.content
        issuer, state = self._columns((7.0, 9.5))
        lines: list[tuple[str, dict[str, Any]]] = [(content["above"], {"size": 12})] if content["above"] else []
        lines += [
            (content["issuer"], {"size": 12.5, "bold": True}),
            ("*" if content["under_issuer"] == "star" else "———", {"size": 11}),
        ]
        lines += [(content["number"], {"size": 12.5})]
        lines += [(text, {"size": 12, "bold": bold}) for text, bold in ((content["draft"], True), (content["re"], False)) if text]
        self._cell(issuer, lines)
        motto = [(each["text"], {"size": each["size"], "bold": each["bold"]}) for each in content["masthead"]]
        self._cell(state, [*motto, (content["place_and_day"], {"size": 12.5, "italic": not self.rtl})])

    def _opening(self) -> None:
        content = self.content
        self._say("")
        for text, size in ((content["name"], 14.5), (content["about"], 13.5)):
            if text:
                self._say(text, align=ALIGN.CENTER, bold=True, size=size)
        names = content["to"]["names"]
        if names:
            self._say(f"{content['to']['label']} {'; '.join(names)}", align=ALIGN.CENTER)
        if content["authority"]:
            self._say(content["authority"], align=ALIGN.CENTER, bold=True)
        for ground in content["grounds"]:
            self._say(ground, italic=not self.rtl, indent=True)
        if content["enacts"]:
            self._say(content["enacts"], align=ALIGN.CENTER, bold=True)

    def _text(self, part: Content) -> None:
        for line in part["text"].split("\n"):
            if line.strip():
                self._say(line, indent=True)

    def _article(self, part: Content) -> None:
        paragraph = self._say(part["label"] + " ", bold=True, indent=True)
        for number, line in enumerate(line for line in part["text"].split("\n") if line.strip()):
            if number == 0:
                self._runs(paragraph, line)
            else:
                self._say(line, indent=True)

    def _heading(self, part: Content) -> None:
        self._say(part["text"], bold=True)

    def _list(self, part: Content) -> None:
        if part["label"]:
            self._say(part["label"], indent=True)
        for item in part["items"]:
            self._say(f"– {item}", indent=True)

    def _fields(self, part: Content) -> None:
        for label, value in part["rows"]:
            paragraph = self._say(f"{label}: ", italic=not self.rtl, indent=True)
            self._runs(paragraph, value)

    def _table(self, part: Content) -> None:
        self._say(part["caption"], bold=True)
        heads = [part["counting"], *(column["head"] for column in part["columns"])]
        table = self.file.add_table(rows=1, cols=len(heads), style="Table Grid")
        self._turned(table)
        for cell, head in zip(table.rows[0].cells, heads, strict=True):
            self._cell(cell, [(head, {"bold": True, "size": 12})])
        for row in part["rows"]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                self._cell(cell, [(text, {"size": 12, "align": ALIGN.LEFT})])
        self._say("")

    def _foot(self, check: Mapping[str, str] | None) -> None:
        content = self.content
        receivers = content["recipients"]
        copies: list[tuple[str, dict[str, Any]]] = [(receivers["label"], {"size": 11, "bold": True})] + [
            (f"- {name}", {"size": 11}) for name in receivers["names"]
        ]
        columns = list(self._columns((8.2,) * 2 if len(content["signatures"]) < 3 else (5.5,) * len(content["signatures"])))
        if len(content["signatures"]) == 1:
            self._cell(columns.pop(0), [(text, {**how, "align": ALIGN.LEFT}) for text, how in copies])
        for cell, one in zip(columns, content["signatures"], strict=True):
            lines = [(line, {"bold": True}) for line in one["capacity"]]
            self._cell(cell, [*lines, *[("", {})] * 3, (one["name"], {"bold": True})])
        if len(content["signatures"]) > 1:
            for text, how in copies:
                self._say(text, **how)
        if check is not None:
            leads = f"{check['address']}{check['digest']}" if check["address"] else f"sha256:{check['digest']}"
            self.file.add_picture(BytesIO(square.png(leads)), width=Cm(2.1))
            self._say(f"{check['verify']}. {check['digest_words']}: {check['digest']}", size=9)
        if content["note"]:
            self._say(content["note"], size=9)

    # ---- how they are written

    def _say(self, text: str, *, align: Any = None, indent: bool = False, size: float | None = None, **how: Any) -> Any:
        paragraph = self.file.add_paragraph()
        self._set(paragraph, align)
        if indent:
            paragraph.paragraph_format.first_line_indent = Cm(1)
        self._runs(paragraph, text, size=size, **how)
        return paragraph

    def _runs(self, paragraph: Any, text: str, *, size: float | None = None, bold: bool = False, italic: bool = False) -> None:
        """The text as runs; in a language from right to left, codes are runs of their own that go the other way."""
        at = 0
        pieces = []
        for code in CODE.finditer(text) if self.rtl else ():
            pieces += [(text[at : code.start()], True), (code[0], False)]
            at = code.end()
        for piece, turned in [*pieces, (text[at:], self.rtl)]:
            if not piece:
                continue
            run = paragraph.add_run(piece)
            run.bold, run.italic = bold, italic
            if size:
                run.font.size = Pt(size)
            if turned:
                run.font.rtl = True

    def _set(self, paragraph: Any, align: Any) -> None:
        if self.rtl:  # first of all: the order of these marks is fixed, and the library knows where the others go
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        paragraph.alignment = align if align is not None else ALIGN.LEFT if self.rtl else ALIGN.JUSTIFY

    def _columns(self, widths: Sequence[float]) -> Sequence[Any]:
        table = self.file.add_table(rows=1, cols=len(widths))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        self._turned(table)
        for cell, width in zip(table.rows[0].cells, widths, strict=True):
            cell.width = Cm(width)
        return list(table.rows[0].cells)

    def _turned(self, table: Any) -> None:
        if self.rtl:
            table.table_direction = WD_TABLE_DIRECTION.RTL

    def _cell(self, cell: Any, lines: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for number, (text, how) in enumerate(lines):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            self._set(paragraph, how.get("align", ALIGN.CENTER))
            paragraph.paragraph_format.space_after = Pt(2)
            self._runs(paragraph, text, **{name: value for name, value in how.items() if name != "align"})


def _settled(file: Any) -> bytes:
    """The file with the time of making taken out of its container, so that its bytes depend on its content alone."""
    made, settled = BytesIO(), BytesIO()
    file.save(made)
    with ZipFile(made) as old, ZipFile(settled, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), ZIP_DEFLATED)
    return settled.getvalue()
