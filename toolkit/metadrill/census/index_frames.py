"""The frames of the search index: what it holds, beside the graph; and its files."""

from collections.abc import Mapping

import pyarrow as pa

from metadrill.census import sql
from metadrill.census.framing import OBSERVED, At, Frame
from metadrill.census.tables import SCHEMAS

UNDECODABLE = "undecodable"
"""How the reason of a fault on `documents` begins when the index answered, but not in a form
that can be read: that is damage, hence a finding, and no failure to look."""

_ALL = "(all)"
_VALUES = ("type", "state", "modified")
_NONE = {side: sql.text(sql.absent(side)) for side in ("graph", "index")}


def _documents(at: At) -> str:
    """Return the name under which the documents are known; none where the index could not be decoded."""
    if not at.indexed:
        at.engine.give("whole_documents", SCHEMAS["documents"].empty_table())
    return "whole_documents"


def _graph_index(at: At) -> str:
    """Entities beside their index documents; then what the index holds that is nobody's."""
    documents = _documents(at)
    named = f"(SELECT * FROM {documents} WHERE guid <> '')"
    graph = "(SELECT guid, type, state, updated AS modified FROM whole_entities)"
    sides = sql.Sides("graph", "index", "_g", "_i")
    rows = sql.outer(at.engine, (graph, named), ("guid",), _VALUES, sides)
    stub = f"CASE WHEN coalesce(type, '') = '' THEN {_NONE['index']} ELSE type END"
    text = f"""
    SELECT t.guid, CASE WHEN d.guid IS NULL THEN t.side ELSE 'duplicated' END AS side,
           type_g, type_i, state_g, state_i, modified_g, modified_i
    FROM ({rows}) t LEFT JOIN (
        SELECT guid FROM {named} n GROUP BY guid HAVING count(*) > 1) d ON d.guid = t.guid
    UNION ALL
    SELECT 'document ' || coalesce(document, ''), 'stub', {_NONE["graph"]}, {stub},
           {_NONE["graph"]}, {_NONE["index"]}, -1, -1
    FROM {documents} WHERE coalesce(guid, '') = ''"""
    if at.damage:
        text += f"""
    UNION ALL
    SELECT {sql.text(at.damage)}, '{UNDECODABLE}', {_NONE["graph"]}, {_NONE["index"]},
           {_NONE["graph"]}, {_NONE["index"]}, -1, -1"""
    return text


def _index_counts(at: At) -> str:
    """Entities and documents per type, and in all, with what a witness counted in the graph."""
    counted = {
        _ALL if name == "graph:entities" else name.removeprefix("graph:"): count
        for name, count in at.witness.items()
        if name.startswith("graph:")
    }
    columns = {
        "what": pa.array(list(counted), pa.string()),
        "witness": pa.array(list(counted.values()), pa.int64()),
    }
    at.engine.give("witnessed", pa.table(columns))
    left, right = (
        f"SELECT coalesce(type, '') AS what, count(*) AS n FROM {source} GROUP BY coalesce(type, '')"
        for source in ("whole_entities", _documents(at))
    )
    return f"""
    WITH counts AS (
        SELECT what, n_b AS graph, n_o AS index FROM ({sql.beside(left, right, ("what",), ("n",))}) t),
    every AS (
        SELECT what, graph, index FROM counts
        UNION ALL
        SELECT '{_ALL}', CAST(sum(graph) AS BIGINT), CAST(sum(index) AS BIGINT)
        FROM counts HAVING count(*) > 0)
    SELECT every.what, graph, index, coalesce(w.witness, -1) AS witness
    FROM every LEFT JOIN witnessed w ON w.what = every.what"""


def _segments(at: At) -> str:
    """Each index file with the checksum it carries and the one computed from its bytes."""
    named = ", ".join(
        f"coalesce({column}, {sql.text(sql.absent(column))}) AS {column}"
        for column in ("file", "stored", "computed")
    )
    return f"SELECT {named} FROM whole_segments"


FRAMES: Mapping[str, Frame] = {
    "graph_index": Frame(_graph_index, ("entities", "documents"), OBSERVED),
    "index_counts": Frame(_index_counts, ("entities", "documents"), OBSERVED),
    "segments": Frame(_segments, ("segments",), OBSERVED),
}
