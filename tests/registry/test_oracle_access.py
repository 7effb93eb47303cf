"""Access, judged three times: the program, the database, and Cedar reading the guide. They differ on no cell.

Then the policy is broken on purpose, one rule at a time, in the program and in the database: the comparison finds each.
"""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from canbo.registry import authority, intake
from canbo.registry.changes import Change, EventKind, take_in
from canbo.registry.models import Account, Delegation, Membership, Succession
from tests import province as described
from tests import world as made_up
from tests.conftest import _clone
from tests.province import Actor, Province
from tests.registry import access_oracle as oracle
from tests.registry.access_oracle import ASKED
from tests.registry.acts import carry_out, outcome, parts

NAMES = [model._meta.db_table for model in described.SEEN_WHERE_EVER_SERVED]


@dataclass
class Ground:
    """The province really committed in a database of its own, every asker with its account, and what Cedar said."""

    province: Province
    accounts: dict[str, Any]
    things: dict[tuple[str, str], Any]
    told: dict[oracle.Cell, bool]
    rows: dict[oracle.Cell, bool]
    reaches: dict[str, authority.Reach]
    samples: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    with django_db_blocker.unblock(), _clone("canbo", f"test_access_{os.getpid()}"):
        with authority.sight(intake.console()):
            province = described.build(made_up.build())
            complete(province)
            accounts = enrol(province)
        with authority.sight(intake.console()), connection.cursor() as cursor:  # so that every twin has rows, too
            for table in guarded():
                if not table.endswith("_past"):
                    cursor.execute(f"UPDATE {table} SET confirmed_by_id = %s", [province.world.console.pk])
            samples = {table: sample(cursor, table, province) for table in guarded()}
        things: dict[tuple[str, str], Any] = {("Register", "all"): None}
        things |= {("Organization", code): pk for pk, code in province.codes.items()}
        things |= {("Post", code): post for code, post in province.posts.items()}
        things |= {("Person", who): person for who, person in province.persons.items()}
        reaches = {name: reach_of(authority, account) for name, account in accounts.items()}
        told, rows = oracle.answers(oracle.table(), ASKED), oracle.answers(["see the row"], list(row_names(province)))
        yield Ground(province, accounts, things, told, rows, reaches, samples)


def complete(province: Province) -> None:
    """What the description leaves open: a body that moved away and ended there, an end to come of somebody's service, a
    place in a plan for everybody."""
    world = province.world
    acts = {"decision": world.decision, "source": world.source, "by": world.console}
    take_in([outcome("P/3")], **acts, key="to move", valid_from=made_up.FOUNDED)
    described.by_code(world)
    pk = world.organizations["P/3"].pk
    move = Change(EventKind.MOVE, parts(world, "P/3"), (outcome("Q/6", parent="Q", continues=pk),))
    carry_out(world, move, on=date(2023, 1, 1), key="moves")
    described.by_code(world)
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "Q/6"), heirs=("Q/1",)), on=date(2024, 6, 1), key="ends")
    province.codes[pk] = "Q/6"
    Membership.objects.filter(person=province.persons["in the body that moved"], valid__endswith__isnull=True).update(
        valid=DateRange(date(2022, 1, 1), date(2091, 1, 1), "[)")
    )
    for person in province.persons.values():
        Succession.objects.create(
            person=person, post=province.posts["P/9"], valid=DateRange(date(2026, 1, 1), None, "[)"), **province.world.mark
        )


def sample(cursor: Any, table: str, province: Province) -> dict[str, Any]:
    """A row about somebody in Q/1 as it could be entered once more."""
    column = "id" if table.startswith("registry_person") and "name" not in table else "person_id"
    cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE {column} = %s", [province.persons["in another province"].pk])
    found = cursor.fetchone()
    assert found, f"Nobody in tests/province.py has a row in {table}: put its model into RECORDS and SEEN_... there."
    row: dict[str, Any] = json.loads(found[0]) if isinstance(found[0], str) else found[0]
    return row | {"id": -1, "identification_number": "999999999999", "valid": "[2050-01-01,2051-01-01)"}


