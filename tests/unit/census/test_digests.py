"""Digests of census tables: the same for the same rows, and for no others."""

import hashlib
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from metadrill.census import Census, build, digests

ROWS = st.lists(
    st.fixed_dictionaries({"term": st.text(max_size=3), "entity": st.none() | st.text(max_size=3)}),
    max_size=8,
)


def _digest(rows: list[dict[str, Any]]) -> str:
    return digests.tables(build({"assignments": rows}, {}))["assignments"]


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, Any]], chance: Any) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert _digest(rows) == _digest(shuffled)


@given(ROWS, ROWS)
def test_other_rows_have_another_digest(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    def key(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(repr(sorted(row.items())) for row in rows)

    assert (_digest(one) == _digest(other)) == (key(one) == key(other))


def test_a_digest_does_not_depend_on_how_the_table_is_chunked() -> None:
    table = build({"lineage": [{"process": str(n)} for n in range(10)]}, {}).tables["lineage"]
    pieces = pa.concat_tables([table.slice(n, 1) for n in range(10)][::-1])
    assert digests.tables(Census({"lineage": pieces}, {})) == digests.tables(Census({"lineage": table}, {}))


def test_an_empty_table_has_a_digest_of_its_own_and_an_absent_one_has_none() -> None:
    census = build({"lineage": [], "glossary": []}, {})
    assert sorted(digests.tables(census)) == ["glossary", "lineage"]
    assert len(set(digests.tables(census).values())) == 2
    assert digests.counts(census) == {"glossary": 0, "lineage": 0}


def test_entities_are_counted_per_type() -> None:
    census = build({"entities": [{"guid": str(n), "type": "ab"[n % 2]} for n in range(3)]}, {})
    assert digests.types(census) == {"a": 2, "b": 1}
    assert digests.types(build({}, {})) == {}


def test_the_bytes_of_version_1_are_pinned_since_digests_stand_in_old_backups() -> None:
    """By hand: a header, then each row in order as a JSON array with a comma behind it."""
    rows: list[dict[str, Any]] = [
        {"term": "t", "entity": "b", "seen_from": "term"},
        {"term": "t", "entity": None, "seen_from": "x"},
    ]
    header = b"metadrill-table-1\nassignments\nterm,entity,seen_from\n"
    told = b'["t","b","term"],["t",null,"x"],'
    assert _digest(rows) == hashlib.sha256(header + told).hexdigest()
    assert digests.tables(build({"assignments": []}, {})) == {
        "assignments": hashlib.sha256(header).hexdigest()
    }
