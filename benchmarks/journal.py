"""How fast the journal is: beside a hash chain inside the transaction, and at a million entries.

    python benchmarks/journal.py [--seconds 3] [--rounds 5] [--entries 1000000] [--write]

Three ways to write the same act (metadata and ~120 octets of content), by the same 8 writers in one run, taking
turns round by round:

journal      the entry as `entries.record` writes it, one call, with a sealer beside it that gives positions
chain        as a program keeps a chain: lock the head row, hash its head with the leaf, insert, move the head
tight chain  the same in one call inside the database: the least time that a chain can hold its lock

Once with pgbench as the writers, which shows what the database does (writers usually have cores of their own), and
once with 8 processes of canbo. Each with nothing else in the transaction, and with 20 ms of other work before or after the entry. A chain holds its
lock from the entry to the commit, so work before the entry costs it nothing: its best case, and shown as such.
`--write` puts the figures into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing as mp
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

WRITERS = 8
WORK = 0.020
DATABASE = "test_bench_journal"
Run = Callable[[str, float, float], tuple[float, list[float]]]
Figures = dict[str, dict[str, dict[str, float]]]
WAYS = ("journal", "chain", "tight chain")
CASES = {"nothing else": (0.0, 0.0), "20 ms before the entry": (WORK, 0.0), "20 ms after the entry": (0.0, WORK)}

CHAIN_TABLES = """
CREATE TABLE bench_entry (LIKE journal_entry INCLUDING ALL, chained bytea NOT NULL, number bigint NOT NULL UNIQUE);
CREATE TABLE bench_content (LIKE journal_content INCLUDING ALL);
CREATE TABLE bench_head (only_one boolean PRIMARY KEY, head bytea NOT NULL, number bigint NOT NULL);
INSERT INTO bench_head VALUES (true, sha256(''), 0);
GRANT SELECT, INSERT, UPDATE ON bench_entry, bench_content, bench_head TO canbo_app;
CREATE FUNCTION bench_insert(
    next bigint, chained bytea, given_key text, given_act text, given_by bigint, given_label text, given_kind text,
    given_about text, given_day date, given_commitment bytea, given_salt bytea, given_payload text, leaf bytea
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bench_entry (id, key, act, by_id, by_label, about_kind, about_id, on_day, recorded_at, commitment,
                             leaf_hash, chained, number)
    VALUES (next, given_key, given_act, given_by, given_label, given_kind, given_about, given_day, clock_timestamp(),
            given_commitment, leaf, chained, next);
    INSERT INTO bench_content (entry_id, salt, payload) VALUES (next, given_salt, given_payload);
END
$$;
CREATE FUNCTION bench_chain(
    given_key text, given_act text, given_by bigint, given_label text, given_kind text, given_about text, given_day date,
    given_commitment bytea, given_salt bytea, given_payload text, leaf bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE moved bench_head;
BEGIN
    UPDATE bench_head SET head = sha256(head || leaf), number = number + 1 RETURNING * INTO moved;
    INSERT INTO bench_entry (id, key, act, by_id, by_label, about_kind, about_id, on_day, recorded_at, commitment,
                             leaf_hash, chained, number)
    VALUES (moved.number, given_key, given_act, given_by, given_label, given_kind, given_about, given_day,
            clock_timestamp(), given_commitment, leaf, moved.head, moved.number);
    INSERT INTO bench_content (entry_id, salt, payload) VALUES (moved.number, given_salt, given_payload);
END
$$;
"""

ROW = """%(key)s, %(act)s, %(by_id)s, %(by_label)s, %(about_kind)s, %(about_id)s, %(on_day)s,
         %(commitment)s, %(salt)s, %(payload)s, %(leaf)s"""


class Clerk:
    """By whom the acts of the benchmark are."""

    pk = 5
    label = "Trần Văn Nam"


def payload(number: int) -> dict[str, Any]:
    return {"post": number, "name": "Phòng Nội vụ", "quota": 3, "from": "2025-07-01", "decision": "1234/QĐ-UBND"}


def begin(home: str) -> None:
    """Make Django ready on the benchmark's own database."""
    os.environ.update(CANBO_HOME=home, DJANGO_SETTINGS_MODULE="canbo.project.settings")
    import django
    from django.db import connections

    django.setup()
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = DATABASE
        connections[alias].settings_dict["CONN_MAX_AGE"] = None


# --- writers --------------------------------------------------------------------------------------------------


def write_journal(key: str, number: int, before: float, after: float) -> None:
    from django.db import transaction

    from canbo.journal import entries

    with transaction.atomic():
        time.sleep(before)
        entries.record("post.founded", by=Clerk, about=("registry.post", number), payload=payload(number), key=key)
        time.sleep(after)


def chain_row(key: str, number: int) -> dict[str, Any]:
    from canbo.journal import entries, verifier

    row = entries._row(entries.Act("post.founded", Clerk, ("registry.post", number), None, payload(number), key))
    leaf = verifier.entry_leaf({**row._asdict(), "commitment": row.commitment.hex(), "salt": None, "payload": None})
    return {**row._asdict(), "leaf": leaf}


def write_chain(key: str, number: int, before: float, after: float) -> None:
    from django.db import connection, transaction

    with transaction.atomic():
        time.sleep(before)
        row = chain_row(key, number)
        with connection.cursor() as cursor:
            cursor.execute("SELECT head, number + 1 FROM bench_head FOR UPDATE")
            head, next_ = cursor.fetchone()
            moved = hashlib.sha256(bytes(head) + row["leaf"]).digest()
            cursor.execute(f"SELECT bench_insert(%(next)s, %(head)s, {ROW})", {**row, "next": next_, "head": moved})
            cursor.execute("UPDATE bench_head SET head = %s, number = %s", [moved, next_])
        time.sleep(after)


def write_tight_chain(key: str, number: int, before: float, after: float) -> None:
    from django.db import connection, transaction

    with transaction.atomic():
        time.sleep(before)
        row = chain_row(key, number)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT bench_chain({ROW})", row)
        time.sleep(after)


WRITE = {"journal": write_journal, "chain": write_chain, "tight chain": write_tight_chain}


def writer(home: str, number: int, orders: Connection) -> None:
    """Write as told, for as long as told; answer with the durations."""
    begin(home)
    orders.send("ready")
    done = 0
    while (order := orders.recv()) is not None:
        way, start, seconds, before, after = order
        write = WRITE[way]
        taken = []
        time.sleep(max(0.0, start - time.time()))
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            done += 1
            write(f"{way}/{number}/{done}", done, before, after)
            taken.append(time.perf_counter() - begun)
        orders.send(taken)


@contextmanager
def writers(home: str) -> Iterator[list[Connection]]:
    context = mp.get_context("spawn")
    ends = [context.Pipe() for _ in range(WRITERS)]
    running = [context.Process(target=writer, args=(home, n, theirs)) for n, (_, theirs) in enumerate(ends)]
    for process in running:
        process.start()
    mine = [own for own, _ in ends]
    try:
        for own in mine:
            own.recv()
        yield mine
    finally:
        for own in mine:
            own.send(None)
        for process in running:
            process.join(30)


def side_by_side(run: Run, rounds: int) -> Figures:
    """All ways in turn, in every case; acts a second (of all writers), milliseconds an act, and journal's ratio."""
    from canbo.journal.sealing import Sealer

    found = {}
    for case, (before, after) in CASES.items():
        rates: dict[str, list[float]] = {way: [] for way in WAYS}
        taken: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(rounds):
            for way in WAYS[turn % 3 :] + WAYS[: turn % 3]:
                sealer = Sealer(checkpoint_every=1e9).start() if way == "journal" else None
                rate, durations = run(way, before, after)
                if sealer:
                    sealer.stop()
                rates[way].append(rate)
                taken[way] += durations
        found[case] = {way: summed_up(rates[way], taken[way], rates["journal"]) for way in WAYS}
        print(f"{case}: {json.dumps(found[case])}", flush=True)
    return found


def by_processes(ends: list[Connection], seconds: float) -> Run:
    """Let the 8 processes write."""

    def run(way: str, before: float, after: float) -> tuple[float, list[float]]:
        start = time.time() + 0.2
        for end in ends:
            end.send((way, start, seconds, before, after))
        lists = [end.recv() for end in ends]
        return sum(len(part) for part in lists) / seconds, [duration for part in lists for duration in part]

    return run


def by_pgbench(folder: Path, seconds: float) -> Run:
    """Let pgbench write with 8 connections."""
    from django.db import connections

    from canbo.project.database.provider import provider

    program, to = provider().bin("pgbench"), connections["default"].settings_dict
    address = ["-h", to["HOST"], "-p", str(to["PORT"]), "-U", to["USER"], DATABASE]
    environment = {**os.environ, "PGPASSWORD": to["PASSWORD"]}

    def run(way: str, before: float, after: float) -> tuple[float, list[float]]:
        script, log = folder / "act.sql", folder / "log"
        script.write_text(pgbench_script(way, before, after), encoding="utf-8")
        wanted = ["-n", "-M", "prepared", "-c", str(WRITERS), "-j", "2", "-T", str(int(seconds)), "-f", str(script), "-l"]
        values = [part for name, value in pgbench_values().items() for part in ("-D", f"{name}={value}")]
        command = [str(program), *wanted, *values, f"--log-prefix={log}", *address]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        durations = []
        for part in folder.glob("log.*"):
            durations += [int(line.split()[2]) / 1e6 for line in part.read_text().splitlines()]
            part.unlink()
        return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1)), durations  # type: ignore[union-attr]

    return run


