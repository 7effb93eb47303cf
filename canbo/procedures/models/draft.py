"""Drafts of articles on their way to a second person."""

from __future__ import annotations

from django.db import models


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
