"""How fast one case is explained: the verdict with the value of every node of every article's tree.

    python benchmarks/rules_explain.py [--people 500] [--rounds 5] [--write]

The twelve articles of benchmarks/rulebook, and two hundred copies of them, on made-up people who all hold leading posts
(so that nearly every article applies) and of whom three facts in a hundred are unknown. Each person is asked about once
in a round; the ways take turns, in one process, and must give the same answers.

explain       what pages and commands call: facts checked, outcome, and the value of every node of the trees that apply
whole trees   explain, and the values of the trees of articles whose scope does not hold
node by node  the same by the reader of single nodes, which says what each operation means
cel           cel-expr-python, the C++ engine of CEL: one compiled expression an article, steps inlined, facts made ready
              beforehand; it answers yes, no or error, without a tree
openfisca     openfisca-core with its tracer, one person, the same twelve articles (two-valued), with --openfisca: in a process and
              an environment of its own (it is under the AGPL), so that its turns are not among the others'
reasons       explain, and every reason in words in one language
json          explain, and everything that is kept of a verdict: texts in three languages, trees, parameters, sources

`--write` puts the figures into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from canbo.rules import corpus as rulebooks
from canbo.rules.corpus import Corpus
from canbo.rules.dates import complete_months
from canbo.rules.explain import Verdict, explain
from canbo.rules.kleene import Scene, Working
from canbo.rules.params import AgeReached
from canbo.rules.schema import Fact, FactSpec
from canbo.rules.syntax import Node, inline, show

HERE = Path(__file__).resolve().parent
ON = date(2026, 7, 1)
TOPIC = "holding"
UNKNOWN_SHARE = 0.03
TARGETS = {12: 50.0, 200: 1000.0}  # microseconds, median
Case = dict[str, Fact]
Ways = dict[str, Callable[[int], Any]]


# ---- the articles and the people


def copies(law: Corpus, number: int) -> Corpus:
    """The rulebook with `number` articles: the twelve over and over, each under a name of its own."""
    own = list(law.articles.values())
    named = [replace(own[n % len(own)], id=f"{own[n % len(own)].id}/{n}") for n in range(number)]
    return replace(law, articles={article.id: article for article in named})


def invented(law: Corpus, people: int, seed: int = 1) -> list[Case]:
    """Cases of leaders: every fact of the catalogue, each unknown in three cases of a hundred."""
    dice = random.Random(seed)
    return [
        {
            name: Fact(None if dice.random() < UNKNOWN_SHARE else value(spec, dice), "benchmark")
            for name, spec in law.facts.items()
        }
        for _ in range(people)
    ]


def value(spec: FactSpec, dice: random.Random) -> Any:
    match spec.type.kind:
        case "bool":
            return dice.random() < 0.5
        case "enum":
            return dice.choice([word for word in spec.type.values if word != "specialist"])
        case "list":
            return tuple(dice.choice(spec.type.values) for _ in range(spec.length))
        case "int":
            assert isinstance(spec.low, int) and isinstance(spec.high, int)
            return dice.randint(spec.low, spec.high)
    if spec.name == "case.asked_on":
        return ON
    first, last = (date(1966, 1, 1), date(2004, 1, 1)) if spec.name == "person.born" else (date(2012, 1, 1), ON)
    return first + timedelta(days=dice.randint(0, (last - first).days))


# ---- the other ways


def reading(law: Corpus, cases: list[Case]) -> Callable[[int], Any]:
    articles = law.in_force(ON, TOPIC)

    def run(number: int) -> Any:
        scene = Scene(law, cases[number], ON)
        found = []
        for article in articles:
            working = Working(scene, {name: step.node for name, step in article.steps.items()})
            scope = working.evaluate(article.scope) if article.scope else None
            found.append((scope, working.evaluate(article.condition)))
        return found

    return run


def cel_engine(law: Corpus, cases: list[Case]) -> Callable[[int], Any] | None:
    """Every article as one CEL expression: out of scope, or the condition is kept. Dates are day numbers."""
    try:
        from cel_expr_python import cel
    except ImportError:
        return None
    env = cel.NewEnv(
        variables=dict.fromkeys(rooms(law), cel.Type.Map(cel.Type.STRING, cel.Type.DYN)), extensions=[functions(cel, law)]
    )
    compiled = []
    for article in law.in_force(ON, TOPIC):
        steps = {name: step.node for name, step in article.steps.items()}
        scope, condition = (
            show(in_cel(inline(node, steps), law)) for node in (article.scope or Node("bool", (), True), article.condition)
        )
        kept = f"!({condition})" if article.effect == "forbid" else f"({condition})"
        compiled.append(env.compile(f"!({scope}) || {kept}"))
    ready = [as_cel(case) for case in cases]

    def run(number: int) -> list[bool | None]:
        answers = [expression.eval(data=ready[number]) for expression in compiled]
        return [bool(answer.value()) if answer.type().name() == "BOOL" else None for answer in answers]

    return run


def rooms(law: Corpus) -> list[str]:
    return sorted({name.split(".")[0] for name in law.facts})


def as_cel(case: Case) -> dict[str, dict[str, Any]]:
    """A fact that is unknown is not there: to CEL an error, which && and || absorb as unknown is absorbed here."""
    found: dict[str, dict[str, Any]] = {name.split(".")[0]: {} for name in case}
    for name, fact in case.items():
        room, _, key = name.partition(".")
        if fact.value is not None:
            given = fact.value
            found[room][key] = (
                given.toordinal() if isinstance(given, date) else list(given) if isinstance(given, tuple) else given
            )
    return found


def in_cel(node: Node, law: Corpus) -> Node:
    """The tree in words that CEL knows: days as numbers, parameters as figures, tables as maps or functions."""
    args = tuple(in_cel(below, law) for below in node.args)
    if node.op == "date":
        assert isinstance(node.value, date)
        return Node("int", (), node.value.toordinal())
    if node.op != "param":
        return Node(node.op, args, node.value)
    item = law.parameters[str(node.value)]
    if isinstance(item, AgeReached):
        return Node("fact", (), f"{node.value}({', '.join(map(show, args))})")
    keys = list(item.keys.values())
    if not keys:
        return Node("int", (), int(item.lookup(ON)))  # type: ignore[arg-type]
    return Node("fact", (), literal(item, keys, ()) + "".join(f"[{show(arg)}]" for arg in args))


def literal(item: Any, keys: list[Any], found: tuple[str, ...]) -> str:
    """A table as a map of CEL, a map in a map where it has two keys."""
    if len(found) == len(keys):
        return str(item.lookup(ON, *found))
    inner = ", ".join(f"'{word}': {literal(item, keys, (*found, word))}" for word in keys[len(found)].values)
    return f"{{{inner}}}"


def functions(cel: Any, law: Corpus) -> Any:
    def declared(name: str, kinds: list[Any], run: Any) -> Any:
        return cel.FunctionDecl(name, [cel.Overload(id=f"{name}_1", return_type=cel.Type.INT, parameters=kinds, impl=run)])

    def months(start: int, end: int) -> int:
        return complete_months(date.fromordinal(start), date.fromordinal(end))

    def derived(item: AgeReached) -> Callable[[str, int], int]:
        def run(sex: str, born: int) -> int:
            figure = item.resolve(sex, date.fromordinal(born)).figure
            return figure.toordinal() if isinstance(figure, date) else int(figure)

        return run

    number, text = cel.Type.INT, cel.Type.STRING
    known = [
        declared("months_since", [number], lambda day: months(day, ON.toordinal())),
        declared("years_since", [number], lambda day: int(months(day, ON.toordinal()) / 12)),
        declared("months_between", [number, number], months),
    ]
    known += [
        declared(item.name, [text, number], derived(item)) for item in law.parameters.values() if isinstance(item, AgeReached)
    ]
    return cel.CelExtension("canbo", known)


TRACED = """
import statistics, sys, time
sys.path.insert(0, sys.argv[2])
import twin
simulation = twin.made()
simulation.trace = True
taken = []
for _ in range(300):
    for formula in twin.ARTICLES:
        simulation.delete_arrays(f"article_{formula.__name__}")
    simulation.tracer = type(simulation.tracer)()
    start = time.perf_counter()
    for formula in twin.ARTICLES:
        simulation.calculate(f"article_{formula.__name__}", twin.PERIOD)
    taken.append((time.perf_counter() - start) * 1e6)
