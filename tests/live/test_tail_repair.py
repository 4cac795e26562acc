"""The repair of the tail brings back whatever a search needs, not entities alone."""

from datetime import timedelta

import pytest

from metadrill.clock import wait_until

pytestmark = pytest.mark.slow  # a boot of its own; every drill of an index repairs its tail
MINUTE = timedelta(minutes=1)


def tagged(stack, name):
    body = {"classification": name, "limit": 1000, "excludeDeletedEntities": True}
    return {row["guid"] for row in stack.atlas.ask("/v2/search/basic", body).get("entities", [])}


def test_a_classification_given_after_the_snapshot_is_found_by_search_again(stack, index):
    kind = {"name": "live_tail", "superTypes": [], "attributeDefs": []}
    stack.atlas.change("POST", "/v2/types/typedefs", {"classificationDefs": [kind]})
    guid = stack.write("live/tail/classified")
    stack.settle(MINUTE)
    ref = stack.snapshot()["ref"]
    stack.atlas.change("POST", f"/v2/entity/guid/{guid}/classifications", [{"typeName": "live_tail"}])
    wait_until(lambda: tagged(stack, "live_tail") == {guid}, MINUTE, "found by its classification")
    whole = {name: count(stack, name) for name in (index, "janusgraph_edge_index")}
    stack.restore_snapshot(ref)
    stack.repair_tail()
    wait_until(lambda: tagged(stack, "live_tail") == {guid}, MINUTE, "found again after the repair")
    for name, documents in whole.items():
        assert count(stack, name) >= documents, name


def test_documents_that_agree_with_the_graph_are_not_written_again(stack, index):
    guids = [stack.write(f"live/tail/untouched/{number}") for number in range(3)]
    stack.settle(MINUTE)
    before, gone = versions(stack, index), versions(stack, index, guids[:2])
    for name in gone:
        stack.elastic.change("DELETE", f"/{index}/_doc/{name}?refresh=true")
    assert set(stack.repair_tail()["guids"]) == set(guids[:2])
    after = versions(stack, index)
    assert len(gone) == 2 and {name for name in before if after.get(name) != before[name]} == set(gone)


def test_an_index_server_that_died_of_the_damage_is_started_before_its_index_is_restored(stack, index):
    stack.settle(MINUTE)
    ref, whole = stack.snapshot()["ref"], count(stack, index)
    stack.sandbox.stop("elasticsearch", timedelta(0))
    stack.restore_snapshot(ref)
    stack.settle(MINUTE)
    assert count(stack, index) == whole


def versions(stack, name, guids=()):
    """The number of the last write to each document, by its name: of all, or of some entities."""
    stack.elastic.ask(f"/{name}/_refresh", None)
    body = {"size": 10_000, "seq_no_primary_term": True, "_source": ["__guid"]}
    hits = stack.elastic.ask(f"/{name}/_search", body)["hits"]["hits"]
    return {hit["_id"]: hit["_seq_no"] for hit in hits if not guids or hit["_source"].get("__guid") in guids}


def count(stack, name):
    stack.elastic.ask(f"/{name}/_refresh", None)
    return stack.elastic.get(f"/{name}/_count")["count"]
