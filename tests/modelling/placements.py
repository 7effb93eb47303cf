"""Small placements at random, and the best of one found by looking at every placement there is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from canbo.modelling.placement.problem import UNIT, Cap, Forbidden, Pair, Person, Post, Problem, Weights
from canbo.modelling.placement.rows import Model

BODIES = {"top": None, "left": "top", "right": "top", "apart": None}


@st.composite
def problems(draw: st.DrawFn, most_people: int = 5, most_posts: int = 4) -> Problem:
    """Few people and posts with everything that a placement can ask for."""
    posts = {f"p{number}": draw(_posts(f"p{number}")) for number in range(draw(st.integers(1, most_posts)))}
    codes = [f"n{number}" for number in range(draw(st.integers(1, most_people)))]
    score = st.integers(0, 6).map(lambda points: points * 100)
    pairs = {
        (person, post): Pair(draw(score), draw(st.sampled_from([None, 0, 200])), frozenset(draw(st.sets(st.just("x")))))
        for person in codes
        for post in posts
        if draw(st.integers(0, 9)) < 7
    }
    barred = {
        (person, post): ("age",) for person in codes for post in posts if (person, post) not in pairs and draw(st.booleans())
    }
    people = {code: draw(_people(code, list(posts), [post for person, post in pairs if person == code])) for code in codes}
    kin = [
        Forbidden(one, other, draw(st.sampled_from(["body", "line"])), ("kin",))
        for one, other in itertools.combinations(codes, 2)
        if draw(st.integers(0, 9)) < 2
    ]
    caps = [draw(_caps(f"c{number}")) for number in range(draw(st.integers(0, 2)))]
    weights = Weights(placed=draw(st.sampled_from([0, 100_000])))
    return Problem(people, posts, pairs, barred, tuple(kin), tuple(caps), BODIES, weights, draw(st.sampled_from(["one", "two"])))


@st.composite
def _posts(draw: st.DrawFn, code: str) -> Post:
    groups = frozenset(draw(st.sets(st.just("d"))))
    return Post(code, draw(st.integers(0, 2)), draw(st.sampled_from([None, *BODIES])), groups, int(draw(st.integers(0, 9)) == 0))


@st.composite
def _people(draw: st.DrawFn, code: str, posts: list[str], own: list[str]) -> Person:
    fixed = draw(st.sampled_from(own)) if own and draw(st.integers(0, 9)) == 0 else None
    prefers = tuple(draw(st.lists(st.sampled_from(posts), max_size=2, unique=True)))
    groups = frozenset(draw(st.sets(st.sampled_from(["w", "l"]))))
    now = draw(st.sampled_from([None, *posts]))
    about = {"sex": draw(st.sampled_from("FM"))}
    return Person(code, now, prefers, groups, about, draw(st.integers(0, 9)) == 0, fixed)


@st.composite
def _caps(draw: st.DrawFn, code: str) -> Cap:
    least, most = draw(st.sampled_from([(1, None), (None, 1), (1, 2), (None, 0), (None, None)]))
    shares = draw(st.sampled_from([(30, None), (None, 60)])) if least is None and most is None else (None, None)
    penalty = draw(st.sampled_from([None, 2 * UNIT, 50 * UNIT]))
    body, groups = draw(st.sampled_from([None, *BODIES])), frozenset(draw(st.sets(st.sampled_from(["w", "d", "x"]), max_size=1)))
    return Cap(code, body, draw(st.booleans()), groups, least, most, *shares, penalty, ("cap",))


def best(made: Model) -> tuple[int, int] | None:
    """The greatest worth, and the greatest sum of lots among the placements of that worth; None where none is possible."""
    own = [[None, *np.flatnonzero(made.person == person).tolist()] for person in range(len(made.people))]
    found: tuple[int, int] | None = None
    for arcs in itertools.product(*own):
        choice = np.zeros(len(made.value), dtype=np.int64)
        choice[[arc for arc in arcs if arc is not None]] = 1
        worth = made.worth(choice)
        if worth is not None and (found is None or (worth, int(made.lot @ choice)) > found):
            found = worth, int(made.lot @ choice)
    return found


def plain(people: int, posts: int, *, lot: str = "", seats: int = 1) -> Problem:
    """Everybody may hold every post, and all are worth the same."""
    names, places = [f"n{number}" for number in range(people)], [f"p{number}" for number in range(posts)]
    return Problem(
        {name: Person(name) for name in names},
        {place: Post(place, seats, "top") for place in places},
        {(name, place): Pair(5000) for name in names for place in places},
        bodies=BODIES,
        lot=lot,
    )


def holding(problem: Problem, code: str, **changes: object) -> Problem:
    """The problem with one person changed."""
    return replace(problem, people={**problem.people, code: replace(problem.people[code], **changes)})  # type: ignore[arg-type]
