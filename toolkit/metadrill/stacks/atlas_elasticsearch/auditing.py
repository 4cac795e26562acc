"""Who changed what: the audit that Atlas keeps of each entity, where the stack's store keeps it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metadrill.census import trails
from metadrill.ports.backing import Row
from metadrill.stacks.atlas_elasticsearch.files import Files

_PAGE = 100
_CREATES = ("ENTITY_CREATE", "ENTITY_IMPORT_CREATE")
_BROUGHT = "ENTITY_IMPORT_"


class Auditing(Files):
    """Port `Audited`."""

    def changes(self, guids: Iterable[str]) -> Iterator[Row]:
        """Yield the audit of entities, oldest first; Atlas answers by entity, newest first.

        In pages, and not in pages of the size that is asked for: its Cassandra gives ten at most. A page
        begins with the event that it is asked from, so one that brings nothing new is the last.
        """
        for guid in guids:
            found: dict[str, Mapping[str, Any]] = {}
            key = ""
            while True:
                start = f"&startKey={key}" if key else ""
                page = self.atlas.get(f"/v2/entity/{guid}/audit?count={_PAGE}{start}") or []
                fresh = {item["eventKey"]: item for item in page if item["eventKey"] not in found}
                if not fresh:
                    break
                found |= fresh
                key = page[-1]["eventKey"]
            for item in sorted(found.values(), key=lambda one: (one["timestamp"], one["eventKey"])):
                yield _change(guid, item)

    def _audit_rows(self, guids: Iterable[str]) -> Iterator[Row]:
        return trails.rows(self.changes(guids))


def _change(guid: str, item: Mapping[str, Any]) -> Row:
    action = str(item["action"])
    return {
        "guid": guid, "at": item["timestamp"], "user": item["user"], "action": action,
        "details": item.get("details") or "", "key": item["eventKey"], "creates": action in _CREATES,
        "brought": action.startswith(_BROUGHT),
    }  # fmt: skip
