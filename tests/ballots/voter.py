"""A process of voters that can be killed at any moment: it writes down each ballot before casting, each receipt after.

    python -m tests.ballots.voter cast DATABASE KEYS VOTE FILE DIARY
    python -m tests.ballots.voter close DATABASE KEYS VOTE MOMENT     MOMENT: before | between | never (of dying)

`before` dies when all is written and nothing committed; `between` when it is committed and the keys are not yet destroyed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from canbo.ballots import elections, keys, votes  # noqa: E402
from canbo.ballots.refused import Refused  # noqa: E402
from tests.ballots.halls import Clerk  # noqa: E402


def told(diary: Path, **line: Any) -> None:
    with diary.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def cast(vote: int, ballots: Path, diary: Path) -> None:
    """Cast every ballot of the file that has no receipt yet, again where a kill left it open."""
    lines = [json.loads(line) for line in diary.read_text().splitlines() if line.endswith("}")] if diary.exists() else []
    done = {line["serial"] for line in lines}
    for ballot in json.loads(ballots.read_text()):
        if ballot["serial"] in done:
            continue
        try:
            receipt = elections.cast(election=vote, **ballot)
        except Refused as refusal:
            if refusal.reason != "reused":
                raise
            receipt = str(refusal).rsplit(" ", 1)[-1]
        told(diary, serial=ballot["serial"], receipt=receipt)
    told(diary, serial="", receipt="")


def die(*_arguments: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def close(vote: int, moment: str) -> None:
    if moment == "before":
        votes.forget_keys = die
    elif moment == "between":
        keys.destroy = die
    elections.close(election=vote, by=Clerk)


if __name__ == "__main__":
    what, database, folder, number, *rest = sys.argv[1:]
    connections["default"].settings_dict["NAME"] = database
    settings.CANBO_BALLOT_KEYS = folder
    keys.BITS = 1024  # as the keys of this test
    if what == "cast":
        cast(int(number), Path(rest[0]), Path(rest[1]))
    else:
        close(int(number), rest[0])
