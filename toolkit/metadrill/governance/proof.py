"""Proving an audit log: a checkpoint made of it, and the log held against those that are kept.

A checkpoint that its keeper has elsewhere is the one that nobody who can write to the ledger can
make anew without the key; with it, a log that was cut off or exchanged is found out.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from metadrill.errors import JournalError, KeyRefused
from metadrill.governance import audit, chain, checkpoints, merkle, notes
from metadrill.governance.checkpoints import Checkpoint
from metadrill.governance.notes import VerifierKey

_TO_VERIFY = "give the key that it was made with: --key NAME+HASH+BASE64"


@dataclass(frozen=True)
class Proved:
    """A log that verifies: as it is now, the checkpoints it was held against, the one given last.

    `torn` counts the bytes of a last line that is not whole: an entry that was never acknowledged.
    """

    now: Checkpoint
    kept: tuple[Checkpoint, ...]
    given: Checkpoint | None
    torn: int


def checkpoint(ledger: Path) -> tuple[bytes, VerifierKey]:
    """Make a checkpoint of the log as it is, keep it, and return its note and the key to verify it.

    The log is first held against the checkpoints that this user's key has signed: none is made that
    contradicts one. Raises JournalError, KeyRefused, EnvironmentNotReady.
    """
    roots = _Roots(ledger)
    key = checkpoints.own(roots.origin)
    for size in roots.kept:
        try:
            roots.hold(path := checkpoints.place(ledger, size), [key], size)
        except notes.Unknown as error:  # of another user of this ledger: not ours to judge
            if size == roots.now.size:
                raise KeyRefused(f"{path}: {error}", "it stands already: hand out that one") from None
    with chain.writable(ledger):
        return checkpoints.keep(ledger, roots.now), key


def verify(ledger: Path, keys: Iterable[VerifierKey], given: Path | None) -> Proved:
    """Verify the chain, every kept checkpoint, and the log against a checkpoint kept elsewhere.

    Without keys, this user's own is the one that must have signed. Raises JournalError with the line
    or the checkpoint that does not hold, KeyRefused where there is no key to verify with.
    """
    roots = _Roots(ledger)
    trusted = tuple(keys) or _own(roots.origin, given)
    path = given or ledger
    try:
        outer = roots.hold(given, trusted, None) if given else None
        kept = []
        for size in roots.kept:
            path = checkpoints.place(ledger, size)
            kept.append(roots.hold(path, trusted, size))
    except notes.Unknown as error:
        raise JournalError(f"{path}: {error}", _TO_VERIFY) from None
    return Proved(roots.now, tuple(kept), outer, roots.torn)


def _own(origin: str, given: Path | None) -> tuple[VerifierKey, ...]:
    """This user's key under the name of the log, and under the name that the given checkpoint has.

    So a checkpoint of another log of this user's is called that, and not one by a stranger.
    """
    names = [origin]
    with contextlib.suppress(OSError):  # what cannot be read is said where it is opened
        names += [given.read_bytes().partition(b"\n")[0].decode(errors="replace")] if given else []
    return tuple(checkpoints.local(name) for name in names)


class _Roots:
    """A log whose chain verifies, with its Merkle root at every size."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger / audit.FILE
        self.kept = checkpoints.kept(ledger)  # before the log is read: of a writer at work none is of more
        found = audit.found(ledger)
        if not found.items:
            raise JournalError(f"{self._path}: no entry there", "the log was never begun, or is gone")
        first = found.items[0]
        if first.action != audit.CREATED:
            raise JournalError(
                f"{self._path}:1: not the beginning of an audit log", "its first lines are gone"
            )
        if not checkpoints.place(ledger, 0).exists():
            raise JournalError(
                f"{checkpoints.place(ledger, 0)}: is gone",
                "each log has a first checkpoint, that of no entry",
            )
        self.origin, self.torn = first.object, len(found.torn)
        tree = merkle.Tree()
        self._roots = [tree.root()]
        for line in found.lines:
            tree.add(line)
            self._roots.append(tree.root())
        self.now = Checkpoint(self.origin, tree.size, tree.root())

    def hold(self, path: Path, keys: Iterable[VerifierKey], size: int | None) -> Checkpoint:
        """Hold the log against the checkpoint in a file, which must be of this size if one is given."""
        claimed = checkpoints.opened(path, keys)
        if claimed.origin != self.origin:
            raise JournalError(
                f"{path}: is of the log {claimed.origin}, this one is {self.origin}",
                "another log was put here",
            )
        if size is not None and claimed.size != size:
            raise JournalError(f"{path}: is the checkpoint of {claimed.size} entries", "it was renamed")
        if claimed.size > self.now.size:
            raise JournalError(
                f"{self._path}: {self.now.size} entries, and {path} is of {claimed.size}",
                "the end of the log was cut off",
            )
        if claimed.root != self._roots[claimed.size]:
            raise JournalError(
                f"{path}: its {claimed.size} entries are others than those of {self._path}",
                "the log was changed or exchanged since, and its chain made anew",
            )
        return claimed
