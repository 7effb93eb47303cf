"""All that is said of ratings, as plain values: severities, fair beside given, groups, questions with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from canbo.modelling.severity import copies, inflation, overlooked, rings
from canbo.modelling.severity.chances import RATE
from canbo.modelling.severity.copies import Copies
from canbo.modelling.severity.estimate import LEAST, Severities, State, estimate
from canbo.modelling.severity.inflation import Inflation
from canbo.modelling.severity.overlooked import Overlooked
from canbo.modelling.severity.ratings import Mistake, Ratings, RatingsRefused
from canbo.modelling.severity.rings import Ring
from canbo.modelling.severity.words import Said

Plain = dict[str, object]


@dataclass(frozen=True)
class Question:
    """Something to ask about, never a verdict: the sentence, and the evidence as plain values."""

    kind: str
    said: Said
    evidence: Plain


@dataclass(frozen=True)
class Report:
    """What was found in ratings, and what to ask about; `templates` counts texts that many use."""

    ratings: Ratings
    found: Severities
    questions: list[Question]
    templates: int
    rate: float

    def raters(self) -> list[Plain]:
        """Every rater: id, group, ratings, state, severity and its error in points (null where not known)."""
        links, found = self.found.pairs.links, self.found
        return [
            {"id": self.ratings.people[at], "group": int(links.rater_group[at]) + 1, "ratings": int(links.of_rater[at]),
             "state": str(state), "severity": _figure(found.severity[at]), "error": _figure(found.severity_error[at])}
            for at, state in enumerate(found.rater_state) if state is not None
        ]  # fmt: skip

    def ratees(self) -> list[Plain]:
        """Every ratee in every period: given beside fair, with errors; both null where fewer than the least answered."""
        links, found, pairs = self.found.pairs.links, self.found, self.found.pairs
        return [
            {"id": self.ratings.people[pairs.ratee[at]], "period": self.ratings.periods[pairs.period[at]] or None,
             "group": int(links.target_group[at]) + 1, "raters": int(links.of_target[at]), "state": str(state),
             "given": None if state is State.TOO_FEW else _figure(pairs.given[at]), "given_error": _figure(found.given_error[at]),
             "fair": _figure(found.fair[at]), "fair_error": _figure(found.fair_error[at])}
            for at, state in enumerate(found.target_state)
        ]  # fmt: skip

    def groups(self) -> list[Plain]:
        """Who can be compared with whom: raters and ratees of each group."""
        links, pairs = self.found.pairs.links, self.found.pairs
        raters: list[list[str]] = [[] for _ in range(links.groups)]
        ratees: list[set[str]] = [set() for _ in range(links.groups)]
        for at, group in enumerate(links.rater_group):
            if group >= 0:
                raters[group].append(self.ratings.people[at])
        for at, group in enumerate(links.target_group):
            ratees[group].add(self.ratings.people[pairs.ratee[at]])
        return [
            {"group": number + 1, "raters": names, "ratees": sorted(others)}
            for number, (names, others) in enumerate(zip(raters, ratees, strict=True))
        ]

    def surer(self) -> tuple[int, int]:
        """For how many ratees the fair score is surer than the given one, and of how many anything is known."""
        known = np.isfinite(self.found.fair)
        return int((self.found.fair_error[known] < self.found.given_error[known]).sum()), int(known.sum())

    def to_dict(self, language: str = "en") -> Plain:
        """The whole for `--json`; sentences in that language."""
        found = self.found
        return {
            "ratings": len(self.ratings), "scale": list(self.ratings.scale), "least": found.least, "false_alarms": self.rate,
            "noise": _figure(found.noise), "scatter": _figure(found.scatter), "reliability": _figure(found.reliability),
            "criteria": {name or "score": _figure(ease) for name, ease in zip(self.ratings.criteria, found.ease, strict=True)},
            "groups": self.groups(), "raters": self.raters(), "ratees": self.ratees(), "templates": self.templates,
            "questions": [{"kind": each.kind, "says": each.said.say(language), **each.evidence} for each in self.questions],
        }  # fmt: skip


def report(ratings: Ratings, *, least: int = LEAST, beside: Sequence[tuple[float, float]] = (), rate: float = RATE) -> Report:
    """Everything at once; `beside`: mean score and result of bodies that were rated elsewhere. Raises RatingsRefused as `estimate` does, and for a rate that is no share."""
    if not 0 < rate < 1:
        raise RatingsRefused([Mistake(0, Said("rate_unreadable", found=f"{rate:g}"))])
    found = estimate(ratings, least=least)
    hidden = np.unique(found.pairs.row[ratings.anonymous])
    alike = copies.find(ratings)
    questions = [_ring(ratings, found, each) for each in rings.find(found, left_out=hidden, rate=rate)]
    by_links = inflation.by_links(found, len(ratings.bodies), rate=rate)
    by_results = inflation.by_results(found, len(ratings.bodies), beside=beside, rate=rate)
    questions += [_inflation(ratings, each, "inflation_links") for each in by_links]
    questions += [_inflation(ratings, each, "inflation_results") for each in by_results]
    questions += [_overlooked(ratings, each) for each in overlooked.find(found, top=ratings.scale[1], rate=rate)]
    questions += [_copies(ratings, each) for each in alike if not each.stock]
    return Report(ratings, found, questions, sum(each.stock for each in alike), rate)


def _ring(ratings: Ratings, found: Severities, ring: Ring) -> Question:
    links, pairs = found.pairs.links, found.pairs
    people = [ratings.people[person] for person in ring.people]
    mutual = [
        {"rater": ratings.people[links.rater[at]], "ratee": ratings.people[pairs.ratee[links.target[at]]],
         "period": ratings.periods[pairs.period[links.target[at]]] or None, "score": _figure(pairs.value[at]),
         "expected": _figure(pairs.value[at] - beyond)}
        for at, beyond in zip(ring.pairs, ring.beyond, strict=True)
    ]  # fmt: skip
    key = "ring" if isfinite(ring.excess) else "ring_alone"
    said = Said(key, people=", ".join(people), excess=f"{ring.excess:.1f}", pairs=len(mutual))
    evidence: Plain = {
        "people": people, "excess": _figure(ring.excess), "strength": _figure(ring.strength), "false_alarms": _figure(ring.chance),
        "ratings": mutual,
    }  # fmt: skip
    return Question("ring", said, evidence)


def _inflation(ratings: Ratings, each: Inflation, kind: str) -> Question:
    body = ratings.bodies[each.body]
    said = Said(
        kind,
        body=body,
        given=f"{each.given:.1f}",
        expected=f"{each.expected:.1f}",
        error=f"{each.error:.1f}",
        result=f"{each.result:.1f}",
    )
    evidence: Plain = {
        "body": body, "given": _figure(each.given), "expected": _figure(each.expected), "error": _figure(each.error),
        "result": _figure(each.result), "false_alarms": _figure(each.chance), "ratees": each.ratees, "raters": each.raters,
    }  # fmt: skip
    return Question(kind, said, evidence)


def _overlooked(ratings: Ratings, each: Overlooked) -> Question:
    person = ratings.people[each.person]
    figures = {
        "given": each.given, "expected": each.expected, "error": each.error, "fair": each.fair, "result": each.result, "middle": each.middle,
    }  # fmt: skip
    said = Said("overlooked", person=person, **{name: f"{value:.1f}" for name, value in figures.items()})
    evidence: Plain = {"people": [person], **{name: _figure(value) for name, value in figures.items()}}
    evidence |= {"false_alarms": _figure(each.chance), "raters": each.raters, "body": ratings.bodies[each.body]}
    return Question("overlooked", said, evidence)


def _copies(ratings: Ratings, each: Copies) -> Question:
    people, where = ratings.people, each.ratings
    kind = "copies_one" if len(each.raters) == 1 else "copies_many"
    rater = people[each.raters[0]] if kind == "copies_one" else ""
    said = Said(kind, rater=rater, raters=len(each.raters), ratees=len(each.ratees))
    texts = [{"rater": people[ratings.rater[at]], "ratee": people[ratings.ratee[at]], "text": ratings.text[at]} for at in where]
    return Question(kind, said, {"likeness": _figure(each.alike), "text": each.text, "ratings": texts})


def _figure(value: float) -> float | None:
    """Rounded to four places; null where it is not known."""
    return round(float(value), 4) if isfinite(value) else None
