"""Organizations, their names, codes and parents by date; the events that change them; whose task is whose."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from canbo.registry.models.fact import Fact, Provenance


class Area(models.Model):
    """A piece of ground with a code of its own (Popolo: Area). An organization may govern it.

    `latitude`, `longitude` are WGS84 degrees of a middle point, null where the source gives none.
    `traits` are the classes that law attaches to an area, such as border, island, difficult.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    square_kilometres = models.FloatField(null=True)
    traits = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Kind(models.Model):
    """A kind of organization, as the rulebook's `kinds.yaml` lists them: its level and its structure.

    `level`: 0 centre, 1 province, 2 district, 3 commune, 4 village or residential group.
    """

    class Structure(models.TextChoices):
        UNIT = "unit", "administrative unit"
        GOVERNMENT = "government"
        PARTY = "party"
        FRONT = "front", "Front and mass organisations"
        SERVICE = "service", "public service unit"
        ENTERPRISE = "enterprise", "state enterprise"
        RESIDENTIAL = "residential", "village or residential group"

    code = models.SlugField(primary_key=True)
    names = models.JSONField(help_text="name by language")
    level = models.SmallIntegerField()
    structure = models.CharField(max_length=12, choices=Structure)

    def __str__(self) -> str:
        return self.code


class Organization(Provenance):
    """A body of public administration with a life of its own (W3C ORG).

    Only its life stands here; its names, codes, parents and standing are dated rows beside it.
    """

    life = DateRangeField()
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="organizations")

    def __str__(self) -> str:
        return f"organization {self.pk}"


class OrganizationName(Fact):
    """What an organization is called, by language, in a period."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="names")
    name = models.JSONField(help_text="name by language, at least one")
    search_key = models.TextField(help_text="see registry.names.search_key")

    class Meta:
        indexes = [GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="organization_name_search")]


class OrganizationCode(Fact):
    """The code an organization bears in a scheme, in a period. No two bear the same code at a time."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=80, db_index=True)


class OrganizationStatus(Fact):
    """What an organization is in a period: its kind, and for a service unit its group of financial autonomy."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="statuses")
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    autonomy_group = models.SmallIntegerField(null=True, help_text="1-4; null: not a service unit, or unknown")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(autonomy_group__isnull=True) | models.Q(autonomy_group__range=(1, 4)),
                name="autonomy_group_is_one_to_four",
            ),
        ]


class OrganizationParent(Fact):
    """Under which organization an organization stands in a period (W3C ORG: subOrganizationOf)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="parents")
    parent = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="children")


class ChangeEvent(Provenance):
    """What made organizations begin, end or become others (W3C ORG: ChangeEvent), with its document."""

    class Kind(models.TextChoices):
        FOUND = "found"
        MERGE = "merge"
        CONSOLIDATE = "consolidate"
        SPLIT = "split"
        DISSOLVE = "dissolve"
        RENAME = "rename"
        MOVE = "move"
        RAISE = "raise", "change of kind or rank"
        RECODE = "recode", "same unit under a new code"

    kind = models.CharField(max_length=12, choices=Kind)
    on = models.DateField(help_text="first day of the new state")

    class Meta:
        indexes = [models.Index(fields=["on"], name="change_event_on")]


class Original(models.Model):
    """An organization that went into a change, under the code it bore on the day before."""

    event = models.ForeignKey(ChangeEvent, on_delete=models.PROTECT, related_name="originals")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="went_into")
    code = models.CharField(max_length=80)
    whole = models.BooleanField(default=True, help_text="false: only a part of it went here")


class Resulting(models.Model):
    """An organization that came out of a change, under the code it bears from that day.

    `forms`: it was formed (or goes on) from the originals. False: it only takes over from a dissolved
    original what that one left (its remits, its ground), as a commune does from a dissolved district.
    """

    event = models.ForeignKey(ChangeEvent, on_delete=models.PROTECT, related_name="resulting")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="came_from")
    code = models.CharField(max_length=80)
    forms = models.BooleanField(default=True)


class Task(models.Model):
    """Something the law gives to some organization to do. Whose it is, on which day, says a Remit."""

    code = models.SlugField(max_length=80, unique=True)
    names = models.JSONField(help_text="name by language")
    field = models.SlugField(max_length=60)
    citation = models.CharField(max_length=200, blank=True)


class Remit(Fact):
    """A task is this organization's in a period (W3C ORG: purpose)."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="remits")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="remits")
