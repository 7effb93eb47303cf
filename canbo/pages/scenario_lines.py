"""The lines of a scenario as sentences of a table: who or what, what becomes of it, and where it goes.

Bodies, jobs, tasks and people are called by their names, with the code beside; whom the reader may not see is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canbo.procedures.models import Holding, ScenarioLine
from canbo.procedures.scenarios import holdings
from canbo.procedures.scenarios.lines import Line
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import people, queries
from canbo.registry.models import Job, Kind, Task
from canbo.reports.entitlements import words

PAGE = 25  # lines on one page
KINDS: dict[str, str | Promise] = {
    "create": gettext_lazy("create"),
    "merge": gettext_lazy("merge"),
    "divide": gettext_lazy("divide"),
    "dissolve": gettext_lazy("dissolve"),
    "move": gettext_lazy("move or rename"),
    "tasks": gettext_lazy("tasks"),
    "posts": gettext_lazy("posts"),
    "people": gettext_lazy("people"),
    "holdings": gettext_lazy("what is held"),
}
ORDER = list(ScenarioLine.Kind.values)


@dataclass(frozen=True)
class Named:
    """What a line is about: its name, its code, and the number of the person whose file it is."""

    label: str
    code: str = ""
    person: int | None = None


@dataclass(frozen=True)
class Told:
    """One line in words. `who`: whom it is about; `what` becomes of it; `to`: where it goes."""

    place: int
    who: Sequence[Named]
    what: str
    to: Sequence[Named]


def page(said: Sequence[Line], drawn: Sketch, *, kind: str = "", start: int = 0) -> dict[str, Any]:
    """Lines for one page, the latest first, by kind: `{"groups": [(word, [Told])], "kinds": [(kind, word, count)], "kind",
    "start", "after"}`; `after` is where the next page starts, None where there is none."""
    of_kind = {each: [line for line in said if line.kind == each] for each in ORDER}
    kind = kind if of_kind.get(kind) else ""
    among = sorted(of_kind[kind] if kind else said, key=lambda line: -line.place)
    shown = sorted(among[start : start + PAGE], key=lambda line: ORDER.index(line.kind))
    words_of = _Names(shown, drawn)
    return {
        "groups": [(KINDS[each], [words_of.told(line) for line in lines]) for each, lines in groupby(shown, key=lambda line: line.kind)],
        "kinds": [(each, KINDS[each], len(lines)) for each, lines in of_kind.items() if lines],
        "kind": kind, "start": start, "after": start + PAGE if len(among) > start + PAGE else None, "count": len(said),
    }  # fmt: skip


def sentences(said: Sequence[Line], drawn: Sketch) -> list[Told]:
    """Some lines in words, in their order."""
    words_of = _Names(said, drawn)
    return [words_of.told(line) for line in said]


class _Names:
    """The names of everything that some lines speak of, looked up once for all of them."""

    def __init__(self, lines: Sequence[Line], drawn: Sketch) -> None:
        self.drawn = drawn
        says = [line.says for line in lines]
        jobs = {str(each[word]) for each in says for word in ("job", "held") if each.get(word)}
        self.jobs = dict(Job.objects.filter(code__in=jobs).values_list("code", "names"))
        tasks = {str(each["task"]) for each in says if each.get("task")}
        self.tasks = dict(Task.objects.filter(code__in=tasks).values_list("code", "names"))
        things = [str(each["holding"]) for each in says if each.get("holding")]
        self.things = {str(number): name for number, name in Holding.objects.filter(pk__in=things).values_list("pk", "name")}
        self.kinds = dict(Kind.objects.values_list("code", "names"))
        self.people = people.brief([line.person for line in lines if line.person], on=drawn.eve)

    def told(self, line: Line) -> Told:
        who, what, to = getattr(self, f"_{line.kind}")(line, line.says)
        return Told(line.place, who, what, to)

    # ---- units

    def _create(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        return [], self._kind(says), [self._new(says)]

    def _merge(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        into = says["into"]
        what = self._kind(into) if isinstance(into, Mapping) else _("into one that goes on")
        return self._bodies([*(says.get("units") or ()), *(says.get("parts") or ())]), what, [self._new(into)]

    def _divide(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        what = _("goes on, and gives a part away") if line.yes("keep") else _("is divided and ends")
        return self._bodies([says["unit"]]), what, [self._new(unit) for unit in says["into"]]

    def _dissolve(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        return self._bodies([says["unit"]]), _("ends; its heirs take over"), self._bodies(says["heirs"])

    def _move(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        unit, parent = str(says["unit"]), says.get("parent")
        renamed = says.get("name") or says.get("code") or says.get("kind")
        new = [Named(_name(says["name"]) if says.get("name") else self._body(unit).label, str(says.get("code") or ""))]
        what = _("goes beneath") if parent else _("is renamed")
        to = [*(new if renamed else ()), *(self._bodies([parent]) if parent else ())]
        return self._bodies([unit]), what, to

    # ---- what goes to units

    def _tasks(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        task = line.text("task")
        what = queries.in_language(self.tasks.get(task)) or task if task else _("all tasks that no other line names")
        return self._bodies([says["from"]]), what, self._bodies([says["to"]])

    def _posts(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        job = self._job(says.get("job"))
        if says.get("seats"):
            what = _("new: %(job)s, seats: %(seats)s") % {"job": job, "seats": says["seats"]}
            return [], what, self._bodies([says["unit"]])
        post = line.text("post")
        which = job or (_("post no. %(number)s") % {"number": post} if post else _("all posts that no other line names"))
        fate = "" if says.get("to") else _("ends") if line.yes("end") else _("stays")
        return self._bodies([says["from"]]), f"{which}: {fate}" if fate else which, self._bodies([says.get("to")])

    def _people(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        if line.person:
            who = [self._person(line.person)]
        elif says.get("from"):
            who = self._bodies([says["from"]])
        else:
            who = [Named(str(says.get("person") or ""))]
        state, job = line.text("waiting"), self._job(says.get("job"))
        what = str(words.FATES.get(state, state)) if state else _("goes to another post")
        if not says.get("person") and not line.person:
            whom = self._job(says.get("held")) or _("all who serve there")
            what = f"{whom}: {what}"
        return who, f"{what} ({job})" if job else what, self._bodies([says.get("to")])

    def _holdings(self, line: Line, says: Mapping[str, Any]) -> tuple[Any, ...]:
        number, kind = line.text("holding"), line.text("kind")
        if number:
            what = self.things.get(number) or _("holding no. %(number)s") % {"number": number}
        else:
            what = holdings.kind_word(kind) if kind else _("all that no other line names")
        return self._bodies([says["from"]]), what, self._bodies([says["to"]])

    # ---- names

    def _person(self, number: int) -> Named:
        found = self.people.get(number)
        name = f"{found['family'] or ''} {found['given'] or ''}".strip() if found else ""
        return Named(name or f"#{number}", person=number) if found else Named(_("outside what you may see"))

    def _bodies(self, codes: Iterable[Any]) -> list[Named]:
        return [self._body(str(code)) for code in codes if code]

    def _body(self, code: str) -> Named:
        if code in self.drawn.outcomes:
            return Named(queries.in_language(self.drawn.outcomes[code].name), code)
        found = self.drawn.bodies.get(code)
        return Named(queries.in_language(found.name) if found else code, code if found else "")

    def _new(self, unit: Any) -> Named:
        return Named(_name(unit["name"]), str(unit["code"])) if isinstance(unit, Mapping) else self._body(str(unit))

    def _kind(self, unit: Mapping[str, Any]) -> str:
        parent = unit.get("parent")
        kind = queries.in_language(self.kinds.get(str(unit["kind"]))) or str(unit["kind"])
        return _("new: %(kind)s beneath %(parent)s") % {"kind": kind, "parent": self._body(str(parent)).label} if parent else kind

    def _job(self, code: Any) -> str:
        return queries.in_language(self.jobs.get(str(code))) or str(code) if code else ""


def _name(name: Any) -> str:
    return queries.in_language(dict(name)) if isinstance(name, Mapping) else str(name)
