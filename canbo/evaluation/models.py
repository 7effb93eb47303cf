"""Evaluation: how a body scores, its catalogue of products, what was assigned, done and accepted, and the evaluations.

Rows are added, never removed. What was assigned keeps its coefficient, an approved catalogue its products, a decided
evaluation what it was reckoned from; what must always hold is in migrations/walls.sql, by name.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from canbo.evaluation.models_regulation import Regulation as Regulation


class Scheme(models.Model):
    """How a body, and every body beneath that has none of its own, scores from a day on: by which period, by which readings.

    `since` begins a period of the kind before it and of its own, so that no period is cut.
    """

    class Kind(models.TextChoices):
        MONTH = "month"
        QUARTER = "quarter"
        YEAR = "year"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    readings = models.JSONField(default=dict, help_text="by question of the rulebook the way that the body follows")
    basis = models.CharField(max_length=300, help_text="the text by which the body decided so")
    set_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "since"], name="one_scheme_from_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} since {self.since}"


class Limit(models.Model):
    """How a managing body and all beneath it count how many may be excellent, from a day on: a reading of the same words.

    among     of whom the share is taken; `rounding` of a share that is no whole number: words of the rulebook
    groups    what counts as similar tasks
    periods   whether the share holds for the grade of the year alone, as the decree says, or for every period
    """

    class Groups(models.TextChoices):
        LEADING = "leading", "who leads, and who does not"
        JOB = "job", "who holds the same job"
        WHOLE = "whole", "the body as a whole"

    class Periods(models.TextChoices):
        YEAR = "year", "the grade of the year"
        EVERY = "every", "every period"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    among = models.CharField(max_length=16)
    rounding = models.CharField(max_length=8)
    groups = models.CharField(max_length=8, choices=Groups)
    periods = models.CharField(max_length=8, choices=Periods)
    basis = models.CharField(max_length=300, help_text="the text by which the body decided so")
    set_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "since"], name="one_limit_from_a_day")]

    def __str__(self) -> str:
        return f"{self.among}, {self.rounding}, {self.groups} since {self.since}"


class Outstanding(models.Model):
    """The authority above recognised a body's results of a year as outstanding: the higher share of excellent holds there."""

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    basis = models.CharField(max_length=300, help_text="number of the decision, and what it rests on")
    decided_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    decided_on = models.DateField()
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "year"], name="outstanding_once_a_year")]

    def __str__(self) -> str:
        return f"{self.organization_id} in {self.year}"


