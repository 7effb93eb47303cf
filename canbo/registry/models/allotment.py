"""Headcount as it is handed down: the total of a term, what a managing body got to hand on, what is set aside or used."""

from __future__ import annotations

from django.db import models

from canbo.registry.models.fact import Fact
from canbo.registry.models.organization import Organization


class Allotment(Fact):
    """So many people, from one body to another, on the days of `valid`, by the decision that the row names.

    A total has no giver and goes to the top of the register. What a body was delegated it hands on, allots for use, or
    sets aside; on no day more than it was given (registry/migrations/allotment.sql). A path of reduction is one row
    after another, each with its own number.
    """

    class Use(models.TextChoices):
        TOTAL = "total", "total of a term"
        DELEGATED = "delegated", "to hand on"
        ALLOTTED = "allotted", "for use in the body and beneath it"
        RESERVED = "reserved", "set aside by the body itself"

    class Staff(models.TextChoices):
        OFFICIALS = "officials", "cadres and civil servants"
        PUBLIC_EMPLOYEES = "public_employees", "public employees"
        CONTRACT = "contract", "contract staff"
        ACTIVISTS = "activists", "non-professional activists"

    giver = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="allotments_given", help_text="null: the total of a term"
    )
    body = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="allotments")
    use = models.CharField(max_length=10, choices=Use)
    staff = models.CharField(max_length=18, choices=Staff)
    number = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=0), name="allotment_is_not_negative"),
            models.CheckConstraint(
                condition=models.Q(use="total", giver__isnull=True) | (~models.Q(use="total") & models.Q(giver__isnull=False)),
                name="only_a_total_has_no_giver",
            ),
            models.CheckConstraint(
                condition=~models.Q(use="reserved") | models.Q(giver=models.F("body")), name="a_body_reserves_for_itself"
            ),
            models.CheckConstraint(
                condition=~models.Q(use="delegated") | ~models.Q(giver=models.F("body")), name="nobody_hands_on_to_oneself"
            ),
            models.CheckConstraint(
                condition=models.Q(valid__startswith__isnull=False, valid__endswith__isnull=False, valid__isempty=False),
                name="allotment_has_first_and_last_day",
            ),
        ]
