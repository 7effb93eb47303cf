"""What an administrator of the database can and cannot do to the past without being found.

Promise: what stood under a checkpoint that someone else kept, or that a witness cosigned, cannot be changed unseen,
by anyone. What came after the last such checkpoint can; the last test says so.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections, transaction

from canbo.journal import keys, merkle, sealing, stored, verification, verifier, witness, witnessing
from canbo.journal.models import Entry, Position
from tests.conftest import _clone
from tests.journal.acts import NAM, record_many
from tests.journal.administrator import Administrator

EARLIER, KEPT, ALL = 100, 200, 300


@dataclass
class Kept:
    """What someone outside kept: two checkpoints, the leaves beside the newer, and the public key."""

    earlier: str
    checkpoint: str
    leaves: bytes
    signer: keys.Signer
    witnesses: list[witness.Witness]
    remembered: list[dict[str, Any]]
    honest: dict[int, list[bytes]]

    def begin_again(self) -> list[witness.Witness]:
        """The two witnesses, who last saw the journal at 200 entries."""
        for each, state in zip(self.witnesses, self.remembered, strict=True):
            each.write(state)
        return self.witnesses

    def refusals(self, offered: str) -> list[str]:
        """What the witnesses say to a head that is offered to each: a refusal, or nothing where they cosign it."""
        said = []
        for each in self.begin_again():
            try:
                each.cosign(offered)
                said.append("")
            except verifier.Refused as refusal:
                said.append(str(refusal))
        return said

    @property
    def key(self) -> verifier.Key:
        return self.signer.key


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A journal of 300 acts sealed in seven rounds; outside, its head at 100 and at 200 entries was kept, and two
    witnesses with files of their own cosigned it at 100 and at 200."""
    signer = keys.Signer("canbo/tried", Ed25519PrivateKey.generate())
    files = tmp_path_factory.mktemp("witnesses")
    them = [witness.Witness.made(files / name, name=name, journal=signer.key) for name in ("inspection", "front")]
    with django_db_blocker.unblock(), _clone("canbo", f"test_journal_{os.getpid()}"):
        for each in them:
            witnessing.register(public=str(each.key), body=f"body of {each.key.name}", by=NAM, on=date(2026, 8, 1))
        sealing.seal()
        there = Position.objects.count()
        notes = {}
        for upto in (50, EARLIER, 150, KEPT, 250, 275, ALL):
            record_many(upto - there, word=f"act.{upto}")
            sealing.seal()
            there = upto
            notes[upto] = sealing.checkpoint(signer=signer).note
            for each in them if upto in (EARLIER, KEPT) else []:
                last = each.last()
                witnessing.accept(each.cosign(witnessing.offer(last.size if last else 0)))
        tree = stored.Tree()
        honest = {size: merkle.consistency(old=KEPT, new=size, nodes=tree.node) for size in range(KEPT, ALL + 1)}
        leaves = b"".join(verification.leaves(KEPT))
        Administrator().take_over()
        yield Kept(notes[EARLIER], notes[KEPT], leaves, signer, them, [each.read() for each in them], honest)


@contextmanager
def rewriting(seed: int = 0) -> Iterator[Administrator]:
    """What the administrator does here is undone at the end."""
    connections["default"].close()
    with transaction.atomic(using="owner"):
        yield Administrator(seed)
        transaction.set_rollback(True, using="owner")


def verify(**how: Any) -> verification.Report:
    return verification.verify(using="owner", **how)


def test_an_untouched_journal_verifies(kept: Kept) -> None:
    with rewriting():
        record_many(3, word="waiting", using="owner")
        report = verify(key=kept.key, against=[kept.earlier, kept.checkpoint], leaves=kept.leaves)
    assert (report.ok, report.problem, report.first_bad, report.between) == (True, None, None, None)
    assert (report.entries, report.unsealed, report.checkpoints) == (ALL, 3, 7)
    assert (report.signed_to, report.kept_to, report.cosigned_to) == (ALL, KEPT, KEPT)
    assert report.root == merkle.root(verification.leaves(ALL, using="owner")).hex()


