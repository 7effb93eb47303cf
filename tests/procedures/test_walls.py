"""Ways round the wall of leading posts, each tried as the application and found closed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.procedures import effects, rulings, signers, signing, steps
from canbo.procedures.models import Ruling, Signer
from canbo.procedures.practice import PracticeKey
from canbo.registry import authority, constraints, intake
from canbo.registry.changes import Change, EventKind
from canbo.registry.models import Job, Membership, Post
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.office import ON, Office
from tests.registry.acts import carry_out, outcome, parts

SINCE = date(2026, 7, 1)


@pytest.fixture
def kept(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The office in a register that keeps procedures; what is done is committed, and all is witnessed at once."""
    settings.CANBO_DEMO = True
    monkeypatch.setattr(effects.witnessing, "witnessed", lambda entry, using="default": object())
    with authority.sight(intake.console()):
        built = offices.build(worlds.build())
    offices.keep_from(SINCE)
    yield built


def attempts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_entry WHERE act = 'breach.attempted'")
        return int(cursor.fetchone()[0])


def entered(office: Office, post: Post, valid: DateRange) -> bool:
    """Whether the application could put the candidate there by statement."""
    with authority.sight(intake.console()), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_membership (person_id, post_id, seat, organization_id, category, kind, valid, source_id, decision_id)"
            " VALUES (%s, %s, 2, %s, 2, 2, %s, %s, %s)",
            [office.candidate.pk, post.pk, post.organization_id, valid, office.world.source.pk, office.world.decision.pk],
        )
        return bool(cursor.rowcount)


def forged(office: Office, case: Any) -> signing.Signature:
    """A passkey's signature that holds in itself, made with a key of one's own."""
    ruling = rulings.drawn(case, on=ON)
    digest = bytes.fromhex(ruling.digest)
    evidence = PracticeKey(ec.generate_private_key(ec.SECP256R1()), "register.example").assertion(digest)
    made = signing.Signature("passkey", office.approver.pk, ruling.digest, evidence)
    signing.verify(made, json.loads(ruling.text))
    return made


def test_a_key_that_nobody_confirmed_signs_nothing(kept: Office) -> None:
    with authority.sight(intake.console()):
        case = kept.to_the_signature(kept.open())
        with transaction.atomic():
            made = forged(kept, case)
        with pytest.raises(steps.Refused) as refusal:
            steps.sign(case=case, by=kept.approver, on=ON, signature=made)
    assert refusal.value.why == "unconfirmed_key"


def test_a_case_that_was_signed_by_statement_with_a_key_of_ones_own_is_found_out(kept: Office) -> None:
    with authority.sight(intake.console()):
        case = kept.decided()
        made = forged_over(case.ruling, kept)
    from django.db import connections

    with connections["owner"].cursor() as cursor:  # as if the row had been written so from the beginning
        cursor.execute("ALTER TABLE procedures_ruling DISABLE TRIGGER ruling_holds")
        cursor.execute("UPDATE procedures_ruling SET signature = %s WHERE id = %s", [json.dumps(made.as_dict()), case.ruling.pk])
        cursor.execute("ALTER TABLE procedures_ruling ENABLE TRIGGER ruling_holds")
    ruling = effects.take(case=case.pk, on=ON)
    assert ruling.state == Ruling.State.FAILED


def forged_over(ruling: Ruling, office: Office) -> signing.Signature:
    evidence = PracticeKey(ec.generate_private_key(ec.SECP256R1()), "register.example").assertion(bytes.fromhex(ruling.digest))
    return signing.Signature("passkey", office.approver.pk, ruling.digest, evidence)


def test_the_application_confirms_no_key(kept: Office) -> None:
    with authority.sight(intake.console()), pytest.raises(DatabaseError), transaction.atomic():
        Signer.objects.create(account=kept.approver, key={}, fingerprint=hashlib.sha256(b"x").hexdigest(), entry_id=1)


def test_a_key_is_confirmed_by_its_fingerprint_and_ended_again(kept: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    key = {"type": "P-256", "x": "01", "y": "02"}
    mark = signers.fingerprint(key)
    monkeypatch.setattr(signers, "offered", lambda account: {mark: key})
    with pytest.raises(signers.KeyUnknown):
        signers.confirm(account=kept.approver, beginning=mark[:8])
    assert signers.confirm(account=kept.approver, beginning=mark[:16]).fingerprint == mark
    assert signers.confirmed(kept.approver.pk) == {mark}
    signers.end(account=kept.approver, beginning=mark[:16])
    assert not signers.confirmed(kept.approver.pk)


def test_what_a_job_leads_is_not_changed_by_statement(kept: Office) -> None:
    with authority.sight(intake.console()), pytest.raises(IntegrityError) as problem, transaction.atomic():
        Job.objects.filter(pk=kept.post.job_id).update(standing="staff")
    assert constraints.name_of(problem.value) == "standing_stays"


@pytest.mark.parametrize("change", [{"job_id": "staff"}, {"successor_of_id": "home"}])
def test_what_a_post_is_and_follows_is_not_changed_by_statement(kept: Office, change: dict[str, str]) -> None:
    with authority.sight(intake.console()):
        held = Membership.objects.get(person=kept.candidate, valid__contains=ON)
        values = {"staff": Job.objects.get(code="specialist").pk, "home": held.post_id}
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Post.objects.filter(pk=kept.post.pk).update(**{name: values[word] for name, word in change.items()})
    assert constraints.name_of(problem.value) == "post_stays_what_it_is"


def test_a_membership_of_the_past_is_not_stretched_into_the_present_as_a_death(kept: Office) -> None:
    assert entered(kept, kept.post, DateRange(date(2022, 1, 1), date(2023, 1, 1)))
    with authority.sight(intake.console()):
        past = Membership.objects.get(person=kept.candidate, post=kept.post)
        Membership.objects.filter(pk=past.pk).update(ending=7, valid=DateRange(date(2022, 1, 1), date(2030, 1, 1)))
        past.refresh_from_db()
        assert past.valid.upper == date(2023, 1, 1)
    assert attempts() == 1


def test_nobody_is_put_out_as_by_a_reorganisation_that_leaves_the_post(kept: Office) -> None:
    with authority.sight(intake.console()), pytest.raises(IntegrityError) as problem, transaction.atomic():
        held = Membership.objects.get(person=kept.leaders[0].person, valid__contains=ON)
        Membership.objects.filter(pk=held.pk).update(ending=3, valid=DateRange(held.valid.lower, ON))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert constraints.name_of(problem.value) == "reorganization_ends_the_post"


def test_death_ends_a_membership_without_a_ruling(kept: Office) -> None:
    with authority.sight(intake.console()):
        held = Membership.objects.get(person=kept.leaders[0].person, valid__contains=ON)
        Membership.objects.filter(pk=held.pk).update(ending=7, valid=DateRange(held.valid.lower, ON))
        held.refresh_from_db()
        assert held.valid.upper == ON
    assert attempts() == 0


def test_a_true_reorganisation_takes_those_who_lead_along(kept: Office) -> None:
    day = date(2026, 10, 1)
    with authority.sight(intake.console()):
        carry_out(kept.world, Change(EventKind.MERGE, parts(kept.world, "P/1", "P/2"), (outcome("P/3"),)), on=day, key="merge")
    with authority.sight(intake.console()):
        after = Membership.objects.filter(person=kept.leaders[0].person, valid__contains=day).select_related("post__job")
        assert [m.post.job.code for m in after] == ["commune-chair"]
    assert attempts() == 0
