"""Some of a set: what a person selected, with all that it needs, and what then must be there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from metadrill.census import selecting
from metadrill.census.exempting import Exempt
from metadrill.depot.given import GivenSet
from metadrill.errors import UsageError
from metadrill.model import selection
from metadrill.model.backup import Method
from metadrill.ports.backing import Expected


@dataclass(frozen=True)
class Portion:
    """The selections as they were written, the entities that they pick, and those with all they need."""

    selections: tuple[str, ...]
    picked: frozenset[str]
    guids: frozenset[str]

    @property
    def facts(self) -> dict[str, Any]:
        """What the audit log says of it."""
        return {"only": list(self.selections), "picked": len(self.picked), "with_needs": len(self.guids)}


def of(given: GivenSet, texts: tuple[str, ...], method: Method | None) -> Portion:
    """Return what some selections pick of a set. Raises UsageError: nothing, no export, by files."""
    if method is Method.PHYSICAL:
        raise UsageError(
            "--only and --method physical: stores' files are restored as a whole", "leave one out"
        )
    tables = given.expected(Method.LOGICAL).census.tables
    picked = selecting.chosen(tables, map(selection.parse, texts))
    return Portion(texts, picked, given.closure(picked))


def sparing(told: Expected, stack: Any) -> Expected:
    """Return the same, without what an import left behind of its own in a stack."""
    now = stack.census(frozenset({"entities"})).tables
    own = selecting.made(told.census.tables, now, stack.import_makes)
    return replace(told, exempt=told.exempt | Exempt(guids=own))


def expected(given: GivenSet, guids: frozenset[str]) -> Expected:
    """Return what must be there where these entities alone were restored into an empty stack."""
    whole = given.expected(Method.LOGICAL)
    entities = whole.census.tables["entities"]["guid"].to_pylist()
    others = frozenset(guid for guid in entities if guid) - guids
    facts: Mapping[str, Any] = {**whole.facts, "left_out": len(others)}
    return replace(whole, exempt=whole.exempt | Exempt(guids=others), facts=facts)
