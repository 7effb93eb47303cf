"""Forged, replayed and stuffed ballots: none gets in, by whichever way it was made. And what counts agrees with a second count."""

from __future__ import annotations

import copy
import json
import random
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.ballots import blind, device, elections, forms, keys, recount
from canbo.ballots.models import Election, Held
from canbo.ballots.refused import Refused
from tests.ballots import halls
from tests.ballots.halls import FRONT, OFFICE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_keys")]

Ballot = dict[str, Any]


def moduli(vote: Election) -> dict[str, int]:
    return {str(issuer["body"]): int(issuer["n"], 16) for issuer in halls.terms(vote)["issuers"]}


def forgeries(vote: Election, real: list[Ballot], other: Ballot, chance: random.Random) -> Iterator[tuple[str, Ballot]]:
    """Without end: a way of forging, and a ballot made so."""
    n = moduli(vote)
    own = {body: keys.draw() for body in n}

    def some() -> Ballot:
        return copy.deepcopy(chance.choice(real))

    def drawn() -> Ballot:
        return {
            "serial": secrets.token_hex(32),
            "choice": {"an": "yes"},
            "signatures": {b: f"{chance.randrange(m):0{len(f'{m:x}')}x}" for b, m in n.items()},
        }

    def self_signed() -> Ballot:
        mine = device.Vote(halls.terms(vote), {"an": "yes"})
        found = {}
        for body, private in own.items():
            number = int.from_bytes(device.encode(mine.message, private.n.bit_length() - 1, secrets.token_bytes(48)))
            found[body] = f"{blind.sign(private, number):0{len(f'{n[body]:x}')}x}"[: len(f"{n[body]:x}")]
        return {"serial": mine.serial.hex(), "choice": mine.choice, "signatures": found}

    def multiplied() -> Ballot:
        """Signatures multiply: the product signs the product of the encodings, which is an encoding of nothing."""
        one, two = some(), some()
        one["serial"] = secrets.token_hex(32)
        one["signatures"] = {
            b: f"{int(one['signatures'][b], 16) * int(two['signatures'][b], 16) % m:0{len(f'{m:x}')}x}" for b, m in n.items()
        }
        return one

    def flipped() -> Ballot:
        one = some()
        where = chance.choice(["serial", str(OFFICE), str(FRONT)])
        text = one["serial"] if where == "serial" else one["signatures"][where]
        at = chance.randrange(len(text))
        text = text[:at] + f"{int(text[at], 16) ^ chance.randrange(1, 16):x}" + text[at + 1 :]
        if where == "serial":
            one["serial"] = text
        else:
            one["signatures"][where] = text
        return one

    def larger() -> Ballot:
        """The same signature plus its modulus: the same number, another text."""
        one = some()
        body = chance.choice(list(n))
        length = len(one["signatures"][body])
        one["signatures"][body] = f"{int(one['signatures'][body], 16) + n[body]:0{length}x}"
        one["serial"] = one["serial"].upper() if chance.random() < 0.5 else one["serial"]
        return one

    ways: dict[str, Callable[[], Ballot]] = {
        "drawn at random": drawn,
        "signed with keys of one's own": self_signed,
        "multiplied": multiplied,
        "one digit flipped": flipped,
        "a modulus added": larger,
        "another choice": lambda: {**some(), "choice": {"chi": "yes"}},
        "another serial": lambda: {**some(), "serial": secrets.token_hex(32)},
        "replayed": some,
        "replayed in capitals": lambda: (one := some()) | {"serial": one["serial"].upper()},
        "of another vote": lambda: copy.deepcopy(other),
        "signatures exchanged": lambda: (one := some()) | {"signatures": dict(zip(n, reversed(one["signatures"].values()), strict=True))},
        "signatures of two ballots": lambda: some() | {"signatures": {str(OFFICE): some()["signatures"][str(OFFICE)], str(FRONT): secrets.token_hex(128)}},
        "one signature": lambda: (one := some()) | {"signatures": {str(OFFICE): one["signatures"][str(OFFICE)]}},
        "three signatures": lambda: (one := some()) | {"signatures": one["signatures"] | {"9": one["signatures"][str(OFFICE)]}},
        "zero": lambda: some() | {"signatures": {b: "0" * len(f"{m:x}") for b, m in n.items()}},
        "one": lambda: some() | {"signatures": {b: "1".zfill(len(f"{m:x}")) for b, m in n.items()}},
        "not a ballot": lambda: {"serial": chance.choice([None, 5, "", "zz" * 32, [], "é" * 64]), "choice": {}, "signatures": chance.choice([None, [], "x", {}])},
    }  # fmt: skip
    while True:
        name = chance.choice(list(ways))
        yield name, ways[name]()


