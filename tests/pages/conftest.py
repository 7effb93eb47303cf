"""What the tests of pages share: static files as they lie, a small committed province, readers of every role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

#: Role -> over which organization (None: the whole register) it is given in these tests.
READERS = {
    "central_officer": None,
    "officer": "P",
    "leader": "P/1",
    "inspector": "P",
    "statistician": "P",
    "registrar": None,
    "auditor": None,
}
ON = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def files_as_they_lie(settings: Any) -> None:
    """No manifest is needed to find a style sheet."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Each test finds the caches of the pages empty."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def nothing_proved(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No page starts the prover, which takes a processor for itself; proofs lie in a folder of the test's own."""
    from canbo.rules import proofs

    settings.CANBO_SNAPSHOTS = tmp_path_factory.mktemp("state") / "snapshots"
    monkeypatch.setattr(proofs, "begin", lambda corpus, folder: None)


def people_in(world: Any) -> dict[str, Any]:
    """Put a few people with full files into the small province; returns them by what they are."""
    from canbo.registry.days import since
    from canbo.registry.models import (
        Credential,
        Kinship,
        NoneDeclared,
        PoliticalTheory,
        Rating,
        Remit,
        SalaryStep,
        Sanction,
        Task,
    )

    secretary = world.post("P/1.party", "commune-secretary")
    chair = world.post("P/1.executive", "commune-chair")
    office = world.post("P/1.executive.office", "specialist", seats=60)
    world.post("P/2.executive", "commune-chair")
    leader = world.person("Thu Hà", "Trần", sex="F", birth_on=date(1986, 3, 14), native_area=world.areas["P/2"])
    local = world.person("Minh Khôi", "Lê", birth_on=date(1990, 1, 1), birth_precision="Y")
    unknown = world.person("Ngọc Lan", "Đỗ", sex=None, birth_on=None, birth_precision=None, native_area=None)
    world.serve(leader, secretary, valid=since(date(2020, 1, 1)))
    world.serve(leader, office, seat=60, valid=since(date(2015, 1, 1), date(2020, 1, 1)), ending=2)
    world.serve(local, chair, valid=since(date(2021, 6, 1)))
    world.serve(unknown, office, seat=59)
    mark = world.mark
    for seat in range(1, 58):
        person = world.person(f"Văn {seat:02d}", "Nguyễn", sex="MF"[seat % 2])
        world.serve(person, office, seat=seat)
        if seat < 9:  # steps due in the months to come, the last of them beyond
            SalaryStep.objects.create(
                person=person, scale="A1", step=seat + 1, coefficient=Decimal("2.34") + seat * Decimal("0.33"),
                valid=since(date(2023, 11 + seat % 2, 1)), **mark,
            )  # fmt: skip
    Credential.objects.create(person=leader, level=5, subject="law", valid=since(date(2012, 6, 1)), verified=True, **mark)
    PoliticalTheory.objects.create(person=leader, level=3, valid=since(date(2016, 1, 1)), **mark)
    for year in range(2021, 2026):
        Rating.objects.create(
            person=leader, grade=3, regime="yearly", valid=since(date(year, 1, 1), date(year + 1, 1, 1)), **mark
        )
    Sanction.objects.create(person=leader, measure=1, valid=since(date(2018, 1, 1), date(2019, 1, 1)), **mark)
    NoneDeclared.objects.create(person=leader, topic="reward", valid=since(date(2020, 1, 1)), **mark)
    Kinship.objects.create(person=leader, relative=local, relation="sibling", valid=since(None), **mark)
    task = Task.objects.create(code="civil-status", names={"en": "Civil status", "vi": "Hộ tịch"}, field="justice")
    Remit.objects.create(task=task, organization=world.organizations["P/1.executive"], valid=since(date(2015, 1, 1)), **mark)
    return {"leader": leader, "local": local, "unknown": unknown, "secretary": secretary, "chair": chair}


def searched(world: Any) -> int:
    """Seal a search for the vacant chair of P/2; returns its number."""
    from canbo.procedures import candidates
    from canbo.registry.models import Post

    post = Post.objects.get(organization=world.organizations["P/2.executive"], job__code="commune-chair")
    search = candidates.seal(post=post, weights=candidates.USUAL, within=None, by=world.console, on=date(2026, 11, 1))
    return int(search.pk)


@pytest.fixture
def province(world: Any) -> Any:
    """The small province with people and a reader for each role: `world` with `.people` and `.readers`."""
    world.people = people_in(world)
    world.readers = {role: world.account(f"reader-{role}", role, over) for role, over in READERS.items()}
    world.readers["nobody"] = world.account("reader-nobody")
    world.readers["own"] = world.account("reader-own", person=world.people["local"])
    return world


@pytest.fixture
def visit(province: Any) -> Any:
    """`visit(role, path)` opens a page as the reader of a role, in English unless said otherwise."""

    def open_page(role: str | None, path: str, language: str = "en", data: dict[str, Any] | None = None) -> Any:
        client = Client(headers={"accept-language": language})
        if role is not None:
            client.force_login(province.readers[role], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client.get(path) if data is None else client.post(path, data)

    return open_page
