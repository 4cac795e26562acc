"""Checkpoints of an audit log: how many entries it has and the one hash of all of them, signed.

The text is that of C2SP's tlog-checkpoint (c2sp.org/tlog-checkpoint): a line each for the log's
origin, the number of its entries, and the RFC 6962 root of them in base64. It is signed as a note
(`notes`) under the origin as the name of the key. Those of a ledger lie in `checkpoints/<size>.note`.
"""

import base64
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from metadrill import placing, private
from metadrill.errors import JournalError, KeyRefused
from metadrill.governance import chain, ed25519, merkle, notes
from metadrill.governance.notes import NoteError, VerifierKey

FOLDER = "checkpoints"
KEY = "audit.pem"
_ORIGIN = "metadrill.audit/"
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_PUBLIC = 0o644


@dataclass(frozen=True)
class Checkpoint:
    """What a log was at a size: `root` is the Merkle tree hash of its lines, 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def checkpoint(text: str) -> Checkpoint:
    """Given the text of a signed note, return the checkpoint. Lines behind the third mean nothing here.

    Raises NoteError.
    """
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise NoteError("not a checkpoint: origin, size and root, a line each")
    root = notes.decoded(lines[2])
    if len(root) != len(merkle.EMPTY):
        raise NoteError("not a checkpoint: its root is no SHA-256")
    return Checkpoint(lines[0], int(lines[1]), root)


def place(ledger: Path, size: int) -> Path:
    """Return where the checkpoint of a size is kept."""
    return ledger / FOLDER / f"{size}.note"


def kept(ledger: Path) -> tuple[int, ...]:
    """Return the sizes that a checkpoint is kept of, the smallest first."""
    names = [path.stem for path in (ledger / FOLDER).glob("*.note")]
    return tuple(sorted(int(name) for name in names if _SIZE.fullmatch(name)))


def opened(path: Path, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Given a file, return the checkpoint in it, signed by one of the keys.

    Raises JournalError, which names the file; notes.Unknown for a note that none of the keys signed.
    """
    try:
        return checkpoint(notes.opened(path.read_bytes(), keys))
    except notes.Unknown:
        raise
    except NoteError as error:
        raise JournalError(f"{path}: {error}", "the checkpoint was changed") from None
    except OSError as error:
        raise JournalError(
            f"{path}: {(error.strerror or str(error)).lower()}", "is this the file of a checkpoint?"
        ) from None


def begin(ledger: Path) -> tuple[str, VerifierKey]:
    """Make the first checkpoint of a log, that of no entry, and return its origin and its key.

    One that is there already, of a log that has no entry yet, stays. Raises KeyRefused,
    JournalError, OSError.
    """
    path = place(ledger, 0)
    if not path.exists():
        origin = _ORIGIN + secrets.token_hex(8)
        keep(ledger, Checkpoint(origin, 0, merkle.EMPTY))
        return origin, own(origin)
    origin = path.read_text(errors="replace").partition("\n")[0]
    key = own(origin)
    try:
        found = opened(path, [key])
    except notes.Unknown as error:
        raise JournalError(f"{path}: {error}", "no entry was made yet: remove it, and begin anew") from None
    return found.origin, key


def keep(ledger: Path, made: Checkpoint) -> bytes:
    """Sign a checkpoint, keep it, and return its note; write the key to verify it beside the key.

    Raises KeyRefused, OSError.
    """
    key = _key()
    note = notes.sign(made.text(), made.origin, key).encode()
    verifier = VerifierKey(made.origin, key.public)
    beside = f"audit-{made.origin.rpartition('/')[2]}-{verifier.id.hex()}.vkey"
    private.put_once(private.folder() / beside, f"{verifier}\n".encode(), _PUBLIC)
    place(ledger, made.size).parent.mkdir(exist_ok=True)
    placing.put(place(ledger, made.size), note)
    return note


def own(origin: str) -> VerifierKey:
    """Return the key that this user's checkpoints of a log are verified with, made on first use.

    Raises KeyRefused.
    """
    return VerifierKey(origin, _key().public)


def local(origin: str) -> VerifierKey:
    """Return the same, and make none. Raises KeyRefused where this user has none."""
    return VerifierKey(origin, _read().public)


def _key() -> ed25519.Key:
    """The key of this user, made on first use."""
    path = private.folder() / KEY
    if not os.path.lexists(path):
        private.put_once(path, ed25519.make())
        chain.sync_folder(path.parent)
    return _read()


def _read() -> ed25519.Key:
    path = private.folder() / KEY
    try:
        return ed25519.Key(path, private.read(path))
    except FileNotFoundError:
        raise KeyRefused(
            f"{path}: no key there", "give the one to verify with: --key NAME+HASH+BASE64"
        ) from None
