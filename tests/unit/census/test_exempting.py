"""What need not be equal on both sides: exactly that, and nothing beside it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadrill.census import asking, build, exempting
from metadrill.census.exempting import NOTHING, Exempt

GUIDS = [f"g{number}" for number in range(6)]


def census(entities, edges=()):
    rows = [
        {"guid": guid, "type": "t", "unique_name": name, "state": "ACTIVE", "digest": digest}
        for guid, (name, digest) in entities.items()
    ]
    relationships = [
        {"guid": guid, "type": "r", "seen_from": one, "other": other, "status": status, "digest": "d"}
        for guid, one, other, status in edges
    ]
    return build({"entities": rows, "relationships": relationships}, {})


def apart(baseline, observed, exempt):
    """Return the tables of both sides without what is exempt."""
    engine = asking.Local()
    for prefix, side in (("held", baseline), ("whole", observed)):
        asking.given(engine, prefix, side.tables)
    exempting.apart(engine, baseline, observed, exempt)
    return tuple(
        {
            name: build({name: whole(engine, f"{side}_{name}")}, {}).tables[name]
            for name in ("entities", "relationships")
        }
        for side in ("before", "after")
    )


def whole(engine, view):
    return [row for piece in engine.pieces(f"SELECT * FROM {view}") for row in piece.to_pylist()]


def rows(tables, name="entities"):
    key = "digest" if name == "entities" else "status"
    return {(row["guid"], row[key]) for row in tables[name].to_pylist()}


ENTITIES = st.dictionaries(
    st.sampled_from(GUIDS), st.tuples(st.sampled_from(["canary/1", "plain"]), st.sampled_from("ab"))
)
SOME = st.frozensets(st.sampled_from(GUIDS))


@given(before=ENTITIES, after=ENTITIES)
def test_where_nothing_is_exempt_everything_is_compared(before, after):
    one, other = apart(census(before), census(after), NOTHING)
    assert rows(one) == {(guid, digest) for guid, (_, digest) in before.items()}
    assert rows(other) == {(guid, digest) for guid, (_, digest) in after.items()}


@given(before=ENTITIES, after=ENTITIES, own=SOME)
def test_what_the_drill_wrote_itself_is_left_out_on_both_sides_by_guid_or_by_name(before, after, own):
    exempt = Exempt(guids=own, prefix="canary/")
    named = {
        guid for side in (before, after) for guid, (name, _) in side.items() if name.startswith("canary/")
    }
    one, other = apart(census(before), census(after), exempt)
    for tables, side in ((one, before), (other, after)):
        assert {guid for guid, _ in rows(tables)} == set(side) - own - named


@given(before=ENTITIES, after=ENTITIES, moving=SOME)
def test_a_moving_entity_may_differ_and_is_missed_all_the_same_when_it_is_gone(before, after, moving):
    one, other = apart(census(before), census(after), Exempt(moving=moving))
    ours, theirs = rows(one), rows(other)
    for guid in GUIDS:
        left = {row for row in ours if row[0] == guid}
        right = {row for row in theirs if row[0] == guid}
        if guid not in moving:
            assert left == ({(guid, before[guid][1])} if guid in before else set())
            assert right == ({(guid, after[guid][1])} if guid in after else set())
        elif guid in before and guid in after:
            assert left == right, "it counts as it was"
        elif guid in before:
            assert left and not right, "gone: missed, though it was moving"
        else:
            assert not left and not right, "one that only came is no stranger"


def test_a_moving_entity_that_came_and_one_that_went():
    exempt = Exempt(moving=frozenset({"g1", "g2"})).without(frozenset({"g2"}))
    assert exempt == Exempt(guids=frozenset({"g2"}), moving=frozenset({"g1"}))
    one, other = apart(census({"g2": ("n", "a")}), census({"g1": ("n", "a")}), exempt)
    assert rows(one) == rows(other) == set()


def test_edges_of_a_moving_entity_are_not_compared_and_those_of_others_are():
    edges = [("e1", "g1", "g2", "ACTIVE"), ("e2", "g3", "g4", "ACTIVE")]
    entities = dict.fromkeys(GUIDS, ("n", "a"))
    one, other = apart(census(entities, edges), census(entities, []), Exempt(moving=frozenset({"g2"})))
    assert rows(one, "relationships") == {("e2", "ACTIVE")} and rows(other, "relationships") == set()


def test_only_the_contended_relationships_may_change_and_they_are_missed_when_gone():
    entities = dict.fromkeys(GUIDS, ("n", "a"))
    edges = [("e1", "g1", "g2", "ACTIVE"), ("e2", "g1", "g3", "ACTIVE"), ("e3", "g1", "g4", "ACTIVE")]
    one, other = apart(
        census(entities, edges),
        census(entities, [("e1", "g1", "g2", "DELETED"), ("e2", "g1", "g3", "DELETED")]),
        Exempt(relationships=frozenset({"e1", "e3"})),
    )
    assert rows(one, "relationships") == {("e1", "ACTIVE"), ("e2", "ACTIVE"), ("e3", "ACTIVE")}
    assert rows(other, "relationships") == {("e1", "ACTIVE"), ("e2", "DELETED")}


def test_of_two_contended_relationships_between_the_same_two_an_import_may_make_one():
    entities = dict.fromkeys(GUIDS, ("n", "a"))
    one, other = apart(
        census(entities, [("e1", "g1", "g2", "DELETED"), ("e2", "g1", "g2", "ACTIVE")]),
        census(entities, [("e1", "g2", "g1", "ACTIVE")]),
        Exempt(relationships=frozenset({"e1", "e2"})),
    )
    assert rows(one, "relationships") == rows(other, "relationships")


@pytest.mark.parametrize("empty", [NOTHING, Exempt()])
def test_exemptions_add_up(empty):
    one = Exempt(frozenset("a"), "p", frozenset("b"), frozenset("c"))
    assert empty | one == one | empty == one | one == one
    assert (one | Exempt(frozenset("d"), "q")).prefix == "p"


@pytest.mark.parametrize("one", [Exempt(rewrites=True), Exempt(prefix="p"), Exempt(erased=frozenset("e"))])
def test_what_one_exempts_both_together_do_too(one):
    for both in (one | Exempt(), Exempt() | one, one | one):
        assert both == one
    assert (
        one | Exempt(guids=frozenset("g"), moving=frozenset("m"), relationships=frozenset("r"))
    ) == replace(one, guids=frozenset("g"), moving=frozenset("m"), relationships=frozenset("r"))


@pytest.mark.parametrize("moving", [frozenset(), frozenset({"g0"})])
def test_a_side_without_a_table_is_compared_by_the_tables_that_both_have(moving):
    """A census in part (drift, a look at some tables) has no relationships; what is exempt may be of them."""
    part = build({"entities": [{"guid": "g0", "type": "t", "unique_name": "n", "digest": "a"}]}, {})
    later = build({"entities": [{"guid": "g0", "type": "t", "unique_name": "n", "digest": "b"}]}, {})
    engine = asking.Local()
    for prefix, side in (("held", part), ("whole", later)):
        asking.given(engine, prefix, side.tables)
    exempting.apart(engine, part, later, replace(NOTHING, moving=moving, relationships=frozenset({"r"})))
    assert {row["digest"] for row in whole(engine, "after_entities")} == ({"a"} if moving else {"b"})