def enrol(province: Province) -> dict[str, Any]:
    """Every asker's account, with what was granted and lent to it; givers are enrolled once each."""
    givers: dict[Actor, Account] = {}
    found: dict[str, Any] = {}
    for asker in oracle.askers():
        found[asker.name] = AnonymousUser()
        if not asker.signed_in:
            continue
        days = DateRange(*(None if each in oracle.ALWAYS else each for each in asker.days), "[)")
        holder = found[asker.name] = province.account(asker.actor, valid=days)
        for loan in asker.loans:
            giver = givers.get(loan.giver) or province.account(loan.giver)
            givers[loan.giver] = giver
            within = None if loan.within is None else province.world.organizations[loan.within]
            Delegation.objects.create(
                giver=giver, receiver=holder, acts=list(loan.acts), organization=within, valid=DateRange(*loan.days, "[)"),
                basis="a text", accepted_at=timezone.now() if loan.accepted else None,
                revoked_at=timezone.now() if loan.revoked else None, **province.world.mark,
            )  # fmt: skip
    return found


def row_names(province: Province) -> Iterator[tuple[str, str]]:
    yield "Row", "removal"
    for who in province.persons:
        yield "Row", f"file of {who}"
        yield "Row", f"name of {who}"
    for pk, body in province.lines:
        yield "Row", f"{province.who[pk]} in {province.codes[body]}"
        yield "Row", f"change of {province.who[pk]} in {province.codes[body]}"


def guarded() -> list[str]:
    """The tables of the register that row-level security guards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relname LIKE 'registry%' ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def fresh(account: Any) -> Any:
    """The account without what was read for it before."""
    clean = copy.copy(account)
    if not account.is_authenticated:
        return clean
    for name in ("_grants_today", "_lent_today", "_remembered"):
        clean.__dict__.pop(name, None)
    return clean


def reach_of(module: Any, account: Any) -> authority.Reach:
    return module.reach_of(fresh(account)) if account.is_authenticated else NOTHING


NOTHING = authority.Reach(False, frozenset(), None, False, frozenset())


# ---- no cell on which they differ


def differences(
    ground: Ground, module: Any = authority, acts: Any = None, accounts: dict[str, Any] | None = None
) -> Iterator[oracle.Cell]:
    """Cells on which the program and Cedar differ. Given accounts keep what they remember."""
    with authority.sight(ground.province.world.console):
        yield from _differences(ground, module, acts, accounts)


def _differences(ground: Ground, module: Any, acts: Any, accounts: dict[str, Any] | None) -> Iterator[oracle.Cell]:
    for asker in oracle.askers():
        account = accounts[asker.name] if accounts is not None else fresh(ground.accounts[asker.name])
        if not hasattr(account, "_remembered"):
            module.remember(account)
        for act in acts or oracle.table():
            for thing in ASKED:
                if module.allows(account, act, over=ground.things[thing]) != ground.told[asker.name, act, thing]:
                    yield asker.name, act, thing


def test_every_act_and_role_stands_in_the_guide() -> None:
    missing = sorted(set(authority.ACTS) - set(oracle.table()))
    assert not missing, f"Write these acts into the table of docs/guide/authority.md, with who may do them: {', '.join(missing)}"
    gone = sorted(set(oracle.table()) - set(authority.ACTS))
    assert not gone, f"docs/guide/authority.md names acts that authority.ACTS does not know: {', '.join(gone)}"
    for title, names in {
        "own file": authority.OWN_FILE, "never in the own file": authority.NEVER_OWN_FILE, "without a place": authority.CUT_TO_REACH,
        "never lent": authority.NEVER_LENT,
    }.items():  # fmt: skip
        said = oracle.group(oracle.GROUPS[title])
        assert sorted(said) == sorted(names), f"The rule {title!r} of docs/guide/authority.md names other acts than authority.py"


def test_the_province_is_the_one_that_the_oracle_speaks_of(ground: Ground) -> None:
    assert set(ground.province.codes.values()) == set(oracle.ABOVE)
    assert {asker.name for asker in oracle.askers()} == set(ground.accounts)
    assert len(ground.accounts) == sum(1 for _ in oracle.askers()), "two askers bear one name"


def test_the_program_and_cedar_differ_on_no_cell(ground: Ground) -> None:
    found = list(differences(ground))
    acts = sorted({act for _asker, act, _thing in found})
    assert not found, f"docs/guide/authority.md and authority.py say different things of {', '.join(acts)}; first: {found[:3]}"
    print(f"\n{len(ground.told)} cells, {sum(ground.told.values())} allowed, 0 disagreements")
    assert len(ground.told) > 40_000
    assert {True, False} == set(ground.told.values())


@contextmanager
def seen(reach: authority.Reach, module: Any = authority) -> Iterator[Any]:
    """A transaction in which the database shows that far; nothing of it stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        module.open_sight(reach)
        yield cursor
        transaction.set_rollback(True)


