"""How long it takes to place many people, and how near the best that is proved to be.

    .venv/bin/python benchmarks/placement.py [--large 50000] [--rounds 3] [--write]

Made-up problems of the shape of a reorganisation: provinces with communes, posts in each, people who may hold some
forty posts, most near by, a few in other provinces; scores, three preferences, distances, posts held today. What must
hold: kin apart, leaders who are not local, deputies at most, shares of women as targets, places fixed by hand.
Points for being placed at all are 0, so that the gap is of what tells one placement from another.
"""

from __future__ import annotations

import argparse
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
GOALS = {5_000: (0.01, 60.0), 50_000: (0.02, None)}


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
