"""The demo world's own book: which bodies, posts, names and published figures the rulebook gives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from django.conf import settings

NEVER = np.int32(-(2**31))  # day of a range that has no lower bound
FOREVER = np.int32(2**31 - 1)  # day of a range that has no upper bound


def day(moment: date | str) -> int:
    """A date as days since 1970-01-01, the form in which the world calculates."""
    return int(np.datetime64(moment, "D").astype(np.int64))


def as_date(number: int) -> date:
    """The date of a day number."""
    return np.datetime64(int(number), "D").astype(date)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class PostPlan:
    """A post of a body as the book plans it. `seats` -1: as many as the committee has; see `held_with`.

    `held_with`: `body/job` whose holder also holds this post; `leaders`: the first in rank hold it together.
    """

    job: str
    seats: int
    leading: bool
    managed_by: str
    held_with: str = ""


@dataclass(frozen=True)
class BodyPlan:
    """A body that the book plans beneath a unit. `suffix` follows the unit's code; `above` is the suffix it stands under."""

    suffix: str
    kind: str
    names: dict[str, str]
    posts: tuple[PostPlan, ...]
    above: str = ""
    urban: dict[str, str] | None = None
    staffed_only: bool = False
    autonomy: tuple[int, ...] = ()


@dataclass(frozen=True)
class JobPlan:
    """What the world needs to know of a job."""

    code: str
    standing: str
    rank: int


@dataclass
class Book:
    """The rulebook's pages for the demo world, read once."""

    today: int
    reform: int
    centre: str
    words: dict[str, dict[str, str]]
    levels: dict[str, list[BodyPlan]] = field(default_factory=dict)
    villages: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    story: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[str, JobPlan] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    @property
    def job_codes(self) -> list[str]:
        return list(self.jobs)


STAFF_RANKS = {
    "senior-specialist": 60,
    "doctor": 62,
    "specialist": 65,
    "teacher": 66,
    "officer": 70,
    "nurse": 72,
    "support": 75,
    "activist": 80,
}


@cache
def read() -> Book:
    """The book of the rulebook that this installation follows."""
    folder = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK
    page = _load(folder / "world.yaml")
    book = Book(
        today=day(page["today"]), reform=day(page["reform"]), centre=page["centre"], words=page["words"],
        villages=page["villages"], figures=page["figures"], story=page.get("story", []), accounts=page.get("accounts", []),
        jobs={code: _job(code, row) for code, row in _load(folder / "jobs.yaml")["jobs"].items()},
        names=_load(folder / "names.yaml"),
    )  # fmt: skip
    book.levels = {
        "commune": _bodies(page["commune"]),
        "province": [*_bodies(page["province"]), *_departments(page["departments"])],
        "province_staffed": _listed(page["mass_organisations"], "front"),
        "old_commune": _bodies(page["old_commune"]),
        "old_district": _bodies(page["old_district"]),
        "central": _bodies(page["central"]),
        "service_units": _counted(page["service_units"], "executive"),
        "enterprises": _counted(page["enterprises"], "executive"),
        "commune_units": _bodies(page["commune_units"]),
    }
    return book


def _load(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # type: ignore[no-any-return]  # noqa: S506


def _job(code: str, row: dict[str, Any]) -> JobPlan:
    rank = row["rank"] if row["rank"] is not None else STAFF_RANKS.get(code, 70)
    return JobPlan(code, row["standing"], rank)


def _post(row: list[Any]) -> PostPlan:
    job, seats, depth, managed_by, *held = row
    return PostPlan(job, -1 if seats == "committee" else seats, depth == "lead", managed_by, held[0] if held else "")


def _body(suffix: str, row: dict[str, Any], above: str | None = None) -> BodyPlan:
    return BodyPlan(
        suffix=suffix, kind=row["kind"], names=row["names"], posts=tuple(_post(post) for post in row.get("posts", [])),
        above=suffix.rpartition(".")[0] if above is None else above, urban=row.get("urban"),
        staffed_only=row.get("depth") == "staff", autonomy=tuple(row.get("autonomy", ())),
    )  # fmt: skip


def _bodies(page: dict[str, Any]) -> list[BodyPlan]:
    return [_body(suffix, row) for suffix, row in page.items()]


def _listed(page: dict[str, Any], above: str) -> list[BodyPlan]:
    return [_body(f"{above}.{slug}", {**page, "names": names}, above) for slug, names in page["list"].items()]


def _departments(page: dict[str, Any]) -> list[BodyPlan]:
    made: list[BodyPlan] = []
    for body in _listed(page, "executive"):
        made.append(body)
        for slug, titles in page["divisions"]["titles"].items():
            names = {
                language: page["divisions"]["names"][language].replace("{title}", title) for language, title in titles.items()
            }
            under = {language: f"{name}, {body.names[language]}" for language, name in names.items()}
            made.append(_body(f"{body.suffix}.{slug}", {**page["divisions"], "names": under, "depth": "staff"}))
    return made


def _counted(page: dict[str, Any], above: str) -> list[BodyPlan]:
    made = []
    for slug, row in page.items():
        for number in range(1, row["count"] + 1):
            names = {language: text.replace("{number}", str(number)) for language, text in row["names"].items()}
            made.append(_body(f"service.{slug}-{number}", {**row, "names": names}, above))
    return made
