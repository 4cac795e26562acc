"""The screen of a run: how far a long stage is, on a terminal below, elsewhere in a line now and then."""

import pytest

from metadrill import progress
from metadrill.cli import drilling, screen
from metadrill.cli.options import Asked
from metadrill.cli.screen import Screen
from metadrill.model.event import Event


@pytest.fixture
def at(monkeypatch):
    """The moment, in seconds, that the screen sees."""
    now = [0.0]
    monkeypatch.setattr(screen, "_now", lambda: now[0])

    def go(seconds):
        now[0] += seconds

    return go


@pytest.fixture
def shown(monkeypatch):
    """A screen that has heard a run begin."""
    made = Screen(live=False)
    made.hear(Event(0, "2026-11-27T00:00:00.000Z", 0, "drill.opened", {}, ""))
    return made


def test_without_a_terminal_a_long_stage_is_told_every_30_seconds(at, shown, capsys):
    with progress.heard(shown), progress.stage("judging entities_both", 1_000, "rows") as advance:
        for _ in range(7):
            at(10)
            advance(100)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("… ")[1] for line in lines] == [
        ", judging entities_both: 300 of 1,000 rows, 10/s, 1 m 10 s left",
        ", judging entities_both: 600 of 1,000 rows, 10/s, 40 s left",
    ]


def test_on_a_terminal_the_clock_says_how_far_the_innermost_long_stage_is(at, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    made = Screen(live=True)
    made.hear(Event(0, "2026-11-27T00:00:00.000Z", 0, "drill.opened", {}, ""))
    with progress.heard(made), progress.stage("suite index", 4, "frames"):
        with progress.stage("judging edge_index", 0, "rows") as advance:
            at(5)
            advance(50)
            made._tick()
            assert "… , judging edge_index: 50 rows, 10/s" in capsys.readouterr().out
        made._tick()
        assert "suite index: for 5.0 s" in capsys.readouterr().out
    made._tick()
    assert "suite index" not in capsys.readouterr().out


def test_the_clock_never_takes_more_than_one_row(at, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    made = Screen(live=True)
    made.hear(Event(0, "2026-11-27T00:00:00.000Z", 0, "drill.opened", {}, ""))
    with progress.heard(made), progress.stage("judging relationships_both", 5_000_000, "rows") as advance:
        at(100)
        advance(1_250_000)
        made._tick()
    assert len(capsys.readouterr().out.removeprefix("\r\x1b[K")) == 59


def test_a_stage_that_began_before_the_screen_is_none_of_its_own(at, shown, capsys):
    at(60)
    shown.advance(7, 1)
    shown.end(7)
    assert capsys.readouterr().out == ""


def test_a_screen_that_breaks_does_not_break_what_it_shows(monkeypatch, capsys):
    hearing = drilling._Hearing(Asked(False, False, 0, None, None, "any"), None)
    hearing._screen = Screen(live=False)
    monkeypatch.setattr(hearing._screen, "advance", lambda *_: 1 / 0)
    with progress.heard(hearing), progress.stage("a stage", 2, "rows") as advance:
        advance(1)
        advance(1)
    told = capsys.readouterr().err
    assert told.count("the screen broke (ZeroDivisionError") == 1
