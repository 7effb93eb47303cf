"""Who sees and who writes what of a case, described by hand and held against the database, cell by cell.

Then every policy of the tables of cases is dropped, opened, or broken in one of its parts, and every trigger of cases and
votes is dropped: the comparison, or the refusal that is then missing, finds each.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from canbo.ballots import elections
from canbo.procedures.models import Actor, Appeal, Candidate, Case, Count, Elector, Ruling, Step
from canbo.registry import authority, constraints, intake
from canbo.registry.models import Post
from tests import world as made_up
from tests.conftest import _clone
from tests.procedures.office import keep_from

TODAY = date.today()

# ---- the description: what concerns a case, who asks, and who sees and writes what

#: Cases, each with the one thing by which it concerns somebody.
CASES = (
    "of a body", "decided by a body", "about a post in a body", "about a person", "with an elector", "with a candidate",
    "with an actor", "of another body",
)  # fmt: skip
#: Who asks -> (the bodies whose people he or she may see; None: all), whose person it is, the cases that are seen.
ASKERS: dict[str, tuple[tuple[str, ...] | None, str | None, set[str]]] = {
    "who sees everything": (None, None, set(CASES)),
    "the body": (("P/1.executive",), None, {"of a body"}),
    "the deciding body": (("P.executive",), None, {"decided by a body"}),
    "the body of the post": (("P/2.executive",), None, {"about a post in a body"}),
    "both bodies": (("P/1.executive", "P.executive"), None, {"of a body", "decided by a body"}),
    "whom it is about": ((), "subject", {"about a person"}),
    "the elector": ((), "elector", {"with an elector"}),
    "the candidate": ((), "candidate", {"with a candidate"}),
    "who acted": ((), "actor", {"with an actor"}),
    "a stranger": ((), "stranger", set()),
    "a body that it does not concern": (("P/1.party",), None, set()),
    "nobody": ((), None, set()),
}
#: The case itself is written by its bodies and its subject; whoever only takes part in it sees it and does not write it.
ONLY_SEEN = {"with an elector", "with a candidate", "with an actor"}
PARTS = {
    "procedures_step": Step, "procedures_actor": Actor, "procedures_elector": Elector, "procedures_candidate": Candidate,
    "procedures_count": Count, "procedures_ruling": Ruling, "procedures_appeal": Appeal,
}  # fmt: skip
TABLES = ("procedures_case", *PARTS)
#: Who acted and what was counted is written once.
NEVER_CHANGED = {"procedures_actor", "procedures_count"}
#: A change that no trigger minds.
HARMLESS = {
    "procedures_case": "reason = 'x'", "procedures_step": "due_on = NULL", "procedures_actor": "capacity = 'chair'",
    "procedures_elector": "state = 'present'", "procedures_candidate": "result = 'x'", "procedures_count": "tier = 'T1'",
    "procedures_ruling": "reason = 'x'", "procedures_appeal": "answer = 'x'",
}  # fmt: skip


def seen(asker: str) -> set[str]:
    return ASKERS[asker][2]


def changed(asker: str, table: str) -> set[str]:
    if table in NEVER_CHANGED:
        return set()
    mine = seen(asker)
    return mine - ONLY_SEEN if table == "procedures_case" and asker != "who sees everything" else mine


def added(asker: str, table: str) -> set[str]:
    """The cases to which the asker may add a row; anybody may open a case."""
    return set(CASES) if table == "procedures_case" else seen(asker)


# ---- the same in the register


@dataclass
class Ground:
    world: made_up.World
    reaches: dict[str, authority.Reach]
    names: dict[int, str]
    samples: dict[str, dict[str, Any]]
    posts: dict[str, Post]
    persons: dict[str, Any]
    vote: int
    prepared: int


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    with django_db_blocker.unblock(), _clone("canbo", f"test_sight_{os.getpid()}"):
        with authority.sight(intake.console()):
            built = build(made_up.build())
        yield built


def build(world: made_up.World) -> Ground:
    """Cases that concern one thing each, every one with a row in every table."""
    body = world.organizations
    persons = {name: world.person(f"Thị {name}") for name in ("subject", "elector", "candidate", "actor", "stranger", "other")}
    posts = {"support": world.post("P/2.executive", "support"), "chair": world.post("P/1.executive", "commune-chair")}
    concerned: dict[str, dict[str, Any]] = {
        "of a body": {"organization": body["P/1.executive"]}, "decided by a body": {"manager": body["P.executive"]},
        "about a post in a body": {"post": posts["support"]}, "about a person": {"person": persons["subject"]},
        "of another body": {"organization": body["Q/1.executive"]},
    }  # fmt: skip
    names, parts = {}, {}
    for name in CASES:
        case = Case.objects.create(
            procedure="p", state="open", on=TODAY, rulebook="0" * 64, opened_by=world.console, **concerned.get(name, {})
        )
        names[case.pk] = name
        parts[name] = fill(world, case, persons, name)
    open_step = Step.objects.create(
        case=Case.objects.create(procedure="p", state="open", on=TODAY, rulebook="0" * 64, opened_by=world.console),
        turn=1, name="vote", state=Step.State.OPEN,
    )  # fmt: skip
    names[open_step.case_id] = ""
    reaches = {}
    for asker, (bodies, who, _cases) in ASKERS.items():
        scope = frozenset(body[code].pk for code in bodies or ())
        reaches[asker] = authority.Reach(bodies is None, scope, persons[who].pk if who else None, bodies is None, scope)
    samples = {"procedures_case": as_row("procedures_case", next(iter(names)))}
    samples |= {table: as_row(table, parts["of a body"][table]) for table in PARTS}
    samples["procedures_step"] |= {"turn": 2, "state": "done", "closed_at": timezone.now().isoformat()}
    samples["procedures_elector"] |= {"step_id": open_step.pk, "person_id": persons["other"].pk}
    samples["procedures_candidate"] |= {"person_id": persons["other"].pk, "state": "refused"}
    return Ground(world, reaches, names, samples, posts, persons, a_vote(world, "open"), a_vote(world, "prepared"))


def fill(world: made_up.World, case: Case, persons: dict[str, Any], name: str) -> dict[str, int]:
    """A row of each table; people of its own kind take part in a case, others in the rest."""
    step = Step.objects.create(case=case, turn=1, name="vote", state=Step.State.OPEN)
    rows: dict[str, Any] = {"procedures_step": step}

    def who(kind: str) -> Any:
        return (
            persons[kind] if name == f"with a{'n' if kind[0] in 'ae' else ''} {kind}" else world.person(f"Văn {case.pk} {kind}")
        )

    rows["procedures_candidate"] = Candidate.objects.create(
        case=case, person=who("candidate"), put_in=step, state="through", put_by=world.console
    )
    rows["procedures_elector"] = Elector.objects.create(case=case, step=step, person=who("elector"))
    rows["procedures_actor"] = Actor.objects.create(
        case=case, step=step, account=world.console, person=who("actor"), capacity="opinion"
    )
    rows["procedures_count"] = Count.objects.create(
        step=step, case=case, tier="T0", **dict.fromkeys(("members", "convened", "present", "issued", "collected", "valid"), 1),
        blank=0, invalid=0,
    )  # fmt: skip
    text = json.dumps({"case": case.pk})
    rows["procedures_ruling"] = Ruling.objects.create(case=case, text=text, digest=digest(text), effective_on=TODAY)
    rows["procedures_appeal"] = Appeal.objects.create(
        ruling=rows["procedures_ruling"], case=case, by=persons["other"], ground="g", body=world.organizations["Q"], due_on=TODAY
    )
    Step.objects.filter(pk=step.pk).update(state=Step.State.CONVENED)
    return {table: row.pk for table, row in rows.items()}


def digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def as_row(table: str, pk: int) -> dict[str, Any]:
    """A row as it could be entered once more."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE id = %s", [pk])
        found = cursor.fetchone()[0]
    row: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return row | {"id": -1}


