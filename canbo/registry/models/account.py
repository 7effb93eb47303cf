"""Accounts that sign in, and what each was granted over which organizations, until when."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from canbo.registry.compiled import Compiled
from canbo.registry.models.fact import Fact


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; there is no default account and no superuser flag that opens everything."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> Account:
        account = self.model(username=self.model.normalize_username(username), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get(self, *args: Any, **given: Any) -> Account:
        """As of any manager; the reader's account by its number, which every page asks for, by a question built once."""
        if args or given.keys() != {"pk"}:
            return super().get(*args, **given)
        found = _by_number.first(number=self.model._meta.pk.to_python(given["pk"]))
        if found is None:
            raise self.model.DoesNotExist("There is no such account.")
        return found


class Account(AbstractBaseUser):
    """Someone, or some program, that acts in the register. What it may do is only what it was granted."""

    username = models.CharField(max_length=80, unique=True)
    label = models.CharField(max_length=160, help_text="shown beside what this account did")
    email = models.EmailField(blank=True)
    person = models.OneToOneField("registry.Person", on_delete=models.PROTECT, null=True, related_name="account")
    is_active = models.BooleanField(default=True)
    is_program = models.BooleanField(default=False, help_text="a program, not a person; it cannot sign in")
    language = models.CharField(max_length=8, blank=True)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["label"]

    def __str__(self) -> str:
        return self.label


_by_number = Compiled(lambda number: Account._default_manager.filter(pk=number))


class Grant(Fact):
    """A role given to an account over an organization and all beneath it, for a period."""

    class Role(models.TextChoices):
        CENTRAL_OFFICER = "central_officer"
        OFFICER = "officer", "personnel officer of a unit"
        LEADER = "leader"
        INSPECTOR = "inspector"
        STATISTICIAN = "statistician"
        REGISTRAR = "registrar", "changes organizations"
        AUDITOR = "auditor", "reads the journal"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    organization = models.ForeignKey(
        "registry.Organization",
        on_delete=models.PROTECT,
        null=True,
        related_name="grants",
        help_text="null: the whole register",
    )
