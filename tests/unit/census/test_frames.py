"""Frames: what is joined, what is exempt, and what is left out with its reason."""

from itertools import pairwise
from typing import Any

import pytest

from metadrill.census import Census, build, frames, sql

Rows = dict[str, list[dict[str, Any]]]


def _entity(guid: str, **others: Any) -> dict[str, Any]:
    plain = {"type": "t", "unique_name": f"n-{guid}", "state": "ACTIVE", "shell": False, "digest": "d"}
    return {"guid": guid, **plain, **others}


def _census(*guids: str, **tables: list[dict[str, Any]]) -> Census:
    rows: Rows = {"entities": [_entity(guid) for guid in guids], **tables}
    return build(rows, {})


def _sides(frame: Any, key: str = "guid") -> dict[str, str]:
    return dict(zip(frame[key].to_pylist(), frame["side"].to_pylist(), strict=True))


def test_each_entity_is_on_one_side_or_on_both() -> None:
    built = frames.join(_census("a", "b"), _census("b", "c"))
    assert _sides(built["entities_joined"]) == {"a": "baseline", "b": "both", "c": "observed"}
    assert built["entities_both"]["guid"].to_pylist() == ["b"]


def test_no_frame_holds_a_null() -> None:
    rows: Rows = {
        "entities": [{"guid": "a"}, {"guid": None}],
        "documents": [{"document": "x"}, {"document": "y", "guid": "z"}],
        "relationships": [{"guid": "r"}], "classifications": [{"entity": "a"}], "glossary": [{"guid": "g"}],
        "assignments": [{"term": "t"}], "lineage": [{"process": "p"}], "typedefs": [{"name": "t"}],
        "segments": [{"file": "f"}], "rules": [{"type": "t"}], "annotations": [{"entity": "a"}],
        "shortfalls": [{"entity": "a", "what": "missing"}, {"what": "illegal"}],
        "audit": [{"entity": "a"}, {"event": "e"}, {}],
        "consistency": [{"what": "a"}, {}], "answers": [{"probe": "a"}, {}],
        "consumers": [{"topic": "a"}, {}], "definitions": [{"what": "a"}, {}],
        "trait_documents": [{"type": "t"}, {}], "edge_documents": [{"relationship": "r"}, {}, {}],
        "text_documents": [{"document": "y"}, {}],
    }  # fmt: skip
    for built in (
        frames.join(build(rows, {}), build(rows, {}), frames.Exempt(erased=frozenset("ae"))),
        frames.join(build({**rows, "entities": []}, {}), build(rows, {})),
    ):
        assert set(built) == set(frames.FRAMES) | set(frames.MATCHED)
        nulls = {
            (name, column)
            for name, frame in built.items()
            for column in frame.schema.names
            if frame[column].null_count
        }
        assert nulls == set()


def test_a_digest_that_is_null_on_both_sides_is_never_equal() -> None:
    census = build({"entities": [_entity("a", digest=None)]}, {})
    row = frames.join(census, census)["entities_both"].to_pylist()[0]
    assert row["digest_b"] != row["digest_o"]
    assert row["created_b"] == row["created_o"] == -1


@pytest.mark.parametrize("exempt", [frames.Exempt(frozenset({"c"})), frames.Exempt(prefix="n-c")])
def test_the_drill_s_own_entities_are_exempt_from_equality_but_not_from_agreement(
    exempt: frames.Exempt,
) -> None:
    edge = {"guid": "r", "type": "e", "status": "ACTIVE", "seen_from": "c", "other": "nobody"}
    observed = _census(
        "a", "c", documents=[{"document": "1", "guid": "a", "type": "t", "state": "ACTIVE"}],
        relationships=[edge], lineage=[{"process": "c", "direction": "inputs", "entity": "a"}],
    )  # fmt: skip
    built = frames.join(_census("a", relationships=[], lineage=[]), observed, exempt)
    assert _sides(built["entities_joined"]) == {"a": "both"}
    assert [row["active_o"] for row in built["counts_by_type"].to_pylist()] == [1]
    assert built["relationship_counts"].num_rows == built["lineage_joined"].num_rows == 0
    assert _sides(built["graph_index"]) == {"a": "both", "c": "graph"}
    assert _sides(built["ends"], "end") == {"c": "both", "nobody": "dangling"}


def test_an_empty_prefix_exempts_nothing() -> None:
    assert _sides(frames.join(_census("a"), _census("a"), frames.Exempt())["entities_joined"]) == {
        "a": "both"
    }


@pytest.mark.parametrize("side", ["baseline", "observed"])
def test_a_table_with_a_fault_leaves_its_frames_out_and_says_why(side: str) -> None:
    good = _census("a")
    bad = Census(good.tables, {"entities": "timed out"})
    built = frames.join(bad, good) if side == "baseline" else frames.join(good, bad)
    assert "entities_joined" not in built and "entities_both" not in built
    assert built.missing["entities_joined"] == f"{side} census, table entities: timed out"
    assert built.missing["lineage_joined"] == "baseline census has no table lineage"
    assert ("entities_observed" in built) == (side == "baseline")


