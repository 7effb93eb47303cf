"""How fast millions are judged by all articles: Polars and the kernel against hand-written SQL in DuckDB and openfisca-core.

    python benchmarks/rules_scan.py [--people 2500000] [--rounds 11] [--write] [--without openfisca,duckdb]

One process, the same data, the engines take turns in each round, and every answer is compared: the kernel's with
Polars' and DuckDB's for each article and outcome, openfisca's for each person where the three-valued answer is known.
openfisca-core runs in an environment of its own, made once in the user's cache (it is under the AGPL). The figures
are ratios on whatever machine this is; the floor is the time to read the same columns once and write the same answers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
import rules_people
from rules_people import ASKED_ON, FIXED, Given

from canbo.rules import columns, corpus, kernel
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.dates import complete_months, first_of_month
from canbo.rules.lower import Lowered, lower, lower_all
from canbo.rules.params import Parameters, Step, Table
from canbo.rules.syntax import Node, inline, parse

HERE = Path(__file__).parent
Times = dict[str, list[float]]
ARTICLES = ("retired", "term-left", "first-age", "not-local", "years-in-post", "degree", "theory", "training", "discipline",
            "grades", "planned", "deputies")  # fmt: skip
SEXES = ("F", "M")


# ---- the same people for everybody


def short(name: str) -> str:
    """The name of a column in DuckDB and openfisca: `person.grades[0]` is grades_0."""
    found = name.split(".", 1)[1].replace(".", "_").replace("[", "_").replace("]", "")
    return "deputies_now" if name == "unit.deputies" else found


def frame_of(people: Mapping[str, Given]) -> pl.DataFrame:
    """As a Polars frame: numbers, nulls where nothing is known."""
    made = {name: pl.Series(name, given.values) for name, given in people.items()}
    gone = {name: pl.Series(name, given.missing) for name, given in people.items()}
    return pl.DataFrame(
        {name: series.to_frame().select(pl.when(~gone[name]).then(pl.col(name))).to_series() for name, series in made.items()}
    )


def snapshot_of(people: Mapping[str, Given]) -> kernel.Snapshot:
    """As packed columns for the kernel."""
    return kernel.Snapshot.packed({name: (given.values, given.missing) for name, given in people.items()})


# ---- the others


class DuckDB:
    """The twelve articles as one query, written by hand (rules_duckdb.sql)."""

    def __init__(self, frame: pl.DataFrame, law: Corpus) -> None:
        import duckdb

        self.base = duckdb.connect()
        days = [name for name in frame.columns if name.endswith((".lo", ".hi"))]
        named = frame.with_columns(pl.col(days).cast(pl.Int32).cast(pl.Date)).rename(
            {name: short(name) for name in frame.columns}
        )
        with tempfile.TemporaryDirectory() as folder:
            named.write_parquet(Path(folder) / "people.parquet")
            self.base.execute(f"CREATE TABLE people AS SELECT * FROM '{folder}/people.parquet'")
        text = (HERE / "rules_duckdb.sql").read_text(encoding="utf-8")
        for name, value in limits(law).items():
            text = text.replace(f"${name}", str(value))
        self.query = text

    def run(self) -> list[tuple[int, int, int]]:
        """Fail, unknown, not applicable of each article."""
        row = self.base.execute(self.query).fetchall()[0]
        return list(zip(*[iter(row)] * 3, strict=True))


def limits(law: Corpus) -> dict[str, int]:
    """The last months of birth that are retired, and that have no full term left, on the day asked about."""
    found: dict[str, int] = {}
    for sex, first in (("F", 1966 * 12), ("M", 1961 * 12)):
        ends = {
            month: law.parameters.find("retirement_day", ASKED_ON, [sex, first_of_month(month)]).figure
            for month in range(first, 2004 * 12)
        }
        found[f"first_{sex}"] = first
        found[f"retired_{sex}"] = max(month for month, end in ends.items() if end < ASKED_ON)  # type: ignore[operator]
        found[f"term_{sex}"] = max(month for month, end in ends.items() if complete_months(ASKED_ON, end) < 60)  # type: ignore[arg-type]
    return found


class OpenFisca:
    """openfisca-core in a process and an environment of its own, which works out the twelve articles when told to."""

    def __init__(self, people: Mapping[str, Given], law: Corpus, folder: Path) -> None:
        self.folder = folder
        for name, given in people.items():
            np.save(folder / f"{short(name)}.npy", np.where(given.missing, 0, given.values).astype(given.values.dtype))
        tables = self._tables(people, law)
        for name, table in tables.items():
            np.save(folder / f"table-{name}.npy", table)
        (size,) = {len(given.values) for given in people.values()}
        day = rules_people.day_number
        told = {"columns": [short(name) for name in people], "people": size, "tables": list(tables), "term": 60}
        told |= {"first_month": 0, "longest_since": day(date(2016, 6, 2))}
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
        twin = HERE / "openfisca" / "twin.py"
        self.process = subprocess.Popen([_environment(), twin, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._line() != "ready":
            raise SystemExit("openfisca did not start")

    def _tables(self, people: Mapping[str, Given], law: Corpus) -> dict[str, np.ndarray]:
        """What its formulas look up, by sex and month of birth (0 is an unknown birth), level or discipline."""
        last = int(people["person.born.month"].values.max()) + 1
        left = np.full((2, last), -10_000, dtype=np.int32)
        for number, sex in enumerate(SEXES):
            for month in range(1961 * 12 if sex == "M" else 1966 * 12, last):
                end = law.parameters.find("retirement_day", ASKED_ON, [sex, first_of_month(month)]).figure
                left[number, month] = complete_months(ASKED_ON, end) if end >= ASKED_ON else -1  # type: ignore[arg-type,operator]
        day = rules_people.day_number
        born = [[day(date(year, 7, 1)) for year in years] for years in ((1973, 1975, 1977), (1970, 1972, 1975))]
        until = [day(when) for when in (date(2026, 7, 31), date(2026, 4, 1), date(2025, 7, 1), date(2024, 7, 1))]
        return {
            "months_left": left,
            "not_retired": left >= 0,
            "too_old_born": np.array(born, dtype=np.int32),
            "discipline_until": np.array(until, dtype=np.int32),
            "deputies_cap": np.array([4, 3, 2], dtype=np.int32),
        }

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, word: str) -> str:
        """Send a word and wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self._line()

    def run(self) -> float:
        """Seconds that all articles took, by its own clock."""
        return float(self.tell("run"))

    def answers(self) -> dict[str, np.ndarray]:
        """True where an article is kept, for each person."""
        self.tell("save")
        return {name: np.load(self.folder / f"answer-{name.replace('-', '_')}.npy") for name in ARTICLES}

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


