"""Scenarios: a reorganisation as it is rehearsed, proposed, approved, carried out on its day, and undone."""

from __future__ import annotations

from django.db import models

from canbo.registry.models.fact import Fact


class Scenario(models.Model):
    """A reorganisation of what stands beneath a body, worked out line by line before any of it is true.

    `base` is the day whose register it starts from; `on` the first day of the new state. `digest` is the SHA-256 of the
    lines as they were proposed: what is approved and carried out is that and nothing else.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "being worked out"
        PROPOSED = "proposed", "waits for a second person"
        APPROVED = "approved", "may be carried out on its day"
        CARRIED_OUT = "carried_out", "holds"
        UNDONE = "undone", "was carried out and taken back"

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200, blank=True)
    base = models.DateField(help_text="the day whose register it starts from")
    on = models.DateField(help_text="first day of the new state")
    body = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="scenarios")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    reason = models.TextField(blank=True, help_text="why, in the owner's words")
    owner = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the lines as they were proposed")
    approved_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.ForeignKey("registry.Decision", on_delete=models.PROTECT, null=True, related_name="+")
    carried_entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")
    done = models.JSONField(
        default=dict, help_text="moments and entries of the carrying-out, and the open cases as they were before"
    )
    undone_on = models.DateField(null=True, help_text="the day from which the former state is back")
    undone_entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+", help_text="of the last act")

    class Meta:
        indexes = [models.Index(fields=["state", "-saved_at"], name="scenario_by_state")]
        constraints = [
            models.CheckConstraint(
                name="scenario_approved_by_another",
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("owner")),
            ),
            models.CheckConstraint(
                name="scenario_carried_out_once_approved",
                condition=models.Q(state__in=["draft", "proposed"], approved_by__isnull=True, carried_entry__isnull=True)
                | models.Q(state="approved", approved_by__isnull=False, decision__isnull=False, carried_entry__isnull=True)
                | models.Q(state="carried_out", approved_by__isnull=False, carried_entry__isnull=False, undone_on__isnull=True)
                | models.Q(state="undone", carried_entry__isnull=False, undone_entry__isnull=False, undone_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScenarioLine(models.Model):
    """One line of a scenario: what becomes of a unit, of remits, of posts, of people, or of holdings.

    `says` is the line as a file gives it (docs/guide/scenarios.md), but for the number of a person, who stands in `person`.
    """

    class Kind(models.TextChoices):
        CREATE = "create"
        MERGE = "merge"
        DIVIDE = "divide"
        DISSOLVE = "dissolve"
        MOVE = "move"
        TASKS = "tasks"
        POSTS = "posts"
        PEOPLE = "people"
        HOLDINGS = "holdings"

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    says = models.JSONField()
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["scenario", "place"], name="scenario_line_in_its_place")]

    def __str__(self) -> str:
        return f"{self.scenario_id}/{self.place} {self.kind}"


class Waiting(Fact):
    """A person whom a reorganisation left without a post, and for what he or she waits. It ends when a post is held again.

    `post`: the post that ended. `job`, `code`: the leading post and the unit for which the person is meant, if so stated.
    """

    class State(models.TextChoices):
        PLACEMENT = "placement", "waits to be placed"
        APPOINTMENT = "appointment", "waits to be appointed by a decision of its own"
        TRAINING = "training", "is sent to be trained"
        RETIREMENT = "retirement", "retires early"
        SEVERANCE = "severance", "leaves the service"

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="waiting")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="waiting")
    state = models.CharField(max_length=12, choices=State)
    post = models.ForeignKey("registry.Post", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=80, blank=True)
    job = models.ForeignKey("registry.Job", on_delete=models.PROTECT, null=True, related_name="+")
