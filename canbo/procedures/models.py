"""Cases: what an authority set in motion about a person, and what the rulebook said at each moment."""

from __future__ import annotations

from django.db import models


class Search(models.Model):
    """A search for candidates for a post, whose criteria were sealed before any name was seen."""

    post = models.ForeignKey("registry.Post", on_delete=models.PROTECT, related_name="searches")
    weights = models.JSONField(help_text="weight of each criterion, fixed for good")
    within = models.ForeignKey(
        "registry.Organization", on_delete=models.PROTECT, null=True, related_name="+", help_text="null: everybody in reach"
    )
    on = models.DateField(help_text="the day on which the candidates must qualify")
    sealed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField(auto_now_add=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"search {self.pk}"


class Case(models.Model):
    """A procedure about one person and one post. A refused nomination is a case too: it stays, with its reasons."""

    class State(models.TextChoices):
        OPEN = "open", "may go on"
        REFUSED = "refused", "refused by the rulebook"
        INCOMPLETE = "incomplete", "facts are missing"

    procedure = models.SlugField(max_length=40)
    state = models.CharField(max_length=12, choices=State)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="cases")
    post = models.ForeignKey("registry.Post", on_delete=models.PROTECT, related_name="cases")
    on = models.DateField(help_text="the day for which the rulebook was asked")
    verdict = models.JSONField(help_text="the verdict as it was given, with the hash of the rulebook")
    rulebook = models.CharField(max_length=64)
    opened_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["person", "-opened_at"], name="case_of_person")]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.procedure}"


class Draft(models.Model):
    """A text that somebody would make law here: one article, new or in another version, on its way to a second person."""

    class State(models.TextChoices):
        DRAFT = "draft", "being written"
        SUBMITTED = "submitted", "waits for a second person"
        APPROVED = "approved", "is law here"
        REJECTED = "rejected", "turned down, with reasons"
        WITHDRAWN = "withdrawn", "taken back by its author"

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField(max_length=200)
    article = models.CharField(max_length=200, blank=True, help_text="the id that the text gives itself")
    text = models.TextField(help_text="the article as YAML")
    base = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the text it would replace, when it was submitted")
    reason = models.TextField(blank=True, help_text="why the law should say so, in the author's words")
    acceptances = models.JSONField(default=list, help_text="findings that stand in spite of the prover, each with a reason")
    author = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decision_reason = models.TextField(blank=True)
    saved_at = models.DateTimeField(auto_now=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+", help_text="of the last act")

    class Meta:
        indexes = [models.Index(fields=["state", "-saved_at"], name="draft_by_state")]
        constraints = [
            models.CheckConstraint(
                name="draft_decided_by_another",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("author")),
            ),
            models.CheckConstraint(
                name="draft_decided_by_somebody",
                condition=models.Q(state__in=["approved", "rejected"], decided_by__isnull=False)
                | models.Q(state__in=["draft", "submitted", "withdrawn"], decided_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}: {self.title}"
