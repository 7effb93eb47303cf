"""What an account hands over of its own power to another, for a period; what persons declare of their interests."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from canbo.registry.models.account import Account
from canbo.registry.models.fact import Fact
from canbo.registry.models.organization import Organization
from canbo.registry.models.record import Record


class Delegation(Fact):
    """Acts that the giver may do over an organization, done by the receiver on the days of `valid`.

    It has effect from its acceptance to its withdrawal, and never reaches further than what the giver was granted
    on the day itself: registry/authority.py works that out anew each time. It is not handed on.
    """

    giver = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="delegations_given")
    receiver = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="delegations_received")
    acts = ArrayField(models.CharField(max_length=60))
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+", help_text="null: all that the giver reaches"
    )
    basis = models.TextField(help_text="the text by which the giver may delegate, and why")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(giver=models.F("receiver")), name="nobody_delegates_to_oneself"),
            models.CheckConstraint(condition=models.Q(acts__len__gt=0), name="delegation_names_its_acts"),
            models.CheckConstraint(condition=~models.Q(basis=""), name="delegation_has_a_basis"),
            models.CheckConstraint(
                condition=models.Q(valid__startswith__isnull=False, valid__endswith__isnull=False, valid__isempty=False),
                name="delegation_has_first_and_last_day",
            ),
        ]


class Interest(Record):
    """A part that a person has in an enterprise, as owner or in its running, on the days of `valid`."""

    class Role(models.TextChoices):
        OWNER = "owner"
        SHAREHOLDER = "shareholder"
        MANAGER = "manager"
        BOARD = "board", "member of its board"
        OTHER = "other"

    enterprise = models.CharField(max_length=20, db_index=True, help_text="its number in the register of enterprises")
    role = models.CharField(max_length=12, choices=Role)
    share = models.DecimalField(max_digits=5, decimal_places=2, null=True, help_text="percent; null: unknown or none")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share__isnull=True) | models.Q(share__gt=0, share__lte=100), name="share_is_a_percentage"
            ),
        ]


class Disclosure(Record):
    """A person's word that what the register knows of a topic is the whole: relatives, or interests.

    `valid` begins on the day on which it was declared. That there are none at all is NoneDeclared.
    """

    class Topic(models.TextChoices):
        KINSHIP = "kinship"
        INTEREST = "interest"

    topic = models.CharField(max_length=12, choices=Topic)
