"""How long it takes to place many people, and how near the best that is proved to be.

    .venv/bin/python benchmarks/placement.py [--people 5000] [--people 50000] [--rounds 3] [--write]

Made-up problems of the shape of a reorganisation: provinces with communes, posts in each, people who may hold forty
posts (twenty in the large one), most near by, one in ten in other provinces; scores, three preferences, distances, posts held today. What must
hold: kin apart, leaders who are not local, deputies at most, shares of women as targets, places fixed by hand.
Points for being placed at all are 0, so that the gap is of what tells one placement from another.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import sys
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from scipy import optimize, sparse

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results import put
from canbo.modelling.placement.flow import assign, chosen
from canbo.modelling.placement.problem import UNIT, Cap, Forbidden, Pair, Person, Post, Problem, Weights
from canbo.modelling.placement.rows import Model, matrix, model
from canbo.modelling.placement.solve import Solution, solve

HEADING = "Placement"
PROVINCE = 1_500  # people and posts of one, about
COMMUNE = 12  # posts of one
GOALS = {5_000: (0.01, 60.0, 40), 50_000: (0.02, 600.0, 20)}  # gap, seconds of work, posts that one may hold
DENSE = 10_000  # so many people fit into a table for SciPy


def problem(people: int, *, seed: int = 1, choices: int = 40, away: float = 0.1) -> Problem:
    """So many people and as many posts."""
    drawn = random.Random(seed)
    provinces = max(2, round(people / PROVINCE))
    bodies: dict[str, str | None] = {f"t{number}": None for number in range(provinces)}
    posts, of_province, place = _posts(people, provinces, bodies, drawn)
    persons, pairs = {}, {}
    names = list(posts)
    for number in range(people):
        home = drawn.randrange(provinces)
        at = (drawn.random() * 100, drawn.random() * 100)
        near = drawn.sample(of_province[home], min(choices, len(of_province[home])))
        open_to = dict.fromkeys(drawn.choice(names) if drawn.random() < away else post for post in near)
        code = f"n{number}"
        local = drawn.choice(near)
        now = drawn.choice(near) if drawn.random() < 0.6 else None
        groups = frozenset({"women"} if drawn.random() < 0.3 else ())
        prefers = tuple(drawn.sample(list(open_to), 3))
        persons[code] = Person(code, now, prefers, groups, {"sex": "F" if groups else "M", "area": f"t{home}"})
        ability = drawn.gauss(60, 12)
        for post in open_to:
            far = abs(at[0] - place[post][0]) + abs(at[1] - place[post][1]) + (0 if post in of_province[home] else 300)
            score = min(100, max(0, ability + drawn.gauss(0, 10)))
            foreign = frozenset() if posts[post].body == posts[local].body else frozenset({"not-local"})
            pairs[code, post] = Pair(round(score * 100), round(far) * 100, foreign)
    asked = Problem(persons, posts, pairs, {}, (), (), bodies, Weights(distance=10, placed=0), f"drawn {seed}")
    return _held(asked, drawn)


def _posts(
    count: int, provinces: int, bodies: dict[str, str | None], drawn: random.Random
) -> tuple[dict[str, Post], list[list[str]], dict[str, tuple[float, float]]]:
    posts: dict[str, Post] = {}
    of_province: list[list[str]] = [[] for _ in range(provinces)]
    place: dict[str, tuple[float, float]] = {}
    while len(posts) < count:
        home = len(bodies) % provinces
        body = f"t{home}x{len(bodies)}"
        bodies[body] = f"t{home}"
        at = (drawn.random() * 100, drawn.random() * 100)
        for number in range(min(COMMUNE, count - len(posts))):
            code = f"v{len(posts)}"
            rank = {0: {"leader", "head"}, 1: {"leader", "deputy"}, 2: {"leader", "deputy"}, 3: {"leader", "deputy"}}
            posts[code] = Post(code, 1, body, frozenset(rank.get(number, ())))
            of_province[home].append(code)
            place[code] = at
    return posts, of_province, place


def _held(asked: Problem, drawn: random.Random) -> Problem:
    """The same with what must hold: one in fifty has kin among those considered, one in two hundred is fixed by hand."""
    names = list(asked.people)
    home = {code: person.about["area"] for code, person in asked.people.items()}
    beside: dict[str, list[str]] = {}
    for code in names:
        beside.setdefault(home[code], []).append(code)
    kin = []
    for code in drawn.sample(names, len(names) // 50):
        other = drawn.choice(beside[home[code]])
        if other != code and not any({each.one, each.other} == {code, other} for each in kin):
            kin.append(Forbidden(code, other, "line" if drawn.random() < 0.5 else "body", ("kin",)))
    caps = []
    for body in [body for body, above in asked.bodies.items() if above is not None]:
        caps += [
            Cap(
                f"head-{body}",
                body,
                groups=frozenset({"head", "not-local"}),
                at_least=1,
                penalty=50 * UNIT,
                articles=("not-local",),
            ),
            Cap(f"deputies-{body}", body, groups=frozenset({"deputy"}), at_most=2, articles=("deputies",)),
            Cap(f"women-{body}", body, groups=frozenset({"leader", "women"}), at_least=1, penalty=10 * UNIT, articles=("women",)),
        ]
    fixed: dict[str, str] = {}
    taken: set[str] = set()
    choices: dict[str, list[str]] = {}
    for person, post in asked.pairs:
        choices.setdefault(person, []).append(post)
    for code in drawn.sample(names, len(names) // 200):
        post = next((post for post in choices[code] if post not in taken and not asked.posts[post].groups), None)
        if post is not None:
            taken.add(post)
            fixed[code] = post
    people = {code: replace(person, fixed=fixed.get(code)) for code, person in asked.people.items()}
    return replace(asked, people=people, forbidden=tuple(kin), caps=tuple(caps))


# ---- measuring


@dataclass(frozen=True)
class Run:
    """One problem solved: sizes, seconds, and how near the best."""

    people: int
    arcs: int
    rows: int
    built: float
    took: float
    worked: float
    found: Solution

    @property
    def gap(self) -> float:
        return (self.found.bound - self.found.worth) / max(1, abs(self.found.worth))


def run(asked: Problem, limit: float) -> tuple[Run, Model]:
    begun = time.perf_counter()
    made = model(asked)
    built = time.perf_counter() - begun
    begun, worked = time.perf_counter(), time.process_time()
    found = solve(made, limit)
    took, worked = time.perf_counter() - begun, time.process_time() - worked
    assert found.chosen is not None
    assert made.worth(found.chosen) == found.worth, "what must hold is broken"
    return Run(len(made.people), len(made.value), len(made.rows), built, took, worked, found), made


def linear_bound(made: Model) -> tuple[float, float]:
    """The bound of the linear program over all arcs, by HiGHS alone, and the seconds it took."""
    width, rows = len(made.value), made.rows
    every, one = np.arange(width), np.ones(width)
    soft = [number for number, row in enumerate(rows) if row.penalty is not None]
    slack = sparse.csr_array(([-rows[number].slack for number in soft], (soft, range(len(soft)))), shape=(len(rows), len(soft)))
    ends = [
        sparse.csr_array((one, (at, every)), shape=(size, width))
        for at, size in ((made.person, len(made.people)), (made.post, len(made.posts)))
    ]
    whole = sparse.block_array([[ends[0], None], [ends[1], None], [matrix(rows, width), slack]], format="csr")
    most = np.concatenate([np.ones(len(made.people)), made.seats, [row.most for row in rows]])
    worth = np.concatenate([-made.value.astype(float), [float(rows[number].penalty or 0) for number in soft]])
    begun = time.perf_counter()
    solved = optimize.linprog(worth, A_ub=whole, b_ub=most, bounds=(0, None), method="highs-ipm")
    return -solved.fun, time.perf_counter() - begun


def against_scipy(made: Model, rounds: int) -> tuple[float, float, float, float]:
    """Assignment alone, rows left out: seconds of the flow and of SciPy, taking turns; their ratio; SciPy's worth to ours."""
    free = replace(made, rows=())
    worth = np.zeros((len(made.people), len(made.posts)))
    worth[made.person, made.post] = made.value
    flows, dense, ours, theirs = [], [], 0.0, 0.0
    for _ in range(rounds):
        begun = time.perf_counter()
        ours = float(free.value @ chosen(free, assign(free, free.value)))
        flows.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        theirs = float(worth[optimize.linear_sum_assignment(worth, maximize=True)].sum())
        dense.append(time.perf_counter() - begun)
    ratio = statistics.median(other / own for own, other in zip(flows, dense, strict=True))
    return statistics.median(flows), statistics.median(dense), ratio, theirs / ours


