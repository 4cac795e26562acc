"""What a stack gives so that it can be qualified: names that contracts need, damages to the real thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from metadrill.census import Census


@dataclass(frozen=True)
class Damage:
    """One damage that a stack can be given, by which way, and the checks that must see it.

    `tables` are those that must be read to see it; all, where none is named.
    """

    name: str
    by: str
    checks: frozenset[int]
    tables: frozenset[str] = frozenset()


@runtime_checkable
class Qualifiable(Protocol):
    """A stack in a sandbox of ours that may be damaged for good.

    `search_engine` is the component whose stop takes search away, `main_index` the index whose files
    are looked at.
    """

    search_engine: str
    main_index: str

    def novel(self) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        """Return a type that is not there yet, and bodies of three entities of it, none there either."""
        ...

    def damages(self) -> tuple[Damage, ...]:
        """Return every damage that can be done, in the order in which they are done: each once."""
        ...

    def damage(self, name: str, seen: Census) -> str:
        """Do one damage to what the census saw; return the word by which a finding must name it.

        Empty where nothing has a name. Raises MetadrillError where there is nothing to be damaged so.
        """
        ...
