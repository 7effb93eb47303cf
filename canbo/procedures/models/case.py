"""Cases: what an authority set in motion, step by step, who acted, who voted, and the ruling at the end.

Rows are added, never removed; a step that is closed stays as it was closed. What must always hold is in
migrations/cases.sql, by name.
"""

from __future__ import annotations

from django.db import models


class WithoutVerdicts(models.Manager["Case"]):
    """Cases without their verdict, which is the largest thing in them and read last: it is fetched when somebody asks for it."""

    def get_queryset(self) -> models.QuerySet[Case]:
        """All cases that are in sight."""
        return super().get_queryset().defer("verdict")


class Case(models.Model):
    """A procedure about a post, a membership or a body. A refused nomination is a case too: it stays, with its reasons.

    `version`: the version of the procedure's steps that it keeps; empty for a nomination judged once. `turn` counts
    its steps: who acts names the turn seen, so that a stale page is refused.
    """

    class State(models.TextChoices):
        OPEN = "open", "may go on"
        REFUSED = "refused", "refused by the rulebook"
        INCOMPLETE = "incomplete", "facts are missing"
        STOPPED = "stopped", "ended without a decision"
        WITHDRAWN = "withdrawn", "taken back by who opened it"
        DECIDED = "decided", "signed, not yet in effect"
        EFFECTIVE = "effective", "in effect"

    procedure = models.SlugField(max_length=40)
    version = models.SlugField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=12, choices=State)
    turn = models.PositiveSmallIntegerField(default=0)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="cases")
    post = models.ForeignKey("registry.Post", on_delete=models.PROTECT, null=True, related_name="cases")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, null=True, related_name="cases")
    manager = models.ForeignKey(
        "registry.Organization", on_delete=models.PROTECT, null=True, related_name="+", help_text="the body that decides"
    )
    on = models.DateField(help_text="the day for which the rulebook was asked")
    terms = models.JSONField(default=dict, help_text="criteria, seats, vote and day of effect, sealed before the first name")
    verdict = models.JSONField(null=True, help_text="the verdict as it was given, with the hash of the rulebook")
    rulebook = models.CharField(max_length=64)
    effective_on = models.DateField(null=True, help_text="the day from which the decision is to hold")
    leads_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="led_to", help_text="the case whose outcome opened this one"
    )
    opened_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="", help_text="why it ended as it did")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    objects = WithoutVerdicts()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["person", "-opened_at"], name="case_of_person"),
            models.Index(fields=["state", "-opened_at"], name="case_by_state"),
            models.Index(fields=["organization", "-opened_at"], name="case_of_organization"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.procedure}"


class Step(models.Model):
    """One step of a case as it was taken. A step that is repeated is another row with the next turn."""

    class State(models.TextChoices):
        OPEN = "open", "to be done"
        CONVENED = "convened", "the roll is frozen, the vote is held"
        TIED = "tied", "somebody must choose between level names"
        DONE = "done", "done"
        VOID = "void", "not done, because the case ended or began anew"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    turn = models.PositiveSmallIntegerField()
    name = models.SlugField(max_length=40)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    outcome = models.SlugField(max_length=20, blank=True, default="")
    said = models.JSONField(default=dict, help_text="reasons, figures, documents, in the order they came")
    opened_at = models.DateTimeField(auto_now_add=True)
    due_on = models.DateField(null=True, help_text="the last day of the norm; null: no norm")
    closed_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True, help_text="the day on which it was done")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "turn"], name="step_taken_once"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state__in=["open", "convened", "tied"]), name="one_step_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=models.Q(closed_at__isnull=True), name="step_waiting")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.turn} {self.name}"