def pgbench_values() -> dict[str, str]:
    """What the script below is given; the entries it makes verify like any other."""
    from canbo.journal import entries

    row = entries._row(entries.Act("post.founded", Clerk, ("registry.post", 1), None, payload(1), "KEY"))
    head, middle, tail = (part.decode() for part in entries._leaf_parts(row))
    before_key, after_key = middle.split("KEY")
    return {
        "label": row.by_label,
        "commitment": row.commitment.hex(),
        "salt": row.salt.hex(),
        "content": row.payload,
        "begin": head[1:],  # without its zero octet
        "before_key": before_key,
        "after_key": after_key,
        "tail": tail,
    }


def pgbench_script(way: str, before: float, after: float) -> str:
    """One act as pgbench runs it."""
    given = "k, 'post.founded', 5, :label, 'registry.post', '1', NULL, decode(:commitment, 'hex'), decode(:salt, 'hex'), :content"
    leaf, new_key = "sha256(convert_to(k, 'UTF8'))", "FROM (SELECT gen_random_uuid()::text) AS t (k)"
    journal = (
        f"SELECT journal_record({given}, decode('00', 'hex') || convert_to(:begin, 'UTF8'), "
        f"convert_to(:before_key || k || :after_key, 'UTF8'), convert_to(:tail, 'UTF8')) {new_key};"
    )
    moved = f"sha256(decode(:head, 'hex') || {leaf})"
    acts = {
        "journal": [journal],
        "tight chain": [f"SELECT bench_chain({given}, {leaf}) {new_key};"],
        "chain": [
            "SELECT encode(head, 'hex') AS head, number + 1 AS next, gen_random_uuid() AS key FROM bench_head FOR UPDATE \\gset",
            f"SELECT bench_insert(:next, {moved}, {given}, {leaf}) FROM (SELECT :key::text) AS t (k);",
            f"UPDATE bench_head SET number = :next, head = (SELECT {moved} FROM (SELECT :key::text) AS t (k));",
        ],
    }
    wait = f"\\sleep {int(WORK * 1000)} ms"
    return "\n".join(["BEGIN;", *[wait] * (before > 0), *acts[way], *[wait] * (after > 0), "COMMIT;"]) + "\n"


