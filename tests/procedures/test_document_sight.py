"""Who sees and who adds documents, papers and their bytes, described by hand and held against the database.

Then every policy is dropped, opened, or broken in one of its parts, and the triggers that let nothing be rewritten are
dropped: each is found.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from canbo.journal import entries
from canbo.procedures.models import Case, Document, Paper, Stored
from canbo.registry import authority, intake
from canbo.registry.days import since
from tests import world as made_up
from tests.conftest import _clone
from tests.procedures.test_case_sight import TABLES as OF_CASES
from tests.procedures.test_case_sight import lets, owner_says, refusal, sight_of
from tests.procedures.test_scenario_sight import TABLES as OF_SCENARIOS

TODAY = date.today()

# ---- the description

#: Documents, each with the one thing by which it concerns somebody.
DOCUMENTS = (
    "of a body", "of a case of a body", "of a case decided by a body", "of a case about a post in a body", "meant for its subject",
    "about somebody, not meant for him", "of another body",
)  # fmt: skip
#: Whose papers: where he or she serves, or served last.
PAPERS = ("who serves in a body", "who went from that body to another", "who retired from that body", "who never served")
#: Who asks -> bodies in sight (None: all), whose person; the documents and the papers that are seen.
ASKERS: dict[str, tuple[tuple[str, ...] | None, str | None, set[str], set[str]]] = {
    "who sees everything": (None, None, set(DOCUMENTS), set(PAPERS)),
    "the body": (("P/1.executive",), None, {"of a body"}, {"who serves in a body", "who retired from that body"}),
    "the body of the case": (("P/2.executive",), None, {"of a case of a body"}, set()),
    "the deciding body": (("P.executive",), None, {"of a case decided by a body"}, set()),
    "the body of the post": (("P/1.party",), None, {"of a case about a post in a body"}, set()),
    "the next body": (("Q/1",), None, set(), {"who went from that body to another"}),
    "whom it is meant for": ((), "subject", {"meant for its subject"}, set()),
    "whom it is about": ((), "other", set(), set()),
    "who serves": ((), "who serves in a body", set(), {"who serves in a body"}),
    "who never served": ((), "who never served", set(), {"who never served"}),
    "nobody": ((), None, set(), set()),
}
TABLES = ("procedures_document", "procedures_paper", "procedures_stored")
ISSUERS = {"of a body": "P/1.executive"}  # the others were issued by a body that sees nothing else here


def told(asker: str) -> dict[str, dict[str, set[str]]]:
    """Table -> what is seen, and to whose rows one more may be added. Whoever has a file adds to it, but nobody to his own."""
    bodies, _who, documents, papers = ASKERS[asker]
    everything = bodies is None
    mine = {name for name in DOCUMENTS if everything or ISSUERS.get(name) in (bodies or ())}
    return {
        "procedures_document": {"sees": documents, "adds": mine},
        "procedures_paper": {"sees": papers, "adds": papers if everything or bodies else set()},
        "procedures_stored": {"sees": documents | papers, "adds": {"bytes"}},
    }


# ---- the same in the register


@dataclass
class Ground:
    reaches: dict[str, authority.Reach]
    names: dict[str, dict[Any, str]]  # table -> key of the row -> its name
    samples: dict[str, dict[str, dict[str, Any]]]  # table -> name -> the row as it could be entered once more


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    with django_db_blocker.unblock(), _clone("canbo", f"test_documents_{os.getpid()}"):
        with authority.sight(intake.console()):
            built = build(made_up.build())
        yield built


def build(world: made_up.World) -> Ground:
    persons = {name: world.person(f"Thị {number}") for number, name in enumerate((*PAPERS, "subject", "other"))}
    here = world.post("P/1.executive", "specialist", seats=3)
    left = since(date(2016, 1, 1), date(2022, 1, 1))
    world.serve(persons["who serves in a body"], here)
    world.serve(persons["who went from that body to another"], here, seat=2, valid=left)
    world.serve(persons["who went from that body to another"], world.post("Q/1", "specialist"), valid=since(date(2022, 1, 1)))
    world.serve(persons["who retired from that body"], here, seat=3, valid=left)
    names: dict[str, dict[Any, str]] = {table: {} for table in TABLES}
    body = world.organizations
    case = {"procedure": "p", "state": "open", "on": TODAY, "rulebook": "0" * 64, "opened_by": world.console}
    more: dict[str, dict[str, Any]] = {
        "of a case of a body": {"case": Case.objects.create(organization=body["P/2.executive"], **case)},
        "of a case decided by a body": {"case": Case.objects.create(manager=body["P.executive"], **case)},
        "of a case about a post in a body": {"case": Case.objects.create(post=world.post("P/1.party", "support"), **case)},
        "meant for its subject": {"person": persons["subject"], "to_person": True},
        "about somebody, not meant for him": {"person": persons["other"]},
    }
    made = {"made_by": world.console}
    for number, name in enumerate(DOCUMENTS):
        stored = keep(name)
        row = Document.objects.create(
            kind="notice",
            language="vi",
            issuer=body[ISSUERS.get(name, "Q/1.executive")],
            series=f"S{number}",
            year=TODAY.year,
            number=1,
            symbol=name[:60],
            issued_on=TODAY,
            title=name,
            content="0" * 64,
            **{"to_person": False, "body": stored, "entry": entry(world, f"document {number}"), **made, **more.get(name, {})},
        )
        names["procedures_document"][row.pk] = names["procedures_stored"][stored.pk] = name
    for name in PAPERS:
        stored = keep(name)
        row = Paper.objects.create(
            person=persons[name], item="cv", finding="file", body=stored, name="cv.pdf", received_on=TODAY, authority=body["P"], added_by=world.console,
            entry=entry(world, f"paper {name}"),
        )  # fmt: skip
        names["procedures_paper"][row.pk] = names["procedures_stored"][stored.pk] = name
    reaches = {}
    for asker, (bodies, who, *_rest) in ASKERS.items():
        scope = frozenset(body[code].pk for code in bodies or ())
        reaches[asker] = authority.Reach(bodies is None, scope, persons[who].pk if who else None, bodies is None, scope)
    samples = {table: {name: as_row(table, key) for key, name in names[table].items()} for table in TABLES}
    samples["procedures_stored"] = {"bytes": {"sha256": digest("more"), "media": "text/plain", "size": 4, "body": "\\x6d6f7265"}}
    return Ground(reaches, names, samples)


def keep(text: str) -> Stored:
    return Stored.objects.create(sha256=digest(text), media="text/plain", size=len(text.encode()), body=text.encode())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def entry(world: made_up.World, key: str) -> Any:
    return entries.record("document.issued", by=world.console, about=world.organizations["P"], key=key, payload={})


def as_row(table: str, key: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t) FROM {table} t WHERE {'sha256' if table == 'procedures_stored' else 'id'} = %s", [key]
        )
        found = cursor.fetchone()[0]
    row: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return row | {"id": -1, "number": 2}


# ---- no cell on which they differ


def differences(ground: Ground, tables: tuple[str, ...] = TABLES) -> Iterator[tuple[str, str, str, Any]]:
    for asker, reach in ground.reaches.items():
        with sight_of(reach) as cursor:
            for table in tables:
                said = told(asker)[table]
                cursor.execute(f"SELECT {'sha256' if table == 'procedures_stored' else 'id'} FROM {table}")
                seen = {ground.names[table][row[0]] for row in cursor.fetchall()}
                if seen != said["sees"]:
                    yield asker, table, "sees", seen ^ said["sees"]
                entering = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
                may = {name for name, row in ground.samples[table].items() if lets(cursor, entering, [json.dumps(row)])}
                if may != said["adds"]:
                    yield asker, table, "adds", may ^ said["adds"]


def test_the_database_and_the_description_differ_on_no_document_and_no_paper(ground: Ground) -> None:
    assert list(differences(ground)) == []


def test_no_table_of_cases_documents_and_votes_has_a_policy_that_no_test_describes(ground: Ground) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tablename FROM pg_policies WHERE tablename LIKE 'procedures%' OR tablename LIKE 'ballots%'"
        )
        # evidence: tests/evaluation/test_evidence.py; who was asked and answered: test_consulting.py; proposals: test_proposals.py
        others = {"procedures_waiting_past", "procedures_evidence", "procedures_consulted", "procedures_opinion"}
        others |= {"procedures_proposal", "procedures_proposed", "procedures_hand"}
        assert {row[0] for row in cursor.fetchall()} == {*OF_CASES, *TABLES, *OF_SCENARIOS, *others}


# ---- broken on purpose

BROKEN_PARTS = [
    ("canbo_sees_all()", "false"), ("canbo_scope()", "'{}'::bigint[]"), ("canbo_self()", "NULL::bigint"), ("(to_person AND ", "(true AND "),
    ("c.organization_id, ", ""), ("c.manager_id, ", ""), (", p.organization_id", ""), ("(issuer_id = ANY", "(NULL::bigint = ANY"),
    ("(c.id = procedures_document.case_id)", "true"), ("canbo_file_within(person_id,", "canbo_file_within(NULL::bigint,"),
    ("canbo_file_within(person_id, ( SELECT canbo_scope() AS canbo_scope))", "true"),
    ("((d.sha256)::text = (procedures_stored.sha256)::text)", "false"), ("((p.sha256)::text = (procedures_stored.sha256)::text)", "false"),
    ("((d.sha256)::text = (procedures_stored.sha256)::text)", "true"), ("((p.sha256)::text = (procedures_stored.sha256)::text)", "true"),
]  # fmt: skip


def broken_policies() -> Iterator[tuple[str, str, str, str]]:
    """Table, what is broken, the statement that breaks it, the statement that puts it right."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = ANY (%s)", [list(TABLES)]
        )
        policies = cursor.fetchall()
    used = set()
    for table, policy, command, using, check in policies:
        clause, text = ("WITH CHECK", check) if command == "INSERT" else ("USING", using)
        instead = {("all", other): other for other in ("true", "false") if other != text}
        instead |= {(part, other): text.replace(part, other) for part, other in BROKEN_PARTS if part in text}
        used |= set(instead)
        for what, broken in instead.items():
            alter = f"ALTER POLICY {policy} ON {table} {clause} ({{}})"
            yield table, f"{policy}: {what}", alter.format(broken), alter.format(text)
        again = f"CREATE POLICY {policy} ON {table} FOR {command} {clause} ({text})"
        yield table, f"{policy}: dropped", f"DROP POLICY {policy} ON {table}", again
    assert set(BROKEN_PARTS) <= used, f"no policy has these parts any more: {set(BROKEN_PARTS) - used}"


