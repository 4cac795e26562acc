"""Contracts of Stack, StateKeeper, Repository, Writable and Fillable."""

from typing import Any

from metadrill.census import SCHEMAS
from metadrill.census.tables import STATE
from metadrill.errors import UsageError
from metadrill.testing.contracts.patience import LOOK, PATIENCE, a_name, refuses, until_found


class StackContract:
    """Fixture: `stack`, and `engine`, the component whose stop takes search away."""

    def test_every_component_says_how_it_is(self, stack: Any) -> None:
        assert set(stack.views()) == set(stack.components)

    def test_a_component_that_was_stopped_is_not_well_until_it_is_started(
        self, stack: Any, engine: str, a_type: str
    ) -> None:
        well = stack.views()[engine]
        stack.stop(engine)
        try:
            assert stack.views()[engine] != well
        finally:
            stack.start(engine)
        stack.settle(PATIENCE)
        assert stack.search(a_type, LOOK).ok


class StateKeeperContract:
    """Fixtures: `stack`, `a_type`."""

    def test_a_stack_serves_again_after_its_state_was_kept(self, stack: Any, a_type: str) -> None:
        before = stack.witness()
        assert stack.keep(1.0) >= 0
        stack.settle(PATIENCE)
        assert stack.search(a_type, LOOK).ok
        assert stack.witness() == before


class RepositoryContract:
    """Fixtures: `stack`, and `a_type`, a type of which there are entities."""

    def test_a_settled_index_agrees_with_the_graph(self, stack: Any) -> None:
        counts = stack.settle(PATIENCE)
        assert counts["graph"] == counts["index"] > 0

    def test_a_census_has_every_table_and_no_fault(self, stack: Any) -> None:
        census = stack.census()
        assert not census.faults
        assert set(census.tables) <= set(SCHEMAS)
        assert all(census.tables[name].schema.equals(SCHEMAS[name]) for name in census.tables)
        assert census.tables["entities"].num_rows > 0 < census.tables["documents"].num_rows

    def test_two_censuses_of_the_same_state_are_the_same(self, stack: Any) -> None:
        one, other = stack.census(), stack.census()
        what = STATE & set(one.tables)
        assert all(one.tables[name].equals(other.tables[name]) for name in what)

    def test_the_witness_counts_entities_by_type_and_documents(self, stack: Any, a_type: str) -> None:
        counts = {name.partition("@")[0]: count for name, count in stack.witness().items()}
        types = stack.census().tables["entities"]["type"].to_pylist()
        assert counts[f"graph:{a_type}"] == types.count(a_type) > 0
        assert counts["index:entities"] == stack.census().tables["documents"].num_rows

    def test_a_search_for_a_type_that_is_there_answers(self, stack: Any, a_type: str) -> None:
        answer = stack.search(a_type, LOOK)
        assert answer.ok and answer.text and answer.facts["rows"] > 0


class WritableContract:
    """Fixture: `stack`."""

    def test_a_write_is_read_by_guid_at_once_and_found_by_search_soon(self, stack: Any) -> None:
        name = a_name()
        guid = stack.write(name)
        assert stack.present({name: guid}) == {name}
        until_found(stack, name)

    def test_what_was_never_written_is_neither_present_nor_found(self, stack: Any) -> None:
        name = a_name()
        assert stack.present({name: "00000000-0000-4000-8000-000000000000"}) == set()
        assert stack.found([name]) == set()

    def test_of_many_names_exactly_those_that_were_written_are_found(self, stack: Any) -> None:
        names, never = [a_name() for _ in range(3)], [a_name() for _ in range(120)]
        for name in names:
            stack.write(name)
        for name in names:
            until_found(stack, name)
        assert stack.found([*never[:60], *names, *never[60:]]) == set(names)
        assert stack.found([]) == set()

    def test_a_write_is_one_entity_in_the_census(self, stack: Any) -> None:
        name = a_name()
        guid = stack.write(name)
        until_found(stack, name)
        rows = stack.census().tables["entities"].to_pylist()
        assert [row["guid"] for row in rows if row["unique_name"] == name] == [guid]


class FillableContract:
    """Fixtures: `stack`, `archive` (one that it imports), `entities` (typedefs, entities to create)."""

    def test_an_archive_brings_entities_in(self, stack: Any, archive: Any) -> None:
        assert stack.import_archive(archive, PATIENCE)["entities"] > 0
        stack.settle(PATIENCE)

    def test_what_is_no_archive_is_refused(self, stack: Any, tmp_path: Any) -> None:
        wrong = tmp_path / "wrong.zip"
        wrong.write_bytes(b"this is no archive")
        with refuses(UsageError):
            stack.import_archive(wrong, PATIENCE)

    def test_what_was_created_can_be_deleted(self, stack: Any, entities: Any) -> None:
        typedefs, bodies = entities
        guids = stack.create(typedefs, bodies)
        assert len(guids) == len(set(guids)) == len(bodies)
        stack.delete(guids)
        stack.settle(PATIENCE)
        rows = {row["guid"]: row["state"] for row in stack.census().tables["entities"].to_pylist()}
        assert all(rows.get(guid, "DELETED") == "DELETED" for guid in guids)
