"""The pages of what is due: of a scenario in sum and by name, its list for the finance system, and one person's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from canbo.journal.models import Entry
from canbo.registry.days import since
from canbo.registry.models import Account, Person, SalaryStep
from tests.procedures import scenario_trials as trials
from tests.world import World


@pytest.fixture(autouse=True)
def files_as_they_lie(settings: Any) -> None:
    """No manifest is needed to find a style sheet."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def asked(account: Account, path: str, language: str = "en") -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbo.sees_all', '', true)")
    client = Client(headers={"accept-language": language})
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(path)


@pytest.fixture
def specialist(world: World) -> Person:
    """A specialist of the first of two communes that become one, with a pay step; of the others none is on record."""
    trials.populated(world)
    trials.begun(world, trials.MERGER, name="a", on=date(2026, 9, 1))
    trials.begun(world, trials.MERGER, name="b", on=date(2026, 9, 1))
    found = Person.objects.filter(
        memberships__post__job__code="specialist", memberships__organization=world.organizations["P/1"]
    ).order_by("pk")[0]
    Person.objects.filter(pk=found.pk).update(birth_on=date(1985, 3, 10))
    SalaryStep.objects.create(
        person=found, scale="A1", step=5, coefficient="3.66", valid=since(date(2020, 1, 1)), **world.mark
    )  # fmt: skip
    return found


def test_the_page_tells_the_sums_and_each_person_with_formula_and_articles(world: World, specialist: Person) -> None:
    officer = world.account("o", "officer", "P")
    for language in ("en", "vi", "fa"):
        assert asked(officer, "/scenarios/a/entitlements", language).status_code == 200
    page = asked(officer, "/scenarios/a/entitlements").content.decode()
    assert "711,847,125" in page and f"/people/{specialist.pk}/entitlements?scenario=a" in page
    assert "decree-178-2024" in page and "Beside other scenarios" in page and "cannot be told" in page.lower()
    sought = asked(officer, f"/scenarios/a/entitlements?q={specialist.identification_number}").content.decode()
    assert f"/people/{specialist.pk}/entitlements" in sought and sought.count("entitlements?scenario=a") == 1
    looks = Entry.objects.filter(act="entitlements.read", about_kind="procedures.scenario").last()
    assert looks is not None and looks.by_id == officer.pk


def test_the_amount_of_somebody_opens_to_its_working_and_the_person_sees_it_too(world: World, specialist: Person) -> None:
    """3.66 x 1.25 x 2,530,000 = 11,574,750 a month; for 80 insured months, which are seven years: 48 + 10.5 + 3 months."""
    amount = 48 * 11_574_750 + 11_574_750 * 21 // 2 + 3 * 11_574_750
    page = asked(world.account("o", "officer", "P"), f"/people/{specialist.pk}/entitlements?scenario=a").content.decode()
    assert f"{amount:,}" in page and "11,574,750" in page and "one-policy-only" in page
    own = world.account("own", person=specialist)
    mine = asked(own, f"/people/{specialist.pk}/entitlements?leaves=2026-09-01")
    assert mine.status_code == 200 and f"{amount:,}" not in mine.content.decode()  # no reorganisation holds for him yet
    assert Entry.objects.filter(act="person.read", about_id=str(specialist.pk), by_id=own.pk).exists()
    assert asked(own, f"/people/{specialist.pk}/entitlements?scenario=a").status_code == 404


def test_the_list_for_the_finance_system_is_a_file_with_plain_numbers(world: World, specialist: Person) -> None:
    answer = asked(world.account("o", "officer", "P"), "/scenarios/a/entitlements.csv")
    assert (
        answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        and 'filename="a.csv"' in answer.headers["Content-Disposition"]
    )
    assert answer.content.startswith(b"\xef\xbb\xbf") and specialist.identification_number.encode() in answer.content


@pytest.mark.parametrize(("role", "over"), [("registrar", "P"), ("statistician", "P"), ("officer", "Q"), (None, None)])
def test_who_may_not_see_pay_is_refused(world: World, specialist: Person, role: str | None, over: str | None) -> None:
    reader = world.account("x", role, over)
    for path in ("/scenarios/a/entitlements", "/scenarios/a/entitlements.csv", f"/people/{specialist.pk}/entitlements"):
        assert asked(reader, path).status_code == 403, path
