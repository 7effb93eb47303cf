"""Levels of competency: assessed, with what shows them, confirmed by a second person; and objections of whom they are about.

Rows are added, never removed; what must always hold is in migrations/walls.sql, by name.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q


class Assessment(models.Model):
    """The level of a competency that somebody sees in a person; it counts once another confirmed it, until `expires_on`.

    A later one takes the place of an earlier one. What was wrong is cancelled with the reason, and stays to be read.
    """

    class Side(models.TextChoices):
        SELF = "self", "by the person"
        SUPERIOR = "superior", "by a superior"

    class State(models.TextChoices):
        GIVEN = "given", "waits for a second person"
        CONFIRMED = "confirmed", "confirmed"
        TURNED_DOWN = "turned_down", "not confirmed"
        CANCELLED = "cancelled", "cancelled"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    competency = models.SlugField(max_length=40, help_text="a code of competencies.yaml")
    level = models.SmallIntegerField()
    side = models.CharField(max_length=8, choices=Side)
    remark = models.CharField(max_length=1000, blank=True, default="")
    assessed_on = models.DateField()
    expires_on = models.DateField(null=True, help_text="the first day on which it does not count any more; null: until the next")
    assessed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=State, default=State.GIVEN)
    confirmed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_on = models.DateField(null=True)
    cancelled_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=1000, blank=True, default="", help_text="why it was not confirmed, or cancelled")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="competency_level_is_one_to_five", condition=Q(level__range=(1, 5))),
            models.CheckConstraint(
                name="competency_confirmed_by_another",
                condition=Q(state="given", confirmed_by__isnull=True)
                | (Q(state__in=["confirmed", "turned_down"], confirmed_on__isnull=False) & ~Q(confirmed_by=F("assessed_by")))
                | Q(state="cancelled", cancelled_by__isnull=False),
            ),
            models.CheckConstraint(name="competency_refused_says_why", condition=Q(state__in=["given", "confirmed"]) | ~Q(why="")),
        ]  # fmt: skip
        indexes = [models.Index(fields=["person", "competency", "-assessed_on"], name="assessment_of_person")]

    def __str__(self) -> str:
        return f"{self.competency} {self.level} of {self.person_id}"

    def counts(self, on: date) -> bool:
        """Whether it is confirmed and not expired on a day."""
        return self.state == self.State.CONFIRMED and self.assessed_on <= on and (self.expires_on is None or on < self.expires_on)


class Proof(models.Model):
    """What shows an assessed level: a file, or a record of the register, named as it was called when it was named.

    `number`: the acceptance, the training, the credential or the language skill on record; null for a file.
    """

    class Kind(models.TextChoices):
        FILE = "file", "a file"
        PRODUCT = "product", "a product that was accepted"
        COURSE = "course", "a course"
        CERTIFICATE = "certificate", "a degree"
        LANGUAGE = "language", "a certificate of a language"

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=11, choices=Kind)
    number = models.BigIntegerField(null=True)
    called = models.CharField(max_length=300)
    body = models.ForeignKey("procedures.Stored", on_delete=models.PROTECT, null=True, db_column="sha256", related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proof_is_a_file_or_a_record",
                condition=Q(kind="file", body__isnull=False, number__isnull=True)
                | (~Q(kind="file") & Q(body__isnull=True, number__isnull=False)),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.called


class Objection(models.Model):
    """What a person says against an assessment of his or her own competency, and its answer."""

    class State(models.TextChoices):
        FILED = "filed", "waits for an answer"
        UPHELD = "upheld", "the objection was right"
        DISMISSED = "dismissed", "the assessment stands"

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="objections")
    ground = models.TextField()
    filed_on = models.DateField()
    due_on = models.DateField(help_text="the last day for the answer")
    state = models.CharField(max_length=9, choices=State, default=State.FILED)
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment"], condition=Q(state="filed"), name="one_objection_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"objection {self.pk}"
