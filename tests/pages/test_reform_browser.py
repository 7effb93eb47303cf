"""The reform of one real province in a real browser: from the plan to its day and back, with buttons alone.

Two provinces, 18 districts and 319 communes of 30 June 2025 become Lào Cai with 99 communes; the people are invented. Without
a Chromium these tests are skipped, and say so; in a landing they fail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client

from canbo.procedures.models import Scenario
from canbo.project.world import reform, reform_lines
from canbo.registry import authority, intake, queries
from canbo.registry.changes import Outcome, take_in
from canbo.registry.days import since
from canbo.registry.models import Account, Organization, Remit, Source, Task
from tests.pages.browser import axe_script, chromium, complaints, overflow, serving, speak
from tests.registry import invariants
from tests.trying import needs_a_browser
from tests.world import FOUNDED, World

pytestmark = needs_a_browser
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW, DAY = "15", date(2025, 7, 1)
EVE = DAY - timedelta(days=1)
COMMUNE_TASKS, DISTRICT_TASKS = 4, 2


@dataclass
class Real:
    """The province of the data set before its reform, in the register, and what the data set says became of it."""

    world: World
    became: dict[str, set[str]]  # after -> before
    communes: list[str]
    districts: list[str]
    readers: dict[str, Account]


def real() -> Real:
    """Take in the units as they stood, with tasks, posts and people in each."""
    pairs = [pair for pair in reform.read_became() if pair[1].partition("/")[0] == NEW]
    became: dict[str, set[str]] = defaultdict(set)
    for old, new in pairs:
        became[new].add(old)
    old_provinces = became[NEW]
    before = {code: unit for code, unit in reform.read("before").items() if code.partition("/")[0] in old_provinces}
    source, _ = Source.objects.get_or_create(code="test-reform", defaults={"title": "Invented people", "invented": True})
    world = World(intake.console(), source, intake.decision(source))
    outcomes = [Outcome(reform.COUNTRY, reform.facts()["country"], "country", None)]
    outcomes += [Outcome(unit.code, {"vi": unit.name}, unit.kind, unit.parent) for unit in before.values()]
    ids = take_in(outcomes, decision=world.decision, source=source, by=world.console, key="t", valid_from=FOUNDED)
    world.organizations = Organization.objects.in_bulk(ids.values())
    world.organizations = {code: world.organizations[pk] for code, pk in ids.items()}
    communes = [code for code in before if code.count("/") == 2]
    districts = [code for code in before if code.count("/") == 1]
    _peopled(world, communes, districts)
    readers = {role: world.account(f"r-{role}", role, reform.COUNTRY) for role in ("officer", "leader", "registrar")}
    return Real(world, became, communes, districts, readers)


def _peopled(world: World, communes: list[str], districts: list[str]) -> None:
    tasks = [Task.objects.create(code=f"t-{n}", names={"vi": f"Việc {n}"}, field="f", citation="") for n in range(6)]
    given: list[Remit] = []
    for place, code in enumerate([*communes, *districts]):
        mine = tasks[:COMMUNE_TASKS] if code in set(communes) else tasks[COMMUNE_TASKS:]
        given += [Remit(task=task, organization=world.organizations[code], valid=since(FOUNDED), **world.mark) for task in mine]
        staff = world.post(code, "specialist", seats=3)
        for seat in (1, 2):
            world.serve(world.person(f"Văn {place}-{seat}"), staff, seat=seat)
        if code in set(communes):
            world.serve(world.person(f"Thị {place}"), world.post(code, "commune-chair"))
    Remit.objects.bulk_create(given)


def plan_of(real: Real) -> str:
    """The reform as lines; a district's tasks and staff go to the first commune on its ground."""
    said = reform_lines.lines({NEW})
    heirs = {row["unit"]: row["heirs"][0] for row in said["dissolve"]}
    said["tasks"] = [{"from": district, "to": heirs[district]} for district in real.districts]
    said["posts"] = [{"from": district, "to": heirs[district]} for district in real.districts]
    return str(yaml.safe_dump({kind: rows for kind, rows in said.items() if rows}, allow_unicode=True))


@pytest.fixture
def seen(own_register: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Real, Any]]:
    """The province, committed, and `sit(role, path)`: a page of a browser in which somebody of that role is signed in."""
    from django.core.cache import cache
    from django.db import connections

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser runs a loop of its own beside the questions below
    cache.clear()
    with authority.sight(intake.console()):
        province = real()
    with serving() as base, chromium() as context:
        connections.close_all()
        page = context.pages[0]
        page.set_default_timeout(120_000)  # a busy machine

        def sit(role: str, path: str) -> Any:
            client = Client()
            client.force_login(province.readers[role], backend=BACKEND)
            context.clear_cookies()
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
            speak(context, base, "vi")
            page.goto(base + path)
            return page

        yield province, sit
        connections.close_all()


