"""Entities picked out of a census."""

import pytest

from metadrill.census import build, selecting
from metadrill.errors import UsageError
from metadrill.model import selection


def entity(guid, kind, name, state="ACTIVE"):
    return {"guid": guid, "type": kind, "unique_name": name, "state": state, "updated": 1, "digest": "d"}


def edge(process, direction, guid):
    return {"process": process, "direction": direction, "entity": guid}


ENTITIES = [
    entity("a", "table", "sales.a@x"),
    entity("b", "table", "sales.b@x"),
    entity("c", "table", "other.c@x"),
    entity("d", "table", "other.d@x", state="DELETED"),
    entity("p", "process", "a->b"),
    entity("q", "process", "b->c"),
]
LINEAGE = [
    edge("p", "inputs", "a"),
    edge("p", "outputs", "b"),
    edge("q", "inputs", "b"),
    edge("q", "outputs", "c"),
]
TAGS = [
    {"entity": "a", "name": "PII", "source": "a", "direct": True},
    {"entity": "b", "name": "PII", "source": "a", "direct": False},
]


@pytest.fixture
def tables():
    return build({"entities": ENTITIES, "lineage": LINEAGE, "classifications": TAGS}, {}).tables


@pytest.mark.parametrize(
    ("texts", "guids"),
    [
        (["guid:a"], "a"),
        (["type:table"], "abcd"),
        (["type:*"], "abcdpq"),
        (["name:sales.*"], "ab"),
        (["classification:PII"], "a"),  # not what it was propagated to
        (["downstream:b"], "bqc"),
        (["upstream:b"], "bpa"),
        (["lineage:b"], "abcpq"),
        (["upstream:sales.b@x"], "bpa"),
        (["guid:a", "guid:q"], "aq"),
    ],
)
def test_each_way_picks_its_entities(tables, texts, guids):
    assert selecting.chosen(tables, map(selection.parse, texts)) == set(guids)


def test_a_branch_up_does_not_come_down_again():
    both = [*LINEAGE, edge("r", "inputs", "a"), edge("r", "outputs", "d")]
    tables = build({"entities": ENTITIES, "lineage": both}, {}).tables
    assert "d" not in selecting.chosen(tables, [selection.parse("upstream:c")])
    assert "d" not in selecting.chosen(tables, [selection.parse("lineage:c")])


def test_a_circle_ends():
    both = [*LINEAGE, edge("r", "inputs", "c"), edge("r", "outputs", "a")]
    tables = build({"entities": ENTITIES, "lineage": both}, {}).tables
    assert selecting.chosen(tables, [selection.parse("downstream:a")]) == set("abcpqr")


def test_a_guid_is_no_pattern(tables):
    with pytest.raises(UsageError, match="picks no entity"):
        selecting.chosen(tables, [selection.parse("guid:.")])


def test_one_selection_that_picks_nothing_is_refused_though_another_picks_some(tables):
    with pytest.raises(UsageError, match="type:tabel: picks no entity"):
        selecting.chosen(tables, [selection.parse("type:table"), selection.parse("type:tabel")])


def test_lost_is_what_was_there_and_is_deleted_or_gone(tables):
    now = [entity("a", "table", "sales.a@x", state="DELETED"), *ENTITIES[2:], entity("n", "table", "new")]
    assert selecting.lost(tables, build({"entities": now}, {}).tables) == {"a", "b"}


def test_what_is_new_is_neither_of_another_type_nor_known(tables):
    now = build(
        {"entities": [*ENTITIES, entity("e", "table", "sales.e@x"), entity("s", "server", "s")]}, {}
    ).tables
    assert selecting.made(tables, now, frozenset({"table"})) == {"e"}
    assert selecting.made(tables, now, frozenset({"server", "db"})) == {"s"}
    assert selecting.made(now, tables, frozenset({"table"})) == frozenset()


def test_the_ends_of_some_relationships_and_how_many_entities_there_are_of_each_type():
    ties = [
        {"guid": guid, "seen_from": one, "other": other, "type": "t", "attribute": "x"}
        for guid, one, other in (("r", "a", "b"), ("r", "b", "a"), ("s", "c", "p"), ("u", "d", "q"))
    ]
    tables = build({"entities": ENTITIES, "relationships": ties}, {}).tables
    assert selecting.joined(tables, frozenset({"r", "u", "none"})) == {"a", "b", "d", "q"}
    assert selecting.kinds(tables, frozenset({"a", "p", "q", "none"})) == {"process": 2, "table": 1}
    assert selecting.stamps(tables)["a"] == (1, "d") and len(selecting.stamps(tables)) == len(ENTITIES)
