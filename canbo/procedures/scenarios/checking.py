"""Everything that is wrong with a scenario, found by the database set by set: what, whom it hits, what to do.

Blocking is what would lose a task, a post or a person, or leave an open case without a body; the rest is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from django.db import connection

from canbo.procedures.scenarios import affairs, ground, holdings, mirror, scope
from canbo.procedures.scenarios.problems import Problem, Report
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry.asking import Row, rows
from canbo.registry.models import Decision, Source
from canbo.registry.plan import Ground, Plan, PlanRefused, refuse_bad
from canbo.registry.saying import sentence as _

TOLD = 200  # problems of one sort that are told one by one; the lists of remits and people are whole
WITHOUT_DECISION = cast("tuple[Decision, Source]", (None, None))  # a plan that is only looked at


def check(sketch: Sketch, *, everybody: bool = False) -> Report:
    """All that is wrong with a sketch. Everything must be in sight, and a transaction running: it makes its tables there.

    `everybody`: also those who only go along with their post are in `sc_person` afterwards."""
    report = Report(blocking=list(sketch.problems))
    ground.lay(sketch, everybody=everybody)
    scope.lay(sketch)
    holdings.lay(sketch)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")  # a hundred milliseconds to compile what runs in ten
    report.blocking += _plan(sketch)
    report.remits_without_owner = _without_owner(sketch)
    report.people_unplaced = _unplaced(sketch)
    report.holdings_without_heir = holdings.without_heir(sketch)
    report.blocking += [
        *_lost_tasks(report),
        *scope.problems(sketch),
        *_posts(sketch),
        *_lost_people(report),
        *_people(sketch),
        *_seats(sketch),
        *holdings.problems(sketch, report.holdings_without_heir),
    ]
    report.warnings += [*scope.warnings(sketch), *_appointments(sketch), *mirror.problems(sketch)]
    blocking, warnings = affairs.problems(sketch)
    report.blocking += blocking
    report.warnings += warnings
    return report


def _plan(sketch: Sketch) -> Iterator[Problem]:
    """What the act that carries reorganisations out would refuse."""
    if not sketch.changes:
        if not (sketch.tasks or sketch.posts or sketch.new or sketch.people or sketch.holdings):
            yield Problem("empty", _("The scenario has no line that changes anything."), _("Say what becomes of which unit."))
        return
    plan = Plan(sketch.on, *WITHOUT_DECISION, sketch.changes)
    try:
        refuse_bad(plan, Ground.of(plan))
    except PlanRefused as refusal:
        for reason in refusal.reasons:
            yield Problem("plan", reason, _("Mend the lines of units that say so."))


# ---- tasks


def _without_owner(sketch: Sketch) -> list[Row]:
    """Remits of bodies that end and for which no line says whose they become; and those missing in a part of a divided unit."""
    lost = rows(
        """
        SELECT t.code AS task, t.names, c.code AS unit, min(lower(r.valid)) AS "from" FROM sc_remit r JOIN {task} t ON t.id = r.task
        JOIN {organizationcode} c ON c.organization_id = r.org AND c.valid @> %(eve)s::date
        WHERE r.to_code IS NULL GROUP BY t.code, t.names, c.code ORDER BY c.code, t.code
        """,
        {"eve": sketch.eve},
    )
    for row in lost:
        row["from"] = row["from"].isoformat()
    return lost + scope.missing(sketch)


def _lost_tasks(report: Report) -> Iterator[Problem]:
    for row in report.remits_without_owner[:TOLD]:
        yield Problem(
            "task_without_owner", _("The task “%(task)s” of %(unit)s has no owner from %(day)s on.") % {"task": row["names"], "unit": row["unit"], "day": _day(row["from"])},
            _("Give it to a unit with a line of tasks."), [row["unit"], row["task"]],
        )  # fmt: skip
    if (more := len(report.remits_without_owner) - TOLD) > 0:
        yield Problem(
            "task_without_owner",
            _("%(count)s more tasks have no owner.") % {"count": more},
            _("See the list of remits without owner."),
        )


# ---- posts

_NAMED_POST = """
SELECT p.post, j.names, j.code AS job, c.code AS unit, p.place, {what} AS what FROM ({found}) AS p
JOIN registry_job j ON j.id = p.job JOIN registry_organizationcode c ON c.organization_id = p.org AND c.valid @> %(eve)s::date
ORDER BY c.code, p.post LIMIT %(most)s
"""


def _posts(sketch: Sketch) -> Iterator[Problem]:
    given = {"eve": sketch.eve, "most": TOLD}
    found = _read(_NAMED_POST.format(what="0", found="SELECT * FROM sc_post WHERE fate IS NULL"), given)
    for row in found:
        yield Problem(
            "post_without_fate", _("Nothing is said of the post “%(job)s” of %(unit)s, which ends.") % {"job": row["names"], "unit": row["unit"]},
            _("Let it go on in another unit, or let it end."), [row["unit"], row["job"]],
        )  # fmt: skip
    twice = "SELECT post, min(org) AS org, min(job) AS job, max(place) AS place FROM sc_post GROUP BY post HAVING count(*) > 1"
    for row in _read(_NAMED_POST.format(what="0", found=twice), given):
        yield Problem(
            "post_counted_twice", _("Two lines say what becomes of the post “%(job)s” of %(unit)s.") % {"job": row["names"], "unit": row["unit"]},
            _("Keep one of them."), [row["unit"], row["job"]], row["place"],
        )  # fmt: skip
    kept = "SELECT s.* FROM sc_post s JOIN sc_ending e ON e.org = s.org WHERE s.fate = 'keep'"
    for row in _read(_NAMED_POST.format(what="0", found=kept), given):
        yield Problem(
            "post_kept_in_nothing", _("The post “%(job)s” cannot stay in %(unit)s, which ends.") % {"job": row["names"], "unit": row["unit"]},
            _("Let it go on in another unit, or let it end."), [row["unit"], row["job"]], row["place"],
        )  # fmt: skip
    idle = "SELECT s.* FROM sc_post s JOIN sc_code c ON c.code = s.to_code AND c.org = s.org WHERE s.fate = 'move'"
    for row in _read(_NAMED_POST.format(what="0", found=idle), given):
        yield Problem(
            "post_goes_nowhere", _("The post “%(job)s” is to go from %(unit)s to itself.") % {"job": row["names"], "unit": row["unit"]},
            _("Keep it, or name another unit."), [row["unit"], row["job"]], row["place"],
        )  # fmt: skip


# ---- people

_NAMED_PERSON = """
SELECT p.*, coalesce(n.family || ' ' || n.given, q.identification_number) AS name, q.identification_number AS number,
       j.names AS job_names, c.code AS unit
