"""From accepted work and remits to posts: every step can be done again by hand, and nobody is told by name."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.registry import authority, intake
from canbo.registry.days import since
from canbo.registry.models import Account, Remit, Task
from canbo.reports import workload
from canbo.reports.studies import StudyRefused
from canbo.reports.workload import Study, Volume
from tests.evaluation import office as offices
from tests.evaluation.office import PLACE, Office

ON = date(2026, 4, 20)
HOURS = 1904.0  # of 2026: 250 working days less 12 of leave, 8 hours each


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def accepted(office: Office, who: Account, month: int, code: str, number: object) -> None:
    first, day = date(2026, month, 6), date(2026, month, 20)
    held = office.assign(code, number, person=who.person, period=f"2026-{month:02d}", on=first)
    office.log(held, number, by=who, day=day, on=day)
    office.accept(held, number, on=date(2026, month + 1, 2))


def worked(office: Office) -> None:
    """Three months of letters and answers by three specialists."""
    people = [office.worker, office.colleague, office.deputy]
    for month, letters in ((1, 4), (2, 6), (3, 5)):
        for who in people:
            accepted(office, who, month, "letter", letters)
        accepted(office, people[0], month, "answer", 10)


def test_every_step_from_accepted_work_to_posts_can_be_done_by_hand(office: Office) -> None:
    worked(office)
    found = workload.of(PLACE, on=ON, study=Study(standard_hours=40))
    assert found.year.hours == HOURS and found.periods == ("2026-01", "2026-02", "2026-03")
    lines = {line.code: line for line in found.lines}
    assert lines["letter"].counted == (12, 18, 15) and lines["letter"].volume.middle == 180
    assert lines["answer"].hours_each == pytest.approx(108), "2.7 standard products of 40 hours"
    posts = (180 * 40 + 120 * 108) / HOURS
    assert found.posts is not None and found.posts.middle == pytest.approx(posts)
    assert found.posts.low is not None and found.posts.high is not None and found.posts.low < posts < found.posts.high
    gap = found.gap(found.quota)
    assert gap is not None and gap.middle == pytest.approx(posts - found.quota)
    told = workload.to_dict(found)
    assert {line["code"]: line["arithmetic"] for line in told["lines"]}["letter"] == (
        "(12 + 18 + 15) / 3 = 15.00; 180.00 x 40 h = 7200.0 h; / 1904 h = 3.78"
    )
    assert told["bodies_measured"] == [PLACE]
    assert sum(line["posts"]["middle"] for line in told["lines"]) == pytest.approx(told["posts"]["middle"], abs=0.02)


def test_without_hours_of_the_standard_product_no_number_of_posts_is_told(office: Office) -> None:
    worked(office)
    found = workload.of(PLACE, on=ON)
    assert found.posts is None and all(job.posts is None for job in found.jobs)
    assert found.implied == pytest.approx(found.filled * HOURS / (180 + 120 * 2.7))


def test_a_job_that_few_hold_is_told_with_the_others_only(office: Office) -> None:
    accepted(office, office.worker, 3, "letter", 5)
    found = workload.of(PLACE, on=ON, study=Study(standard_hours=4))
    assert {job.code for job in found.jobs if job.posts} == {workload.OTHER}
    assert found.posts is not None and found.posts.low is None, "one month does not say how work varies"
    assert "erson" not in json.dumps(workload.to_dict(found)["jobs"])


def test_other_volumes_and_another_standard_are_asked_without_a_trace(office: Office) -> None:
    worked(office)
    as_it_is = workload.of(PLACE, on=ON, study=Study(standard_hours=10)).posts
    double = workload.of(PLACE, on=ON, study=Study(standard_hours=20)).posts
    twice = workload.of(PLACE, on=ON, study=Study(standard_hours=10, factor=2)).posts
    less = workload.of(PLACE, on=ON, study=Study(standard_hours=10, products={"answer": 0})).posts
    assert as_it_is and double and twice and less
    assert double.middle == pytest.approx(2 * as_it_is.middle) == twice.middle
    assert less.middle == pytest.approx(1800 / HOURS)
    with pytest.raises(StudyRefused, match="No product"):
        workload.of(PLACE, on=ON, study=Study(products={"nothing": 4}))


def remitted(office: Office, code: str) -> None:
    task = Task.objects.create(code=code, names={"en": code.title()}, field="office")
    Remit.objects.create(task=task, organization=office.place, valid=since(date(2020, 1, 1)), **office.world.mark)


def test_work_that_no_catalogue_counts_is_handed_over_with_its_source(office: Office) -> None:
    remitted(office, "archives")
    remitted(office, "protocol")
    volume = Volume("archives", "Archives", 2.0, "specialist", "Study 3", counts=(30.0, 50.0))
    found = workload.of(PLACE, on=ON, study=Study(volumes=(volume,)))
    assert found.posts is not None and found.posts.middle == pytest.approx(480 * 2 / HOURS)
    assert [row["code"] for row in found.without] == ["protocol"], "what nobody measured is said"
    with pytest.raises(StudyRefused, match="in nobody's remit"):
        workload.of(PLACE, on=ON, study=Study(volumes=(Volume("lost", "Lost", 1.0, "specialist", "Study 3", 1.0),)))
    with pytest.raises(StudyRefused, match="no post of the job"):
        workload.of(PLACE, on=ON, study=Study(volumes=(Volume("archives", "Archives", 1.0, "doctor", "Study 3", 1.0),)))


def test_hours_of_a_year_without_known_holidays_must_be_told(office: Office) -> None:
    assert workload.of(PLACE, on=date(2019, 5, 1)).year.hours is None
    assert workload.of(PLACE, on=date(2019, 5, 1), study=Study(hours_of_year=1700)).year.hours == 1700


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hours: 3", "is not known here"), ("standard_hours: -1", "is no number"), ("standard_hours: much", "is no number"),
        ("volumes: 3", "a list is expected"), ("volumes: [{name: a, hours: 1, job: specialist}]", "source is missing"),
        ("volumes: [{name: a, task: b, yearly: 1, hours: 1, job: c, source: d}]", "a task or a name"),
        ("volumes: [{name: a, months: [], hours: 1, job: c, source: d}]", "months is missing"), ("a: [", "cannot be read"),
        ("hours_of_year: 0", "is no number"),
    ],
)  # fmt: skip
def test_a_study_that_cannot_be_read_is_refused_with_the_place(world: Any, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyRefused, match=said):
        workload.read(tmp_path / "study.yaml")


def test_the_command_tells_the_reckoning_and_keeps_the_old_one(office: Office) -> None:
    from canbo.project.cli import group

    worked(office)
    run = CliRunner()
    told = run.invoke(
        group, ["headcount", "workload", PLACE, "--on", str(ON), "--standard-hours", "40", "--volume", "answer=0", "--json"]
    )
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    assert found["posts"]["middle"] == round(7200 / HOURS, 2) and found["standard_hours"] == 40
    assert "posts by workload" in run.invoke(group, ["headcount", "workload", PLACE, "--on", str(ON)]).output
    plain = json.loads(run.invoke(group, ["headcount", PLACE, "--on", str(ON), "--json"]).output)
    assert {"quota", "filled", "vacant", "over"} <= plain.keys()
    assert run.invoke(group, ["headcount", "workload", "NOWHERE"]).exit_code == 1


def test_the_example_is_read(world: Any) -> None:
    study = workload.read(Path(__file__).parents[2] / "examples" / "staffing" / "workload.yaml")
    assert study.standard_hours == 6 and len(study.volumes) == 2 and study.products == {"ho-so": 900.0}
    assert study.volumes[0].a_year.middle == pytest.approx(sum((210, 195, 240, 260)) * 3)


def test_one_sees_the_work_of_the_bodies_in_reach_alone(office: Office) -> None:
    worked(office)
    stranger = office.world.account("far", "officer", "Q")
    authority.open_sight(authority.reach_of(stranger))
    try:
        found = workload.of(PLACE, on=ON, study=Study(standard_hours=4))
        assert found.posts is None and not found.lines and not found.measured
    finally:
        authority.open_sight(authority.reach_of(intake.console()))