def attacked(times: int, seed: int) -> None:
    """Try so many forgeries on a vote that holds ten real ballots; not one may be let in."""
    vote, elsewhere = halls.opened(12), halls.opened(1)
    real = [halls.signed(vote, 1000 + number, {"an": "yes"}) for number in range(10)]
    for ballot in real:
        elections.cast(election=vote.pk, **ballot)
    other = halls.signed(elsewhere, 1000, {"an": "yes"})
    forged = forgeries(vote, real, other, random.Random(seed))
    accepted: list[str] = []
    tried: set[str] = set()
    for _number in range(times):
        name, ballot = next(forged)
        tried.add(name)
        try:
            elections.cast(election=vote.pk, **ballot)
            accepted.append(name)
        except Refused as refusal:
            assert refusal.reason in {"forged", "unreadable", "reused", "choice"}
    assert accepted == [] and len(tried) == 17
    assert Held.objects.filter(election=vote).count() == 10


def test_of_a_thousand_forged_replayed_or_stuffed_ballots_none_is_accepted() -> None:
    attacked(1_000, seed=1)


@pytest.mark.soak
def test_of_ten_thousand_forged_replayed_or_stuffed_ballots_none_is_accepted() -> None:
    attacked(10_000, seed=2)


@pytest.mark.soak
def test_of_ten_thousand_forgeries_on_keys_of_full_length_none_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BITS", 3072)
    attacked(10_000, seed=3)


# --- signatures, said by three -------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.binary(max_size=200), fault=st.integers(min_value=0, max_value=4095))
def test_library_and_integers_agree_on_signatures_and_on_what_is_none(message: bytes, fault: int) -> None:
    private = keys.draw()
    n, length = private.n, device.octets(private.n)
    number = int.from_bytes(device.encode(message, n.bit_length() - 1, secrets.token_bytes(48)))
    good = blind.sign(private, number).to_bytes(length)
    assert blind.verifies(n, good, message) and recount.verify(message, good, n, keys.EXPONENT)
    spoilt = bytearray(good)
    spoilt[fault % length] ^= 1 << fault % 8
    for text, signature in ((message, bytes(spoilt)), (message + b"!", good), (message, good[1:]), (message, b"\x00" + good)):
        assert not blind.verifies(n, signature, text)
        assert not recount.verify(text, signature, n, keys.EXPONENT)


def test_a_signature_whose_leading_zero_was_left_out_is_none() -> None:
    private = keys.draw()
    length = device.octets(private.n)
    while True:  # one in 256 begins with a zero
        number = int.from_bytes(device.encode(b"m", private.n.bit_length() - 1, secrets.token_bytes(48)))
        good = blind.sign(private, number).to_bytes(length)
        if good[0] == 0:
            break
    assert blind.verifies(private.n, good, b"m") and recount.verify(b"m", good, private.n, keys.EXPONENT)
    assert not blind.verifies(private.n, good[1:], b"m") and not recount.verify(b"m", good[1:], private.n, keys.EXPONENT)


def test_a_signature_with_another_length_of_salt_is_none() -> None:
    private = keys.draw()
    for salt in (0, 32, 47):
        number = int.from_bytes(device.encode(b"m", private.n.bit_length() - 1, secrets.token_bytes(salt)))
        signature = blind.sign(private, number).to_bytes(device.octets(private.n))
        assert not blind.verifies(private.n, signature, b"m")
        assert not recount.verify(b"m", signature, private.n, keys.EXPONENT)


def test_an_issuer_that_signs_something_else_is_found_out_by_the_device() -> None:
    vote = halls.opened(1)
    mine = device.Vote(halls.terms(vote), {"an": "yes"})
    mine.blinded(OFFICE)
    with pytest.raises(ValueError, match="no signature"):
        mine.finish(OFFICE, secrets.token_bytes(128))


