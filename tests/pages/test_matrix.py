"""Every address x every kind of reader x every position x every method, made from the addresses themselves.

An address that is added is in the matrix the same moment: one without a policy, with an argument or with a kind of
thing that the matrix does not know, fails here until somebody says what it is about. Each answer is held against the
description in tests/province.py; nothing that a reader may not see is in any answer, refused or not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils import timezone, translation

from canbo.ballots import elections
from canbo.ballots.models import Election
from canbo.journal import entries
from canbo.pages import access
from canbo.pages.candidates import mark_of
from canbo.pages.verdicts import nomination_key
from canbo.procedures import candidates
from canbo.procedures.models import Case, Draft, Scenario, Search
from canbo.registry import authority, intake
from canbo.registry.days import since
from canbo.registry.models import Account, Delegation, Training
from tests import province as described
from tests import world as made_up
from tests.conftest import _clone
from tests.province import TABLE, Actor, Province, ever, expected, file_lies_with, may_see, visible
from tests.registry import invariants
from tests.trying import EXAMPLES
from tests.world import World

DECLARED = {200, 302, 400, 403, 404, 405, 409, 422}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
POSITIONS = ("in the unit", "beneath the unit", "in a sibling", "above the unit", "in another province", "in the body that moved",
             "went to another province", "in two provinces", "retired from an origin")  # fmt: skip
PLACES = ("P/9", "P/2", "P", "Q/1", "Q/5")


@dataclass(frozen=True)
class Thing:
    """What an address is asked about: its arguments, what is sent along, and where it lies by the description."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    sent: Callable[[Account], dict[str, Any]] = lambda account: {}
    codes: frozenset[str] | None = None
    who: str | None = None


