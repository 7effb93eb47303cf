"""A witness: sees that a journal only grows, and says so under its head. One file of its own, one key of its own.

    python3 canbo_witness.py new FILE --name inspection --journal "canbo/register+1a2b3c4d+AbC..."
    python3 canbo_witness.py watch FILE https://canbo.example --every 5
    python3 canbo_witness.py sign FILE request.txt -o cosigned.txt
    python3 canbo_witness.py compare FILE OTHER

FILE is kept on a machine of another body than the one that runs canbo. It holds the key of the witness and the last
head that it signed; beside it lie all heads it ever signed (FILE.heads) and what it refused (FILE.evidence).
The witness cosigns a head only if a proof shows that the journal still begins with what it saw before. A journal
that became shorter, forked, or proves nothing is refused, and what was offered is kept, as evidence.

Needs Python 3.9 or newer and the package `cryptography`. Formats: c2sp.org/tlog-cosignature, and for what is asked
of it the body of `add-checkpoint` in c2sp.org/tlog-witness. Exit code 0: done, or it agrees. 1: refused. 2: unreadable.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.cookiejar
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from canbo.journal.verifier import (
    CONSISTENCY,
    WITNESS,
    Checkpoint,
    Key,
    Refused,
    Unreadable,
    check_checkpoint,
    check_consistency,
    consistency_holds,
    cosigned_message,
    read_checkpoint,
    read_key,
)

ADDRESS, ANSWER = "/journal/head", "/journal/cosignatures"
MOST_READ, MOST_STEPS = 100_000, 63


class Request(NamedTuple):
    """What a witness is asked: to cosign `note`, given a proof that it continues a journal of `old` entries."""

    old: int
    proof: list[bytes]
    note: str


def write_request(request: Request) -> str:
    """A request as text: `old N`, the proof in base64, an empty line, the checkpoint."""
    steps = "".join(base64.b64encode(step).decode() + "\n" for step in request.proof)
    return f"old {request.old}\n{steps}\n{request.note}"


def read_request(text: str) -> Request:
    """A request from its text. Raises Unreadable."""
    first, _, note = text.partition("\n\n")
    head, *steps = first.split("\n")
    word, _, number = head.partition(" ")
    if word != "old" or not (number.isascii() and number.isdigit()) or len(number) > 18 or len(steps) > MOST_STEPS:
        raise Unreadable("Expected a request: `old N`, a proof of consistency, an empty line, a checkpoint.")
    try:
        return Request(int(number), [base64.b64decode(step, validate=True) for step in steps], note)
    except ValueError:
        raise Unreadable("Expected the steps of the proof in base64.") from None


class Witness:
    """The file of a witness, read and written as a whole: its name, its key, the journal it watches, the last head."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.evidence, self.heads = Path(f"{path}.evidence"), Path(f"{path}.heads")

    @classmethod
    def made(cls, path: Path, *, name: str, journal: Key) -> Witness:
        """A new witness with a new key. Refuses to write over a file."""
        if path.exists():
            raise Unreadable(f"{path} exists already: a witness keeps its key and its memory.")
        if not name or "+" in name or any(letter.isspace() for letter in name):
            raise Unreadable("The name of a witness may hold no space and no plus.")
        path.parent.mkdir(parents=True, exist_ok=True)
        witness = cls(path)
        private = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        witness.write({"name": name, "private": private, "journal": str(journal), "last": None, "at": 0, "delivered": -1})
        return witness

    def read(self) -> dict[str, Any]:
        """The state as it lies on disk."""
        try:
            return dict(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as problem:
            raise Unreadable(f"{self.path} is no file of a witness: {problem}.") from None

    def write(self, state: dict[str, Any]) -> None:
        """Put the state on disk for good before anything is said to anyone: the old file or the new, never half."""
        fresh = Path(f"{self.path}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(state, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.path)

    @contextlib.contextmanager
    def alone(self) -> Iterator[dict[str, Any]]:
        """The state, while no other process of this witness can look or sign (where the system can say so)."""
        with Path(f"{self.path}.lock").open("w") as lock:
            with contextlib.suppress(ImportError):
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()

    @property
    def key(self) -> Key:
        """The public key, to be registered with canbo and published."""
        state = self.read()
        return Key(state["name"], private(state).public_key().public_bytes_raw(), WITNESS)

    def last(self) -> Checkpoint | None:
        """The last head that was signed."""
        note = self.read()["last"]
        return read_checkpoint(note) if note else None

    def cosign(self, text: str, *, now: Callable[[], float] = time.time) -> str:
        """Cosign the head of a request; the checkpoint with the witness's line beneath.

        Raises Refused, after what was offered was kept as evidence where it speaks against the journal.
        """
        request = read_request(text)
        with self.alone() as state:
            head = check_checkpoint(request.note, read_key(state["journal"]))
            last, at = read_checkpoint(state["last"]) if state["last"] else None, int(now())
            if at < state["at"]:
                raise Refused("The clock of this machine stands before the last cosignature. Set it right first.")
            if reason := speaks_against(request, head, last):
                self.keep(reason, text, at)
                raise Refused(f"{reason} What was offered is kept in {self.evidence}.")
            if request.old != (last.size if last else 0):
                raise Refused(
                    f"The proof begins at {request.old} entries; this witness saw {last.size if last else 0}. Ask again."
                )
            line = cosignature(state, head, at)
            self.write({**state, "last": request.note, "at": at})
            with self.heads.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"size": head.size, "root": head.root.hex(), "at": at, "note": request.note}) + "\n")
        return request.note + line

    def keep(self, reason: str, offered: str, at: int) -> None:
        """Keep what was offered, with the head it contradicts: both are signed by the journal."""
        self.evidence.mkdir(exist_ok=True)
        number = len(list(self.evidence.iterdir()))
        found = {"reason": reason, "at": at, "offered": offered, "last": self.read()["last"]}
        (self.evidence / f"{number:04d}-{at}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def speaks_against(request: Request, head: Checkpoint, last: Checkpoint | None) -> str | None:
    """Why this head, truly signed by the journal, cannot follow the last one; None where it can or cannot be told yet."""
    if last is None:
        return None
    if head.size < last.size:
        return f"The journal became shorter: {head.size} entries, after it had {last.size}."
    if head.size == last.size and head.root != last.root:
        return f"The journal forked: two roots at {head.size} entries, both signed by it."
    if request.old == last.size and not consistency_holds(
        old_size=last.size, old_root=last.root, new_size=head.size, new_root=head.root, proof=request.proof
    ):
        return f"The journal of {head.size} entries does not continue the one of {last.size} entries that this witness saw."
    return None


def private(state: dict[str, Any]) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(state["private"]))


