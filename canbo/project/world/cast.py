"""The files of those in the story: complete, so that each shows the one thing for which it is told.

Whoever is in the story has verified declarations, good grades, advanced theory, and stands in the plan for the post
that the story names; what spoils the case (age, native place, a sanction) is the only thing that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from canbo.project.world.book import FOREVER, day
from canbo.project.world.records import REGIMES, UNIVERSITY, Columns

if TYPE_CHECKING:
    from canbo.project.world.invention import World

GOOD, ADVANCED, YEARS = 3, 3, (2022, 2023, 2024, 2025)
NONE_OF_SANCTION, NONE_OF_SUCCESSION = 1, 2  # the topics as _record_columns numbers them


def complete(world: World) -> None:
    """Complete the records of everybody in the story."""
    jobs = list(world.book.jobs)
    for role in world.book.story:
        person = world.story.get(role["key"])
        if person is None:
            continue
        records = world.records
        for table in ("rating", "declaration", "politicaltheory", "succession", "nonedeclared"):
            kept = records[table]["person"] != person
            records[table] = {name: column[kept] for name, column in records[table].items()}
        begun = day("2015-06-01")
        for year in YEARS:
            grade = {"grade": GOOD, "from": day(f"{year}-01-01"), "until": day(f"{year + 1}-01-01")}
            add(records, "rating", person, regime=int(year >= 2025) % len(REGIMES), **grade)
            add(records, "declaration", person, year=year, verified=1, **{"from": day(f"{year}-12-15")})
        add(records, "politicaltheory", person, level=ADVANCED, **{"from": begun})
        if not (records["credential"]["person"] == person).any():
            add(records, "credential", person, level=UNIVERSITY, subject=0, verified=1, **{"from": day("2002-07-01")})
        if "sanction" not in role:
            add(records, "nonedeclared", person, topic=NONE_OF_SANCTION, **{"from": begun})
        if "plan" in role:
            body, job = role["plan"].rsplit("/", 1)
            post = world.structure.post(body, jobs.index(job))
            add(records, "succession", person, post=post, **{"from": day("2025-10-15")})
        else:
            add(records, "nonedeclared", person, topic=NONE_OF_SUCCESSION, **{"from": begun})


def add(records: dict[str, Columns], table: str, person: int, **fields: int) -> None:
    """One more row of a table; a column that is not given is open-ended."""
    row = {"person": person, **fields}
    records[table] = {
        name: np.append(column, row.get(name, FOREVER)).astype(column.dtype) for name, column in records[table].items()
    }


__all__ = ["complete"]
