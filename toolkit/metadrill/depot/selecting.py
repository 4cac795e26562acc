"""Some entities out of a set: with all that they need, as an archive that the repository imports."""

from collections.abc import Sequence
from pathlib import Path

from metadrill.archives import zip_writing
from metadrill.depot import composing
from metadrill.depot.shelf import Held
from metadrill.errors import BackupError, UsageError
from metadrill.model.backup import Method
from metadrill.ports.backing import Dialect, Divisible


def closure(chain: Sequence[Held], dialect: Dialect, guids: frozenset[str]) -> frozenset[str]:
    """Return entities with all that they own, all that they need, and what that owns and needs in turn.

    Reads the export once and keeps the guids of each entry. Raises UsageError: the set has no export.
    """
    divisible = _divisible(chain[0], dialect)
    if not guids:
        return guids
    entry_of: dict[str, int] = {}
    entries: list[tuple[frozenset[str], frozenset[str]]] = []
    for name, content in composing.entries(chain):
        if name not in dialect.control:
            own, needs = divisible.held(content)
            entry_of.update(dict.fromkeys(own, len(entries)))
            entries.append((own, needs))
    found: set[str] = set()
    front = set(guids)
    while front:
        reached = {entry_of[guid] for guid in front if guid in entry_of}
        found |= {guid for number in reached for guid in entries[number][0]}
        front = {need for number in reached for need in entries[number][1]} - found
        front &= entry_of.keys()
    return frozenset(found)


def archive(chain: Sequence[Held], dialect: Dialect, guids: frozenset[str], target: Path) -> Path:
    """Write an export of these entities alone as a zip; return its path.

    Raises BackupError where the set does not hold one of them, or is damaged.
    """
    divisible = _divisible(chain[0], dialect)
    with target.open("wb") as file:
        zip_writing.write(divisible.only(composing.entries(chain), guids), file)
    return target


def _divisible(held: Held, dialect: Dialect) -> Divisible:
    name = held.manifest.name
    if Method.LOGICAL not in held.manifest.methods:
        raise UsageError(
            f"{name}: has no export, so it can be restored as a whole alone",
            "take sets with --method logical or both",
        )
    if not isinstance(dialect, Divisible):
        raise BackupError(f"{name}: exports of its kind of stack cannot be taken apart")
    return dialect
