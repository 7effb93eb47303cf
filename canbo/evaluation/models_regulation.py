"""The regulation by which a public service unit gives points to its own people: dated, drafted by one, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import F, Q


class Regulation(models.Model):
    """How a public service unit, and every part of it that has none of its own, weighs its public employees from a day on.

    weights   points of a, b, c of whoever leads nothing; `leading`: of a, b, c, d, dd, e of whoever leads; each sums to 70
    general   most points of the three groups of general criteria, which sum to 30; None: nothing is said of them
    number    of the instrument by which the head of the unit issued it, and its day (`dated`)
    entry     that of its draft; the acts after it stand in the journal under the body
    until     the first day on which it holds no more, where it was withdrawn; a later one takes its place from its own day
    """

    class State(models.TextChoices):
        DRAFT = "draft", "waits for a second person"
        APPROVED = "approved", "in force"
        WITHDRAWN = "withdrawn", "withdrawn"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    weights = models.JSONField()
    leading = models.JSONField()
    general = models.JSONField(null=True)
    number = models.CharField(max_length=100)
    dated = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    drafted_on = models.DateField()
    approved_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    until = models.DateField(null=True)
    withdrawn_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_on = models.DateField(null=True)
    withdrawn_basis = models.CharField(max_length=300, blank=True, default="", help_text="the text by which it was withdrawn")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "evaluation"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "since"], condition=~Q(state="draft"), name="one_regulation_from_a_day"
            ),
            models.CheckConstraint(
                name="regulation_approved_by_another",
                condition=Q(state="draft", approved_by__isnull=True)
                | (~Q(state="draft") & Q(approved_by__isnull=False, approved_on__isnull=False) & ~Q(approved_by=F("drafted_by"))),
            ),
            models.CheckConstraint(
                name="regulation_withdrawn_whole",
                condition=(~Q(state="withdrawn") & Q(until__isnull=True, withdrawn_by__isnull=True))
                | (
                    Q(state="withdrawn", until__gte=F("since"), withdrawn_by__isnull=False, withdrawn_on__isnull=False)
                    & ~Q(withdrawn_basis="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"regulation {self.number} from {self.since}"

    def weighing(self, *, leads: bool) -> dict[str, Decimal]:
        """Points of each criterion, of whoever leads or not."""
        return exactly(self.leading if leads else self.weights)

    def holds_on(self, day: date) -> bool:
        """Whether it was in force on a day, as far as it is only about this one."""
        return self.state != self.State.DRAFT and self.since <= day and (self.until is None or day < self.until)


def exactly(points: Mapping[str, float]) -> dict[str, Decimal]:
    """Points as they were kept, as decimal numbers, in the order of the criteria: a database keeps none."""
    return {name: Decimal(str(points[name])) for name in sorted(points)}


def as_kept(number: Decimal) -> int | float:
    """A number as JSON writes it without zeros that say nothing; places are few, so no figure is changed."""
    return int(number) if number == number.to_integral_value() else float(number)
