"""For which body one acts in a case, and who is on the roll of a vote: the words of the rulebook read in the register."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from canbo.procedures.models import Case
from canbo.procedures.refusals import Refused
from canbo.registry import authority, queries
from canbo.registry.asking import rows
from canbo.registry.models import Organization, Post
from canbo.registry.saying import sentence as _
from canbo.rules import procedure as law

STRUCTURE = {"party": ("party",), "front": ("front",)}


@dataclass(frozen=True)
class Voter:
    """Somebody on a roll: the person, and the body for whose sake."""

    person: int
    organization: int


def rulebook() -> Path:
    """The folder of the rulebook that this register keeps."""
    return Path(settings.LIBRARY) / "rulebook" / settings.CANBO_RULEBOOK


def manager_of(post: Post | None, organization: Organization, *, on: date) -> int:
    """The body that decides who holds the post on the day, as the register says; where it says none, the body above."""
    manager = None if post is None else queries.manager(post.pk, on=on)
    if manager is not None and manager != organization.pk:
        return manager
    above = parent_of(organization.pk, on=on)
    if above is None:
        raise Refused(
            "no_manager", _("Nobody stands above this body on %(on)s, so there is nobody who could decide.") % {"on": on}
        )
    return above


def parent_of(organization: int, *, on: date) -> int | None:
    """The body above on a day, or None."""
    found = rows(
        "SELECT parent_id FROM {organizationparent} WHERE organization_id = %(id)s AND valid @> %(on)s::date",
        {"id": organization, "on": on},
    )
    return int(found[0]["parent_id"]) if found else None


def of_step(case: Case, body: str, *, on: date) -> int:
    """The organization that a step's `body` means in this case.

    `party`, `front`, `inspection` are found at the level of the case's body; where the register has none there, the
    managing body acts in its place.
    """
    own, manager = case.organization_id, case.manager_id
    if own is None or manager is None:
        raise Refused("no_body", _("The case names no body; it was made before procedures were kept."))
    if body in ("own", "subject"):
        return own
    if body == "manager":
        return manager
    if body == "superior":
        return parent_of(manager, on=on) or manager
    if body == "home":
        return _home(case, on) or own
    found = _at_level(own, body, on=on)
    return found if found is not None else manager


def _home(case: Case, on: date) -> int | None:
    """Where the person of the case serves on the day, first the highest post; of several names the first that is in."""
    person = case.person_id or (
        case.candidates.filter(state="through").order_by("pk").values_list("person_id", flat=True).first()
    )  # fmt: skip
    found = rows(
        "SELECT m.organization_id FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id"
        " WHERE m.person_id = %(person)s AND m.valid @> %(on)s::date ORDER BY j.rank NULLS LAST, m.id LIMIT 1",
        {"person": person, "on": on},
    )
    return int(found[0]["organization_id"]) if found else None


_UNIT = """
WITH RECURSIVE above (id, depth) AS (
    SELECT %(own)s::bigint, 0
    UNION ALL
    SELECT p.parent_id, a.depth + 1 FROM above a
    JOIN {organizationparent} p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 32
)
SELECT a.id FROM above a
JOIN {organizationstatus} s ON s.organization_id = a.id AND s.valid @> %(on)s::date
JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit'
ORDER BY a.depth LIMIT 1
"""


def unit_of(organization: int, *, on: date) -> int | None:
    """The administrative unit that an organization is, or lies in."""
    found = rows(_UNIT, {"own": organization, "on": on})
    return int(found[0]["id"]) if found else None


def _at_level(own: int, body: str, *, on: date) -> int | None:
    """The party committee, the front or the inspection commission of the unit in which `own` lies."""
    unit = unit_of(own, on=on)
    if unit is None:
        return None
    found = rows(
        """
        SELECT o.organization_id AS id FROM {organizationparent} o
        JOIN {organizationstatus} s ON s.organization_id = o.organization_id AND s.valid @> %(on)s::date
        JOIN {kind} k ON k.code = s.kind_id
        WHERE o.parent_id = %(unit)s AND o.valid @> %(on)s::date AND k.structure = ANY (%(structure)s)
        ORDER BY (k.code LIKE '%%committee%%') DESC, o.organization_id LIMIT 1
        """,
        {"unit": unit, "on": on, "structure": list(STRUCTURE.get(body, ("party",)))},
    )
    return int(found[0]["id"]) if found else None


def roll(case: Case, electorate: str, *, on: date) -> list[Voter]:
    """Everybody whom the electorate names on the day, each once, by number of the person.

    Where the body has too few for the meeting and the law hands it to the body above, they are those of the nearest body
    above that has enough. Who may look at whom does not matter here: who is on a roll is a matter of law, not of sight.
    """
    known = law.electorates(rulebook())[electorate]
    with authority.everything_in_sight():
        found = _named(case, known, on)
        body = case.organization_id if known.above else None
        while len(found) < known.least and body is not None:
            body = parent_of(body, on=on)
            held_above = copy(case)
            held_above.organization_id = body
            found = _named(held_above, known, on) or found
    if len(found) < known.least:
        raise Refused(
            "no_electorate", _("This meeting needs %(least)d people on its roll, and the register knows %(found)d on %(on)s.")
            % {"least": known.least, "found": len(found), "on": on}
        )  # fmt: skip
    return [Voter(person, body) for person, body in sorted(found.items())]


def _named(case: Case, electorate: law.Electorate, on: date) -> dict[int, int]:
    """The people of an electorate, each with the body for which he or she is in it."""
    found: dict[int, int] = {}
    for selector in (*_everybody(case, electorate, on), *electorate.selectors):
        for voter in _chosen(case, selector, on):
            found.setdefault(voter.person, voter.organization)
    return found


def _everybody(case: Case, electorate: law.Electorate, on: date) -> tuple[law.Selector, ...]:
    """In a body of fewer people than the law asks for a meeting of some, or with none beneath it, all who serve there."""
    if not electorate.whole_below or case.organization_id is None:
        return ()
    everybody = tuple(law.Selector(of, (), (), None) for of in ("own", "beneath"))
    beneath = _beneath(case.organization_id, on)
    serve = {voter.person for selector in everybody for voter in _chosen(case, selector, on)}
    return everybody if not beneath or len(serve) < electorate.whole_below else ()


def _chosen(case: Case, selector: law.Selector, on: date) -> list[Voter]:
    places = _places(case, selector.of, on)
    found = rows(
        """
        SELECT m.person_id, m.organization_id FROM {membership} m
        JOIN {post} p ON p.id = m.post_id
        JOIN {job} j ON j.id = p.job_id
        JOIN {organizationstatus} s ON s.organization_id = m.organization_id AND s.valid @> %(on)s::date
        JOIN {kind} k ON k.code = s.kind_id
        WHERE m.organization_id = ANY (%(places)s) AND m.valid @> %(on)s::date
          AND (%(standing)s::text[] = '{{}}' OR j.standing = ANY (%(standing)s))
          AND (%(titles)s::text[] = '{{}}' OR j.title_kind = ANY (%(titles)s))
          AND (%(structure)s::text IS NULL OR k.structure = %(structure)s)
        """,
        {
            "places": places, "on": on, "standing": list(selector.standing), "titles": list(selector.titles),
            "structure": selector.structure,
        },
    )  # fmt: skip
    return [Voter(row["person_id"], row["organization_id"]) for row in found]


def _places(case: Case, of: str, on: date) -> list[int]:
    """The organizations in which a selector looks."""
    own = case.organization_id
    if own is None:
        return []
    if of == "beneath":
        return _beneath(own, on)
    if of == "same_level":
        unit = unit_of(own, on=on)
        return _beneath(unit, on) if unit else [own]
    if of == "parent":
        above = parent_of(own, on=on)
        return [above] if above else []
    return [of_step(case, of, on=on)]


def _beneath(organization: int, on: date) -> list[int]:
    """The bodies directly beneath one, or, where it has an administrative unit of its own beneath it, not those."""
    found = rows(
        """
        SELECT o.organization_id AS id FROM {organizationparent} o
        JOIN {organizationstatus} s ON s.organization_id = o.organization_id AND s.valid @> %(on)s::date
        JOIN {kind} k ON k.code = s.kind_id AND k.structure <> 'unit'
        WHERE o.parent_id = %(own)s AND o.valid @> %(on)s::date
        """,
        {"own": organization, "on": on},
    )
    return [int(row["id"]) for row in found]
