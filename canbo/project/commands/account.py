"""`canbo account`: let people in, grant roles, take them back."""

from __future__ import annotations

from datetime import date
from typing import IO

import click
from django.utils.translation import gettext as _

from canbo.procedures import signers
from canbo.project.commands.shown import Day, json_option, show_json, table
from canbo.registry import accounts, authority, intake, people, queries
from canbo.registry.models import Account, Decision, Grant, Organization, Person, Source
from canbo.registry.queries import NotInRegister


@click.group()
def account() -> None:
    """Accounts and the roles granted to them."""


def find(username: str) -> Account:
    found = Account.objects.filter(username=username).first()
    if found is None:
        raise NotInRegister(_("There is no account %(name)s. See `canbo account list`.") % {"name": username})
    return found


@account.command("open")
@click.argument("username")
@click.option("--label", required=True, help="The name shown beside what the account does.")
@click.option("--person", default=None, help="Identification number of the person it belongs to.")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least 15 characters; asked for when not given."
)
@json_option
def open_account(username: str, label: str, person: str | None, password: str, as_json: bool) -> None:
    """Make an account that signs in."""
    console = intake.console()
    with authority.sight(console):
        owner = Person.objects.get(pk=people.find(person)) if person else None
        made = accounts.open_account(username=username, label=label, by=console, person=owner, password=password)
    show(made, as_json)


@account.command()
@click.argument("username")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least 15 characters; asked for when not given."
)
@json_option
def password(username: str, password: str, as_json: bool) -> None:
    """Give an account a new password."""
    console = intake.console()
    with authority.sight(console):
        found = find(username)
        accounts.set_password(found, password=password, by=console)
    show(found, as_json)


@account.command()
@click.argument("username")
@json_option
def close(username: str, as_json: bool) -> None:
    """End an account at once; what it did stays on record."""
    console = intake.console()
    with authority.sight(console):
        found = find(username)
        accounts.close_account(found, by=console)
    show(found, as_json)


@account.command()
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Grant.Role]))
@click.option("--over", default=None, help="Code of the organization; not said: the whole register.")
@click.option("--from", "begins", type=Day(), default=lambda: date.today(), help="First day; today if not said.")
@click.option("--to", "ends", type=Day(), default=None, help="The day on which it no longer holds.")
@click.option("--decision", "number", required=True, help="Number of the deciding document.")
@click.option("--issuer", required=True, help="Who issued it.")
@json_option
def grant(
    username: str, role: str, over: str | None, begins: date, ends: date | None, number: str, issuer: str, as_json: bool
) -> None:
    """Grant a role over an organization and all beneath it."""
    console = intake.console()
    with authority.sight(console):
        found = find(username)
        organization = Organization.objects.get(pk=queries.unit(over, on=begins).id) if over else None
        document, _made = Decision.objects.get_or_create(
            issuer=issuer, number=number, defaults={"kind": Decision.Kind.DECISION, "title": {}, "effective_on": begins}
        )
        source, _made = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
        accounts.give_role(
            found, role=role, organization=organization, valid_from=begins, valid_to=ends, decision=document, source=source,
            by=console, key=f"grant:{username}:{role}:{over}:{issuer}:{number}",
        )  # fmt: skip
    show(found, as_json)


@account.command()
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Grant.Role]))
@click.option("--on", type=Day(), default=lambda: date.today(), help="The first day without it; today if not said.")
@json_option
def revoke(username: str, role: str, on: date, as_json: bool) -> None:
    """Take a role back from an account on a day."""
    console = intake.console()
    with authority.sight(console):
        found = find(username)
        held = [each for each in authority.grants_of(found, on=on) if each.role == role]
        if not held:
            raise NotInRegister(
                _("%(name)s does not hold the role %(role)s on %(on)s.") % {"name": username, "role": role, "on": on}
            )
        for each in held:
            accounts.take_role(each, on=on, by=console)
    show(found, as_json)


@account.command("list")
@json_option
def list_accounts(as_json: bool) -> None:
    """All accounts with the roles they hold today."""
    with authority.sight(intake.console()):
        found = [told(each) for each in Account.objects.order_by("username")]
    if as_json:
        show_json({"accounts": found})
        return
    table(
        [_("account"), _("name"), _("active"), _("roles")],
        [[r["username"], r["label"], _("yes") if r["active"] else _("no"), ", ".join(r["roles"])] for r in found],
    )


def told(found: Account) -> dict[str, object]:
    grants = authority.grants_of(found)
    over = {
        each.id: each.code for each in queries.units([g.organization_id for g in grants if g.organization_id], on=date.today())
    }
    roles = [
        each.role if each.organization_id is None else f"{each.role} {over.get(each.organization_id, '-')}" for each in grants
    ]
    return {
        "username": found.username,
        "label": found.label,
        "active": found.is_active,
        "program": found.is_program,
        "roles": roles,
    }


def show(found: Account, as_json: bool) -> None:
    """What an account is now."""
    with authority.sight(intake.console()):
        row = told(Account.objects.get(pk=found.pk))
    if as_json:
        show_json(row)
    else:
        roles = row["roles"]
        click.echo(
            f"{row['username']}  {row['label']}  "
            + (", ".join(roles) if isinstance(roles, list) and roles else _("no role yet: canbo account grant"))
        )


@account.command("confirm-key")
@click.argument("username")
@click.argument("fingerprint", required=False)
@click.option("--end", is_flag=True, help="The key signs nothing any more.")
@click.option(
    "--certificate", type=click.File("rb"), help="A certificate instead of a passkey: its file, PEM or DER, without its key."
)
@json_option
def confirm_key(username: str, fingerprint: str | None, end: bool, certificate: IO[bytes] | None, as_json: bool) -> None:
    """Confirm the passkey with which an account signs decisions, after comparing its FINGERPRINT face to face.

    Without FINGERPRINT the passkeys that the account has registered are listed, and which of them sign.
    """
    found = find(username)
    if certificate is not None:
        done = signers.confirm_certificate(account=found, encoded=certificate.read())
        rows = [{"fingerprint": done.fingerprint, "signs": True}]
    elif fingerprint is None:
        held = signers.confirmed(found.pk)
        rows = [{"fingerprint": mark, "signs": mark in held} for mark in sorted({*signers.offered(found), *held})]
    else:
        done = (signers.end if end else signers.confirm)(account=found, beginning=fingerprint)
        rows = [{"fingerprint": done.fingerprint, "signs": done.ended_at is None}]
    if as_json:
        show_json(rows)
    elif rows:
        table([_("fingerprint"), _("signs")], [[row["fingerprint"], _("yes") if row["signs"] else _("no")] for row in rows])
    else:
        click.echo(_("The account has registered no passkey."))
