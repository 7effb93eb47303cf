"""The pages of powers and declarations: offered, accepted and withdrawn from their forms; own file only; acts in words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from canbo.journal.models import Entry
from canbo.pages.words import WORDS
from canbo.registry import authority, conflict
from canbo.registry.days import since
from canbo.registry.models import Account, Delegation, Interest, Kinship, PersonName
from tests.pages.test_pages import FRAME, MOST_QUERIES

pytestmark = pytest.mark.django_db
TODAY = date.today()
LANGUAGES = ("en", "vi", "fa")


def told(answer: Any) -> str:
    return str(answer.content.decode())


def text_of(answer: Any) -> str:
    """What a reader reads: no tags, single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told(answer)))


def key_in(answer: Any, ending: str = "") -> str:
    found = re.search(rf'name="key" value="([^"]+{ending})"', told(answer))
    assert found is not None
    return found[1]


def in_sight(province: Any) -> None:
    authority.open_sight(authority.reach_of(province.console))


def form(province: Any, visit: Any, **changes: Any) -> dict[str, Any]:
    """The form of lending reading in P/1 to an account without a grant, unless changed."""
    page = visit("officer", "/powers/lend?who=reader-nobody&place=P/1")
    return {
        "key": key_in(page), "receiver": province.readers["nobody"].pk, "organization": "P/1", "act": ["person.read"],
        "from": TODAY.isoformat(), "to": (TODAY + timedelta(days=9)).isoformat(), "number": "12/QD", "issuer": "P",
        "basis": "Stands in during leave", **changes,
    }  # fmt: skip


def test_a_power_is_offered_accepted_and_withdrawn_from_its_forms(province: Any, visit: Any) -> None:
    receiver = province.readers["nobody"]
    sent = form(province, visit)
    first, again = visit("officer", "/powers/lend", data=sent), visit("officer", "/powers/lend", data=sent)
    assert (first.status_code, again.status_code) == (302, 302), told(first)
    lent = Delegation.objects.get()
    assert (lent.valid.lower, lent.valid.upper) == (TODAY, TODAY + timedelta(days=10))
    assert lent.decision.number == "12/QD"
    waiting = text_of(visit("nobody", "/powers"))
    assert "waits to be accepted" in waiting and "Nothing is lent before it is accepted" in waiting
    in_sight(province)
    assert not authority.allows(Account.objects.get(pk=receiver.pk), "person.read", over=province.people["leader"])
    assert visit("nobody", f"/powers/{lent.pk}", data={"do": "accept"}).status_code == 302
    in_sight(province)
    assert authority.allows(Account.objects.get(pk=receiver.pk), "person.read", over=province.people["leader"])
    assert "read files of people" in text_of(visit("nobody", "/powers"))
    assert visit("officer", f"/powers/{lent.pk}", data={"do": "revoke", "reason": "back at work"}).status_code == 302
    in_sight(province)
    assert not authority.allows(Account.objects.get(pk=receiver.pk), "person.read", over=province.people["leader"])
    acts = list(Entry.objects.filter(act__startswith="delegation.").order_by("pk").values_list("act", flat=True))
    assert acts == ["delegation.given", "delegation.accepted", "delegation.revoked"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"act": []}, "at least one act"), ({"act": ["rules.draft"]}, "what was not granted"), ({"basis": " "}, "which decision"),
        ({"organization": "Q"}, "may not do this here"), ({"receiver": ""}, "to whom"), ({"to": "soon"}, "is not a day"),
        ({"to": "2020-01-01"}, "last day that is not over"), ({"key": "lend:0:x"}, "made for somebody else"),
    ],
)  # fmt: skip
def test_a_refused_offer_keeps_what_was_typed_and_names_no_act(
    province: Any, visit: Any, changes: dict[str, Any], said: str
) -> None:
    refused = visit("officer", "/powers/lend", data=form(province, visit, **changes))
    assert refused.status_code == 422 and said in text_of(refused)
    assert "Stands in during leave" in told(refused) or "basis" in changes
    assert not re.search(r"\b(rules|person)\.[a-z]+", text_of(refused))
    assert not Delegation.objects.exists()


def test_who_was_granted_nothing_lends_nothing_and_nobody_accepts_for_another(province: Any, visit: Any) -> None:
    assert "nothing to lend" in text_of(visit("nobody", "/powers/lend"))
    visit("officer", "/powers/lend", data=form(province, visit))
    lent = Delegation.objects.get()
    visit("leader", f"/powers/{lent.pk}", data={"do": "accept"})
    visit("leader", f"/powers/{lent.pk}", data={"do": "revoke", "reason": "no"})
    lent.refresh_from_db()
    assert lent.accepted_at is None and lent.revoked_at is None
    assert visit("leader", "/powers/999999", data={"do": "accept"}).status_code == 404


