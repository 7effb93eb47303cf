"""Proofs that are kept: a rulebook is proved once for each content, in a process of its own, and read from then on.

    state = proofs.state(corpus, folder)     "proved", "running" or "failed", or "none": nobody has begun
    proofs.begin(corpus, folder)             starts the proving, unless it runs or is done
    proof = proofs.kept(corpus, folder)      what `Proof.to_dict` said

Proving takes seconds to minutes and the whole of a processor, so it never runs inside a server: it is a child that
writes `<hash>.json` beside the others and goes. Acceptances are not part of the content: whoever shows a finding asks
`accepted_on` whether somebody answers for it on that day.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from canbo.rules.corpus import Corpus, laid_over, read
from canbo.rules.findings import Acceptance, Finding, accepted, load_acceptances

# After so many seconds a proof that says it is running is taken to have been stopped.
GIVEN_UP = 1800


def state(corpus: Corpus, folder: Path) -> str:
    """proved, running, failed or none."""
    names = _names(corpus, folder)
    if names["proved"].is_file():
        return "proved"
    try:
        began = names["running"].stat().st_mtime
    except FileNotFoundError:
        return "failed" if names["failed"].is_file() else "none"
    return "running" if time.time() - began < GIVEN_UP else "none"


def begin(corpus: Corpus, folder: Path) -> None:
    """Start proving in a child process, once: of two who ask at the same moment one starts it."""
    if state(corpus, folder) != "none":
        return
    names = _names(corpus, folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if names["running"].is_file():
        names["running"].unlink(missing_ok=True)
    try:
        os.close(os.open(names["running"], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    command = [sys.executable, "-m", "canbo.rules.proofs", str(corpus.path), str(folder)]
    if corpus.over is not None:  # exactly the own articles that decide here
        texts = [hashlib.sha256(file.read_bytes()).hexdigest() for file in corpus.own.values()]
        command += [str(corpus.over), *texts]
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kept(corpus: Corpus, folder: Path) -> dict[str, Any] | None:
    """The proof of exactly this rulebook; None where there is none yet."""
    try:
        found: dict[str, Any] = json.loads(_names(corpus, folder)["proved"].read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return found


def trouble(corpus: Corpus, folder: Path) -> str:
    """Why proving failed, in the prover's own words; empty where it did not."""
    try:
        return _names(corpus, folder)["failed"].read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def accepted_on(corpus: Corpus, finding: Mapping[str, Any], today: date) -> Acceptance | None:
    """Who answers for a kept finding on a day, if somebody does."""
    asked = Finding(finding["kind"], tuple(finding["articles"]), finding["topic"], date.fromisoformat(finding["on"]))
    return accepted(replace(asked, hash=finding["hash"]), load_acceptances(corpus), today)


def prove_and_keep(corpus: Corpus, folder: Path) -> None:
    """Prove and write; what goes wrong is written in place of the proof, so that nobody waits for it."""
    names = _names(corpus, folder)
    try:
        from canbo.rules.prove import prove

        told = json.dumps(prove(corpus).to_dict(), ensure_ascii=False)
        fresh = names["proved"].with_suffix(f".{os.getpid()}")
        fresh.write_text(told, encoding="utf-8")
        fresh.replace(names["proved"])
        names["failed"].unlink(missing_ok=True)
    except Exception as wrong:  # whatever it was, the reader must be told rather than wait
        names["failed"].write_text(f"{type(wrong).__name__}: {wrong}"[:2000], encoding="utf-8")
    finally:
        names["running"].unlink(missing_ok=True)


def _names(corpus: Corpus, folder: Path) -> dict[str, Path]:
    return {
        "proved": folder / f"{corpus.hash}.json",
        "running": folder / f"{corpus.hash}.running",
        "failed": folder / f"{corpus.hash}.failed",
    }


if __name__ == "__main__":
    law = read(Path(sys.argv[1]))
    if len(sys.argv) > 3:
        law = laid_over(law, Path(sys.argv[3]), sys.argv[4:])
    prove_and_keep(law, Path(sys.argv[2]))
