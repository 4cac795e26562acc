"""Counts that somebody else made: of which table of a census each is, by which route, and if it agrees."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from metadrill.census import digests
from metadrill.census.tables import Census

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
    wanted, routes = set(tables), {(table(what), route) for what, route in map(parted, counts)}
    return "; ".join(f"{name}: {route}" for name, route in sorted(routes) if name in wanted)


def rows(census: Census, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Given what the witness counted, return a row each: what, census, witness, by.

    `graph:<type>` is held against the entities (and the glossary) of that type, `graph:entities`
    against all of them, `index:entities` against the documents, and another name against the
    table of that name. A name may say its route after an `@`. What the census does not have
    counts 0: it disagrees. Each table is read once, piece by piece. Raises BackupError.
    """
    whole, kinds = digests.counts(census), Counter(digests.types(census))
    kinds.update(digests.valued(census, "glossary", "kind"))
    found = []
    for name, counted in sorted(counts.items()):
        what, route = parted(name)
        if what.startswith(GRAPH) and what not in WHOLE:
            ours = kinds[what.removeprefix(GRAPH)]
        else:
            ours = whole.get(table(what), 0)
        found.append({"what": what, "census": ours, "witness": counted, "by": route})
    return found


def unlike(census: Census, counts: Mapping[str, int]) -> list[str]:
    """Return a sentence for each count of the witness that is not the census's own, or that it made none."""
    if not counts:
        return ["nobody else counted what the census holds"]
    told = "{what}: the census counts {census:,}, {by} {witness:,}"
    return [told.format(**row) for row in rows(census, counts) if row["census"] != row["witness"]]