def test_inspectors_see_who_lent_what_over_a_body_and_others_do_not(province: Any, visit: Any) -> None:
    visit("officer", "/powers/lend", data=form(province, visit))
    for code in ("P", "P/1", "P/1.executive"):
        page = text_of(visit("inspector", f"/powers/lent?in={code}"))
        assert "Reader-Officer" in page and "Reader-Nobody" in page and "Stands in during leave" in page, code
    assert "Nothing is lent over this body" in text_of(visit("inspector", "/powers/lent?in=P/2"))
    assert visit("inspector", "/powers/lent?in=Q").status_code == 403
    assert visit("officer", "/powers/lent?in=P/1").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_has_words_and_no_page_shows_its_name(province: Any, visit: Any, language: str) -> None:
    assert set(WORDS["may"]) == set(authority.ACTS)
    visit("officer", "/powers/lend", data=form(province, visit))
    for role, path in (
        ("officer", "/powers"),
        ("nobody", "/powers"),
        ("officer", "/powers/lend"),
        ("inspector", "/powers/lent?in=P"),
    ):
        shown = text_of(visit(role, path, language))
        assert not [act for act in authority.ACTS if act in shown], (role, path)


def test_the_page_of_a_post_says_who_decides_and_on_which_text(province: Any, visit: Any) -> None:
    secretary = province.people["secretary"]
    unknown = text_of(visit("nobody", f"/posts/{secretary.pk}/decides"))
    assert "does not say which body manages this post" in unknown
    in_sight(province)
    province.manage(secretary, "P.party")
    page = text_of(visit("officer", f"/posts/{secretary.pk}/decides"))
    assert "Unit P.party" in page and "Appointment" in page and "377-QD/TW" in page
    assert f"/posts/{secretary.pk}/decides" in told(visit("officer", "/organizations/P/1.party"))
    found = told(visit("nobody", "/powers?post=secretary"))
    assert f"/posts/{secretary.pk}/decides" in found


def test_who_decides_on_a_post_is_asked_in_few_questions(province: Any) -> None:
    in_sight(province)
    chair = province.people["chair"]
    province.manage(chair, "P.party")
    province.serve(province.people["local"], province.post("P.party", "province-secretary"))
    client = Client(headers={"accept-language": "en"})
    client.force_login(province.readers["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get(f"/posts/{chair.pk}/decides")  # what is kept for some minutes is read once
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/posts/{chair.pk}/decides").content.decode()
    questions = [query["sql"] for query in asked.captured_queries if not query["sql"].startswith(FRAME)]
    assert len(questions) <= MOST_QUERIES, "\n".join(sql[:230] for sql in questions)
    assert page.count("Lê Minh Khôi") == 3  # the head of the body that decides, for each of three acts


# ---- my declarations


def declare(visit: Any, reader: str, **fields: Any) -> Any:
    return visit(reader, "/declarations", data={"key": key_in(visit(reader, "/declarations")), **fields})


def test_a_person_declares_and_is_no_longer_kept_from_acting(province: Any, visit: Any) -> None:
    assert "until you make it" in text_of(visit("own", "/declarations"))
    refused = declare(visit, "own", do="whole", topic="interest")
    assert refused.status_code == 422 and "Nothing stands on your list" in text_of(refused)
    for topic in ("kinship", "interest"):
        assert declare(visit, "own", do="none", topic=topic).status_code == 302
    assert "Both declarations are in time" in text_of(visit("own", "/declarations"))
    in_sight(province)
    assert conflict.lacking(province.people["local"], TODAY) == []


def test_a_relative_and_an_interest_are_named_and_stand_on_the_list(province: Any, visit: Any) -> None:
    relative = province.people["unknown"]
    name = str(PersonName.objects.get(person=relative))
    asked = {"do": "relative", "number": relative.identification_number, "name": name, "relation": "spouse"}
    wrong = declare(visit, "own", **{**asked, "name": "Somebody Else"})
    assert wrong.status_code == 422 and "Somebody Else" in told(wrong)
    assert declare(visit, "own", **asked).status_code == 302
    assert declare(visit, "own", do="interest", enterprise="0101234567", role="owner", share="12,5").status_code == 302
    assert declare(visit, "own", do="interest", enterprise="0109", role="owner", share="much").status_code == 422
    page = text_of(visit("own", "/declarations"))
    assert name in page and "0101234567" in page and "12.5" in page
    in_sight(province)
    assert Kinship.objects.filter(person=province.people["local"], relative=relative).exists()
    held = Interest.objects.create(
        person=province.people["local"], enterprise="0300", role="other", valid=since(date(2020, 1, 1)), **province.mark
    )
    assert declare(visit, "own", do="end", interest=held.pk).status_code == 302
    in_sight(province)
    held.refresh_from_db()
    assert held.valid.upper == TODAY


def test_who_is_no_person_declares_nothing_and_a_strange_form_does_nothing(province: Any, visit: Any) -> None:
    assert visit("officer", "/declarations").status_code == 404
    assert visit("own", "/declarations", data={"do": "none", "topic": "kinship", "key": "declare:0:x"}).status_code == 422
    assert not Entry.objects.filter(act="topic.disclosed").exists()
