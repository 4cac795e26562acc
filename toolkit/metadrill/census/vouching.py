"""Counts that somebody else made: of which table of a census each one is, and by which route."""

from collections.abc import Iterable, Mapping

GRAPH = "graph:"
WHOLE = {"graph:entities": "entities", "index:entities": "documents"}
_ITSELF = "a count by the repository itself"


def parted(name: str) -> tuple[str, str]:
    """Given the name of a count, return what was counted and by which route: `graph:hive_db@checkstate`."""
    what, _, route = name.partition("@")
    return what, route or _ITSELF


def table(what: str) -> str:
    """Return the table of a census that a count is held against."""
    return "entities" if what.startswith(GRAPH) else WHOLE.get(what, what)


def witness(tables: Iterable[str], counts: Mapping[str, int]) -> str:
    """Return by whom some tables were counted too: `documents: _count; entities: checkstate`."""
    routes = {(table(what), route) for what, route in map(parted, counts)}
    return "; ".join(f"{name}: {route}" for name, route in sorted(routes) if name in set(tables))
