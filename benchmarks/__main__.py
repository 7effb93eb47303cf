"""`python benchmarks [WORD …]`: every benchmark, or those whose names begin so; what each said, how long it took, which failed.

Some ask whatever world is loaded. Where the register (CANBO_HOME) holds nobody, the usual demo world is loaded first; for the
figures of a whole country load one before: `canbo world --people 2500000`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
RUNS = '__name__ == "__main__"'  # what a benchmark has, and a module that several share has not
EMPTY = """
from canbo.project.cli import prepare
prepare()
from canbo.registry import authority, intake
from canbo.registry.models import Person
with authority.sight(intake.console()):
    raise SystemExit(0 if Person.objects.exists() else 9)
"""


def furnished() -> None:
    """See to it that the register has its tables and holds people."""
    canbo = [sys.executable, "-m", "canbo.project.cli"]
    subprocess.run([*canbo, "setup"], check=True)
    held = subprocess.run([sys.executable, "-c", EMPTY], check=False).returncode
    if held == 9:
        subprocess.run([*canbo, "world"], check=True)
    elif held:
        raise SystemExit("The register cannot be read; see above.")


def main(words: list[str]) -> int:
    """Run all, or those whose names begin with one of the words; 1 where one failed."""
    furnished()
    failed: list[str] = []
    for file in sorted(HERE.glob("[a-z]*.py")):
        if RUNS not in file.read_text(encoding="utf-8") or (words and not file.name.startswith(tuple(words))):
            continue
        print(f"== {file.name}", flush=True)
        begun = time.monotonic()
        if subprocess.run([sys.executable, str(file)], check=False).returncode:
            failed.append(file.name)
        print(f"== {file.name}: {time.monotonic() - begun:.0f} s", flush=True)
    print(f"Failed: {', '.join(failed)}." if failed else "All ran.")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
