"""What every dated fact carries: when it is true, since when it is known, and on whose word."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models.functions import Now


class Source(models.Model):
    """Where facts come from: a document, a file that was imported, another register, an invented world.

    `invented` marks sources whose persons do not exist, so that pages can say so.
    """

    code = models.SlugField(unique=True)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)
    licence = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    invented = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """The act of a competent body without which nothing in the register changes.

    An import is a decision too, of kind `intake`: somebody decided to take these facts in.
    """

    class Kind(models.TextChoices):
        LAW = "law"
        RESOLUTION = "resolution"
        DECREE = "decree"
        DECISION = "decision"
        INTAKE = "intake"
        CORRECTION = "correction"

    kind = models.CharField(max_length=12, choices=Kind)
    number = models.CharField(max_length=80)
    title = models.JSONField(default=dict, help_text="title by language")
    issuer = models.CharField(max_length=200)
    signed_on = models.DateField(null=True)
    effective_on = models.DateField(null=True)
    url = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "number"], name="decision_numbered_once_by_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.issuer})"


class Provenance(models.Model):
    """On whose word a row stands; every fact of the register carries it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+", db_index=False)
    confirmed_by = models.ForeignKey(
        "registry.Account",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="null: taken in, not yet confirmed by anyone",
    )
    entry = models.ForeignKey(
        "journal.Entry",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="the journal entry of the act that wrote this row",
    )
    known_from = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Fact(Provenance):
    """A fact that is true on the days of `valid`: [from, to), open end = still true."""

    valid = DateRangeField()

    class Meta:
        abstract = True
