"""Which bodies must stand beneath a unit: in the register as it is, in every unit that a scenario touches, and by which text."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from click.testing import CliRunner
from django.test import Client

from canbo.procedures.scenarios import acting, mirror
from tests.procedures import scenario_trials as trials
from tests.world import World

ON = date(2026, 2, 1)


def missing(world: World, on: date = ON) -> set[tuple[str, str]]:
    ids = [each.pk for each in world.organizations.values()]
    return {(lack.unit["code"], lack.rule.word) for lack in mirror.lacking(ids, on=on)}


def warned(world: World, text: str) -> dict[str, set[str]]:
    report = acting.check(scenario=trials.begun(world, text), reader=world.console)
    found: dict[str, set[str]] = {}
    for each in report.warnings:
        found.setdefault(each.kind, set()).update(each.whom)
    return found


def test_the_register_tells_each_unit_that_lacks_a_body_by_the_law_of_the_day(world: World) -> None:
    found = missing(world)
    assert {code for code, word in found if word == "party"} == {"P/2", "Q", "Q/1"}
    assert {code for code, word in found if word == "executive"} == {"Q"}, "the committee of Q/1 is there"
    assert {code for code, word in found if word == "council"} == {"P", "P/1", "P/2", "Q", "Q/1"}
    assert {word for _code, word in missing(world, date(2015, 12, 31))} == {"party"}, "the other texts were not yet in force"
    law = {lack.rule.word: lack.rule.citation for lack in mirror.lacking([world.organizations["Q"].pk], on=ON)}
    assert "65/2025/QH15" in law["council"] and "75/2015/QH13" in law["front"] and "Charter" in law["party"]


def test_a_unit_that_only_loses_its_body_to_another_is_warned_of(world: World) -> None:
    found = warned(world, "move:\n  - {unit: P/1.party, parent: P/2, code: P/2.party}\n")
    assert found["no_party_organisation"] == {"P/1"}, "P/2 has one now"
    assert found["no_council"] == {"P/1", "P/2"}, "each existing unit that a line touches is asked about"


def test_a_merged_unit_takes_over_what_stood_beneath_the_former_ones(world: World) -> None:
    trials.populated(world)
    found = warned(world, trials.MERGER + trials.ALL)
    assert "no_party_organisation" not in found and "no_executive" not in found
    assert found["no_front"] == {"P/9"}


def test_a_body_that_ends_without_another_leaves_its_unit_without_one(world: World) -> None:
    found = warned(world, "dissolve:\n  - {unit: P/1.party, heirs: [P.party]}\n")
    assert found["no_party_organisation"] == {"P/1"}
    made = "create:\n  - {code: P/2.party, name: {en: Party, vi: Đảng ủy}, kind: commune-party-committee, parent: P/2}\n"
    assert "no_party_organisation" not in warned_as(world, made, "b")


def warned_as(world: World, text: str, name: str) -> dict[str, Any]:
    report = acting.check(scenario=trials.begun(world, text, name=name), reader=world.console)
    return {each.kind: each for each in report.warnings}


def test_the_command_and_the_page_of_the_unit_tell_what_is_missing(world: World) -> None:
    from canbo.project.cli import group

    asked = CliRunner().invoke(group, ["mirror", "P", "--on", "2026-02-01", "--json"])
    told = json.loads(asked.output)
    assert asked.exit_code == 1 and not told["ok"]
    assert {"unit": "P/2", "lacks": "party"}.items() <= next(
        row for row in told["lacking"] if row["unit"] == "P/2" and row["lacks"] == "party"
    ).items()
    assert CliRunner().invoke(group, ["mirror", "P.party", "--on", "2026-02-01"]).exit_code == 0, "a body needs none beneath it"
    client = Client(headers={"accept-language": "en"})
    client.force_login(world.account("reader", "officer", "P"), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/organizations/P?on=2026-02-01").content.decode()
    assert "Bodies that are missing" in page and "Unit P/2" in page.split("Bodies that are missing")[1]
    assert "Bodies that are missing" not in client.get("/organizations/P.party?on=2026-02-01").content.decode()
