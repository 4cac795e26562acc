"""What takes long is shown while it does; what is quick is not, and a program is told nothing."""

from datetime import timedelta

import pytest

from metadrill import progress
from metadrill.cli.stages import Stages, far
from metadrill.testing.clock import ManualClock


@pytest.mark.parametrize(
    ("there", "total", "unit", "seconds", "told"),
    [
        (45_000_000, 230_000_000, "bytes", 15.0, "45 MB of 230 MB, 3.0 MB/s, 1 m 02 s left"),
        (12_000, 40_000, "documents", 6.0, "12,000 of 40,000 documents, 2,000/s, 14 s left"),
        (7_400_000, 0, "bytes", 10.0, "7.4 MB, 740 kB/s"),
        (2, 8, "suites", 4.0, "2 of 8 suites, 0.5/s, 12 s left"),
        (9, 8, "entries", 4.0, "9 of 8 entries, 2.2/s"),
        (0, 0, "bytes", 61.0, "for 1 m 01 s"),
        (0, 9, "bytes", 4.0, "for 4.0 s"),
    ],
)
def test_how_far_it_is_how_fast_it_goes_and_what_is_left(there, total, unit, seconds, told):
    assert far(there, total, unit, seconds) == told


def test_without_a_terminal_a_line_comes_every_30_seconds_and_none_of_what_is_quick(capsys):
    time = ManualClock()
    with progress.heard(Stages(time, terminal=False)):
        with progress.stage("quick", 10) as advance:
            time.sleep(timedelta(seconds=29))
            advance(10)
        with progress.stage("slow", 100, "entries") as advance:
            for _ in range(7):
                time.sleep(timedelta(seconds=10))
                advance(10)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "  slow: 30 of 100 entries, 1/s, 1 m 10 s left",
        "  slow: 60 of 100 entries, 1/s, 40 s left",
    ]


def test_stages_lie_within_each_other_and_end_where_something_breaks(capsys):
    told = []

    class Kept:
        def begin(self, what, total, unit):
            told.append(("begin", what, total, unit))
            return len(told)

        def advance(self, stage, amount):
            told.append(("advance", stage, amount))

        def end(self, stage):
            told.append(("end", stage))

    def breaks():
        with progress.stage("outer", 2, "sets"), progress.stage("inner") as advance:
            advance(5)
            raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"), progress.heard(Kept()):
        breaks()
    assert told == [
        ("begin", "outer", 2, "sets"), ("begin", "inner", 0, "bytes"), ("advance", 2, 5),
        ("end", 2), ("end", 1),
    ]  # fmt: skip
    with progress.stage("nobody listens any more") as advance:
        advance(1)
    assert len(told) == 5


def test_on_a_terminal_bars_come_with_the_first_stage_and_go_with_the_last(capsys):
    stages = Stages(ManualClock(), terminal=True)
    with progress.heard(stages), progress.stage("outer", 2, "sets") as advance:
        with progress.stage("inner") as inner:
            inner(5)
            assert len(stages._bars.tasks) == 2  # what is shown is rich's
        advance(1)
        assert [task.completed for task in stages._bars.tasks] == [1]
    assert stages._bars is None