def summed_up(rates: list[float], taken: list[float], journal: list[float]) -> dict[str, float]:
    ratios = [one / other for one, other in zip(journal, rates, strict=True)]
    percentiles = statistics.quantiles(taken, n=100)
    return {
        "per_second": statistics.median(rates),
        "p50_ms": percentiles[49] * 1e3,
        "p99_ms": percentiles[98] * 1e3,
        "ratio": statistics.median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
    }


# --- a million entries ----------------------------------------------------------------------------------------


def at_size(count: int, folder: Path) -> dict[str, float]:
    """Record, seal, prove and verify a journal of at least `count` entries."""
    from django.db import transaction

    from canbo.journal import entries, keys, proofs, sealing, stored, verification, verifier
    from canbo.journal.models import Entry, Position

    found: dict[str, float] = {}
    missing = max(0, count - Entry.objects.count())
    begun = time.perf_counter()
    for first in range(0, missing, 50_000):
        with transaction.atomic():
            entries.record_many(
                entries.Act("post.founded", Clerk, ("registry.post", number), None, payload(number), f"bulk/{number}")
                for number in range(first, min(first + 50_000, missing))
            )
    if missing:
        found["recorded in bulk, entries/s"] = missing / (time.perf_counter() - begun)
    waiting = entries.state()["unsealed"]
    begun = time.perf_counter()
    sealing.seal()
    if waiting:
        found["sealed, entries/s"] = waiting / (time.perf_counter() - begun)
    signer = keys.signer(folder / "journal.key")
    note = sealing.checkpoint(signer=signer).note
    size = Position.objects.count()
    found["entries"] = size
    chosen = [random.Random(1).randrange(size) for _ in range(500)]
    sealed = [place.entry for place in Position.objects.filter(position__in=chosen).select_related("entry")]
    begun = time.perf_counter()
    bundles = [proofs.inclusion(entry, note=note) for entry in sealed]
    found["inclusion proofs made one by one, /s"] = len(bundles) / (time.perf_counter() - begun)
    tree = stored.Tree()
    begun = time.perf_counter()
    bundles = [proofs.inclusion(entry, note=note, tree=tree) for entry in sealed]
    found["inclusion proofs made together, /s"] = len(bundles) / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for bundle in bundles:
        head = verifier.read_checkpoint(bundle["checkpoint"])
        assert verifier.inclusion_holds(
            leaf=verifier.entry_leaf(bundle["entry"]),
            position=bundle["position"],
            size=head.size,
            proof=[bytes.fromhex(step) for step in bundle["proof"]],
            root=head.root,
        )
    found["inclusion proofs checked but for the signature, /s"] = len(bundles) / (time.perf_counter() - begun)
    begun = time.perf_counter()
    verifier.check(json.dumps(bundles[0]), signer.key)
    found["one proof checked by verifier.py, signature included, ms"] = (time.perf_counter() - begun) * 1e3
    begun = time.perf_counter()
    for _ in range(20):
        entries.state()
    found["state for the page, ms"] = (time.perf_counter() - begun) / 20 * 1e3
    begun, working = time.perf_counter(), time.process_time()
    report = verification.verify(key=signer.key, against=[note])
    found["whole journal verified, s"] = time.perf_counter() - begun
    found["of which the program worked (the rest is the database, and waiting for a core), s"] = time.process_time() - working
    assert report.ok, report.problem
    return found


