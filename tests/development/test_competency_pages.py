"""Pages of competencies: the framework, one's own levels, what waits and is objected to, a body, fields on a map; the command."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.development import assessing
from canbo.development.models import Assessment, Objection
from canbo.project.commands.gaps import gaps as command
from tests.development.competency_trials import FILE, assessed, confirmed
from tests.evaluation import office as offices
from tests.evaluation.office import PLACE, Office
from tests.pages.test_work_pages import everything, reader, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def address(office: Office) -> str:
    return f"/competencies/people/{office.person.pk}"


def test_the_framework_is_open_to_everyone_and_says_what_changes_next_year(office: Office) -> None:
    page = reader(office.colleague).get("/competencies?job=specialist&on=2026-06-01").content.decode()
    assert "Ethics and firmness" in page and "from 1 Jan 2027: level 3" in page
    assert "Draft decree on job positions" in page


def test_a_person_assesses_the_own_level_with_a_record_and_a_superior_confirms_it_on_the_page(office: Office) -> None:
    accepted = office.made().acceptances.get()
    client = reader(office.worker)
    page = client.get("/competencies/mine", follow=True).content.decode()
    told = {
        "do": "assess",
        "key": sent(page),
        "competency": "drafting",
        "level": "3",
        "shown": f"product:{accepted.pk}",
        "text": "Yes.",
    }
    assert client.post(address(office), {**told, "shown": ""}).status_code == 422
    assert client.post(address(office), told).status_code == 302
    assert client.post(address(office), told).status_code == 302  # sent twice, kept once
    everything()
    held = Assessment.objects.get()
    page = reader(office.head).get(address(office)).content.decode()
    assert "Opinion letter" in page and 'value="turn_down"' in page
    key = sent(page).rpartition(":")[0] + ":c"
    answer = reader(office.head).post(address(office), {"do": "confirm", "key": key, "assessment": held.pk})
    assert answer.status_code == 302
    everything()
    assert Assessment.objects.get().state == "confirmed"


def test_the_person_objects_on_the_page_and_nobody_else_may_look(office: Office) -> None:
    held = confirmed(office, level=1, on=date.today())
    client = reader(office.worker)
    page = client.get(address(office)).content.decode()
    assert "short by" in page
    key = sent(page)
    assert (
        client.post(address(office), {"do": "object", "key": key, "assessment": held.pk, "text": "I do more."}).status_code == 302
    )
    everything()
    assert Objection.objects.get().ground == "I do more."
    assert reader(office.colleague).get(address(office)).status_code == 403


def test_a_file_that_shows_a_level_is_handed_out_to_who_sees_the_level(office: Office) -> None:
    proof = assessed(office, level=3, shown=[FILE]).proofs.get()
    answer = reader(office.head).get(f"/competencies/proofs/{proof.pk}")
    assert answer.status_code == 200 and b"%PDF" in b"".join(answer)
    assert reader(office.colleague).get(f"/competencies/proofs/{proof.pk}").status_code == 404


def test_the_page_of_a_body_keeps_unknown_apart_and_names_its_people(office: Office) -> None:
    confirmed(office, "digital", 1)
    page = reader(office.head).get(f"/competencies/gaps?in={PLACE}").content.decode()
    assert "Worker" in page and "unknown" in page and "The body itself" in page
    assert reader(office.colleague).get(f"/competencies/gaps?in={PLACE}").status_code == 403


def test_the_map_of_a_field_counts_places_and_says_that_no_area_has_a_class(office: Office) -> None:
    page = reader(office.officer).get("/competencies/shortage?in=P&field=medicine").content.decode()
    assert "Medicine" in page and "<svg" in page and "no area here a class" in page
    office.world.areas["P/1"].traits = ["border"]
    office.world.areas["P/1"].save()
    page = reader(office.inspector).get("/competencies/shortage?in=P&field=medicine").content.decode()
    assert "border" in page


def test_the_command_keeps_its_keys_and_counts_levels_beside_the_degrees(office: Office) -> None:
    confirmed(office, "digital", 1)
    result = CliRunner().invoke(command, [PLACE, "--on", "2026-06-01", "--json"])
    told = json.loads(result.output)
    assert {"organization", "on", "least_level", "fields", "places", "competencies"} == set(told)
    digital = told["competencies"]["digital"]
    assert (digital["group"], digital["field"], digital["short"]) == ("common", "technology", 1)
    assert digital["people"] == digital["met"] + digital["short"] + digital["unknown"] and digital["unknown"] > 0
    assert "Use of information technology" in CliRunner().invoke(command, [PLACE, "--on", "2026-06-01"]).output
    assert set(told["competencies"]) <= set(assessing.framework().competencies)