def cosignature(state: dict[str, Any], head: Checkpoint, at: int) -> str:
    """The line that a witness puts beneath a checkpoint."""
    signer = private(state)
    key = Key(state["name"], signer.public_key().public_bytes_raw(), WITNESS)
    octets = key.number + at.to_bytes(8, "big") + signer.sign(cosigned_message(head.text, at))
    return f"\u2014 {key.name} {base64.b64encode(octets).decode()}\n"


# --- over the network -----------------------------------------------------------------------------------------


class Site:
    """The pages of a canbo, as far as a witness needs them: where to ask, and where to hand in."""

    def __init__(self, url: str) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise Unreadable(f"Expected an address that begins with https:// or http://; found {url[:80]!r}.")
        self.url = url.rstrip("/")
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, old: int) -> str:
        """The newest head, with a proof from `old` entries."""
        return self.said(urllib.request.Request(f"{self.url}{ADDRESS}?old={old}"))  # noqa: S310 - the scheme was looked at

    def hand_in(self, cosigned: str) -> str:
        """Give a cosigned checkpoint to canbo."""
        token = next((cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), "")
        headers = {"X-CSRFToken": token, "Referer": f"{self.url}/", "Content-Type": "text/plain; charset=utf-8"}
        return self.said(urllib.request.Request(f"{self.url}{ANSWER}", cosigned.encode(), headers))  # noqa: S310 - the same

    def said(self, request: urllib.request.Request) -> str:
        try:
            with self.opener.open(request, timeout=20) as answer:
                return str(answer.read(MOST_READ).decode("utf-8"))
        except (OSError, UnicodeDecodeError) as problem:
            raise Unreadable(f"{request.full_url} does not answer as expected: {problem}.") from None


def look(witness: Witness, site: Site) -> str:
    """Look at the journal once: cosign what is new and hand it in; what was done, in words. Raises as `cosign`."""
    state = witness.read()
    size = read_checkpoint(state["last"]).size if state["last"] else 0
    text = site.ask(size)
    request = read_request(text)
    if request.note == state["last"] and state["delivered"] == size:
        return f"Nothing new after {size} entries."
    cosigned = witness.cosign(text)
    site.hand_in(cosigned)
    head = read_checkpoint(cosigned)
    witness.write({**witness.read(), "delivered": head.size})
    return f"Cosigned {head.size} entries."


def watch(witness: Witness, url: str, *, every: float, once: bool, parent: int | None = None) -> int:
    """Look again and again; each new word is said once. With `once`, 0 or 1 after a single look.

    `parent`: the process that started this one; this one ends with it.
    """
    site, before = Site(url), ""
    while True:
        try:
            said, refused = look(witness, site), False
        except (Refused, Unreadable) as problem:
            said, refused = f"REFUSED. {problem}" if isinstance(problem, Refused) else f"WAITING. {problem}", True
        if said != before:
            print(said, file=sys.stderr if refused else sys.stdout, flush=True)
        before = said
        if once or (parent is not None and os.getppid() != parent):
            return int(refused)
        time.sleep(every)


# --- comparing what two were shown ----------------------------------------------------------------------------


def notes_of(path: Path) -> list[Checkpoint]:
    """All heads that a file knows: a checkpoint, or a witness's own file with the heads beside it."""
    text = path.read_text(encoding="utf-8")
    if not text.lstrip().startswith("{"):
        return [read_checkpoint(text)]
    heads = Path(f"{path}.heads")
    lines = heads.read_text(encoding="utf-8").splitlines() if heads.exists() else []
    return [read_checkpoint(json.loads(line)["note"]) for line in lines]


