"""Those whom a scenario concerns are asked before it is approved: who that is, what is told to them, what their answers say.

Who is asked is worked out from the register: whoever serves in a body that changes or beneath it, and whoever holds a post of
which a line speaks; and the bodies themselves, for which their heads answer. What was shown, and where one may wish to go, is
kept with the round. Nobody is told what a colleague said; whoever prepares or decides reads the answers, as they were written.
What is done in a round is in rounds.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from canbo.procedures import acting as heads
from canbo.procedures.models import Consultation, Consulted, Opinion, Scenario
from canbo.procedures.scenarios import ground
from canbo.procedures.scenarios.problems import Problem
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import authority, queries
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Job, Membership
from canbo.registry.saying import sentence as _

View = Opinion.View
OPEN = (Scenario.State.DRAFT, Scenario.State.PROPOSED, Scenario.State.APPROVED)


@cache
def rules() -> dict[str, Any]:
    """What scenarios.yaml of the rulebook says of consultations: `days`, `small`, `required`, `articles`."""
    file = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "scenarios.yaml"
    found = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {"days": 5, "small": 5, "required": [], "articles": {}} | dict(found.get("consultation") or {})


# ---- what others read


def preferences(*, scenario: Scenario) -> dict[int, tuple[int, ...]]:
    """Where the people asked wish to go, as far as in sight: number of the person -> bodies, the dearest first.

    The latest answer that stands counts. A body is told by its number on the day of the scenario: one that is yet to be made
    has none before, so whoever asks within a rehearsal learns of all (`wishes` tells codes, at any time).
    """
    wished = wishes(scenario=scenario)
    asked = sorted({wish.partition(":")[0] for each in wished.values() for wish in each})
    found = rows(
        "SELECT code, organization_id AS id FROM {organizationcode} WHERE code = ANY (%(codes)s) AND valid @> %(on)s::date",
        {"codes": asked, "on": scenario.on},
    )
    ids = {row["code"]: row["id"] for row in found}
    return {
        person: tuple(dict.fromkeys(ids[code] for wish in each if (code := wish.partition(":")[0]) in ids))
        for person, each in wished.items()
    }


def wishes(*, scenario: Scenario) -> dict[int, tuple[str, ...]]:
    """The same as codes: number of the person -> `CODE` of a body or `CODE:JOB` of posts there, the dearest first."""
    found = _standing(scenario).filter(consulted__person__isnull=False).order_by("consulted__consultation__round")
    latest = {person: tuple(said) for person, said in found.values_list("consulted__person_id", "wishes")}
    return {person: said for person, said in latest.items() if said}


def distance_matters(*, scenario: Scenario) -> frozenset[int]:
    """The people whose latest answer says that distance matters to them."""
    found = _standing(scenario).filter(consulted__person__isnull=False).order_by("consulted__consultation__round")
    latest = dict(found.values_list("consulted__person_id", "far"))
    return frozenset(person for person, far in latest.items() if far)


def _standing(scenario: Scenario) -> Any:
    return Opinion.objects.filter(consulted__consultation__scenario=scenario, ended_at__isnull=True)


def latest(scenario: Scenario) -> Consultation | None:
    """The last round, open or closed."""
    return scenario.consultations.select_related("opened_by", "closed_by").order_by("-round").first()


def required(drawn: Sketch) -> Mapping[str, Any] | None:
    """The row of the rulebook by which this has to be asked before it is approved; None: no row in use says so."""
    kinds = {str(change.kind) for change in drawn.changes}
    about = [
        row for row in rules()["required"] if row.get("in_use", True) and drawn.on >= row["from"] and kinds & set(row["events"])
    ]
    asked = how_many(drawn) if about else 0
    return next((dict(row) for row in about if asked >= row["people"]), None)


def missing(scenario: Scenario, drawn: Sketch) -> list[str]:
    """Why it may not be approved yet: an open round, or none although the rulebook wants one.

    Everything must be in sight, and the tables of the sketch laid.
    """
    found = latest(scenario)
    if found is not None and found.closed_at is None:
        return [_("Those concerned are being asked until %(day)s. Close the consultation first.") % {"day": found.closes}]
    if found is not None:
        return []
    row = required(drawn)
    if row is None:
        return []
    told = {"rule": queries.in_language(row["source"]), "people": row["people"]}
    return [_("Those concerned have to be asked first (%(rule)s; from %(people)s people on): open a consultation.") % told]


def not_asked(why: str) -> Problem:
    """What a check says of it: it keeps nobody from working it out, only from approving it."""
    return Problem("not_consulted", why, _("It is not approved before that."))


# ---- what it does to whom


def lay(drawn: Sketch) -> None:
    """Lay the tables of a sketch in the transaction that is running."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
    ground.lay(drawn, everybody=True)


