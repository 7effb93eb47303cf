"""Who may act upon whom, judged twice: by registry/conflict.py and by Cedar over ties that are written out by hand.

Then what finds the ties is broken, one rule at a time: the comparison finds each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections

from canbo.registry import authority, conflict, intake
from canbo.registry.days import since
from canbo.registry.models import Disclosure, Interest, Kinship, NoneDeclared, Person
from tests import world as made_up
from tests.conftest import _clone
from tests.registry import access_oracle as oracle

ON = date(2026, 6, 1)
IN_TIME, TOO_OLD = date(2026, 1, 10), date(2024, 1, 10)

# ---- the description: a line of kin, partners in an enterprise, and who has declared

#: One after the other, each related to the next: whoever stands three steps apart or fewer is near.
LINE = ("a", "b", "c", "d", "e")
STEPS = ("child", "spouse", "sibling", "adopted_child")
NEAR = {frozenset(pair) for pair in ("ab", "ac", "ad", "bc", "bd", "be", "cd", "ce", "de")}  # not a and e: four steps
PARTNERS = {frozenset(pair) for pair in ("pq", "pa")}  # q and a have no enterprise in common: each has another with p
#: Whoever declared both topics in time; f said only of relatives, g too long ago, h never.
DECLARED = {"a", "b", "c", "d", "e", "p", "q", "s"}
PERSONS = (*LINE, "p", "q", "s", "f", "g", "h")


@dataclass
class Ground:
    persons: dict[str, Person]
    told: dict[tuple[str, str], bool]


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    with django_db_blocker.unblock(), _clone("canbo", f"test_ties_{os.getpid()}"):
        console = intake.console()
        with authority.sight(console):
            persons = build(made_up.build())
        yield Ground(persons, cedar())


def build(world: made_up.World) -> dict[str, Person]:
    persons = {name: world.person(f"Thị {name}") for name in PERSONS}
    mark = world.mark
    for (one, other), relation in zip(pairwise(LINE), STEPS, strict=True):
        Kinship.objects.create(person=persons[one], relative=persons[other], relation=relation, valid=since(None), **mark)
    gone = {"person": persons["s"], "relative": persons["a"], "relation": "spouse"}  # divorced: no tie any more
    Kinship.objects.create(valid=since(date(2000, 1, 1), date(2020, 1, 1)), **gone, **mark)
    for name, enterprise, until in (
        ("p", "1", None),
        ("q", "1", None),
        ("p", "2", None),
        ("a", "2", None),
        ("s", "1", date(2025, 1, 1)),
    ):
        days = since(date(2015, 1, 1), until)
        Interest.objects.create(person=persons[name], enterprise=enterprise, role="owner", valid=days, **mark)
    for name in (*sorted(DECLARED), "g"):
        on = TOO_OLD if name == "g" else IN_TIME
        Disclosure.objects.create(person=persons[name], topic="kinship", valid=since(on), **mark)
        word = NoneDeclared if name == "s" else Disclosure  # that there is none is a declaration, too
        word.objects.create(person=persons[name], topic="interest", valid=since(on), **mark)
    Disclosure.objects.create(person=persons["f"], topic="kinship", valid=since(IN_TIME), **mark)
    return persons


def cedar() -> dict[tuple[str, str], bool]:
    """What the rule of authority.cedar says of every two, by the description alone."""
    entities = [oracle.entity("Action", "act upon")]
    for name in PERSONS:
        tied = {
            group: [oracle.uid("Person", other) for other in PERSONS if frozenset((name, other)) in pairs]
            for group, pairs in (("near", NEAR), ("partners", PARTNERS))
        }
        entities.append(oracle.entity("Person", name, {**tied, "declared": name in DECLARED}))
        account = {"signed_in": True, "active": True, "person": oracle.uid("Person", name)}
        entities += [
            oracle.entity("Account", name, account),
            oracle.entity("Plain", name, {"holder": oracle.uid("Account", name)}),
        ]
    asked = [(one, other) for one in PERSONS for other in PERSONS]
    requests = [oracle.request(oracle.named("Plain", one), "act upon", ("Person", other)) for one, other in asked]
    return dict(zip(asked, oracle.decided(requests, entities), strict=True))


def differences(ground: Ground) -> Iterator[tuple[str, str]]:
    with authority.sight(intake.console()):
        for (one, other), told in ground.told.items():
            if (conflict.between(ground.persons[one], ground.persons[other], ON) is None) != told:
                yield one, other


def test_the_program_and_cedar_differ_on_no_two_people(ground: Ground) -> None:
    assert list(differences(ground)) == []
    assert {True, False} == set(ground.told.values()) and len(ground.told) == len(PERSONS) ** 2


# ---- broken on purpose


@dataclass
class Figure:
    """A figure of the rulebook that was changed."""

    value: int | None
    source: Any = None

    def at(self, on: date) -> int | None:
        return self.value


@pytest.mark.parametrize(
    ("name", "value"),
    [("kin_degree", 2), ("kin_degree", 4), ("kin_degree", 0), ("declaration_months", 3), ("declaration_months", 99)],
)
def test_every_changed_figure_is_found(ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    figures = {**conflict.powers.figures(), name: Figure(value)}
    monkeypatch.setattr(conflict.powers, "figures", lambda: figures)
    assert next(differences(ground), None) is not None


#: A function of the database, a part of it, and what that part becomes.
BROKEN = [
    ("canbo_kin_path", "k.person_id = l.id AND k.valid @> day", "false"),
    ("canbo_kin_path", "k.relative_id = l.id AND k.valid @> day", "false"),
    ("canbo_kin_path", "k.person_id = l.id AND k.valid @> day", "k.person_id = l.id"),
    ("canbo_kin_path", "k.relative_id = l.id AND k.valid @> day", "k.relative_id = l.id"),
    ("canbo_kin_path", "cardinality(l.steps) < most", "true"),
    ("canbo_kin_path", "cardinality(l.steps) < most", "cardinality(l.steps) < most - 1"),
    ("canbo_common_interest", "i.person_id = one", "false"),
    ("canbo_common_interest", "o.enterprise = i.enterprise", "true"),
    ("canbo_common_interest", "i.valid @> day AND o.valid @> day", "i.valid @> day"),
    ("canbo_common_interest", "i.valid @> day AND o.valid @> day", "o.valid @> day"),
    ("canbo_disclosed_on", "d.person_id = asked AND ", ""),
    ("canbo_disclosed_on", "n.person_id = asked AND ", ""),
    ("canbo_disclosed_on", "d.topic = about AND ", ""),
    ("canbo_disclosed_on", "n.person_id = asked", "false"),
    ("canbo_disclosed_on", "d.person_id = asked", "false"),
]  # fmt: skip


@contextmanager
def broken(function: str, old: str, new: str) -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT pg_get_functiondef('{function}'::regproc)")
        whole = cursor.fetchone()[0]
        assert whole.count(old) == 1, f"{old!r} stands {whole.count(old)} times in {function}"
        cursor.execute(whole.replace(old, new))
        try:
            yield
        finally:
            cursor.execute(whole)


def test_every_broken_rule_about_ties_is_found(ground: Ground) -> None:
    survivors = []
    for function, old, new in BROKEN:
        with broken(function, old, new):
            if next(differences(ground), None) is None:
                survivors.append((function, old, new))
    assert not survivors, "\n".join(map(str, survivors))