def rows_differ(
    ground: Ground, tables: list[str], module: Any = None, names: Iterable[str] = ()
) -> Iterator[tuple[str, str, Any]]:
    """Rows that the database shows and Cedar does not, or the other way round, by asker and table."""
    province, who = ground.province, ground.province.who
    every = {
        "file": {f"file of {each}" for each in province.persons}, "name": {f"name of {each}" for each in province.persons},
        "place": {f"{who[pk]} in {province.codes[body]}" for pk, body in province.lines},
    }  # fmt: skip
    for name in names or ground.accounts:
        if not tables:
            return
        reach = ground.reaches[name] if module is None else reach_of(module, ground.accounts[name])
        with seen(reach, module or authority) as cursor:
            for table in list(tables):
                bare = table.removesuffix("_past")
                kind = "place" if bare == "registry_membership" else "name" if bare in NAMES else "file"
                person = "id" if bare == "registry_person" else "person_id"
                cursor.execute(
                    f"SELECT DISTINCT {person}, {'organization_id' if kind == 'place' else 'NULL::bigint'} FROM {table}"
                )
                shown = {
                    f"{who[pk]} in {province.codes[body]}" if body else f"{kind} of {who[pk]}" for pk, body in cursor.fetchall()
                }
                told = {row for row in every[kind] if ground.rows[name, "see the row", ("Row", row)]}
                if shown != told:
                    yield name, table, shown ^ told


def writes_differ(ground: Ground, tables: list[str], names: Iterable[str] = ()) -> Iterator[tuple[str, str, Any]]:
    """Where the database lets an asker change, remove or enter rows and Cedar does not, or the other way round."""
    province, who = ground.province, ground.province.who
    files = {f"file of {each}" for each in province.persons}
    places = {f"change of {who[pk]} in {province.codes[body]}" for pk, body in province.lines}
    for name in names or ground.accounts:
        if not tables:
            return
        said = {row for row in files | places | {"removal"} if ground.rows[name, "see the row", ("Row", row)]}
        with seen(ground.reaches[name]) as cursor:
            for table in list(tables):
                placed, person = table == "registry_membership", "id" if table == "registry_person" else "person_id"
                cursor.execute(f"UPDATE {table} SET confirmed_by_id = NULL")  # looks nothing up: no policy of reading helps
                blindly = cursor.rowcount
                cursor.execute(
                    f"UPDATE {table} SET confirmed_by_id = NULL RETURNING {person}, {'organization_id' if placed else 'NULL'}"
                )
                rows = cursor.fetchall()
                changed = {
                    f"change of {who[pk]} in {province.codes[body]}" if placed else f"file of {who[pk]}" for pk, body in rows
                }
                if changed != said & (places if placed else files) or len(rows) != blindly:
                    yield name, table, changed ^ (said & (places if placed else files))
                if lets(cursor, f"DELETE FROM {table}") != ("removal" in said):
                    yield name, table, "removes"
                entering = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
                may = not placed or "change of in another province in Q/1" in said
                if lets(cursor, entering, [json.dumps(ground.samples[table])]) != may:
                    yield name, table, "enters"


def lets(cursor: Any, statement: str, values: Any = None) -> bool:
    """Whether row-level security lets a statement do anything; it is taken back."""
    try:
        with transaction.atomic():
            cursor.execute(statement, values)
            done = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as refused:  # what was let through may still break what hangs on it
        return "row-level security" not in str(refused)
    return bool(done)


def test_the_database_and_cedar_differ_on_no_row(ground: Ground) -> None:
    assert list(rows_differ(ground, guarded())) == []
    assert list(writes_differ(ground, [table for table in guarded() if not table.endswith("_past")])) == []


# ---- the policy broken on purpose