# --- the run --------------------------------------------------------------------------------------------------


@contextmanager
def own_database(home: str) -> Iterator[None]:
    """An empty database with the journal's tables, dropped at the end."""
    os.environ.update(CANBO_HOME=home, DJANGO_SETTINGS_MODULE="canbo.project.settings")
    import psycopg
    from django.core.management import call_command

    from canbo.project.database.provider import provider

    started = provider()
    owner = psycopg.conninfo.conninfo_to_dict(started.ensure_running().owner) | {"dbname": "postgres"}

    def say(statement: str) -> None:
        with psycopg.connect(**owner, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement)  # type: ignore[arg-type]

    say(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    say(f"CREATE DATABASE {DATABASE}")
    begin(home)
    from django.db import connections

    try:
        call_command("migrate", "journal", database="owner", verbosity=0)
        with connections["owner"].cursor() as cursor:
            cursor.execute(CHAIN_TABLES)
        yield
    finally:
        connections.close_all()
        say(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def table(by: str, beside: Figures) -> list[str]:
    lines = [
        "",
        f"| 8 writers: {by}; in the transaction besides the entry | journal + sealer | hash chain | ratio | tight chain | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for case, found in beside.items():
        speed = {way: f"{f['per_second']:,.0f}/s ({f['p50_ms']:.1f}, {f['p99_ms']:.1f} ms)" for way, f in found.items()}
        ratio = {way: f"**{f['ratio']:.1f}** ({f['lowest']:.1f}, {f['highest']:.1f})" for way, f in found.items()}
        lines.append(
            f"| {case} | {speed['journal']} | {speed['chain']} | {ratio['chain']} | "
            f"{speed['tight chain']} | {ratio['tight chain']} |"
        )
    return lines


def section(tables: dict[str, Figures], size: dict[str, float], seconds: float, rounds: int) -> str:
    lines = [
        "## Journal",
        "",
        f"`python benchmarks/journal.py`, {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load average {', '.join(f'{load:.1f}' for load in os.getloadavg())}. "
        f"Writers, database and sealer on the same cores; {rounds} rounds of {seconds:g} s each way, taking turns. "
        "Acts a second of all writers, p50 and p99 of one act; the ratio is the median over the rounds "
        "(lowest, highest) of how many times the journal is as fast. Read ratios, not absolute figures.",
    ]
    for by, beside in tables.items():
        lines += table(by, beside)
    lines += ["", "| at size | |", "|---|---|"]
    lines += [f"| {name} | {value:,.0f} |" if value >= 100 else f"| {name} | {value:.2f} |" for name, value in size.items()]
    return "\n".join(lines) + "\n"


def put_into_results(text: str) -> None:
    """Replace this benchmark's own section of RESULTS.md, and no other."""
    file = Path(__file__).with_name("RESULTS.md")
    before = file.read_text(encoding="utf-8") if file.exists() else "# Results\n"
    mine = re.compile(r"^## Journal\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    after = mine.sub(lambda _: text + "\n", before) if mine.search(before) else before.rstrip() + "\n\n" + text
    file.write_text(after.rstrip() + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    given = parser.parse_args()
    home = os.environ.get("CANBO_HOME") or tempfile.mkdtemp(prefix="canbo-bench-")
    try:
        with own_database(home):
            with tempfile.TemporaryDirectory() as folder:
                tables = {"pgbench": side_by_side(by_pgbench(Path(folder), given.seconds), given.rounds)}
            with writers(home) as ends:
                tables["processes of canbo"] = side_by_side(by_processes(ends, given.seconds), given.rounds)
            size = at_size(given.entries, Path(home))
    finally:
        if "CANBO_HOME" not in os.environ or Path(home).name.startswith("canbo-bench-"):
            from canbo.project.database.provider import provider

            provider().remove()
            shutil.rmtree(home, ignore_errors=True)
    text = section(tables, size, given.seconds, given.rounds)
    print("\n" + text)
    if given.write:
        put_into_results(text)


if __name__ == "__main__":
    main()
