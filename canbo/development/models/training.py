"""Training: courses that bodies enter themselves, the plan of a body's year, who was sent where with what result, self-study.

An enrolment keeps the course as it was and the verdict of the rules, also where it was refused. What must always hold is in
migrations/training.sql, by name.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Course(models.Model):
    """A course of a body beside those of the rulebook: proposed from below, in force once a second person approved it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a second person"
        APPROVED = "approved", "in force"
        DECLINED = "declined", "not taken up"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=300)
    field = models.CharField(max_length=16, help_text="a field of the catalogue")
    stream = models.CharField(max_length=24, help_text="a word of the fact training.kind")
    standings = models.JSONField(help_text="standing of the posts for whose holders it is made")
    hours = models.SmallIntegerField()
    cost = models.BigIntegerField(help_text="đồng for one place")
    seats = models.SmallIntegerField(null=True, help_text="places in a year; null: no limit")
    provider = models.CharField(max_length=200)
    leads_to = models.JSONField(default=dict)
    why = models.CharField(max_length=1000)
    since = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="course_once_in_body"),
            models.CheckConstraint(
                name="course_decided_by_another",
                condition=Q(state="proposed", decided_by__isnull=True)
                | (Q(decided_by__isnull=False, decided_on__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(name="course_has_hours_and_cost", condition=Q(hours__gt=0, cost__gte=0)),
        ]

    def __str__(self) -> str:
        return self.title


class Plan(models.Model):
    """A body's training of a year within a budget. A correction of an approved plan is the next version."""

    class State(models.TextChoices):
        DRAFT = "draft", "waits for a second person"
        APPROVED = "approved", "in force"

    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    version = models.SmallIntegerField()
    budget = models.BigIntegerField(help_text="đồng")
    each = models.SmallIntegerField(help_text="courses that one person takes in the year at most")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    proved = models.BooleanField(help_text="no better choice of places exists")
    proposed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    basis = models.CharField(max_length=300, blank=True, default="")
    approved_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    digest = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of the places that were approved")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "version"], name="plan_version_once"),
            models.CheckConstraint(
                name="plan_approved_by_another",
                condition=Q(state="draft", approved_by__isnull=True)
                | (Q(state="approved", approved_by__isnull=False, approved_on__isnull=False) & ~Q(approved_by=F("proposed_by"))),
            ),
            models.CheckConstraint(name="plan_budget_is_not_negative", condition=Q(budget__gte=0)),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk}: {self.year}, version {self.version}"


class Place(models.Model):
    """A person and a course in a plan, taken or not, with the needs it rests on and why it is in or out.

    needs  kind (law_late, law, successor, potential, gap, asked), article or competency, level, day
    why    words of the choice: taken, by_hand, left_out; or the limits that stand in the way: budget, seats, each
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="places")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    course = models.CharField(max_length=40)
    told = models.JSONField(help_text="the course as it was planned")
    cost = models.BigIntegerField()
    worth = models.JSONField()
    needs = models.JSONField()
    taken = models.BooleanField()
    why = models.JSONField()
    over = models.BigIntegerField(default=0, help_text="by how much it would pass the budget")
    hand = models.BooleanField(null=True, help_text="decided by hand, in or out")
    remark = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "person", "course"], name="place_once_in_plan")]

    def __str__(self) -> str:
        return f"{self.course} for {self.person_id}"


class Enrolment(models.Model):
    """A person sent to a course, or refused with the verdict; later its result, what it left in the file, and service owed."""

    class State(models.TextChoices):
        REFUSED = "refused", "refused by the rules"
        ENROLLED = "enrolled", "sent"
        PASSED = "passed", "passed"
        FAILED = "failed", "not passed"
        LEFT = "left", "broken off"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    place = models.OneToOneField(Place, on_delete=models.PROTECT, null=True, related_name="enrolment")
    course = models.CharField(max_length=40)
    told = models.JSONField(help_text="the course as it was when the person was sent")
    sent_on = models.DateField()
    starts = models.DateField()
    committed_months = models.SmallIntegerField(null=True, help_text="service promised afterwards")
    verdict = models.JSONField(help_text="what the rules said, and of which rulebook")
    state = models.CharField(max_length=8, choices=State)
    result_on = models.DateField(null=True)
    certificate = models.CharField(max_length=120, blank=True, default="")
    record = models.JSONField(null=True, help_text="the record that the result became: its kind and number")
    owed_months = models.SmallIntegerField(null=True, help_text="service owed by the article, counted from the result")
    owed_until = models.DateField(null=True)
    repay = models.JSONField(null=True, help_text="what the article on repayment said when it was broken off")
    sent_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    result_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "course"], condition=Q(state="enrolled"), name="enrolled_once_at_a_time"),
            models.CheckConstraint(
                name="result_is_kept_whole",
                condition=Q(state__in=["refused", "enrolled"], result_on__isnull=True)
                | (Q(result_on__isnull=False, result_by__isnull=False) & Q(result_on__gte=F("starts"))),
            ),
            models.CheckConstraint(name="passed_with_a_certificate", condition=~Q(state="passed") | ~Q(certificate="")),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="enrolment_of_body")]

    def __str__(self) -> str:
        return f"{self.course}, {self.state}"


class SelfStudy(models.Model):
    """What a person learned by himself or herself, logged by that person and confirmed by somebody who leads there."""

    class State(models.TextChoices):
        LOGGED = "logged", "waits to be confirmed"
        CONFIRMED = "confirmed", "confirmed"
        DECLINED = "declined", "not confirmed"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=300)
    field = models.CharField(max_length=16)
    hours = models.SmallIntegerField()
    day = models.DateField()
    evidence = models.CharField(max_length=500)
    state = models.CharField(max_length=9, choices=State, default=State.LOGGED)
    logged_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_on = models.DateField(null=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="study_confirmed_by_another",
                condition=Q(state="logged", confirmed_by__isnull=True)
                | (Q(confirmed_by__isnull=False, confirmed_on__isnull=False) & ~Q(confirmed_by=F("logged_by"))),
            ),
            models.CheckConstraint(name="study_has_hours", condition=Q(hours__gt=0, hours__lte=1000)),
        ]

    def __str__(self) -> str:
        return self.topic
