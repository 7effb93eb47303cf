"""The way back from a scenario that was carried out, from a later day on.

Counter-events, worked out as a sketch of its own and carried out like any other. What was merged is
divided, what was dissolved stands again under its old code, each remit, post and person goes back where it came from; what
came since stays with the heirs. Whoever led and was left without a post is not put back: that takes a decision of its own.
On the same day there is a shorter way, see unsaying.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from canbo.journal.models import Entry
from canbo.procedures.models import Scenario, ScenarioLine, Waiting
from canbo.procedures.scenarios import holdings, sketch
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry.asking import rows
from canbo.registry.days import day_before
from canbo.registry.models import ChangeEvent, Membership
from canbo.registry.saying import sentence as _

Kind, Event = ScenarioLine.Kind, ChangeEvent.Kind


def moments() -> list[str]:
    """The moment of the running transaction, from which what it rewrote is known, and the moment that it is now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()::text, clock_timestamp()::text")
        return list(cursor.fetchone())


def cases_touched() -> list[list[int | None]]:
    """The open cases that a sketch whose tables are laid takes along: number, post, body, managing body."""
    found = rows(
        "SELECT c.id, c.post_id, c.organization_id, c.manager_id FROM procedures_case c WHERE c.state IN ('open', 'incomplete')"
        " AND (c.post_id IN (SELECT post FROM sc_post WHERE fate = 'move') OR c.organization_id IN (SELECT org FROM sc_ending)"
        " OR c.manager_id IN (SELECT org FROM sc_ending)) ORDER BY c.id"
    )
    return [[row["id"], row["post_id"], row["organization_id"], row["manager_id"]] for row in found]


def _entries(scenario: Scenario) -> list[int]:
    """The entries of the carrying-out: its own, and that of the change of units."""
    entry = Entry.objects.get(pk=scenario.carried_entry_id or 0)
    return [entry.pk, *Entry.objects.filter(key=f"{entry.key}:units").values_list("pk", flat=True)]


def moments_of(scenario: Scenario) -> dict[str, str]:
    """Between which moments it was carried out, as the tables of the past know them."""
    at, until = scenario.done["moments"]
    return {"at": at, "until": until}


def drawn_back(scenario: Scenario, *, on: date) -> Sketch:
    """The sketch that leads back from a day on."""
    given = {"entries": _entries(scenario), "on": scenario.on, "day": on, **moments_of(scenario)}
    now = _codes(day_before(on))
    lines = [Line(kind, says, place) for place, (kind, says) in enumerate(_units(scenario, given, now), 1)]
    drawn = sketch.draw(lines, body=scenario.body_id, on=on)
    drawn.divided.clear()  # each part gets back what it had, not all that the whole has
    before = _codes(day_before(scenario.on))
    there = drawn.living().keys() | drawn.outcomes.keys()

    def home(body: int) -> str | None:
        code = now.get(body) or before.get(body)
        code = before.get(body, code) if body not in now or before.get(body) in drawn.outcomes else code
        return code if code in there or body in now else None

    for body, heirs in drawn.heirs.items():  # what came since goes to the first heir
        drawn.tasks.append((0, body, None, heirs[0]))
        drawn.posts.append((0, body, None, None, "move", heirs[0]))
        drawn.holdings.append((0, body, None, None, heirs[0]))
    _remits_back(drawn, given, home)
    _posts_back(drawn, given, home)
    _people_back(drawn, given, home)
    drawn.holdings += holdings.back(given, home)
    _deciding_back(drawn, given, home)
    sketch.know(drawn, _receivers(drawn))
    return drawn


def _receivers(drawn: Sketch) -> set[str]:
    """Codes of the bodies to which something goes back, also of those that the lines of units do not name."""
    found = {code for _task, code in drawn.back} | {row[1] for row in drawn.new} | {row[1] for row in drawn.returning}
    found |= {code for _post, code in drawn.deciding}
    return found | {row[5] for row in drawn.posts if row[5]} | {row[4] for row in (*drawn.people, *drawn.holdings) if row[4]}


def _codes(on: date) -> dict[int, str]:
    found = rows("SELECT organization_id AS id, code FROM {organizationcode} WHERE valid @> %(on)s::date", {"on": on})
    return {row["id"]: row["code"] for row in found}


