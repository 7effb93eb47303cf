"""Writes stop before the disk is full; reading goes on."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from django.test import Client

from canbo.project.database.problems import DatabaseProblem


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canbo.project.database.space.free_space_ok", lambda **_needed: False)


def test_a_page_that_would_write_is_refused_when_only_the_reserve_is_left(no_room: None, db: None) -> None:
    answer = Client().post("/accounts/login/", {"login": "nobody", "password": "nothing"})
    assert answer.status_code == 503
    assert "MB" in answer.content.decode()


def test_reading_goes_on_when_only_the_reserve_is_left(no_room: None, db: None) -> None:
    assert Client().get("/accounts/login/").status_code == 200


@pytest.mark.parametrize("command", ["merge", "nominate", "world", "account"])
def test_a_command_that_would_write_is_refused_when_only_the_reserve_is_left(no_room: None, command: str) -> None:
    from canbo.project.cli import group

    ran = CliRunner().invoke(group, [command, "--help"])
    assert isinstance(ran.exception, DatabaseProblem)
