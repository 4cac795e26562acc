"""Changes of entities as rows of a census."""

import hashlib

from metadrill.census import trails


def changed(guid, at, details="x"):
    return {
        "guid": guid, "key": f"{guid}:{at}", "at": at, "user": "ann", "action": "CHANGE", "details": details,
        "creates": at == 1, "brought": guid == "b",
    }  # fmt: skip


def test_the_events_of_each_entity_are_counted_from_one():
    found = list(trails.rows([changed("a", 1), changed("a", 2), changed("b", 1), changed("b", 2)]))
    assert [(row["entity"], row["place"]) for row in found] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert [row["creates"] for row in found] == [True, False, True, False]
    assert [row["brought"] for row in found] == [False, False, True, True]
    assert (found[0]["event"], found[0]["moment"], found[0]["actor"]) == ("a:1", 1, "ann")


def test_the_details_of_an_event_are_kept_as_their_digest():
    one, other = trails.rows([changed("a", 1, "said"), changed("a", 2, "otherwise")])
    assert one["digest"] == hashlib.sha256(b"said").hexdigest() != other["digest"]
