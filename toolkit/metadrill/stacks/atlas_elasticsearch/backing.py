"""Read whole for a backup: by Atlas' export and Elasticsearch's scroll."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, BinaryIO

from metadrill import progress
from metadrill.clients import atlas_identity
from metadrill.errors import EnvironmentNotReady
from metadrill.ports.backing import Row, Self
from metadrill.stacks.atlas_elasticsearch import exporting, rows, scrolling, stores
from metadrill.stacks.atlas_elasticsearch.base import PATIENT
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.filling import Filling

_LIMIT = timedelta(minutes=30)
_BLOCK = 1 << 18


class Backing(Filling):
    """Port `Backable`."""

    def itself(self) -> Self:
        """Return the cluster's identity, the graph's, the versions, and the plugins of the engine."""
        cluster, atlas = self.elastic.get("/", PATIENT), self.atlas.get("/admin/version", PATIENT)
        plugins = self.elastic.get("/_cat/plugins?format=json", PATIENT)
        return Self(
            cluster=str(cluster["cluster_uuid"]),
            fingerprint=atlas_identity.fingerprint(self.atlas),
            versions={
                "atlas": str(atlas["Version"]),
                "elasticsearch": str(cluster["version"]["number"]),
                **self._store_versions(),
            },
            plugins={str(item["component"]): str(item["version"]) for item in plugins},
        )

    def fit(self) -> Mapping[str, str]:
        """Return the views of both servers. Raises EnvironmentNotReady where one is not well.

        Each may take its time: a busy server's first search has taken longer than 5 s.
        """
        _well(self.views(PATIENT), "elasticsearch", ("green", "yellow"))  # a red one lets a search hang
        answer, views = self.search("Asset", PATIENT), self.views(PATIENT)
        _well(views, "elasticsearch", ("green", "yellow"))
        _well(views, "atlas", ("ACTIVE",), f", search: {answer.text}", answers=answer.ok)
        return views

    def documents(self) -> Iterator[Row]:
        """Yield the documents of entities, and stubs."""
        self.elastic.ask(f"/{INDICES[0]}/_refresh", None)
        return scrolling.entities(self.elastic)

    def schema(self) -> bytes:
        """Return all type definitions, Atlas' own too, as the server writes them."""
        return self.atlas.send("GET", "/v2/types/typedefs", timeout=_LIMIT).content

    def export(self, into: BinaryIO, deadline: timedelta) -> Mapping[str, Any]:
        """Export every type that has entities; `entities` is how many there are, whatever their type."""
        total, found = self._graph_counts()
        counted = {name: some for name, some in found.items() if not rows.internal(name)}
        own = sum(some for name, some in found.items() if rows.internal(name))
        answer = exporting.exported(self.atlas, counted, deadline)
        with answer, progress.stage("exporting") as advance:
            for block in answer.iter_content(_BLOCK):
                into.write(block)
                advance(len(block))
        return {"types": counted, "entities": total - own}

    def _store_versions(self) -> Mapping[str, str]:
        store = self.store
        if not isinstance(store, stores.Served) or store.server not in self.components:
            return {}
        return {store.server: self._store_version()}


def _well(
    views: Mapping[str, str], server: str, allowed: tuple[str, ...], told: str = "", *, answers: bool = True
) -> None:
    if views[server] not in allowed or not answers:
        raise EnvironmentNotReady(
            f"{server}: {views[server]}{told}: not fit to be backed up", "mend it first"
        )
