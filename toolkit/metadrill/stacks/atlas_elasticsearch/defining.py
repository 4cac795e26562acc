"""Whether the search index is defined as JanusGraph makes it, or as the engine guessed it.

Left to itself an index that is gone comes back with the next document, in a form guessed from it: it
answers many searches alike, and not all. JanusGraph 0.5.1 copies every field into one named `all`, and
makes none of two kinds; what the engine guesses of a text is a text and a keyword (read on Elasticsearch
7.10.2). Where JanusGraph is told to make no field `all`, no field is copied into it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from metadrill.clients.http import HttpError, Server
from metadrill.stacks.atlas_elasticsearch.configuration import ALIAS, INDICES

MADE, MISSING = "yes", "missing"
_ALL = "all"
_SCRIPTS = ("janusgraph-add", "janusgraph-del")
"""What JanusGraph changes a field of many values by; no snapshot of indices holds them."""
_NONE_THERE = 404

Json = Mapping[str, Any]


def definitions(elastic: Server) -> Iterator[Mapping[str, str]]:
    """Yield each index, alias and stored script that must be there, and whether it is as it is made.

    Raises Unreachable.
    """
    there = indices(elastic)
    for name in INDICES:
        index = there.get(name, {})
        fields = index.get("mappings", {}).get("properties") or {}
        yield {"what": f"index {name}", "defined": _guessed(fields) if index else MISSING}
        known = ALIAS in (index.get("aliases") or {})
        yield {"what": f"alias {ALIAS} of {name}", "defined": MADE if known else MISSING}
    state = elastic.get("/_cluster/state/metadata?filter_path=metadata.stored_scripts")
    scripts = (state.get("metadata") or {}).get("stored_scripts") or {}
    for name in _SCRIPTS:
        yield {"what": f"script {name}", "defined": MADE if name in scripts else MISSING}


def indices(elastic: Server) -> dict[str, Json]:
    """Return how each index that is there is made: mapping, settings, aliases. Raises Unreachable."""
    found = {}
    for name in INDICES:
        try:
            found[name] = elastic.get(f"/{name}")[name]
        except HttpError as error:
            if error.status != _NONE_THERE:
                raise
    return found


def _guessed(fields: Json) -> str:
    """Say which fields JanusGraph did not make, the first by name; or that it made all."""
    if not fields:
        return "without a field"
    copied = {_ALL} & fields.keys()
    wrong = sorted(
        name
        for name, field in _leaves(fields)
        if "fields" in field or (name != _ALL and not copied <= set(field.get("copy_to") or ()))
    )
    return f"guessed: {wrong[0]}, one of {len(wrong):,} fields" if wrong else MADE


def _leaves(fields: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yield the path of every field that holds values, and how it is mapped."""
    for name, field in fields.items():
        here = f"{path}.{name}" if path else name
        if "properties" in field:
            yield from _leaves(field["properties"], here)
        else:
            yield here, field
