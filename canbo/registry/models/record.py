"""Dated records of a person: what was studied, graded, rewarded, sanctioned, declared, paid.

In each, `valid` is when the thing holds: a degree from its award on, a sanction from its effect to its
expiry, a rating over the period it rates, a salary step while it is drawn.
"""

from __future__ import annotations

from django.db import models

from canbo.registry.models.fact import Fact
from canbo.registry.models.person import Person


class Record(Fact):
    """What all records share: the person, and the days on which it holds."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True


class Credential(Record):
    """A level of education reached. Levels are ordered: a higher number is a higher degree."""

    class Level(models.IntegerChoices):
        SECONDARY = 1, "general education"
        INTERMEDIATE = 2, "vocational intermediate"
        COLLEGE = 3, "college"
        UNIVERSITY = 4, "university"
        MASTER = 5, "master"
        DOCTOR = 6, "doctor"

    level = models.SmallIntegerField(choices=Level)
    subject = models.SlugField(max_length=60, null=True, db_index=False, help_text="null: unknown")
    institution = models.CharField(max_length=160, blank=True)
    verified = models.BooleanField(null=True, help_text="checked with the issuer; null: not checked yet")


class PoliticalTheory(Record):
    """A level of political theory reached; ordered."""

    class Level(models.IntegerChoices):
        ELEMENTARY = 1, "elementary"
        INTERMEDIATE = 2, "intermediate"
        ADVANCED = 3, "advanced"
        BACHELOR = 4, "bachelor"

    level = models.SmallIntegerField(choices=Level)


class LanguageSkill(Record):
    """A language (ISO 639-1) and a level of the common framework (A1 to C2)."""

    language = models.CharField(max_length=8)
    level = models.CharField(max_length=2)


class Training(Record):
    """A course attended: its stream, its name, its hours."""

    stream = models.SlugField(max_length=40, db_index=False)
    title = models.CharField(max_length=200)
    hours = models.SmallIntegerField(null=True)


class Rating(Record):
    """A grade of evaluation for the period `valid`, under the regime that graded it."""

    class Grade(models.IntegerChoices):
        NOT_COMPLETED = 1, "not completed"
        COMPLETED = 2, "completed"
        GOOD = 3, "completed well"
        EXCELLENT = 4, "completed excellently"

    grade = models.SmallIntegerField(choices=Grade)
    regime = models.SlugField(max_length=40, db_index=False)


class Reward(Record):
    """A title or award given."""

    title = models.CharField(max_length=160)
    level = models.SmallIntegerField(null=True, help_text="0 centre, 1 province, 3 commune; null: unknown")


class Sanction(Record):
    """A disciplinary measure: `valid` runs from its effect to its expiry."""

    class Measure(models.IntegerChoices):
        REPRIMAND = 1, "reprimand"
        WARNING = 2, "warning"
        REMOVAL = 3, "removal from post"
        DISMISSAL = 4, "dismissal from service"

    measure = models.SmallIntegerField(choices=Measure)


class Declaration(Record):
    """A declaration of assets and income for a year, and whether it was verified."""

    year = models.SmallIntegerField()
    verified = models.BooleanField(null=True, help_text="null: verification not finished")


class Succession(Record):
    """A post for which the person stands in an approved succession plan, on the days on which the plan holds."""

    post = models.ForeignKey("registry.Post", on_delete=models.PROTECT, related_name="successions")


class SalaryStep(Record):
    """A step drawn on a salary scale: `coefficient` times the base salary of the day."""

    scale = models.CharField(max_length=12)
    step = models.SmallIntegerField()
    coefficient = models.DecimalField(max_digits=4, decimal_places=2)
