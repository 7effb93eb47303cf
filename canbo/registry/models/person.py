"""Persons: who they are, what they are called, whom they are related to."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from canbo.registry.models.fact import Fact, Provenance
from canbo.registry.models.organization import Area


class Person(Provenance):
    """A person in the register, keyed by the personal identification number.

    Null means unknown, never none. `birth_on` is the first day of the month or year when `birth_precision`
    says that only that is known. Ethnicity is kept because rules on representation cite it; nothing infers it.
    """

    class Sex(models.TextChoices):
        FEMALE = "F", "female"
        MALE = "M", "male"

    class Precision(models.TextChoices):
        DAY = "D", "day"
        MONTH = "M", "month"
        YEAR = "Y", "year"

    identification_number = models.CharField(max_length=12, unique=True)
    sex = models.CharField(max_length=1, choices=Sex, null=True)
    birth_on = models.DateField(null=True)
    birth_precision = models.CharField(max_length=1, choices=Precision, null=True)
    native_area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="natives", db_index=False)
    ethnicity = models.SlugField(max_length=30, null=True, db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(identification_number__regex=r"^[0-9]{12}$"),
                name="identification_number_has_twelve_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(birth_on__isnull=True, birth_precision__isnull=True)
                | models.Q(birth_on__isnull=False, birth_precision__isnull=False),
                name="birth_comes_with_its_precision",
            ),
        ]


class PersonName(Fact):
    """What a person is called in a period. `sort_key` orders by given name in the language's alphabet."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="names")
    family = models.CharField(max_length=60)
    given = models.CharField(max_length=120, help_text="middle and given names as written")
    sort_key = models.CharField(max_length=200)
    search_key = models.TextField()

    class Meta:
        indexes = [GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="person_name_search")]

    def __str__(self) -> str:
        return f"{self.family} {self.given}"


class Kinship(Fact):
    """`relative` is the `relation` of `person`: a relation by blood, marriage or adoption, stated by someone.

    Degree is computed from the graph, never stored.
    """

    class Relation(models.TextChoices):
        SPOUSE = "spouse"
        PARENT = "parent"
        CHILD = "child"
        SIBLING = "sibling"
        ADOPTIVE_PARENT = "adoptive_parent"
        ADOPTED_CHILD = "adopted_child"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="kin")
    relative = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="kin_of")
    relation = models.CharField(max_length=16, choices=Relation)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(person=models.F("relative")), name="nobody_is_own_relative"),
        ]


class NoneDeclared(Fact):
    """A statement that a person has none of a topic in a period. Without it, no rows means unknown."""

    class Topic(models.TextChoices):
        KINSHIP = "kinship"
        CREDENTIAL = "credential"
        POLITICAL_THEORY = "political_theory"
        LANGUAGE = "language"
        TRAINING = "training"
        REWARD = "reward"
        SANCTION = "sanction"
        DECLARATION = "declaration"
        SUCCESSION = "succession"
        INTEREST = "interest"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="declared_none")
    topic = models.CharField(max_length=20, choices=Topic)
