"""The pages of cases: each step is taken from its form, a refusal keeps what was typed, and nobody sees more than is his."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from canbo.journal.models import Entry
from canbo.procedures import cases
from canbo.procedures.models import Appeal, Case, Ruling, Step
from canbo.registry.models import Account, Kinship, Person
from canbo.registry.days import since
from tests.procedures import office as offices
from tests.procedures.office import Office

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Desk:
    """Somebody at the pages: opens one, presses a button of a form that is on it. Afterwards all is in sight again."""

    def __init__(self, account: Account, language: str = "en") -> None:
        self.account, self.client = account, Client(headers={"accept-language": language})
        self.client.force_login(account, backend=BACKEND)

    def open(self, path: str) -> Any:
        answer = self.client.get(path)
        offices.in_sight()
        return answer

    def page(self, case: Case, path: str = "") -> str:
        answer = self.open(f"/cases/{case.pk}{path}")
        assert answer.status_code == 200, answer["Content-Type"]
        return str(answer.content.decode())

    def press(self, case: Case, do: str, *, page: str | None = None, path: str = "", **fields: Any) -> Any:
        """Send the form of a button with what stands in its hidden fields on the page, and what is filled in."""
        shown = self.page(case, path) if page is None else page
        form = next((f for f in re.findall(r"<form.*?</form>", shown, re.S) if f'name="do" value="{do}"' in f), None)
        assert form is not None, f"no button {do!r}"
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        answer = self.client.post(f"/cases/{case.pk}/act", {**hidden, **fields})
        offices.in_sight()
        return answer


@pytest.fixture
def office(world: object, settings: Any) -> Office:
    settings.CANBO_DEMO = True  # practice keys sign
    return offices.build(world)  # type: ignore[arg-type]


def told(answer: Any) -> str:
    return str(answer.content.decode())


def opened(office: Office) -> Case:
    desk = Desk(office.drafter)
    page = told(desk.open(f"/cases/new?procedure=appointment-on-site&post={office.post.pk}"))
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    sent = {"do": "open", "procedure": "appointment-on-site", "post": office.post.pk, "key": key[1], "seats": "1"}
    first, again = desk.client.post("/cases/new", sent), desk.client.post("/cases/new", sent)
    offices.in_sight()
    assert first.status_code == 302, told(first)
    assert first["Location"] == again["Location"]
    return Case.objects.get(pk=first["Location"].rsplit("/", 1)[1])


def voted(office: Office, case: Case) -> None:
    """The vote that the case is at, from the forms: everybody present, everybody for the candidate."""
    chair = Desk(office.leaders[0])
    assert chair.press(case, "convene", tier="T0").status_code == 302
    step = cases.current(case)
    assert step is not None
    n = step.electors.filter(state="convened").count()
    figures = {"present": n, "issued": n, "collected": n, "valid": n, "blank": 0, "invalid": 0}
    photo = SimpleUploadedFile("sheet.png", b"picture")
    sent = chair.press(case, "sheet", **figures, **{f"votes:{office.candidate.pk}": n}, photo=photo)
    assert sent.status_code == 302, told(sent)
    roll = set(step.electors.filter(state="convened").values_list("person_id", flat=True))
    for leader in [a for a in office.leaders if a.person_id in roll][:3]:
        path = "" if leader in office.leaders[:2] else "/roll"  # the others were granted nothing
        assert Desk(leader).press(case, "confirm", path=path).status_code == 302


def carried(office: Office, case: Case, until: str) -> None:
    """Every step from its form, up to the first of a kind or of a name."""
    people = {"drafter": office.drafter, "opinion": office.manager, "verifier": office.verifier}
    while True:
        case.refresh_from_db()
        step = cases.current(case)
        assert step is not None
        rule = cases.rules_of(case)[1].step(step.name)
        if until in (rule.does, rule.id):
            return
        if rule.does == "vote":
            voted(office, case)
        elif rule.does == "name":
            assert Desk(office.drafter).press(case, "name", person=office.candidate.pk).status_code == 302
        else:
            answer = Desk(people[rule.capacity]).press(case, "act", text="Agreed.", outcome="done")
            assert answer.status_code == 302, told(answer)


def test_a_case_is_carried_from_its_opening_to_its_publication_by_its_pages(office: Office) -> None:
    case = opened(office)
    carried(office, case, "sign")
    signer = Desk(office.approver)
    assert "binds nobody" in signer.page(case)
    assert signer.press(case, "sign", practice="1").status_code == 302
    assert Desk(office.publisher).press(case, "publish").status_code == 302
    case.refresh_from_db()
    assert (case.state, case.ruling.state) == (Case.State.DECIDED, Ruling.State.PUBLISHED)
    page = Desk(office.publisher).page(case)
    assert case.ruling.digest in page
    assert case.ruling.number in page
