"""Contracts of Selective and Purgeable."""

from typing import Any

from metadrill.errors import MetadrillError
from metadrill.testing.contracts.patience import PATIENCE, refuses


class SelectiveContract:
    """Fixtures: `selective`, a set of `stack`; `some`, the guid of an entity that needs others."""

    def test_an_entity_comes_with_what_it_needs_and_a_closure_is_closed(
        self, selective: Any, some: str
    ) -> None:
        found = selective.closure(frozenset({some}))
        assert some in found and len(found) > 1
        assert selective.closure(found) == found

    def test_what_was_deleted_is_put_back_and_what_was_written_since_stays(
        self, selective: Any, stack: Any, some: str
    ) -> None:
        later = stack.write("later")
        stack.delete([some])
        selective.put_only(stack, frozenset({some}))
        stack.settle(PATIENCE)
        rows = {row["guid"]: row["state"] for row in stack.census().tables["entities"].to_pylist()}
        assert rows[some] == "ACTIVE" == rows[later]


class PurgeableContract:
    """Fixtures: `stack`, `entities`: type definitions and bodies of at least two entities."""

    def test_deleted_entities_are_gone_for_good_and_one_that_is_not_deleted_stays(
        self, stack: Any, entities: Any
    ) -> None:
        first, second, *_ = stack.create(*entities)
        stack.delete([first])
        assert stack.purge([first])["purged"] == 1
        with refuses(MetadrillError):
            stack.purge([second])
        stack.settle(PATIENCE)
        seen = stack.census(frozenset({"entities", "documents"}))
        for table in seen.tables.values():
            guids = table["guid"].to_pylist()
            assert first not in guids and second in guids
