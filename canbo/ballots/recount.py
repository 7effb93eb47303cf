"""Recount a published vote, with Python and this file alone: no canbo, no database, no package, no network.

    python recount.py ballots.json [--terms FINGERPRINT-OR-HASH]

Prints {"ok", "checks": [{"check", "ok", "found"}], "count"} and ends with 0 where all holds, 1 where something does not,
2 where the file cannot be read. Every ballot must bear the signature of each issuing body over the terms of this vote, its
serial and its choice (RSASSA-PSS of RFC 8017, SHA-384, checked here by plain integers); no serial may stand twice; there
may be no more ballots than were issued, no more issued than present, no more present than convened; and the published
figures must be the ones that come out here. `--terms` holds the file against what you read on the ballot page.

It is written apart from the program that counted, and shares no line with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from typing import Any


def recount(file: Any, *, terms: str | None = None, least_bits: int = 3072) -> dict[str, Any]:
    """{"ok", "checks", "count"} of a parsed file; `terms`: the beginning of the hash that voters saw."""
    checks: list[dict[str, Any]] = []

    def check(name: str, ok: bool, found: Any) -> None:
        checks.append({"check": name, "ok": bool(ok), "found": found})

    try:
        said, ballots, conditions = file["count"], file["ballots"], file["terms"]
        digest = hashlib.sha256(dump(conditions).encode()).digest()
        check("the terms have the hash that is published", digest.hex() == file["terms_sha256"], digest.hex())
        if terms is not None:
            wanted = terms.replace("-", "").replace(" ", "").lower()
            check("the terms are those you saw", len(wanted) >= 16 and digest.hex().startswith(wanted), digest.hex())
        issuers = {str(each["body"]): (int(each["n"], 16), int(each["e"])) for each in conditions["issuers"]}
        sizes = sorted(n.bit_length() for n, _e in issuers.values())
        check("two bodies issued ballots, with strong keys", len(issuers) == 2 and sizes[0] >= least_bits, sizes)
        bad = [ballot["receipt"] for ballot in ballots if not is_signed(ballot, issuers, digest)]
        check("every ballot is signed by each body", not bad, bad or len(ballots))
        serials = [ballot["serial"] for ballot in ballots]
        check("no serial stands twice", len(set(serials)) == len(serials), len(serials))
        wrong = [ballot["receipt"] for ballot in ballots if ballot["receipt"] != receipt_of(ballot["serial"], digest)]
        check("every receipt belongs to its serial", not wrong, wrong or len(ballots))
        receipts = [ballot["receipt"] for ballot in ballots]
        check("the list is in the order of receipts", receipts == sorted(receipts), len(receipts))
        chain = [len(ballots), said["issued"], said["present"], said["convened"]]
        check("ballots <= issued <= present <= convened", chain == sorted(chain), chain)
        check("the roll is as long as it was sealed", said["convened"] == conditions["convened"], said["convened"])
        count = counted(ballots, conditions)
        differing = sorted(name for name in count if count[name] != said[name])
        check("the published figures are these", not differing, differing)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        check("the file is written as it must be", False, f"{type(problem).__name__}: {problem}")
        return {"ok": False, "checks": checks, "count": None}
    return {"ok": all(each["ok"] for each in checks), "checks": checks, "count": count}


def counted(ballots: list[dict[str, Any]], terms: dict[str, Any]) -> dict[str, Any]:
    """collected, valid, blank, invalid and the marks of each option, by the rule in the terms."""
    rule = terms["choose"]
    offered = rule["levels"] if rule["kind"] == "levels" else {"one": ["yes"], "approve_each": ["yes", "no"]}[rule["kind"]]
    table = {option["id"]: dict.fromkeys(offered, 0) for option in terms["options"]}
    valid = blank = invalid = 0
    for ballot in ballots:
        choice = ballot["choice"]
        strange = [name for name, mark in choice.items() if name not in table or mark not in offered]
        many = rule["kind"] != "levels" and list(choice.values()).count("yes") > rule["at_most"]
        if not choice:
            blank += 1
        elif strange or many:
            invalid += 1
        else:
            valid += 1
            for name, mark in choice.items():
                table[name][mark] += 1
    return {"collected": len(ballots), "valid": valid, "blank": blank, "invalid": invalid, "per_option": table}


def is_signed(ballot: dict[str, Any], issuers: dict[str, tuple[int, int]], digest: bytes) -> bool:
    """Whether each issuer, and nobody else, signed this ballot's terms, serial and choice."""
    serial = bytes.fromhex(ballot["serial"])
    text = b"canbo ballot 1\n" + digest + serial + dump(ballot["choice"]).encode()
    found = ballot["signatures"]
    return len(serial) == 32 and set(found) == set(issuers) and all(
        verify(text, bytes.fromhex(found[body]), n, e) for body, (n, e) in issuers.items()
    )  # fmt: skip


def verify(text: bytes, signature: bytes, n: int, e: int) -> bool:
    """RSASSA-PSS-VERIFY (RFC 8017, 8.1.2 and 9.1.2): SHA-384, MGF1 with SHA-384, a salt of 48 octets."""
    size = 48
    number = int.from_bytes(signature, "big")
    if len(signature) != (n.bit_length() + 7) // 8 or number >= n:
        return False
    bits = n.bit_length() - 1
    length = -(-bits // 8)
    plain = pow(number, e, n)
    if plain >> bits:
        return False
    encoded = plain.to_bytes(length, "big")
    head, hashed, trailer = encoded[: length - size - 1], encoded[length - size - 1 : -1], encoded[-1]
    if trailer != 0xBC:
        return False
    mask, counter = b"", 0
    while len(mask) < len(head):
        mask += hashlib.sha384(hashed + counter.to_bytes(4, "big")).digest()
        counter += 1
    block = int.from_bytes(head, "big") ^ int.from_bytes(mask[: len(head)], "big")
    block &= (1 << (bits - 8 * (size + 1))) - 1
    opened = block.to_bytes(len(head), "big")
    zeros, salt = opened[: -size - 1], opened[-size:]
    if any(zeros) or opened[-size - 1] != 1:
        return False
    return hashlib.sha384(bytes(8) + hashlib.sha384(text).digest() + salt).digest() == hashed


def receipt_of(serial: str, digest: bytes) -> str:
    """The code that the voter was shown."""
    code = base64.b32encode(hashlib.sha256(b"canbo receipt 1\n" + digest + bytes.fromhex(serial)).digest()[:10]).decode()
    return "-".join([code[0:4], code[4:8], code[8:12], code[12:16]])


def dump(value: Any) -> str:
    """JSON as it was hashed: keys sorted, no spaces, letters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Read the file, print the answer."""
    terms = None
    if "--terms" in arguments:
        at = arguments.index("--terms")
        terms = (arguments[at + 1 : at + 2] or [""])[0]
        arguments = arguments[:at] + arguments[at + 2 :]
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as source:  # noqa: PTH123 - one file, one call
            file = json.load(source)
    except (OSError, ValueError) as problem:
        print(f"{arguments[0]}: {problem}", file=sys.stderr)
        return 2
    answer = recount(file, terms=terms)
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
