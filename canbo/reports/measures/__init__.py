"""The measures: one statistic a file, in SQL, beneath a header that says what it is.

A header is a block of comments, `-- key: value`, with every key of HEADER. The statement has two parameters,
`:organizations` (ids: an organization and all beneath it) and `:on` (the day), and returns one number. Some
also use `:organization`, the one that was asked about. A new `.sql` file here is a new measure; nothing else
is needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from django.db import connection

from canbo.reports.counts import counting

HERE = Path(__file__).parent
HEADER = ("name", "meaning", "standard", "unit", "about", "source")
ABOUT = ("units", "posts", "people")
PARAMETERS = frozenset({"organization", "organizations", "on"})
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)\b")


@dataclass(frozen=True)
class Measure:
    """A statistic of the register. `meaning` and `unit` are English source strings for the reader's language.

    `about`: what it counts: "units" and "posts" are open to all, "people" only to who may count there.
    """

    name: str
    meaning: str
    standard: str
    unit: str
    about: str
    source: str
    sql: str


class MeasureFault(ValueError):
    """A measure file breaks the form that all measures share."""


@cache
def measures() -> dict[str, Measure]:
    """All measures by name, as the files of this folder say."""
    found = [read(path.read_text(encoding="utf-8"), path.stem) for path in sorted(HERE.glob("*.sql"))]
    return {measure.name: measure for measure in found}


def read(text: str, stem: str) -> Measure:
    """A measure from the text of its file. Raises MeasureFault."""
    header: dict[str, str] = {}
    lines = text.splitlines()
    while lines and lines[0].startswith("--"):
        key, colon, value = lines.pop(0)[2:].partition(":")
        if not colon or not value.strip() or key.strip() in header:
            raise MeasureFault(f"{stem}.sql: the header line “{key}” should be “-- key: value”, each key once.")
        header[key.strip()] = value.strip()
    if tuple(header) != HEADER:
        raise MeasureFault(f"{stem}.sql: the header has {', '.join(header)}; it needs {', '.join(HEADER)}, in this order.")
    if header["name"] != stem or header["about"] not in ABOUT:
        raise MeasureFault(f"{stem}.sql: the name must be {stem}, and `about` one of {', '.join(ABOUT)}.")
    body = "\n".join(lines).strip()
    used = set(_PARAMETER.findall(body))
    if not used <= PARAMETERS or "on" not in used:
        raise MeasureFault(f"{stem}.sql: it uses :{', :'.join(sorted(used))}; it may use :{', :'.join(sorted(PARAMETERS))}.")
    return Measure(**header, sql=_PARAMETER.sub(r"%(\1)s", body.replace("%", "%%")))


def measure(name: str, *, organization: int, organizations: Sequence[int], on: date) -> Fraction | None:
    """The value of a measure, exact; None when nothing is known (an average of nobody).

    `organizations`: ids of `organization` and of all beneath it on the day. The caller has asked authority and
    opened sight: of those organizations that the transaction may not see no people are counted. Raises KeyError
    for an unknown name.
    """
    asked = measures()[name]
    with counting(organizations) as seen, connection.cursor() as cursor:
        within = seen if asked.about == "people" else list(organizations)
        cursor.execute(asked.sql, {"organization": organization, "organizations": within, "on": on})
        value = cursor.fetchone()[0]
    return None if value is None else Fraction(value)
