"""The pages of scenarios: begun, filled, accepted, proposed, approved, carried out and undone with buttons alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, lines, suggesting
from canbo.registry import authority
from canbo.registry.models import Account
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, MERGER
from tests.registry import invariants
from tests.world import World

LANGUAGES = ("en", "vi", "fa")


def reader(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def asked(client: Client, path: str, sent: dict[str, Any] | None = None, language: str = "en") -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbo.sees_all', '', true)")
    headers = {"HTTP_ACCEPT_LANGUAGE": language}
    return client.get(path, **headers) if sent is None else client.post(path, sent, **headers)


def press(client: Client, path: str, do: str, **sent: Any) -> Any:
    """Press the button of a form that the page has."""
    page = asked(client, path).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None and f'value="{do}"' in page, f"the page has no button {do}"
    return asked(client, path, {"do": do, "key": f"{key[1]}:{do}", **sent})


@pytest.fixture
def three(world: World) -> tuple[Client, Client, Client]:
    """An officer who works it out, a leader who decides, a registrar who carries it out."""
    trials.populated(world)
    return tuple(
        reader(trials.account(world, *who)) for who in (("o", "officer", "P"), ("l", "leader", "P"), ("r", "registrar", "P"))
    )  # type: ignore[return-value]


def test_from_an_empty_scenario_to_its_day_and_back_with_buttons_alone(
    three: tuple[Client, Client, Client], world: World
) -> None:
    officer, leader, registrar = three
    key = re.search(r'name="key" value="([^"]+)"', asked(officer, "/scenarios").content.decode())
    assert key is not None
    begun = {"key": key[1], "name": "a", "title": "Two become one", "body": "P", "on": "2026-03-01"}
    assert asked(officer, "/scenarios", begun).headers["Location"] == "/scenarios/a"
    assert press(officer, "/scenarios/a", "load", text=MERGER).status_code == 302
    page = asked(officer, "/scenarios/a").content.decode()
    assert "things block" in page and "Tasks without owner" in page
    for _turn in range(3):
        if 'value="accept"' in asked(officer, "/scenarios/a").content.decode():
            press(officer, "/scenarios/a", "accept", rule="all")
    assert "nothing blocks" in asked(officer, "/scenarios/a").content.decode()
    assert 'class="n">7<' in asked(officer, "/scenarios/a/compared").content.decode()
    assert press(officer, "/scenarios/a", "propose", reason="simpler").status_code == 302
    assert press(leader, "/scenarios/a", "approve", number="1/NQ").status_code == 302
    assert press(registrar, "/scenarios/a", "apply").status_code == 302
    answer = press(registrar, "/scenarios/a", "undo", reason=" ")
    assert answer.status_code == 422 and "Say why it is undone" in answer.content.decode()
    assert press(registrar, "/scenarios/a", "undo", reason="no").status_code == 302
    with authority.sight(world.console):
        assert Scenario.objects.get().state == "undone"


def test_each_page_speaks_the_language_of_its_reader_and_writes_nothing(
    three: tuple[Client, Client, Client], world: World
) -> None:
    scenario = trials.begun(world, MERGER)
    before = invariants.state(journal=False)
    for language in LANGUAGES:
        for path in ("/scenarios", f"/scenarios/{scenario.name}", f"/scenarios/{scenario.name}/compared"):
            assert asked(three[0], path, None, language).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbo.sees_all', 'on', true)")
    assert invariants.state(journal=False) == before


MOST_ASKED = 68  # forty of them are the check, of a dozen tables that it makes; a page of another kind asks fourteen in all


def test_the_page_checks_a_scenario_once_and_asks_as_much_however_many_problems_there_are(
    three: tuple[Client, Client, Client], world: World
) -> None:
    scenario = trials.begun(world, MERGER)
    asked(three[0], f"/scenarios/{scenario.name}")
    for rule in ("bodies", "all"):  # at first only bodies are suggested, then everything is
        with CaptureQueriesContext(connection) as seen:
            page = asked(three[0], f"/scenarios/{scenario.name}").content.decode()
        assert "things block" in page and 'value="accept"' in page
        questions = [each["sql"] for each in seen.captured_queries if "SAVEPOINT" not in each["sql"]]
        assert sum("CREATE TEMPORARY TABLE sc_post " in each for each in questions) == 1
        assert len(questions) <= MOST_ASKED, [each[:90] for each in questions]
        with authority.sight(world.console):
            suggesting.accept(scenario=Scenario.objects.get(), rule=rule, by=Account.objects.get(username="o"))


def test_what_is_refused_is_said_on_the_page(three: tuple[Client, Client, Client], world: World) -> None:
    trials.begun(world, MERGER, by=Account.objects.get(username="o"))
    answer = press(three[0], "/scenarios/a", "load", text="merge: [{units: [A]}]")
    assert answer.status_code == 422 and "`into` is missing" in answer.content.decode()
    assert asked(three[0], "/scenarios/none").status_code == 404
    answer = press(three[0], "/scenarios/a", "load", text="merge:")
    assert "Beneath “merge” there is no list of lines." in answer.content.decode()
    form = {"key": "scenario:0:1:a", "do": "propose"}
    assert "made for somebody else" in asked(three[0], "/scenarios/a", form).content.decode()


def test_a_stale_page_that_takes_out_a_line_no_longer_there_leaves_the_approval_and_who_carries_it_out_is_said(
    three: tuple[Client, Client, Client], world: World
) -> None:
    officer, _leader, registrar = three
    trials.approved(world, trials.begun(world, MERGER + ALL))
    answer = press(officer, "/scenarios/a", "remove", place="999")
    assert answer.status_code == 422 and "This line is not there any more" in answer.content.decode()
    page = asked(officer, "/scenarios/a").content.decode()
    assert "such as the registrar, carries it out from" in page and 'value="apply"' not in page
    page = asked(registrar, "/scenarios/a").content.decode()
    assert "such as the registrar, carries it out from" not in page and 'value="apply"' in page


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"on": ""}, "“” is not a day"),
        ({"on": "yesterday"}, "“yesterday” is not a day"),
        ({"on": "9999-12-31"}, "within the next 20 years"),
        ({"body": ""}, "Say which body manages it"),
    ],
)
def test_a_scenario_begun_with_a_day_or_body_that_cannot_be_says_so_in_words(
    three: tuple[Client, Client, Client], sent: dict[str, str], said: str
) -> None:
    key = re.search(r'name="key" value="([^"]+)"', asked(three[0], "/scenarios").content.decode())
    assert key is not None
    form = {"key": key[1], "name": "a", "title": "", "body": "P", "on": "2026-03-01"} | sent
    answer = asked(three[0], "/scenarios", form)
    assert answer.status_code == 422 and said in answer.content.decode()


def test_a_line_names_bodies_jobs_and_people_and_equal_entries_are_told_once(
    three: tuple[Client, Client, Client], world: World
) -> None:
    officer = Account.objects.get(username="o")
    scenario = trials.begun(world, MERGER, by=officer)
    for text in (trials.ALL, "people: [{from: P/1, held: specialist, waiting: placement}]"):
        acting.load(scenario=scenario, said=lines.read(text), by=officer)
    page = asked(three[0], "/scenarios/a", None, "vi").content.decode()
    shown = page[page.index('id="lines"') :]
    assert "Xã chín" in shown and "P/9" in shown and "chờ" in shown and "waiting" not in shown
    assert "3 lần" in page and page.count("đã được sửa") == 1


def test_the_lines_that_do_not_fit_are_on_the_next_page(three: tuple[Client, Client, Client], world: World) -> None:
    officer = Account.objects.get(username="o")
    said = [f"{{unit: P/1, job: specialist, seats: {number}}}" for number in range(1, 31)]
    trials.begun(world, f"posts: [{', '.join(said)}]", by=officer)
    first = asked(three[0], "/scenarios/a").content.decode()
    assert "seats: 30" in first and "seats: 5<" not in first and "start=25" in first
    rest = asked(three[0], "/scenarios/a?kind=posts&start=25").content.decode()
    assert "seats: 5<" in rest and "seats: 30" not in rest


def test_scenarios_stand_side_by_side_with_a_map_a_table_and_what_differs(
    three: tuple[Client, Client, Client], world: World
) -> None:
    officer = Account.objects.get(username="o")
    seat = MERGER.replace("parent: P}", "parent: P, seat: P/1}")
    for name, text in {"a": seat + trials.ALL, "b": MERGER + trials.ALL}.items():
        trials.begun(world, text, name=name, by=officer)
    page = asked(three[0], "/scenarios/a/beside").content.decode()
    assert 'class="way"' in page and "1 line of A is not in all" in page and "4 lines are in all of them" in page
    assert "Who has farther to go" in page and re.search(r'<td class="n">\s*11.\d', page)
    figures = asked(three[0], "/scenarios/a/beside?part=figures").content.decode()
    assert "Deputies beyond a cap" in figures and figures.count('class="letter"') == 4
    alone = asked(three[0], "/scenarios/a/beside?with=-").content.decode()
    assert "What differs" not in alone
    for language in LANGUAGES:
        assert asked(three[0], "/scenarios/a/beside", None, language).status_code == 200
    assert "/scenarios/a/beside" in asked(three[0], "/scenarios/a").content.decode()


def test_an_officer_comes_from_nothing_to_what_nothing_blocks_without_writing_a_file(
    three: tuple[Client, Client, Client], world: World
) -> None:
    officer = three[0]
    key = re.search(r'name="key" value="([^"]+)"', asked(officer, "/scenarios").content.decode())
    assert key is not None
    asked(officer, "/scenarios", {"key": key[1], "name": "a", "body": "P", "on": "2026-03-01"})
    wrong = press(officer, "/scenarios/a", "bulk", fate="merge", to="P/9")
    assert wrong.status_code == 422 and "Say which bodies" in wrong.content.decode()
    new = {"fate": "merge", "of": "commune", "beneath": "P", "to": "P/9", "name": "Xã chín", "seat": "P/1"}
    assert press(officer, "/scenarios/a", "bulk", **new).status_code == 302
    page = asked(officer, "/scenarios/a").content.decode()
    assert "Xã chín" in page and "Tasks without owner" in page
    press(officer, "/scenarios/a", "accept", rule="bodies")
    given = {"from": "P/1", "task": "land", "to": "P/9"}
    assert press(officer, "/scenarios/a", "give", **given).status_code == 302
    for _turn in range(3):
        if 'value="accept"' in asked(officer, "/scenarios/a").content.decode():
            press(officer, "/scenarios/a", "accept", rule="all")
    assert "nothing blocks" in asked(officer, "/scenarios/a").content.decode()


def test_the_form_in_bulk_says_each_fate_as_a_line(three: tuple[Client, Client, Client], world: World) -> None:
    trials.begun(world, MERGER, by=Account.objects.get(username="o"))
    for sent in (
        {"fate": "move", "of": "commune-department", "to": "*.party"},
        {"fate": "tasks", "units": "P/1 P/2", "to": "P/9"},
        {"fate": "posts", "units": "P/1", "to": "P/9", "job": "specialist"},
        {"fate": "posts_end", "units": "P/2", "job": "specialist"},
        {"fate": "people", "units": "P/2", "job": "specialist", "state": "placement"},
        {"fate": "dissolve", "units": "P/1.executive.office", "to": "P/9"},
    ):
        assert press(three[0], "/scenarios/a", "bulk", **sent).status_code == 302, sent
    with authority.sight(world.console):
        kinds = [line.kind for line in acting.lines_of(Scenario.objects.get())]
    assert kinds == ["merge", "move", "tasks", "tasks", "posts", "posts", "people", "dissolve"]
