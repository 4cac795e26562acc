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
        facts["set"] = "second"
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
    found, seconds, lacking = late(late.early, 0.001)
    assert (seconds, lacking, found.rpo.actual) == (0.0, 0, 0.0)
    found, seconds, lacking = late(late.early[1:], 0.001, moving=late.early[:1])
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


def unmeasured(found, because):
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, Code.INCONCLUSIVE)
    assert found.rpo.actual is None is found.rpo.met and because in found.rpo.because
    assert not any("worst moment" in text for text in found.shows)
    assert [one.name for one in found.findings if because in one.because] == ["RPO"]


def test_without_a_replica_after_the_fault_the_recovery_point_is_not_measured(late):
    found, *_ = late(late.early, -1.0)
    unmeasured(found, "which writes the replica held that came after the disruption and caught up")


@pytest.mark.parametrize(
    ("left_out", "because"),
    [
        ("first", "which writes a replica held that was there when the disruption began"),
        ("second", "which writes the replica held that came after the disruption and caught up"),
    ],
)
def test_a_replica_of_which_nothing_is_known_leaves_the_recovery_point_unmeasured(
    late, story, left_out, because
):
    late(late.early, 8.0)
    facts = story.data("recovery.finished")["facts"]
    facts["exposed"] = [one for one in facts["exposed"] if one["set"] != left_out]
    unmeasured(story.judge(), because)


def test_where_nothing_was_written_meanwhile_nothing_was_at_risk_that_could_be_measured(late, story):
    late(late.early, 8.0)
    story.drop("write.acked").drop("write.invoked").drop("write.unknown").drop("writes.read")
    found = story.judge()
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no write was acknowledged before the last replica came" in found.rpo.because


SLOWED = {"link": {"asked": {}, "before": {}, "during": {}}, "region": "a"}


def test_a_link_that_was_slowed_asks_for_the_replicas_that_were_followed(story):
    story.data("fault.injected")["truth"] = SLOWED
    unmeasured(story.judge(), "nothing says which writes a replica held that was there")


def test_writes_that_are_lost_beyond_the_limit_are_red_whatever_is_missing_beside_them(late, story):
    late(late.early, -1.0, limit=1.0)
    story.data("writes.read")["guid"]["absent"] = late.early
    found = story.judge()
    assert (found.verdict, found.code) == (Verdict.FAIL, Code.RPO_MISSED)


def test_a_recovery_that_failed_on_a_slow_link_is_red_and_not_asked_for_replicas(told):
    story = told("recovery-failed")
    story.data("fault.injected")["truth"] = SLOWED
    found = story.judge()
    assert found.verdict is Verdict.FAIL and not any("replica" in one.because for one in found.findings)


def test_a_recovery_that_followed_no_replicas_is_not_asked(story):
    assert not any("worst moment" in text for text in story.judge().shows)
    assert story.judge().at_risk is None