class Actor(models.Model):
    """Somebody who acted in a step: in what capacity, for which body. Capacities that must differ are kept apart here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actors")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="actors")
    account = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, null=True, related_name="+")
    capacity = models.SlugField(max_length=12)
    at = models.DateTimeField(auto_now_add=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.capacity} in {self.step}"


class Elector(models.Model):
    """One name on the roll of a vote. The roll is frozen when the vote is convened; who is recused or excused stays on it."""

    class State(models.TextChoices):
        CONVENED = "convened", "called"
        PRESENT = "present", "present"
        EXCUSED = "excused", "absent by force majeure: does not count"
        RECUSED = "recused", "kept away by a conflict of interest: does not count"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="electors")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="electors")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.CONVENED)
    why = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "person"], name="on_the_roll_once")]

    def __str__(self) -> str:
        return f"elector in {self.step}"


class Candidate(models.Model):
    """A name in a case, what the rulebook said of it, and how far it came."""

    class State(models.TextChoices):
        THROUGH = "through", "goes on"
        OUT = "out", "does not go on"
        REFUSED = "refused", "refused by the rulebook"
        INCOMPLETE = "incomplete", "facts are missing"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="candidates")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="candidacies")
    put_in = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="+", help_text="null: at the opening")
    state = models.CharField(max_length=10, choices=State)
    result = models.SlugField(max_length=20, blank=True, default="", help_text="in a vote by levels: what follows")
    verdict = models.JSONField(null=True)
    put_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="candidate_once_in_case")]

    def __str__(self) -> str:
        return f"candidate in case {self.case_id}"


class Count(models.Model):
    """What was counted in a vote: all the figures that a denominator may be, and the votes by name."""

    step = models.OneToOneField(Step, on_delete=models.PROTECT, related_name="count")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="counts")
    tier = models.CharField(max_length=2)
    members = models.PositiveSmallIntegerField()
    convened = models.PositiveSmallIntegerField()
    present = models.PositiveSmallIntegerField()
    issued = models.PositiveSmallIntegerField()
    collected = models.PositiveSmallIntegerField()
    valid = models.PositiveSmallIntegerField()
    blank = models.PositiveSmallIntegerField()
    invalid = models.PositiveSmallIntegerField()
    votes = models.JSONField(default=dict, help_text="number of the person -> votes, or -> votes by level")
    election = models.CharField(max_length=40, blank=True, default="", help_text="number of the election that was counted")
    committee = models.JSONField(default=list, help_text="who counted on paper: number of the account, label, moment")
    sheet = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of the picture of the tally sheet")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="count_adds_up",
                condition=models.Q(collected=models.F("valid") + models.F("blank") + models.F("invalid"))
                & models.Q(present__lte=models.F("convened"), issued__lte=models.F("present"))
                & models.Q(collected__lte=models.F("issued")),
            ),
        ]

    def __str__(self) -> str:
        return f"count of {self.step}"


class Ruling(models.Model):
    """The decision that ends a case: its text to the octet, who signed it, and since when it holds.

    `text` is canonical JSON; `digest` its SHA-256, which the signature is over. It takes effect when its entry lies
    beneath a checkpoint that enough witnesses have countersigned, and its day has come (effects.py).
    """

    class State(models.TextChoices):
        DRAWN = "drawn", "waits for its signature"
        SIGNED = "signed", "waits to be published and witnessed"
        PUBLISHED = "published", "waits for witnesses or its day"
        EFFECTIVE = "effective", "holds"
        FAILED = "failed", "was found not to hold when it was to take effect"
        LAPSED = "lapsed", "ended by itself"

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="ruling")
    state = models.CharField(max_length=9, choices=State, default=State.DRAWN)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    effective_on = models.DateField()
    until = models.DateField(null=True, help_text="the day on which it lapses by itself; null: it does not")
    number = models.CharField(max_length=80, blank=True, default="")
    signed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    signature = models.JSONField(null=True, help_text="kind and evidence, for whoever verifies it without us")
    signed_file = models.ForeignKey(
        "procedures.Stored",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="the PDF, where a certificate signed",
    )
    signed_at = models.DateTimeField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+", help_text="of the signing")
    published_at = models.DateTimeField(null=True)
    decision = models.ForeignKey("registry.Decision", on_delete=models.PROTECT, null=True, related_name="+")
    effective_at = models.DateTimeField(null=True)
    effect_entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True, default="", help_text="why it could not take effect")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ruling_in_force_is_signed",
                condition=models.Q(state="drawn")
                | models.Q(signed_by__isnull=False, signature__isnull=False, entry__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"ruling of case {self.case_id}"


class Appeal(models.Model):
    """An appeal against a ruling: by whom, on what ground, answered until when by which body, and how."""

    class State(models.TextChoices):
        FILED = "filed", "waits for an answer"
        UPHELD = "upheld", "the appeal was right"
        DISMISSED = "dismissed", "the ruling stands"
        ESCALATED = "escalated", "not answered in time: went to the body above"

    ruling = models.ForeignKey(Ruling, on_delete=models.PROTECT, related_name="appeals")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="appeals")
    by = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    ground = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.FILED)
    body = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(auto_now_add=True)
    due_on = models.DateField()
    answered_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"appeal in case {self.case_id}"


class Signer(models.Model):
    """A key with which an account signs decisions, confirmed face to face and written by the keeper alone (signers.py).

    `key`: the public numbers, as in the evidence of a signature; `fingerprint`: SHA-256 of their canonical JSON.
    """

    account = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="signing_keys")
    key = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="signing_key_is_of_one")]

    def __str__(self) -> str:
        return f"{self.account}: {self.fingerprint[:16]}"
