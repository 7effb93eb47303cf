"""`python -m tests`: every part of the suite as a process of its own, as many at a time as there are processors.

A part has a database of its own, so parts may run beside one another; where DATABASE_URL names one server for all, those
that need it take turns. What a part printed is shown when it ends; the exit code is 1 where any part failed. Words after
the command are handed to pytest: `python -m tests -m "not soak"`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

#: What a part asks for, the longest first: what is long and starts last is waited for. What a part names within the folder
#: of another is that part's alone.
PARTS = {
    "the rest": ["tests"],
    "pages": ["tests/pages"],
    "browsers": [*sorted(str(file) for file in Path("tests/pages").glob("test_*browser.py")), "tests/ballots"],
    "procedures": ["tests/procedures"],
    "law": ["tests/rules", "tests/test_rulebook.py"],
}
WITHOUT_DATABASE = frozenset({"law"})

server = Lock()


def ran(part: str, words: list[str]) -> int:
    """Run one part and show what it said; pytest's exit code."""
    others = [
        place for name, places in PARTS.items() if name != part
        for place in places if any(Path(own) in Path(place).parents for own in PARTS[part])
    ]  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--durations=5",
        *words,
        *PARTS[part],
        *(f"--ignore={place}" for place in others),
    ]
    shared = "DATABASE_URL" in os.environ and part not in WITHOUT_DATABASE
    if shared:
        server.acquire()
    own_home = {name: value for name, value in os.environ.items() if name != "CANBO_HOME"}  # each makes one of its own
    begun = time.monotonic()
    print(f"== {part}: begun", flush=True)
    try:
        # The output is English text with letters of every script, whatever the terminal says of itself.
        done = subprocess.run(
            command, env=own_home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        )
    finally:
        if shared:
            server.release()
    print(f"== {part}: {time.monotonic() - begun:.0f} s\n{done.stdout}", flush=True)
    return done.returncode


def main(words: list[str]) -> int:
    """Run all parts; 1 where any failed."""
    with ThreadPoolExecutor(max_workers=max(1, os.cpu_count() or 1)) as pool:
        codes = dict(zip(PARTS, pool.map(lambda part: ran(part, words), PARTS), strict=True))
    failed = [part for part, code in codes.items() if code]
    print(f"Failed: {', '.join(failed)}." if failed else f"All {len(codes)} parts passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
