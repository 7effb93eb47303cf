"""The tables of votes. The roll names voters and carries no choice; ballots carry a choice and no voter.

Between the two stands `Held`: while a vote is open, cast ballots lie there encrypted, all equally long, under a key that
is a file outside the database and is destroyed when the vote closes. What the application role may do with each table,
and in which state of the vote, stands in migrations/walls.sql.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Election(models.Model):
    """One vote on one question. What was laid down before it opened is `terms`, and never changes."""

    class Tier(models.TextChoices):
        PAPER = "T0", "paper, with minutes"
        TOKENS = "T1", "anonymous tokens of two issuers"

    class State(models.TextChoices):
        PREPARED = "prepared"
        OPEN = "open"
        CLOSED = "closed"
        ABANDONED = "abandoned"

    ident = models.TextField(help_text="random name of its key files; says nothing")
    about = models.TextField(help_text="what the vote belongs to, in the words of whoever prepared it")
    title = models.TextField()
    options = models.JSONField(help_text='[{"id", "label"}]')
    choose = models.JSONField(help_text='{"kind", "at_most", "levels"}')
    tier = models.CharField(max_length=2, choices=Tier)
    opens = models.DateTimeField()
    closes = models.DateTimeField()
    keeper_id = models.BigIntegerField(null=True, help_text="account that prepared it, and marks who is present")
    convened = models.IntegerField(help_text="how many stand on the roll")
    roll_salt = models.BinaryField(help_text="so that the commitment to the roll betrays nobody")
    terms = models.TextField(help_text="canonical JSON: all the above that voters must agree on, the roll's hash, the keys")
    terms_hash = models.BinaryField(help_text="SHA-256 of terms; part of every ballot")
    state = models.CharField(max_length=9, choices=State, default=State.PREPARED)
    result = models.JSONField(null=True, help_text="present, issued, collected, damaged, sha256 of the published ballots")

    class Meta:
        db_table = "ballots_election"
        constraints = [
            models.UniqueConstraint(fields=["ident"], name="ballots_election_ident_once"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="ballots_election_opens_before_it_closes"),
            models.CheckConstraint(condition=Q(convened__gt=0), name="ballots_election_has_voters"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.title}"


class Voter(models.Model):
    """One line of the roll: a person, the body for which he or she votes, and whether present."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="roll")
    person = models.BigIntegerField(help_text="a number of whoever prepared the vote; this room knows no names")
    body = models.BigIntegerField()
    present = models.BooleanField(default=False)

    class Meta:
        db_table = "ballots_voter"
        constraints = [models.UniqueConstraint(fields=["election", "person"], name="ballots_voter_stands_once_on_the_roll")]


class Issuer(models.Model):
    """A body that must sign every ballot, with its key of this one vote."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="issuers")
    body = models.BigIntegerField()
    modulus = models.TextField(help_text="hexadecimal; the exponent is 65537")
    sealed = models.BinaryField(null=True, help_text="private key, encrypted under a file outside the database; null: gone")

    class Meta:
        db_table = "ballots_issuer"
        constraints = [models.UniqueConstraint(fields=["election", "body"], name="ballots_issuer_once")]


class Issue(models.Model):
    """That an issuer signed for a voter, once. What it signed was blinded, and matches no ballot more than any other."""

    voter = models.ForeignKey(Voter, on_delete=models.PROTECT, related_name="issues")
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="issues")
    blinded_hash = models.BinaryField(help_text="SHA-256 of what was signed, so that asking again after a lost answer works")

    class Meta:
        db_table = "ballots_issue"
        constraints = [models.UniqueConstraint(fields=["voter", "issuer"], name="ballots_issue_once_for_each_voter")]


class Held(models.Model):
    """A cast ballot before closing: a keyed mark that lets each serial in once, and a ciphertext. No time, order, voter."""

    mark = models.BinaryField(primary_key=True, help_text="HMAC-SHA256 of the serial under a key outside the database")
    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="held")
    sealed = models.BinaryField(help_text="AES-256-GCM of the ballot, padded: equally long for every choice")

    class Meta:
        db_table = "ballots_held"


class Ballot(models.Model):
    """A ballot after closing: written with all others in one statement, in the order of receipts, which is no order."""

    pk = models.CompositePrimaryKey("election", "serial")
    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="ballots")
    serial = models.TextField(help_text="32 random octets that the voter's device drew, hexadecimal")
    receipt = models.TextField(help_text="hash of the serial, to be found again by whoever cast it")
    choice = models.JSONField(help_text="option -> mark")
    signatures = models.JSONField(help_text="issuer's body -> signature, hexadecimal")

    class Meta:
        db_table = "ballots_ballot"


class Paper(models.Model):
    """The minutes of a vote on paper, once three counters confirmed the same sheet."""

    election = models.OneToOneField(Election, on_delete=models.PROTECT, primary_key=True, related_name="paper")
    sheet = models.JSONField(help_text="the figures as counted, and the hash of the photo of the sheet")
    sheet_hash = models.BinaryField(help_text="SHA-256 of the canonical sheet: what each counter confirmed")
    committee = models.JSONField(help_text='[{"person", "body"}] of the three counters')

    class Meta:
        db_table = "ballots_paper"
