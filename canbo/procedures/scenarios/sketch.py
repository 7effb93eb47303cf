"""The lines of a scenario read upon the register of the day before: what is planned, and which bodies each line is about.

Nothing is written. What cannot be read (a code that nobody bears, a body beyond the managing one) is a problem, and its line
is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from canbo.procedures.models import ScenarioLine
from canbo.procedures.scenarios.lines import Line
from canbo.procedures.scenarios.problems import Problem
from canbo.registry import queries
from canbo.registry.asking import rows
from canbo.registry.changes import Change, EventKind, Outcome, Part
from canbo.registry.days import day_before
from canbo.registry.models import Job, Task
from canbo.registry.saying import sentence as _

Kind = ScenarioLine.Kind
#: What is made first, then what goes to it: an heir may bear a code from a line of any kind.
ORDER = (Kind.CREATE, Kind.MERGE, Kind.DIVIDE, Kind.MOVE, Kind.DISSOLVE, Kind.TASKS, Kind.POSTS, Kind.PEOPLE, Kind.HOLDINGS)
APPOINTMENT, PLACEMENT = "appointment", "placement"


@dataclass(frozen=True)
class Body:
    """A body as it is on the day before."""

    id: int
    code: str
    name: dict[str, str]
    kind: str
    structure: str
    parent: str | None
    autonomy_group: int | None


@dataclass
class Sketch:
    """A scenario as the database is asked about it. Codes are those of the day; ids those of bodies that exist already."""

    on: date
    body: int
    names: bool = True  # whether whoever asks may see people: what is wrong is told with names, or without
    bodies: dict[str, Body] = field(default_factory=dict)  # by the code of the day before
    beneath: frozenset[int] = frozenset()
    changes: list[Change] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    heirs: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))  # of each body that ends
    divided: dict[int, list[str]] = field(default_factory=dict)
    tasks: list[tuple[Any, ...]] = field(default_factory=list)  # place, org, task or None, to
    posts: list[tuple[Any, ...]] = field(default_factory=list)  # place, org, job or None, post or None, fate, to
    new: list[tuple[Any, ...]] = field(default_factory=list)  # place, code, job, seats, former or None
    people: list[tuple[Any, ...]] = field(
        default_factory=list
    )  # place, org or None, held or None, person or None, to, job, state
    holdings: list[tuple[Any, ...]] = field(default_factory=list)  # place, org, kind or None, holding or None, to
    back: list[tuple[Any, ...]] = field(default_factory=list)  # of an undoing: task, to; the task is given anew
    given_up: list[tuple[Any, ...]] = field(
        default_factory=list
    )  # of an undoing: remits that end, since others get the task back
    deciding: list[tuple[int, str]] = field(default_factory=list)  # of an undoing: post, who decides on it again
    returning: list[tuple[Any, ...]] = field(default_factory=list)  # of an undoing: person who waited, to, job, category, kind
    problems: list[Problem] = field(default_factory=list)

    @property
    def eve(self) -> date:
        return day_before(self.on)

    def ending(self) -> set[int]:
        """Bodies that end on the day."""
        going_on = {each.continues for each in self.outcomes.values()}
        return {part.organization for change in self.changes for part in change.originals if part.ends} - going_on

    def living(self) -> dict[str, int]:
        """Ids of the bodies that bear a code on the day and existed before, as far as the lines name them."""
        gone = self.ending()
        kept = {code: body.id for code, body in self.bodies.items() if body.id not in gone}
        again = {outcome.continues: code for code, outcome in self.outcomes.items() if outcome.continues is not None}
        kept = {code: id for code, id in kept.items() if again.get(id, code) == code}
        return kept | {code: id for id, code in again.items() if id is not None}


def draw(lines: Sequence[Line], *, body: int, on: date) -> Sketch:
    """Read the lines upon the register as it is on the day before `on`, beneath a managing body."""
    sketch = Sketch(on, body)
    sketch.bodies = _bodies(_codes(lines), sketch.eve)
    sketch.beneath = frozenset(queries.subtree(body, on=sketch.eve))
    reader = _Reader(sketch, lines)
    for line in sorted(lines, key=lambda each: ORDER.index(Kind(each.kind))):
        reader.take(line)
    sketch.problems += _outside(sketch)
    return sketch


def know(sketch: Sketch, codes: Iterable[str]) -> None:
    """Let a sketch know bodies that receive something though no line of units names them."""
    sketch.bodies = _bodies(set(codes) - sketch.bodies.keys() - sketch.outcomes.keys(), sketch.eve) | sketch.bodies


_BODY = """
SELECT c.organization_id AS id, c.code, n.name, s.kind_id AS kind, k.structure, s.autonomy_group, pc.code AS parent
FROM {organizationcode} c
JOIN {organizationname} n ON n.organization_id = c.organization_id AND n.valid @> %(on)s::date
JOIN {organizationstatus} s ON s.organization_id = c.organization_id AND s.valid @> %(on)s::date
JOIN {kind} k ON k.code = s.kind_id
LEFT JOIN {organizationparent} p ON p.organization_id = c.organization_id AND p.valid @> %(on)s::date
LEFT JOIN {organizationcode} pc ON pc.organization_id = p.parent_id AND pc.valid @> %(on)s::date
WHERE c.code = ANY (%(codes)s) AND c.valid @> %(on)s::date
"""


def _bodies(codes: Iterable[str], on: date) -> dict[str, Body]:
    found = rows(_BODY, {"codes": sorted(codes), "on": on})
    return {row["code"]: Body(**row) for row in found}


def _codes(lines: Iterable[Line]) -> set[str]:
    """Every code that the lines name."""
    found: set[str] = set()
    for line in lines:
        says = line.says
        for word in ("unit", "from", "to", "parent"):
            found.add(str(says.get(word) or ""))
        found.update(map(str, [*(each for word in ("units", "parts", "heirs") for each in says.get(word) or ())]))
        into = says.get("into")
        for unit in into if isinstance(into, list) else [into]:
            if isinstance(unit, Mapping):
                found.update((str(unit.get("parent") or ""), str(unit.get("code") or "")))
            elif unit:
                found.add(str(unit))
    return found - {""}


class _Reader:
    """Reads one line after the other into the sketch."""

    def __init__(self, sketch: Sketch, lines: Sequence[Line]) -> None:
        self.sketch = sketch
        self.jobs = {job.code: job for job in Job.objects.all()}
        tasks = {str(line.says["task"]) for line in lines if line.kind == Kind.TASKS and line.says.get("task")}
        self.tasks = dict(Task.objects.filter(code__in=tasks).values_list("code", "pk"))

    def take(self, line: Line) -> None:
        getattr(self, f"_{line.kind}")(line)

    # ---- units

    def _create(self, line: Line) -> None:
        self._form(line, EventKind.FOUND, (), [self._unit(line.says)])

    def _merge(self, line: Line) -> None:
        """`units` go into it whole; of `parts` the rest goes into what other lines make, and they end as well."""
        whole = [self._known(str(code), line) for code in line.says.get("units") or ()]
        parts = [self._known(str(code), line) for code in line.says.get("parts") or ()]
        into = line.says["into"]
        goes_on = None if isinstance(into, Mapping) else self._known(str(into), line)
        if None in whole or None in parts or (goes_on is None and not isinstance(into, Mapping)):
            return
        named = [Part(each.id) for each in whole if each is not None and each != goes_on]
        named += [Part(each.id, whole=False) for each in parts if each is not None]
        originals = ([Part(goes_on.id)] if goes_on is not None else []) + named
        if goes_on is not None:
            outcome = Outcome(
                goes_on.code, goes_on.name, goes_on.kind, goes_on.parent, goes_on.id, autonomy_group=goes_on.autonomy_group
            )
        else:
            outcome = self._unit(into)
        alone = len(originals) == 1 and not originals[0].whole
        self._form(line, EventKind.SPLIT if alone else EventKind.MERGE, tuple(originals), [outcome])
        for part in named:
            self.sketch.heirs[part.organization].append(outcome.code)
            if not part.whole:
                self.sketch.divided[part.organization] = self.sketch.heirs[part.organization]

    def _divide(self, line: Line) -> None:
        whole = self._known(str(line.says["unit"]), line)
        if whole is None:
            return
        outcomes = [self._unit(each) for each in line.says["into"]]
        part = (Part(whole.id, whole=False, ends=not line.yes("keep")),)
        for outcome in outcomes:
            self._form(line, EventKind.SPLIT, part, [outcome])
        codes = [outcome.code for outcome in outcomes]
        if not line.yes("keep"):
            self.sketch.heirs[whole.id] += codes
            self.sketch.divided[whole.id] = codes

    def _dissolve(self, line: Line) -> None:
        unit = self._known(str(line.says["unit"]), line)
        heirs = [str(code) for code in line.says["heirs"]]
        if unit is None or not all(self._there(code, line) for code in heirs):
            return
        self.sketch.changes.append(Change(EventKind.DISSOLVE, (Part(unit.id),), heirs=tuple(heirs)))
        self.sketch.heirs[unit.id] += heirs

    def _move(self, line: Line) -> None:
        unit = self._known(str(line.says["unit"]), line)
        if unit is None:
            return
        name = line.says.get("name")
        outcome = Outcome(
            line.text("code") or unit.code, _name(name) if name else unit.name, line.text("kind") or unit.kind,
            line.text("parent") or unit.parent, unit.id, autonomy_group=unit.autonomy_group,
        )  # fmt: skip
        kind = (
            EventKind.MOVE
            if outcome.parent != unit.parent
            else EventKind.RAISE
            if outcome.kind != unit.kind
            else EventKind.RENAME
        )
        self._form(line, kind, (Part(unit.id),), [outcome])

    def _unit(self, says: Mapping[str, Any]) -> Outcome:
        return Outcome(
            str(says["code"]), _name(says["name"]), str(says["kind"]), str(says["parent"]) if says.get("parent") else None
        )

    def _form(self, line: Line, kind: str, parts: tuple[Part, ...], outcomes: list[Outcome]) -> None:
        self.sketch.changes.append(Change(kind, parts, tuple(outcomes)))
        self.sketch.outcomes.update({outcome.code: outcome for outcome in outcomes})

    # ---- what goes to units

    def _tasks(self, line: Line) -> None:
        source, task = self._known(str(line.says["from"]), line), line.text("task")
        if source is None or not self._there(str(line.says["to"]), line):
            return
        if task is not None and task not in self.tasks:
            self._wrong(
                line,
                "unknown_task",
                _("There is no task called %(task)s.") % {"task": task},
                _("Take its code from the list of tasks."),
            )
            return
        self.sketch.tasks.append((line.place, source.id, self.tasks.get(task or ""), str(line.says["to"])))

    def _posts(self, line: Line) -> None:
        job = self._job(line, "job")
        if job is False:
            return
        if line.says.get("seats"):
            code, former = str(line.says["unit"]), line.says.get("former")
            if self._there(code, line) and job is not None:
                self.sketch.new.append((line.place, code, job.pk, int(line.says["seats"]), int(former) if former else None))
            return
        source, to = self._known(str(line.says["from"]), line), line.text("to")
        if source is None or (to is not None and not self._there(to, line)):
            return
        fate = "move" if to else "end" if line.yes("end") else "keep"
        post = int(line.says["post"]) if line.says.get("post") else None
        self.sketch.posts.append((line.place, source.id, job.pk if job else None, post, fate, to))

    def _people(self, line: Line) -> None:
        held, job = self._job(line, "held"), self._job(line, "job")
        source = self._known(str(line.says["from"]), line) if line.says.get("from") and not line.person else None
        to, state = line.text("to"), line.text("waiting")
        if held is False or job is False or (to is not None and not self._there(to, line)):
            return
        if line.person is None and source is None:
            if line.says.get("person"):
                self._wrong(
                    line,
                    "unknown_person",
                    _("There is no person with the number %(number)s.") % {"number": line.says["person"]},
                    _("Correct the number."),
                )
            return
        if job is not None and job.standing != Job.Standing.STAFF and state is None:
            state = APPOINTMENT  # who leads is decided by a ruling of its own
        self.sketch.people.append(
            (
                line.place,
                source.id if source else None,
                held.pk if held else None,
                line.person,
                to,
                job.pk if job else None,
                state,
            )
        )

    def _holdings(self, line: Line) -> None:
        source = self._known(str(line.says["from"]), line)
        if source is not None and self._there(str(line.says["to"]), line):
            number = line.text("holding")
            told = (line.place, source.id, line.text("kind"), int(number) if number else None, str(line.says["to"]))
            self.sketch.holdings.append(told)

    def _job(self, line: Line, word: str) -> Job | None | Literal[False]:
        """The job that a word names; None: it names none; False: there is no such job."""
        code = line.text(word)
        if code is None:
            return None
        if code not in self.jobs:
            self._wrong(
                line,
                "unknown_job",
                _("There is no job called %(job)s.") % {"job": code},
                _("Take its code from the list of jobs."),
            )
            return False
        return self.jobs[code]

    def _known(self, code: str, line: Line) -> Body | None:
        """The body that bears a code on the day before, beneath the managing body."""
        found = self.sketch.bodies.get(code)
        if found is None:
            self._wrong(
                line, "unknown_unit", _("No unit bears the code %(code)s on %(day)s.") % {"code": code, "day": self.sketch.eve},
                _("Correct the code, or choose a day on which it is borne."), [code],
            )  # fmt: skip
        return found

    def _there(self, code: str, line: Line) -> bool:
        """Whether a code will be borne on the day."""
        body = self.sketch.bodies.get(code)
        if code in self.sketch.outcomes or (body is not None and body.id not in self.sketch.ending()):
            return True
        self._wrong(
            line, "no_such_heir", _("No unit bears the code %(code)s on %(day)s, when it is to receive something.") % {"code": code, "day": self.sketch.on},
            _("Create it in this scenario, or name a unit that goes on."), [code],
        )  # fmt: skip
        return False

    def _wrong(self, line: Line, kind: str, what: str, do: str, whom: Sequence[str] = ()) -> None:
        self.sketch.problems.append(Problem(kind, what, do, whom, line.place))


def _outside(sketch: Sketch) -> Iterator[Problem]:
    """Bodies that lines change and that do not stand beneath the managing body."""
    for body in sketch.bodies.values():
        if body.id not in sketch.beneath:
            above = {outcome.parent for outcome in sketch.outcomes.values() if outcome.continues is None} | {
                other.parent for other in sketch.bodies.values() if other.id in sketch.beneath
            }  # fmt: skip
            if body.code not in above:
                yield Problem(
                    "beyond_the_body", _("%(code)s does not stand beneath the body that manages this scenario.") % {"code": body.code},
                    _("Leave it out, or make the scenario one of the body above both."), [body.code],
                )  # fmt: skip


def _name(name: Any) -> dict[str, str]:
    return dict(name) if isinstance(name, Mapping) else {"vi": str(name)}