def compare(one: Sequence[Checkpoint], other: Sequence[Checkpoint], key: Key | None, proof: str | None = None) -> str:
    """Hold what two witnesses were shown against each other; what was found, in words.

    Raises Refused where the journal showed two pasts, and Unreadable where that cannot be told yet.
    """
    if key is not None:
        one, other = ([check_checkpoint(head.note, key) for head in heads] for heads in (one, other))
    if not one or not other or one[0].origin != other[0].origin:
        raise Unreadable("Expected heads of one and the same journal on both sides.")
    roots = {head.size: head.root for head in one}
    common = [head for head in other if head.size in roots]
    if split := next((head for head in common if roots[head.size] != head.root), None):
        raise Refused(f"SPLIT VIEW: {split.origin} showed two roots at {split.size} entries. Both are signed; keep both files.")
    old, new = sorted((max(one, key=lambda h: h.size), max(other, key=lambda h: h.size)), key=lambda h: h.size)
    if old.size == new.size:
        return f"Both saw the same journal of {new.size} entries."
    if proof is None:
        said = f"They agree on {len(common)} sizes. " if common else ""
        raise Unreadable(
            f"{said}The newest heads have {old.size} and {new.size} entries: ask for the proof that the one continues "
            "the other (`canbo journal prove --consistency OLD --under NEW`), and give it with --proof."
        )
    bundle = json.loads(proof)
    shown = [read_checkpoint(bundle[name]) for name in ("old", "new")] if bundle.get("format") == CONSISTENCY else []
    if [(head.size, head.root) for head in shown] != [(old.size, old.root), (new.size, new.root)]:
        raise Refused(f"The proof is not between {old.size} and {new.size} entries as these two saw them.")
    return check_consistency(bundle, key) if key else between(bundle, old, new)


def between(bundle: dict[str, Any], old: Checkpoint, new: Checkpoint) -> str:
    """The proof alone, where no key of the journal was given."""
    steps = [bytes.fromhex(step) for step in bundle["proof"]]
    if not consistency_holds(old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root, proof=steps):
        raise Refused(f"SPLIT VIEW: the journal of {new.size} entries does not continue that of {old.size} entries.")
    return f"The journal of {new.size} entries continues that of {old.size} entries."


# --- the command ----------------------------------------------------------------------------------------------


def arguments_of(parser: argparse.ArgumentParser) -> None:
    """Declare what can be asked of a witness."""
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="make the file and the key of a witness")
    new.add_argument("file", type=Path)
    new.add_argument("--name", required=True, help="the name it signs with: no space, no plus")
    new.add_argument("--journal", required=True, help="the public key of the journal it will watch")
    commands.add_parser("key", help="print its public key").add_argument("file", type=Path)
    sign = commands.add_parser("sign", help="cosign a request that came as a file")
    sign.add_argument("file", type=Path)
    sign.add_argument("request", type=Path)
    sign.add_argument("-o", "--output", type=Path, help="where to write the cosigned checkpoint; default: to the screen")
    watching = commands.add_parser("watch", help="look at the pages of a canbo again and again")
    watching.add_argument("file", type=Path)
    watching.add_argument("url")
    watching.add_argument("--every", type=float, default=5.0, help="seconds between two looks (default 5)")
    watching.add_argument("--once", action="store_true", help="look once")
    watching.add_argument("--parent", type=int, help="number of the process that started this one, to end with it")
    comparing = commands.add_parser("compare", help="hold what two witnesses saw against each other")
    comparing.add_argument("one", type=Path)
    comparing.add_argument("other", type=Path)
    comparing.add_argument("--journal", help="the public key of the journal: its signatures are checked too")
    comparing.add_argument("--proof", type=Path, help="proof that the larger continues the smaller")


def done(given: argparse.Namespace) -> int:
    """Do what was asked."""
    if given.command == "compare":
        key = read_key(given.journal) if given.journal else None
        proof = given.proof.read_text(encoding="utf-8") if given.proof else None
        print(compare(notes_of(given.one), notes_of(given.other), key, proof))
    elif given.command == "new":
        print(Witness.made(given.file, name=given.name, journal=read_key(given.journal)).key)
    elif given.command == "key":
        print(Witness(given.file).key)
    elif given.command == "sign":
        cosigned = Witness(given.file).cosign(given.request.read_text(encoding="utf-8"))
        given.output.write_text(cosigned, encoding="utf-8") if given.output else print(cosigned, end="")
    else:
        return watch(Witness(given.file), given.url, every=given.every, once=given.once, parent=given.parent)
    return 0


def witness_command(arguments: Sequence[str] | None = None) -> int:
    """Run a command of the witness; 0 done, 1 refused, 2 unreadable."""
    parser = argparse.ArgumentParser(prog="canbo witness", description="A witness of a canbo journal.")
    arguments_of(parser)
    try:
        return done(parser.parse_args(arguments))
    except Refused as problem:
        print(f"REFUSED. {problem}", file=sys.stderr)
        return 1
    except (Unreadable, OSError, ValueError) as problem:
        print(f"CANNOT BE DONE. {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(witness_command())
