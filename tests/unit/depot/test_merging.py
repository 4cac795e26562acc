"""A part of a set beside what stands already."""

import pytest

from metadrill.census import build
from metadrill.depot import merging
from metadrill.depot.merging import Decision


def entity(guid, digest="d", state="ACTIVE", updated=1):
    named = {"guid": guid, "type": "table", "unique_name": f"name of {guid}"}
    return {**named, "state": state, "digest": digest, "updated": updated, "updated_by": "ada"}


def edge(one, other, status="ACTIVE"):
    return {"guid": f"{one}{other}", "type": "e", "status": status, "seen_from": one, "other": other}


def tables(entities, edges=(), tags=()):
    marks = [{"entity": guid, "name": name, "source": guid, "direct": True} for guid, name in tags]
    return build({"entities": entities, "relationships": edges, "classifications": marks}, {}).tables


def merged(before, now, picked, needed="", decision=Decision.KEEP):
    wanted = (frozenset(picked), frozenset(picked) | frozenset(needed))
    return merging.merge(before, now, wanted, decision)


def test_only_the_lost_of_what_was_wanted_is_put():
    before = tables([entity(guid) for guid in "abcd"])
    now = tables([entity("a"), entity("b", state="DELETED")])
    found = merged(before, now, "ab", "c")
    assert found.put == found.lost == {"b", "c"}
    assert found.newer == () and found.others == {"d"}  # d is gone too, and nobody asked for it


@pytest.mark.parametrize(("decision", "put"), [(Decision.KEEP, set()), (Decision.BACKUP, {"a"})])
def test_what_was_changed_since_is_listed_and_put_only_where_that_was_decided(decision, put):
    before, now = tables([entity("a"), entity("b")]), tables([entity("a", "new", updated=9), entity("b")])
    found = merged(before, now, "ab", decision=decision)
    (row,) = found.newer
    assert (row.guid, row.what, row.updated, row.by) == ("a", "attributes", 9, "ada")
    assert row.decided is decision and found.put == put and found.others == {"a"} - put


def test_an_owner_that_was_changed_is_never_put_by_a_decision_about_what_it_owns():
    before, now = tables([entity("a"), entity("b")]), tables([entity("a"), entity("b", "new")])
    found = merged(before, now, "a", "b", Decision.BACKUP)
    assert found.put == set() and found.newer == () and found.others == {"b"}


def test_a_moved_stamp_alone_is_no_change():
    before, now = tables([entity("a")]), tables([entity("a", updated=9)])
    found = merged(before, now, "a")
    assert found.newer == () and found.others == set()


def test_a_tag_that_came_or_went_is_a_change():
    before, now = tables([entity("a")], tags=[("a", "PII")]), tables([entity("a")])
    assert [row.what for row in merged(before, now, "a").newer] == ["classifications"]


def test_what_is_new_and_both_ends_of_a_new_edge_need_not_be_as_the_set_has_them():
    before = tables([entity(guid) for guid in "abc"])
    now = tables([entity(guid) for guid in "abcn"], [edge("a", "b"), edge("b", "a")])
    assert merged(before, now, "c").others == {"a", "b", "n"}


def test_edges_that_the_loss_cut_must_come_back():
    edges = [edge("a", "b"), edge("b", "a")]
    before = tables([entity("a"), entity("b")], edges)
    now = tables(
        [entity("a", state="DELETED"), entity("b")], [edge("b", "a", "DELETED"), edge("a", "b", "DELETED")]
    )
    assert merged(before, now, "a").others == set()


def test_a_second_entity_of_a_guid_is_a_change_whichever_comes_first():
    before, other = tables([entity("a")]), {**entity("a"), "unique_name": "another"}
    for now in ([entity("a"), other], [other, entity("a")]):
        assert {row.what for row in merged(before, tables(now), "a").newer} == {"unique_name"}
    assert merged(tables([entity("a"), other]), tables([other, entity("a")]), "a").newer == ()
