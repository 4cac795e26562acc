"""A region that was not lost proves nothing about a recovery from its loss, nor one of no known replica."""

import pytest

from metadrill.model.verdict import Verdict

LOST = {"region": "a", "cut": True, "network": "disconnected", "running": [], "depot": {"sets": 2, "left": 0}}


def judged(story, **change):
    story.data("fault.injected")["truth"] = {**LOST, **change}
    t0 = story.data("fault.injected")["invoked_ns"]
    held = [event.data["guid"] for event in story.find("write.acked") if event.mono_ns < t0]
    story.data("recovery.finished")["facts"]["writes"] = {"held": held, "moving": []}
    return story.judge()


def test_a_region_of_which_nothing_is_left_is_lost(story):
    found = judged(story)
    assert found.verdict is Verdict.PASS
    assert not any("network" in text for text in found.does_not_show)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"running": ["atlas"]}, "atlas still ran in the region that was to be lost"),
        ({"depot": {"sets": 2, "left": 1}}, "1 folders of its depot were still there"),
    ],
)
def test_what_was_left_of_it_makes_the_run_prove_nothing(story, change, because):
    found = judged(story, **change)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, 5)
    assert any(because in finding.because for finding in found.findings)


def test_a_network_that_was_not_cut_is_said(story):
    found = judged(story, cut=False, network="it shares the host's")
    assert found.verdict is Verdict.PASS
    assert any("its network was cut too: it shares the host's" in text for text in found.does_not_show)


@pytest.mark.parametrize("missing", ["running", "depot"])
def test_a_loss_that_does_not_say_what_was_left_proves_nothing(story, missing):
    found = judged(story, **{missing: None})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "nothing says whether its servers still ran, and its depot was there" in found.sentence


def test_a_region_of_which_nobody_says_what_became_proves_nothing(story):
    found = judged(story, network=None)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "nothing says what became of region a" in found.sentence


@pytest.mark.parametrize("writes", [None, {}, {"moving": []}])
def test_a_lost_region_asks_for_the_writes_that_its_replica_held(story, writes):
    judged(story)
    story.data("recovery.finished")["facts"]["writes"] = writes
    found = story.judge()
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, 5)
    assert "nothing says which writes the replica held that was restored" in found.sentence
    assert not any("to the write" in text for text in found.shows)


def test_a_region_that_was_not_brought_back_is_red_and_not_asked_for_a_replica(told):
    story = told("recovery-failed")
    story.data("fault.injected")["truth"] = LOST
    found = story.judge()
    assert found.verdict is Verdict.FAIL and not any("replica" in one.because for one in found.findings)


def test_what_stood_ready_and_how_close_sets_followed_each_other_is_said(story):
    told = judged(story).does_not_show
    assert any("its empty stack stood ready" in text for text in told)
    assert any("the cadence of backups" in text for text in told)


@pytest.mark.parametrize("back", [False, True])
def test_a_replica_of_which_too_much_moved_proves_nothing(story, back):
    judged(story)
    facts = story.data("recovery.finished")["facts"]
    moving = {"entities": 9, "share": 0.0051, "cap": 0.005}
    facts |= {"back": {"moving": moving}} if back else {"moving": moving}
    found = story.judge()
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "changed while the backup set was read" in found.sentence
    moving["share"] = 0.005
    assert story.judge().verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("asked", "during", "because"),
    [
        ({"bytes_s": 8000}, {"bytes_s": 9e7}, "8,000 bytes a second were asked for, it carried 90,000,000"),
        ({"latency_s": 0.2}, {"bytes_s": 9e7, "first_byte_s": 0.01}, "0.200 s of latency were asked for"),
        ({"bytes_s": 8000}, {}, "nothing says what the link carried once it was slowed"),
    ],
)
def test_a_link_that_was_not_slowed_proves_nothing(told, asked, during, because):
    story = told("slow-region")
    assert story.judge().verdict is Verdict.PASS
    story.data("fault.injected")["truth"]["link"] |= {"asked": asked, "during": during}
    found = story.judge()
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any(because in one.because for one in found.findings)


def test_the_way_back_is_told_beside_the_rta_with_how_long_writes_were_held(story):
    judged(story)
    story.data("recovery.finished")["facts"]["back"] = {"region": "a", "held_s": 7.4, "return_s": 95.0}
    told = "the way back, with the region made anew, took 1 m 35 s of the RTA; for 7.4 s writes were held"
    assert told in story.judge().shows


@pytest.mark.parametrize("back", [None, {}, {"region": "a"}, {"region": "a", "held_s": 7.4}])
def test_a_journal_that_does_not_say_how_long_the_way_back_took_is_not_asked(story, back):
    judged(story)
    story.data("recovery.finished")["facts"]["back"] = back
    found = story.judge()
    assert found.verdict is Verdict.PASS and not any("the way back" in text for text in found.shows)
