"""The pages of a vote: who may open them, what they say of its limits, and that casting asks nobody who he is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext

from canbo.ballots import device, elections, recount
from canbo.ballots.models import Election, Held
from tests.ballots import halls

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_keys")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def files_as_they_lie(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


class Hall:
    """An open vote of three, with accounts for its keeper, its voters and a stranger."""

    def __init__(self, world: Any) -> None:
        self.office, self.front = world.organizations["P.executive"].pk, world.organizations["P.party"].pk
        self.keeper, self.stranger = world.account("keeper"), world.account("stranger")
        self.auditor = world.account("auditor", "auditor", "P")
        self.voters = [world.account(f"voter-{n}", person=world.person(f"Voter {n}")) for n in range(3)]
        roll = [(voter.person_id, self.office) for voter in self.voters]
        self.vote: Election = halls.prepared(roll=roll, issuers=[self.office, self.front], by=self.keeper)
        elections.open(election=self.vote.pk, by=self.keeper)
        self.address = f"/ballots/{self.vote.pk}"

    def visit(self, account: Any, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        if account is not None:
            client.force_login(account, backend=BACKEND)
        return client

    def ballot(self, voter: Any, choice: dict[str, str]) -> dict[str, Any]:
        """As ballot.js does it, through the pages."""
        client = self.visit(voter)
        assert client.post(f"{self.address}/present").status_code == 302
        mine = device.Vote(halls.terms(self.vote), choice)
        for body in (self.office, self.front):
            sent = {"issuer": body, "blinded": mine.blinded(body).hex()}
            answer = client.post(f"{self.address}/issue", json.dumps(sent), content_type="application/json")
            assert answer.status_code == 200, answer.content
            mine.finish(body, bytes.fromhex(answer.json()["signature"]))
        return mine.ballot()

    def cast(self, ballot: Any, **headers: str) -> Any:
        return Client(enforce_csrf_checks=True).post(
            f"{self.address}/cast", json.dumps(ballot), content_type="application/json", headers=headers
        )


@pytest.fixture
def hall(world: Any) -> Hall:
    return Hall(world)


def test_a_ballot_goes_through_the_pages_and_is_cast_by_nobody_in_particular(hall: Hall) -> None:
    ballot = hall.ballot(hall.voters[0], {"an": "yes"})
    answer = hall.cast(ballot)
    assert answer.status_code == 200 and not answer.cookies
    again = hall.cast(ballot)
    assert (again.status_code, again.json()["reason"]) == (409, "reused")
    assert Held.objects.count() == 1


def test_a_ballot_that_comes_with_a_cookie_or_from_another_site_is_refused(hall: Hall) -> None:
    ballot = hall.ballot(hall.voters[0], {"an": "yes"})
    assert hall.cast(ballot, cookie="sessionid=x").status_code == 400
    assert hall.cast(ballot, authorization="Basic x").status_code == 400
    assert hall.cast(ballot, **{"sec-fetch-site": "cross-site"}).status_code == 403
    form = Client().post(f"{hall.address}/cast", {"serial": ballot["serial"]})
    assert form.status_code == 403
    assert Held.objects.count() == 0
    assert hall.cast(ballot, **{"sec-fetch-site": "same-origin"}).status_code == 200


@pytest.mark.parametrize(
    "sent", [b"null", b"[]", b"{", b"5", b"\xff", b'{"serial": {}}', b"[" * 30_000, b'{"a":"' + b"x" * 50_000 + b'"}']
)
def test_what_is_no_ballot_gets_a_sentence_and_no_fault(hall: Hall, sent: bytes) -> None:
    for client, path in ((Client(), "cast"), (hall.visit(hall.voters[0]), "issue")):
        answer = client.post(f"{hall.address}/{path}", sent, content_type="application/json")
        assert answer.status_code == 422 and answer.json()["sentence"]


def test_being_given_a_ballot_asks_for_the_token_of_the_form(hall: Hall) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hall.voters[0], backend=BACKEND)
    for path in ("present", "issue"):
        assert client.post(f"{hall.address}/{path}", "{}", content_type="application/json").status_code == 403


def test_strangers_see_nothing_of_a_vote_and_auditors_do(hall: Hall) -> None:
    for path in ("", "/file"):
        assert hall.visit(hall.stranger).get(hall.address + path).status_code == 403
        assert hall.visit(None).get(hall.address + path).status_code == 302
    for path in ("/present", "/issue"):
        assert hall.visit(hall.stranger).post(hall.address + path).status_code == 403
    assert hall.visit(hall.auditor).get(hall.address).status_code == 200
    assert hall.visit(hall.keeper).get("/ballots/999999").status_code == 404


def test_only_the_keeper_marks_others_present(hall: Hall) -> None:
    other = hall.voters[1].person_id
    hall.visit(hall.voters[0]).post(f"{hall.address}/present", {"voter": other})
    assert [line.person for line in hall.vote.roll.filter(present=True)] == [hall.voters[0].person_id]
    assert "Not marked present" in hall.visit(hall.keeper).get(hall.address).content.decode()
    hall.visit(hall.keeper).post(f"{hall.address}/present", {"voter": other})
    assert hall.vote.roll.get(person=other).present
    refused = hall.visit(hall.keeper).post(f"{hall.address}/present", {"voter": "77777777"})
    assert refused.status_code == 409 and "roll" in refused.content.decode()


def test_the_file_is_given_after_closing_and_the_program_to_anybody(hall: Hall) -> None:
    client = hall.visit(hall.voters[0])
    assert client.get(f"{hall.address}/file").status_code == 409
    receipt = hall.cast(hall.ballot(hall.voters[0], {"an": "yes"})).json()["receipt"]
    elections.close(election=hall.vote.pk, by=hall.keeper)
    page = client.get(hall.address).content.decode()
    assert receipt in page and hall.vote.title in page
    file = json.loads(client.get(f"{hall.address}/file").content)
    assert recount.recount(file, least_bits=1024)["ok"]
    assert Client().get("/ballots/recount.py").content.decode() == open(recount.__file__, encoding="utf-8").read()  # noqa: PTH123, SIM115


LIMITS = (
    "Who rules the server itself can note from which device and when a ballot came, read its memory, or send your device an altered page.",
    "Both bodies together can make false ballots in place of those present who cast none.",
    "In a small room, or when all vote alike, the result itself says how you voted.",
)


@pytest.mark.parametrize("language", ["en", "vi", "fa"])
def test_the_ballot_page_says_what_it_cannot_protect_in_the_readers_language(hall: Hall, language: str) -> None:
    page = hall.visit(hall.voters[0], language).get(hall.address).content.decode()
    with translation.override(language):
        said = [gettext(sentence) for sentence in LIMITS]
    assert all(sentence in page for sentence in said)
    assert language == "en" or not set(said) & set(LIMITS)


def test_pages_of_votes_ask_little_and_weigh_little(hall: Hall) -> None:
    client = hall.visit(hall.keeper)
    for state in ("open", "closed"):
        if state == "closed":
            for voter in hall.voters:
                hall.cast(hall.ballot(voter, {"an": "yes"}))
            elections.close(election=hall.vote.pk, by=hall.keeper)
        for path in ("/ballots", hall.address):
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(path)
            assert answer.status_code == 200 and len(answer.content) <= 100_000
            questions = [
                q["sql"] for q in asked.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
            ]
            assert len(questions) <= 13, (path, [sql[:80] for sql in questions])  # one of them: how many tasks wait
