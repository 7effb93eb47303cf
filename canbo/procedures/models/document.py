"""Documents that were issued, papers that were handed in, and the bytes of both. Rows are added, never changed or removed.

The bytes lie in the database: they are written in one transaction with their row and their journal entry, stand behind
the same wall, and go into the same backup. They are named by their SHA-256, so the same file lies there once.
"""

from __future__ import annotations

from django.db import models


class Stored(models.Model):
    """The bytes of a document or a paper, under the SHA-256 that the database itself works out."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    media = models.CharField(max_length=80)
    size = models.IntegerField()
    body = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class Document(models.Model):
    """A document of a case as it was issued: its number in the row of its body and year, its bytes, who made it.

    `series`: the letters under which it is numbered (QĐ); `symbol`: the whole number as printed (12/QĐ-UBND).
    `content`: SHA-256 of what it says, which it prints itself; `sha256` is that of its bytes.
    `to_person`: its subject may read it, beside the bodies of the case.
    """

    case = models.ForeignKey("procedures.Case", on_delete=models.PROTECT, null=True, related_name="documents")
    step = models.ForeignKey("procedures.Step", on_delete=models.PROTECT, null=True, related_name="documents")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="documents")
    kind = models.SlugField(max_length=40)
    language = models.CharField(max_length=8)
    issuer = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="documents")
    series = models.CharField(max_length=12)
    year = models.SmallIntegerField()
    number = models.IntegerField()
    symbol = models.CharField(max_length=60)
    issued_on = models.DateField()
    title = models.CharField(max_length=400)
    to_person = models.BooleanField()
    content = models.CharField(max_length=64)
    body = models.ForeignKey(Stored, on_delete=models.PROTECT, db_column="sha256", related_name="documents")
    made_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    entry = models.OneToOneField("journal.Entry", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "series", "year", "number"], name="document_numbered_once"),
        ]
        indexes = [models.Index(fields=["content"], name="document_by_content")]

    def __str__(self) -> str:
        return self.symbol

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, without fetching them."""
        return self.body_id


class Paper(models.Model):
    """What is known of one item of a person's dossier: a file that was handed in, or what somebody found on looking.

    `lacking`: looked for and not there. `none`: there is nothing that it could be, as of a degree never taken. Where
    no row speaks of an item, nothing is known of it. The latest row speaks.
    """

    class Finding(models.TextChoices):
        FILE = "file", "a file was handed in"
        LACKING = "lacking", "looked for, not there"
        NONE = "none", "there is none to hand in"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="papers")
    item = models.SlugField(max_length=40)
    finding = models.CharField(max_length=8, choices=Finding)
    body = models.ForeignKey(Stored, on_delete=models.PROTECT, null=True, db_column="sha256", related_name="papers")
    name = models.CharField(max_length=200, blank=True, default="", help_text="what the file was called; never a path")
    dated_on = models.DateField(null=True, help_text="the day that the paper bears; null: not known")
    signed = models.BooleanField(null=True, help_text="signed or confirmed as its item asks; null: not known")
    authority = models.ForeignKey(
        "registry.Organization", on_delete=models.PROTECT, related_name="+", help_text="the body to which it was handed"
    )
    received_on = models.DateField()
    reason = models.TextField(blank=True, default="", help_text="where there is no file: what was found, in words")
    added_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    entry = models.OneToOneField("journal.Entry", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="paper_is_a_file_or_a_finding",
                condition=models.Q(finding="file", body__isnull=False)
                | (models.Q(finding__in=["lacking", "none"], body__isnull=True) & ~models.Q(reason="")),
            ),
            models.CheckConstraint(
                name="paper_dated_before_it_came",
                condition=models.Q(dated_on__isnull=True) | models.Q(dated_on__lte=models.F("received_on")),
            ),
        ]
        indexes = [models.Index(fields=["person", "item", "-id"], name="paper_of_person")]

    def __str__(self) -> str:
        return f"{self.item} of person {self.person_id}"


class Evidence(models.Model):
    """A file that shows what somebody wrote into the own work log."""

    log = models.ForeignKey("evaluation.Log", on_delete=models.PROTECT, related_name="files")
    body = models.ForeignKey(Stored, on_delete=models.PROTECT, db_column="sha256", related_name="evidence")
    name = models.CharField(max_length=200, help_text="what the file was called; never a path")
    entry = models.OneToOneField("journal.Entry", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name