# --- careless rewritings: found from inside, with the position ------------------------------------------------


def metadata(id: int) -> dict[str, Any]:
    return Entry.objects.using("owner").get(pk=id).metadata()


class Careless:
    """Rewritings that forget to make something fit; each gives the position that is wrong and what is said of it."""

    def edit_an_entry(self, a: Administrator) -> tuple[int, str]:
        return a.edit(60), "was edited"

    def edit_an_entry_and_its_leaf(self, a: Administrator) -> tuple[int, str]:
        id = a.order()[60]
        a.say("UPDATE journal_entry SET act = 'x.y' WHERE id = %s", [id])
        a.say("UPDATE journal_entry SET leaf_hash = %s WHERE id = %s", [verifier.entry_leaf(metadata(id)), id])
        return 60, "not the one that was sealed"

    def exchange_a_content(self, a: Administrator) -> tuple[int, str]:
        at = a.position(with_content=True)
        a.say("UPDATE journal_content SET payload = '{}' WHERE entry_id = %s", [a.order()[at]])
        return at, "is not the one it was recorded with"

    def remove_a_content(self, a: Administrator) -> tuple[int, str]:
        at = a.position(with_content=True)
        a.say("DELETE FROM journal_content WHERE entry_id = %s", [a.order()[at]])
        return at, "is gone"

    def add_a_content(self, a: Administrator) -> tuple[int, str]:
        at = a.position(with_content=False)
        a.say("INSERT INTO journal_content (entry_id, salt, payload) VALUES (%s, 's', '{}')", [a.order()[at]])
        return at, "a content that it was not recorded with"

    def delete_an_entry(self, a: Administrator) -> tuple[int, str]:
        a.say("DELETE FROM journal_entry WHERE id = %s", [a.order()[60]])
        return 60, "it was deleted"

    def delete_a_position(self, a: Administrator) -> tuple[int, str]:
        a.say("DELETE FROM journal_position WHERE position = 60")
        return 60, "Position 60 is missing"

    def cut_the_end_off(self, a: Administrator) -> tuple[int, str]:
        a.say("DELETE FROM journal_position WHERE position >= 60")
        return 60, "its end was cut off|history was rewritten|ends after 60"

    def let_two_positions_exchange_their_entries(self, a: Administrator) -> tuple[int, str]:
        order = a.order()
        for position, id in ((60, -1), (150, order[60]), (60, order[150])):
            a.say("UPDATE journal_position SET entry_id = %s WHERE position = %s", [id, position])
        return 60, "changed or exchanged"


@pytest.mark.parametrize("name", [name for name in vars(Careless) if not name.startswith("_")])
def test_a_careless_rewriting_is_found_without_any_witness_and_its_position_named(kept: Kept, name: str) -> None:
    with rewriting() as administrator:
        at, said = getattr(Careless(), name)(administrator)
        report = verify()
        assert (report.ok, report.first_bad) == (False, at)
        assert re.search(said, str(report.problem)), report.problem
        assert verify(against=[kept.checkpoint], leaves=kept.leaves).first_bad == at


