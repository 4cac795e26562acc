"""The index's ways back: its snapshot, the repair of its tail, the rebuild from the graph."""

import json
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import RecoveryError
from metadrill.stacks.atlas_elasticsearch import defining, programs, scrolling
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.reading import Reading

_REPOSITORY = "metadrill"
_SNAPSHOT = timedelta(minutes=10)
_REPAIR = timedelta(minutes=15)
_REBUILD = timedelta(minutes=60)
_NAMES = ",".join(INDICES)
_DEFINES = {"number_of_shards", "number_of_replicas", "max_result_window", "mapping"}


class Indexing(Reading):
    """Ports `IndexSnapshots` and `IndexRepair`."""

    def snapshot(self) -> Mapping[str, Any]:
        """Take a snapshot of the three indices, without the cluster's state."""
        location = str(self.place.root / "elasticsearch" / "repository")
        body = {"type": "fs", "settings": {"location": location}}
        self.elastic.change("PUT", f"/_snapshot/{_REPOSITORY}", body)
        reference = f"snapshot-{clock.SYSTEM.monotonic_ns()}"
        path = f"/_snapshot/{_REPOSITORY}/{reference}?wait_for_completion=true"
        asked = {"indices": _NAMES, "include_global_state": False}
        taken = self.elastic.change("PUT", path, asked, _SNAPSHOT)["snapshot"]
        if taken["state"] != "SUCCESS":
            raise RecoveryError(f"elasticsearch: the snapshot ended with {taken['state']}")
        documents = int(self.elastic.get(f"/{INDICES[0]}/_count")["count"])
        return {"ref": reference, "documents": documents, "kind": "elasticsearch snapshot"}

    def restore_snapshot(self, ref: str) -> Mapping[str, Any]:
        """Delete the indices, restore the snapshot, wait for green.

        Delete, not close: a restore into a closed index may keep local files it believes the
        same. Meanwhile no write may make the index anew, with a mapping of its own.
        """
        self.bring_back("elasticsearch")
        self._auto_create("false")
        try:
            for name in INDICES:
                self.elastic.change("DELETE", f"/{name}?ignore_unavailable=true")
            path = f"/_snapshot/{_REPOSITORY}/{ref}/_restore?wait_for_completion=true"
            body = {
                "indices": _NAMES,
                "include_global_state": False,
                "ignore_index_settings": ["index.shard.check_on_startup"],
            }
            answer = self.elastic.change("POST", path, body, _SNAPSHOT)
        finally:
            self._auto_create(None)
        self.forget_index()
        failed = answer["snapshot"]["shards"]["failed"]
        if failed:
            raise RecoveryError(f"elasticsearch: {failed} shards could not be restored from {ref}")
        self._wait_green(_SNAPSHOT)
        return {"ref": ref, "shards": answer["snapshot"]["shards"]["total"]}

    def repair_tail(self) -> Mapping[str, Any]:
        """Re-index what differs, with Atlas stopped; drop documents whose entity is gone."""
        self.bring_back("elasticsearch")
        self.stop("atlas")
        scratch = self.place.root / "scratch"
        listing, answer = scratch / "indexed.jsonl", scratch / "repair.json"
        documents = self._index_states(listing)
        self.groovy(programs.shipped("repair"), answer, _REPAIR, str(listing))
        facts = json.loads(answer.read_text())
        for document in [*(documents[guid] for guid in facts["ghosts"]), *facts["stale"]]:
            self.elastic.change("DELETE", f"/{scrolling.VERTICES}/_doc/{document}")
        self.elastic.ask(f"/{scrolling.VERTICES}/_refresh", None)  # once, however many there were
        self.start("atlas")
        return {
            "examined": facts["examined"],
            "repaired": len(facts["repaired"]),
            "classifications": facts["classifications"],
            "edges": facts["edges"],
            "guids": facts["repaired"][:50],
            "ghosts": len(facts["ghosts"]) + len(facts["stale"]),
        }

    def rebuild_index(self, definition: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Make the indices anew from the graph, each as it is defined, Atlas stopped.

        Emptied first: a write that hangs on a red index would keep Atlas from stopping.
        """
        self.bring_back("elasticsearch")
        self._auto_create("false")
        try:
            self._recreate(definition or self.index_definition())
        finally:
            self._auto_create(None)
        self.forget_index()
        self.stop("atlas")
        answer = self.place.root / "scratch" / "rebuild.json"
        self.groovy(programs.shipped("rebuild"), answer, _REBUILD)
        took = {name: round(seconds, 3) for name, seconds in json.loads(answer.read_text()).items()}
        self.start("atlas")
        self.elastic.ask(f"/{_NAMES}/_refresh", None)
        return {"documents": int(self.elastic.get(f"/{INDICES[0]}/_count")["count"]), "seconds": took}

    def index_definition(self) -> Mapping[str, Any]:
        """Return mapping, settings and aliases of each index that is there, as they are said to make it.

        Left to itself an index comes back with a mapping guessed from the first document.
        """
        found = {}
        for name, now in defining.indices(self.elastic).items():
            settings = {key: value for key, value in now["settings"]["index"].items() if key in _DEFINES}
            found[name] = {
                "mappings": now["mappings"], "aliases": now["aliases"], "settings": {"index": settings},
            }  # fmt: skip
        return found

    def _recreate(self, definition: Mapping[str, Any]) -> None:
        """Delete the indices and create them empty, each as it is defined."""
        if missing := sorted(set(INDICES) - set(definition)):
            raise RecoveryError(
                f"index {', '.join(missing)}: is lost, and its mapping with it", "restore its snapshot"
            )
        for name in INDICES:
            self.elastic.change("DELETE", f"/{name}?ignore_unavailable=true")
            self.elastic.change("PUT", f"/{name}", definition[name])

    def _auto_create(self, value: str | None) -> None:
        setting = {"persistent": {"action.auto_create_index": value}}
        self.elastic.change("PUT", "/_cluster/settings", setting)

    def _index_states(self, listing: Path) -> dict[str, str]:
        """Write what the index says of each entity and classification; return guid → document id."""
        documents = {}
        with listing.open("w") as file:
            for hit in scrolling.scroll(self.elastic, scrolling.VERTICES):
                source = hit["_source"]
                if source.get("__typeName"):
                    row = {
                        "id": hit["_id"],
                        "guid": source.get("__guid"),
                        "type": source["__typeName"],
                        "state": source.get("__state"),
                        "modified": source.get("__modificationTimestamp"),
                    }
                    file.write(json.dumps(row) + "\n")
                    documents[source.get("__guid")] = hit["_id"]
        return documents

    def groovy(self, script: Traversable, answer: Path, deadline: timedelta, *args: str) -> None:
        """Run a script on the stopped graph; its last argument is the file that it answers in.

        Raises RecoveryError with the end of its log.
        """
        answer.unlink(missing_ok=True)
        program = programs.groovy(self.there, self.place, script, *args, str(answer))
        code = self.sandbox.run(program, deadline)
        if code or not answer.exists():
            tail = program.log.read_text(errors="replace")[-600:]
            raise RecoveryError(f"{script.name}: ended with {code}", f"its log ends: {tail}")