SOURCE = Path(authority.__file__).read_text(encoding="utf-8")
#: One rule of the program's text, and what it is broken into. Each must stand in the text exactly as often as said (once).
BROKEN = [
    ("if not by.is_authenticated or not by.is_active:", "if not by.is_authenticated:"),
    ("if not by.is_authenticated or not by.is_active:", "if not by.is_active:"),
    ("    if roles is None:\n        return True\n", "    if roles is None:\n        return False\n"),
    ("if isinstance(over, Person) and over.pk is not None and by.person_id == over.pk:", "if False:"),
    ("if isinstance(over, Person) and over.pk is not None and by.person_id == over.pk:", "if isinstance(over, Person):"),
    ("        if act in OWN_FILE:\n            return True\n", ""),
    ("        if act in NEVER_OWN_FILE:\n            return False\n", ""),
    ("if power.lender is None or power.lender != over.pk]", "]"),
    ("    if any(power.root is None and power.within is None for power in powers):\n        return True\n    if over", "    if over"),
    ("power.root is None and power.within is None for power in powers):\n        return True\n    if over", "power.root is None for power in powers):\n        return True\n    if over"),
    ("power.root is None and power.within is None for power in powers):\n        return True\n    if over", "power.within is None for power in powers):\n        return True\n    if over"),
    ("return act in CUT_TO_REACH", "return True"),
    ("return act in CUT_TO_REACH", "return False"),
    ("return bool(reached & places)", "return True"),
    ("return bool(reached & places)", "return False"),
    ("return bool(reached & places)", "return bool(places <= reached)"),
    ("return self.role in roles and (", "return ("),
    ("(act in self.acts and act not in NEVER_LENT)", "act not in NEVER_LENT"),
    ("(act in self.acts and act not in NEVER_LENT)", "act in self.acts"),
    ("(self.acts is None or (", "(False or ("),
    ("filter(account_id=account, valid__contains=day)", "filter(account_id=account, valid__startswith__lte=day)"),
    ("filter(account_id=account, valid__contains=day)", "filter(account_id__gte=account, valid__contains=day)"),
    ("        Q(revoked_at__isnull=True) | Q(revoked_at__date__gt=day),\n", ""),
    ("receiver_id=receiver, ", "receiver_id__gte=receiver, "),
    ("giver__is_active=True, ", ""),
    ("valid__contains=day, accepted_at__date__lte=day", "accepted_at__date__lte=day"),
    ("valid__contains=day, accepted_at__date__lte=day", "valid__contains=day"),
    ("Power(grant.role, grant.organization_id, frozenset(lent.acts)", "Power(grant.role, None, frozenset(lent.acts)"),
    ("frozenset(lent.acts), lent.organization_id", "frozenset(ACTS), lent.organization_id"),
    ("frozenset(lent.acts), lent.organization_id", "frozenset(lent.acts), None"),
    ("lent.organization_id, lent.giver.person_id)", "lent.organization_id, None)"),
    ("return own + _lent(account, on=on)", "return own"),
    ("return own + _lent(account, on=on)", "return _lent(account, on=on)"),
    ("frozenset.intersection(*granted, *named)", "frozenset.union(*granted, *named)"),
    ("        return frozenset({over.organization_id})\n", "        return frozenset()\n"),
    ("OR NOT canbo_in_service(%(person)s))", "OR true)"),
    (" OR NOT canbo_in_service(%(person)s))", ")"),
    ("(upper_inf(valid) OR upper(valid)", "(upper(valid)"),
    ("OR upper(valid) > %(today)s::date OR", "OR"),
    ("(child.life @> %(today)s::date AND p.valid @> %(today)s::date)", "false"),
    ("(child.life @> %(today)s::date AND p.valid @> %(today)s::date)", "(child.life @> %(today)s::date)"),
    ("            OR (upper(child.life) <= %(today)s AND upper(p.valid) = upper(child.life))  -- ended there\n", ""),
    ("(upper(child.life) <= %(today)s AND upper(p.valid) = upper(child.life))", "(upper(child.life) <= %(today)s)"),
    ("        WHERE r.organization_id = b.id AND r.forms AND o.whole AND e.on <= %(today)s\n", "        WHERE false\n"),
    ("AND r.forms AND o.whole AND", "AND o.whole AND"),
    ("AND r.forms AND o.whole AND", "AND r.forms AND"),
    ("    SELECT unnest(%(roots)s::bigint[])\n", "    SELECT p.organization_id FROM registry_organizationparent p WHERE p.parent_id = ANY (%(roots)s::bigint[])\n"),
    ("    if not _may_act(account):\n        return Reach", "    if False:\n        return Reach"),
    ("act == COUNTING or (power.role in SEE_PEOPLE and", "(power.role in SEE_PEOPLE or"),
    ("(power.role in SEE_PEOPLE and power.serves(SEEING, SEE_PEOPLE))", "(power.role in SEE_PEOPLE)"),
    ("(power.role in SEE_PEOPLE and power.serves(SEEING, SEE_PEOPLE))", "False"),
    ("if len(seeing) == len(powers) else _extent(account, seeing)", "if True else ()"),
    ("organizations, account.person_id, sees_everything, sees)", "organizations, None, sees_everything, sees)"),
    ('"on" if reach.sees_everything else "off"', '"on" if reach.everything else "off"'),
    ('"on" if reach.sees_everything else "off"', '"off"'),
    ('",".join(map(str, sorted(reach.sees)))', '",".join(map(str, sorted(reach.organizations)))'),
    ('",".join(map(str, sorted(reach.sees)))', '""'),
    ('"" if reach.own_person is None else str(reach.own_person)', '""'),
]  # fmt: skip
#: Broken rules that change no answer, each with its reason.
WITHOUT_EFFECT = {"if not by.is_active:": "a visitor is never active: the account of Django for visitors says so itself"}
SHOWN = ["registry_membership", "registry_personname", "registry_sanction"]


