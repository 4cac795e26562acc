"""Figures of a set: what moved, how far its stores are apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadrill.census import SCHEMAS, stored
from metadrill.depot import figures


def _looks(folder, before, after):
    def look(name, rows):
        held = [
            {"document": guid, "guid": guid, "type": t, "state": s, "modified": m} for guid, t, s, m in rows
        ]
        return stored.write(folder / f"{name}.parquet", held, SCHEMAS["documents"])

    moved = figures.moved(folder, look("before", before), look("after", after))
    return {(row["guid"], row["what"]) for row in stored.rows(moved)}


ROWS = st.dictionaries(
    st.sampled_from(["g1", "g2", "g3"]),
    st.tuples(st.sampled_from(["t", "u"]), st.sampled_from(["ACTIVE", None]), st.sampled_from([1, 2, None])),
)


@given(before=ROWS, after=ROWS)
def test_what_moved_is_what_differs_between_the_two_looks(tmp_path_factory, before, after):
    folder = tmp_path_factory.mktemp("looks")
    found = _looks(folder, [(k, *v) for k, v in before.items()], [(k, *v) for k, v in after.items()])
    told = {(guid, "came") for guid in set(after) - set(before)}
    told |= {(guid, "went") for guid in set(before) - set(after)}
    told |= {(guid, "changed") for guid in set(before) & set(after) if before[guid] != after[guid]}
    assert found == told


def test_an_entity_of_two_documents_that_are_as_they_were_did_not_move(tmp_path):
    two = [("g1", "t", "ACTIVE", 1), ("g1", "t", "ACTIVE", 2)]
    assert _looks(tmp_path, two, two) == set()
    assert _looks(tmp_path, two, two[:1]) == {("g1", "changed")}


def test_documents_of_no_entity_do_not_move(tmp_path):
    assert _looks(tmp_path, [("", "t", None, 1)], [("", "t", None, 2)]) == set()


@pytest.mark.parametrize(
    ("stores", "apart"),
    [
        ({"graph": ("00:00:00.000", "00:00:01.500")}, 1.5),
        ({"graph": ("00:00:05.000", "00:00:06.000"), "index": ("00:00:00.000", "00:00:01.000")}, 6.0),
    ],
)
def test_the_skew_is_from_the_first_begin_to_the_last_end(stores, apart):
    told = {
        name: {"started": f"2026-01-01T{one}Z", "ended": f"2026-01-01T{other}Z"}
        for name, (one, other) in stores.items()
    }
    assert figures.skew(told) == apart


def test_without_a_parent_nothing_is_known_and_with_one_its_whole_list(shop):
    assert figures.known(None).left == 0
    held = shop.take()
    assert figures.known(held).left == held.manifest.facts["entries"]["all"]