class Catalogue(models.Model):
    """The products of a managing body in a year. A correction in the year is the next version, approved anew."""

    class State(models.TextChoices):
        DRAFT = "draft", "waits for a second person"
        APPROVED = "approved", "in force"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    version = models.SmallIntegerField()
    standard_points = models.SmallIntegerField(help_text="points of the standard product")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    drafted_on = models.DateField()
    approved_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    basis = models.CharField(max_length=300, blank=True, default="", help_text="number of the decision that approved it")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "version"], name="catalogue_version_once"),
            models.CheckConstraint(
                name="catalogue_approved_by_another",
                condition=Q(state="draft", approved_by__isnull=True)
                | (Q(state="approved", approved_by__isnull=False, approved_on__isnull=False) & ~Q(approved_by=F("drafted_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"catalogue {self.pk}: {self.year}, version {self.version}"


class Product(models.Model):
    """A product that work can be counted in: `coefficient` standard products, its points over those of the standard one."""

    catalogue = models.ForeignKey(Catalogue, on_delete=models.PROTECT, related_name="products")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=300)
    output = models.CharField(max_length=300, blank=True, default="")
    group = models.CharField(max_length=2, help_text="n1 to n5, by complexity")
    points = models.SmallIntegerField()
    coefficient = models.DecimalField(max_digits=8, decimal_places=2)
    standard = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "code"], name="product_once_in_catalogue"),
            models.UniqueConstraint(fields=["catalogue"], condition=Q(standard=True), name="one_standard_product"),
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """So many of a product that a person is to make in a period. All of them together are the denominator of a, b and c.

    `extra` came later, taken over from somebody or unexpected, and stays outside it. A `task` has one main owner.
    """

    class Extra(models.TextChoices):
        NONE = "", "assigned from the beginning"
        TAKEN_OVER = "taken_over", "taken over"
        UNEXPECTED = "unexpected", "came unexpectedly"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="assignments")
    task = models.CharField(max_length=200, blank=True, default="", help_text="what it is about: a number, a matter")
    main = models.BooleanField(default=True, help_text="the main owner of the task, not one who helps")
    coefficient = models.DecimalField(max_digits=8, decimal_places=2, help_text="as it was when it was assigned")
    number = models.DecimalField(max_digits=9, decimal_places=4)
    period = models.CharField(max_length=8)
    first = models.DateField()
    last = models.DateField()
    due_on = models.DateField(null=True)
    extra = models.CharField(max_length=10, choices=Extra, blank=True, default="")
    taken_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="taken_by")
    given_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField()
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "period", "task"], condition=Q(main=True) & ~Q(task=""), name="one_main_owner"
            ),
            models.CheckConstraint(name="assigned_more_than_none", condition=Q(number__gt=0)),
            models.CheckConstraint(
                name="taken_over_from_somebody",
                condition=Q(extra="taken_over", taken_from__isnull=False) | (~Q(extra="taken_over") & Q(taken_from__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["person", "first"], name="assignment_of_person"),
            models.Index(fields=["organization", "first"], name="assignment_of_body"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk}"


class Log(models.Model):
    """What somebody wrote into the own work log: how much was done, what it was, and what shows it."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="logs")
    done = models.DecimalField(max_digits=9, decimal_places=4)
    day = models.DateField(help_text="the day on which it was done")
    text = models.CharField(max_length=1000)
    evidence = models.CharField(max_length=300, blank=True, default="", help_text="number of the document or record")
    link = models.CharField(max_length=500, blank=True, default="")
    logged_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    logged_on = models.DateField()
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"log {self.pk} of {self.assignment_id}"

    @property
    def shows(self) -> bool:
        """Whether it names anything by which it can be checked."""
        return bool(self.evidence or self.link)


class Acceptance(models.Model):
    """What the giver took as done, with failures and delays counted. The latest of an assignment counts."""

    class Cause(models.TextChoices):
        NONE = "", "none"
        CLAIMED = "claimed", "waits for another person"
        CONFIRMED = "confirmed", "confirmed"
        REJECTED = "rejected", "not confirmed"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="acceptances")
    done = models.DecimalField(max_digits=9, decimal_places=4)
    quality_failures = models.SmallIntegerField(default=0)
    delays = models.SmallIntegerField(default=0, help_text="times late")
    days_late = models.SmallIntegerField(default=0)
    remark = models.CharField(max_length=1000, blank=True, default="")
    cause = models.CharField(max_length=1000, blank=True, default="", help_text="an objective cause, in words")
    cause_state = models.CharField(max_length=9, choices=Cause, blank=True, default="")
    cause_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    cause_on = models.DateField(null=True)
    accepted_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    accepted_on = models.DateField()
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cause_confirmed_by_another", condition=Q(cause_by__isnull=True) | ~Q(cause_by=F("accepted_by"))
            ),
            models.CheckConstraint(
                name="counts_are_not_negative",
                condition=Q(done__gte=0, quality_failures__gte=0, delays__gte=0, days_late__gte=0),
            ),
        ]
        indexes = [models.Index(fields=["assignment", "-id"], name="acceptance_latest")]

    def __str__(self) -> str:
        return f"acceptance {self.pk} of {self.assignment_id}"


class Meeting(models.Model):
    """The meeting of a body on its evaluations of a period, with its minutes once they are written.

    summoned  numbers of people; `minutes`: present, matters (evaluation, person, opinion, votes), remarks
    digest    SHA-256 of all that the minutes say
    """

    class State(models.TextChoices):
        CONVENED = "convened", "summoned"
        MINUTED = "minuted", "the minutes wait to be adopted"
        ADOPTED = "adopted", "adopted"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=8)
    day = models.DateField()
    place = models.CharField(max_length=200, blank=True, default="")
    chair = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    secretary = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    summoned = models.JSONField()
    state = models.CharField(max_length=8, choices=State, default=State.CONVENED)
    minutes = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    convened_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    minuted_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    adopted_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    adopted_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organization", "period"], name="meeting_of_body")]

    def __str__(self) -> str:
        return f"meeting {self.pk} on {self.period}"


class Evaluation(models.Model):
    """One period of one person, from the self-assessment to the publication.

    inputs   what it was reckoned from, as a file of facts; with `law_day` it gives the same score again on any day
    digest   SHA-256 of inputs; `law` the hash of the rulebook that read them
    opened   "undetermined": the law had no answer, and the authority decided, with `why`
    """

    class State(models.TextChoices):
        ASSESSED = "assessed", "the person has assessed the own work"
        OPINED = "opined", "the head has said what there is to say"
        DECIDED = "decided", "decided, not yet published"
        PUBLISHED = "published", "published"
        CANCELLED = "cancelled", "cancelled; another takes its place"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=8)
    first = models.DateField()
    last = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.ASSESSED)
    own_general = models.JSONField(help_text="points of the three groups by the person")
    own_lines = models.JSONField(null=True, help_text="points of each line of Form 01, where the person gave them line by line")
    own_text = models.TextField(blank=True, default="", help_text="strengths")
    own_shortcomings = models.TextField(blank=True, default="")
    own_grade = models.SlugField(max_length=20, blank=True, default="", help_text="of a year: the grade that the person proposes")
    general = models.JSONField(null=True, help_text="points of the three groups as the head confirmed them")
    unit = models.JSONField(default=dict, help_text="of a leader: organising, cohesion")
    opinion = models.TextField(blank=True, default="")
    opinion_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, null=True, related_name="evaluations")
    met = models.JSONField(null=True, help_text="what the meeting said of it: day, opinion, votes, how many were present")
    inputs = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    law = models.CharField(max_length=64, blank=True, default="")
    law_day = models.DateField(null=True)
    score = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    grade = models.SlugField(max_length=20, blank=True, default="")
    found = models.JSONField(null=True, help_text="parts, formula, articles as they were told when it was decided")
    undetermined = models.BooleanField(default=False)
    why = models.TextField(blank=True, default="")
    cap = models.JSONField(null=True, help_text="of one that reached excellent: how many might be, and who, when it was decided")
    below = models.BooleanField(default=False, help_text="reached excellent, and was graded good since no more may be")
    decided_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    published_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    published_on = models.DateField(null=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    cancelled_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_why = models.TextField(blank=True, default="")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "period"], condition=~Q(state="cancelled"), name="evaluated_once_a_period"),
            models.CheckConstraint(
                name="decided_grade_is_kept_whole",
                condition=Q(state__in=["assessed", "opined", "cancelled"])
                | (~Q(inputs="") & ~Q(grade="") & Q(decided_by__isnull=False, law_day__isnull=False)),
            ),
            models.CheckConstraint(
                name="below_is_good_and_says_why",
                condition=Q(below=False) | (Q(grade="good", cap__isnull=False) & ~Q(why="")),
            ),
            models.CheckConstraint(name="undetermined_says_why", condition=Q(undetermined=False) | ~Q(why="")),
        ]
        indexes = [models.Index(fields=["organization", "first"], name="evaluation_of_body")]

    def __str__(self) -> str:
        return f"evaluation {self.pk}: {self.period}"


class Outgoing(models.Model):
    """A result on its way to the national database: queued with its publication, sent, acknowledged. Each step once."""

    class Kind(models.TextChoices):
        PUBLISHED = "published", "a result"
        CANCELLED = "cancelled", "a result that was cancelled"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="outgoing")
    kind = models.CharField(max_length=9, choices=Kind)
    result_on = models.DateField()
    due_on = models.DateField(help_text="the last day by the law")
    sent_on = models.DateField(null=True)
    sent_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_on = models.DateField(null=True)
    receipt = models.CharField(max_length=100, blank=True, default="")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "kind"], name="queued_once"),
            models.CheckConstraint(
                name="acknowledged_once_sent",
                condition=Q(acknowledged_on__isnull=True, receipt="")
                | (Q(acknowledged_on__isnull=False, sent_on__isnull=False) & ~Q(receipt="")),
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(acknowledged_on__isnull=True), name="outgoing_waiting")]

    def __str__(self) -> str:
        return f"result {self.evaluation_id} to the national database"

    def late(self, on: date) -> bool:
        """Whether it was, or still is not, sent by its last day."""
        return (self.sent_on or on) > self.due_on


class Petition(models.Model):
    """A petition against a published evaluation, and its answer, due within the working days of the rulebook."""

    class State(models.TextChoices):
        FILED = "filed", "waits for an answer"
        UPHELD = "upheld", "the petition was right"
        DISMISSED = "dismissed", "the evaluation stands"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="petitions")
    ground = models.TextField()
    filed_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.FILED)
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation"], condition=Q(state="filed"), name="one_petition_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"petition {self.pk}"


class Round(models.Model):
    """Opinions from many sides on the people of a body in a period, beside their score. A round that is closed stays so.

    questions  as they were asked: name, words, sides; `least`: answers of a side from which it is shown
    anonymous  nothing is kept of who said what; else every answer is signed, and the rated person reads it with its name
    ident      random name of its key file; result: what there is to say of the whole, without anybody's name
    why        of a round that was given up: the reason, told to everybody who was asked; nothing that was answered is left
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        ABANDONED = "abandoned"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    beneath = models.BooleanField(default=False, help_text="also of the bodies beneath")
    period = models.CharField(max_length=8)
    anonymous = models.BooleanField(default=True)
    questions = models.JSONField()
    least = models.SmallIntegerField()
    ident = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    opened_on = models.DateField()
    closes_on = models.DateField()
    closed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True)
    result = models.JSONField(null=True)
    why = models.CharField(max_length=1000, blank=True, default="")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "period"], condition=Q(state="open"), name="one_round_at_a_time"),
            models.CheckConstraint(name="given_up_for_a_reason", condition=Q(state="abandoned") ^ Q(why="")),
        ]

    def __str__(self) -> str:
        return f"round {self.pk} on {self.period}"


