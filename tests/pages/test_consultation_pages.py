"""The pages on which those concerned answer, and on which what is held gets its heir and is counted."""

from __future__ import annotations

from datetime import date, timedelta

from canbo.procedures.models import Handover
from canbo.procedures.scenarios import acting, consulting
from canbo.registry import authority
from tests.pages.test_scenarios_pages import asked, press, reader
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, MERGER
from tests.procedures.test_consulting import account_of
from tests.world import World

SHEET = "kind,number,name,quantity\nseal,1,The seal,1\nrecords,2,The records,12\n"


def test_one_finds_the_question_among_the_own_tasks_answers_changes_and_withdraws(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, MERGER + ALL)
    officer = reader(trials.account(world, "o", "officer", "P"))
    until = date.today() + timedelta(days=9)
    page = "/scenarios/a/consultation"
    for day, said in (("", "“” is not a day"), ("9999-12-31", "at most 366 days")):
        answer = press(officer, page, "ask", question="Where to?", closes=day, bodies="yes")
        assert answer.status_code == 422 and said in answer.content.decode()
    assert press(officer, page, "ask", question="Where to?", closes=until.isoformat(), bodies="yes").status_code == 302
    with authority.sight(world.console):
        one, other = consulting.latest(scenario).consulted.filter(person__isnull=False, told__post__job="specialist")[:2]  # type: ignore[union-attr]
        mine, colleague = reader(account_of(one.person_id)), reader(account_of(other.person_id))  # type: ignore[arg-type]
    path = f"/consultations/{one.pk}"
    assert path in asked(mine, "/tasks").content.decode()
    for language in ("en", "vi", "fa"):
        shown = asked(mine, path, language=language)
        assert shown.status_code == 200 and "P/9:specialist" in shown.content.decode()
    assert press(mine, path, "answer", view="against", words="a canary", wish=["P/9:specialist", ""]).status_code == 302
    assert "a canary" in asked(officer, page).content.decode()
    assert press(mine, path, "answer", view="agree", words="a bird", wish=["Q/1"]).status_code == 422
    assert asked(colleague, path).status_code == 404
    for who in (
        colleague,
        reader(trials.account(world, "i", "inspector", "P")),
        reader(trials.account(world, "h", "leader", "P/1")),
    ):
        assert "a canary" not in asked(who, page).content.decode()
    assert press(mine, path, "withdraw").status_code == 302
    assert "a canary" not in asked(officer, page).content.decode()
    with authority.sight(world.console):
        assert consulting.wishes(scenario=scenario) == {}


def test_what_is_held_comes_from_a_sheet_gets_its_heir_in_bulk_and_is_counted_by_the_receiver(world: World) -> None:
    trials.populated(world)
    trials.begun(world, MERGER + ALL)
    officer, leader = (reader(trials.account(world, *who)) for who in (("o", "officer", "P"), ("l", "leader", "P")))
    assert press(officer, "/organizations/P/1/holdings", "sheet", text="kind\n").status_code == 422
    assert press(officer, "/organizations/P/1/holdings", "sheet", text=SHEET).status_code == 302
    assert "The records" in asked(leader, "/organizations/P/1/holdings").content.decode()
    page = "/scenarios/a/holdings"
    assert "2 without heir" in asked(officer, page).content.decode()
    with authority.sight(world.console):
        things = [f"{pk}|P/1" for pk in world.organizations["P/1"].holdings.values_list("holding_id", flat=True)]
    assert press(officer, page, "give", holding=things, to="P/9").status_code == 302
    assert "everything has an heir" in asked(officer, page).content.decode()
    with authority.sight(world.console):
        scenario = acting.named("a", reader=world.console)
        acting.apply(scenario=trials.approved(world, scenario), by=world.console)
        rows = list(Handover.objects.order_by("pk"))
    between = f"{rows[0].giver_id}-{rows[0].receiver_id}"
    counted = {f"counted-{each.pk}": str(each.listed) for each in rows}
    names = {"between": between, "given_by": "A", "received_by": "B"}
    assert press(leader, page, "confirm", **names).status_code == 422
    assert press(leader, page, "confirm", **names, **counted).status_code == 302
    for language in ("en", "vi", "fa"):
        assert asked(leader, page, language=language).status_code == 200
    with authority.sight(world.console):
        assert not Handover.objects.filter(confirmed_at__isnull=True).exists()
