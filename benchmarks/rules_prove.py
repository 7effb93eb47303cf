"""How fast a rulebook is proved: 500 made-up articles on one topic, every opposing pair; one article edited.

    .venv/bin/python benchmarks/rules_prove.py [--articles 500] [--write]

Half of the articles are permits, half prohibitions and demands; scopes have two to four conditions, comparisons of
two facts among them, and three in ten an alternative, so that most pairs overlap. The baseline gives each pair a
solver of its own, on a sample of the same pairs with the same answers. Times are of the processor, not of the clock:
proving runs on one core, and whatever else the machine does is no part of it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import z3

from canbo.rules.corpus import Corpus, load
from canbo.rules.epoch import Epoch, Ledger
from canbo.rules.precedence import ORDER
from canbo.rules.questions import dominated, duplicates, empty, opposition
from canbo.rules.regions import Regions
from canbo.rules.witness import settle

ON = date(2026, 7, 1)
HEADING = "## Rules: prove"
_SAID = "{en: x, vi: x, fa: x}"
_FACTS = {
    "person.sex": "type: enum, values: {F: {en: f, vi: f}, M: {en: m, vi: m}}",
    "person.degree": "type: enum, values: {none: {en: n, vi: n}, university: {en: u, vi: u}, doctor: {en: d, vi: d}}",
    "person.minority": "type: bool",
    "person.planned": "type: bool",
    "person.born": "type: date, range: [1955-01-01, 2008-12-31]",
    "person.rank": "type: int, range: [1, 12]",
    "person.points": "type: int, unit: points, range: [0, 100]",
    "person.in_post": "type: int, unit: months, range: [0, 480]",
    "post.rank": "type: int, range: [1, 12]",
    "post.title": "type: enum, values: {chair: {en: c, vi: c}, head: {en: h, vi: h}, deputy: {en: d, vi: d}, clerk: {en: k, vi: k}}",
    "post.level": "type: enum, values: {central: {en: c, vi: c}, province: {en: p, vi: p}, commune: {en: m, vi: m}}",
    "unit.deputies": "type: int, range: [0, 9]",
}


def atom(chance: random.Random) -> str:
    """One condition; one in five compares two facts."""
    return chance.choice(
        (
            f"months_since(person.born) >= {chance.randrange(300, 700)}",
            f"months_since(person.born) < {chance.randrange(400, 760)}",
            f"person.points >= {chance.randrange(20, 80)}",
            f"person.points < {chance.randrange(30, 95)}",
            f"person.in_post >= {chance.randrange(6, 60)}",
            f"person.degree != '{chance.choice(('none', 'university', 'doctor'))}'",
            f"post.title in ['{chance.choice(('chair', 'head'))}', '{chance.choice(('deputy', 'clerk'))}']",
            f"post.level != '{chance.choice(('central', 'province', 'commune'))}'",
            "person.planned",
            "!person.minority",
            f"person.sex == '{chance.choice('FM')}'",
            f"unit.deputies <= {chance.randrange(1, 8)}",
            f"person.rank + {chance.randrange(0, 4)} >= post.rank",
            f"post.rank - person.rank < {chance.randrange(1, 6)}",
        )
    )


def scope(chance: random.Random) -> str:
    """Two to four conditions, in three of ten with an alternative."""
    text = " && ".join(atom(chance) for _ in range(chance.randrange(2, 5)))
    return f"({text}) || ({atom(chance)} && {atom(chance)})" if chance.random() < 0.3 else text


def write_article(folder: Path, number: int, chance: random.Random) -> None:
    """One article as a file."""
    effect = "permit" if number % 2 else chance.choice(("require", "forbid"))
    level, month = chance.randrange(1, 6), chance.randrange(1, 7)
    messages = ", ".join(f"{outcome}: {_SAID}" for outcome in ("pass", "fail", "unknown", "not_applicable"))
    tests = "\n".join(
        f"  - {{on: 2026-07-01, given: {{}}, expect: {word}}}" for word in ("pass", "fail", "unknown", "not_applicable")
    )
    lifts = "lifts: []\n" if effect == "permit" else ""
    (folder / f"a{number:04}.yaml").write_text(
        f"""id: a/n{number}