@dataclass
class Ground:
    """The province with what the addresses speak of."""

    province: Province
    entry: int
    unsealed: int

    def persons(self, *, nominate: bool = False) -> Iterator[Thing]:
        post = self.province.posts["P/9"]
        for who in POSITIONS:
            person = self.province.persons[who]
            yield Thing(who, {"number": person.pk}, {"post": f"#{post.pk}"}, codes=frozenset(file_lies_with(who)), who=who)

    def nominations(self) -> Iterator[Thing]:
        person, on = self.province.persons["in the unit"], date(2026, 11, 1)
        for code in PLACES:
            post = self.province.posts[code]

            def sent(account: Account, post: Any = post) -> dict[str, Any]:
                key = nomination_key(account, person.pk, post.pk, on)
                return {"post": post.pk, "on": on.isoformat(), "key": f"{key}{account.pk}"}

            yield Thing(f"for a post in {code}", {"number": person.pk}, {}, sent, frozenset({code}), "in the unit")

    def places(self, parameter: str | None = None) -> Iterator[Thing]:
        for code in PLACES:
            yield Thing(code, *(({"code": code}, {}) if parameter is None else ({}, {parameter: code})), codes=frozenset({code}))

    def cases(self) -> Iterator[Thing]:
        for code in PLACES:
            for who in ("in the unit", "in another province", "retired from an origin"):
                case = (
                    Case.objects.filter(post=self.province.posts[code], person=self.province.persons[who]).order_by("pk").first()
                )
                assert case is not None
                yield Thing(f"{who}, for {code}", {"number": case.pk}, codes=frozenset({code}), who=who)

    def entries(self) -> Iterator[Thing]:
        yield Thing("an entry", {"number": self.entry})

    def files(self, kind: str) -> Iterator[Thing]:
        for thing in self.cases():
            yield replace(thing, arguments={**thing.arguments, kind: 1})

    def searched(self) -> Iterator[Thing]:
        for code in PLACES:
            search = Search.objects.get(post=self.province.posts[code])
            yield Thing(code, {"number": search.pk}, codes=frozenset({code}))

    def found(self) -> Iterator[Thing]:
        for thing in self.searched():
            search = Search.objects.get(pk=thing.arguments["number"])
            mark = mark_of(search, self.province.persons["in the unit"].pk)
            yield Thing(thing.name, {**thing.arguments, "mark": mark}, codes=thing.codes)

    def posts(self) -> Iterator[Thing]:
        for code in PLACES:
            yield Thing(code, {"number": self.province.posts[code].pk}, codes=frozenset({code}))

    def traced(self) -> Iterator[Thing]:
        for thing in self.persons():
            yield replace(thing, arguments={**thing.arguments, "post": self.province.posts["P/9"].pk}, query={})

    def drafted(self) -> Iterator[Thing]:
        yield Thing("a draft", {"number": Draft.objects.get(title="a draft").pk})

    def scenarios(self) -> Iterator[Thing]:
        for number, code in enumerate(PLACES):
            yield Thing(code, {"name": f"scenario-{number}"}, codes=frozenset({code}))

    def lent(self) -> Iterator[Thing]:
        yield Thing("a delegation", {"number": Delegation.objects.get(basis="a delegation").pk})

    def votes(self) -> Iterator[Thing]:
        yield Thing("a vote", {"number": Election.objects.get(about="a vote").pk})

    def things(self, name: str, converters: set[str]) -> list[Thing]:
        """What an address is asked about, by its name; an unknown one with arguments must be taught here."""
        known: dict[str, Callable[[], Iterator[Thing]]] = {
            "person": self.persons, "may": self.persons, "nominate": self.nominations, "case": self.cases, "proof": self.entries,
            **dict.fromkeys(("headcount", "workload", "deputies", "allot", "holdings", "pay", "pay_csv", "pay_xlsx", "steps", "steps_csv", "steps_xlsx"), self.places),
            "organization": self.places, "projection": self.places, "branch": lambda: self.places("of"), "people": lambda: self.places("in"),
            "decides": self.posts, "lent": lambda: self.places("in"), "delegation": self.lent,
            "openings": self.persons, "trace": self.traced, "candidates": self.posts, "post_case": self.posts,
            **dict.fromkeys(("succession", "rotation", "vacancies", "evaluations", "evaluation_meetings", "evaluation_late", "evaluation_queue", "work_assign", "catalogue", "regulation", "catalogue_workbook", "competency_gaps", "shortage", "training", "talent"), lambda: self.places("in")), "evaluation": self.persons, "competency_person": self.persons, "competency_proof": lambda: iter([Thing("a file that is not there", {"number": 1})]), "evaluation_form": self.persons, "evaluation_form_file": self.persons, "work_evidence": lambda: iter([Thing("a file that is not there", {"number": 1})]), "found": self.searched, "reasons": self.found,
            **dict.fromkeys(("evaluation_opens", "sides"), lambda: self.places("in")), "sides_of": self.persons,
            "side_asked": lambda: iter([Thing("a question that is not there", {"number": 1})]),
            **dict.fromkeys(("rotation_round", "vacancy_chains"), lambda: self.places("in")),
            "article": lambda: iter([Thing("an article", {"name": "appointment/not_there"})]),
            "topic": lambda: iter([Thing("a topic", {"name": "appointment"})]),
            "touched": lambda: iter([Thing("an article", {"name": "vn/party/377-qd-tw/art-34-3/time-in-post"})]),
            "law_search": lambda: iter([Thing("nothing"), Thing("a question", query={"q": "nguyen thi"})]),
            **dict.fromkeys(("case_roll", "case_act", "case_package", "case_to_sign"), self.cases),
            "case_document": lambda: self.files("document"), "case_paper": lambda: self.files("paper"),
            "scenario": self.scenarios, "scenario_compared": self.scenarios, "due": self.persons,
            **dict.fromkeys(("scenario_due", "scenario_payments", "scenario_placement", "scenario_beside", "scenario_consultation", "scenario_holdings"), self.scenarios),
            "asked": lambda: iter([Thing("a question to somebody else", {"number": 1})]),
            "draft": self.drafted, "draft_consequences": self.drafted, "draft_touches": self.drafted,
            **dict.fromkeys(("ballot", "ballot_present", "ballot_issue", "ballot_cast", "ballot_file"), self.votes),
            "search": lambda: iter([Thing("a name", query={"q": "nguyen thi"}), Thing("a number", query={"q": "0000000"})]),
            "claims": lambda: iter([Thing("nothing"), Thing("a claim", sent=lambda account: {"text": "claims: []"})]),
        }  # fmt: skip
        if name not in known:
            assert not converters, f"The matrix does not know what {name} is about: say which things its {converters} are."
            return [Thing("nothing")]
        things = list(known[name]())
        assert all(set(thing.arguments) == converters for thing in things), f"{name} takes {converters}"
        return things


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    """The province, committed once for all tests of this file in a database of their own: building it takes longest."""
    with django_db_blocker.unblock(), _clone("canbo", f"test_matrix_{os.getpid()}"):
        with authority.sight(intake.console()), translation.override("en"):
            ground = furnish(made_up.build())
        yield ground