_PEOPLE = """
SELECT DISTINCT ON (m.person_id) m.person_id AS person, m.organization_id AS org, j.code AS job, s.fate, s.to_code AS post_to,
       p.place IS NOT NULL AS said, p.state, p.to_code AS line_to, q.code AS line_job
FROM {membership} m JOIN {post} t ON t.id = m.post_id JOIN {job} j ON j.id = t.job_id
LEFT JOIN (SELECT DISTINCT ON (post) post, fate, to_code FROM sc_post ORDER BY post, place) AS s ON s.post = m.post_id
LEFT JOIN (SELECT DISTINCT ON (person) * FROM sc_person ORDER BY person, place) AS p ON p.person = m.person_id AND p.member = m.id
LEFT JOIN {job} q ON q.id = p.to_job
WHERE m.valid @> %(eve)s::date AND m.kind <> 8
  AND (m.organization_id = ANY (%(bodies)s::bigint[]) OR s.post IS NOT NULL OR p.place IS NOT NULL)
ORDER BY m.person_id, p.person IS NULL, s.post IS NULL, j.rank NULLS LAST, m.id
"""


def people_of(drawn: Sketch) -> list[Row]:
    """Everybody whose post or body it touches, by the main post."""
    return rows(_PEOPLE, {"eve": drawn.eve, "bodies": sorted(_touched(drawn))})


_HOW_MANY = """
SELECT count(DISTINCT m.person_id) AS people FROM {membership} m WHERE m.valid @> %(eve)s::date AND m.kind <> 8
  AND (m.organization_id = ANY (%(bodies)s::bigint[]) OR m.post_id IN (SELECT post FROM sc_post)
       OR m.id IN (SELECT member FROM sc_person WHERE place IS NOT NULL))
"""


def how_many(drawn: Sketch) -> int:
    """How many `people_of` would name: of a country they are counted, not read."""
    found = rows(_HOW_MANY, {"eve": drawn.eve, "bodies": sorted(_touched(drawn))})
    return int(found[0]["people"])


def _touched(drawn: Sketch) -> set[int]:
    """Bodies that change, and what stands beneath them."""
    return queries.subtrees({part.organization for change in drawn.changes for part in change.originals}, on=drawn.eve)


_BODIES = """
SELECT c.organization_id AS id, c.code, n.name FROM {organizationcode} c
JOIN {organizationname} n ON n.organization_id = c.organization_id AND n.valid @> %(on)s::date
WHERE c.organization_id = ANY (%(bodies)s::bigint[]) AND c.valid @> %(on)s::date
"""


