"""kill -9 while ballots are cast and while the vote closes: a receipt that was given is in the list, each ballot once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from canbo.ballots import elections, forms
from canbo.ballots.models import Ballot, Election, Held
from canbo.journal.models import Entry
from tests.ballots import halls

KILLS, VOTERS = 4, 60


@pytest.fixture
def vote(own_register: str, quick_keys: None) -> Election:
    return halls.opened(VOTERS)


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.ballots.voter", *map(str, arguments)])


def receipts(diary: Path) -> dict[str, str]:
    if not diary.exists():
        return {}
    lines = [json.loads(line) for line in diary.read_text().splitlines() if line.endswith("}")]
    return {line["serial"]: line["receipt"] for line in lines}


def test_after_kills_every_receipt_is_in_the_list_and_every_ballot_counts_once(
    own_register: str, vote: Election, tmp_path: Path, keys_apart: Path
) -> None:
    ballots = [halls.signed(vote, 1000 + number, {"an": "yes"}) for number in range(VOTERS)]
    file, diary = tmp_path / "ballots.json", tmp_path / "diary"
    file.write_text(json.dumps(ballots))
    for kill in range(KILLS):
        voter = start("cast", own_register, keys_apart, vote.pk, file, diary)
        wanted = (kill + 1) * VOTERS // (KILLS + 2)
        deadline = time.monotonic() + 60
        while len(receipts(diary)) < wanted and voter.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        voter.kill()
        assert voter.wait() == -9, "the voters were done before they were killed"
    given = receipts(diary)
    assert 0 < len(given) < VOTERS
    assert Held.objects.count() in (len(given), len(given) + 1)  # one may have been put in and its receipt not written down
    assert start("cast", own_register, keys_apart, vote.pk, file, diary).wait() == 0
    for moment in ("before", "between"):
        assert start("close", own_register, keys_apart, vote.pk, moment).wait() == -9
        vote.refresh_from_db()
        closed = moment == "between"
        assert vote.state == ("closed" if closed else "open")
        assert (Ballot.objects.count(), Held.objects.count()) == ((VOTERS, 0) if closed else (0, VOTERS))
        assert len(list(keys_apart.iterdir())) == 3
    assert start("close", own_register, keys_apart, vote.pk, "never").wait() == 0
    assert list(keys_apart.iterdir()) == []
    assert Entry.objects.filter(act="ballot.closed").count() == 1
    given = {serial: receipt for serial, receipt in receipts(diary).items() if serial}
    assert dict(Ballot.objects.values_list("serial", "receipt")) == given and len(given) == VOTERS
    assert all(forms.receipt(bytes(vote.terms_hash), bytes.fromhex(serial)) == code for serial, code in given.items())
    assert elections.count(election=vote.pk).per_option["an"]["yes"] == VOTERS
