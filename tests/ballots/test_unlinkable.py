"""Whoever holds everything the database ever wrote links voters to ballots no better than by guessing.

Elections of 45 are held with the real tables. Before closing, the attacker copies every row with its place (ctid) and its
transaction (xmin); after closing again; and he has the write-ahead log octet for octet. He knows who was given a ballot in
which order, and that here, at its worst for the voters, each casts at once after being given the ballot: his own order of
casting is the order of issuing, known without a doubt. Each way of guessing names for every voter one published ballot.
Guessing at random finds one in 45. The same guesses against a box that holds its ballots in the clear find every one.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from canbo.ballots import device, elections, forms, keys
from canbo.ballots.models import Election
from tests.ballots import halls

VOTERS = 45
SHORT, LONG = 20, 1_000


@dataclass
class Dump:
    """What the attacker has of one election, and the truth that he has not."""

    issued: list[int]  # voters in the order in which they were given ballots
    held: list[dict[str, Any]]  # rows of the box before closing
    ballots: list[dict[str, Any]]  # rows after closing
    logged: dict[str, int]  # serial -> where it first stands in the write-ahead log
    terms: bytes
    truth: dict[int, str] = field(repr=False)  # voter -> serial


Guess = Callable[[Dump], dict[int, str]]


def pair(voters: list[int], serials: list[str]) -> dict[int, str]:
    return dict(zip(voters, serials, strict=True))


def by(rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any]) -> list[dict[str, Any]]:
    return sorted(rows, key=key)


def through_the_box(dump: Dump, held: Callable[[dict[str, Any]], Any], ballot: Callable[[dict[str, Any]], Any]) -> dict[int, str]:
    """Who is nth to be given a ballot is nth into the box, whose row has some rank among the rows; that rank among the ballots."""
    arrived = by(dump.held, lambda row: row["place"])
    rank = {row["mark"]: at for at, row in enumerate(by(dump.held, held))}
    ballots = by(dump.ballots, ballot)
    return {voter: ballots[rank[row["mark"]]]["serial"] for voter, row in zip(dump.issued, arrived, strict=True)}


def digest(text: str) -> str:
    return hashlib.sha256(bytes.fromhex(text)).hexdigest()


GUESSES: dict[str, Guess] = {
    "place of the rows": lambda d: pair(d.issued, [row["serial"] for row in by(d.ballots, lambda row: row["place"])]),
    "place, backwards": lambda d: pair(d.issued, [row["serial"] for row in by(d.ballots, lambda row: row["place"])][::-1]),
    "transaction of the rows": lambda d: pair(d.issued, [row["serial"] for row in by(d.ballots, lambda row: (row["xmin"], row["place"]))]),
    "order in the log": lambda d: pair(d.issued, sorted(d.logged, key=lambda serial: d.logged[serial])),
    "order of serials": lambda d: pair(d.issued, sorted(row["serial"] for row in d.ballots)),
    "order of signatures": lambda d: pair(d.issued, [row["serial"] for row in by(d.ballots, lambda row: row["signatures"])]),
    "marks against serials": lambda d: through_the_box(d, lambda row: row["mark"], lambda row: row["serial"]),
    "marks against hashes of serials": lambda d: through_the_box(d, lambda row: row["mark"], lambda row: digest(row["serial"])),
    "marks against receipts": lambda d: through_the_box(d, lambda row: row["mark"], lambda row: row["receipt"]),
    "ciphertexts against serials": lambda d: through_the_box(d, lambda row: row["sealed"], lambda row: row["serial"]),
    "ciphertexts against receipts": lambda d: through_the_box(d, lambda row: row["sealed"], lambda row: row["receipt"]),
    "lengths against choices": lambda d: through_the_box(d, lambda row: (len(row["sealed"]), row["place"]), lambda row: (row["choice"], row["place"])),
    "nearest mark under a key that is guessed": lambda d: nearest(d),
}  # fmt: skip


def nearest(dump: Dump) -> dict[int, str]:
    """Marks made anew from the published serials with the hash of the terms as the key; the nearest for each."""
    marks = {keys.mark(dump.terms, bytes.fromhex(row["serial"])).hex(): row["serial"] for row in dump.ballots}
    arrived = by(dump.held, lambda row: row["place"])
    return {
        voter: marks[min(marks, key=lambda mark: abs(int(mark, 16) - int(row["mark"], 16)))]
        for voter, row in zip(dump.issued, arrived, strict=True)
    }


def rows(table: str, vote: Election, columns: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ctid::text, xmin::text::bigint, {columns} FROM {table} WHERE election_id = %s", [vote.pk])
        found = []
        for place, xmin, *rest in cursor.fetchall():
            page, line = place.strip("()").split(",")
            values = [bytes(value).hex() if isinstance(value, memoryview | bytes) else value for value in rest]
            found.append({"place": (int(page), int(line)), "xmin": xmin} | dict(zip(columns.split(", "), values, strict=True)))
    return found


class Log:
    """The write-ahead log as its superuser reads it, octet for octet, page headers taken out."""

    SEGMENT, PAGE = 16 << 20, 8192

    def __init__(self) -> None:
        from canbo.project.database.provider import urls

        self.there = psycopg.connect(str(urls()["superuser"]), dbname="postgres", autocommit=True)

    def at(self) -> int:
        """Where the log ends now; all before lies in the files."""
        self.there.execute("SELECT pg_logical_emit_message(true, 'canbo', 'a commit of its own')")
        row = self.there.execute("SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')").fetchone()
        assert row is not None
        return int(row[0])

    def between(self, start: int, end: int) -> bytes:
        """What was written between two ends that `at` gave."""
        found = []
        for segment in range(start // self.SEGMENT, end // self.SEGMENT + 1):
            base = segment * self.SEGMENT
            row = self.there.execute(
                "SELECT pg_read_binary_file('pg_wal/' || pg_walfile_name('0/0'::pg_lsn + %s::numeric))", [base + 1]
            ).fetchone()
            assert row is not None
            for page in range(base, base + self.SEGMENT, self.PAGE):
                first, last = max(start, page + (40 if page == base else 24)), min(end, page + self.PAGE)
                if first < last:
                    found.append(bytes(row[0][first - base : last - base]))
        return b"".join(found)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.there.close()


def held_and_dumped(log: Log, chance: random.Random, *, in_the_clear: bool = False) -> Dump:
    """One election of 45: opened, each voter given a ballot and casting at once, copied, closed, copied again."""
    began = log.at()
    vote = halls.opened(VOTERS)
    order = chance.sample(range(1000, 1000 + VOTERS), VOTERS)
    truth = {}
    for voter in order:
        choice = chance.choice([{"an": "yes"}, {"binh": "yes"}, {"chi": "yes"}, {}])
        ballot = halls.signed(vote, voter, choice)
        elections.cast(election=vote.pk, **ballot)
        truth[voter] = ballot["serial"]
    held = rows("ballots_held", vote, "mark, sealed")
    closing = log.at()
    elections.close(election=vote.pk, by=halls.Clerk)
    text = log.between(began, closing)
    assert not [s for s in truth.values() if s.encode() in text or bytes.fromhex(s) in text], "in the log before closing"
    text = log.between(closing, log.at())
    logged = {serial: text.index(serial.encode()) for serial in truth.values()}
    ballots = rows("ballots_ballot", vote, "serial, receipt, choice::text, signatures::text")
    ballots = [{**row, "choice": row["choice::text"], "signatures": row["signatures::text"]} for row in ballots]
    if in_the_clear:  # what a box would betray that kept its ballots as they came
        places = {serial: at for at, serial in enumerate(truth.values())}
        ballots = [{**row, "place": (0, places[row["serial"]])} for row in ballots]
        logged = places
    return Dump(order, held, ballots, logged, bytes(vote.terms_hash), truth)


def interval(hits: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval for a share."""
    share = hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return middle - half, middle + half


