"""A secret vote from the frozen roll to the count: prepare, open, mark_present, issue, cast, close, count, abandon.

Whoever calls has asked whether the actor may; here stands what holds for everybody: who is on the roll, that each issuer
signs each voter once, that each serial counts once, that nobody sees a result early. Every act but one leaves an entry in
the journal. The one is casting: an entry for it would be a place in an order, and an order is what betrays a voter.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from canbo.ballots import blind, forms, keys, published, recount, votes
from canbo.ballots.forms import Count
from canbo.ballots.models import Ballot, Election, Held, Issue, Issuer, Paper, Voter
from canbo.ballots.refused import Refused
from canbo.journal.entries import Actor

State, Tier = votes.State, votes.Tier
Voters = Sequence[tuple[int, int]]


# --- before it opens --------------------------------------------------------------------------------------------


@transaction.atomic
def prepare(
    *,
    about: str,
    title: str,
    options: Sequence[Mapping[str, Any]],
    choose: Mapping[str, Any],
    tier: str,
    roll: Voters,
    opens: datetime,
    closes: datetime,
    by: Actor | None,
    issuers: Sequence[int] = (),
    key: str | None = None,
) -> Election:
    """Lay a vote down: question, rule of choosing, roll and keys are fixed and sealed in the journal from here on.

    `options`: [{"id", "label"}]. `choose`: {"kind": one | approve_each | levels, "at_most": n, "levels": [names]}.
    `roll`: (person, body) of each voter; `issuers`: for T1 the two bodies that must both sign each ballot.
    Raises Refused (terms, used). With a `key` that was used, gives the vote that was prepared then.
    """
    earlier = votes.done(key, "ballot.prepared")
    if earlier is not None:
        return earlier
    rule = forms.require_question(options, choose)
    people = _require_roll(roll)
    bodies = _require_issuers(tier, issuers)
    if not opens < closes:
        raise Refused("terms", _("A vote must close after it opens."))
    ident, salt = secrets.token_hex(16), os.urandom(32)
    private = {body: keys.draw() for body in bodies}
    choices = [{"id": option["id"], "label": str(option["label"])} for option in options]
    terms = {
        "v": 1, "ident": ident, "about": about, "title": title, "options": choices, "choose": rule, "tier": str(tier),
        "opens": _written(opens), "closes": _written(closes), "convened": len(people), "roll": _commitment(salt, people),
        "issuers": [{"body": body, "n": f"{private[body].n:x}", "e": keys.EXPONENT} for body in bodies],
    }  # fmt: skip
    election = Election.objects.create(
        ident=ident, about=about, title=title, options=choices, choose=rule, tier=tier, opens=opens, closes=closes,
        keeper_id=None if by is None else by.pk, convened=len(people), roll_salt=salt,
        terms=forms.canonical(terms), terms_hash=forms.hash_of(terms),
    )  # fmt: skip
    Voter.objects.bulk_create([Voter(election=election, person=person, body=body) for person, body in people])
    _keep_keys(election, private)
    votes.record(
        "ballot.prepared", election, by=by, key=key, terms=election.terms_hash.hex(), roll=terms["roll"], convened=len(people)
    )
    return election


@transaction.atomic
def open(*, election: int, by: Actor | None, key: str | None = None) -> Election:
    """Open a prepared vote, at its hour or later. Raises Refused (state, early, late, terms)."""
    vote = votes.locked(election)
    if votes.done(key, "ballot.opened") is not None:
        return vote
    votes.require_state(vote, State.PREPARED)
    if timezone.now() < vote.opens:
        raise Refused("early", _("This vote opens only at the hour that was announced."))
    votes.require_in_time(vote)
    people = sorted(vote.roll.values_list("person", "body"))
    terms = json.loads(vote.terms)
    if _commitment(bytes(vote.roll_salt), people) != terms["roll"] or forms.hash_of(terms) != bytes(vote.terms_hash):
        raise Refused("terms", _("The roll or the terms are no longer those that were sealed. Prepare the vote anew."))
    votes.move(vote, State.OPEN)
    votes.record("ballot.opened", vote, by=by, key=key, terms=vote.terms_hash.hex())
    return vote


# --- while it is open -------------------------------------------------------------------------------------------


@transaction.atomic
def mark_present(*, election: int, voter: int, by: Actor | None, present: bool = True, key: str | None = None) -> Voter:
    """Note that a voter is here, or has left; who was given a ballot stays present. Raises Refused (state, late, roll, issued)."""
    vote = votes.sharing(election)
    line = votes.line_of(vote, voter)
    if votes.done(key, "ballot.present") is not None:
        return line
    votes.require_open(vote)
    if line.present == present:
        return line
    if not present and line.issues.exists():
        raise Refused("issued", _("This voter was given a ballot already and counts as present."))
    line.present = present
    line.save(update_fields=["present"])
    votes.record("ballot.present", vote, by=by, key=key, voter=voter, present=present)
    return line


@transaction.atomic
def issue(*, election: int, voter: int, issuer: int, blinded: bytes, by: Actor | None, key: str | None = None) -> bytes:
    """Let one issuer sign what a voter's device has blinded; the signature, to be unblinded there.

    Once for each voter. The same question again, after a lost answer, gets the same answer; another one is refused.
    Raises Refused (state, late, roll, present, issuer, unreadable, issued, key).
    """
    vote = votes.sharing(election)
    votes.require_tier(vote, Tier.TOKENS)
    votes.require_open(vote)
    line = votes.line_of(vote, voter)
    if not line.present:
        raise Refused("present", _("You are on the roll but not marked present. Mark yourself present first."))
    signer = vote.issuers.filter(body=issuer).first()
    if signer is None:
        raise Refused("issuer", _("This body issues no ballots in this vote."))
    private = keys.unseal_private(
        keys.read(vote.ident, f"issuer-{issuer}"), bytes(signer.sealed or b""), about=bytes(vote.terms_hash)
    )
    length, number = (private.n.bit_length() + 7) // 8, int.from_bytes(blinded)
    if len(blinded) != length or not blind.is_signable(number, private.n):
        raise Refused("unreadable", _("What your device sent cannot be signed. Open the ballot page anew."))
    asked = hashlib.sha256(blinded).digest()
    earlier = line.issues.filter(issuer=signer).first()
    if earlier is None:
        Issue.objects.create(voter=line, issuer=signer, blinded_hash=asked)
        votes.record("ballot.issued", vote, by=by, key=key, voter=voter, issuer=issuer)
    elif bytes(earlier.blinded_hash) != asked:
        raise Refused("issued", _("This body has given you a ballot already. Each voter gets one."))
    return blind.sign(private, number).to_bytes(length)


def cast(*, election: int, serial: str, choice: Any, signatures: Any) -> str:
    """Put a ballot into the box; the receipt code, once the ballot is on the disk.

    The two signatures are the whole authority: no voter, account or session is known here. A serial is let in once.
    Raises Refused (state, late, unreadable, choice, forged, reused, key); a refused ballot leaves nothing behind.
    """
    vote = votes.found(election)
    votes.require_tier(vote, Tier.TOKENS)
    votes.require_open(vote)
    ballot, number = _require_ballot(vote, serial, choice, signatures)
    receipt = forms.receipt(bytes(vote.terms_hash), number)
    secret = keys.read(vote.ident, keys.HOLDING)
    plain = forms.canonical(ballot).encode().ljust(_room(vote))
    sealed = keys.seal(secret, plain, about=bytes(vote.terms_hash))
    with transaction.atomic(), connection.cursor() as cursor:
        votes.require_open(votes.sharing(election))
        cursor.execute(
            "INSERT INTO ballots_held (mark, election_id, sealed) VALUES (%s, %s, %s) ON CONFLICT (mark) DO NOTHING RETURNING 1",
            [keys.mark(secret, number), vote.pk, sealed],
        )
        if cursor.fetchone() is None:
            raise Refused(
                "reused", _("This ballot is in the box already, and counts once. Its receipt: %(code)s") % {"code": receipt}
            )
    return receipt


# --- afterwards -------------------------------------------------------------------------------------------------


@transaction.atomic
def close(*, election: int, by: Actor | None, key: str | None = None) -> Election:
    """Close the vote, open the box, write all ballots in one statement, and destroy the keys. Twice is as once.

    Before its hour a vote closes only when everyone present has cast. Raises Refused (state, early, key).
    """
    vote = votes.locked(election)
    votes.require_tier(vote, Tier.TOKENS)
    if vote.state == State.CLOSED:
        votes.forget_keys(vote)
        return vote
    votes.require_state(vote, State.OPEN)
    present, issued, held = attendance(vote)
    if timezone.now() < vote.closes and not present == issued == held:
        raise Refused("early", _("Not everyone present has cast a ballot, and the hour of closing has not come."))
    ballots, damaged = _opened(vote)
    Ballot.objects.bulk_create(ballots)
    Held.objects.filter(election=vote).delete()
    vote.result = {"present": present, "issued": issued, "collected": len(ballots), "damaged": damaged}
    text = published.text(vote, ballots, _counted(vote, [ballot.choice for ballot in ballots]))
    second = recount.recount(json.loads(text), least_bits=keys.BITS)
    if not second["ok"]:
        raise RuntimeError(f"The second count does not agree, nothing was closed: {second['checks']}")
    vote.result["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    votes.move(vote, State.CLOSED, "result")
    vote.issuers.update(sealed=None)
    votes.record("ballot.closed", vote, by=by, key=key, **vote.result, count=second["count"])
    votes.forget_keys(vote)
    return vote


@transaction.atomic
def abandon(*, election: int, reason: str, by: Actor | None, key: str | None = None) -> Election:
    """End a vote without a count, as when the quorum is lost: what lies in the box is never read. Raises Refused (state)."""
    vote = votes.locked(election)
    if vote.state == State.ABANDONED:
        votes.forget_keys(vote)
        return vote
    votes.require_state(vote, State.PREPARED, State.OPEN)
    present, issued, held = attendance(vote)
    Held.objects.filter(election=vote).delete()
    vote.result = {"present": present, "issued": issued, "collected": held, "reason": reason}
    votes.move(vote, State.ABANDONED, "result")
    vote.issuers.update(sealed=None)
    votes.record("ballot.abandoned", vote, by=by, key=key, **vote.result)
    votes.forget_keys(vote)
    return vote


def count(*, election: int) -> Count:
    """What was counted, from the ballots or the minutes as they stand. Raises Refused (state) before closing."""
    vote = votes.found(election)
    votes.require_state(vote, State.CLOSED)
    if vote.tier == Tier.PAPER:
        return Count(convened=vote.convened, levels=forms.marks(vote.choose), **_figures(Paper.objects.get(pk=vote.pk).sheet))
    return _counted(vote, list(vote.ballots.values_list("choice", flat=True)))


def ballots_file(*, election: int) -> str:
    """The published file of a vote, for recount.py; its SHA-256 is in the journal. Raises Refused (state) before closing."""
    vote = votes.found(election)
    votes.require_tier(vote, Tier.TOKENS)
    return published.text(vote, list(vote.ballots.all()), count(election=election))


def attendance(vote: Election) -> tuple[int, int, int]:
    """How many are present, hold a ballot signed by every issuer, have cast. No part of a result."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTENDANCE, {"election": vote.pk})
        return cursor.fetchone()  # type: ignore[no-any-return]


