"""The list for the finance system: CSV in UTF-8, a line for each payment, amounts in plain đồng.

`state` says whether the lines state that the person goes (proposed), it would follow if he or she did (possible), or it cannot be
told yet (unknown). A mark at the beginning (BOM) lets spreadsheets read the letters; a cell that a spreadsheet would take for a formula is made text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from canbo.registry import queries
from canbo.reports.caps import law
from canbo.reports.entitlements.people import STATED, Line
from canbo.reports.entitlements.sums import months
from canbo.rules.entitlements import policies_of

BOM = "\ufeff"
COLUMNS = (
    "month", "amount", "currency", "person", "name", "body", "body_name", "policy", "articles", "fate", "state", "reading", "missing",
)  # fmt: skip
#: What makes a spreadsheet take a cell for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
PROPOSED, POSSIBLE, UNKNOWN = "proposed", "possible", "unknown"


def as_csv(lines: Iterable[Line], language: str) -> str:
    """The list as text; who is due something that cannot be told yet has a line without amount, and what is missing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([text(cell) for cell in row] for row in payments(lines, language))
    return BOM + out.getvalue()


def payments(lines: Iterable[Line], language: str) -> Iterator[tuple[str, ...]]:
    """A row of COLUMNS for each payment; nothing for who is due nothing."""
    articles, told = law().articles, policies_of(law().path)
    for line in lines:
        who = (
            line.row["identification_number"],
            line.name,
            line.row["unit"] or "",
            queries.in_language(line.row["unit_name"] or {}),
        )
        if line.due is None:
            if line.open:
                lacking = "; ".join(label.get(language) or label["en"] for label in line.missing.values())
                yield (line.on.strftime("%Y-%m"), "", told.currency, *who, "", "", line.fate, UNKNOWN, "", lacking)
            continue
        due = line.due
        cited = "; ".join(dict.fromkeys(articles[name].source.cite(language) for name in due.articles))
        state = PROPOSED if line.group == STATED else POSSIBLE
        reading = str(law().parameters.lookup(told.reading, on=line.on)) if due.readings else ""
        for month, amount in months(line):
            yield (
                month.strftime("%Y-%m"),
                str(amount),
                told.currency,
                *who,
                due.policy.name,
                cited,
                line.fate,
                state,
                reading,
                "",
            )


def text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
