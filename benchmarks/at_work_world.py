"""The body of 20,000 that `at_work.py` sets to work: departments, divisions of fifty, a catalogue, a month's assignments, sessions.

Rows by the thousand are written by the owner of the tables, as an intake is; the catalogue and the evaluations that wait to be
published go through their services. Everybody is invented, and so are the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

DEPARTMENTS, DIVISIONS, STAFF = 40, 10, 50  # 20,000 people in 400 divisions
PRODUCTS, ASSIGNED, BEFORE = 60, 8, 1  # of a person and month; months before this one
WAITING = 160  # evaluations of last month that wait to be published
ROOT = "P"

PEOPLE = """
INSERT INTO registry_post (organization_id, job_id, valid, source_id, decision_id)
SELECT c.organization_id, j.id, '[2015-01-01,)', %(source)s, %(decision)s FROM registry_organizationcode c, registry_job j
WHERE c.code LIKE 'P.%%.%%' AND j.code IN ('specialist', 'division-head');
INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id)
SELECT p.id, n, p.valid, %(source)s, %(decision)s FROM registry_post p JOIN registry_job j ON j.id = p.job_id,
generate_series(1, %(staff)s - 1) n WHERE n = 1 OR j.code = 'specialist';
INSERT INTO registry_person (identification_number, sex, source_id, decision_id)
SELECT lpad(n::text, 12, '0'), CASE n %% 2 WHEN 0 THEN 'F' ELSE 'M' END, %(source)s, %(decision)s FROM generate_series(1, %(people)s) n;
INSERT INTO registry_personname (person_id, family, given, sort_key, search_key, valid, source_id, decision_id)
SELECT id, (ARRAY['Nguyen', 'Tran', 'Le', 'Pham', 'Hoang'])[1 + id %% 5], 'An ' || id, '', '', '(,)', %(source)s, %(decision)s FROM registry_person;
INSERT INTO registry_membership (person_id, post_id, seat, organization_id, category, kind, valid, source_id, decision_id)
SELECT q.id, s.post_id, s.number, s.organization_id, 2, 5, '[2020-01-01,)', %(source)s, %(decision)s
FROM (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM registry_person) q
JOIN (SELECT s.post_id, s.number, p.organization_id, row_number() OVER (ORDER BY p.organization_id, j.code, s.number) AS nth
      FROM registry_seat s JOIN registry_post p ON p.id = s.post_id JOIN registry_job j ON j.id = p.job_id) s USING (nth);
INSERT INTO registry_disclosure (person_id, topic, valid, source_id, decision_id)
SELECT p.id, t, daterange(%(told)s, NULL), %(source)s, %(decision)s FROM registry_person p, unnest(%(topics)s::text[]) t
"""
ACCOUNTS = """
INSERT INTO registry_account (username, label, email, password, person_id, is_active, is_program, language)
SELECT 'at-work-' || m.person_id, 'At work ' || m.person_id, '', '!none', m.person_id, true, false, ''
FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
JOIN (SELECT organization_id, row_number() OVER (ORDER BY organization_id) AS nth FROM
      (SELECT DISTINCT organization_id FROM registry_membership) b) d ON d.organization_id = m.organization_id
WHERE j.standing = 'head' OR m.seat <= (%(users)s / 200) - 1 AND d.nth <= 200 OR d.nth > 200 AND m.seat = 1;
INSERT INTO registry_grant (account_id, role, organization_id, valid, source_id, decision_id)
SELECT a.id, 'leader', m.organization_id, '[2020-01-01,)', %(source)s, %(decision)s FROM registry_account a
JOIN registry_membership m ON m.person_id = a.person_id JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
WHERE j.standing = 'head';
INSERT INTO registry_grant (account_id, role, organization_id, valid, source_id, decision_id)
SELECT DISTINCT ON (o.parent_id) a.id, 'officer', o.parent_id, '[2020-01-01,)'::daterange, %(source)s::bigint, %(decision)s::bigint
FROM registry_account a JOIN registry_membership m ON m.person_id = a.person_id JOIN registry_post p ON p.id = m.post_id
JOIN registry_job j ON j.id = p.job_id JOIN registry_organizationparent o ON o.organization_id = m.organization_id
WHERE j.standing = 'staff' ORDER BY o.parent_id, m.organization_id, a.id
"""
WORK = """
INSERT INTO evaluation_assignment (person_id, organization_id, product_id, task, main, coefficient, number, period, first, last, extra,
                                   given_by_id, given_on)