def a_vote(world: made_up.World, state: str) -> int:
    """A vote on paper, prepared or open, with two on its roll of whom nobody is present."""
    voters = [(world.person(f"Cử tri {n}").pk, world.organizations["P/1"].pk) for n in (1, 2)]
    prepared = elections.prepare(
        about=state, title="A vote", options=[{"id": "a", "label": "A"}, {"id": "b", "label": "B"}],
        choose={"kind": "one", "at_most": 1}, tier="T0", roll=voters, by=world.console,
        opens=timezone.now() - timedelta(hours=1), closes=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    if state == "open":
        elections.open(election=prepared.pk, by=world.console)
    return int(prepared.pk)


# ---- no cell on which they differ


@contextmanager
def sight_of(reach: authority.Reach) -> Iterator[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        authority.open_sight(reach)
        yield cursor
        transaction.set_rollback(True)


def differences(ground: Ground, tables: tuple[str, ...] = TABLES) -> Iterator[tuple[str, str, str, Any]]:
    """Asker, table, verb and the cases on which database and description differ."""
    for asker, reach in ground.reaches.items():
        with sight_of(reach) as cursor:
            for table in tables:
                for verb, shown, told in cells(ground, cursor, asker, table):
                    if shown != told:
                        yield asker, table, verb, shown ^ told


def cells(ground: Ground, cursor: Any, asker: str, table: str) -> Iterator[tuple[str, set[str], set[str]]]:
    key = "id" if table == "procedures_case" else "case_id"
    cursor.execute(f"SELECT {key} FROM {table}")
    yield "sees", {ground.names[row[0]] for row in cursor.fetchall()} - {""}, seen(asker)
    here = changed(asker, table)
    own = {"helper"} if asker == "who sees everything" and table in ("procedures_case", "procedures_step") else set()
    yield "changes", {reached(cursor, f"UPDATE {table} SET {HARMLESS[table]}")}, {str(len(here | own))}
    removed = lets(cursor, f"DELETE FROM {table}")
    yield "removes", {"rows"} if removed else set(), set()
    entering = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
    may = set()
    for pk, name in ground.names.items():
        row = ground.samples[table] | ({} if table == "procedures_case" else {"case_id": pk})
        if name and lets(cursor, entering, [json.dumps(row)]):
            may.add(name)
    yield "adds", may, added(asker, table)


def reached(cursor: Any, statement: str) -> str:
    """How many rows a statement that looks nothing up reached, so that no policy of reading helps it; it is taken back.
    Without the right to say it: none. Where a trigger stood in its way: that one did."""
    try:
        with transaction.atomic():
            cursor.execute(statement)
            number = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return "0" if "permission denied" in str(refused) else "kept away by a trigger"
    return str(number)


def lets(cursor: Any, statement: str, values: Any = None) -> bool:
    """Whether the walls let a statement reach a row; what else may then stand in its way does not count."""
    try:
        with transaction.atomic():
            cursor.execute(statement, values)
            done = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return "row-level security" not in str(refused) and "permission denied" not in str(refused)
    return bool(done)


def test_the_database_and_the_description_differ_on_no_cell(ground: Ground) -> None:
    assert list(differences(ground)) == []


def test_every_policy_of_the_cases_is_one_of_those_described(ground: Ground) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename, cmd FROM pg_policies WHERE tablename = ANY (%s)", [list(TABLES)])
        found = sorted(cursor.fetchall())
    never = {(table, "UPDATE") for table in NEVER_CHANGED}
    told = {(table, command) for table in TABLES for command in ("SELECT", "INSERT", "UPDATE")} - never
    assert found == sorted(told), "nothing of a case is removed, and no second policy opens what the first closes"


# ---- policies broken on purpose

#: A part of a condition, and what it is replaced by.
BROKEN_PARTS = [
    ("canbo_sees_all()", "false"), ("canbo_scope()", "'{}'::bigint[]"), ("(person_id = ", "(NULL::bigint = "),
    ("(organization_id = ANY", "(NULL::bigint = ANY"), ("(manager_id = ANY", "(NULL::bigint = ANY"),
    ("(p.organization_id = ANY", "(NULL::bigint = ANY"), ("(p.id = procedures_case.post_id)", "true"),
    ("canbo_takes_part(id,", "canbo_takes_part(NULL::bigint,"), ("canbo_takes_part(id, ( SELECT canbo_self() AS canbo_self))", "true"),
]  # fmt: skip


@contextmanager
def owner_says(broken: str, whole: str) -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(broken)
        try:
            yield
        finally:
            cursor.execute(whole)


def broken_policies() -> Iterator[tuple[str, str, str, str]]:
    """Table, what is broken, the statement that breaks it, the statement that puts it right."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = ANY (%s)", [list(TABLES)]
        )
        policies = cursor.fetchall()
        cursor.execute("SELECT pg_get_functiondef('canbo_takes_part'::regproc)")
        takes_part = cursor.fetchone()[0]
    used = set()
    for table, policy, command, using, check in policies:
        clause, told = ("WITH CHECK", check) if command == "INSERT" else ("USING", using)
        instead = {f"all {other}": other for other in ("true", "false") if other != told}
        instead |= {f"{part} -> {other}": told.replace(part, other) for part, other in BROKEN_PARTS if part in told}
        used |= {part for part, _other in BROKEN_PARTS if part in told}
        instead |= {"of any case": "true"} if "c.id" in told else {}
        for what, text in instead.items():
            alter = f"ALTER POLICY {policy} ON {table} {clause} ({{}})"
            yield table, f"{policy}: {what}", alter.format(text), alter.format(told)
        again = f"CREATE POLICY {policy} ON {table} FOR {command} {clause} ({told})"
        yield table, f"{policy}: dropped", f"DROP POLICY {policy} ON {table}", again
    assert used == {part for part, _other in BROKEN_PARTS}, "a part that no policy has any more breaks nothing"
    for table in TABLES:
        yield (
            table,
            "no wall",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        )
        for command in ("DELETE", *(("UPDATE",) if table in NEVER_CHANGED else ())):
            policy = f"CREATE POLICY another ON {table} FOR {command} USING (true)"
            yield table, f"{command} let in", policy, f"DROP POLICY another ON {table}"
    for part in ("elector", "candidate", "actor"):
        asked = f"FROM procedures_{part} WHERE"
        assert takes_part.count(asked) == 1
        yield "procedures_case", f"no {part} takes part", takes_part.replace(asked, f"{asked} false AND"), takes_part
        anybody = re.sub(rf"({asked} case_id = asked) AND person_id = who", r"\1", takes_part)
        assert anybody != takes_part
        yield "procedures_case", f"anybody where there is one {part}", anybody, takes_part


def test_every_broken_policy_of_the_cases_is_found(ground: Ground) -> None:
    survivors, tried_ = [], 0
    for table, what, broken, whole in broken_policies():
        tried_ += 1
        with owner_says(broken, whole):
            if next(differences(ground, (table,)), None) is None:
                survivors.append((table, what))
    print(f"\n{tried_} policies broken, {tried_ - len(survivors)} found")
    assert not survivors, "\n".join(map(str, survivors))


# ---- triggers: what each refuses, and that without it nobody does


@dataclass(frozen=True)
class Wall:
    """A trigger of a table, the refusal that it stands for, and a statement that runs into it. `owner`: only the owner of
    the tables could say it at all."""

    trigger: str
    table: str
    refuses: str
    statement: str
    owner: bool = False


ENDED = "UPDATE procedures_case SET state = 'stopped' WHERE id = {first}; "
KEPT = "INSERT INTO procedures_stored (sha256, media, size, body) VALUES (encode(sha256('x'), 'hex'), 'x', 1, 'x'); "
SIGNED = "UPDATE procedures_ruling SET state = 'signed', signed_by_id = {account}, signature = '{{}}', entry_id = {entry} WHERE case_id = {first}; "
#: With an issuer, but nobody of the roll is present.
ISSUED = (
    "INSERT INTO ballots_issuer (election_id, body, modulus) VALUES ({vote}, 7, '1');"
    " INSERT INTO ballots_issue (voter_id, issuer_id, blinded_hash) SELECT v.id, i.id, '' FROM ballots_voter v"
    " JOIN ballots_issuer i USING (election_id) WHERE election_id = {vote} ORDER BY v.id LIMIT 1"
)
WALLS = [
    Wall("case_holds", "procedures_case", "case_stays_about_the_same", "UPDATE procedures_case SET procedure = 'other' WHERE id = {first}"),
    Wall("case_holds", "procedures_case", "terms_are_sealed", "UPDATE procedures_case SET terms = '{{\"seats\": 9}}' WHERE id = {first}"),
    Wall("case_holds", "procedures_case", "ended_case_stays", ENDED + "UPDATE procedures_case SET state = 'open' WHERE id = {first}"),
    Wall("case_holds", "procedures_case", "effect_by_the_keeper", "UPDATE procedures_case SET state = 'effective' WHERE id = {first}"),
    Wall("step_holds", "procedures_step", "steps_follow_each_other", "INSERT INTO procedures_step (case_id, turn, name, state, outcome, said, opened_at) VALUES ({first}, 9, 'x', 'done', '', '{{}}', now())"),
    Wall("step_holds", "procedures_step", "closed_step_stays", "UPDATE procedures_step SET closed_at = now(), state = 'done' WHERE case_id = {first}; UPDATE procedures_step SET state = 'void' WHERE case_id = {first}"),
    Wall("step_holds", "procedures_step", "closed_step_stays", "UPDATE procedures_step SET name = 'other' WHERE case_id = {first}"),
    Wall("actor_holds", "procedures_actor", "actor_stays", "UPDATE procedures_actor SET capacity = 'chair' WHERE case_id = {first}", owner=True),
    Wall("actor_holds", "procedures_actor", "capacities_apart", "INSERT INTO procedures_actor (case_id, step_id, account_id, capacity, at) SELECT {first}, {step}, {account}, unnest(ARRAY['drafter', 'verifier']), now()"),
    Wall("actor_holds", "procedures_actor", "nobody_acts_in_own_case", "INSERT INTO procedures_actor (case_id, step_id, account_id, person_id, capacity, at) VALUES ({about}, {step}, {account}, {subject}, 'opinion', now())"),
    Wall("candidate_holds", "procedures_candidate", "candidate_stays", "UPDATE procedures_candidate SET person_id = {stranger} WHERE case_id = {first}"),
    Wall("candidate_holds", "procedures_candidate", "nobody_acts_in_own_case", "INSERT INTO procedures_candidate (case_id, person_id, state, result, put_by_id) VALUES ({acted}, {actor}, 'through', '', {account})"),
    Wall("elector_holds", "procedures_elector", "roll_is_frozen", "INSERT INTO procedures_elector (case_id, step_id, person_id, state, why) VALUES ({first}, {step}, {stranger}, 'convened', '')"),
    Wall("elector_holds", "procedures_elector", "roll_is_frozen", "UPDATE procedures_elector SET person_id = {stranger} WHERE case_id = {first}"),
    Wall("elector_holds", "procedures_elector", "roll_is_frozen", "UPDATE procedures_elector SET state = 'recused' WHERE case_id = {first}"),
    Wall("ruling_holds", "procedures_ruling", "digest_is_of_the_text", "UPDATE procedures_ruling SET text = '{{}}' WHERE case_id = {first}"),
    Wall("ruling_holds", "procedures_ruling", "signed_ruling_stays", SIGNED + "UPDATE procedures_ruling SET effective_on = '2001-01-01' WHERE case_id = {first}"),
    Wall("ruling_holds", "procedures_ruling", "effect_by_the_keeper", SIGNED + "UPDATE procedures_ruling SET state = 'effective' WHERE case_id = {first}"),
    Wall("signed_file_stays", "procedures_ruling", "signed_ruling_stays", SIGNED + KEPT + "UPDATE procedures_ruling SET signed_file_id = encode(sha256('x'), 'hex') WHERE case_id = {first}"),
    Wall("goes_forward", "ballots_election", "ballots_election_goes_forward", "UPDATE ballots_election SET state = 'closed' WHERE id = {prepared}"),
    Wall("goes_forward", "ballots_election", "ballots_election_goes_forward", "UPDATE ballots_election SET title = 'another' WHERE id = {vote}", owner=True),
    Wall("frozen", "ballots_voter", "ballots_roll_is_frozen", "INSERT INTO ballots_voter (election_id, person, body, present) VALUES ({vote}, 1, 1, true)"),
    Wall("frozen", "ballots_voter", "ballots_roll_is_frozen", "UPDATE ballots_voter SET present = true WHERE election_id = {prepared}"),
    Wall("frozen", "ballots_voter", "ballots_roll_is_frozen", "DELETE FROM ballots_voter WHERE election_id = {vote}", owner=True),
    Wall("to_the_present", "ballots_issue", "ballots_issued_to_the_present", ISSUED),
    Wall("while_open", "ballots_held", "ballots_only_while_open", "INSERT INTO ballots_held (mark, election_id, sealed) VALUES ('x', {prepared}, 'x')"),
    Wall("while_open", "ballots_ballot", "ballots_only_while_open", "INSERT INTO ballots_ballot (election_id, serial, receipt, choice, signatures) VALUES ({prepared}, 'x', 'x', '{{}}', '{{}}')"),
    *(Wall("only_grows", table, "", f"UPDATE {table} SET {column} = {column}", owner=True)
      for table, column in (("ballots_issue", "id"), ("ballots_ballot", "serial"), ("ballots_paper", "sheet"), ("ballots_held", "sealed"))),
    *(Wall("only_grows", table, "", f"DELETE FROM {table} WHERE false", owner=True) for table in ("ballots_issue", "ballots_ballot", "ballots_paper", "ballots_election")),
]  # fmt: skip


def filled(ground: Ground, statement: str) -> str:
    case = {name: pk for pk, name in ground.names.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM journal_entry")
        entry = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM procedures_step WHERE case_id = %s", [case["of a body"]])
        step = cursor.fetchone()[0]
    return statement.format(
        first=case["of a body"], about=case["about a person"], acted=case["with an actor"], step=step, entry=entry,
        account=ground.world.console.pk, prepared=ground.prepared, vote=ground.vote,
        **{name: person.pk for name, person in ground.persons.items()},
    )  # fmt: skip


def refusal(statement: str, using: str) -> str | None:
    """The name of what refuses a statement (empty: it has none), None where nothing does. Nothing of it stays."""
    try:
        with transaction.atomic(using), connections[using].cursor() as cursor:
            if using == "default":
                authority.open_sight(authority.Reach(True, frozenset(), None, True, frozenset()))
            cursor.execute(statement)
            transaction.set_rollback(True, using)
    except DatabaseError as refused:
        return constraints.name_of(refused) or ("" if "not rewritten" in str(refused) else str(refused))
    return None


def test_every_trigger_of_cases_and_votes_refuses_and_without_it_nobody_does(ground: Ground) -> None:
    wrong = []
    for wall in WALLS:
        using = "owner" if wall.owner else "default"
        with authority.sight(ground.world.console):
            statement = filled(ground, wall.statement)
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass",
                [wall.trigger, wall.table],
            )
            whole = cursor.fetchone()[0]
        said = refusal(statement, using)
        with owner_says(f"DROP TRIGGER {wall.trigger} ON {wall.table}", whole):
            left = refusal(statement, using)
        if said != wall.refuses or left is not None:
            wrong.append((wall.trigger, wall.table, wall.refuses, said, left))
    print(f"\n{len(WALLS)} statements refused, and let through once their trigger was dropped")
    assert not wrong, "\n".join(map(str, wrong))


def test_every_trigger_that_guards_cases_and_votes_is_in_the_table_above(ground: Ground) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND (tgrelid::regclass::text = ANY (%s)"
            " OR tgrelid::regclass::text LIKE 'ballots%%')", [list(TABLES)],
        )  # fmt: skip
        found = set(cursor.fetchall())
    assert found == {(wall.trigger, wall.table) for wall in WALLS}


def test_without_its_trigger_a_leading_post_is_filled_by_statement(ground: Ground) -> None:
    asked = (
        "INSERT INTO registry_membership (person_id, post_id, seat, organization_id, category, kind, valid, source_id, decision_id)"
        " SELECT {person}, p.id, 1, p.organization_id, 1, 2, daterange(CURRENT_DATE, NULL), p.source_id, p.decision_id"
        " FROM registry_post p WHERE p.id = {post}"
    )
    statement = asked.format(person=ground.persons["stranger"].pk, post=ground.posts["chair"].pk)

    def reached() -> int:
        with authority.sight(ground.world.console), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
            return int(cursor.rowcount)

    assert reached() == 1, "before the register keeps procedures a statement is enough"
    keep_from(TODAY - timedelta(days=1))
    try:
        assert reached() == 0
        name = "leading_posts_by_ruling"
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [name])
            whole = cursor.fetchone()[0]
        with owner_says(f"DROP TRIGGER {name} ON registry_membership", whole):
            assert reached() == 1
        assert reached() == 0
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM procedures_keeping")
