"""The frames of the search index: what it holds, beside the graph; and its files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from metadrill.census import joins
from metadrill.census.tables import SCHEMAS, Tables

UNDECODABLE = "undecodable"
"""How the reason of a fault on `documents` begins when the index answered, but not in a form
that can be read: that is damage, hence a finding, and no failure to look."""


_ALL = "(all)"
_COMPARED = ["guid", "type", "state", "modified"]


@dataclass(frozen=True)
class Pair:
    """The two censuses without the drill's own entities, and the observed one as whole.

    `now` is the moment of the comparison (milliseconds UTC); `rewrites`: the restore wrote its own
    times of update.
    """

    before: Tables
    after: Tables
    whole: Tables
    damage: str
    witness: Mapping[str, int]
    now: int
    rewrites: bool = False


def _documents(pair: Pair) -> pa.Table:
    found = pair.whole.get("documents")
    documents = SCHEMAS["documents"].empty_table() if found is None else found
    return joins.fill(documents, "guid", "")


def graph_index(pair: Pair) -> pa.Table:
    """Entities beside their index documents; then what the index holds that is nobody's."""
    documents = _documents(pair)
    named = documents.filter(pc.not_equal(documents["guid"], ""))
    sides = joins.Sides("graph", "index", "_g", "_i")
    graph = pair.whole["entities"]
    graph = graph.select(["guid", "type", "state", "updated"]).rename_columns(_COMPARED)
    result = joins.outer(graph, named, ("guid",), _COMPARED[1:], sides)
    copies = joins.count(named, ("guid",), "copies")
    several = copies.filter(pc.greater(copies["copies"], 1))["guid"]
    twice = pc.is_in(result["guid"], value_set=several.combine_chunks())
    result = result.set_column(1, "side", pc.if_else(twice, "duplicated", result["side"]))
    stubs = documents.filter(pc.equal(documents["guid"], ""))
    extra = [(f"document {name}", "stub", kind) for name, kind in _pairs(stubs, "document", "type")]
    if pair.damage:
        extra.append((pair.damage, UNDECODABLE, None))
    return pa.concat_tables([result, _loose(extra, result.schema)])


def _pairs(table: pa.Table, *columns: str) -> Iterator[tuple[str | None, ...]]:
    return zip(*(table[column].to_pylist() for column in columns), strict=True)


def _loose(extra: list[tuple[str, str, str | None]], schema: pa.Schema) -> pa.Table:
    graph, index = joins.absent("graph"), joins.absent("index")
    columns: dict[str, list[Any]] = {
        "guid": [name for name, _, _ in extra], "side": [side for _, side, _ in extra],
        "type_g": [graph] * len(extra), "type_i": [kind or index for _, _, kind in extra],
        "state_g": [graph] * len(extra), "state_i": [index] * len(extra),
        "modified_g": [-1] * len(extra), "modified_i": [-1] * len(extra),
    }  # fmt: skip
    return joins.rows(columns, schema)


def index_counts(pair: Pair) -> pa.Table:
    """Entities and documents per type, and in all, with what a witness counted in the graph."""
    graph = joins.count(pair.whole["entities"], ("type",), "graph")
    index = joins.count(_documents(pair), ("type",), "index")
    found = joins.beside(graph, index, ("type",)).rename_columns(["what", "graph", "index"])
    if not found.num_rows:
        return found.append_column("witness", pa.array([], pa.int64()))
    total = {name: [sum(found[name].to_pylist())] for name in ("graph", "index")}
    everything = joins.rows({"what": [_ALL], **total}, found.schema)
    found = pa.concat_tables([found, everything])
    counted = [
        pair.witness.get("graph:entities" if what == _ALL else f"graph:{what}", -1)
        for what in found["what"].to_pylist()
    ]
    return found.append_column("witness", pa.array(counted, pa.int64()))


def segments(pair: Pair) -> pa.Table:
    """Each index file with the checksum it carries and the one computed from its bytes."""
    found = pair.whole["segments"]
    for column in ("file", "stored", "computed"):
        found = joins.fill(found, column, joins.absent(column))
    return found.select(["file", "stored", "computed"])
