"""Talent: who is proposed and recognised by open criteria, what was promised and whether it was kept, and the programme.

What must always hold is in migrations/training.sql, by name.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q


class Talent(models.Model):
    """A proposal to recognise somebody: one who serves, or one called from outside, who is not in the register yet.

    kind      a word of the fact talent.kind; `way` how the person comes: serving, called, returning, seconded
    criteria  by code of the rulebook's open criteria what shows it
    verdict   what the rules said when it was decided
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a second person"
        RECOGNISED = "recognised", "recognised"
        DECLINED = "declined", "not recognised"
        ENDED = "ended", "no longer serves"

    class Way(models.TextChoices):
        SERVING = "serving", "in service"
        CALLED = "called", "called from outside"
        RETURNING = "returning", "returns from abroad or another sector"
        SECONDED = "seconded", "seconded by an enterprise or institute"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True, default="", help_text="of somebody who is not in the register")
    comes_from = models.CharField(max_length=300, blank=True, default="")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    way = models.CharField(max_length=10, choices=Way)
    field = models.CharField(max_length=200)
    post = models.CharField(max_length=32, default="none", help_text="a word of the fact talent.post")
    experience_years = models.SmallIntegerField(null=True)
    salary = models.BigIntegerField(null=True, help_text="đồng a month")
    criteria = models.JSONField()
    verdict = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    basis = models.CharField(max_length=300, blank=True, default="")
    decided_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="talent_recognised_by_another",
                condition=Q(state="proposed", decided_by__isnull=True)
                | (Q(decided_by__isnull=False, decided_on__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="talent_is_in_the_register_or_named",
                condition=Q(person__isnull=False, name="") | ~Q(name="") & Q(person=None),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=["proposed", "recognised"], person__isnull=False),
                name="one_talent_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.state}"


class Promise(models.Model):
    """What was promised to a recognised talent, by when, by which text, and whether it was kept."""

    talent = models.ForeignKey(Talent, on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField(max_length=12, help_text="a kind of the rulebook's promises")
    text = models.CharField(max_length=500)
    amount = models.BigIntegerField(null=True, help_text="đồng a month, where it is money")
    article = models.CharField(max_length=120, blank=True, default="", help_text="the article that gives the amount")
    cites = models.CharField(max_length=300, blank=True, default="")
    due_on = models.DateField()
    kept_on = models.DateField(null=True)
    evidence = models.CharField(max_length=300, blank=True, default="")
    given_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    kept_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kept_promise_says_what_shows_it",
                condition=Q(kept_on__isnull=True) | (Q(kept_by__isnull=False) & ~Q(evidence="")),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def state(self, on: date) -> str:
        """kept, kept_late, due or overdue on a day."""
        if self.kept_on is not None and self.kept_on <= on:
            return "kept" if self.kept_on <= self.due_on else "kept_late"
        return "overdue" if self.due_on < on else "due"


class Potential(models.Model):
    """Somebody in the programme for those with high potential, in a group that a text in force or the office opens.

    rests_on  the article or parameter that opened the group on the day, or "office"
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a second person"
        TAKEN = "taken", "in the programme"
        DECLINED = "declined", "not taken"
        LEFT = "left", "left the programme"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=12)
    rests_on = models.CharField(max_length=120)
    why = models.CharField(max_length=1000)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    decided_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="potential_taken_by_another",
                condition=Q(state="proposed", decided_by__isnull=True)
                | (Q(decided_by__isnull=False, decided_on__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=["proposed", "taken"]), name="once_in_the_programme"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}, {self.state}"