def test_an_entry_put_in_later_with_a_low_number_is_found(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.say("UPDATE journal_entry SET id = 0 WHERE id = %s", [administrator.forge()])
        administrator.say("UPDATE journal_entry SET leaf_hash = %s WHERE id = 0", [verifier.entry_leaf(metadata(0))])
        report = verify()
        assert "it was put in later" in str(report.problem)
        assert (report.ok, report.entry) == (False, 0)


def test_a_waiting_entry_that_was_edited_is_found(kept: Kept) -> None:
    with rewriting() as administrator:
        waiting = record_many(1, word="waiting", using="owner")[0]
        administrator.say("UPDATE journal_entry SET act = 'x.y' WHERE id = %s", [waiting])
        report = verify()
        assert (report.ok, report.entry, report.first_bad) == (False, waiting, None)
        assert "was edited" in str(report.problem)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE journal_node SET hash = sha256('x')", "stored hash at level 8, place 0"),
        ("DELETE FROM journal_node", "stored hash at level 8, place 0"),
        (
            "INSERT INTO journal_node (level, index, hash) VALUES (8, 99, sha256('x'))",
            "stored hashes for entries that do not exist: 1",
        ),
        ("UPDATE journal_seal SET root = sha256('x') WHERE size = 150", "root that the seal of that round has at 150"),
        ("UPDATE journal_checkpoint SET root = sha256('x') WHERE size = 150", "something else than its signed text"),
        ("UPDATE journal_checkpoint SET note = 'x' WHERE size = 150", "checkpoint of 150 entries: Expected a checkpoint"),
        ("UPDATE journal_checkpoint SET note = replace(note, chr(8212), '-')", "This is not a signature"),
        (
            "UPDATE journal_checkpoint a SET note = split_part(a.note, E'\\n\\n', 1) || E'\\n\\n' || split_part(b.note, E'\\n\\n', 2)"
            " FROM journal_checkpoint b WHERE a.size = 150 AND b.size = 200",
            "stored checkpoint of 150 entries is not signed by",
        ),
    ],
)
def test_what_is_stored_beside_the_entries_is_verified_too(kept: Kept, statement: str, said: str) -> None:
    with rewriting() as administrator:
        administrator.say(statement)
        report = verify(key=kept.key)
        assert not report.ok
        assert said in str(report.problem)


# --- thorough rewritings: everything recomputed and signed anew -----------------------------------------------


@pytest.mark.parametrize("name", ["edit", "edit_content", "delete", "insert", "swap", "exchange_numbers", "regrow"])
def test_a_thorough_rewriting_is_found_by_whoever_kept_a_checkpoint(kept: Kept, name: str) -> None:
    with rewriting() as administrator:
        at = getattr(administrator, name)(60)
        administrator.recompute()
        assert verify().ok, "the rewriting was thorough: nothing shows from inside"
        report = verify(against=[kept.checkpoint])
        assert (report.ok, report.between) == (False, (0, KEPT - 1))
        assert "history was rewritten" in str(report.problem)
        assert verify(against=[kept.checkpoint], leaves=kept.leaves).first_bad == at


