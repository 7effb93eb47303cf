"""The twelve articles of benchmarks/rulebook for openfisca-core, by hand, on the arrays of a folder. Not part of canbo.

    python twin.py FOLDER

Reads FOLDER/<column>.npy and the tables that the articles look things up in, answers each line of its input: `run`
works all articles out once and prints the seconds; `save` writes FOLDER/answer-<article>.npy. Two-valued: openfisca has
no unknown, so what is not known comes in as 0. Written to be fast: tables are arrays, dates whole numbers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import ETERNITY
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2026-07"
TITLES = [
    "secretary",
    "deputy_secretary",
    "chair",
    "vice_chair",
    "inspection_head",
    "chief_inspector",
    "department_director",
    "department_deputy",
    "head",
    "deputy",
    "specialist",
]
FOLDER = Path(sys.argv[1])
TOLD = json.loads((FOLDER / "told.json").read_text())
TABLES = {name: np.load(FOLDER / f"table-{name}.npy") for name in TOLD["tables"]}
Person = build_entity(key="person", plural="people", label="person", is_person=True)


def title(person, *words):
    found = person("title", PERIOD)
    whole = found == TITLES.index(words[0])
    for word in words[1:]:
        whole = whole | (found == TITLES.index(word))
    return whole


def leads(person):
    return person("title", PERIOD) != TITLES.index("specialist")


def retired(person, period):
    return TABLES["not_retired"][person("sex", period), person("born_month", period) - TOLD["first_month"]]


def term_left(person, period):
    left = TABLES["months_left"][person("sex", period), person("born_month", period) - TOLD["first_month"]]
    return ~leads(person) | (left >= TOLD["term"])


def first_age(person, period):
    return ~leads(person) | (person("born_lo", period) > TABLES["too_old_born"][person("sex", period), person("level", period)])


def not_local(person, period):
    asked = title(person, "secretary", "chair", "inspection_head", "chief_inspector")
    return ~asked | (person("native_area", period) != person("area", period))


def years_in_post(person, period):
    asked = leads(person) & (person("level", period) != 0)
    return ~asked | (person("post_since_lo", period) >= TOLD["longest_since"])


def degree(person, period):
    found = person("degree", period)
    return (found >= 2) | (person("minority", period) & (person("level", period) == 2) & (found == 1))


def theory(person, period):
    found = person("theory", period)
    high = (person("level", period) <= 1) & title(person, "secretary", "chair", "department_director")
    return ~leads(person) | (found == 3) | ((found == 2) & ~high)


def training(person, period):
    return ~title(person, "department_director", "department_deputy", "head", "deputy") | person("trained", period)


def discipline(person, period):
    found = person("discipline", period)
    return ~leads(person) | (found == 0) | (person("discipline_on_lo", period) <= TABLES["discipline_until"][found])


def grades(person, period):
    one, two, three = (person(f"grades_{year}", period) for year in range(3))
    return ~leads(person) | ((one <= 1) & (two <= 1) & (three != 3))


def planned(person, period):
    return ~leads(person) | person("planned", period)


def deputies(person, period):
    asked = title(person, "deputy_secretary", "vice_chair", "department_deputy", "deputy")
    return ~asked | (person("deputies_now", period) <= TABLES["deputies_cap"][person("level", period)])


ARTICLES = (
    retired,
    term_left,
    first_age,
    not_local,
    years_in_post,
    degree,
    theory,
    training,
    discipline,
    grades,
    planned,
    deputies,
)


def variable(name, kind, formula=None):
    body = {"value_type": kind, "entity": Person, "definition_period": ETERNITY, "label": name}
    if formula is not None:
        body["formula"] = lambda person, period, parameters=None: formula(person, period)
    return type(name, (Variable,), body)


def made():
    system = TaxBenefitSystem([Person])
    for name in TOLD["columns"]:
        system.add_variable(variable(name, bool if np.load(FOLDER / f"{name}.npy", mmap_mode="r").dtype == bool else int))
    for formula in ARTICLES:
        system.add_variable(variable(f"article_{formula.__name__}", bool, formula))
    simulation = SimulationBuilder().build_default_simulation(system, TOLD["people"])
    for name in TOLD["columns"]:
        simulation.set_input(name, PERIOD, np.load(FOLDER / f"{name}.npy"))
    return simulation


def main():
    simulation, answers = made(), {}
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "run":
            for formula in ARTICLES:
                simulation.delete_arrays(f"article_{formula.__name__}")
            start = time.perf_counter()
            for formula in ARTICLES:
                answers[formula.__name__] = simulation.calculate(f"article_{formula.__name__}", PERIOD)
            print(time.perf_counter() - start, flush=True)
        elif line.strip() == "save":
            for name, answer in answers.items():
                np.save(FOLDER / f"answer-{name}.npy", answer)
            print("saved", flush=True)


if __name__ == "__main__":
    main()
