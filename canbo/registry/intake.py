"""Taking facts in: the decisions of kind `intake`, the console that programs act as, the lists a register needs."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.db import transaction

from canbo.registry.days import since
from canbo.registry.models import Account, Decision, Grant, Job, Kind, Source

CONSOLE = "console"


def decision(source: Source) -> Decision:
    """The decision under which a source was taken in."""
    made, _ = Decision.objects.get_or_create(
        issuer="register",
        number=f"intake/{source.code}",
        defaults={"kind": Decision.Kind.INTAKE, "title": {"en": f"Intake: {source.title}", "vi": f"Tiếp nhận: {source.title}"}},
    )
    return made


@transaction.atomic
def console() -> Account:
    """The account that the command line acts as: a program, with every role over the whole register.

    It cannot sign in. Whoever may run commands on the server acts as it, and the journal says so.
    """
    account = Account.objects.filter(username=CONSOLE).first()
    if account is None:
        account = Account(username=CONSOLE, label="Command line", is_program=True)
        account.set_unusable_password()
        account.save()
        source, _ = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
        Grant.objects.bulk_create(
            [
                Grant(account=account, role=role, organization=None, valid=since(None), source=source, decision=decision(source))
                for role in Grant.Role
            ]
        )
    return account


@transaction.atomic(using="owner")
def lists(rulebook: Path) -> None:
    """Bring the lists of kinds and jobs up to date with the rulebook's files, as the owner: which job leads is theirs to say."""
    kinds = yaml.safe_load((rulebook / "kinds.yaml").read_text(encoding="utf-8"))["kinds"]
    Kind.objects.using("owner").bulk_create(
        [Kind(code=code, **row) for code, row in kinds.items()],
        update_conflicts=True, unique_fields=["code"], update_fields=["names", "level", "structure"],
    )  # fmt: skip
    jobs = yaml.safe_load((rulebook / "jobs.yaml").read_text(encoding="utf-8"))["jobs"]
    fields = ["names", "title_kind", "standing", "term_months", "rank"]
    Job.objects.using("owner").bulk_create(
        [Job(code=code, **row) for code, row in jobs.items()],
        update_conflicts=True, unique_fields=["code"], update_fields=fields,
    )  # fmt: skip
