"""A recovery out of a replica is held against what the replica had, write by write."""

import pytest

from metadrill.errors import Code
from metadrill.model.verdict import Verdict


@pytest.fixture
def replica(story):
    """Say that the recovery was out of a set that held some of the writes acknowledged before t0."""
    t0 = story.data("fault.injected")["invoked_ns"]
    early = {event.data["n"]: event.data["guid"] for event in story.events
             if event.kind == "write.acked" and event.mono_ns < t0}  # fmt: skip
    assert len(early) > 2

    def tell(held, absent=(), moving=()):
        facts = dict(story.data("recovery.finished").get("facts") or {})
        facts["writes"] = {"held": [early[n] for n in held], "moving": [early[n] for n in moving]}
        story.data("recovery.finished")["facts"] = facts
        story.data("writes.read")["guid"]["absent"] = sorted(absent)
        story.data("writes.read")["search"]["absent"] = sorted(absent)
        return story.judge()

    tell.early = sorted(early)
    return tell


def wrong(assessed):
    return [finding.because for finding in assessed.findings if finding.name == "what the replica held"]


def test_what_it_did_not_hold_may_be_lost_and_no_more(replica):
    first, *rest = replica.early
    assessed = replica(rest, absent=[first])
    assert assessed.verdict is Verdict.PASS and wrong(assessed) == []
    assert any("to the write: 1 of" in text for text in assessed.shows)


def test_a_write_that_it_held_and_that_is_gone_is_critical(replica):
    assessed = replica(replica.early, absent=replica.early[:1])
    assert (assessed.verdict, assessed.code) == (Verdict.FAIL, Code.INTEGRITY_LOST)
    assert wrong(assessed) == ["1 writes that the replica held are not there"]
    assert not any("to the write" in text for text in assessed.shows)


def test_a_write_that_it_did_not_hold_and_that_is_there_is_critical(replica):
    assessed = replica(replica.early[1:])
    assert assessed.verdict is Verdict.FAIL
    assert wrong(assessed) == ["1 writes that the replica did not hold are there"]


@pytest.mark.parametrize("absent", [True, False])
def test_one_that_came_while_the_set_was_read_counts_neither_way(replica, absent):
    first, *rest = replica.early
    assessed = replica(rest, absent=[first] if absent else [], moving=[first])
    assert wrong(assessed) == [] and any("1 that came while it was read" in text for text in assessed.shows)


def test_a_recovery_out_of_no_replica_is_not_asked(story):
    assert not any("to the write" in text for text in story.judge().shows)
