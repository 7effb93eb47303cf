"""Jobs, posts and seats: what there is to hold, whether or not anyone holds it."""

from __future__ import annotations

from django.db import models

from canbo.registry.models.fact import Fact
from canbo.registry.models.organization import Organization


class Job(models.Model):
    """The template of a post: its titles, its rank among leaders, its term (HR-XML: job).

    `title_kind` is the word the rulebook knows the title by (`secretary`, `chair`, ...).
    `standing`: head, deputy, member of a collective, staff.
    """

    class Standing(models.TextChoices):
        HEAD = "head"
        DEPUTY = "deputy"
        MEMBER = "member", "member of a collective"
        STAFF = "staff"

    code = models.SlugField(max_length=60, unique=True)
    names = models.JSONField(help_text="title by language")
    title_kind = models.SlugField(max_length=40)
    standing = models.CharField(max_length=8, choices=Standing)
    term_months = models.SmallIntegerField(null=True, help_text="null: no fixed term")
    rank = models.SmallIntegerField(null=True, help_text="1 highest; null: not ranked. Lower number = higher post")

    def __str__(self) -> str:
        return self.code


class Post(Fact):
    """A place to serve in an organization; it exists whoever holds it (W3C ORG: Post).

    A post belongs to one organization for its whole life. When its organization ends, it ends; the post
    that follows it elsewhere names it in `successor_of`. How many may hold it at once is its set of seats; which body
    decides who does, on which day, says a PostManager.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="posts")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="posts")
    successor_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="successors")


class Seat(Fact):
    """One place in a post, numbered from 1, in a period. The quota of a post on a day = its seats that day."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="seats", db_index=False)
    number = models.SmallIntegerField()


class PostManager(Fact):
    """Which body decides who holds a post, in a period (docs/decisions/0035). Days without a row: unknown."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="managers", db_index=False)
    manager = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="manages")


class Membership(Fact):
    """A person in a seat of a post in a period (Popolo, W3C ORG: Membership).

    `organization` repeats the post's, kept equal by a foreign key on both columns, so that the staff of an
    office is one index scan. `ending` says why it ended; null with an open period = has not ended; null with
    a closed period = the reason is unknown.
    """

    class Category(models.IntegerChoices):
        CADRE = 1, "cadre"
        CIVIL_SERVANT = 2, "civil servant"
        PUBLIC_EMPLOYEE = 3, "public employee"
        CONTRACT = 4, "contract"
        ACTIVIST = 5, "non-professional activist"
        ARMED = 6, "armed forces"

    class Kind(models.IntegerChoices):
        ELECTED = 1, "elected"
        APPOINTED = 2, "appointed"
        DESIGNATED = 3, "designated"
        ACTING = 4, "acting"
        RECRUITED = 5, "recruited"
        ROTATED = 6, "rotated"
        SECONDED = 7, "seconded"
        CONCURRENT = 8, "concurrent"

    class Ending(models.IntegerChoices):
        TERM = 1, "end of term"
        MOVE = 2, "moved to another post"
        REORGANIZATION = 3, "reorganisation"
        RETIREMENT = 4, "retirement"
        RESIGNATION = 5, "resignation"
        REMOVAL = 6, "removal"
        DEATH = 7, "death"
        SEVERANCE = 8, "left the service"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="memberships")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="memberships", db_index=False)
    seat = models.SmallIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    category = models.SmallIntegerField(choices=Category)
    kind = models.SmallIntegerField(choices=Kind)
    ending = models.SmallIntegerField(choices=Ending, null=True)
