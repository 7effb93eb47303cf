"""The dossier: what is there, what is missing, what there is none of, and what nobody has looked at, told apart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from canbo.journal.models import Entry
from canbo.procedures import dossier
from canbo.procedures.dossier import State
from canbo.procedures.models import Paper, Stored
from canbo.registry import authority, looking
from canbo.registry.days import since
from canbo.registry.models import Credential, Declaration, NoneDeclared, Person
from canbo.rules import corpus
from canbo.rules.explain import explain
from canbo.rules.schema import Fact
from tests.world import World

ON = date(2026, 9, 15)
SCAN = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
ITEMS = [
    "proposal",
    "cv",
    "assessment-body",
    "assessment-party",
    "residence",
    "self-assessment",
    "political",
    "assets",
    "degrees",
    "health",
]


@pytest.fixture
def person(world: World) -> Person:
    found = world.person()
    world.serve(found, world.post("P.party", "specialist"))
    return found


def hand_in(world: World, person: Person, item: str = "health", **more: Any) -> Paper:
    given = {
        "body": SCAN, "name": "giấy.pdf", "dated_on": date(2026, 8, 1), "signed": True,
        "authority_body": world.organizations["P.executive"], "by": world.console, "on": ON, **more,
    }  # fmt: skip
    return dossier.add(person=person, item=item, **given)


def stands(person: Person, item: str, on: date = ON, procedure: str = "appointment-on-site", body: Any = None) -> dossier.Item:
    return next(each for each in dossier.state(person, procedure, on, body) if each.code == item)


# ---- the list of the law


def test_the_list_has_ten_items_in_the_order_of_the_article() -> None:
    wanted = dossier.wanted("appointment-on-site", ON)
    assert [item.code for item in wanted] == ITEMS
    assert [item.code for item in wanted if item.months == 6] == [ITEMS[n - 1] for n in (1, 2, 3, 4, 5, 6, 8, 10)]
    assert wanted[9].article["vi"] == "Nghị định 170/2025/NĐ-CP sửa đổi bởi Nghị định 300/2026/NĐ-CP, Điều 35, khoản 10"


def test_before_the_amendment_only_photograph_and_health_certificate_had_to_be_recent() -> None:
    assert [item.code for item in dossier.wanted("appointment", date(2026, 7, 31)) if item.months] == ["cv", "health"]
    assert not dossier.wanted("appointment", date(2025, 6, 30))
    assert not dossier.wanted("suspension", ON)


# ---- how an item stands


def test_of_an_item_that_nobody_spoke_of_nothing_is_known(person: Person) -> None:
    items = dossier.state(person, "appointment-on-site", ON)
    assert {item.state for item in items} == {State.UNKNOWN} and all(item.blocks for item in items)
    assert "dossier.items" not in dossier.facts(items)
    assert stands(person, "health").why == "Health certificate: nobody has said whether it is there."


def test_a_recent_signed_paper_is_there(person: Person, world: World) -> None:
    paper = hand_in(world, person)
    found = stands(person, "health")
    assert (found.state, found.age, found.paper, found.blocks) == (State.PRESENT, 2, paper, False)


@pytest.mark.parametrize(
    ("dated", "age", "state"),
    [(date(2026, 3, 15), 6, State.PRESENT), (date(2026, 3, 14), 7, State.OLD), (date(2026, 9, 15), 0, State.PRESENT)],
)
def test_six_months_are_counted_to_the_day(person: Person, world: World, dated: date, age: int, state: State) -> None:
    hand_in(world, person, dated_on=dated)
    found = stands(person, "health")
    assert (found.state, found.age) == (state, age)


def test_the_last_day_of_a_short_month_ends_six_months_from_a_long_one(person: Person, world: World) -> None:
    hand_in(world, person, dated_on=date(2026, 8, 31))
    assert stands(person, "health", date(2027, 2, 28)).state is State.PRESENT
    assert stands(person, "health", date(2027, 3, 1)).state is State.OLD


def test_unsigned_is_not_the_same_as_not_known_to_be_signed(person: Person, world: World) -> None:
    hand_in(world, person, "cv", signed=False)
    hand_in(world, person, "residence", signed=None)
    assert stands(person, "cv").state is State.UNSIGNED
    assert stands(person, "residence").state is State.UNKNOWN
    assert "nobody has said whether the Party committee" in stands(person, "residence").why


def test_a_paper_whose_day_is_not_known_is_not_known_to_be_recent(person: Person, world: World) -> None:
    hand_in(world, person, dated_on=None)
    hand_in(world, person, "political", dated_on=None)
    assert stands(person, "health").state is State.UNKNOWN
    assert stands(person, "political").state is State.PRESENT  # it need not be recent


def test_missing_and_none_are_findings_with_a_reason(person: Person, world: World) -> None:
    common = {"person": person, "authority_body": world.organizations["P.executive"], "by": world.console, "on": ON}
    dossier.note(item="health", finding="lacking", reason="Chưa khám.", **common)
    dossier.note(item="political", finding="none", reason="Không thuộc diện.", **common)
    assert (stands(person, "health").state, stands(person, "health").blocks) == (State.MISSING, True)
    assert (stands(person, "political").state, stands(person, "political").blocks) == (State.NONE, False)
    assert "Chưa khám." in stands(person, "health").why
    with pytest.raises(dossier.PaperRefused):
        dossier.note(item="health", finding="lacking", reason=" ", **common)
    hand_in(world, person)
    assert stands(person, "health").state is State.PRESENT  # the latest word counts


def test_what_the_register_has_verified_replaces_the_paper(person: Person, world: World) -> None:
    mark = {"person": person, **world.mark}
    degree = Credential.objects.create(level=4, verified=None, valid=since(date(2002, 7, 1)), **mark)
    Declaration.objects.create(year=2026, verified=True, valid=since(date(2026, 5, 1)), **mark)
    assert stands(person, "degrees").state is State.UNKNOWN  # not checked with the issuer
    degree.verified = True
    degree.save()
    assert (stands(person, "degrees").state, stands(person, "assets").state) == (State.COVERED, State.COVERED)
    assert stands(person, "assets", date(2026, 11, 2)).state is State.UNKNOWN  # verified, but older than six months


def test_a_statement_that_there_is_no_degree_is_no_gap(person: Person, world: World) -> None:
    NoneDeclared.objects.create(topic="credential", person=person, valid=since(date(2020, 1, 1)), **world.mark)
    assert stands(person, "degrees").state is State.NONE


def test_re_appointment_does_not_ask_for_political_standard_and_degrees_again(person: Person) -> None:
    assert {item.code for item in dossier.state(person, "reappointment", ON) if item.state is State.NOT_ASKED} == {
        "political",
        "degrees",
    }


def test_a_dossier_serves_again_at_the_same_body_for_six_months_from_its_first_hand_in(person: Person, world: World) -> None:
    hand_in(world, person, dated_on=date(2026, 5, 1))  # four and a half months old when it was handed in
    body, other = world.organizations["P.executive"], world.organizations["P.party"]
    later = date(2027, 3, 15)
    assert stands(person, "health", later, body=body).state is State.PRESENT
    assert stands(person, "health", later, body=body).age == 5  # its age when it was handed in
    assert stands(person, "health", later, body=other).state is State.OLD
    assert stands(person, "health", later).state is State.OLD
    assert stands(person, "health", later + timedelta(days=1), body=body).state is State.OLD


def test_papers_of_later_days_do_not_speak_for_an_earlier_day(person: Person, world: World) -> None:
    hand_in(world, person)
    assert stands(person, "health", ON - timedelta(days=1)).state is State.UNKNOWN


def test_the_articles_read_a_dossier_as_it_stands(person: Person, world: World) -> None:
    for item in ITEMS:
        hand_in(world, person, item)
    items = dossier.state(person, "appointment-on-site", ON)
    assert dossier.complete(items)
    assert dossier.facts(items) == {"dossier.checked": True, "dossier.items": 10, "dossier.oldest_months": 2}
    facts = {name: Fact(value) for name, value in dossier.facts(items).items()}
    verdict = explain(corpus.opened("vn"), topic="appointment", facts=facts, on=ON)
    outcomes = {article.id: article.outcome for article in verdict.articles}
    assert outcomes["vn/state/decree-300-2026/art-35/dossier"] == "pass"
    assert outcomes["vn/state/decree-300-2026/art-35/dossier-age"] == "pass"


@pytest.mark.parametrize("language", ["vi", "fa"])
def test_why_an_item_stands_as_it_does_is_told_in_the_readers_language(person: Person, language: str) -> None:
    english = stands(person, "health").why
    with translation.override(language):
        assert stands(person, "health").why != english
        assert "nobody" not in stands(person, "health").why


# ---- what is handed in


def test_a_file_is_kept_as_it_came_with_its_entry_and_once(person: Person, world: World) -> None:
    paper = hand_in(world, person, key="scan", name="..\\..\\C:\\hồ sơ/giấy <khám>.pdf")
    assert paper.name == "giấy _khám_.pdf"
    assert hand_in(world, person, key="scan") == paper and Paper.objects.count() == 1
    entry = Entry.objects.get(pk=paper.entry_id)
    assert (entry.act, entry.about_id, entry.by_id) == ("dossier.added", str(person.pk), world.console.pk)
    assert dossier.opened(paper, by=world.console, on=ON) == (SCAN, "application/pdf")
    assert looking.who_looked(person)[0]["by_id"] == world.console.pk


def test_the_same_bytes_lie_there_once(person: Person, world: World) -> None:
    hand_in(world, person)
    hand_in(world, person, "cv")
    assert Stored.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"", b"MZ\x90\x00 a program", b"<html><script>alert(1)</script></html>", b"PK\x03\x04 a container", b"#!/bin/sh\nrm -rf /",
        b"%PDF-1.7 cut off before its end", b"GIF89a", b"\x00%PDF-1.7\n%%EOF",
    ],
)  # fmt: skip
def test_what_is_no_whole_pdf_or_picture_is_refused_whatever_it_is_called(person: Person, world: World, body: bytes) -> None:
    with pytest.raises(dossier.PaperRefused, match="PDF, PNG or JPEG"):
        hand_in(world, person, body=body, name="giấy.pdf")
    assert not Stored.objects.exists()


def test_a_file_that_is_too_large_and_an_item_that_there_is_not_are_refused(person: Person, world: World) -> None:
    with pytest.raises(dossier.PaperRefused, match="at most"):
        hand_in(world, person, body=SCAN + b" " * dossier.LARGEST)
    with pytest.raises(dossier.PaperRefused, match="no item"):
        hand_in(world, person, "horoscope")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", "file"), ("/etc/passwd", "passwd"), ("a\u202egnp.exe", "agnp.exe"), ("x" * 300 + ".pdf", "x" * 120), (".. ", "file")],
)
def test_the_name_of_a_file_is_shown_without_paths_and_turning_marks(given: str, kept: str) -> None:
    assert dossier.file_name(given) == kept


def test_a_paper_from_the_future_is_refused_by_the_database(person: Person, world: World) -> None:
    with pytest.raises(IntegrityError, match="paper_dated_before_it_came"), transaction.atomic():
        hand_in(world, person, dated_on=ON + timedelta(days=1))


def test_only_who_keeps_the_file_hands_in_and_nobody_for_himself(person: Person, world: World) -> None:
    for account in (
        world.account("far", "officer", "Q"), world.account("chief", "leader", "P"), world.account("own", "officer", "P", person=person),
    ):  # fmt: skip
        with pytest.raises(authority.NotAllowed):
            hand_in(world, person, by=account)
    assert hand_in(world, person, by=world.account("near", "officer", "P"))


def test_papers_are_seen_with_the_file_and_nowhere_else(person: Person, world: World) -> None:
    hand_in(world, person)

    def sight(*organizations: str, self: int | None = None) -> tuple[int, int]:
        reach = frozenset(world.organizations[code].pk for code in organizations)
        authority.open_sight(authority.Reach(False, reach, self, False, reach))
        return Paper.objects.count(), Stored.objects.count()

    assert sight("P.party") == (1, 1)
    assert sight(self=person.pk) == (1, 1)
    assert sight("Q") == (0, 0)
