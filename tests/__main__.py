"""`python -m tests`: every part of the suite as a process of its own, as many at a time as there are processors.

A register is made once and copied for each part, so parts may run beside one another; where DATABASE_URL names one server for
all, those that need it take turns. What a part printed is shown when it ends; the exit code is 1 where any part failed. Words
after the command are handed to pytest: `python -m tests -m "not soak"`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from tests.preparation import copied

#: What a part asks for, the longest first: what is long and starts last is waited for. What a part names within the folder
#: of another is that part's alone. The first needs no database: it runs while one is made for the others.
PARTS = {
    "law": ["tests/rules", "tests/test_rulebook.py"],
    "pages": ["tests/pages"],
    "procedures": ["tests/procedures"],
    "browsers": [*sorted(str(file) for file in Path("tests/pages").glob("test_*browser.py")), "tests/ballots"],
    "work": ["tests/evaluation", "tests/development", "tests/modelling"],
    "the rest": ["tests"],
    "register": ["tests/registry", "tests/reports", "tests/demo_world"],
}
WITHOUT_DATABASE = frozenset({"law"})

server = Lock()


def made(folder: Path) -> Path | None:
    """A prepared register in a folder beneath, or None where none could be made: each part makes its own then."""
    if "DATABASE_URL" in os.environ:
        return None
    home = folder / "prepared"
    home.mkdir()
    done = subprocess.run([sys.executable, "-m", "tests.preparation", str(home)])
    return home if done.returncode == 0 else None


def ran(part: str, words: list[str], prepared: Future[Path | None]) -> int:
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
    environment = {name: value for name, value in os.environ.items() if name != "CANBO_HOME"}  # each has one of its own
    home = None if part in WITHOUT_DATABASE else prepared.result()
    if home is not None:
        own = Path(tempfile.mkdtemp(prefix="canbo-tests-"))  # so named, it is removed by whoever runs in it
        if copied(home, own):
            environment["CANBO_HOME"] = str(own)
    begun = time.monotonic()
    print(f"== {part}: begun", flush=True)
    try:
        # The output is English text with letters of every script, whatever the terminal says of itself.
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        )
    finally:
        if shared:
            server.release()
    print(f"== {part}: {time.monotonic() - begun:.0f} s\n{done.stdout}", flush=True)
    return done.returncode


def main(words: list[str]) -> int:
    """Run all parts; 1 where any failed."""
    folder = Path(tempfile.mkdtemp(prefix="canbo-prepared-"))
    folder.chmod(0o711)  # the database runs without privileges where root runs the tests
    try:
        with ThreadPoolExecutor(max_workers=max(1, os.cpu_count() or 1)) as pool, ThreadPoolExecutor(max_workers=1) as beside:
            prepared = beside.submit(made, folder)
            codes = dict(zip(PARTS, pool.map(lambda part: ran(part, words, prepared), PARTS), strict=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = [part for part, code in codes.items() if code]
    print(f"Failed: {', '.join(failed)}." if failed else f"All {len(codes)} parts passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
