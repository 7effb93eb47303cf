"""Consultation: those whom a scenario concerns are asked before it is approved, and answer until a day."""

from __future__ import annotations

from django.db import models


class Consultation(models.Model):
    """One round in which those are asked whose post or body a scenario touches.

    `closes` is the last day on which one answers. `digest`: SHA-256 of the lines that were shown. `offers`: what may be wished,
    `[{"code", "name", "jobs": [code of a job]}]`. `summary` comes with the closing and holds counts alone, none of a group so
    small that it would tell who said what (scenarios/consulting.py).
    """

    scenario = models.ForeignKey("procedures.Scenario", on_delete=models.PROTECT, related_name="consultations")
    round = models.PositiveSmallIntegerField()
    question = models.TextField()
    opens = models.DateField()
    closes = models.DateField(help_text="the last day on which one answers")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the lines that were shown")
    offers = models.JSONField(default=list)
    summary = models.JSONField(null=True, help_text="counts, once it is closed")
    opened_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+", help_text="of the last act")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scenario", "round"], name="consultation_rounds_follow"),
            models.UniqueConstraint(
                fields=["scenario"], condition=models.Q(closed_at__isnull=True), name="one_consultation_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(closes__gte=models.F("opens")), name="consultation_lasts_a_day"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, summary__isnull=True, closed_by__isnull=True)
                | models.Q(closed_at__isnull=False, summary__isnull=False, closed_by__isnull=False),
                name="closed_consultation_has_a_summary",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scenario_id}/{self.round}"


class Consulted(models.Model):
    """Who is asked in a round: a person, or (without one) a body, for which its head answers.

    `told`: what the scenario does to them, as it was shown when the round was opened: `body` with code, name, `ends`, `heirs`;
    `post` with its job, `fate` and where it goes; `line` with the place or the waiting state that a line says.
    """

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="consulted")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="consulted")
    told = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "person"], condition=models.Q(person__isnull=False), name="person_asked_once"
            ),
            models.UniqueConstraint(
                fields=["consultation", "organization"], condition=models.Q(person__isnull=True), name="body_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultation_id}/{self.pk}"


class Opinion(models.Model):
    """What one of those asked answered. Another answer ends the one before; nothing is rewritten.

    `wishes`: where one would go, the dearest first: `CODE`, or `CODE:JOB` for a post there.
    """

    class View(models.TextChoices):
        AGREE = "agree", "agrees"
        AGAINST = "against", "does not agree"
        OTHER = "other", "has another view"

    consulted = models.ForeignKey(Consulted, on_delete=models.PROTECT, related_name="opinions")
    place = models.PositiveSmallIntegerField(help_text="1 for the first answer, 2 for the next")
    view = models.CharField(max_length=8, choices=View)
    words = models.TextField(blank=True)
    far = models.BooleanField(default=False, help_text="whether distance matters")
    wishes = models.JSONField(default=list)
    said_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, help_text="when it was changed or withdrawn")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consulted", "place"], name="opinions_follow"),
            models.UniqueConstraint(
                fields=["consulted"], condition=models.Q(ended_at__isnull=True), name="one_opinion_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consulted_id}/{self.place} {self.view}"
