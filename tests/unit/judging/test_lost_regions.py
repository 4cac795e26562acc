"""A region that was not lost proves nothing about a recovery from its loss."""

import pytest

from metadrill.model.verdict import Verdict

LOST = {"region": "a", "cut": True, "network": "disconnected", "running": [], "depot": {"sets": 2, "left": 0}}


def judged(story, **change):
    story.data("fault.injected")["truth"] = {**LOST, **change}
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
