"""How fast a figure of the law is changed for millions: every verdict that moves, by article, person and level.

    .venv/bin/python benchmarks/whatif.py [--people 2500000] [--repeat 20] [--parameter terms_as_head]

Runs on whatever world is loaded: its people are repeated until they are as many as asked. Each turn takes another
figure, as a slider does. Beside it the bare rescan of the changed articles alone, without finding who moved.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
GOAL = 25


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=2_500_000)
    asked.add_argument("--repeat", type=int, default=20)
    asked.add_argument("--parameter", default="terms_as_head")
    chosen = asked.parse_args()
    import django

    django.setup()
    from benchmarks.many import clock, repeated
    from canbo.registry import authority, fact_columns, intake
    from canbo.reports import whatif
    from canbo.rules import corpus, kernel

    law, on = corpus.opened("vn"), date.today()
    with authority.sight(intake.console()):
        few = fact_columns.people(on).in_service
        ground = whatif.Ground(repeated(few, chosen.people), law)
        table = law.parameters[chosen.parameter]
        key = next(iter(table.steps[-1].figures))  # type: ignore[union-attr]
        names, now = whatif.reading(law, chosen.parameter, on), table.lookup(on, *key)  # type: ignore[union-attr]
        other = [whatif.Change(table, on, key, now + turn).law(law) for turn in range(1, chosen.repeat + 1)]  # type: ignore[arg-type, operator]
        first = clock(lambda: whatif.ask(ground, other[0], names))
        whole, found = [], None
        for each in other:
            whole.append(clock(lambda each=each: whatif.ask(ground, each, names)))
        found = whatif.ask(ground, other[-1], names)
        lowered = list(ground.lower(other[-1], [moved.article.id for moved in found.articles]).values())
        from canbo.registry import fact_frames

        snapshot, lowering, bare = fact_frames.snapshot(ground.held, lowered), [], []
        for each in other:
            lowering.append(clock(lambda each=each: ground.lower(each, names)))
            trees = list(ground.lower(each, [moved.article.id for moved in found.articles]).values())
            bare.append(clock(lambda trees=trees: kernel.scan(trees, snapshot)))
    print(f"{len(ground.people):,} people, {chosen.parameter}[{', '.join(key)}], {len(names)} articles read it,")
    print(f"{len(lowered)} move {found.rows.size:,} people; kernel: {kernel.available()}")
    print(
        f"first question {first:.0f} ms; then {median(whole):.1f} ms in all (median of {len(whole)}), of which lowering {median(lowering):.1f} ms"
    )
    print(f"bare rescan {median(bare):.1f} ms; goal {GOAL} ms")


if __name__ == "__main__":
    main()