def furnish(world: World) -> Ground:
    """The province of the description with what the addresses speak of."""
    province = described.build(world)
    Draft.objects.create(title="a draft", text="id: own/draft", author=world.console)
    first = None
    for who, person in province.persons.items():
        payload = {"title": f"canary-{person.pk}-Entry"}
        entry = entries.record("training.entered", by=world.console, about=person, payload=payload, key=f"canary {who}")
        first = first or entry
    assert first is not None
    for post in province.posts.values():
        Search.objects.create(post=post, weights=candidates.USUAL, on=date(2026, 1, 1), sealed_by=world.console)
    for number, code in enumerate(PLACES):
        day = date(2026, 3, 2)
        Scenario.objects.create(name=f"scenario-{number}", base=day, on=day, body=world.organizations[code], owner=world.console)
    a_vote(province)
    lender, receiver = province.account(Actor((("officer", None),))), province.account(Actor())
    Delegation.objects.create(
        giver=lender, receiver=receiver, acts=["person.read"], valid=since(date(2026, 1, 1), date(2050, 1, 1)),
        basis="a delegation", **world.mark,
    )  # fmt: skip
    return Ground(province, first.pk, first.pk)


def a_vote(province: Province) -> None:
    """A vote on paper that is open, with two of the province on its roll."""
    voters = [(province.persons[who].pk, province.world.organizations["P/9"].pk) for who in ("in the unit", "in two provinces")]
    prepared = elections.prepare(
        about="a vote", title="A vote", options=[{"id": "a", "label": "A"}, {"id": "b", "label": "B"}],
        choose={"kind": "one", "at_most": 1}, tier="T0", roll=voters, by=province.world.console,
        opens=timezone.now() - timedelta(hours=1), closes=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    elections.open(election=prepared.pk, by=province.world.console)


@pytest.fixture
def ground(built: Ground) -> Iterator[Ground]:
    """The same for one test, everything in sight; what it writes is rolled back."""
    with transaction.atomic(), translation.override("en"):
        authority.open_sight(authority.reach_of(built.province.world.console))
        yield built
        transaction.set_rollback(True)


def own_addresses() -> list[URLPattern]:
    """The addresses that canbo itself declares."""
    return [address for address in access.addresses() if hasattr(address.callback, "policy")]


def actors() -> Iterator[tuple[str, Actor]]:
    for role in described.ROLES:
        for over in (None, "P/9"):
            yield f"{role} over {over or 'everything'}", Actor(((role, over),))
    yield "nothing granted", Actor()
    yield "nothing granted, own file", Actor(own="in a sibling")
    yield "officer over P, own file", Actor((("officer", "P"),), own="in the unit")
    yield "closed account", Actor((("officer", None),), active=False)


class Reader:
    """A signed-in account that asks as a browser would; what it may see is closed before each request."""

    def __init__(self, ground: Ground, actor: Actor) -> None:
        self.ground, self.actor = ground, actor
        self.everything()
        self.account = ground.province.account(actor)
        self.client = Client(raise_request_exception=False)
        if actor.active:
            self.client.force_login(self.account, backend="allauth.account.auth_backends.AuthenticationBackend")

    def everything(self) -> None:
        authority.open_sight(authority.reach_of(self.ground.province.world.console))

    def ask(self, method: str, name: str, thing: Thing) -> Any:
        self.close_sight()
        address = reverse(name, kwargs=thing.arguments)
        data = thing.sent(self.account) if method == "POST" else thing.query
        if method == "POST":
            return self.client.post(address, data)
        return self.client.generic(method, address, QUERY_STRING="&".join(f"{k}={quoted(v)}" for k, v in data.items()))

    @staticmethod
    def close_sight() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('canbo.sees_all', '', true), set_config('canbo.scope', '', true), set_config('canbo.self', '', true)"
            )


def quoted(value: Any) -> str:
    from urllib.parse import quote

    return quote(str(value))


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", errors="replace")


def leaked(text: str, reader: Reader) -> list[str]:
    """Canaries of files that the reader may not open, and numbers of persons whom the reader may not know."""
    province, codes = reader.ground.province, may_see(reader.actor)
    opened, listed = (visible(reader.actor, codes, where, province) for where in (file_lies_with, ever))
    found = []
    for who, person in province.persons.items():
        own_case = {f"canary-{person.pk}-Case"} if person.pk not in listed and codes != set() else set()
        for canary in re.findall(rf"canary-{person.pk}-\w+", text):
            of_the_file = not canary.endswith(("Credential", "Case"))
            if person.pk not in (opened if of_the_file else listed) and canary not in own_case:
                found.append(f"{who}: {canary}")
        if person.identification_number in text and person.pk not in listed:
            found.append(f"{who}: number")
    return found


# --- every address has a policy -------------------------------------------------------------------------------------


