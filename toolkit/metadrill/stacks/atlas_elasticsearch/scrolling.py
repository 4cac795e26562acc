"""The index read document by document: those of entities, of relationships, of the words of entities."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from metadrill import progress
from metadrill.clients.http import HttpError, Undecodable
from metadrill.errors import CheckerError
from metadrill.stacks.atlas_elasticsearch import rows
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES

VERTICES, EDGES, WORDS = INDICES
_PAGE, _LARGEST = 2000, 1 << 63
_CLEARED = timedelta(minutes=10)
_MISSING = 404
_OF_VERTEX: Mapping[str, Any] = {
    "_source": [
        "__guid",
        "__typeName",
        "__state",
        "__modificationTimestamp",
        "__type",
        "__type.*",
        "__patch*",
    ]
}
_WORDS: Mapping[str, Any] = {"_source": False, "query": {"exists": {"field": "entityText"}}}
_EDGE = "_r__guid"
Row = dict[str, Any]
Hit = Mapping[str, Any]


def entities(elastic: Any) -> Iterator[Row]:
    """Read every document of the vertex index that stands for an entity, or for nothing: a stub."""
    for name, found in vertices(elastic):
        if name == "documents":
            yield from found


def vertices(elastic: Any) -> Iterator[tuple[str, list[Row]]]:
    """Read every document of the vertex index, and sort out which stand for entities, which for traits.

    Not by `exists`: one flipped byte in the norms silently drops rows from it. A document
    without `__guid` of no known internal kind is kept, with an empty guid: a stub.
    """
    hits = scroll(elastic, VERTICES)
    while page := list(islice(hits, _PAGE)):
        found: dict[str, list[Row]] = {"documents": [], "trait_documents": []}
        for hit in page:
            source, document = _source(hit), str(hit["_id"])
            kind, name = _kind(source), str(source.get("__typeName", ""))
            if kind == "trait":
                found["trait_documents"].append({"document": document, "type": name})
            elif kind != "internal":
                found["documents"].append(
                    {
                        "document": document,
                        "guid": str(source.get("__guid", "")) if kind == "entity" else "",
                        "type": name,
                        "state": str(source.get("__state", "")),
                        "modified": _moment(document, source.get("__modificationTimestamp")),
                    }
                )
        yield from found.items()


def relationships(elastic: Any) -> Iterator[Row]:
    """Read every document of the edge index: an edge has one where it is a relationship (`_r__guid`)."""
    for hit in _there(elastic, EDGES, {"_source": [_EDGE]}):
        yield {"document": str(hit["_id"]), "relationship": str(_source(hit).get(_EDGE, ""))}


def words(elastic: Any) -> Iterator[Row]:
    """Read which vertices have a document of their words: it bears the name of their document.

    The words themselves stay where they are: they are as long as whole queries.
    """
    for hit in _there(elastic, WORDS, _WORDS):
        yield {"document": str(hit["_id"])}


def scroll(elastic: Any, index: str, asked: Hit = _OF_VERTEX) -> Iterator[Hit]:
    """Yield every document of an index, or those that a query finds, with the fields asked for.

    Raises CheckerError where a shard did not answer, or others came than were counted.
    """
    body = {"size": _PAGE, "sort": ["_doc"], "track_total_hits": True, **asked}
    page = elastic.ask(f"/{index}/_search?scroll=1m", body)
    total, seen = page["hits"]["total"]["value"], 0
    with progress.stage("reading the index", total, "documents") as advance:
        while hits := page["hits"]["hits"]:
            _refuse_failed_shards(page)
            seen += len(hits)
            advance(len(hits))
            yield from hits
            page = elastic.ask("/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
    _refuse_failed_shards(page)
    elastic.call("DELETE", "/_search/scroll", timeout=_CLEARED, json={"scroll_id": page["_scroll_id"]})
    if seen != total:
        raise CheckerError(f"elasticsearch: {index} gave {seen} documents of {total}")


def _there(elastic: Any, index: str, asked: Hit) -> Iterator[Hit]:
    """Yield the documents of an index; one that is not there has none."""
    try:
        elastic.ask(f"/{index}/_refresh", None)
    except HttpError as error:
        if error.status == _MISSING:
            return
        raise
    yield from scroll(elastic, index, asked)


def _source(hit: Hit) -> Mapping[str, Any]:
    source = hit.get("_source")
    if not isinstance(source, Mapping):
        raise Undecodable(f"elasticsearch: document {hit.get('_id')} has no source")
    return source


def _refuse_failed_shards(page: Mapping[str, Any]) -> None:
    failed = page.get("_shards", {}).get("failures", [])
    if page.get("_shards", {}).get("failed"):
        reasons = Counter(str(item.get("reason", {}).get("type")) for item in failed)
        raise CheckerError(f"elasticsearch: the answer lacks shards: {dict(reasons)}")


def _moment(document: str, told: object) -> int | None:
    """Return a time of change in milliseconds. Raises Undecodable for what is none: a damaged document."""
    if told is None or (type(told) is int and -_LARGEST <= told < _LARGEST):
        return told
    raise Undecodable(
        f"elasticsearch: document {document}: its time of change is {told!r:.60}, no whole number"
    )


def _kind(source: Mapping[str, Any]) -> str:
    """Say what a document stands for: an entity, a trait, something internal, or a stub.

    The vertices of classifications and structs have a type name and no guid; type definitions say
    `typeSystem`.
    """
    name = source.get("__typeName")
    if name and rows.internal(str(name)):
        return "internal"
    if name:
        return "entity" if source.get("__guid") else "trait"
    known = source.get("__type") or any(field.startswith("__patch") for field in source)
    return "internal" if known else "stub"