FROM ({found}) AS p JOIN registry_person q ON q.id = p.person
LEFT JOIN registry_personname n ON n.person_id = p.person AND n.valid @> %(eve)s::date
LEFT JOIN registry_job j ON j.id = p.job
LEFT JOIN registry_organizationcode c ON c.organization_id = p.org AND c.valid @> %(eve)s::date
ORDER BY c.code, p.person {limit}
"""


def _named(found: str, sketch: Sketch, *, whole: bool = False) -> list[Row]:
    people = _read(
        _NAMED_PERSON.format(found=found, limit="" if whole else f"LIMIT {TOLD}"), {"eve": sketch.eve, "on": sketch.on}
    )
    if not sketch.names:
        for row in people:
            row["name"], row["number"] = _("Somebody"), "–"
    return people


def _unplaced(sketch: Sketch) -> list[Row]:
    """People whose main post ends or has no fate, and of whom no line says where they go or for what they wait."""
    found = """
        SELECT p.person, p.post, p.org, p.job FROM sc_person p LEFT JOIN sc_ending e ON e.org = p.org
        WHERE p.place IS NULL AND (p.fate = 'end' OR (p.fate IS NULL AND e.org IS NOT NULL))
    """
    return [
        {"person": row["number"], "name": row["name"], "unit": row["unit"], "post": row["post"], "job": row["job_names"]}
        for row in _named(found, sketch, whole=True)
    ]


def _lost_people(report: Report) -> Iterator[Problem]:
    for row in report.people_unplaced[:TOLD]:
        yield Problem(
            "person_unplaced", _("%(name)s, %(job)s of %(unit)s, has neither a post nor a stated waiting state.")
            % {"name": row["name"], "job": row["job"], "unit": row["unit"]},
            _("Say to which post, or for what the person waits; or let the post go on."), [row["person"], row["unit"]],
        )  # fmt: skip
    if (more := len(report.people_unplaced) - TOLD) > 0:
        yield Problem(
            "person_unplaced",
            _("%(count)s more people have no place.") % {"count": more},
            _("See the list of people without a place."),
        )


def _people(sketch: Sketch) -> Iterator[Problem]:
    twice = (
        "SELECT person, min(org) AS org, min(job) AS job, max(place) AS place FROM sc_person GROUP BY person HAVING count(*) > 1"
    )
    for row in _named(twice, sketch):
        yield Problem(
            "person_in_two_places", _("Two lines say where %(name)s goes.") % {"name": row["name"]},
            _("Keep one of them."), [row["number"]], row["place"],
        )  # fmt: skip
    still = """
        SELECT DISTINCT ON (h.person) h.person, h.org, h.job, p.place FROM sc_held h
        JOIN (SELECT DISTINCT person, place FROM sc_person WHERE place IS NOT NULL) AS p ON p.person = h.person
        WHERE h.kind <> 8 AND h.valid @> %(on)s::date AND h.member NOT IN (SELECT member FROM sc_leaving) ORDER BY h.person
    """
    for row in _named(still, sketch):
        yield Problem(
            "person_in_two_places", _("%(name)s would also stay %(job)s of %(unit)s.") % {"name": row["name"], "job": row["job_names"], "unit": row["unit"]},
            _("Let that post end too, or leave the person there."), [row["number"], row["unit"] or ""], row["place"],
        )  # fmt: skip
    nowhere = """
        SELECT l.person, NULL::bigint AS org, NULL::bigint AS job, l.place FROM sc_people_line l
        WHERE l.person IS NOT NULL AND NOT EXISTS (SELECT FROM sc_person p WHERE p.person = l.person)
    """
    for row in _named(nowhere, sketch):
        yield Problem(
            "person_serves_nowhere", _("%(name)s serves nowhere on that day, so nothing can become of a post of his or hers.") % {"name": row["name"]},
            _("Leave the line out; whoever comes anew is appointed or recruited."), [row["number"]], row["place"],
        )  # fmt: skip
    leads = """
        SELECT p.person, p.org, p.job, p.place FROM sc_person p JOIN registry_job j ON j.id = p.job AND j.standing <> 'staff'
        WHERE p.place IS NOT NULL AND (p.fate IS NULL OR p.fate = 'keep') AND p.org NOT IN (SELECT org FROM sc_ending)
    """
    for row in _named(leads, sketch):
        yield Problem(
            "leader_of_what_goes_on", _("%(name)s leads %(unit)s, whose post goes on: such a post is left by a decision of its own.")
            % {"name": row["name"], "unit": row["unit"]},
            _("Open a case about the person, or let the post end."), [row["number"], row["unit"] or ""], row["place"],
        )  # fmt: skip
    beyond = """
        SELECT DISTINCT p.person, p.org, p.job, p.place FROM sc_person p WHERE p.place IS NOT NULL AND p.org NOT IN (SELECT org FROM sc_beneath)
    """
    for row in _named(beyond, sketch):
        yield Problem(
            "beyond_the_body", _("%(name)s does not serve beneath the body that manages this scenario.") % {"name": row["name"]},
            _("Leave the line out, or make the scenario one of the body above both."), [row["number"]], row["place"],
        )  # fmt: skip


def _seats(sketch: Sketch) -> Iterator[Problem]:
    """Seats that are asked for and not there, or not there for good."""
    found = _read(
        """
        WITH asked AS (SELECT code, job, count(DISTINCT person) AS people, min(place) AS place FROM (
                SELECT to_code AS code, to_job AS job, person, place FROM sc_person WHERE place IS NOT NULL AND state IS NULL
                UNION ALL SELECT to_code, job, person, NULL FROM sc_returning) AS each GROUP BY 1, 2)
        SELECT a.*, j.names, count(f.number) AS free, count(f.number) FILTER (WHERE f.until IS NULL) AS lasting, min(f.until) AS until
        FROM asked a JOIN registry_job j ON j.id = a.job LEFT JOIN sc_free f ON f.code = a.code AND f.job = a.job
        GROUP BY a.code, a.job, a.people, a.place, j.names HAVING count(f.number) FILTER (WHERE f.until IS NULL) < a.people ORDER BY a.code
        """,
        {},
    )
    for row in found:
        told = {
            "job": row["names"],
            "unit": row["code"],
            "people": row["people"],
            "free": row["free"],
            "lasting": row["lasting"],
            "day": row["until"],
        }
        if row["free"] < row["people"]:
            what = _("%(people)s people are to be %(job)s of %(unit)s, where %(free)s seats are free.") % told
        else:
            what = (
                _("%(people)s people are to be %(job)s of %(unit)s, where from %(day)s on only %(lasting)s seats are left.")
                % told
            )
        yield Problem(
            "quota_overdrawn", what, _("Place fewer there, or add seats with a line of posts."), [row["code"]], row["place"]
        )


# ---- warnings


def _appointments(sketch: Sketch) -> Iterator[Problem]:
    found = """
        SELECT p.person, p.org, p.job, p.place, p.to_code, j.names AS to_names FROM sc_person p JOIN registry_job j ON j.id = p.to_job
        WHERE p.state = 'appointment' AND p.to_code IS NOT NULL
    """
    for row in _named(found, sketch):
        yield Problem(
            "to_be_appointed", _("%(name)s is meant to be %(job)s of %(unit)s, and waits until a decision says so.")
            % {"name": row["name"], "job": row["to_names"], "unit": row["to_code"]},
            _("See whether the person may hold it, and open the case of appointment once this is carried out."), [row["number"], row["to_code"]], row["place"],
        )  # fmt: skip
    beside = """
        SELECT DISTINCT ON (h.person) h.person, h.org, h.job, p.place FROM sc_held h JOIN sc_person p ON p.person = h.person AND p.state IS NOT NULL
        WHERE h.kind = 8 AND h.member NOT IN (SELECT member FROM sc_leaving) ORDER BY h.person
    """
    for row in _named(beside, sketch):
        yield Problem(
            "waits_beside_a_post", _("%(name)s waits, and yet stays %(job)s, held beside the main post.") % {"name": row["name"], "job": row["job_names"]},
            _("Let that post end too, if it goes with the main one."), [row["number"]], row["place"],
        )  # fmt: skip


def _read(sql: str, given: dict[str, Any]) -> list[Row]:
    return rows(sql.replace("{", "{{").replace("}", "}}"), given)


def _day(text: Any) -> Any:
    return date.fromisoformat(text) if isinstance(text, str) else text