def test_every_frame_is_either_built_or_missing_with_a_reason() -> None:
    built = frames.join(build({}, {}), build({}, {}))
    assert len(built) == 0
    assert set(built.missing) == set(frames.FRAMES) | set(frames.MATCHED)
    assert all(built.missing.values())


def test_an_index_that_could_not_be_reached_is_no_finding_but_an_undecodable_one_is() -> None:
    census = _census("a")
    away = frames.join(census, Census(census.tables, {"documents": "no answer"}))
    assert away.missing["graph_index"] == "observed census, table documents: no answer"
    reason = "undecodable: byte 0xff at 17"
    damaged = frames.join(census, Census(census.tables, {"documents": reason}))
    assert _sides(damaged["graph_index"]) == {"a": "graph", reason: "undecodable"}


def test_documents_are_matched_by_guid_and_the_rest_named() -> None:
    documents = [
        {"document": "1", "guid": "a", "type": "t", "state": "ACTIVE"},
        {"document": "2", "guid": "b", "type": "t", "state": "ACTIVE"},
        {"document": "3", "guid": "b", "type": "t", "state": "ACTIVE"},
        {"document": "4", "guid": "z", "type": "t", "state": "ACTIVE"},
        {"document": "5", "guid": None, "type": "t", "state": None},
    ]
    census = _census("a", "b", "c", documents=documents)
    built = frames.join(census, census, witness={"graph:t": 3, "graph:entities": 4})
    assert _sides(built["graph_index"]) == {
        "a": "both", "b": "duplicated", "c": "graph", "z": "index", "document 5": "stub",
    }  # fmt: skip
    assert built["index_counts"].to_pylist() == [
        {"what": "t", "graph": 3, "index": 5, "witness": 3},
        {"what": "(all)", "graph": 3, "index": 5, "witness": 4},
    ]


def test_names_are_compared_among_active_entities_found_on_both_sides() -> None:
    before = build({"entities": [_entity("a"), _entity("old", unique_name="x", state="DELETED")]}, {})
    after = build({"entities": [_entity("b", unique_name="n-a"), _entity("new", unique_name="x")]}, {})
    assert frames.join(before, after)["names_joined"].to_pylist() == [
        {"type": "t", "unique_name": "n-a", "side": "both", "guid_b": "a", "guid_o": "b"}
    ]


def test_what_one_end_alone_sees_is_no_damage_where_the_baseline_says_the_same() -> None:
    edge = {"guid": "r", "type": "e", "status": "ACTIVE", "seen_from": "a", "other": "b"}
    other = {**edge, "seen_from": "b", "other": "a"}
    one, two = _census("a", "b", relationships=[edge]), _census("a", "b", relationships=[edge, other])
    assert _sides(frames.join(one, one)["ends_agree"]) == {"r": "both"}
    assert sorted(frames.join(one, two)["ends_agree"]["side"].to_pylist()) == ["both", "observed"]


def test_a_key_that_occurs_often_does_not_multiply_the_rows() -> None:
    many = build({"lineage": [{"process": "p", "direction": "inputs", "entity": "e"}] * 1000}, {})
    assert frames.join(many, many)["lineage_joined"].num_rows == 1


def test_what_is_absent_differs_per_side() -> None:
    assert sql.absent("baseline") != sql.absent("observed")


def test_what_an_entity_always_lacked_is_no_finding_nor_of_what_moved_and_one_less_is_none_either() -> None:
    def census(*lacking: tuple[str, str]) -> Census:
        rows = [{"entity": guid, "attribute": name, "what": "missing"} for guid, name in lacking]
        return _census("a", "b", "c", shortfalls=rows)

    before = census(("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"))
    after = census(("a", "y"), ("b", "x"), ("b", "z"), ("c", "x"))
    built = frames.join(before, after, frames.Exempt(moving=frozenset({"c"})))["entities_sound"]
    assert dict(zip(built["guid"].to_pylist(), built["filled"].to_pylist(), strict=True)) == {
        "a": "already so", "b": "z", "c": "yes",
    }  # fmt: skip


@pytest.mark.parametrize(("entities", "state"), [("", "OK"), ("a", "NOTHING SCANNED")])
def test_a_check_of_the_graph_that_looked_at_nothing_is_in_order_where_there_is_nothing(
    entities: str, state: str
) -> None:
    told = {"what": "the whole graph", "type": "", "state": "NOTHING SCANNED", "issues": ""}
    census = _census(*entities, consistency=[told])
    assert frames.join(census, census)["consistency"]["state"].to_pylist() == [state]


def test_a_shape_needs_no_guids_and_sees_an_edge_that_changed_its_place() -> None:
    def chain(names: str, *edges: str) -> Census:
        ties = [
            {"guid": "", "type": "e", "status": "ACTIVE", "seen_from": one, "other": other}
            for pair in edges
            for one, other in (pair, pair[::-1])
        ]
        return _census(*names, relationships=ties, lineage=[])

    def same(one: Census, other: Census) -> bool:
        rows = frames.join(one, other)["shapes"].to_pylist()
        return all(row["count_b"] == row["count_o"] for row in rows)

    assert same(chain("abcd", "ab", "bc", "cd"), chain("wxyz", "xw", "xy", "yz"))
    assert not same(chain("abcd", "ab", "bc", "cd"), chain("abcd", "ab", "bc", "bd"))


