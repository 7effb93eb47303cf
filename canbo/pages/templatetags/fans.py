"""Tags that draw projections: fans over years, retirements by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from canbo.pages import figures
from canbo.pages.charts import fan as drawing
from canbo.reports import projection_words

register = template.Library()
TOP, HEIGHT = 8.0, 130.0


@register.inclusion_tag("charts/fan.html")
def fan(measure: str, rows: Sequence[dict[str, Any]], label: str = "", target: float | None = None) -> dict[str, Any]:
    """The fan of a measure; `rows`: one a year, with year, p10, p50, p90 and perhaps least and most."""
    column = {name: [row[name] for row in rows if name in row] for name in ("p10", "p50", "p90", "least", "most")}
    whole = measure not in projection_words.FINE
    placed = drawing.fan(
        column["p10"], column["p50"], column["p90"], column["least"], column["most"], target, whole=whole,
    )  # fmt: skip
    if placed is None:
        return {"fan": None}
    return {
        "fan": placed, "label": label,
        "lines": [(projection_words.figure(measure, value, short=True), TOP + y * HEIGHT / 100) for value, y in placed.lines],
        "years": [(figures.year(rows[number]["year"]), x, anchor) for number, x, anchor in placed.years],
        "target": None if placed.target is None else TOP + placed.target * HEIGHT / 100,
    }  # fmt: skip


@register.inclusion_tag("charts/months.html")
def months(year: int, month: int, counts: Sequence[int], label: str = "") -> dict[str, Any]:
    """Bars of how many by month, from a month on."""
    drawn = drawing.by_month(year, month, counts)
    return {"drawn": drawn, "bars": [(x, length, TOP + y, height) for x, length, y, height in drawn.bars], "label": label}
