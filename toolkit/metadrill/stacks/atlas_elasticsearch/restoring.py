"""A backup put into a sandbox: both stores' files, or types and export. Both stores lost; made anew."""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.clients.http import HttpError
from metadrill.clients.multipart import Form
from metadrill.errors import MetadrillError, RecoveryError
from metadrill.ports.backing import StoreFiles
from metadrill.stacks.atlas_elasticsearch.backing import GRAPH_FILES, REPOSITORY, SNAPSHOT, Backing, unpack
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES, STATE

_IMPORT = timedelta(hours=4)
_SERVES = timedelta(minutes=5)
_RESTORE = timedelta(minutes=30)
_BROUGHT = "brought"
_STAMPS = ("guid", "createTime", "updateTime", "createdBy", "updatedBy", "version")


class Restoring(Backing):
    """Ports `Restorable`, `Unlinking` and `Destructible`."""

    import_makes = frozenset({"AtlasServer"})

    def put_files(self, files: StoreFiles) -> Mapping[str, Any]:
        """Replace both stores by the files of a backup; the index is made to agree with the graph.

        The snapshot is older than the graph's copy by the cut's skew: what lies between is re-indexed.
        """
        for name in reversed(self.components):
            self.stop(name)
        self._empty()
        graph = unpack(files.graph, self.place.root.joinpath(*GRAPH_FILES))
        location = self.place.root.joinpath(*REPOSITORY, _BROUGHT)
        index = unpack(files.index, location)
        self.start("elasticsearch")
        self.elastic.change(
            "PUT", f"/_snapshot/{_BROUGHT}", {"type": "fs", "settings": {"location": str(location)}}
        )
        path = f"/_snapshot/{_BROUGHT}/{SNAPSHOT}/_restore?wait_for_completion=true"
        asked = {"indices": ",".join(INDICES), "include_global_state": False}
        shards = self.elastic.change("POST", path, asked, _RESTORE)["snapshot"]["shards"]
        if shards["failed"]:
            raise RecoveryError(f"elasticsearch: {shards['failed']} shards could not be restored")
        self._wait_green(_RESTORE)
        self.forget_index()
        tail = self.repair_tail()  # starts Atlas
        self._serve()
        return {"graph_files": graph, "index_files": index, "shards": shards["total"], "tail": dict(tail)}

    def put_export(self, archive: Path, schema: bytes) -> Mapping[str, Any]:
        """Create the types that are missing, import the archive; SUCCESS alone proves little (fact 7)."""
        missing = self._missing_types(schema)
        count = sum(len(items) for items in missing.values())
        if count:
            self.atlas.change("POST", "/v2/types/typedefs", missing, _RESTORE)
        self.record("call.made", component="atlas", method="POST", path="/admin/import", body=archive.name)
        try:
            with Form({"request": '{"options":{}}'}, "data", archive) as form:
                answer = self.atlas.call(
                    "POST", "/admin/import", timeout=_IMPORT, data=form, headers=form.headers
                )
        except MetadrillError as error:
            raise RecoveryError(f"{archive.name}: import refused: {error.message}") from None
        if answer["operationStatus"] != "SUCCESS":
            raise RecoveryError(f"{archive.name}: import ended with {answer['operationStatus']}")
        return {"types": count, "entities": len(set(answer["processedEntities"]))}

    def unlink(self, relationships: Sequence[str]) -> Mapping[str, Any]:
        """Delete relationships that an import made active again: it does not read that they were deleted.

        Found by a live test: a process' `attributes.inputs` list deleted edges too, and an import makes
        an edge of each (toolkit/docs/stack-facts.md).
        """
        counts = {"unlinked": 0, "untouched": 0}
        for guid in relationships:
            path = f"/v2/relationship/guid/{guid}"
            try:
                status = self.atlas.get(path)["relationship"]["status"]
            except HttpError as error:
                if error.status != 404:
                    raise
                status = "absent"
            if status == "ACTIVE":
                self.atlas.change("DELETE", path)
            counts["unlinked" if status == "ACTIVE" else "untouched"] += 1
        return counts

    def _missing_types(self, schema: bytes) -> dict[str, list[dict[str, Any]]]:
        """Return the types of a backup that the server lacks, as one that is made may be said."""
        there = {
            (category, item["name"])
            for category, items in self.atlas.get("/v2/types/typedefs").items()
            for item in items or ()
        }
        return {
            category: [
                {key: value for key, value in item.items() if key not in _STAMPS}
                for item in items or ()
                if (category, item["name"]) not in there
            ]
            for category, items in json.loads(schema).items()
        }

    def destroy(self) -> Mapping[str, Any]:
        """Kill both servers and delete their data: nothing of the repository is left."""
        for name in reversed(self.components):
            self.sandbox.stop(name, timedelta(0))
        lost = {
            folder: [len(files), sum(path.stat().st_size for path in files)]
            for folder in STATE
            if (files := [path for path in (self.place.root / folder).rglob("*") if path.is_file()])
        }
        self._empty()
        return {"lost": {name: {"files": count, "bytes": size} for name, (count, size) in lost.items()}}

    def renew(self) -> Mapping[str, Any]:
        """Start both servers on empty stores; return when a search is answered."""
        start = clock.SYSTEM.monotonic_ns()
        for name in self.components:
            self.start(name)
        self._serve()
        return {"seconds": clock.seconds(start, clock.SYSTEM.monotonic_ns())}

    def _empty(self) -> None:
        """Delete both stores' data, and the queue that belongs to them."""
        for folder in (*STATE, "atlas/data/kafka", "/".join((*REPOSITORY, _BROUGHT))):
            shutil.rmtree(self.place.root / folder, ignore_errors=True)
        for folder in STATE:
            (self.place.root / folder).mkdir(parents=True, exist_ok=True)
        self.forget_index()

    def _serve(self) -> None:
        clock.wait_until(self._answers_a_search, _SERVES, "atlas: answering a search")
