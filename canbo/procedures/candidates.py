"""Finding candidates: for a post, who may hold it; for a person, which posts are open and what each lacks.

Conditions decide. Only those who pass are put in an order, by weights that were sealed in the journal before any
name was seen; nobody who fails gets a score. Machines propose and explain: a search opens no case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.procedures.models import Search
from canbo.registry import authority, fact_columns, fact_frames, facts, looking, once, vacancies
from canbo.registry.models import Account, Organization, Person, Post
from canbo.rules import corpus, ir
from canbo.rules.corpus import Corpus
from canbo.rules.explain import Verdict, explain
from canbo.rules.lower import Lowered, lower_all
from canbo.rules.readers import Count

TOPIC = "appointment"
SEALED, FOUND = "candidates.criteria_sealed", "candidates.found"
# Criteria that order those who pass, each 0 to 100; what nobody can measure from the register is not among them.
CRITERIA = ("grades", "plan", "experience", "degree", "theory")
USUAL = {"grades": 35, "plan": 20, "experience": 20, "degree": 15, "theory": 10}
FULL_EXPERIENCE = 60  # months in the present post from which experience counts in full: one term
SHAKEN, SHAKES = 0.25, 200  # how far each weight is moved, how often, to see how firm a rank is
NEAR, SHOWN = 20, 50
Floats = np.ndarray[Any, np.dtype[np.float64]]


class WeightsRefused(ValueError):
    """The weights asked for cannot order anything; the text says why."""


@dataclass(frozen=True)
class Candidate:
    """One person of a search.

    rank     place among those who pass; None for others, who have no score
    scores   by criterion, 0 to 100; None where not known, and then not counted
    firm     share of shaken weights under which the person stays among as many as stand before, or at the place
    outcomes by article that applies: pass, fail or unknown
    """

    person: int
    outcome: str
    rank: int | None
    score: float | None
    scores: Mapping[str, float | None]
    firm: float | None
    outcomes: Mapping[str, str]
    organization: int | None
    post: int | None


@dataclass(frozen=True)
class Found:
    """What a search found: how many were considered and how they came out, and the persons shown of each kind."""

    considered: int
    passed: int
    open: int
    failed: int
    counts: Sequence[Count]
    eligible: Sequence[Candidate]
    waiting: Sequence[Candidate]
    near: Sequence[Candidate]
    pool: Mapping[str, float]
    shortlist: Mapping[str, float]


@transaction.atomic
def seal(
    *, post: Post, weights: Mapping[str, int], within: Organization | None, by: Account, on: date, key: str | None = None
) -> Search:
    """Fix what will order the candidates for a post, before a name is seen. Raises NotAllowed, WeightsRefused.

    weights  whole numbers by criterion; they need not make 100
    within   only who serves beneath this organization is considered; None: everybody whom `by` may see
    """
    authority.require(by, "candidates.find", over=post)
    weights = _weights(weights)
    earlier = once.earlier(key, SEALED)
    if earlier is not None:
        return Search.objects.get(entry=earlier)
    search = Search(post=post, weights=weights, within=within, on=on, sealed_by=by)
    search.save(force_insert=True)
    told = {"post": post.pk, "weights": weights, "within": within.pk if within else None}
    search.entry = entries.record(SEALED, by=by, about=search, on=on, key=key, payload=told)
    search.save(update_fields=["entry"])
    return search


def _weights(asked: Mapping[str, int]) -> dict[str, int]:
    unknown = sorted(set(asked) - set(CRITERIA))
    if unknown:
        raise WeightsRefused(
            _("There is no criterion %(name)s; there are: %(known)s.") % {"name": unknown[0], "known": ", ".join(CRITERIA)}
        )
    weights = {name: int(asked.get(name, 0)) for name in CRITERIA}
    if min(weights.values()) < 0 or max(weights.values()) > 100 or not any(weights.values()):
        raise WeightsRefused(_("Weights are whole numbers from 0 to 100, and at least one is above 0."))
    return weights


def find(search: Search, *, by: Account, shown: int = SHOWN) -> Found:
    """Who may hold the post of a sealed search, on its day, among those whom `by` may see.

    The whole of each answer rests on one scan of all articles over all persons; `reasons` explains single ones.
    Only who serves on the day is considered; whoever holds the post is left out. Shown persons are entered in the log of who looked.
    """
    authority.require(by, "candidates.find", over=search.post)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    people = fact_columns.people(search.on, within=_reach(search, by)).in_service
    held = people.about(law, search.post_id)
    sieved = fact_frames.sieve(held, articles(law, search.post, on=search.on, held=held))
    others = people.raw["post"] != search.post_id
    passed, waiting = (np.flatnonzero(flags & others) for flags in (~sieved.failed & ~sieved.waits, sieved.waits))
    scores = scored(people, passed, held, law)
    order, firm, total = _ranked(scores, search.weights)
    ranks = _places_shared(total[order])
    chosen = {"eligible": passed[order[:shown]], "waiting": waiting[:shown], "near": sieved.near(NEAR, among=others)}
    outcomes = sieved.outcomes(np.concatenate(list(chosen.values())))
    found = Found(
        int(others.sum()), len(passed), len(waiting), int((sieved.failed & others).sum()), sieved.counts,
        [
            _candidate(people, place, "pass", outcomes, ranks[rank], float(total[order[rank]]), scores[order[rank]], float(firm[rank]))
            for rank, place in enumerate(chosen["eligible"].tolist())
        ],
        [_candidate(people, place, "unknown", outcomes) for place in chosen["waiting"].tolist()],
        [_candidate(people, place, "fail", outcomes) for place in chosen["near"].tolist()],
        _shares(people, slice(None), search.on), _shares(people, chosen["eligible"], search.on),
    )  # fmt: skip
    everyone = [each.person for each in (*found.eligible, *found.waiting, *found.near)]
    looking.looked_at_candidates(search, by=by, on=search.on, persons=everyone)
    return found


def reasons(search: Search, person: int, *, by: Account) -> Verdict:
    """Why one person came out so, with what would change it; asking leaves an entry of who looked. Raises NotAllowed."""
    subject = Person(pk=person)
    authority.require(by, "person.read", over=subject)
    looking.looked_at_file(subject, by=by, on=search.on, classes=["verdict"])
    law = corpus.opened(settings.CANBO_RULEBOOK)
    return explain(law, topic=TOPIC, facts=facts.about(subject, search.post, on=search.on), on=search.on)


@dataclass(frozen=True)
class Opening:
    """A vacant post, and what the rulebook says of a person in it."""

    post: int
    row: Mapping[str, Any]
    verdict: Verdict


def openings(person: Person, *, by: Account, on: date, limit: int = 40) -> list[Opening]:
    """The vacant leading posts of the province in which a person serves, and what each lacks: open ones first.

    Cut to the reach of `by`; of the person's own file, all. Asking leaves an entry of who looked.
    Raises NotAllowed when `by` may not read the file.
    """
    authority.require(by, "person.read", over=person)
    looking.looked_at_file(person, by=by, on=on, classes=["verdict"])
    law = corpus.opened(settings.CANBO_RULEBOOK)
    near = _near(person, by, on)
    with authority.everything_in_sight():  # that a seat is held is no secret, and nothing else is told of who holds it
        places = vacancies.vacant(near, on=on, limit=limit)
    cases = facts.about_each(person, [row["post"] for row in places], on=on)
    found = [
        Opening(row["post"], row, explain(law, topic=TOPIC, facts=cases[row["post"]], on=on, changes=False)) for row in places
    ]
    order = {"pass": 0, "unknown": 1, "fail": 2}
    return sorted(found, key=lambda each: (order[each.verdict.outcome], len(each.verdict.with_outcome("fail"))))


def _near(person: Person, by: Account, on: date) -> list[int]:
    """The organizations under the top of where the person serves, as far as `by` reaches; of someone without a post, all."""
    reach = authority.reach_of(by, act="organization.read")
    around = vacancies.around(person.pk, on=on) or list(Organization.objects.values_list("pk", flat=True))
    if reach.everything or by.person_id == person.pk:
        return around
    return sorted(reach.organizations.intersection(around))


# ---- the scan


def articles(law: Corpus, post: Post, *, on: date, held: Mapping[str, fact_columns.Column]) -> list[Lowered]:
    """The articles on appointment that can touch a candidate for the post, with the facts of post and day folded in."""
    fixed = {name: fact.value for name, fact in {**facts.of_post(post, on=on), **facts.of_case(on=on)}.items()}
    return list(_lowered(law.hash, on, tuple(sorted(fixed.items())), tuple(held)))


@lru_cache(maxsize=64)
def _lowered(_hash: str, on: date, fixed: tuple[tuple[str, Any], ...], held: tuple[str, ...]) -> tuple[Lowered, ...]:
    law = corpus.opened(settings.CANBO_RULEBOOK)
    found = lower_all(law, TOPIC, on, fixed=dict(fixed), columns=list(held))
    return tuple(one for one in found if one.article.effect in ("require", "forbid") and one.applies != ir.FALSE)


def _reach(search: Search, by: Account) -> frozenset[int] | None:
    """The organizations whose people the search considers; None: all of the register."""
    reach = authority.reach_of(by, act="candidates.find")
    within = None if search.within_id is None else authority.organizations_beneath([search.within_id])
    if reach.sees_everything:
        return within
    return reach.sees if within is None else reach.sees & within


def _candidate(
    people: fact_columns.People, place: int, outcome: str, outcomes: Mapping[int, Mapping[str, str]],
    rank: int | None = None, score: float | None = None, scores: Floats | None = None, firm: float | None = None,
) -> Candidate:  # fmt: skip
    by_criterion = {} if scores is None else dict(zip(CRITERIA, scores.tolist(), strict=True))
    told = {name: None if np.isnan(value) else value for name, value in by_criterion.items()}
    organization, post = int(people.raw["organization"][place]), int(people.raw["post"][place])
    return Candidate(
        int(people.ids[place]), outcome, rank, score, told, firm, outcomes[place],
        organization if organization > 0 else None, post if post > 0 else None,
    )  # fmt: skip


# ---- the order of those who pass


def scored(people: fact_columns.People, places: Any, held: Mapping[str, fact_columns.Column], law: Corpus) -> Floats:
    """Of each person at `places`, each criterion from 0 to 100; NaN where not known. Shape (places, criteria)."""
    grades = np.stack([_number(people.raw[f"grade{year}"][places]) for year in range(3)])
    known = ~np.isnan(grades)
    mean = np.where(known.any(axis=0), np.nansum(grades, axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)
    since = people.raw["post_since"][places]
    day = (people.on - date(1970, 1, 1)).days
    months = np.where(since == fact_columns.NONE, np.nan, (day - since.astype(np.int64)) / 30.44)
    words = law.facts["case.planned"].type.values
    plan = np.array([{"this_post": 100, "equal_or_higher": 60, "other": 20}.get(word, 0) for word in words], dtype=float)
    planned = held["case.planned"]
    there = np.ones(len(places), bool) if planned.known is None else planned.known[places]
    by_name = {
        "grades": (mean - 1) / 3 * 100,
        "plan": np.where(there, plan[planned.values[places]], np.nan),
        "experience": np.clip(months / FULL_EXPERIENCE, 0, 1) * 100,
        "degree": _number(people.raw["degree"][places]) / (len(facts.DEGREES) - 1) * 100,
        "theory": _number(people.raw["theory"][places]) / (len(facts.THEORIES) - 1) * 100,
    }
    return np.stack([by_name[name] for name in CRITERIA], axis=1) if len(places) else np.zeros((0, len(CRITERIA)))


def _number(values: Any) -> Floats:
    return np.where(values < 0, np.nan, values.astype(float))


def _ranked(scores: Floats, weights: Mapping[str, int]) -> tuple[Any, Floats, Floats]:
    """The order of the scores, how firm the place of each in that order is, and the totals (by the rows of `scores`).

    A criterion that is not known does not count, neither for nor against: the others are weighted among themselves.
    Firm: the share of weights, each moved by up to a quarter at random with a fixed seed, under which the person is
    at this place or a better one.
    """
    weight = np.array([weights[name] for name in CRITERIA], dtype=float)
    total = weighted(scores, weight[None, :])[:, 0]
    order = np.argsort(-total, kind="stable")
    top = order[: 4 * SHOWN]
    moved = weight * (1 + SHAKEN * np.random.default_rng(20260101).uniform(-1, 1, (SHAKES, len(weight))))
    shaken = weighted(scores[top], moved)
    places = (-shaken).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    firm = (places <= np.arange(len(top))[:, None]).mean(axis=1) if len(top) else np.zeros(0)
    return order, firm, total


def _places_shared(totals: Floats) -> list[int]:
    """The rank of each of totals in descending order: whoever scores the same shares it."""
    return [int(rank) + 1 for rank in np.searchsorted(-np.round(totals, 6), -np.round(totals, 6), side="left")]


def weighted(scores: Floats, weights: Floats) -> Floats:
    """Totals, shape (persons, weightings)."""
    known = ~np.isnan(scores)
    share = known.astype(float) @ weights.T
    return np.nan_to_num(scores) @ weights.T / np.where(share > 0, share, 1)


def _shares(people: fact_columns.People, places: Any, on: date) -> dict[str, float]:
    """How a group is made up, in per cent of those of whom it is known: information, which changes no score."""
    sex, born = people.raw["sex"][places], people.raw["born"][places]
    young = (on.replace(year=on.year - 42, day=1) - date(1970, 1, 1)).days
    known = born != fact_columns.NONE
    return {
        "women": _percent((sex == 0).sum(), (sex >= 0).sum()),
        "under_42": _percent((born[known] > young).sum(), known.sum()),
    }


def _percent(part: Any, whole: Any) -> float:
    return 0.0 if not whole else round(100 * float(part) / float(whole), 1)
