"""What bodies hold: buildings, vehicles, seals, records, accounts; who holds each on which day, and how it was handed over."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models

from canbo.registry.models.fact import Fact, Provenance


class Holding(Provenance):
    """A thing, or a number of like things, that a body holds on the days of `life`. `kind` is one of holdings.yaml."""

    kind = models.SlugField(max_length=30)
    number = models.CharField(max_length=60, blank=True, help_text="in the inventory of its holder")
    name = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=18, decimal_places=2, default=1)
    unit = models.CharField(max_length=40, blank=True)
    condition = models.CharField(max_length=200, blank=True)
    task = models.ForeignKey(
        "registry.Task", on_delete=models.PROTECT, null=True, related_name="+", help_text="which it serves: it goes with it"
    )
    life = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="holding_is_more_than_none"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} {self.name}".strip()


class Custody(Fact):
    """Which body has a holding on which days: on every day of its life exactly one."""

    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="custody")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="holdings")

    def __str__(self) -> str:
        return f"{self.holding_id} {self.organization_id} {self.valid}"


class Handover(models.Model):
    """A holding that went over by a scenario, and what the receiver counted; open until it is confirmed by name.

    `listed` is the quantity in the inventory; `counted` what was found. `lapsed`: the scenario was undone before anybody confirmed.
    """

    scenario = models.ForeignKey("procedures.Scenario", on_delete=models.PROTECT, related_name="handovers")
    custody = models.OneToOneField(Custody, on_delete=models.PROTECT, related_name="handover")
    giver = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="handovers")
    on = models.DateField()
    listed = models.DecimalField(max_digits=18, decimal_places=2)
    counted = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    remark = models.CharField(max_length=400, blank=True)
    given_by = models.CharField(max_length=120, blank=True, help_text="who handed it over, by name")
    received_by = models.CharField(max_length=120, blank=True, help_text="who received it, by name")
    lapsed = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, confirmed_by__isnull=True, counted__isnull=True)
                | (
                    models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False, counted__isnull=False)
                    & ~models.Q(received_by="")
                ),
                name="handover_confirmed_by_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scenario_id}: {self.custody_id}"
