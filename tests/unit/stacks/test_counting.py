"""How the graph is counted type by type, and when its index has caught up with it."""

from collections import Counter
from datetime import timedelta

from metadrill.stacks.atlas_elasticsearch.counting import counted, levelled, tally
from metadrill.testing import ManualClock


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


def growing(there, by):
    """A way to count while somebody writes: each question finds more of a type."""

    def count(name):
        there[by] += 1
        return sum(there.values()) if name == "*" else there.get(name, 0)

    return count


def test_of_a_quiet_graph_no_more_is_asked_for_than_makes_the_total():
    there = {"column": 9, "table": 3}
    count, asked = counting({**there, "*": 12})
    assert counted(count, ["column", "table", "view"]) == (12, there)
    assert asked["view"] == 0 and asked["*"] == 2


def test_a_type_that_grows_meanwhile_does_not_hide_a_small_one():
    """Else what is exported by these names would lack its entities, and nothing would say so."""
    names, there = ["none", "canary", "table", "view"], {"canary": 100, "table": 50, "view": 2}
    assert tally(growing(dict(there), "canary"), names, 152).keys() == {"canary", "table"}, (
        "left out by itself"
    )
    total, found = counted(growing(dict(there), "canary"), names)
    assert found.keys() == {"canary", "table", "view"} and total == 153


def test_what_was_deleted_while_it_was_counted_is_no_type_without_a_name():
    counts = iter([10, 6, 3, 9])
    assert counted(lambda name: next(counts), ["a", "b"]) == (9, {"a": 6, "b": 3})
    counts = iter([10, 6, 3, 10])
    assert counted(lambda name: next(counts), ["a", "b"]) == (10, {"a": 6, "b": 3})


def test_one_that_grew_between_the_last_count_and_the_total_is_no_reason_to_stop():
    counts = iter([10, 7, 3, 11, 1])
    assert counted(lambda name: next(counts), ["a", "b", "c"]) == (10, {"a": 7, "b": 3, "c": 1})


def probe(readings, time=None):
    """A probe over (documents before, entities, documents after) as they are read in turn."""
    flat = iter([value for row in readings for value in row])
    last = {}
    return levelled(lambda: next(flat), lambda: next(flat), last, time or ManualClock()), last


def test_level_twice_in_a_row_is_caught_up():
    look, _ = probe([(9, 9, 9), (9, 9, 9)])
    assert look() is None and look() == {"graph": 9, "index": 9}


def test_a_repository_that_is_written_to_all_the_time_is_level_between_two_counts():
    look, _ = probe([(9, 10, 11), (12, 12, 14)])
    assert look() is None and look() == {"graph": 12, "index": 14}
    look, _ = probe([(9, 8, 7), (7, 7, 6)])
    assert look() is None and look() == {"graph": 7, "index": 6}


def test_an_index_that_lags_while_people_write_is_not():
    look, last = probe([(5, 9, 7), (7, 11, 9), (9, 13, 13), (11, 14, 13)])
    assert [look() for _ in range(4)] == [None] * 4 and last == {"graph": 14, "index": 13}


def test_what_is_steady_and_different_is_returned_as_it_is_after_a_while():
    time = ManualClock()
    look, _ = probe([(8, 9, 8)] * 3, time)
    assert look() is None
    time.sleep(timedelta(seconds=9))
    assert look() is None
    time.sleep(timedelta(seconds=1))
    assert look() == {"graph": 9, "index": 8}
