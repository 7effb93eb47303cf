"""Tags that draw: bullet, stacked bar, pyramid, sparkline, dot map, timeline, lineage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import template
from django.utils.translation import get_language_bidi

from canbo.pages.charts import bars, dotmap, lineage, steps, timeline

register = template.Library()


@register.inclusion_tag("charts/bullet.html")
def bullet(value: float, most: float = 100, goal: float | None = None, label: str = "", near: float = 1.0) -> dict[str, Any]:
    """A bar of `value` on a scale up to `most`, with a black mark at `goal`; orange below the share `near` of it. `label` is read
    aloud."""
    return {"bar": bars.bullet(value or 0, goal, most or 1, near), "label": label}


@register.inclusion_tag("charts/stacked.html")
def stacked(parts: Sequence[tuple[str, float, str]], label: str = "", legend: bool = True) -> dict[str, Any]:
    """Parts of a whole, each (label, count, tone); tones are fill classes of canbo.css."""
    return {"parts": bars.stacked(parts), "label": label, "legend": legend}


@register.inclusion_tag("charts/pyramid.html")
def pyramid(bands: Sequence[tuple[str, int, int, bool]], label: str = "") -> dict[str, Any]:
    """Women and men by age, each band (label, women, men, marked), from the oldest down: a table with bars."""
    return {
        "bands": bars.pyramid(bands, mirrored=get_language_bidi()),
        "mirrored": get_language_bidi(),
        "label": label,
        "women": sum(b[1] for b in bands),
        "men": sum(b[2] for b in bands),
    }


@register.inclusion_tag("charts/spark.html")
def spark(values: Sequence[float], goal: float | None = None, label: str = "") -> dict[str, Any]:
    """A small course over time; time runs left to right in every language."""
    points, goal_y = bars.sparkline(values, goal)
    return {"points": points, "goal_y": goal_y, "label": label}


@register.inclusion_tag("charts/dotmap.html")
def dots(
    places: Sequence[tuple[float, float, str]], legend: Sequence[tuple[str, str]] = (), label: str = "", width: int = dotmap.WIDTH
) -> dict[str, Any]:
    """A map of (latitude, longitude, class); `legend` names the classes in order. The smaller `width`, the larger a dot."""
    drawn = dotmap.draw(places, width)
    named = [(kind, text, drawn.counts.get(kind, 0)) for kind, text in legend]
    return {"map": drawn, "legend": named, "label": label}


@register.inclusion_tag("charts/timeline.html")
def lanes(rows: Sequence[tuple[str, Sequence[timeline.Block]]], on: date, label: str = "") -> dict[str, Any]:
    """A swimlane chart, and below it the same as a list, which phones and screen readers get."""
    chart = timeline.place(rows, on=on, mirrored=get_language_bidi())
    listed = sorted(
        ((lane, number, block) for number, (lane, blocks) in enumerate(rows, 1) for block in blocks),
        key=lambda entry: (entry[2].first, entry[1]),
        reverse=True,
    )
    return {"chart": chart, "listed": listed, "label": label}


@register.inclusion_tag("charts/steps.html")
def course(
    months: Sequence[tuple[date, int]], cap: int | None = None, marks: Sequence[date] = (), label: str = ""
) -> dict[str, Any]:
    """A number at the end of each month as steps, with a dashed cap and marked days; the same stands in a table beside it."""
    mirrored = get_language_bidi()
    return {"chart": steps.place(months, cap=cap, marks=marks, mirrored=mirrored), "mirrored": mirrored, "label": label}


@register.inclusion_tag("charts/lineage.html")
def lineage_of(unit: Any, origins: Sequence[Any], heirs: Sequence[Any]) -> dict[str, Any]:
    """Origins, the unit, heirs. Each has `name`, `note`, `href`; origins and heirs also `part`."""
    return {
        "unit": unit,
        "origins": origins,
        "heirs": heirs,
        "flow_in": lineage.fan([origin.part for origin in origins], out=False),
        "flow_out": lineage.fan([heir.part for heir in heirs], out=True),
    }
