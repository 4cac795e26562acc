"""Sizes are exact, and what is wrong is said before anything is written."""

import pytest

from metadrill.errors import UsageError
from metadrill.sources import shape
from metadrill.sources.world import World


def test_the_default_shape_is_two_thousand_entities() -> None:
    assert shape.size(shape.Shape()) == 2000


def test_types_with_no_entities_are_left_out_of_the_counts() -> None:
    bare = shape.Shape(processes=0, column_lineages_per_process=0, categories=0, terms=0)
    assert set(shape.counts(bare)) == {"hive_db", "hive_table", "hive_storagedesc", "hive_column"}


def test_parameters_become_the_shape_of_the_same_values() -> None:
    assert shape.parse({"seed": 5, "databases": 9}) == shape.Shape(seed=5, databases=9)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"data_bases": 1}, "unknown parameter 'data_bases'"),
        ({"databases": 0}, "databases: 0 is less than 1"),
        ({"terms": -1}, "terms: -1 is less than 0"),
        ({"tables_per_database": "3"}, "a whole number is wanted, not '3'"),
        ({"tables_per_database": True}, "a whole number is wanted, not True"),
        ({"chain": 1}, "chain: 1 is less than 2"),
        ({"processes": 81}, "processes: 81, but the chains hold at most 80"),
        ({"columns_per_table": 2, "column_lineages_per_process": 3}, "more than there are columns"),
        ({"databases": 1_000_000}, "but at most 5000000 are made"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name(params: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        shape.parse(params)


def test_an_unknown_parameter_comes_with_the_nearest_known_one() -> None:
    with pytest.raises(UsageError) as caught:
        shape.parse({"data_bases": 1})
    assert "databases" in caught.value.hint


def test_every_process_that_fits_makes_a_table_of_its_own() -> None:
    for chain in (2, 3, 7):
        full = shape.Shape(databases=1, tables_per_database=17, chain=chain)
        room = full.room_for_processes
        world = World(
            shape.parse({"tables_per_database": 17, "databases": 1, "chain": chain, "processes": room})
        )
        made = [world.output_of(process) for process in range(room)]
        assert len(set(made)) == room
        assert max(made) < full.tables
        assert room + -(-full.tables // chain) == full.tables