def attack(dumps: Iterator[Dump]) -> tuple[dict[str, int], int]:
    """How often each way of guessing was right, and how many guesses each had."""
    hits, trials = dict.fromkeys(GUESSES, 0), 0
    for dump in dumps:
        trials += len(dump.truth)
        for name, guess in GUESSES.items():
            found = guess(dump)
            hits[name] += sum(found[voter] == serial for voter, serial in dump.truth.items())
    return hits, trials


@pytest.fixture
def lent_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few short keys, used again and again: what is tried here is where things are written."""
    monkeypatch.setattr(keys, "BITS", 1024)
    pool = [keys.draw() for _ in range(8)]
    monkeypatch.setattr(keys, "draw", lambda: secrets.choice(pool))


def no_better_than_guessing(count: int, log: Log, capsys: Any) -> None:
    """What is better than chance in these elections, and in as many others again, is a leak: one of them alone happens by
    chance one time in twenty."""
    found = better(count, log, capsys)
    if found:
        found &= better(count, log, capsys)
    assert not found


def better(count: int, log: Log, capsys: Any) -> set[str]:
    """The ways of guessing that did better or worse than chance."""
    chance = random.Random(secrets.randbits(64))
    with connection.cursor() as cursor:  # the same is written, only not waited for
        cursor.execute("SET synchronous_commit = off")
    hits, trials = attack(held_and_dumped(log, chance) for _ in range(count))
    # Thirteen ways are tried together: each interval is so wide that all of them hold 95 times in 100.
    z = 2.89
    found = {name: (number / trials, *interval(number, trials, z)) for name, number in hits.items()}
    with capsys.disabled():
        print(f"\n{count} elections of {VOTERS}, {trials} links tried each way; by chance {1 / VOTERS:.4f}")
        for name, (share, low, high) in found.items():
            print(f"  {share:.4f}  [{low:.4f}, {high:.4f}]  {name}")
    return {name for name, (_share, low, high) in found.items() if not low <= 1 / VOTERS <= high}


def test_a_dump_of_everything_links_voters_to_ballots_no_better_than_guessing(
    own_register: str, lent_keys: None, log: Log, capsys: Any
) -> None:
    no_better_than_guessing(SHORT, log, capsys)


@pytest.mark.soak
def test_a_dump_of_a_thousand_elections_links_no_better_than_guessing(
    own_register: str, lent_keys: None, log: Log, capsys: Any
) -> None:
    no_better_than_guessing(LONG, log, capsys)


def test_the_same_attack_succeeds_against_a_box_in_the_clear(own_register: str, lent_keys: None, log: Log) -> None:
    hits, trials = attack(iter([held_and_dumped(log, random.Random(1), in_the_clear=True)]))
    assert hits["place of the rows"] == hits["order in the log"] == trials == VOTERS
    assert hits["order of serials"] < VOTERS


def test_what_the_issuers_saw_fits_every_ballot_equally(own_register: str, lent_keys: None) -> None:
    """For each blinded number and each ballot there is a factor that makes one of the other: so none is more likely."""
    vote = halls.opened(3)
    seen, ballots = [], []
    for voter in (1000, 1001, 1002):
        mine = device.Vote(halls.terms(vote), {"an": "yes"})
        for body in (halls.OFFICE, halls.FRONT):
            blinded = mine.blinded(body)
            signature = elections.issue(election=vote.pk, voter=voter, issuer=body, blinded=blinded, by=halls.Clerk)
            if body == halls.OFFICE:
                seen.append((blinded, signature))
            mine.finish(body, signature)
        ballots.append(mine.ballot())
    n = int(halls.terms(vote)["issuers"][0]["n"], 16)
    for blinded, signature in seen:
        for ballot in ballots:
            final = int(ballot["signatures"][str(halls.OFFICE)], 16)
            factor = int.from_bytes(signature) * pow(final, -1, n) % n
            encoded = pow(final, keys.EXPONENT, n)
            assert encoded * pow(factor, keys.EXPONENT, n) % n == int.from_bytes(blinded)
            text = forms.message(bytes(vote.terms_hash), bytes.fromhex(ballot["serial"]), ballot["choice"])
            assert device.matches(text, encoded, n.bit_length() - 1)


def test_no_partial_result_and_no_serial_is_in_any_answer_or_table_before_closing(own_register: str, lent_keys: None) -> None:
    vote = halls.opened(2)
    ballot = halls.signed(vote, 1000, {"an": "yes"})
    elections.cast(election=vote.pk, **ballot)
    everything = json.dumps([rows("ballots_held", vote, "mark, sealed")])
    with connection.cursor() as cursor:
        for table in ("ballots_election", "ballots_voter", "ballots_issuer", "ballots_issue", "journal_entry", "journal_content"):
            cursor.execute(f"SELECT jsonb_agg(t)::text FROM {table} t")
            everything += str(cursor.fetchone()[0])
    assert ballot["serial"] not in everything and ballot["signatures"][str(halls.OFFICE)] not in everything
    assert vote.closes > timezone.now() + timedelta(minutes=1)