def _units(scenario: Scenario, given: dict[str, Any], now: dict[int, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lines of units that turn each event round."""
    events = ChangeEvent.objects.filter(entry_id__in=given["entries"]).prefetch_related("originals", "resulting").order_by("pk")
    was = _as_they_were(events, scenario.on)
    ended = {each.organization_id for event in events for each in event.originals.all()} - set(now)
    shared = _shared(events, ended)
    turned = _Turned(now, was, {result for came in shared.values() for result in came})
    for event in events:
        originals = [each.organization_id for each in event.originals.all()]
        results = [each.organization_id for each in event.resulting.all()]
        turned.touched |= {*originals, *results}
        gone = [was[each] for each in originals if each in ended]
        if event.kind == Event.DISSOLVE:
            turned.orphans += [(results, gone)] if gone else []
        elif shared.keys() & set(originals):
            continue
        elif event.kind == Event.SPLIT:
            turned.parts[originals[0]] += results
        elif event.kind == Event.FOUND:
            parent = was.get(results[0], {}).get("parent") or _parent(results[0], given["day"]) or now[scenario.body_id]
            yield Kind.DISSOLVE, {"unit": _there(now, results[0]), "heirs": [parent]}
        elif originals[0] in results and len(originals) == 1:
            turned.moved.add(originals[0])
            yield Kind.MOVE, {"unit": _there(now, originals[0]), **was[originals[0]]}
        elif gone:
            turned.into[results[0]] += gone
            turned.kept |= {results[0]} & set(originals)
    yield from turned.back(ended, shared)
    yield from _bodies_back(given, turned.touched, now)


@dataclass
class _Turned:
    """What was made of what, read backwards."""

    now: dict[int, str]
    was: dict[int, dict[str, Any]]
    mixed: set[int]  # made of units that other events divided as well: they become those again, all together
    into: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))  # to be divided: among which units
    kept: set[int] = field(default_factory=set)  # of these, who goes on
    parts: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # to be joined again: of which units
    orphans: list[tuple[list[int], list[dict[str, Any]]]] = field(default_factory=list)  # dissolved: heirs, what they were
    moved: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)

    def back(self, ended: set[int], shared: dict[int, dict[int, set[int]]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Lines for what was merged, dissolved, divided, and divided and merged at once."""
        yield from self._dissolved()
        for made, units in self.into.items():
            yield Kind.DIVIDE, {"unit": _there(self.now, made), "into": units, **({"keep": "yes"} if made in self.kept else {})}
        for whole, came in shared.items():
            alone = [_there(self.now, each) for each, of in came.items() if of == {whole}]
            others = [_there(self.now, each) for each, of in came.items() if of != {whole}]
            named = {**({"units": alone} if alone else {}), **({"parts": others} if others else {})}
            yield Kind.MERGE, {**named, "into": self.was[whole]}
        for whole, results in self.parts.items():
            codes = [_there(self.now, each) for each in results]
            if whole not in ended:
                yield Kind.MERGE, {"units": codes, "into": _there(self.now, whole)}
            elif len(codes) == 1:
                yield Kind.MOVE, {"unit": codes[0], **self.was[whole]}
            else:
                yield Kind.MERGE, {"units": codes, "into": self.was[whole]}

    def _dissolved(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What was dissolved comes out of an heir that is divided anyhow, else of one that goes on; else it is founded anew."""
        joined = self.mixed | self.moved | {each for results in self.parts.values() for each in results}
        for heirs, gone in self.orphans:
            free = [each for each in heirs if each not in joined]
            heir = next((each for each in free if each in self.into), free[0] if free else None)
            if heir is None:
                yield from ((Kind.CREATE, unit) for unit in gone)
                continue
            if heir not in self.into:
                self.kept.add(heir)
            self.into[heir] += gone


def _shared(events: Any, ended: set[int]) -> dict[int, dict[int, set[int]]]:
    """Units that ended and went, with others, into what several events made: each, and all who went the same way, with what
    was made of it and of whom that was made besides."""
    went: dict[int, set[int]] = defaultdict(set)
    made: dict[int, set[int]] = defaultdict(set)
    for event in events:
        for original in event.originals.all():
            for result in event.resulting.all():
                if event.kind != Event.DISSOLVE and original.organization_id in ended:
                    went[original.organization_id].add(result.organization_id)
                    made[result.organization_id].add(original.organization_id)
    found = {each for each, results in went.items() if len(results) > 1 and any(len(made[result]) > 1 for result in results)}
    while more := {other for each in found for result in went[each] for other in made[result]} - found:
        found |= more
    return {each: {result: made[result] for result in sorted(went[each])} for each in sorted(found)}


def _there(now: dict[int, str], body: int) -> str:
    if body not in now:
        raise ScenarioRefused(_("A unit that it made has changed again since. Undo that first."))
    return now[body]


def _as_they_were(events: Any, on: date) -> dict[int, dict[str, Any]]:
    """What each original was on the day before, as a line says a unit."""
    ids = sorted({each.organization_id for event in events for each in event.originals.all()})
    found = rows(
        "SELECT c.organization_id AS id, c.code, n.name, s.kind_id AS kind, pc.code AS parent FROM {organizationcode} c"
        " JOIN {organizationname} n ON n.organization_id = c.organization_id AND n.valid @> %(on)s::date"
        " JOIN {organizationstatus} s ON s.organization_id = c.organization_id AND s.valid @> %(on)s::date"
        " LEFT JOIN {organizationparent} p ON p.organization_id = c.organization_id AND p.valid @> %(on)s::date"
        " LEFT JOIN {organizationcode} pc ON pc.organization_id = p.parent_id AND pc.valid @> %(on)s::date"
        " WHERE c.organization_id = ANY (%(ids)s::bigint[]) AND c.valid @> %(on)s::date",
        {"ids": ids, "on": day_before(on)},
    )
    return {row["id"]: {word: row[word] for word in ("code", "name", "kind", "parent") if row[word]} for row in found}


def _parent(body: int, on: date) -> str | None:
    found = rows(
        "SELECT c.code FROM {organizationparent} p JOIN {organizationcode} c ON c.organization_id = p.parent_id AND c.valid @> %(on)s::date"
        " WHERE p.organization_id = %(body)s AND p.valid @> %(on)s::date",
        {"body": body, "on": day_before(on)},
    )
    return found[0]["code"] if found else None


def _bodies_back(given: dict[str, Any], touched: set[int], now: dict[int, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies that went under an heir with the unit that ended, back under the one that stands again."""
    found = rows(
        """
        SELECT p.organization_id AS id, c.code AS former FROM {organizationparent} p
        JOIN {organizationparent} f ON f.organization_id = p.organization_id AND upper(f.valid) = %(on)s
        JOIN {organizationcode} c ON c.organization_id = f.parent_id AND c.valid @> (%(on)s::date - 1)
        WHERE p.entry_id = ANY (%(entries)s::bigint[]) AND lower(p.valid) = %(on)s AND p.valid @> (%(day)s::date - 1) ORDER BY 1
        """,
        given,
    )
    for row in found:
        if row["id"] not in touched and row["id"] in now:
            yield Kind.MOVE, {"unit": now[row["id"]], "parent": row["former"]}


def _remits_back(drawn: Sketch, given: dict[str, Any], home: Any) -> None:
    made = rows(
        "SELECT id FROM {remit} WHERE entry_id = ANY (%(entries)s::bigint[]) AND valid && daterange(%(day)s, NULL)", given
    )
    drawn.given_up += [(row["id"],) for row in made]
    closed = rows(
        "SELECT DISTINCT task_id AS task, organization_id AS body FROM {remit} WHERE upper(valid) = %(on)s AND known_from BETWEEN %(at)s AND %(until)s",
        given,
    )
    drawn.back += [(row["task"], code) for row in closed if (code := home(row["body"]))]


def _posts_back(drawn: Sketch, given: dict[str, Any], home: Any) -> None:
    made = rows(
        """
        SELECT p.id, p.organization_id AS body, f.organization_id AS former, EXISTS (SELECT FROM {membership} m WHERE m.post_id = p.id
            AND m.valid && daterange(%(day)s, NULL) AND NOT m.entry_id = ANY (%(entries)s::bigint[])) AS taken
        FROM {post} p LEFT JOIN {post} f ON f.id = p.successor_of_id
        WHERE p.entry_id = ANY (%(entries)s::bigint[]) AND p.valid && daterange(%(day)s, NULL)
        """,
        given,
    )
    ending = drawn.ending()
    for row in made:
        code = home(row["former"]) if row["former"] else None
        if code:
            drawn.posts.append((1, row["body"], None, row["id"], "move", code))
        elif not row["taken"]:
            drawn.posts.append((1, row["body"], None, row["id"], "end", None))
        elif row["body"] not in ending:
            drawn.posts.append((1, row["body"], None, row["id"], "keep", None))
    ended = rows(
        """
        SELECT p.id, p.job_id AS job, p.organization_id AS body,
               (SELECT count(*) FROM {seat} s WHERE s.post_id = p.id AND upper(s.valid) = %(on)s) AS seats
        FROM {post} p WHERE upper(p.valid) = %(on)s AND p.known_from BETWEEN %(at)s AND %(until)s
          AND NOT EXISTS (SELECT FROM {post} n WHERE n.successor_of_id = p.id)
        """,
        given,
    )
    for place, row in enumerate(ended, 1):
        if row["seats"] and (code := home(row["body"])):
            drawn.new.append((place, code, row["job"], row["seats"], row["id"]))


def _deciding_back(drawn: Sketch, given: dict[str, Any], home: Any) -> None:
    """Who decided on posts on which others did since, until the day, and on posts that ended."""
    changed = rows(
        """
        SELECT m.post_id AS post, f.manager_id AS body FROM {postmanager} m JOIN {post} p ON p.id = m.post_id
        JOIN {postmanager} f ON f.post_id IN (p.id, p.successor_of_id) AND upper(f.valid) = %(on)s AND f.manager_id <> m.manager_id
        WHERE m.entry_id = ANY (%(entries)s::bigint[]) AND lower(m.valid) = %(on)s AND m.valid @> (%(day)s::date - 1)
        UNION SELECT p.id, f.manager_id FROM {post} p JOIN {postmanager} f ON f.post_id = p.id AND upper(f.valid) = %(on)s
        WHERE upper(p.valid) = %(on)s AND p.known_from BETWEEN %(at)s AND %(until)s
          AND NOT EXISTS (SELECT FROM {post} n WHERE n.successor_of_id = p.id) ORDER BY 1
        """,
        given,
    )
    drawn.deciding += [(row["post"], code) for row in changed if (code := home(row["body"]))]


def _people_back(drawn: Sketch, given: dict[str, Any], home: Any) -> None:
    """Who was placed elsewhere goes back; who waits and did not lead, too, unless a post was found meanwhile."""
    placed = rows(
        """
        SELECT DISTINCT ON (m.person_id) m.person_id AS person, f.organization_id AS body, p.job_id AS job, j.standing
        FROM {membership} m JOIN {post} q ON q.id = m.post_id
        JOIN {membership} f ON f.person_id = m.person_id AND upper(f.valid) = %(on)s AND f.ending = 3 AND f.kind <> 8
        JOIN {post} p ON p.id = f.post_id JOIN {job} j ON j.id = p.job_id
        WHERE m.entry_id = ANY (%(entries)s::bigint[]) AND m.kind <> 8 AND m.valid && daterange(%(day)s, NULL) AND q.successor_of_id IS DISTINCT FROM p.id
          AND NOT EXISTS (SELECT FROM {membership} w JOIN {post} g ON g.id = w.post_id AND g.successor_of_id = p.id WHERE w.person_id = m.person_id)
        ORDER BY m.person_id, j.rank NULLS LAST, f.id
        """,
        given,
    )
    for row in placed:
        if code := home(row["body"]):
            state = None if row["standing"] == "staff" else sketch.APPOINTMENT
            drawn.people.append((1, None, None, row["person"], code, row["job"], state))
    waiting = rows(
        """
        SELECT DISTINCT ON (w.person_id) w.person_id AS person, p.organization_id AS body, p.job_id AS job, f.category, f.kind
        FROM procedures_waiting w JOIN {post} p ON p.id = w.post_id JOIN {job} j ON j.id = p.job_id AND j.standing = 'staff'
        JOIN {membership} f ON f.person_id = w.person_id AND f.post_id = p.id AND upper(f.valid) = %(on)s
        WHERE w.entry_id = ANY (%(entries)s::bigint[]) AND w.state IN ('placement', 'training', 'appointment')
          AND NOT EXISTS (SELECT FROM {membership} m WHERE m.person_id = w.person_id AND m.kind <> 8 AND m.valid && daterange(%(day)s, NULL))
        ORDER BY w.person_id, f.id
        """,
        given,
    )
    drawn.returning += [
        (row["person"], code, row["job"], row["category"], row["kind"]) for row in waiting if (code := home(row["body"]))
    ]


def close_waiting(scenario: Scenario, *, on: date) -> None:
    """End the waiting of whoever serves again from the day on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procedures_waiting w SET valid = daterange(lower(w.valid), %(on)s) WHERE w.scenario_id = %(id)s AND w.valid @> %(on)s::date"
            " AND lower(w.valid) < %(on)s AND EXISTS (SELECT FROM registry_membership m WHERE m.person_id = w.person_id AND m.valid @> %(on)s::date)",
            {"id": scenario.pk, "on": on},
        )


def waiting(*, on: date) -> list[dict[str, Any]]:
    """Who waits for a post on a day: person, state, since when; whoever serves again waits no more. As far as in sight."""
    found = Waiting.objects.filter(valid__contains=on).exclude(
        person__in=Membership.objects.filter(valid__contains=on).exclude(kind=Membership.Kind.CONCURRENT).values("person")
    )
    return [{"person": each.person_id, "state": each.state, "since": each.valid.lower} for each in found.order_by("person_id")]