def test_two_kept_checkpoints_narrow_down_where(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.edit(150)
        administrator.recompute()
        assert verify(against=[kept.earlier, kept.checkpoint]).between == (EARLIER, KEPT - 1)
        assert verify(against=[kept.checkpoint]).between == (0, KEPT - 1)


def test_who_lacks_the_key_cannot_sign_anew(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.edit(60)
        administrator.recompute()
        assert f"is not signed by canbo/tried+{kept.key.number.hex()}" in str(verify(key=kept.key).problem)


def test_after_a_change_of_key_each_checkpoint_is_signed_by_the_old_or_the_new(kept: Kept) -> None:
    new = keys.Signer("canbo/tried", Ed25519PrivateKey.generate())
    with rewriting():
        record_many(1, word="after", using="owner")
        sealing.seal(using="owner")
        sealing.checkpoint(signer=new, using="owner")
        assert verify(key=[kept.key, new.key]).ok
        assert "stored checkpoint of 301 entries is not signed by" in str(verify(key=kept.key).problem)
        assert "stored checkpoint of 50 entries is not signed by" in str(verify(key=new.key).problem)


def test_an_old_backup_put_back_is_found(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.put_back(150)
        assert verify(key=kept.key).ok, "an old backup is whole in itself"
        report = verify(key=kept.key, against=[kept.earlier, kept.checkpoint])
        assert (report.ok, report.first_bad) == (False, 150)
        assert "ends after 150 entries, but the checkpoint you kept has 200" in str(report.problem)


def test_an_old_backup_that_grew_on_is_found(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.put_back(150)
        administrator.place(administrator.order() + [administrator.forge() for _ in range(100)])
        administrator.recompute()
        assert verify().ok
        assert verify(against=[kept.checkpoint], leaves=kept.leaves).first_bad == 150


def test_two_witnesses_who_were_shown_different_journals_find_out(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.edit(60)
        administrator.recompute()
        (shown_to_another,) = administrator.say("SELECT note FROM journal_checkpoint WHERE size = 250")[0]
        assert verify(against=[shown_to_another]).ok
        assert not verify(against=[shown_to_another, kept.checkpoint]).ok


def test_a_clock_that_was_put_back_changes_nothing(kept: Kept) -> None:
    with rewriting() as administrator:
        id = administrator.forge()
        administrator.say("UPDATE journal_entry SET recorded_at = '1999-01-01Z' WHERE id = %s", [id])
        administrator.say("UPDATE journal_entry SET leaf_hash = %s WHERE id = %s", [verifier.entry_leaf(metadata(id)), id])
        sealing.seal(using="owner")
        assert administrator.order()[-1] == id, "the order is that of sealing, whatever the clock said"
        assert verify(key=kept.key, against=[kept.checkpoint]).ok


def test_a_checkpoint_of_another_journal_or_key_is_refused(kept: Kept) -> None:
    stranger = keys.Signer("canbo/other", kept.signer.private)
    report = verify(key=kept.key, against=[stranger.checkpoint(3, merkle.EMPTY)])
    assert "The checkpoint you kept is not signed by canbo/tried" in str(report.problem)


def test_leaves_that_do_not_belong_to_the_kept_checkpoint_are_refused(kept: Kept) -> None:
    for leaves in (kept.leaves[32:], kept.leaves[:-1], b"\x00" * 32 * KEPT):
        with pytest.raises(verifier.Unreadable, match="does not belong to a checkpoint"):
            verify(against=[kept.checkpoint], leaves=leaves)


def test_each_of_320_rewritings_of_witnessed_acts_is_found_and_none_of_those_after_the_last_witness(kept: Kept) -> None:
    """The promise and its limit, in figures: all that a witness holds, nothing that no witness holds.

    Of each rewriting the checkpoint kept outside tells, and each of the two witnesses refuses to go on, though the
    administrator has the journal's own key, and tries his own proof, the true one, or none by turns.
    """
    witnessed = refused = after = 0
    for seed in range(350):
        if seed % 20 == 0:
            Administrator().sweep()
        with rewriting(seed) as administrator:
            name, work = administrator.any_rewriting()
            at = work(administrator.dice.randrange(KEPT) if seed < 320 else administrator.dice.randrange(KEPT, ALL))
            administrator.recompute()
            report = verify(against=[kept.checkpoint], leaves=kept.leaves)
            told = f"seed {seed}: {name} at {at}: {report.problem}"
            if at < KEPT:
                proof = (None, kept.honest[min(ALL, len(administrator.order()))], [])[seed % 3]
                said = kept.refusals(administrator.head(kept.signer, KEPT, proof=proof))
                refused += sum("does not continue the one of 200" in each for each in said)
                witnessed += 1
                assert (report.ok, report.first_bad) == (False, at), told
                assert not verify(against=[kept.checkpoint]).ok, told
            else:
                after += 1
                assert report.ok, told
                assert kept.refusals(administrator.head(kept.signer, KEPT)) == ["", ""], told
    assert witnessed >= 320
    assert refused == 2 * witnessed, "both witnesses, every time"
    assert after >= 15


# --- what two witnesses find ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["edit", "edit_content", "delete", "insert", "swap", "exchange_numbers", "regrow"])
def test_a_witness_keeps_what_a_rewriting_offered_as_evidence(kept: Kept, name: str) -> None:
    with rewriting() as administrator:
        getattr(administrator, name)(60)
        administrator.recompute()
        offered = administrator.head(kept.signer, KEPT)
    before = [len(list(each.evidence.glob("*"))) for each in kept.witnesses]
    assert all("does not continue" in said for said in kept.refusals(offered))
    for each, there in zip(kept.witnesses, before, strict=True):
        newest = sorted(each.evidence.iterdir())[-1]
        assert len(list(each.evidence.iterdir())) == there + 1
        assert "does not continue" in newest.read_text()


def test_a_rewriting_that_forgets_what_witnesses_cosigned_is_found_from_inside(kept: Kept) -> None:
    with rewriting() as administrator:
        cosigned = administrator.say("SELECT * FROM journal_cosignature")
        administrator.edit(60)
        administrator.recompute()
        columns = ", ".join(["%s"] * len(cosigned[0]))
        for row in cosigned:
            administrator.say(f"INSERT INTO journal_cosignature VALUES ({columns})", row)
        assert "root that the checkpoint that the witness inspection cosigned has at 100" in str(verify().problem)


def test_who_takes_the_cosignatures_away_takes_the_effect_of_what_they_covered(kept: Kept) -> None:
    with rewriting() as administrator:
        found = witnessing.covering(150, using="owner")
        assert found is not None and (found.size, len(found.by)) == (KEPT, 2)
        assert witnessing.covering(KEPT, using="owner") is None, "it came after"
        administrator.say("DELETE FROM journal_cosignature")
        assert witnessing.covering(150, using="owner") is None


def test_a_backup_put_back_is_refused_by_both_witnesses_also_once_it_has_grown(kept: Kept) -> None:
    with rewriting() as administrator:
        administrator.put_back(150)
        assert all(
            "became shorter: 150 entries, after it had 200" in said
            for said in kept.refusals(administrator.head(kept.signer, KEPT))
        )
        for more in (50, 100):
            administrator.place(administrator.order()[:150] + [administrator.forge() for _ in range(more)])
            administrator.recompute()
            said = kept.refusals(administrator.head(kept.signer, KEPT))
            expected = "forked: two roots at 200" if more == 50 else "does not continue the one of 200"
            assert all(expected in each for each in said), said


def test_a_split_view_is_found_when_the_two_witnesses_compare(kept: Kept, tmp_path: Path) -> None:
    """One is shown the true journal, the other a rewritten one, each from the beginning: neither sees anything alone."""
    one, other = (witness.Witness.made(tmp_path / name, name=name, journal=kept.key) for name in ("one", "other"))
    with rewriting() as administrator:
        one.cosign(administrator.head(kept.signer, 0, proof=[]))
        administrator.edit(60)
        administrator.recompute()
        for old, size in ((0, 150), (150, ALL)):
            tree = stored.Tree("owner")
            proof = merkle.consistency(old=old, new=size, nodes=tree.node)
            other.cosign(administrator.head(kept.signer, old, size=size, proof=proof))
    with pytest.raises(verifier.Refused, match="SPLIT VIEW: canbo/tried showed two roots at 300 entries"):
        witness.compare(witness.notes_of(one.path), witness.notes_of(other.path), kept.key)


def test_each_of_60_split_views_is_found_also_where_the_sizes_differ(kept: Kept, tmp_path: Path) -> None:
    found = 0
    for seed in range(60):
        with rewriting(seed) as administrator:
            name, work = administrator.any_rewriting()
            true = verifier.read_checkpoint(kept.checkpoint)
            work(administrator.dice.randrange(KEPT))
            administrator.recompute()
            shown = verifier.read_checkpoint(witness.read_request(administrator.head(kept.signer, 0, proof=[])).note)
            tree = stored.Tree("owner")
            for proof in (merkle.consistency(old=KEPT, new=shown.size, nodes=tree.node), kept.honest[min(ALL, shown.size)]):
                bundle = {
                    "format": verifier.CONSISTENCY, "old": true.note, "new": shown.note, "proof": [step.hex() for step in proof],
                }  # fmt: skip
                with pytest.raises(verifier.Refused, match="does not continue"):
                    witness.compare([true], [shown], kept.key, json.dumps(bundle))
            found += 1
    assert found == 60


@pytest.mark.parametrize("moment", ["1999-01-01Z", "2026-01-01Z"])
def test_an_act_that_claims_to_be_older_than_what_witnesses_saw_without_it_is_found(kept: Kept, moment: str) -> None:
    with rewriting() as administrator:
        assert witnessing.backdated(using="owner") == []
        id = administrator.turn_back_the_clock(moment)
        administrator.say("UPDATE journal_entry SET leaf_hash = %s WHERE id = %s", [verifier.entry_leaf(metadata(id)), id])
        sealing.seal(using="owner")
        assert verify(key=kept.key, against=[kept.checkpoint]).ok, "hashes know no clock"
        assert witnessing.backdated(using="owner") == [id]
