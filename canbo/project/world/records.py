"""The dated records of persons: degrees, theory, languages, courses, grades, rewards, sanctions, declarations, pay.

Degrees are told of everybody; the rest only of those whose file is kept in depth (the showcase, and leaders elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.project.world.book import FOREVER, day
from canbo.project.world.rates import HAPPENING, MISSING

Ints = NDArray[np.int32]
Columns = dict[str, NDArray[Any]]
SECONDARY, INTERMEDIATE, COLLEGE, UNIVERSITY, MASTER, DOCTOR = range(1, 7)
YEAR = 365.25
FIELDS = [
    "public-administration", "law", "economics", "finance", "accounting", "land-management", "construction", "agriculture",
    "environment", "information-technology", "political-science", "party-building", "history", "literature", "transport",
]  # fmt: skip
SCHOOL_FIELDS = ["education", "mathematics", "literature", "history", "geography", "foreign-language"]
HEALTH_FIELDS = ["medicine", "pharmacy", "nursing", "public-health"]
SUBJECTS = sorted({*FIELDS, *SCHOOL_FIELDS, *HEALTH_FIELDS})

# Shares of the highest degree by job, from secondary school to doctor.
DEGREES = {
    "leader": (0, 0, 0.004, 0.55, 0.42, 0.026),
    "staff": (0, 0.01, 0.05, 0.76, 0.18, 0),
    "teacher": (0, 0.02, 0.14, 0.78, 0.06, 0),
    "doctor": (0, 0, 0, 0.62, 0.32, 0.06),
    "nurse": (0, 0.12, 0.58, 0.30, 0, 0),
    "support": (0.30, 0.36, 0.20, 0.14, 0, 0),
    "activist": (0.55, 0.25, 0.10, 0.10, 0, 0),
}


@dataclass(frozen=True)
class Subject:
    """What records are drawn from: arrays by person. `sort`: index into DEGREES; `deep`: files kept in depth;
    `rank`: of the highest post held; `first`, `last`: days of service; `degree`, `twice`: as the figures set them."""

    birth: Ints
    sex: NDArray[np.int8]
    sort: NDArray[np.int8]
    deep: NDArray[np.bool_]
    rank: NDArray[np.int16]
    first: Ints
    last: Ints
    degree: NDArray[np.int8]
    twice: NDArray[np.int64]
    today: int
    settled: int  # degrees that the figures count were awarded before this day


def degrees(about: Subject, rng: Generator) -> tuple[Columns, NDArray[np.int8]]:
    """Degrees with field and day of award, and the highest of each person.

    A higher degree is in the field of the lower one; whoever is in `twice` holds a second university degree in
    another field. That is what lets one rule count the published figures (docs/decisions/0005).
    """
    size = len(about.birth)
    highest = about.degree.copy()
    chance = rng.random(size)
    for number, shares in enumerate(DEGREES.values()):
        where = np.flatnonzero((about.sort == number) & (highest == 0))
        highest[where] = np.minimum(np.searchsorted(np.cumsum(shares), chance[where]), 5) + 1
    young = (about.degree == 0) & (about.today - about.birth < 29 * YEAR)
    highest[young & (highest >= MASTER)] = UNIVERSITY
    fixed = about.degree > 0
    none = ~fixed & (rng.random(size) < MISSING["no degree on record"])
    field = _fields(about, rng)
    field[~fixed & (rng.random(size) < MISSING["field of study unknown"])] = -1
    latest = np.where(fixed, about.settled - 31, about.today - 31).astype(np.int32)
    base = np.minimum(highest, UNIVERSITY)
    first_on = _graduation(about.birth + ((18 + base) * YEAR).astype(np.int32), latest, rng)
    second_on = _graduation(
        np.maximum(about.birth + (rng.uniform(28, 40, size) * YEAR).astype(np.int32), first_on + 800), latest, rng
    )
    third_on = _graduation(
        np.maximum(about.birth + (rng.uniform(36, 47, size) * YEAR).astype(np.int32), second_on + 900), latest, rng
    )
    parts = [(np.flatnonzero(~none), base, first_on, field)]
    parts.append((np.flatnonzero(~none & (highest >= MASTER)), np.full(size, MASTER, np.int8), second_on, field))
    parts.append((np.flatnonzero(~none & (highest >= DOCTOR)), np.full(size, DOCTOR, np.int8), third_on, field))
    other = ((field + 1 + rng.integers(0, len(SUBJECTS) - 1, size)) % len(SUBJECTS)).astype(np.int8)
    parts.append((about.twice, np.full(size, UNIVERSITY, np.int8), np.minimum(first_on + 2200, latest), other))
    person = np.concatenate([who for who, *_rest in parts]).astype(np.int32)
    columns: Columns = {
        "person": person,
        "level": np.concatenate([level[who] for who, level, _on, _field in parts]).astype(np.int16),
        "from": np.concatenate([on[who] for who, _level, on, _field in parts]).astype(np.int32),
        "subject": np.concatenate([subject[who] for who, _level, _on, subject in parts]).astype(np.int8),
        "verified": rng.choice(np.array([1, -1, 0], np.int8), len(person), p=[0.7, 0.28, 0.02]),
    }
    return columns, np.where(none, 0, highest).astype(np.int8)


def _graduation(about: Ints, latest: Ints, rng: Generator) -> Ints:
    """A day of award about a day, never after `latest`."""
    near = np.minimum(about + rng.integers(-120, 120, len(about)), latest - rng.integers(0, 90, len(about)))
    return np.asarray(near, dtype=np.int32)


def _fields(about: Subject, rng: Generator) -> NDArray[np.int8]:
    numbers = {name: SUBJECTS.index(name) for name in SUBJECTS}
    field = np.array([numbers[name] for name in FIELDS], np.int8)[rng.integers(0, len(FIELDS), len(about.birth))]
    sorts = list(DEGREES)
    for names, of in ((SCHOOL_FIELDS, ("teacher",)), (HEALTH_FIELDS, ("doctor", "nurse"))):
        where = np.isin(about.sort, [sorts.index(name) for name in of])
        field[where] = np.array([numbers[name] for name in names], np.int8)[rng.integers(0, len(names), int(where.sum()))]
    return field


def theory(about: Subject, rng: Generator) -> Columns:
    """Levels of political theory: leaders mostly advanced, staff intermediate or elementary."""
    who = np.flatnonzero(about.deep & (rng.random(len(about.deep)) >= MISSING["political theory not on record"]))
    chance, rank = rng.random(len(who)), about.rank[who]
    level = np.where(
        rank < 30, np.where(chance < 0.93, 3, 4), np.where(rank < 46, np.where(chance < 0.6, 3, 2), np.where(chance < 0.45, 2, 1))
    )
    on = about.first[who] + rng.integers(700, 4000, len(who))
    on = np.minimum(on, about.today - 200)
    return {"person": who.astype(np.int32), "level": level.astype(np.int16), "from": on.astype(np.int32)}


def languages(about: Subject, rng: Generator) -> Columns:
    """A foreign language and its level in the common framework (indexes into LANGUAGES and LEVELS)."""
    who = np.flatnonzero(about.deep & (rng.random(len(about.deep)) < HAPPENING["knows a foreign language"]))
    return {
        "person": who.astype(np.int32),
        "language": rng.choice(np.arange(4, dtype=np.int8), len(who), p=[0.84, 0.08, 0.04, 0.04]),
        "level": rng.choice(np.arange(5, dtype=np.int8), len(who), p=[0.18, 0.32, 0.36, 0.11, 0.03]),
        "from": np.minimum(about.first[who] + rng.integers(0, 3000, len(who)), about.today - 30).astype(np.int32),
    }


LANGUAGES = ["en", "zh", "ru", "fr"]
LEVELS = ["A1", "A2", "B1", "B2", "C1"]
COURSES = [
    ("state-management", "State management, specialist level", 240),
    ("state-management", "State management, principal specialist level", 320),
    ("defence-security", "Defence and security knowledge, group 3", 80),
    ("job-skills", "Leadership of a division", 160),
    ("job-skills", "Two-level local government: new duties of communes", 40),
    ("digital", "Digital skills and data management", 60),
    ("digital", "Artificial intelligence in public administration", 24),
]


def training(about: Subject, rng: Generator) -> Columns:
    """Courses attended: up to two a person."""
    who = np.flatnonzero(about.deep & (rng.random(len(about.deep)) < 0.7))
    who = np.sort(np.concatenate([who, who[rng.random(len(who)) < 0.4]]))
    on = about.first[who] + (
        rng.random(len(who)) * np.maximum(np.minimum(about.last[who], about.today) - about.first[who] - 60, 1)
    ).astype(np.int64)
    return {
        "person": who.astype(np.int32),
        "course": rng.integers(0, len(COURSES), len(who)).astype(np.int8),
        "from": on.astype(np.int32),
    }


def ratings(about: Subject, rng: Generator) -> Columns:
    """Grades of the years 2022 to 2025 for those who served through most of the year."""
    parts = []
    for year in range(2022, 2026):
        start, end = day(f"{year}-01-01"), day(f"{year + 1}-01-01")
        served = about.deep & (about.first <= start + 180) & (about.last >= end - 31)
        who = np.flatnonzero(served & (rng.random(len(served)) >= MISSING["rating of a year missing"]))
        grade = rng.choice(np.array([4, 3, 2, 1], np.int16), len(who), p=[0.18, 0.70, 0.11, 0.01])
        parts.append((who, grade, np.full(len(who), start), np.full(len(who), end), np.full(len(who), int(year >= 2025))))
    who, grade, start_on, end_on, regime = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {
        "person": who.astype(np.int32),
        "grade": grade,
        "from": start_on.astype(np.int32),
        "until": end_on.astype(np.int32),
        "regime": regime.astype(np.int8),
    }


REGIMES = ["decree-90-2020", "decree-335-2025"]
TITLES = [
    ("Emulation fighter at the grassroots", 3),
    ("Certificate of merit of the province", 1),
    ("Certificate of merit of the Prime Minister", 0),
    ("Labour medal, third class", 0),
]


def rewards(about: Subject, rng: Generator) -> Columns:
    """Titles given; the higher ones to leaders."""
    who = np.flatnonzero(about.deep & (rng.random(len(about.deep)) < HAPPENING["rewarded"]))
    chance = rng.random(len(who)) + np.where(about.rank[who] < 30, 0.25, 0)
    title = np.searchsorted([0.7, 1.0, 1.15], chance)
    on = about.first[who] + (
        rng.random(len(who)) * np.maximum(np.minimum(about.last[who], about.today) - about.first[who], 1)
    ).astype(np.int64)
    return {"person": who.astype(np.int32), "title": title.astype(np.int8), "from": on.astype(np.int32)}


def sanctions(about: Subject, excluded: NDArray[np.int64], rng: Generator) -> Columns:
    """Disciplinary measures since 2016: rare, mostly the lightest, each for twelve months (reprimand, warning) or sixty."""
    who = np.flatnonzero(about.deep & (rng.random(len(about.deep)) < HAPPENING["sanctioned since 2016"]))
    who = np.setdiff1d(who, excluded)
    measure = rng.choice(np.array([1, 2, 3], np.int16), len(who), p=[0.72, 0.25, 0.03])
    span = np.minimum(about.last[who], about.today) - np.maximum(about.first[who], day("2016-01-01"))
    fits = span > 60
    who, measure, span = who[fits], measure[fits], span[fits]
    on = np.maximum(about.first[who], day("2016-01-01")) + (rng.random(len(who)) * (span - 30)).astype(np.int64)
    until = on + np.where(measure == 3, 1826, 365)
    return {"person": who.astype(np.int32), "measure": measure, "from": on.astype(np.int32), "until": until.astype(np.int32)}


@dataclass(frozen=True)
class Serving:
    """Who holds which post today: arrays by membership. `unit`: number of the unit in which the body stands."""

    person: Ints
    post: Ints
    rank: NDArray[np.int16]
    unit: Ints


PLANNED, LEADING = 3, 46  # at most so many are planned for a post; posts of a lower rank number lead


def successions(about: Subject, serving: Serving, rng: Generator) -> Columns:
    """Up to three persons for each leading post: those of the same unit who stand nearest beneath it.

    At most three per post, and only for a higher post: Guide 45-HD/BTCTW. Plans of the term that began in 2025.
    """
    order = np.lexsort((serving.rank, serving.unit))
    unit, rank, post, person = serving.unit[order], serving.rank[order], serving.post[order], serving.person[order]
    starts = np.r_[0, np.flatnonzero(np.diff(unit)) + 1, len(unit)]
    who: list[int] = []
    what: list[int] = []
    for start, end in zip(starts[:-1], starts[1:], strict=True):
        deep = about.deep[person[start:end]]
        if not deep.any():
            continue
        for place in range(start, end):
            if rank[place] >= LEADING:
                break
            if place > start and post[place] == post[place - 1]:
                continue
            beneath = start + np.flatnonzero((rank[start:end] > rank[place]) & deep)[:9]
            chosen = beneath[np.sort(rng.permutation(len(beneath))[: rng.integers(2, PLANNED + 1)])]
            who += person[chosen].tolist()
            what += [int(post[place])] * len(chosen)
    pairs = np.unique(np.array([who, what], dtype=np.int64).reshape(2, -1), axis=1)
    begin = rng.integers(day("2025-10-01"), day("2026-06-30"), pairs.shape[1])
    return {"person": pairs[0].astype(np.int32), "post": pairs[1].astype(np.int32), "from": begin.astype(np.int32)}


def declarations(about: Subject, rng: Generator) -> Columns:
    """Yearly declarations of assets of those who lead, 2023 to 2025; one in five was picked for verification."""
    parts = []
    for year in (2023, 2024, 2025):
        made = day(f"{year}-12-15")
        who = np.flatnonzero(
            about.deep & (about.rank < 46) & (about.first < made) & (about.last > made) & (rng.random(len(about.deep)) < 0.97)
        )
        parts.append(
            (
                who,
                np.full(len(who), year),
                np.full(len(who), made),
                rng.choice(np.array([1, -1], np.int8), len(who), p=[0.2, 0.8]),
            )
        )
    who, year_of, made_on, verified = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {
        "person": who.astype(np.int32),
        "year": year_of.astype(np.int16),
        "from": made_on.astype(np.int32),
        "verified": verified,
    }


SCALES = {  # first coefficient, step between two, number of steps, months in each (Decree 204/2004 as later amended)
    "A3.1": (6.20, 0.36, 6, 36), "A2.1": (4.40, 0.34, 8, 36), "A1": (2.34, 0.33, 9, 36), "A0": (2.10, 0.31, 10, 36),
    "B": (1.86, 0.20, 12, 24), "C1": (1.65, 0.18, 12, 24),
}  # fmt: skip


def pay(about: Subject, highest: NDArray[np.int8], rng: Generator) -> Columns:
    """The last steps of each person's salary scale, one after the other, as service goes on."""
    names = list(SCALES)
    scale = np.where(about.rank < 20, names.index("A3.1"), np.where(about.rank < 36, names.index("A2.1"), names.index("A1")))
    scale = np.where((about.rank >= 46) & (highest == COLLEGE), names.index("A0"), scale)
    scale = np.where((about.rank >= 46) & (highest == INTERMEDIATE), names.index("B"), scale)
    scale = np.where((about.rank >= 46) & (highest == SECONDARY), names.index("C1"), scale)
    steps, length = (np.array([row[place] for row in SCALES.values()])[scale] for place in (2, 3))
    end = np.minimum(about.last, about.today)
    served = np.maximum(end - about.first, 0) / 30.44
    reached, highest_step = (served / length).astype(np.int64) - np.where(about.rank < 36, 3, 0), steps - 1
    step = np.clip(reached, 0, highest_step)
    parts = []
    who = np.flatnonzero(about.deep & (served > 6))
    beyond = np.maximum(reached - highest_step, 0) * length  # months on the last step beyond one period
    began = end - ((served % length + beyond) * 30.44).astype(np.int64)
    for back in range(3):
        some = who[step[who] >= back]
        start = began[some] - (back * length[some] * 30.44).astype(np.int64)
        open_end = np.where(about.last[some] == FOREVER, FOREVER, about.last[some])
        until = open_end if back == 0 else began[some] - ((back - 1) * length[some] * 30.44).astype(np.int64)
        fits = (start >= about.first[some] - 31) & (until > start)
        parts.append((some[fits], scale[some][fits], (step[some] - back)[fits], start[fits], until[fits]))
    person, of_scale, at_step, start_on, until_on = (np.concatenate(column) for column in zip(*parts, strict=True))
    first, rise = (np.array([row[place] for row in SCALES.values()])[of_scale] for place in (0, 1))
    hundredths = np.round((first + rise * at_step) * 100).astype(np.int32)
    return {
        "person": person.astype(np.int32), "scale": of_scale.astype(np.int8), "step": (at_step + 1).astype(np.int16),
        "hundredths": hundredths, "from": start_on.astype(np.int32), "until": until_on.astype(np.int32),
    }  # fmt: skip
