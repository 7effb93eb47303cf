"""The marks that the people of the story give: what the work earns, by how severe each is, and what was planted."""

from __future__ import annotations

import numpy as np

from canbo.evaluation.models import Asked, Evaluation, Round
from canbo.project.world.sides_cast import Quarter

LEADER = 80.0  # the result that a head or deputy is taken to have, whose work is not told


class Marks:
    """What everybody in a round thinks of everybody, the same however often it is told."""

    def __init__(self, quarter: Quarter, held: Round) -> None:
        self._book, self._questions = quarter.book["marks"], held.questions
        self._planted, self._chosen = quarter.book["planted"], quarter.chosen
        self._bodies = {name: quarter.bodies[told["body"]].id for name, told in self._planted.items()}
        self._results = {
            person: float(((found or {}).get("parts") or {}).get("result") or LEADER)
            for person, found in Evaluation.objects.filter(period=held.period)
            .exclude(state="cancelled")
            .values_list("person_id", "found")
        }
        star = set(self._chosen.get("star", ()))
        near = [one.rater_id for one in held.asked.filter(ratee_id__in=star, excluded="").order_by("rater_id")]
        self._know = set(near[: int(self._planted["star"]["know"])]) if "star" in self._planted else set()

    def must(self, one: Asked) -> bool:
        """Whether the story needs this answer."""
        ring = self._chosen.get("ring", ())
        return one.rater_id in self._know or (one.rater_id in ring and one.ratee_id in ring)

    def of(self, one: Asked) -> dict[str, int | None]:
        """The marks of one line: a mark for each question of its side; of whoever the rater does not know, none."""
        names = [each["name"] for each in self._questions if one.side in each["sides"]]
        if one.ratee_id in self._chosen.get("star", ()) and one.rater_id not in self._know:
            return dict.fromkeys(names)
        chance = np.random.default_rng([one.rater_id, one.ratee_id, self._book["seed"]])
        level = self._level(one)
        return {name: self._mark(level + self._book["chance"] * float(chance.standard_normal())) for name in names}

    def _mark(self, level: float) -> int:
        return int(min(5, max(1, round(level))))

    def _level(self, one: Asked) -> float:
        book = self._book
        earned = book["usual"] + book["slope"] * (self._results.get(one.ratee_id, LEADER) - LEADER)
        level = earned + book["person"] * _draw(one.ratee_id) + book["rater"] * _draw(one.rater_id)
        if one.rater_id in self._know:
            level -= self._planted["star"]["severe"]
        if one.organization_id == self._bodies.get("inflated") and "inflated" in self._planted:
            level += self._planted["inflated"]["lift"]
        ring = self._chosen.get("ring", ())
        if one.rater_id in ring and one.ratee_id in ring:
            level += self._planted["ring"]["lift"]
        if one.side == "subordinate" and one.ratee_id in self._chosen.get("weak", ()):
            level = self._planted["weak"]["led"] + book["rater"] * _draw(one.rater_id)
        return float(level)


def _draw(person: int) -> float:
    """What a person is like by him- or herself, in standard deviations."""
    return float(np.random.default_rng([person, 7]).standard_normal())


__all__ = ["Marks"]
