"""Damages to the real thing, one after the other: by its API, in the index alone, in graph and files.

Each is done to what a census saw, whatever data that is: nothing here knows a dataset.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from metadrill.census import Census
from metadrill.errors import MetadrillError, UsageError
from metadrill.ports.qualifying import Damage
from metadrill.stacks.atlas_elasticsearch import programs, scrolling
from metadrill.stacks.atlas_elasticsearch.breaking import Breaking
from metadrill.stacks.atlas_elasticsearch.configuration import ALIAS, INDICES

_API, _INDEX, _GRAPH, _FILE = "by its API", "in the index alone", "in the graph, Atlas stopped", "in a file"
_MINUTE = timedelta(minutes=2)
_FLIP = 0x55
Row = Mapping[str, Any]

_DAMAGES = (
    ("a type too many", _API, {1}),
    ("a type defined otherwise", _API, {2}),
    ("an entity invented", _API, {3, 7, 27}),
    ("an entity deleted softly", _API, {3, 4, 18}),
    ("an entity purged", _API, {4, 6}),
    ("an attribute altered", _API, {12, 15}),
    ("an owner exchanged", _API, {12, 15, 35}),
    ("a label added", _API, {12, 32}),
    ("an edge of lineage removed", _API, {19, 25, 26, 27}),
    ("a classification taken off", _API, {28}),
    ("a term taken off an entity", _API, {31}),
    ("an entity made a shell", _GRAPH, {5}),
    ("a document lost", _INDEX, {33}),
    ("a state altered", _INDEX, {33}),
    ("a document of no entity", _INDEX, {33}),
    ("a document of nothing at all", _INDEX, {33}),
    ("a relationship's document lost", _INDEX, {33}),
    ("the words of an entity lost", _INDEX, {33}),
    ("a classification's document lost", _INDEX, {33}),
    ("an alias lost", _INDEX, {33}),
    ("a byte of an index file flipped", _FILE, {40}),
)


class Damaging(Breaking):
    """Port `Qualifiable`."""

    search_engine = "elasticsearch"
    main_index = INDICES[0]

    def novel(self) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        """Return a type of a name of its own, since a type can be made once, and three entities of it."""
        name = f"metadrill_thing_{uuid.uuid4().hex[:8]}"
        kind = {"name": name, "superTypes": ["DataSet"], "attributeDefs": []}
        bodies = [
            {
                "typeName": name,
                "attributes": {"qualifiedName": f"{name}-{number}", "name": f"{name}-{number}"},
            }
            for number in range(3)
        ]
        return {"entityDefs": [kind]}, bodies

    def damages(self) -> tuple[Damage, ...]:
        """Return them in their order: the flipped byte last, since nothing is asked of the index after it."""
        return tuple(
            Damage(name, by, frozenset(checks), frozenset({"segments"} if by == _FILE else ()))
            for name, by, checks in _DAMAGES
        )

    def damage(self, name: str, seen: Census) -> str:
        """Do one of them."""
        ways: Mapping[str, Callable[[Census], str]] = {
            "a type too many": self._type_added,
            "a type defined otherwise": self._type_changed,
            "an entity invented": lambda seen: self.write(f"{_own()}invented"),
            "an entity deleted softly": self._deleted,
            "an entity purged": self._purged,
            "an attribute altered": lambda seen: self._altered(seen, "description", 0),
            "an owner exchanged": lambda seen: self._altered(seen, "owner", 1),
            "a label added": self._labelled,
            "an edge of lineage removed": self._edge_removed,
            "a classification taken off": self._classification_removed,
            "a term taken off an entity": self._term_removed,
            "an entity made a shell": self._shelled,
            "a document lost": self._document_lost,
            "a state altered": self._document_altered,
            "a document of no entity": lambda seen: self._ghost(f"no-such-{uuid.uuid4().hex[:8]}"),
            "a document of nothing at all": lambda seen: self._ghost(""),
            "a relationship's document lost": self._relationship_lost,
            "the words of an entity lost": self._words_lost,
            "a classification's document lost": self._trait_lost,
            "an alias lost": lambda seen: self._alias_lost(),
            "a byte of an index file flipped": lambda seen: self._flipped(),
        }
        if name not in ways:
            raise UsageError(f"damage '{name}': there is none", f"there are: {', '.join(ways)}")
        return ways[name](seen)

    def _type_added(self, seen: Census) -> str:
        name = "metadrill_colour"
        body = {"enumDefs": [{"name": name, "elementDefs": [{"value": "RED", "ordinal": 1}]}]}
        self.atlas.change("POST", "/v2/types/typedefs", body)
        return name

    def _type_changed(self, seen: Census) -> str:
        kind = self.atlas.get("/v2/types/enumdef/name/metadrill_colour")
        kind["elementDefs"].append({"value": "BLUE", "ordinal": 2})
        self.atlas.change("PUT", "/v2/types/typedefs", {"enumDefs": [kind]})
        return "metadrill_colour"

    def _deleted(self, seen: Census) -> str:
        guid: str = _one(seen, "entities", unique_name=f"{_own()}invented", state="ACTIVE")["guid"]
        self.delete([guid])
        return guid

    def _purged(self, seen: Census) -> str:
        guid: str = _one(seen, "entities", unique_name=f"{_own()}invented", state="DELETED")["guid"]
        self.purge([guid])
        return guid

    def _altered(self, seen: Census, attribute: str, place: int) -> str:
        guid: str = _assets(seen)[place]
        self.atlas.change(
            "PUT", f"/v2/entity/guid/{guid}?name={attribute}", f"altered {uuid.uuid4().hex[:8]}"
        )
        return guid

    def _labelled(self, seen: Census) -> str:
        guid: str = _assets(seen)[2]
        self.atlas.change("PUT", f"/v2/entity/guid/{guid}/labels", [f"metadrill-{uuid.uuid4().hex[:8]}"])
        return guid

    def _edge_removed(self, seen: Census) -> str:
        for edge in _rows(seen, "lineage", direction="inputs"):
            found = _rows(
                seen, "relationships", seen_from=edge["process"], other=edge["entity"], status="ACTIVE"
            )
            for row in found:
                self.atlas.change("DELETE", f"/v2/relationship/guid/{row['guid']}")
                return str(edge["entity"])
        raise MetadrillError("the data hold no lineage", "qualify with a dataset that has some")

    def _classification_removed(self, seen: Census) -> str:
        tag = _one(seen, "classifications", direct=True)
        self.atlas.change("DELETE", f"/v2/entity/guid/{tag['entity']}/classification/{tag['name']}")
        return str(tag["entity"])

    def _term_removed(self, seen: Census) -> str:
        given = _one(seen, "assignments", seen_from="term")
        row = _one(seen, "relationships", seen_from=given["term"], other=given["entity"], status="ACTIVE")
        body = [{"guid": given["entity"], "relationshipGuid": row["guid"]}]
        self.atlas.change("PUT", f"/v2/glossary/terms/{given['term']}/assignedEntities", body)
        return str(given["entity"])

    def _shelled(self, seen: Census) -> str:
        guid = _assets(seen)[3]
        self.stop("atlas")
        answer = self.place.root / "scratch" / "shell.json"
        self.groovy(programs.shipped("shell"), answer, _MINUTE, guid)
        self.start("atlas")
        return str(_one(seen, "entities", guid=guid)["type"])

    def _document_lost(self, seen: Census) -> str:
        row = _documents(seen)[0]
        self.alter_documents({row["document"]: None})
        return str(row["guid"])

    def _document_altered(self, seen: Census) -> str:
        row = _documents(seen)[1]
        self.alter_documents({row["document"]: {"state": "DELETED"}})
        return str(row["guid"])

    def _ghost(self, guid: str) -> str:
        told = {"guid": guid, "type": "DataSet", "state": "ACTIVE"} if guid else {}
        self.alter_documents({f"metadrill-{'ghost' if guid else 'stub'}": {**told, "modified": 1}})
        return guid

    def _relationship_lost(self, seen: Census) -> str:
        row = _one(seen, "edge_documents")
        self._delete(scrolling.EDGES, row["document"])
        return str(row["relationship"])

    def _words_lost(self, seen: Census) -> str:
        row = _documents(seen)[1]
        self._delete(scrolling.WORDS, row["document"])
        return str(row["guid"])

    def _trait_lost(self, seen: Census) -> str:
        tag = _one(seen, "classifications", direct=True)
        self.alter_documents({_one(seen, "trait_documents", type=tag["name"])["document"]: None})
        return str(tag["name"])

    def _alias_lost(self) -> str:
        self.elastic.change("DELETE", f"/{self.main_index}/_alias/{ALIAS}")
        return f"alias {ALIAS} of {self.main_index}"

    def _delete(self, index: str, document: str) -> None:
        self.elastic.change("DELETE", f"/{index}/_doc/{document}?refresh=true")

    def _flipped(self) -> str:
        self.consolidate(self.main_index)
        hits = [item for item in self.segments(self.main_index) if item.stored_fields]
        if not hits:
            raise MetadrillError(f"index {self.main_index}: no file of it can be reached")
        hit = max(hits, key=lambda item: item.size)
        with hit.path.open("r+b") as file:
            file.seek(sum(hit.stored_fields or ()) // 2)
            old = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([old ^ _FLIP]))
        return hit.name


def _own() -> str:
    return "metadrill-qualification/"


def _assets(seen: Census) -> list[str]:
    """Return entities that have lineage, and so the attributes of every data set; four at least."""
    live = {row["guid"] for row in _rows(seen, "entities", state="ACTIVE", shell=False)}
    found = sorted({row["entity"] for row in _rows(seen, "lineage")} & live)
    if len(found) < 4:
        raise MetadrillError("fewer than four entities have lineage", "qualify with a dataset that has some")
    return found


def _documents(seen: Census) -> list[Row]:
    """Return documents of live entities that nothing else is done to; two at least."""
    spared = set(_assets(seen)[:4])
    found = [row for row in _rows(seen, "documents", state="ACTIVE") if row["guid"] not in spared]
    if len(found) < 2:
        raise MetadrillError("fewer than two documents to damage", "qualify with a dataset")
    return found


def _rows(seen: Census, table: str, **wanted: Any) -> Iterator[Row]:
    """Yield the rows of a census that have these values, in its order."""
    for row in seen.tables[table].to_pylist() if table in seen.tables else ():
        if all(row[name] == value for name, value in wanted.items()):
            yield row


def _one(seen: Census, table: str, **wanted: Any) -> Row:
    row = next(_rows(seen, table, **wanted), None)
    if row is None:
        told = ", ".join(f"{name} {value}" for name, value in wanted.items())
        raise MetadrillError(f"no row of {table} with {told}", "qualify with a dataset that has some")
    return row
