"""The facts that articles ask for, read from the register for one person and one post on a day.

`facts.sql` reads the row; here it becomes the rulebook's facts with their provenance. Unknown stays unknown,
with the reason.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from canbo.registry.models import Person, Post
from canbo.registry.queries import NotInRegister
from canbo.rules.dates import PartialDate
from canbo.rules.schema import Fact

LEVELS = {0: "central", 1: "province", 3: "commune"}
STRUCTURES = {
    "government": "government",
    "party": "party",
    "front": "front",
    "service": "service_unit",
    "enterprise": "enterprise",
}


def about(person: Person, post: Post, *, on: date, received_on: date | None = None) -> dict[str, Fact]:
    """The facts of naming `person` for `post` on a day, by the names of the rulebook's facts.yaml.

    `received_on`: the day the personnel body received the proposal with its file; `on` when not said.
    Raises NotInRegister when the asker may not see the person or the post does not exist.
    """
    row = _row(person.pk, post.pk, on)
    from_person = f"{row['person_source']}; {row['person_decision']}"
    from_post = f"{row['post_source']}; {row['post_decision']}"

    def of_person(value: Any) -> Fact:
        return Fact(value, from_person, on, "" if value is not None else "not_recorded", row["confirmed"])

    facts = {
        "person.sex": of_person(row["sex"]),
        "person.born": of_person(_born(row["birth_on"], row["birth_precision"])),
        "post.title": Fact(row["title_kind"], from_post, on),
        "case.received_on": Fact(received_on or on, _("this case"), on),
        "case.process_started_on": Fact(received_on or on, _("this case"), on),
        "case.move": Fact(_move(row), _("career and ranks of posts"), on),
        "case.native_in_area": _native(row, on),
    }
    if row["level"] in LEVELS:
        facts["post.level"] = Fact(LEVELS[row["level"]], from_post, on)
    if row["structure"] in STRUCTURES:
        facts["post.structure"] = Fact(STRUCTURES[row["structure"]], from_post, on)
    if row["term_months"] is not None:
        facts["post.term_months"] = Fact(row["term_months"], from_post, on)
    return facts


def of_person(person: Person, *, on: date) -> dict[str, Fact]:
    """The facts of a person alone: for what needs no post, such as the month of retirement."""
    person = Person.objects.select_related("source", "decision").get(pk=person.pk)
    source = f"{person.source.title}; {person.decision.number}"
    values = {"person.sex": person.sex, "person.born": _born(person.birth_on, person.birth_precision)}
    return {
        name: Fact(value, source, on, "" if value is not None else "not_recorded", person.confirmed_by_id is not None)
        for name, value in values.items()
    }


def _row(person: int, post: int, on: date) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_sql(), {"person": person, "post": post, "on": on})
        names = [column.name for column in cursor.description]
        found = cursor.fetchone()
    if found is None:
        raise NotInRegister(_("The person or the post is not in the register, or you may not see it."))
    return dict(zip(names, found, strict=True))


@lru_cache(maxsize=1)
def _sql() -> str:
    return Path(__file__).with_name("facts.sql").read_text(encoding="utf-8")


def _born(day: date | None, precision: str | None) -> date | PartialDate | None:
    """A birth as far as it is known: to the day, the month, or the year."""
    if day is None or precision == "D":
        return day
    return PartialDate(day.year, day.month if precision == "M" else None)


def _move(row: dict[str, Any]) -> str | None:
    """The post compared with the highest leading post held that day; lower rank number = higher post."""
    if row["held_rank"] is None:
        return "first"
    if row["rank"] is None:
        return "lower"
    if row["rank"] == row["held_rank"]:
        return "equal"
    return "higher" if row["rank"] < row["held_rank"] else "lower"


def _native(row: dict[str, Any], on: date) -> Fact:
    """Whether the native place lies in the post's ground, followed through every change of units."""
    source = _("native place %(name)s (%(code)s), followed through the lineage of units") % {
        "name": row["native_name"] or _("unknown"), "code": row["native_code"] or "-",
    }  # fmt: skip
    if not row["native_known"] or not row["all_parts"]:
        return Fact(None, source, on, "not_recorded")
    if row["within"] == 0:
        return Fact(False, source, on, confirmed=row["confirmed"])
    if row["within"] == row["all_parts"]:
        return Fact(True, source, on, confirmed=row["confirmed"])
    # The native unit was divided, and only some of its parts lie in this ground.
    return Fact(None, source, on, "disputed")
