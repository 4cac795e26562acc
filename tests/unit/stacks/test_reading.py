"""How the graph is counted type by type."""

from collections import Counter

from metadrill.stacks.atlas_elasticsearch.reading import tally


def counting(there):
    """Return a way to count, and how often each name was asked for."""
    asked = Counter()

    def count(name):
        asked[name] += 1
        return there.get(name, 0)

    return count, asked


def test_nothing_more_is_asked_for_once_all_are_found():
    count, asked = counting({"table": 3, "column": 9})
    assert tally(count, ["column", "none", "table", "other"], 12) == {"column": 9, "table": 3}
    assert asked == {"column": 1, "none": 1, "table": 1}


def test_every_name_is_asked_for_while_some_are_missing():
    count, asked = counting({"table": 3})
    assert tally(count, ["table", "column", "other"], 4) == {"table": 3}
    assert set(asked) == {"table", "column", "other"}


def test_a_name_that_is_counted_twice_over_leaves_others_out_and_so_shows():
    count, _ = counting({"column": 12, "table": 3})
    assert tally(count, ["column", "table"], 12) == {"column": 12}


def test_an_empty_graph_is_asked_for_nothing():
    count, asked = counting({})
    assert tally(count, ["table"], 0) == {} and not asked