SELECT m.person_id, m.organization_id, q.id, '', true, q.coefficient, 100, %(period)s, %(first)s, %(last)s, '',
       coalesce(h.id, %(console)s), %(first)s
FROM registry_membership m JOIN LATERAL generate_series(1, %(assigned)s) n ON true
JOIN (SELECT id, coefficient, row_number() OVER (ORDER BY id) - 1 AS nth FROM evaluation_product) q
     ON q.nth = (m.person_id * 7 + n * 11) %% %(products)s
LEFT JOIN (SELECT g.organization_id, a.id FROM registry_grant g JOIN registry_account a ON a.id = g.account_id WHERE g.role = 'leader') h
     ON h.organization_id = m.organization_id;
INSERT INTO evaluation_log (assignment_id, done, day, text, evidence, link, logged_by_id, logged_on)
SELECT a.id, 50, a.first, 'Drafted and sent.', '12/CV', '', a.given_by_id, a.first FROM evaluation_assignment a
WHERE a.period = %(period)s AND ((a.person_id + a.product_id) %% 8 < 6 OR %(over)s);
INSERT INTO evaluation_acceptance (assignment_id, done, quality_failures, delays, days_late, remark, cause, cause_state, accepted_by_id, accepted_on)
SELECT a.id, 20, (a.id %% 17 = 0)::int, (a.id %% 13 = 0)::int, (a.id %% 13 = 0)::int, '', '', '', a.given_by_id, a.first
FROM evaluation_assignment a WHERE a.period = %(period)s AND ((a.person_id + a.product_id) %% 8 < 3 OR %(over)s)
"""


@dataclass(frozen=True)
class User:
    """Somebody signed in: what the person does, the cookie of the session, and addresses that are the own."""

    kind: str
    session: str
    person: int
    code: str


def fill(users: int) -> None:
    """The body with its people, products and work, committed; a register that was filled before is left as it is."""
    from canbo.registry import authority, intake
    from canbo.registry.changes import Outcome, take_in
    from canbo.registry.models import Disclosure, Person, Source

    if Person.objects.using("owner").exists():
        return
    console = intake.console()
    with authority.sight(console):
        source, _made = Source.objects.get_or_create(code="measured", defaults={"title": "To measure", "invented": True})
        decision = intake.decision(source)
        outcomes = [Outcome(ROOT, {"en": "Province"}, "province", None)]
        for n in range(DEPARTMENTS):
            outcomes.append(Outcome(f"P.d{n}", {"en": f"Department {n}"}, "province-department", ROOT))
            outcomes += [Outcome(f"P.d{n}.v{k}", {"en": f"Division {n}.{k}"}, "division", f"P.d{n}") for k in range(DIVISIONS)]
        take_in(outcomes, decision=decision, source=source, by=console, key="measured", valid_from=date(2015, 1, 1))
    told = date.today() - timedelta(days=90)  # when everybody last said who is kin
    given = {
        "told": told,
        "source": source.pk,
        "decision": decision.pk,
        "users": users,
        "staff": STAFF,
        "topics": Disclosure.Topic.values,
    }
    written(PEOPLE, {**given, "people": DEPARTMENTS * DIVISIONS * STAFF})
    written(ACCOUNTS, given)
    catalogued(source, decision)
    today = date.today()
    for back in range(BEFORE, -1, -1):
        first = month(today, -back)
        last = month(first, 1) - timedelta(days=1)
        told = {"period": f"{first:%Y-%m}", "first": first, "last": last, "over": back > 0, "console": console.pk}
        written(WORK, {**told, "assigned": ASSIGNED, "products": PRODUCTS})
    waiting(month(today, -1))


def month(day: date, step: int) -> date:
    """The first of the month so many after that of a day."""
    at = day.year * 12 + day.month - 1 + step
    return date(at // 12, at % 12 + 1, 1)


def written(statements: str, given: dict[str, Any]) -> None:
    """Statements by the owner of the tables, one transaction each, and the planner told of it."""
    from django.db import connections, transaction

    for statement in statements.split(";\n"):
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute(statement, given)
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE")


def catalogued(source: Any, decision: Any) -> None:
    """A catalogue of this year, and of last year's where its months are needed, drafted by one and approved by another."""
    from canbo.evaluation import catalogue
    from canbo.evaluation.catalogue import Line
    from canbo.registry import authority, intake
    from canbo.registry.days import since
    from canbo.registry.models import Account, Grant, Organization

    lines = [
        Line(f"p{n}", f"Product number {n}", "n1" if n < 30 else "n2", 10 if n == 0 else 10 + n, "letter", n == 0)
        for n in range(PRODUCTS)
    ]
    console = intake.console()
    with authority.sight(console):
        root = Organization.objects.get(codes__code=ROOT)
        who = {}
        for role in ("officer", "leader"):
            who[role] = Account.objects.create(username=f"of-all-{role}", label=role.title())
            Grant.objects.create(
                account=who[role], role=role, organization=root, valid=since(None), source=source, decision=decision
            )
        for year in sorted({month(date.today(), -back).year for back in range(BEFORE + 1)}):
            on = date(year, 1, 2)
            made = catalogue.draft(organization=root, year=year, lines=lines, by=who["officer"], on=on)
            catalogue.approve(organization=root, catalogue=made, basis="Decision 1", by=who["leader"], on=on)


