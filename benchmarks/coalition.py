"""How long the search for the smallest coalition of every procedure takes, reading the rulebook included.

    .venv/bin/python benchmarks/coalition.py [--rounds 5] [--write]

Beside the rulebook as it is, one made-up procedure of sixteen votes by rooms of thirty, in which every step is apart
from the one before it: nothing of its size is in the law.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from datetime import date
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results import put
from canbo.rules import procedure as law
from canbo.rules.coalition import all_of, least_votes, smallest
from canbo.rules.corpus import find
from canbo.rules.procedure import Electorate, Procedure, StepRule, Threshold, Version, VoteRule

HEADING = "Smallest coalition"
LIMIT = 60.0
_SAID = {"en": "x", "vi": "x", "fa": "x"}


def large(votes: int = 16) -> tuple[Procedure, Version, dict[str, Electorate]]:
    """A procedure of so many votes, each apart from the one before, with the four separate capacities around them."""
    rule = VoteRule("room", "one", Threshold(Fraction(1, 2), "convened", True), None, None, None, "head", ("T0",), True)
    names = ["draft", *(f"v{n}" for n in range(votes)), "verify", "sign", "publish"]
    steps = []
    for number, name in enumerate(names):
        does = {"sign": "sign", "publish": "publish"}.get(name, "vote" if name.startswith("v") and name != "verify" else "act")
        capacity = {"draft": "drafter", "verify": "verifier", "sign": "approver", "publish": "publisher"}.get(name, "chair")
        following = names[number + 1] if number + 1 < len(names) else "ended"
        good = {"vote": "through", "sign": "signed"}.get(does, "done")
        ways = {good: following, **({"none": "stopped"} if does == "vote" else {"refuse": "refused"})}
        apart = (names[number - 1],) if does == "vote" and number else ()
        steps.append(
            StepRule(name, does, _SAID, capacity, "own" if number % 2 else "manager", "", apart, (), False, (), (), None,
                     rule if does == "vote" else None, ways)
        )  # fmt: skip
    version = Version("one", date(2025, 1, 1), None, _SAID, "", "T", "kept", None, tuple(steps))
    return (
        Procedure("large", _SAID, "f", "post", "known", "fill", None, (version,)),
        version,
        {"room": Electorate("room", _SAID, "", (), 5)},
    )


def fresh() -> int:
    """Search the whole rulebook as if for the first time; how many versions there are."""
    law.opened.cache_clear()
    law.electorates.cache_clear()
    least_votes.cache_clear()
    return len(all_of(find()))


def timed(rounds: int) -> tuple[int, float, float]:
    """How many versions the rulebook has; median and longest seconds of a search over all of them."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        versions = fresh()
        took.append(time.perf_counter() - start)
    return versions, statistics.median(took), max(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    versions, median, longest = timed(asked.rounds)
    start = time.perf_counter()
    found = smallest(*large())
    alone = time.perf_counter() - start
    text = (
        f"`python benchmarks/coalition.py`, {date.today()}, Python {platform.python_version()}; {asked.rounds} rounds, reading included.\n\n"
        f"| | s |\n|---|---|\n| all {versions} versions of the rulebook, median | {median:.2f} |\n| longest round | {longest:.2f} |\n"
        f"| one of sixteen votes, each apart from the one before ({found.persons} people, {found.bodies} bodies) | {alone:.2f} |\n"
    )
    print(text)
    if asked.write:
        put(HEADING, text)
    if longest > LIMIT:
        sys.exit(f"too slow: {longest:.1f} s; the limit is {LIMIT:.0f} s")


if __name__ == "__main__":
    main()