def press(page: Any, do: str, **fields: str) -> None:
    form = page.locator(f"form:has(button[name=do][value={do}])").last
    for name, value in fields.items():
        form.locator(f"[name='{name}']").fill(value)
    with page.expect_navigation() as gone:
        form.locator(f"button[name=do][value={do}]").click()
    assert gone.value is not None and gone.value.status == 200
    assert not page.locator("[role=alert]").count(), page.locator("[role=alert]").inner_text()


def beneath(on: date) -> set[str]:
    """Codes of all units that bear one on the day."""
    with authority.sight(intake.console()), connection.cursor() as cursor:
        cursor.execute("SELECT code FROM registry_organizationcode WHERE valid @> %s::date", [on])
        return {row[0] for row in cursor.fetchall()}


def served(on: date) -> set[tuple[int, str]]:
    """Who serves where: person and code of the unit."""
    with authority.sight(intake.console()), connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.person_id, c.code FROM registry_membership m JOIN registry_organizationcode c"
            " ON c.organization_id = m.organization_id AND c.valid @> %s::date WHERE m.valid @> %s::date", [on, on],
        )  # fmt: skip
        return set(cursor.fetchall())


def test_a_real_province_is_merged_from_plan_to_day_one_and_back(seen: tuple[Real, Any]) -> None:
    province, sit = seen
    then, people = beneath(EVE), served(EVE)
    worked_out(province, sit)
    decided_and_carried_out(sit)
    now = beneath(DAY)
    assert now == {reform.COUNTRY, *province.became}
    assert {code.count("/") for code in now} == {0, 1}, "no district is left"
    lineage_holds(province)
    nothing_is_wrong()
    went = dict(served(DAY))
    led = {person for person, code in people} - went.keys()
    assert all(old in province.became[went[person]] for person, old in people if person in went and old in province.communes)
    assert len(led) == len(province.communes) - 99, "one of the chairs of each new commune goes on, the others wait"
    page = sit("registrar", "/scenarios/lao-cai")
    press(page, "undo", reason="Diễn tập")
    today = date.today()
    assert beneath(today) == then
    staff = {pair for pair in people if pair[0] not in led and pair[1] in province.communes}
    back = served(today)
    assert len(staff & back) >= len(staff) - 99, "whoever goes on leading is not moved back by the way: that is decided apart"
    assert (beneath(EVE), beneath(DAY)) == (then, now), "every day in between stays as it was"
    lineage_holds(province)
    with authority.sight(intake.console()):
        assert Scenario.objects.get().state == "undone"
    nothing_is_wrong()


def nothing_is_wrong() -> None:
    """Everything that must hold holds; that a post ended and its holder waits is no fault here, and is counted above."""
    with authority.sight(intake.console()):
        assert invariants.wrong().keys() <= {"somebody's service was cut by a reorganisation"}


def worked_out(province: Real, sit: Any) -> None:
    """The officer begins it, adds the lines of the reform, and accepts what is suggested until nothing blocks."""
    page = sit("officer", "/scenarios")
    begin = page.locator("form:has([name=title])")
    for name, value in {"name": "lao-cai", "title": "Lào Cai và Yên Bái", "body": reform.COUNTRY, "on": DAY.isoformat()}.items():
        begin.locator(f"[name='{name}']").fill(value)
    begin.locator("button").click()
    page.wait_for_url("**/scenarios/lao-cai")
    press(page, "load", text=plan_of(province))
    assert page.get_by_text("Tỉnh Lào Cai").count()
    press(page, "accept")
    assert not complaints(page, axe_script()) and not overflow(page)
    assert page.locator(".tag.pass").count(), page.locator(".list").first.inner_text()[:1500]


def decided_and_carried_out(sit: Any) -> None:
    press(sit("officer", "/scenarios/lao-cai"), "propose", reason="Nghị quyết 202/2025/QH15")
    press(sit("leader", "/scenarios/lao-cai"), "approve", number="1673/NQ-UBTVQH15")
    press(sit("registrar", "/scenarios/lao-cai"), "apply")


def lineage_holds(province: Real) -> None:
    """The register tells of each unit what the data set tells."""
    with authority.sight(intake.console()):
        for new, olds in province.became.items():
            told = set(queries.lineage(new)["origins"])
            assert told >= olds or (olds == {new} and not told), new
        for old in province.communes:
            assert set(queries.lineage(old)["heirs"]) >= {new for new, olds in province.became.items() if old in olds}
