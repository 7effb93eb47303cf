"""Everything that is wrong with a scenario, found by the database set by set: what, whom it hits, what to do.

Blocking is what would lose a task, a post or a person, or leave an open case without a body; the rest is a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

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
    report.blocking += _plan(sketch)
    report.remits_without_owner = _without_owner(sketch)
    people = _people_hit(sketch)
    report.people_unplaced = _unplaced(people["person_unplaced"])
    report.holdings_without_heir = holdings.without_heir(sketch)
    report.blocking += [
        *_lost_tasks(report),
        *scope.problems(sketch),
        *_posts(sketch),
        *_lost_people(report),
        *_people(people),
        *_seats(sketch),
        *holdings.problems(sketch, report.holdings_without_heir),
    ]
    report.warnings += [*scope.warnings(sketch), *_appointments(people), *mirror.problems(sketch)]
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

_POSTS = """
WITH hit AS (
    SELECT 'post_without_fate' AS sort, post, org, job, place FROM sc_post WHERE fate IS NULL
    UNION ALL
    SELECT 'post_counted_twice', post, min(org), min(job), max(place) FROM sc_post GROUP BY post HAVING count(*) > 1
    UNION ALL
    SELECT 'post_kept_in_nothing', s.post, s.org, s.job, s.place FROM sc_post s JOIN sc_ending e ON e.org = s.org WHERE s.fate = 'keep'
    UNION ALL
    SELECT 'post_goes_nowhere', s.post, s.org, s.job, s.place FROM sc_post s JOIN sc_code c ON c.code = s.to_code AND c.org = s.org WHERE s.fate = 'move'
), told AS (
    SELECT h.sort, j.names, j.code AS job, c.code AS unit, h.place, row_number() OVER (PARTITION BY h.sort ORDER BY c.code, h.post) AS nth
    FROM hit h JOIN {job} j ON j.id = h.job JOIN {organizationcode} c ON c.organization_id = h.org AND c.valid @> %(eve)s::date
)
SELECT * FROM told WHERE nth <= %(most)s ORDER BY nth
"""


def _posts(sketch: Sketch) -> Iterator[Problem]:
    elsewhere = _("Let it go on in another unit, or let it end.")
    said = {
        "post_without_fate": (_("Nothing is said of the post “%(job)s” of %(unit)s, which ends."), elsewhere),
        "post_counted_twice": (_("Two lines say what becomes of the post “%(job)s” of %(unit)s."), _("Keep one of them.")),
        "post_kept_in_nothing": (_("The post “%(job)s” cannot stay in %(unit)s, which ends."), elsewhere),
        "post_goes_nowhere": (_("The post “%(job)s” is to go from %(unit)s to itself."), _("Keep it, or name another unit.")),
    }
    found = _by_sort(rows(_POSTS, {"eve": sketch.eve, "most": TOLD}))
    for sort, (what, todo) in said.items():
        for row in found[sort]:
            told = {"job": row["names"], "unit": row["unit"]}
            yield Problem(sort, what % told, todo, [row["unit"], row["job"]], row["place"])


def _by_sort(found: list[Row]) -> dict[str, list[Row]]:
    sorts: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        sorts[row["sort"]].append(row)
    return sorts


# ---- people

# Everybody without a place, and of each other sort the first that are told.
_PEOPLE = """
WITH hit AS (
    SELECT 'person_unplaced' AS sort, p.person, p.post, p.org, p.job, NULL::int AS place, NULL::text AS to_code, NULL::jsonb AS to_names
    FROM sc_person p LEFT JOIN sc_ending e ON e.org = p.org
    WHERE p.place IS NULL AND (p.fate = 'end' OR (p.fate IS NULL AND e.org IS NOT NULL))
    UNION ALL
    SELECT 'person_in_two_places', person, NULL, min(org), min(job), max(place), NULL, NULL FROM sc_person GROUP BY person HAVING count(*) > 1
    UNION ALL
    (SELECT DISTINCT ON (h.person) 'person_stays_too', h.person, NULL::bigint, h.org, h.job, p.place, NULL, NULL::jsonb FROM sc_held h
     JOIN (SELECT DISTINCT person, place FROM sc_person WHERE place IS NOT NULL) AS p ON p.person = h.person
     WHERE h.kind <> 8 AND h.valid @> %(on)s::date AND h.member NOT IN (SELECT member FROM sc_leaving) ORDER BY h.person)
    UNION ALL
    SELECT 'person_serves_nowhere', l.person, NULL, NULL, NULL, l.place, NULL, NULL FROM sc_people_line l
    WHERE l.person IS NOT NULL AND NOT EXISTS (SELECT FROM sc_person p WHERE p.person = l.person)
    UNION ALL
    SELECT 'leader_of_what_goes_on', p.person, NULL, p.org, p.job, p.place, NULL, NULL FROM sc_person p
    JOIN {job} j ON j.id = p.job AND j.standing <> 'staff'
    WHERE p.place IS NOT NULL AND (p.fate IS NULL OR p.fate = 'keep') AND p.org NOT IN (SELECT org FROM sc_ending)
    UNION ALL
    (SELECT DISTINCT 'beyond_the_body', p.person, NULL::bigint, p.org, p.job, p.place, NULL, NULL::jsonb FROM sc_person p
     WHERE p.place IS NOT NULL AND p.org NOT IN (SELECT org FROM sc_beneath))
    UNION ALL
    SELECT 'to_be_appointed', p.person, NULL, p.org, p.job, p.place, p.to_code, j.names FROM sc_person p JOIN {job} j ON j.id = p.to_job
    WHERE p.state = 'appointment' AND p.to_code IS NOT NULL
    UNION ALL
    (SELECT DISTINCT ON (h.person) 'waits_beside_a_post', h.person, NULL::bigint, h.org, h.job, p.place, NULL, NULL::jsonb FROM sc_held h
     JOIN sc_person p ON p.person = h.person AND p.state IS NOT NULL
     WHERE h.kind = 8 AND h.member NOT IN (SELECT member FROM sc_leaving) ORDER BY h.person)
), told AS (
    SELECT p.*, coalesce(n.family || ' ' || n.given, q.identification_number) AS name, q.identification_number AS number,
           j.names AS job_names, c.code AS unit, row_number() OVER (PARTITION BY p.sort ORDER BY c.code, p.person) AS nth
    FROM hit p JOIN {person} q ON q.id = p.person
    LEFT JOIN {personname} n ON n.person_id = p.person AND n.valid @> %(eve)s::date
    LEFT JOIN {job} j ON j.id = p.job
    LEFT JOIN {organizationcode} c ON c.organization_id = p.org AND c.valid @> %(eve)s::date
)
SELECT * FROM told WHERE sort = 'person_unplaced' OR nth <= %(most)s ORDER BY nth
"""


def _people_hit(sketch: Sketch) -> dict[str, list[Row]]:
    """People of whom something is to be said, by what it is; without names where the reader may not see people."""
    found = rows(_PEOPLE, {"eve": sketch.eve, "on": sketch.on, "most": TOLD})
    if not sketch.names:
        for row in found:
            row["name"], row["number"] = _("Somebody"), "–"
    return _by_sort(found)


def _unplaced(found: list[Row]) -> list[Row]:
    """People whose main post ends or has no fate, and of whom no line says where they go or for what they wait."""
    return [
        {"person": row["number"], "name": row["name"], "unit": row["unit"], "post": row["post"], "job": row["job_names"]}
        for row in found
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


def _people(hit: dict[str, list[Row]]) -> Iterator[Problem]:
    for row in hit["person_in_two_places"]:
        yield Problem(
            "person_in_two_places", _("Two lines say where %(name)s goes.") % {"name": row["name"]},
            _("Keep one of them."), [row["number"]], row["place"],
        )  # fmt: skip
    for row in hit["person_stays_too"]:
        yield Problem(
            "person_in_two_places", _("%(name)s would also stay %(job)s of %(unit)s.") % {"name": row["name"], "job": row["job_names"], "unit": row["unit"]},
            _("Let that post end too, or leave the person there."), [row["number"], row["unit"] or ""], row["place"],
        )  # fmt: skip
    for row in hit["person_serves_nowhere"]:
        yield Problem(
            "person_serves_nowhere", _("%(name)s serves nowhere on that day, so nothing can become of a post of his or hers.") % {"name": row["name"]},
            _("Leave the line out; whoever comes anew is appointed or recruited."), [row["number"]], row["place"],
        )  # fmt: skip
    for row in hit["leader_of_what_goes_on"]:
        yield Problem(
            "leader_of_what_goes_on", _("%(name)s leads %(unit)s, whose post goes on: such a post is left by a decision of its own.")
            % {"name": row["name"], "unit": row["unit"]},
            _("Open a case about the person, or let the post end."), [row["number"], row["unit"] or ""], row["place"],
        )  # fmt: skip
    for row in hit["beyond_the_body"]:
        yield Problem(
            "beyond_the_body", _("%(name)s does not serve beneath the body that manages this scenario.") % {"name": row["name"]},
            _("Leave the line out, or make the scenario one of the body above both."), [row["number"]], row["place"],
        )  # fmt: skip


def _seats(sketch: Sketch) -> Iterator[Problem]:
    """Seats that are asked for and not there, or not there for good."""
    found = rows(
        """
        WITH asked AS (SELECT code, job, count(DISTINCT person) AS people, min(place) AS place FROM (
                SELECT to_code AS code, to_job AS job, person, place FROM sc_person WHERE place IS NOT NULL AND state IS NULL
                UNION ALL SELECT to_code, job, person, NULL FROM sc_returning) AS each GROUP BY 1, 2)
        SELECT a.*, j.names, count(f.number) AS free, count(f.number) FILTER (WHERE f.until IS NULL) AS lasting, min(f.until) AS until
        FROM asked a JOIN {job} j ON j.id = a.job LEFT JOIN sc_free f ON f.code = a.code AND f.job = a.job
        GROUP BY a.code, a.job, a.people, a.place, j.names HAVING count(f.number) FILTER (WHERE f.until IS NULL) < a.people ORDER BY a.code
        """
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


def _appointments(hit: dict[str, list[Row]]) -> Iterator[Problem]:
    for row in hit["to_be_appointed"]:
        yield Problem(
            "to_be_appointed", _("%(name)s is meant to be %(job)s of %(unit)s, and waits until a decision says so.")
            % {"name": row["name"], "job": row["to_names"], "unit": row["to_code"]},
            _("See whether the person may hold it, and open the case of appointment once this is carried out."), [row["number"], row["to_code"]], row["place"],
        )  # fmt: skip
    for row in hit["waits_beside_a_post"]:
        yield Problem(
            "waits_beside_a_post", _("%(name)s waits, and yet stays %(job)s, held beside the main post.") % {"name": row["name"], "job": row["job_names"]},
            _("Let that post end too, if it goes with the main one."), [row["number"]], row["place"],
        )  # fmt: skip


def _day(text: Any) -> Any:
    return date.fromisoformat(text) if isinstance(text, str) else text