def test_of_a_shape_that_more_have_on_one_side_five_are_named_that_have_it_there_alone() -> None:
    def census(*deleted: str) -> Census:
        entities = [_entity(guid, state="DELETED" if guid in deleted else "ACTIVE") for guid in "abcdefgh"]
        return build({"entities": entities, "relationships": [], "lineage": []}, {})

    def named(one: Census, other: Census) -> dict[tuple[int, int], str]:
        rows = frames.join(one, other)["shapes"].to_pylist()
        return {(row["count_b"], row["count_o"]): row["guids"] for row in rows}

    assert named(census("h"), census("h")) == {(7, 7): "", (1, 1): ""}
    assert named(census("h"), census("b", "h")) == {(7, 6): "b", (1, 2): "b"}
    assert named(census(), census(*"gfedcb")) == {(8, 2): "b, c, d, e, f", (0, 6): "b, c, d, e, f"}


def test_reachability_names_the_root_and_is_followed_past_a_cycle() -> None:
    def edge(process: str, direction: str, entity: str) -> dict[str, Any]:
        return {"process": process, "direction": direction, "entity": entity}

    loop = [edge("p", "inputs", "a"), edge("p", "outputs", "b"), edge("q", "inputs", "b")]
    whole = [*loop, edge("q", "outputs", "b"), edge("q", "outputs", "c")]
    found = frames.join(_census(lineage=whole), _census(lineage=loop))["reachability"].to_pylist()
    assert [(row["root"], row["reach_b"], row["reach_o"]) for row in found] == [("a", 4, 3)]


def test_an_end_that_always_held_several_is_no_restore_s_doing_and_one_that_came_to_is() -> None:
    rules = [
        {"type": "e", "attribute": "columns", "opposite": "table", "cardinality": "SET", "owns": True},
        {"type": "e", "attribute": "table", "opposite": "columns", "cardinality": "SINGLE", "owns": False},
    ]

    def census(*pairs: str) -> Census:
        ties = [
            {"guid": pair, "type": "e", "status": "ACTIVE", "seen_from": pair[0], "other": pair[1],
             "attribute": "columns"} for pair in pairs
        ]  # fmt: skip
        return _census(*"tuabc", relationships=ties, rules=rules)

    def said(frame: str, column: str) -> dict[str, str]:
        found = built[frame]
        return dict(zip(found["entity"].to_pylist(), found[column].to_pylist(), strict=True))

    built = frames.join(census("ta", "ua", "tb", "tc"), census("ta", "ua", "tb", "ub"))
    assert said("single_ends", "held") == {"a": "already so", "b": "several", "c": "one or none"}
    assert said("owned", "owned") == {"a": "already so", "b": "several", "c": "none"}


def test_what_was_deleted_with_its_owner_s_hold_on_it_is_no_orphan() -> None:
    """Only who lives must be owned: a soft delete of a column takes its relationship along."""
    rules = [{"type": "e", "attribute": "columns", "opposite": "table", "cardinality": "SET", "owns": True}]

    def census(state: str, status: str) -> Census:
        tie = {
            "guid": "r",
            "type": "e",
            "status": status,
            "seen_from": "t",
            "other": "c",
            "attribute": "columns",
        }
        entities = [_entity("t"), _entity("c", state=state), _entity("other")]
        return build({"entities": entities, "relationships": [tie], "rules": rules}, {})

    sound, gone, torn = census("ACTIVE", "ACTIVE"), census("DELETED", "DELETED"), census("ACTIVE", "DELETED")
    assert frames.join(sound, gone)["owned"].to_pylist() == []
    assert [row["owned"] for row in frames.join(sound, torn)["owned"].to_pylist()] == ["none"]


@pytest.mark.parametrize(("steps", "told"), [(2, "apart"), (3, "apart"), (4, "alike")])
def test_a_shape_is_three_steps_wide(steps: int, told: str) -> None:
    """A chain whose far end is of another type: its near end is of another shape, up to three steps away."""

    def chain(end: str) -> Census:
        names = [f"n{number}" for number in range(steps + 1)]
        entities = [_entity(name, type="near" if name == "n0" else "link") for name in names[:-1]]
        ties = [
            {"guid": f"r{one}", "type": "next", "status": "ACTIVE", "seen_from": one, "other": other,
             "attribute": "next"}
            for pair in pairwise(names)
            for one, other in (pair, pair[::-1])
        ]  # fmt: skip
        entities.append(_entity(names[-1], type=end))
        return build({"entities": entities, "relationships": ties, "lineage": []}, {})

    rows = frames.join(chain("end"), chain("other"))["shapes"].to_pylist()
    near = [(row["count_b"], row["count_o"]) for row in rows if row["type"] == "near"]
    assert sorted(near) == ([(0, 1), (1, 0)] if told == "apart" else [(1, 1)])
