"""Damages to the twin of a stack: to its graph, to its index alone, to a file of its index."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from metadrill.census import Census
from metadrill.errors import MetadrillError
from metadrill.model.sandboxed import Segment
from metadrill.ports.qualifying import Damage
from metadrill.testing.graph import Graph
from metadrill.testing.index import INDEX, MemoryIndex

_GRAPH, _INDEX, _FILE = "in the graph", "in the index alone", "in a file"


class Spoiling:
    """Port `Qualifiable` of the twin. The stack gives the graph and the index."""

    search_engine = "elasticsearch"
    main_index = INDEX
    graph: Graph
    index: MemoryIndex

    def segments(self, index: str) -> tuple[Segment, ...]:
        raise NotImplementedError

    def write(self, name: str) -> str:
        raise NotImplementedError

    def _indexed(self, documents: Iterable[Mapping[str, Any]]) -> None:
        raise NotImplementedError

    def novel(self) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        """Return a type of a name of its own, and three entities of it."""
        name = f"spare_{uuid.uuid4().hex[:8]}"
        bodies = [
            {"typeName": name, "attributes": {"qualifiedName": f"{name}-{number}"}} for number in range(3)
        ]
        return {"entityDefs": [{"name": name, "superTypes": ["DataSet"]}]}, bodies

    def damages(self) -> tuple[Damage, ...]:
        """Return what the twin can be given."""
        return (
            Damage("an entity invented", _GRAPH, frozenset({7})),
            Damage("an attribute altered", _GRAPH, frozenset({12})),
            Damage("a classification taken off", _GRAPH, frozenset({28})),
            Damage("a document lost", _INDEX, frozenset({33})),
            Damage("a byte of an index file flipped", _FILE, frozenset({40}), frozenset({"segments"})),
        )

    def damage(self, name: str, seen: Census) -> str:
        """Do one of them."""
        tables = [row for row in seen.tables["entities"].to_pylist() if row["type"] == "hive_table"]
        if not tables:
            raise MetadrillError("there is no hive_table to be damaged", "fill the twin with its sample")
        guid = str(tables[0]["guid"])
        entity = self.graph.entities[guid]
        if name == "an entity invented":
            guid = self.write("invented")
        elif name == "an attribute altered":
            self.graph.put(replace(entity, attributes={**entity.attributes, "comment": "altered"}))
        elif name == "a classification taken off":
            entity = next(each for each in self.graph.entities.values() if each.classifications)
            self.graph.put(replace(entity, classifications=()))
            guid = entity.guid
        elif name == "a document lost":
            self.index.drop([guid])
        else:
            guid = self._flipped()
        return guid

    def _flipped(self) -> str:
        hit = self.segments(INDEX)[0]
        raw = bytearray(hit.path.read_bytes())
        raw[sum(hit.stored_fields or ()) // 2] ^= 1
        hit.path.write_bytes(raw)
        return hit.name