# --- the second count ----------------------------------------------------------------------------------------------


@pytest.fixture
def published() -> dict[str, Any]:
    vote = halls.opened(4)
    for voter, choice in enumerate(({"an": "yes"}, {"an": "yes"}, {"binh": "yes"}, {})):
        halls.voted(vote, 1000 + voter, choice)
    elections.close(election=vote.pk, by=halls.Clerk)
    found: dict[str, Any] = json.loads(elections.ballots_file(election=vote.pk))
    return found


def failing(file: Any) -> set[str]:
    answer = recount.recount(file, least_bits=1024)
    assert not answer["ok"]
    return {check["check"] for check in answer["checks"] if not check["ok"]}


def test_whatever_is_changed_in_the_published_file_fails_a_check(published: dict[str, Any]) -> None:
    assert recount.recount(published, least_bits=1024)["ok"]

    def changed(change: Callable[[Any], Any]) -> set[str]:
        file = copy.deepcopy(published)
        change(file)
        return failing(file)

    assert "every ballot is signed by each body" in changed(lambda f: f["ballots"][0].update(choice={"chi": "yes"}))
    assert "the published figures are these" in changed(lambda f: f["ballots"].pop())
    assert "no serial stands twice" in changed(lambda f: f["ballots"].append(f["ballots"][0]))
    assert "the published figures are these" in changed(lambda f: f["count"]["per_option"]["an"].update(yes=3))
    assert "the terms have the hash that is published" in changed(lambda f: f["terms"].update(title="another"))
    assert "every receipt belongs to its serial" in changed(lambda f: f["ballots"][1].update(receipt="AAAA"))
    assert "the list is in the order of receipts" in changed(lambda f: f["ballots"].reverse())
    assert "ballots <= issued <= present <= convened" in changed(lambda f: f["count"].update(issued=3))
    assert "the roll is as long as it was sealed" in changed(lambda f: f["count"].update(convened=9))
    assert "two bodies issued ballots, with strong keys" in changed(lambda f: f["terms"]["issuers"].pop())
    for broken in ({}, [], None, {"ballots": 5}):
        assert failing(broken) == {"the file is written as it must be"}


def test_keys_that_are_too_short_are_told(published: dict[str, Any]) -> None:
    assert not recount.recount(published)["ok"]


def test_the_recount_runs_alone_and_says_by_its_exit_code_whether_all_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BITS", 3072)
    vote = halls.opened(1)
    halls.voted(vote, 1000, {"an": "yes"})
    elections.close(election=vote.pk, by=halls.Clerk)
    alone, file = tmp_path / "recount.py", tmp_path / "ballots.json"
    alone.write_text(Path(recount.__file__).read_text())
    file.write_text(elections.ballots_file(election=vote.pk))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", "-S", str(alone), *arguments], capture_output=True, text=True, cwd=tmp_path)

    from canbo.ballots.published import fingerprint

    said = run(str(file), "--terms", fingerprint(vote))
    assert said.returncode == 0 and json.loads(said.stdout)["ok"], said.stdout
    assert run(str(file), "--terms", "0000-0000-0000-0000").returncode == 1
    file.write_text(file.read_text().replace('"an":"yes"', '"chi":"yes"'))
    assert run(str(file)).returncode == 1
    file.write_text("{")
    assert run(str(file)).returncode == 2 and run().returncode == 2


choices = st.dictionaries(st.sampled_from(["an", "binh", "chi"]), st.sampled_from(["yes", "no"]))


@given(st.lists(choices, max_size=40), st.integers(min_value=1, max_value=3))
def test_the_two_counts_agree_on_any_ballots(cast: list[dict[str, str]], at_most: int) -> None:
    choose = {"kind": "approve_each", "at_most": at_most, "levels": []}
    first = forms.tally(cast, options=halls.OPTIONS, choose=choose)
    second = recount.counted([{"choice": choice} for choice in cast], {"choose": choose, "options": halls.OPTIONS})
    assert second == {name: first[name] for name in ("valid", "blank", "invalid", "per_option")} | {"collected": len(cast)}
    assert first["valid"] + first["blank"] + first["invalid"] == len(cast)