def broken_program(old: str, new: str) -> ModuleType:
    """authority.py with one rule broken, beside the real one."""
    assert SOURCE.count(old) == 1, f"{old!r} stands {SOURCE.count(old)} times in authority.py: say again which rule is meant"
    module = ModuleType("canbo.registry.authority_broken")
    sys.modules[module.__name__] = module
    exec(compile(SOURCE.replace(old, new), "authority_broken.py", "exec"), module.__dict__)
    return module


def killed(ground: Ground, module: Any, accounts: dict[str, Any] | None = None, acts: Any = None) -> bool:
    """Whether the comparison finds a broken program; one that no longer runs is found, too."""
    try:
        found = next(differences(ground, module, acts, accounts), None)
        return found is not None or (acts is None and next(rows_differ(ground, SHOWN, module), None) is not None)
    except Exception:
        return True


def test_every_role_dropped_from_an_act_and_every_role_added_is_found(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = {name: fresh(account) for name, account in ground.accounts.items()}
    assert next(differences(ground, accounts=accounts), None) is None
    survivors, tried = [], 0
    for act, roles in authority.ACTS.items():
        changed: list[tuple[str, Any]] = [(str(role), (roles or authority.EVERY_ROLE) ^ {role}) for role in authority.EVERY_ROLE]
        changed.append(("everyone", None if roles is not None else authority.EVERY_ROLE))
        for name, instead in changed:
            tried += 1
            with monkeypatch.context() as patch:
                patch.setitem(authority.ACTS, act, instead)
                if not killed(ground, authority, accounts, [act]):
                    survivors.append((act, name))
    print(f"\n{tried} roles dropped, added or opened to everyone, {tried - len(survivors)} found")
    assert survivors == []


def test_every_act_moved_in_or_out_of_a_special_rule_is_found(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = {name: fresh(account) for name, account in ground.accounts.items()}
    assert next(differences(ground, accounts=accounts), None) is None
    survivors, tried, same = [], 0, 0
    for rule in ("OWN_FILE", "NEVER_OWN_FILE", "CUT_TO_REACH", "NEVER_LENT"):
        for act in authority.ACTS:
            if authority.ACTS[act] is None or (authority.ACTS[act] == frozenset() and rule != "OWN_FILE"):
                same += 1  # everyone may do it in every file and without a place, or no role may do it: nobody lends it
                continue
            tried += 1
            with monkeypatch.context() as patch:
                patch.setattr(authority, rule, getattr(authority, rule) ^ {act})
                if not killed(ground, authority, accounts, [act]):
                    survivors.append((rule, act))
    for role in authority.EVERY_ROLE:
        tried += 1
        with monkeypatch.context() as patch:
            patch.setattr(authority, "SEE_PEOPLE", authority.SEE_PEOPLE ^ {role})
            if next(rows_differ(ground, SHOWN, authority), None) is None:
                survivors.append(("SEE_PEOPLE", str(role)))
    print(f"\n{tried} moves in or out of a special rule, {tried - len(survivors)} found ({same} more change nothing)")
    assert survivors == []


def test_every_broken_rule_of_the_program_is_found(ground: Ground) -> None:
    tried = [(old, new) for old, new in BROKEN if new not in WITHOUT_EFFECT]
    survivors = [(old, new) for old, new in tried if not killed(ground, broken_program(old, new))]
    print(
        f"\n{len(tried)} rules of authority.py broken, {len(tried) - len(survivors)} found ({len(WITHOUT_EFFECT)} more change nothing)"
    )
    assert not survivors, "\n".join(map(str, survivors))


# What a policy may be missing: a part of its condition, and what that part is replaced by.
PARTS = [
    ("canbo_sees_all()", "false"), ("canbo_self()", "NULL::bigint"), ("canbo_scope()", "'{}'::bigint[]"),
    ("canbo_in_service(person_id)", "true"), ("canbo_in_service(person_id)", "false"), ("canbo_in_service(id)", "true"),
    ("canbo_in_service(id)", "false"), ("canbo_serving s", "canbo_served s"), ("canbo_served s", "canbo_serving s"),
    ("canbo_serving s", "(SELECT NULL::bigint AS person_id) s"), ("canbo_served s", "(SELECT NULL::bigint AS person_id) s"),
]  # fmt: skip
# The same of the views that policies look up, and a table on which it shows.
VIEW_PARTS = [
    ("canbo_scope()", "'{}'::bigint[]"), ("upper_inf(m.valid)", "false"), ("(upper(m.valid) > CURRENT_DATE)", "false"),
    ("(upper(m.valid) > CURRENT_DATE)", "true"), ("SELECT false", "SELECT true"),
]  # fmt: skip
VIEWS = {"canbo_served": "registry_personname", "canbo_serving": "registry_sanction"}


@contextmanager
def said_by_the_owner(statements: list[tuple[str, str]]) -> Iterator[None]:
    """Statements of the owner of the tables, each with the one that puts right again what it broke."""
    with connections["owner"].cursor() as cursor:
        for broken, _whole in statements:
            cursor.execute(broken)
        try:
            yield
        finally:
            for _broken, whole in statements:
                cursor.execute(whole)


def broken_policies() -> dict[tuple[str, ...], dict[str, tuple[str, str]]]:
    """What is broken -> table -> the statements that break it and put it right, for every policy that the program can meet.

    One part of one policy is broken on all tables at once; on memberships by themselves, which the others look up.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = ANY (%s) ORDER BY 1, 2",
            [guarded()],
        )
        policies = cursor.fetchall()
    found: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    for table, policy, command, using, check in policies:
        if table.endswith("_past") and command != "SELECT":
            continue  # the role of the programs has no right to write twins: no such policy is ever asked
        clause, told = ("WITH CHECK", check) if command == "INSERT" else ("USING", using)
        instead = {("all", other): other for other in ("true", "false") if other != told}
        instead |= {(part, other): told.replace(part, other) for part, other in PARTS if part in told}
        for (part, other), text in instead.items():
            by_itself = table if table.startswith("registry_membership") else "records"
            statement = f"ALTER POLICY {policy} ON {table} {clause} ({{}})"
            found.setdefault((by_itself, policy, part, other), {})[table] = statement.format(text), statement.format(told)
    return found | broken_views()


def broken_views() -> dict[tuple[str, ...], dict[str, tuple[str, str]]]:
    found, used = {}, set()
    for view, table in VIEWS.items():
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_get_viewdef(%s::regclass)", [view])
            told = cursor.fetchone()[0]
        for part, other in VIEW_PARTS:
            if part in told:
                used.add((part, other))
                statement = f"CREATE OR REPLACE VIEW {view} WITH (security_barrier) AS {{}}"
                whole = statement.format(told)
                found[view, part, other] = {table: (statement.format(told.replace(part, other)), whole)}
    assert used == set(VIEW_PARTS), "a part that no view has any more breaks nothing"
    return found


def test_every_broken_policy_of_the_database_is_found(ground: Ground) -> None:
    by_reach = {repr(reach): name for name, reach in reversed(ground.reaches.items())}
    survivors, tried = [], 0
    for what, tables in broken_policies().items():
        tried += len(tables)
        alive = list(tables)
        with said_by_the_owner(list(tables.values())):
            for _name, table, _rows in rows_differ(ground, alive, names=by_reach.values()):
                alive.remove(table)
            writing = [table for table in alive if not table.endswith("_past")]
            for _name, table, _rows in writes_differ(ground, writing, names=by_reach.values()):
                if table in writing:
                    writing.remove(table)
                    alive.remove(table)
        survivors += [(table, *what) for table in alive]
    print(f"\n{tried} policies broken, {tried - len(survivors)} found; {len(by_reach)} different reaches asked")
    assert not survivors, "\n".join(map(str, survivors))