_ATTENDANCE = """
SELECT (SELECT count(*) FROM ballots_voter WHERE election_id = %(election)s AND present),
       (SELECT count(*) FROM (SELECT FROM ballots_issue i JOIN ballots_voter v ON v.id = i.voter_id
                              WHERE v.election_id = %(election)s GROUP BY v.id
                              HAVING count(*) = (SELECT count(*) FROM ballots_issuer WHERE election_id = %(election)s)) s),
       (SELECT count(*) FROM ballots_held WHERE election_id = %(election)s)
"""


# --- what must hold ---------------------------------------------------------------------------------------------


def _require_roll(roll: Voters) -> list[tuple[int, int]]:
    people = sorted((int(person), int(body)) for person, body in roll)
    if not people or len({person for person, _body in people}) != len(people):
        raise Refused("terms", _("The roll needs at least one voter, and each of them once."))
    return people


def _require_issuers(tier: str, issuers: Sequence[int]) -> list[int]:
    bodies = sorted({int(body) for body in issuers})
    if tier not in Tier.values or len(bodies) != len(issuers) or len(bodies) != (2 if tier == Tier.TOKENS else 0):
        raise Refused("terms", _("Tier T1 needs two different bodies that issue ballots; T0, on paper, needs none."))
    return bodies


def _require_ballot(vote: Election, serial: Any, choice: Any, signatures: Any) -> tuple[dict[str, Any], bytes]:
    """The ballot in its one written form and its serial, once both issuers' signatures fit."""
    terms = json.loads(vote.terms)
    moduli = {str(issuer["body"]): int(issuer["n"], 16) for issuer in terms["issuers"]}
    number = _octets(serial, 32)
    signed = {body: _octets(found, (moduli[body].bit_length() + 7) // 8) for body, found in signatures.items() if body in moduli} if (
        isinstance(signatures, dict)
    ) else {}  # fmt: skip
    if number is None or set(signed) != set(moduli) or len(signatures) != len(moduli) or None in signed.values():
        raise Refused("unreadable", _("This ballot is incomplete or not written as a ballot. Open the ballot page anew."))
    forms.require_choice(choice, options=vote.options, choose=vote.choose)
    text = forms.message(bytes(vote.terms_hash), number, choice)
    if not all(blind.verifies(moduli[body], signature or b"", text) for body, signature in signed.items()):
        raise Refused("forged", _("This ballot was not signed by both bodies for this vote, or was changed. It is not accepted."))
    return {
        "serial": number.hex(),
        "choice": choice,
        "signatures": {body: (found or b"").hex() for body, found in signed.items()},
    }, number


def _octets(text: Any, length: int) -> bytes | None:
    if not isinstance(text, str) or len(text) != 2 * length or not text.isascii():
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


# --- rows, locks, keys ------------------------------------------------------------------------------------------


def _keep_keys(election: Election, private: Mapping[int, keys.Private]) -> None:
    if not private:
        return
    keys.make(election.ident, keys.HOLDING)
    about = bytes(election.terms_hash)
    Issuer.objects.bulk_create(
        [
            Issuer(
                election=election, body=body, modulus=f"{key.n:x}",
                sealed=keys.seal_private(keys.make(election.ident, f"issuer-{body}"), key, about=about),
            )
            for body, key in private.items()
        ]
    )  # fmt: skip


def _room(vote: Election) -> int:
    """Octets of the longest ballot there can be: all are padded to it, so that no length tells a choice."""
    terms = json.loads(vote.terms)
    longest = max(forms.marks(vote.choose), key=len)
    signatures = {str(issuer["body"]): "0" * (2 * -(-int(issuer["n"], 16).bit_length() // 8)) for issuer in terms["issuers"]}
    full = {"serial": "0" * 64, "choice": {option["id"]: longest for option in vote.options}, "signatures": signatures}
    return len(forms.canonical(full))


def _opened(vote: Election) -> tuple[list[Ballot], int]:
    """The held ballots in the clear, in the order of their receipts, and how many could not be opened."""
    secret, about = keys.read(vote.ident, keys.HOLDING), bytes(vote.terms_hash)
    ballots, damaged = [], 0
    for mark, sealed in vote.held.values_list("mark", "sealed"):
        plain = keys.unseal(secret, bytes(sealed), about=about)
        found = {} if plain is None else json.loads(plain)
        number = bytes.fromhex(found.get("serial", ""))
        if keys.mark(secret, number) != bytes(mark):
            damaged += 1
            continue
        ballots.append(Ballot(election=vote, receipt=forms.receipt(about, number), **found))
    return sorted(ballots, key=lambda ballot: ballot.receipt), damaged


def _counted(vote: Election, choices: list[forms.Choice]) -> Count:
    found = {name: vote.result[name] for name in ("present", "issued", "collected", "damaged")}  # type: ignore[index]
    return Count(convened=vote.convened, **found, **forms.tally(choices, options=vote.options, choose=vote.choose))


def _figures(sheet: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sheet[name] for name in ("present", "issued", "collected", "valid", "blank", "invalid", "per_option")}


def _commitment(salt: bytes, people: Sequence[tuple[int, int]]) -> str:
    return hashlib.sha256(salt + forms.canonical([list(line) for line in people]).encode()).hexdigest()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