class Telling:
    """What is told of each body, looked up once."""

    def __init__(self, drawn: Sketch, bodies: Iterable[int]) -> None:
        self.drawn, self.ending = drawn, drawn.ending()
        found = rows(_BODIES, {"bodies": sorted(bodies), "on": drawn.eve})
        self.known = {row["id"]: {"code": row["code"], "name": row["name"]} for row in found}
        self.names: dict[str, Any] = {body.code: body.name for body in drawn.bodies.values()}
        self.names |= {row["code"]: row["name"] for row in found} | {code: each.name for code, each in drawn.outcomes.items()}
        self.becomes = {each.continues: code for code, each in drawn.outcomes.items() if each.continues is not None}
        self.changed = {part.organization for change in drawn.changes for part in change.originals}

    def named(self, code: str | None) -> dict[str, Any] | None:
        return None if not code else {"code": code, "name": self.names.get(code, {})}

    def body(self, org: int) -> dict[str, Any]:
        """Of a body: `fate` (ends, changes, beneath, stays) and `to`, those who take over or what it becomes."""
        if org in self.ending:
            fate, to = "ends", list(dict.fromkeys(self.drawn.heirs.get(org, [])))
        elif org in self.becomes:
            fate, to = "changes", [self.becomes[org]]
        else:
            fate, to = "changes" if org in self.changed else "stays", []
        return {**self.known.get(org, {}), "fate": fate, "to": [self.named(code) for code in to]}

    def person(self, row: Row) -> dict[str, Any]:
        """Of a person: the body, what becomes of the post, and what a line says."""
        line = {"state": row["state"], "to": self.named(row["line_to"]), "job": row["line_job"]} if row["said"] else None
        post = {"job": row["job"], "fate": row["fate"] or "stays", "to": self.named(row["post_to"])}
        return {"body": self.body(row["org"]), "post": post, "line": line}


_OPEN_JOBS = """
SELECT DISTINCT code, job FROM (
    SELECT s.to_code AS code, j.code AS job FROM sc_post s JOIN {job} j ON j.id = s.job WHERE s.fate = 'move' AND s.to_code IS NOT NULL
    UNION ALL SELECT n.code, j.code FROM sc_new n JOIN {job} j ON j.id = n.job
    UNION ALL SELECT p.to_code, j.code FROM sc_person p JOIN {job} j ON j.id = p.to_job WHERE p.to_code IS NOT NULL
) AS offered ORDER BY code, job
"""


def offers(drawn: Sketch, telling: Telling, people: Sequence[Row]) -> list[dict[str, Any]]:
    """Where one may wish to go: bodies that receive posts or people by the lines, and the heirs of those who are asked."""
    jobs: dict[str, list[str]] = {}
    for row in rows(_OPEN_JOBS):
        jobs.setdefault(row["code"], []).append(row["job"])
    for org in {row["org"] for row in people}:
        for code in drawn.heirs.get(org, []):
            jobs.setdefault(code, [])
    return [{"code": code, "name": telling.names.get(code, {}), "jobs": jobs[code]} for code in sorted(jobs)]


# ---- to count and to read


def summed(consultation: Consultation) -> dict[str, Any]:
    """Counts of a round: `asked`, `answered`, one for each view (None where so few answered that it would tell who said what),
    `far`, and `groups`, the same by body, small ones together. Everything must be in sight."""
    found = rows(
        "SELECT a.organization_id AS org, o.view, o.far, count(*) AS times FROM procedures_consulted a"
        " LEFT JOIN procedures_opinion o ON o.consulted_id = a.id AND o.ended_at IS NULL"
        " WHERE a.consultation_id = %(id)s GROUP BY 1, 2, 3",
        {"id": consultation.pk},
    )
    by_body: dict[int, list[Row]] = {}
    for row in found:
        by_body.setdefault(row["org"], []).append(row)
    groups = [{"bodies": bodies, **_count(each)} for bodies, each in _joined(by_body)]
    return _count(found) | {"groups": groups if len(groups) > 1 else []}


def _count(found: Iterable[Row]) -> dict[str, Any]:
    listed = list(found)
    answered = sum(row["times"] for row in listed if row["view"])
    views = {view: sum(row["times"] for row in listed if row["view"] == view) for view in View.values}
    few = answered < rules()["small"]
    shown: dict[str, Any] = {view: None if few else number for view, number in views.items()}
    far = None if few else sum(row["times"] for row in listed if row["far"])
    return {"asked": sum(row["times"] for row in listed), "answered": answered, **shown, "far": far}


