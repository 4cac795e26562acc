"""Placing data, and the canary's writes: everything goes in through Atlas' own interfaces."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.clients.http import HttpError, NotConnected
from metadrill.errors import EnvironmentNotReady, MetadrillError, Unreachable, UsageError
from metadrill.ports import WriteRefused, WriteUnknown
from metadrill.stacks.atlas_elasticsearch import programs
from metadrill.stacks.atlas_elasticsearch.base import query
from metadrill.stacks.atlas_elasticsearch.indexing import Indexing

CANARY = "hive_db"
_CANARY_LIMIT = timedelta(seconds=45)  # a create on a red index is acknowledged after 30 s
_PAGE, _NAMES = 100, 50


class Filling(Indexing):
    """Ports `Fillable` and `Writable`."""

    def import_archive(self, archive: Path, deadline: timedelta) -> Mapping[str, Any]:
        """Bring in an export archive, keeping guids; SUCCESS alone proves little (fact 7)."""
        self.record(
            "call.made", component="atlas", method="POST", path="/admin/import", body=f"file {archive.name}"
        )
        form = {
            "request": (None, '{"options":{}}', "application/json"),
            "data": (archive.name, archive.read_bytes(), "application/octet-stream"),
        }
        try:
            answer = self.atlas.call("POST", "/admin/import", timeout=deadline, files=form)
        except HttpError as error:
            raise UsageError(f"{archive.name}: import refused: {error.text[:300]}") from None
        if answer["operationStatus"] != "SUCCESS":
            raise UsageError(f"{archive.name}: import ended with {answer['operationStatus']}")
        with zipfile.ZipFile(archive) as file:
            entries = len(file.namelist())
        # not its metrics: `created` misses soft-deleted entities
        entities = len(set(answer["processedEntities"]))
        return {"result": "SUCCESS", "entities": entities, "entries": entries}

    def sample_data(self, deadline: timedelta) -> Mapping[str, Any]:
        """Run `QuickStartV2`, Atlas' own sample, from the war."""
        before = self._checkstate("*")
        address = f"http://127.0.0.1:{self.place.ports['atlas']}/"
        self.record("call.made", component="atlas", method="RUN", path="QuickStartV2", body=None)
        file = str(self.place.password_file)
        program = programs.groovy(
            self.there, self.place, programs.shipped("quickstart"), address, self.place.user, file
        )
        code = self.sandbox.run(program, deadline)
        if code:
            tail = program.log.read_text(errors="replace")[-600:]
            raise EnvironmentNotReady(f"QuickStartV2: ended with {code}", f"its log ends: {tail}")
        return {"result": "SUCCESS", "entities": self._checkstate("*") - before}

    def create(self, typedefs: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create types, then entities; return the entities' guids in order."""
        if typedefs:
            self.atlas.change("POST", "/v2/types/typedefs", typedefs)
        guids: list[str] = []
        for start in range(0, len(entities), _PAGE):
            page = [
                {**item, "guid": f"-{number}"}
                for number, item in enumerate(entities[start : start + _PAGE], start=start + 1)
            ]
            made = self.atlas.change("POST", "/v2/entity/bulk", {"entities": page})["guidAssignments"]
            guids.extend(made[item["guid"]] for item in page)
        return guids

    def delete(self, guids: Sequence[str]) -> None:
        """Delete entities as a user would: softly.

        Atlas 2.1.0 cannot commit some deletions of several entities that hang together: it answers
        500 and has changed nothing (stack-facts.md). Those are deleted one by one.
        """
        for start in range(0, len(guids), _PAGE):
            page = guids[start : start + _PAGE]
            try:
                self.atlas.change("DELETE", f"/v2/entity/bulk?{query(('guid', guid) for guid in page)}")
            except HttpError as error:
                if error.status != 500 or len(page) == 1:
                    raise
                for guid in page:
                    self.atlas.change("DELETE", f"/v2/entity/guid/{guid}")

    def purge(self, guids: Sequence[str]) -> Mapping[str, Any]:
        """Remove deleted entities for good, and read whether they are gone.

        Atlas 2.1.0 purges and then answers 500: its audit entry has no type (stack-facts.md). So the
        answer proves nothing either way; what can still be read does. Raises MetadrillError then.
        """
        answers: dict[str, int] = {}
        for start in range(0, len(guids), _PAGE):
            page = list(guids[start : start + _PAGE])
            try:
                self.atlas.change("PUT", "/admin/purge", page)
                said = "200"
            except HttpError as error:
                if error.status != 500:
                    raise
                said = "500"
            answers[said] = answers.get(said, 0) + 1
        left = [entity["guid"] for entity in self._all_by_guid(guids)]
        if left:
            raise MetadrillError(f"atlas: {len(left)} of {len(guids)} were not purged: {', '.join(left[:3])}")
        return {"purged": len(guids), "answers": answers}

    def write(self, name: str) -> str:
        """Create one small entity; raises WriteRefused or WriteUnknown."""
        attributes = {"qualifiedName": name, "name": name, "clusterName": "metadrill"}
        body = {"entity": {"typeName": CANARY, "attributes": attributes}}
        try:
            made = self.atlas.call("POST", "/v2/entity", timeout=_CANARY_LIMIT, json=body)
            return str(made["mutatedEntities"]["CREATE"][0]["guid"])
        except NotConnected as error:
            raise WriteRefused(error.message) from None
        except HttpError as error:
            refused = error.status in (400, 401, 403, 404, 409)
            raise (WriteRefused if refused else WriteUnknown)(error.message) from None
        except (Unreachable, KeyError, IndexError, TypeError) as error:
            raise WriteUnknown(str(error)) from None

    def present(self, names: Mapping[str, str]) -> set[str]:
        """Return the names whose entity is there by guid, active, under that very name."""
        there = set()
        by_guid = {guid: name for name, guid in names.items()}
        for entity in self._all_by_guid(list(by_guid)):
            name = by_guid.get(entity["guid"])
            if entity["status"] == "ACTIVE" and entity["attributes"].get("qualifiedName") == name:
                there.add(str(name))
        return there

    def found(self, names: Sequence[str]) -> set[str]:
        """Return the names that a search by their exact name finds; many are asked for at once.

        Atlas looks at every entity of the type that its index has, for one name as for many.
        """
        there: set[str] = set()
        for start in range(0, len(names), _NAMES):
            page = names[start : start + _NAMES]
            wanted = [
                {"attributeName": "qualifiedName", "operator": "eq", "attributeValue": name} for name in page
            ]
            filters = {"condition": "OR", "criterion": wanted}
            body = {"typeName": CANARY, "limit": 5 * len(page), "entityFilters": filters}
            answer = self.atlas.ask("/v2/search/basic", body)
            rows = answer.get("entities") or []
            there |= {row["attributes"].get("qualifiedName") for row in rows} & set(page)
        return there

    def _all_by_guid(self, guids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for start in range(0, len(guids), _PAGE):
            yield from self._by_guid(guids[start : start + _PAGE])

    def _by_guid(self, guids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Read entities by guid; one that is gone makes the whole page fail, so then one by one."""
        path = "/v2/entity/bulk?ignoreRelationships=true&"
        try:
            return list(self.atlas.get(path + query(("guid", guid) for guid in guids)).get("entities", []))
        except HttpError as error:
            if error.status != 404:
                raise
            if len(guids) == 1:
                return []
            return [entity for guid in guids for entity in self._by_guid([guid])]