print(*taken)
"""


def traced_openfisca(law: Corpus) -> list[float]:
    """Microseconds of openfisca-core for one person, its tracer keeping the tree of what was calculated."""
    import rules_people
    import rules_scan

    with TemporaryDirectory() as folder:
        twin = rules_scan.OpenFisca(rules_people.invent(1), law, Path(folder))
        twin.close()
        python = rules_scan._environment()
        told = subprocess.run([python, "-c", TRACED, folder, HERE / "openfisca"], capture_output=True, text=True, check=True)
    return [float(word) for word in told.stdout.split()]


# ---- measuring


def ways(law: Corpus, cases: list[Case]) -> Ways:
    def ask(number: int) -> Verdict:
        return explain(law, topic=TOPIC, facts=cases[number], on=ON, changes=False)

    found: Ways = {
        "explain": ask,
        "whole trees": lambda number: [article.ruling.whole() for article in ask(number).articles],
        "node by node": reading(law, cases),
    }
    cel = cel_engine(law, cases)
    if cel is not None:
        found["cel"] = cel
    found["reasons"] = lambda number: [article.reason("vi") for article in ask(number).articles]
    found["json"] = lambda number: json.dumps(ask(number).to_dict())
    return found


def agree(found: Ways, people: int) -> int:
    """How many articles of how many people were compared; raises where a way answers otherwise."""
    compared = 0
    for number in range(people):
        outcomes = [article.outcome for article in found["explain"](number).articles]
        for mine, theirs in zip(outcomes, found["cel"](number) if "cel" in found else (), strict=False):
            expected = {"pass": True, "not_applicable": True, "fail": False}.get(mine)
            if theirs is not expected:
                raise SystemExit(f"person {number}: explain says {mine}, cel says {theirs}")
            compared += 1
    return compared


def measure(found: Ways, people: int, rounds: int) -> dict[str, list[float]]:
    """Microseconds of each case by each way; the ways take turns round by round."""
    taken: dict[str, list[float]] = {name: [] for name in found}
    slow = {"json", "reasons"}
    for _ in range(rounds):
        for name, run in found.items():
            gc.collect()
            for number in range(people // 10 if name in slow else people):
                begun = time.perf_counter_ns()
                run(number)
                taken[name].append((time.perf_counter_ns() - begun) / 1000)
    return taken


def lines(number: int, taken: Mapping[str, list[float]], first: float) -> list[str]:
    base = statistics.median(taken["explain"])
    rows = [f"| {number} articles | p50 µs | p99 µs | p50 to explain |", "|---|---|---|---|"]
    for name, times in taken.items():
        p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
        bold = "**" if name == "explain" else ""
        rows.append(f"| {bold}{name}{bold} | {bold}{p50:,.1f}{bold} | {p99:,.1f} | {p50 / base:,.2f} |")
    word = "met" if base <= TARGETS[number] else "MISSED"
    rows += ["", f"Target p50 {TARGETS[number]:,.0f} µs: {word}. First case of all, articles compiled: {first:,.1f} ms.", ""]
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=500)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--openfisca", action="store_true")
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    law = rulebooks.load(HERE / "rulebook")
    load = os.getloadavg()[0]
    text = ["## Rules: explain", "", "`python benchmarks/rules_explain.py`", ""]
    body: list[str] = []
    for number in TARGETS:
        book = copies(law, number)
        cases = invented(book, asked.people)
        begun = time.perf_counter()
        explain(book, topic=TOPIC, facts=cases[0], on=ON, changes=False)
        first = (time.perf_counter() - begun) * 1000
        found = ways(book, cases)
        compared = agree(found, asked.people)
        people = asked.people if number == 12 else max(20, asked.people // 5)
        taken = measure(found, people, asked.rounds)
        if asked.openfisca and number == 12:
            taken["openfisca"] = traced_openfisca(law)
        body += lines(number, taken, first)
        body += (
            [f"{compared:,} answers compared with cel, all equal.", ""] if compared else ["cel-expr-python is not installed.", ""]
        )
    day = f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text += [f"{day}, load average {load:.1f} and {os.getloadavg()[0]:.1f} before and after.", "", *body]
    print("\n".join(text))
    if asked.write:
        write("\n".join(text).rstrip() + "\n")


def write(section: str) -> None:
    """Put the section into RESULTS.md in place of the one before."""
    file = HERE / "RESULTS.md"
    whole = re.sub(r"(?ms)^## Rules: explain\n.*?(?=^## |\Z)", "", file.read_text(encoding="utf-8")).rstrip()
    file.write_text(f"{whole}\n\n{section}", encoding="utf-8")


if __name__ == "__main__":
    main()
