"""Searches for candidates, whose criteria are sealed before any name is seen."""

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
