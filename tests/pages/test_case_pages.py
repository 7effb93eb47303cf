"""The pages of cases: each step is taken from its form, a refusal keeps what was typed, and nobody sees more than is his."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from canbo.journal import entries
from canbo.pages import case_acts, case_files, case_open, tasks
from canbo.pages import cases as case_pages
from canbo.procedures import appeals, cases
from canbo.procedures.models import Appeal, Case, Paper, Ruling
from canbo.registry import authority, looking
from canbo.registry.models import Account, Person
from tests.procedures import office as offices
from tests.procedures.office import ON, Office
from tests.procedures.test_signing import Device

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


def on_the_day_of_the_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages take that day for today, so that papers and declarations are as old as they were meant to be."""
    for module in (case_acts, case_files, case_open, case_pages, tasks):
        monkeypatch.setattr(module, "today", lambda: ON)


@pytest.fixture
def office(world: object, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    settings.CANBO_DEMO = True  # practice keys sign
    on_the_day_of_the_office(monkeypatch)
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


def test_a_passkey_signs_the_decision_that_the_page_shows(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # that a key was confirmed face to face is written by the keeper, outside of this transaction, and tried where it is done
    monkeypatch.setattr("canbo.procedures.signers.signs", lambda signature, **how: True)
    case = opened(office)
    carried(office, case, "sign")
    device, desk = Device(office.approver, "testserver"), Desk(office.approver)
    page = desk.page(case)
    assert 'id="sign-passkey"' in page
    digest = re.search(r'name="digest" value="(\w{64})"', page)
    assert digest is not None
    other = desk.press(case, "sign", page=page, credential=json.dumps(device.answer(b"another text")))
    assert other.status_code == 422
    signed = desk.press(case, "sign", page=page, credential=json.dumps(device.answer(bytes.fromhex(digest[1]))))
    assert signed.status_code == 302, told(signed)
    case.refresh_from_db()
    assert case.ruling.signature["kind"] == "passkey"


def acts(case: Case) -> list[str]:
    return [entry.act for entry in entries.about(case)]


def test_a_refusal_stands_at_its_form_with_what_was_typed_and_the_attempt_stays(office: Office) -> None:
    case = opened(office)
    carried(office, case, "policy")
    desk = Desk(office.manager, "vi")
    refused = desk.press(case, "act", outcome="refuse", text="  ")
    assert refused.status_code == 422
    page = desk.page(case)
    assert Desk(office.drafter).client.post(f"/cases/{case.pk}/act", {"do": "nothing"}).status_code == 422
    offices.in_sight()
    # somebody whose turn it is not sends the form of another: refused, and kept with the sentence
    outsider = Desk(office.verifier, "vi")
    key = f"case:{office.verifier.pk}:{case.pk}:abc"
    answer = outsider.client.post(f"/cases/{case.pk}/act", {"do": "publish", "key": key, "turn": case.turn, "text": "Ý kiến dài"})
    offices.in_sight()
    assert answer.status_code == 409
    assert "Chưa thực hiện" in told(answer) or "refusal" in told(answer)
    assert acts(case).count("case.attempted") == 2
    assert 'name="do" value="act"' in page
    inspector = Desk(office.world.account("inspector", "inspector", "P/1"))
    assert "Tried and refused" in inspector.page(case)
    case.refresh_from_db()
    assert cases.current(case).name == "policy"  # type: ignore[union-attr]


def too_old(office: Office) -> Person:
    """Somebody who meets all but one condition: what is left until retirement is no term."""
    person = offices.somebody(office.world, "Quá Tuổi")
    Person.objects.filter(pk=person.pk).update(birth_on=date(1965, 1, 1))
    offices.qualify(office.world, person, office.post)
    office.world.serve(person, office.world.post("P/1.executive.office", "specialist"))
    return person


def test_a_name_that_the_articles_refuse_ends_the_case_and_its_reasons_stand_on_the_page(office: Office) -> None:
    person, case = too_old(office), opened(office)
    carried(office, case, "name")
    desk = Desk(office.drafter)
    assert f'value="{person.pk}"' in desk.page(case)
    assert desk.press(case, "name", person=person.pk).status_code == 302
    case.refresh_from_db()
    assert case.state == Case.State.REFUSED
    page = desk.page(case)
    assert "refused by the rules" in page
    assert 'name="do" value="name"' not in page
    said = {
        "en": "The rulebook refuses every name that was put.",
        "vi": "Theo bộ quy tắc, không nhân sự nào được giới thiệu đủ điều kiện.",
        "fa": "کتاب قواعد همهٔ نامزدهای معرفی‌شده را رد می‌کند.",
    }
    for language, sentence in said.items():  # of the step and of the case: whatever language it was refused in
        assert Desk(office.drafter, language).page(case).count(sentence) == 2


def test_a_stale_page_is_told_with_the_state_that_is_fresh_and_a_button_pressed_twice_acts_once(office: Office) -> None:
    case = opened(office)
    desk = Desk(office.drafter)
    stale = desk.page(case)
    assert desk.press(case, "act", page=stale, text="We propose it.", outcome="done").status_code == 302
    assert desk.press(case, "act", page=stale, text="We propose it.", outcome="done").status_code == 302  # the same key
    assert acts(case).count("case.acted") == 1
    manager = Desk(office.manager)
    key = f"case:{office.manager.pk}:{case.pk}:of-an-old-page"
    late = manager.client.post(
        f"/cases/{case.pk}/act", {"do": "act", "key": key, "turn": 1, "outcome": "done", "text": "I typed this"}
    )
    offices.in_sight()
    assert late.status_code == 409
    assert "moved on" in told(late)
    assert "I typed this" in told(late)
    assert 'name="turn" value="2"' in told(late)


def test_the_menu_tells_how_many_things_wait_and_says_what_the_page_of_tasks_says(office: Office) -> None:
    case = opened(office)
    nobody = offices.account(office.world, offices.somebody(office.world, "Không Việc"))
    readers = [office.drafter, office.verifier, office.approver, office.publisher, office.leaders[0], nobody]
    for until in ("act", "vote", "sign"):
        office.to_the_signature(case, until=until)
        numbers = {}
        for reader in readers:
            page = told(Desk(reader).open("/tasks"))
            listed = re.search(r'<p class="sub">(\d+) things? waits? for you', page)
            badges = re.findall(r'<b class="waits"><span aria-hidden="true">(\d+)</span><span class="sr">: (\d+) thing', page)
            assert len(badges) in (0, 3)  # the side bar, the bar of a phone, and what opens from it
            assert {number for badge in badges for number in badge} == ({listed[1]} if listed else set()), (until, reader)
            numbers[reader.pk] = listed is not None
        assert any(numbers.values()) and not all(numbers.values())


def test_what_the_office_could_do_but_not_the_reader_is_listed_with_the_reason(office: Office) -> None:
    case = office.to_the_signature(opened(office), until="verify")
    silent = offices.account(office.world, office.world.person("Chưa kê khai"), "officer", "P")
    page = told(Desk(silent).open("/tasks"))
    listed = page[page.index("Of your office, but not for you") :]
    assert f'href="/cases/{case.pk}"' in listed
    assert "It is not known whether a tie of kinship or interest keeps them apart" in listed
    assert 'href="/declarations"' in listed
    assert "Nothing waits for you." in page
    assert "Of your office, but not for you" not in told(Desk(office.verifier).open("/tasks"))


def test_an_account_of_no_person_is_told_once_with_whose_account_its_locked_steps_are_taken(office: Office) -> None:
    case = office.to_the_signature(opened(office), until="verify")
    page = told(Desk(office.world.account("nobody", "officer", "P")).open("/tasks"))
    listed = page[page.index("Of your office, but not for you") :]
    assert f'href="/cases/{case.pk}"' in listed
    assert listed.count("Nobody stands behind this account") == 1
    assert "Sign in with the account of a person who takes such a step" in listed
    assert 'action="/accounts/logout/"' in listed and "Sign in as somebody else" in listed


def test_the_page_of_tasks_opens_sight_once_and_leaves_what_the_reader_may_see(office: Office) -> None:
    office.to_the_signature(opened(office), until="verify")
    silent = offices.account(office.world, office.world.person("Chưa kê khai"), "officer", "P")
    with CaptureQueriesContext(connection) as asked:
        page = told(Desk(silent).client.get("/tasks"))
        seen = _sees_everything()
    offices.in_sight()
    assert "Of your office, but not for you" in page  # whoever may act was looked into
    opened_sight = [query["sql"] for query in asked.captured_queries if "set_config('canbo" in query["sql"]]
    assert len(opened_sight) == 3, opened_sight  # the reader's own, everything, the reader's own again
    assert not seen


def test_names_are_put_in_the_readers_own_sight_also_within_a_wider_one(office: Office) -> None:
    reach = authority.reach_of(office.drafter)
    with authority.whole_sight(reach):
        authority.open_sight(reach)
        assert not _sees_everything()
        with authority.whole_sight(reach):
            assert _sees_everything()
            with authority.everything_in_sight():
                assert _sees_everything()
            assert _sees_everything()
        assert not _sees_everything()
    with pytest.raises(LookupError), authority.whole_sight(reach):
        raise LookupError
    assert not _sees_everything()
    offices.in_sight()


def _sees_everything() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT canbo_sees_all()")
        return bool(cursor.fetchone()[0])


def test_a_voter_sees_the_sheet_and_nothing_of_the_file_and_a_stranger_sees_nothing(office: Office) -> None:
    case = opened(office)
    carried(office, case, "leadership-1")
    chair = Desk(office.leaders[0])
    assert chair.press(case, "convene", tier="T0").status_code == 302
    step = cases.current(case)
    assert step is not None
    called = set(step.electors.filter(state="convened").values_list("person_id", flat=True))
    voter = next(leader for leader in office.leaders[2:] if leader.person_id in called)
    for language in ("vi", "fa"):  # the vote is called as its step is, in the language of whoever reads
        assert cases.rules_of(case)[1].step(step.name).title[language] in told(Desk(voter, language).open("/tasks"))
    page = Desk(voter).page(case, "/roll")
    assert "You stand on the roll" in page
    assert "Dossier" not in page
    assert "In the journal" not in page
    stranger = Desk(office.world.account("stranger", "officer", "Q"))
    for path in ("", "/roll", "/package"):
        assert stranger.open(f"/cases/{case.pk}{path}").status_code in (403, 404)
    assert Desk(voter).open(f"/cases/{case.pk}").status_code == 403


def test_whom_it_is_about_sees_the_own_case_and_appeals_and_somebody_apart_answers(office: Office) -> None:
    case = opened(office)
    carried(office, case, "sign")
    me = Desk(offices.account(office.world, office.candidate))
    page = me.page(case)
    assert "This case is about you" in page
    assert 'value="appeal"' not in page
    assert Desk(office.approver).press(case, "sign", practice="1").status_code == 302
    asked = me.page(case)
    assert "It is answered within 30 days of its filing." in asked and "nobody has read the figure" in asked
    assert me.press(case, "appeal", text="The vote was not secret.").status_code == 302
    appeal = Appeal.objects.get(case=case)
    assert (appeal.body, appeal.due_on) == (office.world.organizations["P"], ON + timedelta(days=30))
    assert Desk(office.approver).page(case).count('value="answer"') == 0  # who signed does not answer
    apart = offices.account(office.world, offices.somebody(office.world, "Người Ngoài"), "leader", "P")
    desk = Desk(apart)
    assert f"/cases/{case.pk}" in told(desk.open("/tasks"))
    assert desk.press(case, "answer", text="It was.").status_code == 422
    assert desk.press(case, "answer", text="It was.", upheld="no").status_code == 302
    appeal.refresh_from_db()
    assert (appeal.state, appeal.answered_by) == (Appeal.State.DISMISSED, apart)
    assert acts(case)[-2:] == ["appeal.filed", "appeal.answered"] or "appeal.answered" in acts(case)


def test_an_appeal_that_is_not_answered_in_time_goes_to_the_body_above(office: Office) -> None:
    case = opened(office)
    carried(office, case, "sign")
    assert Desk(office.approver).press(case, "sign", practice="1").status_code == 302
    me = offices.account(office.world, office.candidate)
    appeal = appeals.file(case=case, by=me, on=ON, ground="No.")
    Appeal.objects.filter(pk=appeal.pk).update(body=office.world.organizations["P.executive"])
    assert appeals.escalate(on=appeal.due_on) == []
    (sent,) = appeals.escalate(on=appeal.due_on + timedelta(days=1))
    assert (sent.state, sent.body) == (Appeal.State.ESCALATED, office.world.organizations["P"])


def test_reading_a_case_is_in_the_log_of_who_looked_and_its_papers_are_handed_out(office: Office) -> None:
    case = opened(office)
    carried(office, case, "verify")
    desk = Desk(office.verifier)
    page = desk.page(case)
    looks = looking.who_looked(office.candidate)
    assert looks[0]["by_label"] == office.verifier.label
    paper = re.search(rf"/cases/{case.pk}/papers/(\d+)", page)
    assert paper is not None
    answer = desk.open(paper[0])
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    document = re.search(rf"/cases/{case.pk}/documents/\d+", page)
    assert document is not None
    assert desk.open(document[0]).content.startswith(b"%PDF")
    item = SimpleUploadedFile("x.txt", b"no paper")
    refused = desk.press(case, "paper", item="cv", file=item, dated_on="2026-08-01", signed="yes")
    assert refused.status_code == 422
    good = SimpleUploadedFile("cv.pdf", offices.PAPER)
    before = Paper.objects.count()
    assert desk.press(case, "paper", item="cv", file=good, dated_on="2026-08-01", signed="yes").status_code == 302
    assert Paper.objects.count() == before + 1
    assert Desk(office.drafter).press(case, "withdraw", text="No longer needed.").status_code == 302
    case.refresh_from_db()
    assert case.state == Case.State.WITHDRAWN
