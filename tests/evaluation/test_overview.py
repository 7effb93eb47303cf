"""A body at a glance: its own people, and of each body beneath only counts; cheaply, however many there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canbo.evaluation import board, overview
from canbo.registry.authority import NotAllowed
from canbo.rules.evaluation.periods import Period, parse
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, MARCH, PLACE, Office
from tests.evaluation.test_grading import handbook
from tests.pages.test_pages import FRAME
from tests.pages.test_work_pages import everything, reader

pytestmark = pytest.mark.django_db
MOST = 12  # questions to the database on one page, beside who signs in and what stands on every page


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def march() -> Period:
    found = parse(MARCH)
    assert found is not None
    return found


def lines_of(office: Office, code: str, by: Any) -> dict[str, overview.Line]:
    body = office.world.organizations[code].pk
    found = overview.beneath(by=by, root=body, period=march(), on=AFTER)
    return {line.body["code"]: line for line in found}


def above(code: str) -> str:
    return code.rpartition(".")[0]


def test_a_body_beneath_is_a_line_of_counts(office: Office) -> None:
    handbook(office)
    office.published()
    parent = above(PLACE)
    line = lines_of(office, parent, office.officer)[PLACE]
    own = overview.own_people(by=office.officer, root=office.place.pk, period=march(), on=AFTER)
    assert line.people == len(own) == 5
    assert (line.decided, line.open, line.published, line.grades) == (1, 4, 1, {"good": 1})


def test_a_body_itself_has_only_its_own_people(office: Office) -> None:
    top = office.world.organizations["P"].pk
    own = overview.own_people(by=office.officer, root=top, period=march(), on=AFTER)
    whole = board.of_body(by=office.officer, root=top, period=march(), on=AFTER)
    counted = sum(line.people for line in lines_of(office, "P", office.officer).values())
    assert len(own) + counted == len(whole) > len(own)


def test_who_may_not_read_the_work_of_a_body_gets_no_line(office: Office) -> None:
    top = office.world.organizations["P"].pk
    with pytest.raises(NotAllowed):
        overview.beneath(by=office.worker, root=top, period=march(), on=AFTER)
    with pytest.raises(NotAllowed):
        overview.beneath(by=office.head, root=top, period=march(), on=AFTER)


def test_the_page_of_a_body_asks_as_much_of_many_as_of_few(office: Office) -> None:
    handbook(office)
    office.published()
    few = questions(office)
    everything()
    crowd(office)
    many = questions(office)
    for address in few:
        assert len(many[address]) == len(few[address]) <= MOST, (address, [sql[:120] for sql in many[address]])


def crowd(office: Office) -> None:
    """Forty more people in the place, and six in another body beneath the same."""
    seats = office.world.post(PLACE, "senior-specialist", seats=40)
    for number in range(40):
        office.world.serve(office.world.person(given=f"More {number}"), seats, seat=number + 1)
    other = office.world.post("P/2.executive", "specialist", seats=6)
    for number in range(6):
        office.world.serve(office.world.person(given=f"Other {number}"), other, seat=number + 1)


def questions(office: Office) -> dict[str, list[str]]:
    """What each page asks the database, without the frame of each page."""
    asked: dict[str, list[str]] = {}
    for account, address in (
        (office.officer, f"/evaluations?in={PLACE}&period=2026-03"), (office.officer, "/evaluations?in=P&period=2026-03"),
        (office.officer, f"/evaluations?in={PLACE}&period=2026"), (office.head, f"/assignments?in={PLACE}&period=2026-03"),
        (office.worker, "/work?period=2026-03"),
    ):  # fmt: skip
        client = reader(account)
        client.get("/organizations")
        with CaptureQueriesContext(connection) as frame:
            client.get("/about-this-page-nobody-asks")
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(address)
        assert answer.status_code == 200
        listed = [query["sql"] for query in seen.captured_queries if not query["sql"].startswith(FRAME)]
        known = {query["sql"] for query in frame.captured_queries}
        asked[address] = [sql for sql in listed if sql not in known and not of_the_frame(sql)]
    return asked


def of_the_frame(sql: str) -> bool:
    """Who signed in, with which powers, and the tasks that wait: on every page."""
    names = ("django_session", "set_config", '"registry_account"."password"', "registry_grant", "registry_delegation")
    return any(name in sql for name in (*names, "procedures_consulted", "evaluation_asked"))
