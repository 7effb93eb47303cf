"""Where benchmarks keep their figures: each has a section of its own in RESULTS.md, and touches no other."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")


def put(title: str, text: str) -> None:
    """Put `text` under the heading `title`, in the place of an earlier run."""
    whole = FILE.read_text(encoding="utf-8") if FILE.exists() else "# Results\n"
    own = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    mine = f"## {title}\n\n{text.strip()}\n\n"
    after = own.sub(lambda _: mine, whole) if own.search(whole) else f"{whole.rstrip()}\n\n{mine}"
    FILE.write_text(after.rstrip() + "\n", encoding="utf-8")
