"""The frames of the search index: what it holds, beside the graph; and its files."""

from collections.abc import Mapping

import pyarrow as pa

from metadrill.census import sql, vouching
from metadrill.census.framing import OBSERVED, At, Frame
from metadrill.census.tables import BESIDE

UNDECODABLE = "undecodable"
"""How the reason of a fault on a table of INDEX begins when the index answered, but not in a form
that can be read: that is damage, hence a finding, and no failure to look."""
INDEX = BESIDE | {"documents"}
"""The tables that are read from the index."""

THERE, MISSING = "there", "missing"
_ALL = "(all)"
_VALUES = ("type", "state", "modified")
_NONE = {side: sql.text(sql.absent(side)) for side in ("graph", "index")}


def _graph_index(at: At) -> str:
    """Entities beside their index documents; then what the index holds that is nobody's."""
    named = "(SELECT * FROM whole_documents WHERE guid <> '')"
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
    FROM whole_documents WHERE coalesce(guid, '') = ''"""
    if damage := at.damage.get("documents"):
        text += f"""
    UNION ALL
    SELECT {sql.text(damage)}, '{UNDECODABLE}', {_NONE["graph"]}, {_NONE["index"]},
           {_NONE["graph"]}, {_NONE["index"]}, -1, -1"""
    return text


def _index_counts(at: At) -> str:
    """Entities and documents per type, and in all, with what a witness counted in the graph."""
    counted = {
        _ALL if what == "graph:entities" else what.removeprefix(vouching.GRAPH): count
        for what, count in ((vouching.parted(name)[0], count) for name, count in at.witness.items())
        if what.startswith(vouching.GRAPH)
    }
    columns = {
        "what": pa.array(list(counted), pa.string()),
        "witness": pa.array(list(counted.values()), pa.int64()),
    }
    at.engine.give("witnessed", pa.table(columns))
    left, right = (
        f"SELECT coalesce(type, '') AS what, count(*) AS n FROM {source} GROUP BY coalesce(type, '')"
        for source in ("whole_entities", "whole_documents")
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


def _trait_counts(at: At) -> str:
    """Each classification: how often it was given to an entity, and how many documents say so.

    One that was given away outlives the entity it came from (a purge leaves what it propagated to), so
    they are counted by their source. Documents of structs lie among them; they are left out.
    """
    left = """
    SELECT coalesce(name, '') AS name, count(*) AS n FROM (
        SELECT DISTINCT coalesce(source, entity), name FROM whole_classifications) c
    GROUP BY coalesce(name, '')"""
    right = """
    SELECT coalesce(type, '') AS name, count(*) AS n FROM whole_trait_documents GROUP BY coalesce(type, '')"""
    if damage := at.damage.get("trait_documents"):
        return f"SELECT {sql.text(damage)} AS name, 0 AS graph, -1 AS index"
    return f"""
    SELECT t.name, n_b AS graph, n_o AS index FROM ({sql.beside(left, right, ("name",), ("n",))}) t
    WHERE n_b > 0 OR t.name IN (SELECT name FROM whole_typedefs WHERE category = 'classification')"""


def _edge_index(at: At) -> str:
    """Relationships beside their index documents; then what the index holds that is no relationship's.

    The latter, `index`, is no damage by itself: a server has relationships of its own (saved searches),
    and one that was made anew between the same two keeps the document of the one before.
    """
    text = f"""
    WITH edges AS (
        SELECT coalesce(guid, '') AS guid, min(coalesce(type, '')) AS type
        FROM whole_relationships GROUP BY coalesce(guid, '')),
    held AS (
        SELECT relationship AS guid, count(*) AS n FROM whole_edge_documents
        WHERE relationship <> '' GROUP BY relationship)
    SELECT coalesce(e.guid, h.guid) AS guid, coalesce(e.type, {_NONE["graph"]}) AS type,
           CASE WHEN h.guid IS NULL THEN 'graph' WHEN e.guid IS NULL THEN 'index'
                WHEN h.n > 1 THEN 'duplicated' ELSE '{sql.BOTH}' END AS side
    FROM edges e FULL OUTER JOIN held h ON e.guid = h.guid
    UNION ALL
    SELECT 'document ' || coalesce(document, ''), {_NONE["graph"]}, 'stub'
    FROM whole_edge_documents WHERE coalesce(relationship, '') = ''"""
    if damage := at.damage.get("edge_documents"):
        text += f" UNION ALL SELECT {sql.text(damage)}, {_NONE['graph']}, '{UNDECODABLE}'"
    return text


def _text_index(at: At) -> str:
    """Each live entity with a document: whether the index of words has one beside it, of the same name.

    One that an import deletes again never had its words written, nor has a shell any.
    """
    text = f"""
    SELECT e.guid, coalesce(e.type, '') AS type,
           CASE WHEN w.document IS NULL THEN '{MISSING}' ELSE '{THERE}' END AS words
    FROM whole_entities e JOIN whole_documents d ON d.guid = e.guid
    LEFT JOIN (SELECT DISTINCT document FROM whole_text_documents) w ON w.document = d.document
    WHERE e.guid <> '' AND e.state = 'ACTIVE' AND NOT coalesce(e.shell, false)"""
    if damage := at.damage.get("text_documents"):
        text += f" UNION ALL SELECT {sql.text(damage)}, {_NONE['graph']}, '{UNDECODABLE}'"
    return text


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
    "trait_counts": Frame(_trait_counts, ("classifications", "typedefs", "trait_documents"), OBSERVED),
    "edge_index": Frame(_edge_index, ("relationships", "edge_documents"), OBSERVED),
    "text_index": Frame(_text_index, ("entities", "documents", "text_documents"), OBSERVED),
    "segments": Frame(_segments, ("segments",), OBSERVED),
}
