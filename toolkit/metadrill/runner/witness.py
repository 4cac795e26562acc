"""The census's own figure beside each one of the witness, which counted by another route."""

from collections.abc import Mapping
from typing import Any

from metadrill.census import Census

GRAPH = "graph:"
WHOLE = {"graph:entities": "entities", "index:entities": "documents"}


def rows(census: Census, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Given what the witness counted, return a row each: what, census, witness, by.

    `graph:<type>` is held against the entities (and the glossary) of that type, `graph:entities`
    against all of them, `index:entities` against the documents, and another name against the
    table of that name. A name may say its route after an `@`. What the census does not have
    counts 0: it disagrees.
    """
    found = []
    for name, witness in sorted(counts.items()):
        what, _, route = name.partition("@")
        row = {"what": what, "census": figure(census, what), "witness": witness}
        found.append({**row, "by": route or "a count by the repository itself"})
    return found


def figure(census: Census, what: str) -> int:
    """Return how many rows the census has of what the witness names."""
    if what.startswith(GRAPH) and what not in WHOLE:
        kind = what.removeprefix(GRAPH)
        return _of(census, "entities", "type", kind) + _of(census, "glossary", "kind", kind)
    name = WHOLE.get(what, what)
    return census.tables[name].num_rows if name in census.tables else 0


def _of(census: Census, table: str, column: str, value: str) -> int:
    if table not in census.tables:
        return 0
    return int(census.tables[table][column].to_pylist().count(value))
