"""The invented year: the star, the ring and the inflated office are each found, and nobody else is named."""

from __future__ import annotations

import polars as pl
import pytest

from canbo.modelling.severity.ratings import of_table
from canbo.modelling.severity.report import report
from tests.modelling.rated_year import FILE, SEED, code, year
from tests.modelling.rating_worlds import name


def test_the_file_holds_the_invented_year() -> None:
    assert pl.read_csv(FILE).equals(year()[0])


@pytest.mark.parametrize("seed", [SEED, 4, 6])
def test_star_ring_and_inflated_office_are_found_and_nobody_else_is_named(seed: int) -> None:
    table, planted, star = year(seed)
    found = report(of_table(table))
    known = [each for each in found.ratees() if each["fair"] is not None]
    first = {said: [each["id"] for each in sorted(known, key=lambda each: -each[said])] for said in ("fair", "given")}  # type: ignore[operator]
    assert first["fair"][0] == star and first["given"].index(star) >= 15
    ring, office = found.questions
    assert (ring.kind, office.kind) == ("ring", "inflation_links")
    assert ring.evidence["people"] == sorted(code(name(each)) for each in planted.rings[0])
    assert office.evidence["body"] == f"office {min(planted.inflated) + 1}"


def test_the_guide_tells_the_year_as_the_command_does() -> None:
    told = (FILE.parents[2] / "docs" / "guide" / "severity.md").read_text(encoding="utf-8")
    for question in report(of_table(year()[0])).questions:
        assert question.said.say("en") in told
    star = next(each for each in report(of_table(year()[0])).ratees() if each["id"] == year()[2])
    assert (
        f"{star['id']}           {star['raters']}        {star['given']:.1f}   {star['fair']:.1f} ± {star['fair_error']:.1f}"
        in told
    )