def test_every_address_declares_an_act_or_belongs_to_the_entrance() -> None:
    assert access.undeclared() == []
    names = [address.name for address in own_addresses()]
    assert len(names) == len(set(names)) >= 20
    for name, policy in access.policies().items():
        assert policy.act is None or policy.act in TABLE, name


def test_an_address_without_a_policy_stops_the_start(settings: Any) -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.http import HttpResponse
    from django.urls import clear_url_caches, path

    from canbo.pages import urls

    forgotten = path("forgotten", lambda request: HttpResponse("open"), name="forgotten")
    urls.urlpatterns.append(forgotten)
    clear_url_caches()
    try:
        assert access.undeclared() == ["forgotten (forgotten)"]
        with pytest.raises(ImproperlyConfigured, match="forgotten"):
            access.Gate(lambda request: HttpResponse())
    finally:
        urls.urlpatterns.remove(forgotten)
        clear_url_caches()


# --- the matrix -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [name for name, _actor in actors()])
def test_every_address_answers_every_reader_as_described(ground: Ground, who: str) -> None:
    reader = Reader(ground, dict(actors())[who])
    wrong, asked, untouched = [], 0, invariants.marks(journal=False)
    for address in own_addresses():
        name, policy = str(address.name), address.callback.policy  # type: ignore[attr-defined]
        reader.everything()
        for thing in ground.things(name, set(address.pattern.converters)):
            allowed = policy.act is None or expected(
                reader.actor, policy.act, codes=thing.codes, who=thing.who if name != "nominate" else None
            )
            if name == "nominate":
                allowed = allowed and expected(
                    reader.actor, "person.read", codes=set(file_lies_with("in the unit")), who="in the unit"
                )
                allowed = allowed and reader.actor.own != "in the unit"
            method = "POST" if name in {"nominate", "verify", "demo_sign_in"} else "GET"
            answer = reader.ask(method, name, thing)
            asked += 1
            if problem := judged(answer, allowed, name, thing, reader):
                wrong.append((name, method, thing.name, answer.status_code, problem))
            if method == "POST" and answer.status_code in (200, 302) and allowed:
                reader.everything()
                untouched = invariants.marks(journal=False)
    assert wrong == []
    assert asked >= 50
    reader.everything()
    assert invariants.marks(journal=False) == untouched


def judged(answer: Any, allowed: bool, name: str, thing: Thing, reader: Reader) -> str:
    """What is wrong with an answer, or nothing."""
    status, text = answer.status_code, body(answer)
    if status not in DECLARED:
        return f"undeclared {status}"
    if found := leaked(text, reader):
        return f"leaked {found}"
    if not reader.actor.active and access.policies()[name].act is not None:
        return "" if status == 302 and "login" in answer["Location"] else "a closed account was let in"
    if not allowed and status not in (403, 404, 405):
        return "was to be refused"
    if not allowed and "canary" in text and thing.who != reader.actor.own and leaked(text, reader):
        return "a refusal tells"
    elsewhere = {
        "article",
        "demo_sign_in",
        "proof",
        "checkpoint",
        "me",
        "competency_mine",
        "declarations",
        "work",
        "my_courses",
        "work_evidence",
        "competency_proof",
        "asked",
        "side_asked",
        "reasons",
    }  # may be not there for reasons of their own
    elsewhere |= {
        "case_roll",
        "case_act",
        "case_package",
        "case_to_sign",
        "case_document",
        "case_paper",
    }  # for whoever takes part in the case
    elsewhere |= {
        "cosignatures",
        "ballot",
        "ballot_present",
        "ballot_issue",
        "ballot_cast",
        "ballot_file",
    }  # the roll says for whom they are
    if allowed and status not in (200, 302) and name not in elsewhere:
        return "was to be allowed"
    return ""


@pytest.mark.parametrize("who", ["officer over P/9", "nothing granted, own file", "visitor"])
def test_no_method_breaks_or_opens_anything(ground: Ground, who: str) -> None:
    visitor = who == "visitor"
    reader = Reader(ground, Actor(active=False) if visitor else dict(actors())[who])
    wrong, before = [], invariants.marks(journal=False)
    for address in own_addresses():
        name, policy = str(address.name), address.callback.policy  # type: ignore[attr-defined]
        reader.everything()
        thing = ground.things(name, set(address.pattern.converters))[-1]
        for method in METHODS:
            answer = reader.ask(method, name, Thing(thing.name, thing.arguments, thing.query))
            text = body(answer)
            if answer.status_code not in DECLARED or leaked(text, reader):
                wrong.append((name, method, answer.status_code, leaked(text, reader)))
            if visitor and policy.act is not None and not (answer.status_code == 302 and "login" in answer["Location"]):
                wrong.append((name, method, answer.status_code, "a visitor was let in"))
        reader.everything()
        if (after := invariants.marks(journal=False)) != before:
            wrong.append((name, "changed something", 0, [table for table in after if after[table] != before[table]]))
        before = after
    assert wrong == []