def waiting(first: date) -> None:
    """Evaluations of last month, assessed, opined and decided by the services, that wait for their publication."""
    from canbo.evaluation import grading
    from canbo.evaluation.models import Evaluation
    from canbo.registry import authority, intake
    from canbo.registry.models import Account, Grant, Membership

    heads = (
        Grant.objects.filter(role="leader", account__person__isnull=False).select_related("account").order_by("organization_id")
    )
    done, on, console = 0, date.today(), intake.console()
    for grant in heads[:200]:
        with authority.sight(console):
            people = Membership.objects.filter(organization_id=grant.organization_id, person__account__isnull=False)
            begun = Evaluation.objects.values("person_id")
            others = people.exclude(person_id=grant.account.person_id).exclude(person_id__in=begun)
            for each in others.select_related("person")[:4]:
                told = {"on": on, "by": Account.objects.get(person=each.person)}
                held = grading.assess(
                    person=each.person, period=f"{first:%Y-%m}", general={name: Decimal(9) for name in "123"}, **told
                )
                told["by"] = grant.account
                held = grading.opine(evaluation=held, opinion="So it was.", general={name: Decimal(9) for name in "123"}, **told)
                grading.decide(evaluation=held, **told)
                done += 1
        if done >= WAITING:
            return


def signed_in(users: int) -> list[User]:
    """So many people signed in: heads of divisions, an officer for each department, staff; a session in the database for each."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone
    from django.utils.crypto import get_random_string

    from canbo.registry import authority, intake
    from canbo.registry.asking import rows
    from canbo.registry.models import Account

    with authority.sight(intake.console()):
        found = rows(
            """
            SELECT a.id, a.person_id AS person, c.code, j.standing, o.code AS office FROM {account} a
            JOIN {membership} m ON m.person_id = a.person_id JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
            JOIN {organizationcode} c ON c.organization_id = m.organization_id
            LEFT JOIN {grant} g ON g.account_id = a.id AND g.role = 'officer'
            LEFT JOIN {organizationcode} o ON o.organization_id = g.organization_id ORDER BY o.code, m.organization_id, j.standing, a.id
            """,
            {},
        )
    store = import_module(settings.SESSION_ENGINE).SessionStore
    model = store.get_model_class()
    model.objects.all().delete()
    accounts = Account.objects.in_bulk([row["id"] for row in found[:users]])
    made, rows_made, ends = [], [], timezone.now() + timedelta(days=7)
    for row in found[:users]:
        held = {
            SESSION_KEY: str(row["id"]), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: accounts[row["id"]].get_session_auth_hash(),
        }  # fmt: skip
        key = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
        rows_made.append(model(session_key=key, session_data=store().encode(held), expire_date=ends))
        kind = "officer" if row["office"] else "head" if row["standing"] == "head" else "staff"
        made.append(User(kind, key, row["person"], row["office"] or row["code"]))
    model.objects.bulk_create(rows_made)
    return made


def to_publish() -> dict[str, list[int]]:
    """People whose evaluation waits to be published, by the code of the department whose officer may."""
    from canbo.registry import authority, intake
    from canbo.registry.asking import rows

    found: dict[str, list[int]] = {}
    with authority.sight(intake.console()):
        for row in rows(
            "SELECT e.person_id AS person, c.code FROM evaluation_evaluation e"
            " JOIN {organizationcode} c ON c.organization_id = e.organization_id WHERE e.state = 'decided'",
            {},
        ):
            found.setdefault(row["code"].rpartition(".")[0], []).append(row["person"])
    return found