def test_every_broken_policy_of_documents_and_papers_is_found(ground: Ground) -> None:
    survivors, number = [], 0
    for table, what, broken, whole in broken_policies():
        number += 1
        with owner_says(broken, whole):
            if next(differences(ground, (table,)), None) is None:
                survivors.append((table, what))
    print(f"\n{number} policies broken, {number - len(survivors)} found")
    assert not survivors, "\n".join(map(str, survivors))


@pytest.mark.parametrize("table", TABLES)
def test_only_its_trigger_keeps_the_owner_from_rewriting(ground: Ground, table: str) -> None:
    statements = [f"UPDATE {table} SET sha256 = sha256", f"DELETE FROM {table} WHERE false"]
    assert [refusal(statement, "owner") for statement in statements] == ["document_stays"] * 2
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'stays' AND tgrelid = %s::regclass", [table])
        whole = cursor.fetchone()[0]
    put_right = f"{whole}; ALTER TABLE {table} ENABLE ALWAYS TRIGGER stays"
    with owner_says(f"DROP TRIGGER stays ON {table}", put_right):
        assert [refusal(statement, "owner") for statement in statements] == [None, None]


@pytest.mark.parametrize(
    ("changes", "refuses"),
    [({"number": 9}, "document_numbers_follow"), ({"kind": "decision-appointment"}, "decision_document_after_ruling")],
)
def test_only_its_trigger_keeps_numbers_and_decisions_in_order(ground: Ground, changes: dict[str, Any], refuses: str) -> None:
    table = "procedures_document"
    row = json.dumps({**ground.samples[table]["of another body"], "entry_id": 0, **changes}).replace("'", "''")
    entering = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{row}'::jsonb)"
    assert refusal(entering, "default") == refuses
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'document_holds'")
        whole = cursor.fetchone()[0]
    with owner_says(f"DROP TRIGGER document_holds ON {table}", whole):
        assert refusal(entering, "default") is None