def test_what_a_package_brings_along_and_is_not_offered_is_not_there(ground: Ground) -> None:
    reader, closed = Reader(ground, Actor((("officer", None),))), 0
    for address in access.addresses():
        if hasattr(address.callback, "policy") or address.name is None:
            continue
        try:
            answer = reader.client.get(reverse(address.name))
        except NoReverseMatch:  # it takes arguments
            continue
        assert answer.status_code in DECLARED | {301}, address.name
        if address.name not in access.ENTRANCE:
            closed += 1
            assert answer.status_code == 404, address.name
    assert closed >= 1


def test_the_doors_of_the_demo_do_not_exist_elsewhere(ground: Ground) -> None:
    reader = Reader(ground, Actor(active=False))
    account = ground.province.account(Actor((("officer", None),)))
    for next_page in ("", "//elsewhere.example"):
        answer = reader.client.post(reverse("demo_sign_in"), {"account": account.username, "next": next_page})
        assert answer.status_code == 404
    assert "_auth_user_id" not in reader.client.session


# --- whatever is sent -----------------------------------------------------------------------------------------------

NASTY = ["\x00", "²", "٣", "-1", "9" * 30, "#²", "#" + "9" * 30, "%", "\\", '"><script>x</script>', "\u202e", "../..", "0001-01-01",
         "x" * 5000, "{membership}", "%(on)s"]  # fmt: skip


def parameters() -> list[str]:
    """The names that the pages read from what is sent, found in their text."""
    folder = Path(access.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    names = set(re.findall(r"(?:GET|POST)(?:\.get\(|\.getlist\(|\[)\"(\w+)\"", text))
    assert {"on", "q", "post", "in", "tab"} <= names
    return sorted(names)


def test_no_parameter_however_nasty_breaks_a_page(ground: Ground) -> None:
    """Each page gets each value, in one of three ways by turns; a soak sends it in all three."""
    reader, names = Reader(ground, Actor((("central_officer", None), ("auditor", None), ("registrar", None)))), parameters()
    broken = []
    for place, address in enumerate(own_addresses()):
        name = str(address.name)
        reader.everything()
        thing = ground.things(name, set(address.pattern.converters))[0]
        for turn, value in enumerate(NASTY):
            ways = [
                dict.fromkeys(names, value),
                {**thing.query, "on": value},
                {**thing.query, "after": value, "before": value},
            ]
            for sent in ways if EXAMPLES == "soak" else [ways[(place + turn) % len(ways)]]:
                method = "POST" if name in {"nominate", "verify", "demo_sign_in"} else "GET"
                asked = Thing(value[:9], thing.arguments, sent, lambda account, sent=sent: sent)
                answer = reader.ask(method, name, asked)
                body(answer)
                if answer.status_code not in DECLARED:
                    broken.append((name, method, sorted(sent), value[:20], answer.status_code))
        written = str(address.pattern)
        number = re.sub(r"<int:\w+>", "9" * 25, written)
        for path in sorted({re.sub(r"<\w+:\w+>", quoted(value), number) for value in NASTY} - {written}):
            reader.close_sight()
            answer = reader.client.get("/" + path)
            if answer.status_code not in DECLARED:
                broken.append((name, "GET", path[:60], answer.status_code))
    assert not broken, "\n".join(map(str, broken))


def test_markup_in_a_name_is_shown_as_text(ground: Ground) -> None:
    reader = Reader(ground, Actor((("central_officer", None),)))
    person = ground.province.persons["in the unit"]
    reader.everything()
    person.names.update(given="<script>alert(1)</script>")
    Training.objects.filter(person=person).update(title='"><img src=x onerror=alert(1)>')
    for name, thing in (("person", {"number": person.pk}), ("people", {}), ("search", {})):
        answer = reader.ask("GET", name, Thing("", thing, {"in": "P/9", "q": "script"} if not thing else {}))
        assert answer.status_code == 200
        assert "<script>alert" not in body(answer)
        assert "<img src=x" not in body(answer)


def test_every_page_carries_its_policy_and_stays_out_of_caches(ground: Ground) -> None:
    reader = Reader(ground, Actor((("central_officer", None),)))
    for name in ("home", "people", "journal", "cases"):
        answer = reader.ask("GET", name, Thing("", {}, {"in": "P/9"} if name == "people" else {}))
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]
