"""What the loss of a region would have cost while its replicas were late: computed by hand beside it."""

import pytest

from metadrill import clock
from metadrill.errors import Code
from metadrill.model.verdict import Verdict


@pytest.fixture
def late(story):
    """Tell of two replicas, the second of which came so many seconds after t0; `held` are of the first."""
    t0 = story.data("fault.injected")["invoked_ns"]
    acked = {event.data["n"]: event for event in story.events if event.kind == "write.acked"}

    def tell(held, after_s, moving=(), tries=1, limit=None):
        moment = t0 + int(after_s * 1e9)
        facts = dict(story.data("recovery.finished").get("facts") or {})
        of = {
            "held": [acked[n].data["guid"] for n in held],
            "moving": [acked[n].data["guid"] for n in moving],
        }
        facts["exposed"] = [
            {"set": "first", "there_ns": t0 - 1, **of},
            {"set": "second", "there_ns": moment, "held": [], "moving": []},
        ]
        facts["replicas"] = [
            {"set": "first", "there": "then", "there_ns": t0 - 1, "tries": 1},
            {"set": "second", "there": "then", "there_ns": moment, "tries": tries},
            {"set": "third", "there": "", "tries": 7},
        ]
        story.data("recovery.finished")["facts"] = facts
        if limit is not None:
            story.data("run.opened")["criteria"]["rpo"]["limit_s"] = limit
        lacking = [event.data["invoked_ns"] for n, event in acked.items()
                   if event.mono_ns < moment and n not in {*held, *moving}]  # fmt: skip
        return story.judge(), clock.seconds(min(lacking), moment) if lacking else 0.0, len(lacking)

    tell.acked = sorted(acked)
    tell.early = sorted(n for n, event in acked.items() if event.mono_ns < t0)
    return tell


def test_work_that_no_replica_held_counts_from_its_first_write_to_the_next_replica(late):
    found, seconds, lacking = late(late.early[:3], 8.0)
    assert found.rpo.actual == seconds > 8.0 and lacking
    assert f"{lacking:,} of " in found.rpo.because and found.verdict is Verdict.PASS
    assert "at the worst moment the last" in found.sentence
    assert found.rpa_graph.seconds == 0.0 and found.at_risk == seconds


def test_more_than_allowed_is_red_with_the_code_of_the_recovery_point(late):
    found, seconds, _ = late(late.early[:1], 8.0, limit=7.5)
    assert seconds > 7.5 and (found.verdict, found.code) == (Verdict.FAIL, Code.RPO_MISSED)
    assert "would have been lost, 7.5 s allowed" in found.sentence


def test_what_the_replica_held_and_what_moved_while_it_was_read_is_not_at_risk(late):
    found, seconds, lacking = late(late.early, 0.0)
    assert (seconds, lacking, found.rpo.actual) == (0.0, 0, 0.0)
    found, seconds, lacking = late(late.early[1:], 0.0, moving=late.early[:1])
    assert (seconds, lacking, found.rpo.actual) == (0.0, 0, 0.0)


def test_more_writes_at_risk_are_never_less_work_at_risk(late):
    worst = 0.0
    for held in range(len(late.early), -1, -1):
        found, _, _ = late(late.early[len(late.early) - held :], 8.0)
        assert found.rpo.actual >= worst
        worst = found.rpo.actual


def test_copies_that_were_cut_off_are_counted_those_that_came_only(late):
    found, *_ = late(late.early, 8.0, tries=4)
    assert "4 tries to bring replicas over after t0, 3 of them cut off" in found.shows


def test_no_replica_after_the_fault_is_no_exposure(late, story):
    found, *_ = late(late.early, -1.0)
    assert not any("worst moment" in text for text in found.shows) and found.rpo.actual == 0.0


def test_a_recovery_that_followed_no_replicas_is_not_asked(story):
    assert not any("worst moment" in text for text in story.judge().shows)
    assert story.judge().at_risk is None
