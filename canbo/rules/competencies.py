"""The framework of competencies: what they are, five levels each, which level a job asks for from which day, values of service.

`competencies.yaml` beside the rulebook says it all. Whatever has no public text is the choice of the office and says so: its
source is None. What is hearsay (mark K) is read, shown and never counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from canbo.rules.provenance import HEARSAY, Source, load_source
from canbo.rules.reading import Part, read

FILE = "competencies.yaml"
LEVELS = 5
OFFICE = "office"
GROUPS = ("common", "professional", "management")
Said = Mapping[str, str]


@dataclass(frozen=True)
class Competency:
    """One competency. `levels`: a sentence for each of the five, by language; `months`: for how long an assessment of it
    counts, None: until the next; `field`: the field of expertise that it belongs to, or nothing; days as `[since, until)`."""

    code: str
    group: str
    title: Said
    levels: tuple[Said, ...]
    months: int | None
    field: str
    since: date
    until: date | None
    source: Source | None

    def on(self, day: date) -> bool:
        """Whether it belongs to the framework on a day."""
        return _runs(self.since, self.until, day)


@dataclass(frozen=True)
class Requirement:
    """Which level of a competency a job asks for, from a day on. `counts`: False for what nobody has read."""

    job: str
    competency: str
    level: int
    since: date
    until: date | None
    source: Source | None

    @property
    def counts(self) -> bool:
        """Whether it binds on its days: hearsay never does."""
        return self.source is None or self.source.mark != HEARSAY

    def on(self, day: date) -> bool:
        """Whether it binds on a day."""
        return self.counts and _runs(self.since, self.until, day)


@dataclass(frozen=True)
class Value:
    """A value of public service, with behaviours by which it is recognised."""

    code: str
    title: Said
    behaviours: tuple[Said, ...]
    source: Source | None


@dataclass(frozen=True)
class Framework:
    """All that competencies.yaml says.

    levels         what each level means whatever the competency
    evidence_from  from which level on an assessment names what shows it
    answer_days    working days in which an objection is answered
    """

    levels: tuple[Said, ...]
    groups: Mapping[str, Said]
    evidence_from: int
    answer_days: int
    values: tuple[Value, ...]
    competencies: Mapping[str, Competency]
    requirements: tuple[Requirement, ...]

    def on(self, day: date) -> dict[str, Competency]:
        """The competencies of a day, in the order of the file."""
        return {code: each for code, each in self.competencies.items() if each.on(day)}

    def required(self, day: date) -> dict[str, dict[str, Requirement]]:
        """Job -> competency -> what binds on a day; of several the highest."""
        found: dict[str, dict[str, Requirement]] = {}
        known = self.on(day)
        for each in self.requirements:
            if each.on(day) and each.competency in known:
                of_job = found.setdefault(each.job, {})
                if each.competency not in of_job or of_job[each.competency].level < each.level:
                    of_job[each.competency] = each
        return found


def _runs(since: date, until: date | None, day: date) -> bool:
    return since <= day and (until is None or day < until)


@lru_cache(maxsize=8)
def framework_of(path: Path) -> Framework:
    """The framework of a rulebook, by its folder. Raises RuleError for a file that cannot be read."""
    part = read(path / FILE, root=path)
    part.only(("levels", "groups", "evidence_from", "answer_days", "sources", "values", "competencies", "requirements"))
    sources: dict[str, Source | None] = {name: load_source(each) for name, each in part.at("sources").parts()}
    sources[OFFICE] = None
    levels = _levels(part.at("levels"))
    competencies = {code: _competency(code, each, sources) for code, each in part.at("competencies").parts()}
    return Framework(
        levels,
        {name: each.said() for name, each in part.at("groups").parts()},
        part.at("evidence_from").number(),
        part.at("answer_days").number(),
        tuple(_value(code, each, sources) for code, each in part.at("values").parts()),
        competencies,
        tuple(found for each in part.at("requirements").items() for found in _requirements(each, sources, competencies)),
    )


def _levels(part: Part) -> tuple[Said, ...]:
    found = tuple(each.said() for each in part.items())
    if len(found) != LEVELS:
        raise part.wrong("expected_kind", name=part.name, expected=str(LEVELS), found=len(found))
    return found


def _source(part: Part, sources: Mapping[str, Source | None]) -> Source | None:
    return sources[part.at("source").choice(sources)]


def _until(part: Part) -> date | None:
    found = part.find("until")
    return found.day() if found else None


def _competency(code: str, part: Part, sources: Mapping[str, Source | None]) -> Competency:
    part.only(("group", "title", "levels", "months", "field", "since", "until", "source"))
    months, about = part.find("months"), part.find("field")
    return Competency(
        code, part.at("group").choice(GROUPS), part.at("title").said(), _levels(part.at("levels")), months.number() if months else None,
        about.text() if about else "", part.at("since").day(), _until(part), _source(part, sources),
    )  # fmt: skip


def _value(code: str, part: Part, sources: Mapping[str, Source | None]) -> Value:
    part.only(("title", "behaviours", "source"))
    return Value(
        code, part.at("title").said(), tuple(each.said() for each in part.at("behaviours").items()), _source(part, sources)
    )


def _requirements(part: Part, sources: Mapping[str, Source | None], known: Mapping[str, Competency]) -> list[Requirement]:
    part.only(("jobs", "least", "since", "until", "source"))
    since, until, source = part.at("since").day(), _until(part), _source(part, sources)
    found = []
    for name, each in part.at("least").parts():
        if name not in known:
            raise each.wrong("not_among", name="least", found=name, hint="", known=", ".join(known))
        level = each.number()
        if not 1 <= level <= LEVELS:
            raise each.wrong("not_among", name=each.name, found=level, hint="", known="1, 2, 3, 4, 5")
        found += [Requirement(job.text(), name, level, since, until, source) for job in part.at("jobs").items()]
    return found