def line(each: Run) -> str:
    return (
        f"| {each.people:,} | {each.arcs:,} | {each.rows:,} | {', '.join(each.found.by)} | {each.built:.1f} | {each.took:.1f} "
        f"| {each.worked:.1f} | {each.found.worth / UNIT:,.2f} | {each.found.bound / UNIT:,.2f} | **{each.gap:.3%}** |"
    )


def measured(people: int, rounds: int) -> tuple[str, str | None]:
    """The section about one size, and what was not reached."""
    goal, limit, choices = GOALS.get(people, (0.02, 120.0, 20))
    load = os.getloadavg()[0]
    each, made = run(problem(people, choices=choices), limit)
    print(line(each), flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    text = f"""`python benchmarks/placement.py --people {people}`, {date.today()}, 2 cores, Python {platform.python_version()}, load average {load:.1f} before. Worth in points; nothing is given for being placed at all, so the gap is of what tells one placement from another. Built: from the problem to arrays. One thread; on a loaded machine it waits, so what it worked is given beside.

| people and posts | pairs | rows that must hold or are targets | by | built, s | solved, s | of which the program worked, s | worth | bound | gap |
|---|---|---|---|---|---|---|---|---|---|
{line(each)}

"""
    if people > DENSE:
        text += f"Sought province by province (about {PROVINCE:,} people each); the bound is of the whole. The table of `linear_sum_assignment` would take {people * people * 8 / 1e9:.0f} GB, so it is not compared. Largest memory: {memory:.1f} GB."
    else:
        linear, seconds = linear_bound(made)
        flow, dense, ratio, same = against_scipy(made, rounds)
        text += f"""The linear program over all pairs and rows (HiGHS, interior point, {seconds:.0f} s by itself) is bounded by {linear / UNIT:,.2f}: our bound is **{each.found.bound / linear - 1:.3%}** above it, and the placement {1 - each.found.worth / linear:.3%} below it.

Assignment alone, all rows left out, medians of {rounds} rounds taking turns: flow {flow:.2f} s, `scipy.optimize.linear_sum_assignment` on the dense table {dense:.2f} s, **{ratio:.1f}** times as long; its worth divided by ours: {same:.9f}. Largest memory: {memory:.1f} GB."""
    worse = each.gap > goal or each.worked > limit
    return text, f"{people:,}: gap {each.gap:.2%}, worked {each.worked:.0f} s" if worse else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    failed = []
    for people in asked.people or GOALS:
        text, missed = measured(people, asked.rounds)
        print(text, flush=True)
        if asked.write:
            put(HEADING if people == 5_000 else f"{HEADING} of {people:,}", text)
        failed += [missed] if missed else []
    if failed:
        sys.exit("; ".join(failed))


if __name__ == "__main__":
    main()
