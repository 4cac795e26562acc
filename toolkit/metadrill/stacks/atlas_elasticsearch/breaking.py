"""The index changed behind Atlas' back."""

from collections.abc import Mapping
from typing import Any

from metadrill.clients.volume import Volume
from metadrill.ports.breaking import Columns
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.restoring import Restoring

_FIELDS = {
    "guid": "__guid", "type": "__typeName", "state": "__state", "modified": "__modificationTimestamp",
}  # fmt: skip


class Breaking(Restoring):
    """Ports `IndexDocuments` and `OnVolume`."""

    def volume(self) -> Volume:
        """Return the volume of the sandbox's folder, where it has one of its own."""
        return Volume(self.place.root)

    def alter_documents(self, changes: Mapping[str, Columns | None]) -> None:
        """Write document by document, then make all of it visible at once."""
        main = INDICES[0]
        for document, columns in changes.items():
            if columns is None:
                self.elastic.change("DELETE", f"/{main}/_doc/{document}")
                continue
            told = {_FIELDS[name]: value for name, value in columns.items()}
            body = {"doc": told, "doc_as_upsert": True}
            self.elastic.change("POST", f"/{main}/_update/{document}", body)
        self.elastic.ask(f"/{main}/_refresh", None)

    def drop_index(self) -> Mapping[str, Any]:
        """Delete all three; Elasticsearch makes one anew, with a guessed mapping, for whoever writes next."""
        documents = int(self.elastic.get(f"/{INDICES[0]}/_count")["count"])
        for name in INDICES:
            self.elastic.change("DELETE", f"/{name}")
        return {"documents": documents, "indices": list(INDICES)}
