"""A restore that had room all the time shows nothing of a full volume."""

from typing import Any

from metadrill.errors import Code
from metadrill.model.verdict import Verdict

ROOM = "no restore was refused: 7.0 GB of the volume were free"


def test_a_recovery_that_says_it_had_room_proves_nothing(story: Any) -> None:
    assert story.judge().verdict is Verdict.PASS
    story.data("fault.injected")["truth"]["volume"] = {"filled": 1}
    story.data("recovery.finished")["facts"] = {"had_room": 7_000_000_000}
    found = story.judge()
    assert (found.verdict, found.codes) == (Verdict.INCONCLUSIVE, (Code.INCONCLUSIVE,))
    assert [one.because for one in found.findings] == [ROOM]


def test_where_no_volume_was_filled_room_is_no_surprise(story: Any) -> None:
    story.data("recovery.finished")["facts"] = {"had_room": 7_000_000_000}
    assert story.judge().verdict is Verdict.PASS


def test_where_the_fault_was_left_out_room_is_no_surprise(story: Any) -> None:
    story.data("recovery.finished")["facts"] = {"had_room": 7_000_000_000}
    story.drop("fault.injected").add("fault.left_out", {"because": "asked"}, after="write.acked")
    assert ROOM not in [one.because for one in story.judge().findings]
