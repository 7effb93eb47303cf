"""The catalogue of courses beside a rulebook: for whom, how long, what each leads to, and which articles ask for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from canbo.rules.corpus import Corpus

FILE = "courses.yaml"
STANDINGS = ("head", "deputy", "member", "staff")


@dataclass(frozen=True)
class Course:
    """One course. `own`: the number of the row where a body entered it itself; None: it stands beside the rulebook.

    stream     a word of the fact training.kind; `kind` a word of training.course where it is a course for leaders
    standings  standing of the posts for whose holders it is made
    hours      of teaching; `weeks` and `months` of length, where they are said; `said_by` the article that says them
    cost       đồng for one place; `seats` places in a year; None: not said
    leads_to   competency and level; theory; language and at; degree (1 to 6) and subject
    asked_by   articles that ask for what it leads to
    since, until  the days on which it is offered
    """

    code: str
    title: Mapping[str, str]
    field: str
    stream: str
    standings: tuple[str, ...]
    hours: int
    cost: int
    seats: int | None
    provider: Mapping[str, str]
    leads_to: Mapping[str, Any]
    since: date
    until: date | None = None
    weeks: int | None = None
    months: int | None = None
    kind: str = "none"
    said_by: str = ""
    asked_by: tuple[str, ...] = ()
    own: int | None = None

    def offered(self, on: date) -> bool:
        """Whether it is offered on a day."""
        return self.since <= on and (self.until is None or on < self.until)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as an enrolment keeps them."""
        return {
            "code": self.code, "title": dict(self.title), "field": self.field, "stream": self.stream, "hours": self.hours,
            "weeks": self.weeks, "months": self.months, "cost": self.cost, "provider": dict(self.provider),
            "leads_to": dict(self.leads_to), "kind": self.kind,
        }  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """All courses of a file with the names of their fields and the levels of what is ordered, lowest first."""

    courses: Mapping[str, Course]
    fields: Mapping[str, Mapping[str, str]]
    providers: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def of(law: Corpus) -> Listed:
    """The courses beside a rulebook; an empty catalogue where it has none."""
    return _read(law.path / FILE)


@lru_cache(maxsize=4)
def _read(path: Path) -> Listed:
    if not path.is_file():
        return Listed({}, {}, {})
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    providers = said["providers"]
    found = {code: _course(code, one, providers) for code, one in said["courses"].items()}
    return Listed(found, said["fields"], providers, {name: tuple(words) for name, words in said["levels"].items()})


def _course(code: str, said: Mapping[str, Any], providers: Mapping[str, Mapping[str, str]]) -> Course:
    return Course(
        code, said["title"], said["field"], said["stream"], tuple(said["for"]), said["hours"], said["cost"], said.get("seats"),
        providers[said["provider"]], said["leads_to"], said["from"], said.get("until"), said.get("weeks"), said.get("months"),
        said.get("course", "none"), said.get("said_by", ""), tuple(said.get("asked_by", ())),
    )  # fmt: skip


def asked_on(course: Course, law: Corpus, on: date) -> list[str]:
    """The articles in force on a day that ask for what a course leads to: it is compulsory for whom they name."""
    return [each for each in course.asked_by if each in law.articles and law.articles[each].in_force(on)]


def fitting(
    listed: Collection[Course], *, wants: Mapping[str, Any], levels: Mapping[str, tuple[str, ...]], on: date
) -> Course | None:
    """The course that leads to what is wanted: the lowest level that suffices, then the least cost; else the highest below.

    wants  {"theory": word} or {"competency": code, "level": number}
    """
    name = "theory" if "theory" in wants else "competency"

    def level(of: Mapping[str, Any]) -> int:
        return levels["theory"].index(of["theory"]) if name == "theory" else int(of.get("level", 0))

    offered = [
        each for each in listed
        if each.offered(on) and name in each.leads_to and (name == "theory" or each.leads_to[name] == wants[name])
    ]  # fmt: skip
    enough = [each for each in offered if level(each.leads_to) >= level(wants)]
    if enough:
        return min(enough, key=lambda each: (level(each.leads_to), each.cost, each.code))
    below = [each for each in offered if level(each.leads_to) > int(wants.get("held", 0)) and name == "competency"]
    return max(below, key=lambda each: (level(each.leads_to), -each.cost, each.code), default=None)
