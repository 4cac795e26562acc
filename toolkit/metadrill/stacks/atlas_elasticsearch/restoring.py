"""A backup put into a sandbox: its types and its export. Both stores lost; made anew."""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock, progress
from metadrill.clients.http import HttpError
from metadrill.clients.multipart import Form
from metadrill.errors import MetadrillError, RecoveryError
from metadrill.stacks.atlas_elasticsearch import configuration
from metadrill.stacks.atlas_elasticsearch.backing import Backing

_IMPORT = timedelta(hours=4)
_SERVES = timedelta(minutes=5)
_RESTORE = timedelta(minutes=30)
BROUGHT = "brought"
REPOSITORY = ("elasticsearch", "repository")
_STAMPS = ("guid", "createTime", "updateTime", "createdBy", "updatedBy", "version")


class Restoring(Backing):
    """Ports `Importing`, `Unlinking` and `Destructible`."""

    import_makes = frozenset({"AtlasServer"})
    keeps_queue = False

    def put_export(self, archive: Path, schema: bytes) -> Mapping[str, Any]:
        """Create the types that are missing, import the archive; SUCCESS alone proves little (fact 7)."""
        missing = self._missing_types(schema)
        count = sum(len(items) for items in missing.values())
        if count:
            self.atlas.change("POST", "/v2/types/typedefs", missing, _RESTORE)
        self.record("call.made", component="atlas", method="POST", path="/admin/import", body=archive.name)
        try:
            form = Form({"request": '{"options":{}}'}, "data", archive)
            with form, progress.stage("importing"):
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
        """Kill every server and delete their data: nothing of the repository is left."""
        for name in reversed(self.components):
            self.sandbox.stop(name, timedelta(0))
        ended = clock.SYSTEM.monotonic_ns()
        lost = self._stored()
        self._empty()
        return {"lost": lost, "served_until_ns": ended}

    def _stored(self) -> Mapping[str, Any]:
        """Return how many files, and bytes, each store has on disk."""
        found = {}
        for folder in configuration.state(self.recipe):
            files = [path for path in (self.place.root / folder).rglob("*") if path.is_file()]
            if files:
                found[folder] = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
        return found

    def renew(self) -> Mapping[str, Any]:
        """Start every server on empty stores; return when a search is answered."""
        start = clock.SYSTEM.monotonic_ns()
        for name in self.components:
            self.start(name)
        self._serve()
        return {"seconds": clock.seconds(start, clock.SYSTEM.monotonic_ns())}

    def _empty(self) -> None:
        """Delete both stores' data, and the queue that belongs to them, but for one that is to be kept."""
        state = configuration.state(self.recipe)
        queue = () if self.keeps_queue else ("atlas/data/kafka",)
        for folder in (*state, *queue, "/".join((*REPOSITORY, BROUGHT))):
            shutil.rmtree(self.place.root / folder, ignore_errors=True)
        for folder in state:
            (self.place.root / folder).mkdir(parents=True, exist_ok=True)
        self.forget_index()

    def _serve(self) -> None:
        clock.wait_until(self._answers_a_search, _SERVES, "atlas: answering a search")
