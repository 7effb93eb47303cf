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