def _environment() -> Path:
    """The Python of the environment with openfisca-core, made where it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "canbo" / "bench-openfisca"
    python = cache / "bin" / "python"
    if not python.exists():
        print(f"making {cache} ...", flush=True)
        venv.create(cache, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "openfisca" / "requirements.txt"], check=True)
    return python


# ---- more articles, other figures


def many(law: Corpus, wanted: int) -> Corpus:
    """A rulebook of as many articles: two of the twelve together or either of them, with a limit of their own."""
    book = list(law.articles.values())
    made: dict[str, Article] = {}
    for number in range(wanted):
        one = book[number % len(book)]
        two = book[(number + 1 + number // len(book)) % len(book)]
        sides = [inline(article.condition, {name: step.node for name, step in article.steps.items()}) for article in (one, two)]
        limit = parse(f"months_since(person.post_since) >= {3 + number % 60} || years_since(person.born) < {24 + number % 37}")
        joined = Node("and" if number % 2 else "or", tuple(sides))
        condition = Node("and", (joined, limit))
        name = f"{one.id}/{number}"
        made[name] = replace(one, id=name, condition=condition, steps={})
    return replace(law, articles=made)


def amended(law: Corpus, months: int) -> Corpus:
    """The rulebook with another length of one term: one figure, which stands in an article over a dated table."""
    term = law.parameters["term"]
    assert isinstance(term, Table)
    changed = replace(term, steps=[Step(step.since, dict.fromkeys(step.figures, months)) for step in term.steps])
    return replace(law, parameters=Parameters({**law.parameters, "term": changed}))


def lowered(law: Corpus, people: Mapping[str, Given]) -> list[Lowered]:
    return lower_all(law, None, ASKED_ON, fixed=FIXED, columns=people)


# ---- measuring


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def floor(snapshot: kernel.Snapshot, articles: int) -> Callable[[], None]:
    """Reads every byte of the columns once, on all processors, and writes as many as the answers have."""
    arrays = [
        part.view(np.uint64) for column in snapshot.columns.values() for part in (column.values, column.known) if part is not None
    ]
    out = np.zeros(snapshot.people * 3 * articles // 64, dtype=np.uint64)
    workers = ThreadPoolExecutor(os.cpu_count() or 1)

    def part(array: np.ndarray, place: int, count: int) -> None:
        array[len(array) * place // count : len(array) * (place + 1) // count].max()

    def run() -> None:
        count = os.cpu_count() or 1
        jobs = [workers.submit(part, array, place, count) for place in range(count) for array in arrays]
        out.fill(1)
        for job in jobs:
            job.result()

    return run


def compare(found: kernel.Found, counts: list[Any], duck: list[tuple[int, int, int]] | None, fisca: OpenFisca | None) -> None:
    """Stops where two engines disagree."""
    if counts != found.counts:
        raise SystemExit(f"Polars and the kernel disagree:\n{counts}\n{found.counts}")
    ids = {name: f"bench/{name}" for name in ARTICLES}
    for name, row in zip(ARTICLES, duck or [], strict=False):
        count = found.count(ids[name])
        if row != (count.failed, count.unknown, count.not_applicable):
            raise SystemExit(f"DuckDB and the kernel disagree about {name}: {row}, {count}")
    if fisca is None:
        return
    for name, kept in fisca.answers().items():
        told = kernel.numbers(found.bits(ids[name], "fail")), kernel.numbers(found.bits(ids[name], "pass"))
        idle = kernel.numbers(found.bits(ids[name], "not_applicable"))
        if kept[told[0]].any() or not kept[told[1]].all() or not kept[idle].all():
            raise SystemExit(f"openfisca and the kernel disagree about {name}")


def measure(size: int, rounds: int, without: set[str]) -> dict[str, Any]:
    """All engines in turn. Seconds by engine, and what else there is to tell."""
    law = corpus.load(HERE / "rulebook")
    people = rules_people.invent(size)
    frame, snapshot = frame_of(people), snapshot_of(people)
    twelve, more = lowered(law, people), lowered(many(law, 192), people)
    folder = tempfile.TemporaryDirectory()
    compiled = {"12": timed(lambda: kernel.prepare(twelve, snapshot, folder=Path(folder.name)).result())}
    compiled["192"] = timed(lambda: kernel.prepare(more, snapshot, folder=Path(folder.name)).result())
    fisca = None if "openfisca" in without else OpenFisca(people, law, Path(folder.name))
    duck = None if "duckdb" in without else DuckDB(frame, law)
    found, found_more = kernel.scan(twelve, snapshot), kernel.scan(more, snapshot)
    if fisca:
        fisca.run()
    compare(found, columns.scan(twelve, frame), duck.run() if duck else None, fisca)
    if columns.scan(more, frame) != found_more.counts:
        raise SystemExit("Polars and the kernel disagree about the 192 articles")
    lowest = floor(snapshot, len(twelve))
    terms = iter(range(36, 36 + 2 * rounds))

    def changed() -> list[Lowered]:
        """Only the articles that read the figure are lowered anew."""
        new = amended(law, next(terms))
        touched = [one.article.id for one in twelve if "term" in one.article.parameters()]
        anew = {name: lower(new, new.articles[name], ASKED_ON, fixed=FIXED, columns=people) for name in touched}
        return [anew.get(one.article.id, one) for one in twelve]

    def what_if() -> None:
        kernel.scan(changed(), snapshot, into=found)

    def what_if_columns() -> None:
        columns.scan(changed(), frame)

    before = set(kernel._programs)
    work: dict[str, Callable[[], object]] = {
        "memory floor": lowest,
        "kernel": lambda: kernel.scan(twelve, snapshot, into=found),
        "kernel, one thread": lambda: kernel.scan(twelve, snapshot, into=found, threads=1),
        "kernel, counts only": lambda: kernel.scan(twelve, snapshot, people=False),
        "Polars": lambda: columns.scan(twelve, frame),
        **({"DuckDB": duck.run} if duck else {}),
        "what if, kernel": what_if,
        "what if, Polars": what_if_columns,
        "kernel, 192 articles": lambda: kernel.scan(more, snapshot, into=found_more),
        "Polars, 192 articles": lambda: columns.scan(more, frame),
    }
    times: Times = {name: [] for name in work}
    for _ in range(rounds):
        for name, one in work.items():
            times[name].append(timed(one))
        if fisca:
            times.setdefault("openfisca", []).append(fisca.run())
    if fisca:
        fisca.close()
    if set(kernel._programs) != before:
        raise SystemExit("another figure was another program: the what-if compiled")
    bytes_read = sum(column.bytes for column in snapshot.columns.values())
    return {"times": times, "people": size, "columns": len(people), "bytes": bytes_read, "compiled": compiled, "rounds": rounds}


# ---- telling


def ratio(times: Times, slow: str, fast: str) -> float | None:
    """How many times as fast, the median over the rounds."""
    if slow not in times or fast not in times:
        return None
    return median(one / two for one, two in zip(times[slow], times[fast], strict=True))


TARGETS = (
    ("Polars against openfisca-core", "openfisca", "Polars", 2.5),
    ("Polars against hand-written DuckDB", "DuckDB", "Polars", 5),
    ("kernel against openfisca-core", "openfisca", "kernel", 15),
    ("kernel against hand-written DuckDB", "DuckDB", "kernel", 30),
)


def report(found: Mapping[str, Any], load: str) -> str:
    """The figures as a part of RESULTS.md."""
    times: Times = found["times"]

    def of(name: str, which: Callable[[list[float]], float] = median) -> float:
        return which(times[name]) * 1000

    order = sorted(times, key=lambda name: median(times[name]))
    lines = [
        f"`python benchmarks/rules_scan.py`, {date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, load average {load}. "
        f"{found['people']:,} people, {found['columns']} columns, 3 % unknown, {found['bytes'] / 1e6:.0f} MB packed; {found['rounds']} rounds in which "
        "the engines take turns; every answer compared. openfisca-core is two-valued, all others three-valued. Read ratios, not absolute figures.",
        "",
        "| engine (12 articles where not said) | min ms | median ms |",
        "|---|---|---|",
        *(f"| {name} | {of(name, min):.1f} | {of(name):.1f} |" for name in order),
        "",
        "| target | wanted | found |",
        "|---|---|---|",
    ]
    for name, slow, fast, wanted in TARGETS:
        if (got := ratio(times, slow, fast)) is not None:
            lines.append(f"| {name}, times as fast | ≥ {wanted} | **{got:.1f}** |")
    distance = ratio(times, "kernel", "memory floor") or 0
    lines += [
        f"| kernel, times the memory floor | ≤ 2 | **{distance:.1f}** |",
        f"| 192 articles, kernel, ms | ≤ 150 | **{of('kernel, 192 articles'):.0f}** |",
        f"| 192 articles, Polars, ms | ≤ 500 | **{of('Polars, 192 articles'):.0f}** |",
        f"| what if: one figure changed, lowered and scanned anew, kernel, ms | ≤ 25 | **{of('what if, kernel'):.0f}** |",
        "",
        f"Compiled from nothing: 12 articles {found['compiled']['12']:.1f} s, 192 articles {found['compiled']['192']:.1f} s; kept on disk after that. "
        "The what-if compiles nothing (asserted).",
    ]
    return "\n".join(lines)


def write(section: str) -> None:
    """Put the figures into a section of their own in RESULTS.md, in the place of an earlier run."""
    file = HERE / "RESULTS.md"
    text = file.read_text(encoding="utf-8") if file.exists() else "# Results\n"
    own = re.compile(r"^## Rules: scan\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    mine = f"## Rules: scan\n\n{section}\n\n"
    after = own.sub(lambda _: mine, text) if own.search(text) else f"{text.rstrip()}\n\n{mine}"
    file.write_text(after.rstrip() + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2_500_000)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--without", default="", help="engines to leave out: openfisca, duckdb")
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    chosen = parser.parse_args()
    if not kernel.available():
        sys.exit("The kernel needs llvmlite: pip install 'canbo[fast]'.")
    before = os.getloadavg()[0]
    found = measure(chosen.people, chosen.rounds, set(chosen.without.split(",")))
    section = report(found, f"{before:.1f} before, {os.getloadavg()[0]:.1f} after")
    print(section)
    if chosen.write:
        write(section)


if __name__ == "__main__":
    main()