title: {_SAID}
source: {{instrument: {{en: x, vi: x}}, mark: X, confidence: low}}
issuer: {{body: level-{level}, level: {level}}}
issued: 2026-0{month}-01
effective: {{from: 2026-0{month}-01, to: null}}
topic: appointment
applies_when: "{scope(chance)}"
effect: {effect}
{lifts}condition: "{atom(chance)}"
message: {{{messages}}}
tests:
{tests}
""",
        encoding="utf-8",
    )


def write_book(path: Path, articles: int, seed: int = 5) -> Corpus:
    """A rulebook of made-up articles."""
    chance = random.Random(seed)
    folder = path / "made"
    folder.mkdir(parents=True, exist_ok=True)
    (path / "parameters").mkdir(exist_ok=True)
    texts = "label: {en: x, vi: x}, meaning: {en: x, vi: x}, source: {en: x, vi: x}"
    axiom = (
        "axioms:\n  - {holds: 'months_since(person.born) >= 216 && months_since(person.born) <= 780', because: {en: x, vi: x}}\n"
    )
    facts = "".join(f"{name}: {{{kind}, {texts}}}\n" for name, kind in _FACTS.items())
    (path / "facts.yaml").write_text(facts + axiom, encoding="utf-8")
    for number in range(articles):
        write_article(folder, number, chance)
    return load(path)


def fresh_solver_per_pair(epoch: Epoch, pairs: list[tuple[int, int]]) -> tuple[float, list[bool]]:
    """The baseline: each pair with a solver of its own; milliseconds a pair, and the answers."""
    permits, bounds = epoch.of("permit"), epoch.of("require", "forbid")
    regions, answers = Regions(epoch.corpus, epoch.articles, ON, crowd=False), []
    for permit, bound in pairs:  # formulas are made beforehand, as they are for the other side
        regions.grants(permits[permit]), regions.fails_itself(bounds[bound])
    start = time.process_time()
    for permit, bound in pairs:
        claim = regions.grants(permits[permit]) & regions.fails_itself(bounds[bound])
        solver = z3.Solver()
        solver.add(*regions.beside(claim.touches), claim.formula)
        answers.append(solver.check() == z3.sat)
    return (time.process_time() - start) * 1000 / len(pairs), answers


def every_pair(epoch: Epoch) -> tuple[float, set[tuple[int, int]]]:
    """All opposing pairs as the prover asks them: seconds, and those that can hold together."""
    permits, bounds = epoch.of("permit"), epoch.of("require", "forbid")
    start = time.process_time()
    regions = epoch.regions
    lefts = {number: regions.grants(permit) for number, permit in enumerate(permits)}
    rights = {number: regions.fails_itself(bound) for number, bound in enumerate(bounds)}
    wanted = [(left, right) for left in lefts for right in rights]
    found = {(left, right) for left, right, _ in regions.pairs(lefts, rights, wanted, lambda left, right: None)}
    return time.process_time() - start, found


def measure(articles: int) -> list[str]:
    """Every row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_book(Path(folder) / "book", articles)
        law = list(corpus.articles.values())
        epoch = Epoch(Ledger(corpus, "appointment", ORDER), law, ON)
        seconds, together = every_pair(epoch)
        permits, bounds = len(epoch.of("permit")), len(epoch.of("require", "forbid"))
        pairs = permits * bounds
        sample = random.Random(2).sample([(left, right) for left in range(permits) for right in range(bounds)], min(400, pairs))
        baseline, answers = fresh_solver_per_pair(epoch, sample)
        if answers != [pair in together for pair in sample]:
            raise SystemExit("the prover and the baseline give different answers")
        each = seconds * 1000 / pairs
        epoch = Epoch(Ledger(corpus, "appointment", ORDER), law, ON)
        start = time.process_time()
        found = [each for question in (empty, opposition, duplicates, dominated) for each in question(epoch)]
        whole = time.process_time() - start
        start = time.process_time()
        shown = [each for each in found if each.holds and each.kind != "opposition"][:200]
        for each_found in shown:
            facts = each_found.facts() if callable(each_found.facts) else each_found.facts
            assert each_found.holds is not None
            settle(corpus, facts, ON, each_found.holds)
        witness = (time.process_time() - start) * 1000 / max(1, len(shown))
        edited = edited_article(corpus, epoch)
        kinds = {kind: sum(each.kind == kind for each in found) for kind in sorted({each.kind for each in found})}
    return [
        f"{articles} articles on one topic, {pairs:,} opposing pairs, {len(together):,} of them overlap; found: {kinds}.",
        "",
        "| what | took | goal | | baseline: a fresh solver for each pair | ratio |",
        "|---|---|---|---|---|---|",
        f"| every opposing pair decided | {seconds:.2f} s ({each * 1000:.0f} µs a pair) | 5 s | {met(seconds, 5)} | {baseline:.2f} ms a pair, {baseline * pairs / 1000:.0f} s in all | {baseline / each:.0f} |",
        f"| with precedence, empty, doubled and dominated articles | {whole:.2f} s | 5 s | {met(whole, 5)} | | |",
        f"| one article edited: its pairs decided anew | {edited * 1000:.0f} ms | 100 ms | {met(edited, 0.1)} | {baseline * bounds:.0f} ms | {baseline * bounds / 1000 / edited:.0f} |",
        f"| a finding confirmed by the deciding reader and made plain | {witness:.1f} ms | | | | |",
    ]


def edited_article(corpus: Corpus, epoch: Epoch) -> float:
    """Seconds to decide the pairs of one article anew, everything else being in memory as after a proof."""
    taken = []
    permits, bounds = epoch.of("permit"), epoch.of("require", "forbid")
    rights = {number: epoch.regions.fails_itself(bound) for number, bound in enumerate(bounds)}
    for permit in permits[:9]:
        start = time.process_time()
        changed = Regions(corpus, [permit], ON, crowd=False)
        changed.encoder, changed.crowd = epoch.regions.encoder, epoch.regions.crowd
        changed.encoder.forget(changed.lowered(permit).kept)
        lefts = {0: changed.grants(permit)}
        list(changed.pairs(lefts, rights, [(0, right) for right in rights], lambda left, right: None))
        taken.append(time.process_time() - start)
    return sorted(taken)[len(taken) // 2]


def met(found: float, goal: float) -> str:
    return "met" if found <= goal else "MISSED"


def write(rows: list[str]) -> None:
    """Put the table under its heading in RESULTS.md, in place of the one before."""
    file = Path(__file__).with_name("RESULTS.md")
    text = file.read_text(encoding="utf-8")
    head, found, rest = text.partition(f"{HEADING}\n")
    following = rest.partition("\n## ")
    tail = f"\n## {following[2]}" if found and following[1] else ""
    body = "\n".join([HEADING, "", "`python benchmarks/rules_prove.py --write`", "", *rows, ""])
    file.write_text(head.rstrip("\n") + "\n\n" + body + tail, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    options = parser.parse_args()
    rows = measure(options.articles)
    print("\n".join(rows))
    if options.write:
        write(rows)


if __name__ == "__main__":
    main()