class Asked(models.Model):
    """Somebody is asked about somebody. Whether an answer came is kept here; what it said is not, and not when.

    excluded  why the person is not asked after all: self, kinship, interest; body: that of the rated person
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="asked")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    rater = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    ratee = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    side = models.SlugField(max_length=12)
    excluded = models.SlugField(max_length=12, blank=True, default="")
    answered = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "rater", "ratee"], name="asked_once_about_somebody"),
            models.CheckConstraint(name="nobody_rates_oneself", condition=~Q(rater=F("ratee"))),
            models.CheckConstraint(name="excluded_answers_nothing", condition=Q(excluded="") | Q(answered=False)),
        ]
        indexes = [models.Index(fields=["rater"], condition=Q(answered=False, excluded=""), name="asked_of_rater")]

    def __str__(self) -> str:
        return f"question {self.pk} of round {self.round_id}"


class Sealed(models.Model):
    """An answer while its round is open: a ciphertext, equally long for every answer, under a key outside the database."""

    id = models.BinaryField(primary_key=True, help_text="16 random octets: no order, no time, nobody")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="sealed")
    text = models.BinaryField()


class Tally(models.Model):
    """What one side said of one person, added up; of a side with too few answers only how many there were.

    counts  by question how many gave each mark, the last place for "cannot say"; texts: in the order of their letters
    signed  of a round that is not anonymous: rater, marks and text of each answer
    given, fair, error  only for the side "all": the mean as given, and without the severity of who gave it; on the scale
    """

    ALL = "all"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="tallies")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    side = models.SlugField(max_length=12)
    asked = models.SmallIntegerField()
    answered = models.SmallIntegerField()
    counts = models.JSONField(null=True)
    texts = models.JSONField(null=True)
    signed = models.JSONField(null=True)
    given = models.FloatField(null=True)
    fair = models.FloatField(null=True)
    error = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person", "side"], name="tallied_once")]

    def __str__(self) -> str:
        return f"{self.side} of {self.person_id} in round {self.round_id}"


class Doubt(models.Model):
    """Something about the answers of a round that is asked of people, never a verdict; the answer stays with it.

    kind     inflation_links, inflation_results, ring, overlooked, copies_one, copies_many
    persons  whom it names; nobody who answered in an anonymous round. evidence: plain values, what was found and against what
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="doubts")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    kind = models.SlugField(max_length=20)
    persons = models.JSONField(default=list)
    evidence = models.JSONField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"doubt {self.pk}: {self.kind}"


class Served(models.Model):
    """How satisfied those were whom a body served at one counter in a period: how many gave each mark, the last: no mark."""

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=8)
    counter = models.CharField(max_length=120)
    counts = models.JSONField()
    basis = models.CharField(max_length=300, help_text="where the figures come from: a counter, a file, a survey")
    taken_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    taken_on = models.DateField()
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "period", "counter"], name="served_told_once")]

    def __str__(self) -> str:
        return f"{self.counter} {self.period}"


class Opinion(models.Model):
    """What an organisation of the Party said of an evaluation before it was decided: an act with a day and an author.

    grade  the grade that it names, where it names one; it binds nobody, and stands beside the grade of the decree
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="opinions")
    body = models.CharField(max_length=200, help_text="which organisation of the Party")
    author = models.CharField(max_length=200, help_text="who signed it for that organisation")
    said_on = models.DateField()
    text = models.TextField()
    grade = models.SlugField(max_length=20, blank=True, default="")
    recorded_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    recorded_on = models.DateField()
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evaluation", "body"], name="one_opinion_of_a_party_body")]

    def __str__(self) -> str:
        return f"opinion of {self.body} on {self.evaluation_id}"
