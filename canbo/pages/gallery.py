"""The pattern page: every part of which pages are made, with figures that mean nothing, in the reader's language."""

from __future__ import annotations

import math
from datetime import date
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages.access import open_to_all
from canbo.pages.charts.timeline import Block

ON = date(2026, 11, 22)


def lanes() -> list[tuple[str, list[Block]]]:
    """A career in five lanes."""
    posts = [
        Block(date(2006, 3, 1), date(2010, 1, 1), _("Officer"), "A"),
        Block(date(2010, 1, 1), date(2015, 1, 1), _("Deputy head"), "B"),
        Block(date(2015, 1, 1), date(2020, 6, 1), _("Head"), "C"),
        Block(date(2019, 1, 1), date(2020, 6, 1), _("Deputy secretary"), "D"),
        Block(date(2020, 6, 1), None, _("Director"), "E"),
    ]
    ratings = [
        Block(date(year, 1, 1), date(year + 1, 1, 1), str(grade), "", f"g g{grade}")
        for year, grade in zip(range(2018, 2026), (3, 3, 4, 3, 2, 3, 4, 1), strict=True)
    ]
    return [
        (_("Posts"), posts),
        (_("Sanctions"), [Block(date(2012, 1, 1), date(2013, 1, 1), _("warning"))]),
        (_("Place"), [Block(date(2006, 3, 1), None, "F")]),
        (_("Training"), [Block(date(2009, 1, 1), date(2011, 1, 1), _("master"))]),
        (_("Rating"), ratings),
    ]


def kin(name: str, note: str, part: bool = False) -> SimpleNamespace:
    """A node of the lineage drawing."""
    return SimpleNamespace(name=name, note=note, part=part, href="#lineage")


def spiral() -> list[tuple[float, float, str]]:
    """Dots for the map: a spiral, so that nobody takes it for a country."""
    return [(16 + i / 150 * math.sin(i / 9), 106 + i / 300 * math.cos(i / 9), f"k{1 + i % 3}") for i in range(600)]


@open_to_all
def gallery(request: HttpRequest) -> HttpResponse:
    """Show all parts on one page."""
    bands = [("60+", 1, 4), ("55–59", 9, 60), ("50–54", 28, 124), ("46–49", 31, 138), ("42–45", 28, 115)]
    young = [("38–41", 11, 19), ("–37", 4, 11)]
    return render(
        request,
        "gallery.html",
        {
            "on": ON,
            "nothing": None,
            "course": [2, 3, 3, 4, 5, 4],
            "lanes": lanes(),
            "unit": kin("M", "2025"),
            "origins": [kin("A", "old:1"), kin("B", "old:2", True), kin("C", "old:3")],
            "heirs": [kin("X", "10"), kin("Y", "11", True)],
            "bands": [(*band, False) for band in bands] + [(*band, True) for band in young],
            "parts": [(_("university"), 77, "fs2"), (_("master"), 454, "fs4"), (_("doctor"), 52, "f3")],
            "places": spiral(),
            "legend": [("k1", _("commune")), ("k2", _("ward")), ("k3", _("special zone"))],
            "tones": ["pass", "fail", "unk", "warn", "brand", ""],
            "verdicts": ["allowed", "refused", "incomplete"],
        },
    )
