"""The page: content to PDF by typst. The same content gives the same bytes; nothing is fetched, no font of the machine used.

The file is tagged, has title and language (PDF/UA-1), is made to last (PDF/A-3a), and carries its own content as
`content.json`: the digest that is printed can be worked out again from the file alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import typst

from canbo.procedures.letters import square, wording
from canbo.procedures.letters.wording import Content

SHEET = Path(__file__).with_name("sheet.typ")
STANDARDS = ["a-3a", "ua-1"]
# The letters of Latin and Vietnamese come with typst (Libertinus Serif), those of Persian from the package of the pages.
FONTS = ("fontpkg_inter", "fontpkg_noto_sans_arabic")


@cache
def _fonts() -> typst.Fonts:
    folders = [Path(str(import_module(package).__file__)).parent / "files" for package in FONTS]
    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))


def pdf(content: Content, *, check: Mapping[str, str] | None = None) -> bytes:
    """The document as PDF. `check`: the words, address and digest beside the square; None: without."""
    return bytes(_compile(content, check, format="pdf", pdf_standards=STANDARDS)[0])


def images(content: Content, *, check: Mapping[str, str] | None = None, ppi: float = 100) -> list[bytes]:
    """The pages as PNG, for a look before anything is issued."""
    return _compile(content, check, format="png", ppi=ppi)


def _compile(content: Content, check: Mapping[str, str] | None, **how: Any) -> list[bytes]:
    inputs = {"content": json.dumps({**content, "verification": check and _square(check), "source": wording.canonical(content)})}
    made = typst.Compiler(
        SHEET.read_bytes(), root=str(SHEET.parent), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs
    )
    year, month, day = content["day"]
    at = datetime(year, month, day, tzinfo=UTC)
    found = made.compile(timestamp=at, **how) if how["format"] == "pdf" else made.compile(**how)
    return list(found) if isinstance(found, list) else [found or b""]


def _square(check: Mapping[str, str]) -> dict[str, str]:
    leads = f"{check['address']}{check['digest']}" if check["address"] else f"sha256:{check['digest']}"
    return {**check, "square": square.svg(leads), "alt": f"{check['scan']}: {leads}"}
