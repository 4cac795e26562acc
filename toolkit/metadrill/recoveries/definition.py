"""How the index is defined before a fault, held against how it is after the recovery from it.

An index that is lost is made anew by the next write, with a mapping that the engine guesses: it answers
many searches alike, and not all (scenarios.md, index-lost).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from metadrill.errors import RecoveryError
from metadrill.ports import IndexRepair

STEP = "compare_definition"


@dataclass(frozen=True)
class Definition:
    """What an index was made with: mapping, settings, aliases, as its stack tells them."""

    whole: Mapping[str, Any] = field(default_factory=dict)

    def compared(self, target: IndexRepair) -> Mapping[str, Any]:
        """Return how many settings were compared. Raises RecoveryError for one that is not what it was.

        What came to it meanwhile, with a new type, is no harm.
        """
        before, now = dict(_flat(self.whole)), dict(_flat(target.index_definition()))
        wrong = sorted(path for path, value in before.items() if now.get(path) != value)
        if wrong:
            first = f"{wrong[0]}: {now.get(wrong[0], 'missing')}, was {before[wrong[0]]}"
            told = f"{len(wrong):,} of {len(before):,} settings differ, {first}"
            raise RecoveryError(f"the index is not defined as it was: {told}")
        return {"settings": len(before)}


def _flat(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path of every value in a tree of mappings, and the value."""
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, node