def _joined(by_body: Mapping[int, list[Row]]) -> Iterator[tuple[list[int], list[Row]]]:
    """Bodies with their counts; those in which few answered are counted together, and with the smallest of the others where
    even together they are few: so nothing can be found by taking one figure from another."""

    def answered(found: Iterable[Row]) -> int:
        return sum(row["times"] for row in found if row["view"])

    large = sorted(
        (body for body, found in by_body.items() if answered(found) >= rules()["small"]), key=lambda b: (answered(by_body[b]), b)
    )
    rest = [body for body in by_body if body not in large]
    while rest and large and answered(row for body in rest for row in by_body[body]) < rules()["small"]:
        rest.append(large.pop(0))
    yield from (([body], by_body[body]) for body in sorted(large))
    if rest:
        yield sorted(rest), [row for body in sorted(rest) for row in by_body[body]]


def tally(round_: Consultation) -> dict[str, Any]:
    """The counts of a round as `summed` gives them: those kept with it; while it runs, how many answered and nothing of views."""
    if round_.summary is not None:
        return dict(round_.summary)
    with authority.everything_in_sight():
        found = summed(round_)
    return found | dict.fromkeys((*View.values, "far")) | {"groups": []}


def may_read_opinions(reader: Account, scenario: Scenario) -> bool:
    """Whether an account prepares or decides on it and sees people there: only then are opinions shown."""
    prepares = any(authority.allows(reader, act, over=scenario.body_id) for act in ("scenario.draft", "scenario.approve"))
    reach = authority.reach_of(reader)
    return prepares and (reach.sees_everything or scenario.body_id in reach.sees)


def opinions(*, consultation: Consultation, reader: Account) -> list[Opinion]:
    """The answers that stand, as they were written, for whoever prepares or decides. Raises NotAllowed."""
    if not may_read_opinions(reader, consultation.scenario):
        authority.require(reader, "scenario.draft", over=consultation.scenario.body_id)
        return []
    found = Opinion.objects.filter(consulted__consultation=consultation, ended_at__isnull=True)
    return list(found.select_related("consulted").order_by("consulted__organization_id", "consulted__person_id", "pk"))


def answers_for(consulted: Consulted, by: Account, *, on: date) -> bool:
    """Whether an account answers here: the person who is asked, or the head of the body that is."""
    if consulted.person_id is not None:
        return by.person_id == consulted.person_id
    return heads.is_head(by.person_id, consulted.organization_id, on=on)


def asked_of(reader: Account, *, on: date) -> list[Consulted]:
    """The open rounds in which an account is to answer: for itself, and for the bodies that it heads."""
    if reader.person_id is None:
        return []
    with authority.everything_in_sight():
        heads = Membership.objects.filter(
            person_id=reader.person_id, post__job__standing=Job.Standing.HEAD, valid__contains=on
        ).values("organization_id")
        mine = Q(person_id=reader.person_id) | Q(person__isnull=True, organization_id__in=heads)
        found = Consulted.objects.filter(mine, consultation__closed_at__isnull=True, consultation__closes__gte=on)
        found = found.filter(consultation__scenario__state__in=OPEN)
        answered = Opinion.objects.filter(consulted=OuterRef("pk"), ended_at__isnull=True)
        listed = found.annotate(has_answered=Exists(answered)).select_related("consultation__scenario", "organization")
        return list(listed.order_by("consultation__closes", "-person_id", "pk"))


def unanswered(asked: Iterable[Consulted]) -> int:
    """How many of what `asked_of` found have no answer yet."""
    return sum(not vars(each)["has_answered"] for each in asked)


def of_reader(number: int, reader: Account, *, on: date) -> tuple[Consulted, list[Opinion]]:
    """What an account is asked, and what it answered, the latest first. Raises NotInRegister where somebody else is asked."""
    with authority.everything_in_sight():
        found = Consulted.objects.select_related("consultation__scenario", "organization").filter(pk=number).first()
        if found is None or not answers_for(found, reader, on=on):
            raise queries.NotInRegister(_("You are not asked under this address. What you are asked stands in your tasks."))
        return found, list(found.opinions.order_by("-place"))
