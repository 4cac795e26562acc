"""Where the seed of a random pick comes from, so that nobody chooses it.

The head is the newest checkpoint kept in the ledger, as the text of its first three lines and not as
the whole note: of the same text its signer can make many signatures, and anybody can add lines. The
text is held against the audit log itself, so it says what the log was, whoever signed it. The
checkpoint of no entry stands for every ledger's beginning: its head is the digest of the empty log.
"""

from collections.abc import Iterable
from pathlib import Path

from metadrill.errors import JournalError
from metadrill.governance import audit, checkpoints, merkle
from metadrill.governance.checkpoints import Checkpoint


def head(checkpoint: Checkpoint) -> bytes:
    """Return the bytes that a seed is made of: the text, or of no entry the 32 bytes SHA-256 of nothing."""
    return checkpoint.text().encode() if checkpoint.size else merkle.EMPTY


def previous(ledger: Path) -> Checkpoint:
    """Return the newest checkpoint that is kept in a ledger; that of no entry where none is.

    Raises JournalError where it is not one of the ledger's own audit log.
    """
    kept = checkpoints.kept(ledger)
    found = audit.found(ledger)
    if not found.items:
        return Checkpoint("", 0, merkle.EMPTY)
    origin = found.items[0].object
    if not kept or not kept[-1]:
        return Checkpoint(origin, 0, merkle.EMPTY)
    size = kept[-1]
    path = checkpoints.place(ledger, size)
    if size > len(found.lines):
        raise JournalError(
            f"{path}: of {size} entries, and the log has {len(found.lines)}", "the end of the log was cut off"
        )
    checkpoint = Checkpoint(origin, size, _roots(found.lines, {size})[size])
    if not path.read_bytes().startswith(checkpoint.text().encode()):
        raise JournalError(f"{path}: not what the log was then", "metadrill audit verify says more")
    return checkpoint


def hold(ledger: Path, named: Iterable[Checkpoint]) -> None:
    """Hold the checkpoints that picks named against the audit log.

    Raises JournalError for one that is not of this log.
    """
    found = audit.found(ledger)
    origin = found.items[0].object if found.items else ""
    wanted = tuple(named)
    roots = _roots(found.lines, {item.size for item in wanted})
    for item in wanted:
        mine = item.origin == origin or not (item.origin or item.size)  # picked before the log was begun
        if not mine or roots.get(item.size) != item.root:
            raise JournalError(
                f"{ledger / audit.FILE}: is not the log whose {item.size} entries a pick was drawn from",
                "the log was changed or exchanged since: metadrill audit verify",
            )


def _roots(lines: tuple[bytes, ...], sizes: set[int]) -> dict[int, bytes]:
    """The root at each of these sizes that the log has reached."""
    tree = merkle.Tree()
    roots = {0: tree.root()}
    for line in lines:
        tree.add(line)
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return roots
