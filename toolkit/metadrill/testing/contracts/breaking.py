"""Contracts of IndexDocuments and GraphFiles."""

from collections.abc import Mapping
from typing import Any

from metadrill.errors import MetadrillError
from metadrill.ports import IndexRepair
from metadrill.ports.breaking import GraphFiles, IndexDocuments
from metadrill.testing.contracts.patience import LOOK, PATIENCE, able

_GHOST = "metadrill-contract-ghost"


class IndexDocumentsContract:
    """Fixtures: `stack`, which repairs its index too, and `a_type`."""

    def test_documents_are_deleted_altered_and_made_and_a_repair_takes_it_back(self, stack: Any) -> None:
        assert able(stack, IndexDocuments)
        before = _documents(stack)
        gone, other = [name for name, row in before.items() if row["guid"]][:2]
        ghost = {"guid": _GHOST, "type": "DataSet", "state": "ACTIVE", "modified": 1}
        stack.alter_documents({gone: None, other: {"state": "DELETED", "modified": 2}, _GHOST: ghost})
        now = _documents(stack)
        assert gone not in now and now.keys() - before.keys() == {_GHOST}
        assert now[other] == {**before[other], "state": "DELETED", "modified": 2}
        assert {name: row for name, row in now.items() if before.get(name) == row}.keys() == (
            before.keys() - {gone, other}
        )
        stack.repair_tail()
        stack.settle(PATIENCE)
        assert _by_guid(_documents(stack)) == _by_guid(before)

    def test_an_index_that_is_lost_is_rebuilt_by_its_definition(self, stack: Any, a_type: str) -> None:
        assert able(stack, IndexRepair)
        counts, before = stack.settle(PATIENCE), _by_guid(_documents(stack))
        definition = stack.index_definition()
        assert stack.drop_index()["documents"] >= len(before)
        assert stack.rebuild_index(definition)["documents"] > 0
        assert stack.settle(PATIENCE) == counts
        assert _by_guid(_documents(stack)) == before and stack.search(a_type, LOOK).ok
        assert stack.index_definition() == definition


class GraphFilesContract:
    """Fixtures: `stack`, `a_type`."""

    def test_a_graph_whose_file_is_damaged_does_not_serve_until_it_is_as_it_was(
        self, stack: Any, a_type: str
    ) -> None:
        assert able(stack, GraphFiles)
        counts = stack.settle(PATIENCE)
        stack.stop(stack.graph_server)
        path = stack.graph_files()[-1]
        sound = path.read_bytes()
        with path.open("r+b") as file:
            file.write(bytes(min(4096, len(sound))))
        try:
            stack.start(stack.graph_server)
        except MetadrillError as error:
            assert error.message
        assert not stack.search(a_type, LOOK).ok
        stack.stop(stack.graph_server)
        path.write_bytes(sound)
        stack.start(stack.graph_server)
        assert stack.settle(PATIENCE) == counts
        assert stack.search(a_type, LOOK).ok


def _documents(stack: Any) -> dict[str, Mapping[str, Any]]:
    rows = stack.census(frozenset({"documents"})).tables["documents"].to_pylist()
    return {row["document"]: row for row in rows}


def _by_guid(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return what is said of each entity, whatever its document is called."""
    return {
        row["guid"]: {name: value for name, value in row.items() if name != "document"}
        for row in documents.values()
        if row["guid"]
    }
