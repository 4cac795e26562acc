"""Time: waits for conditions, and a twin that never waits."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from metadrill import clock
from metadrill.errors import DeadlineExceeded
from metadrill.testing import ManualClock

MINUTE = timedelta(minutes=1)


def test_a_stamp_is_utc_with_milliseconds_whatever_the_zone():
    berlin = timezone(timedelta(hours=2))
    assert clock.stamp(datetime(2026, 10, 25, 2, 30, 0, 123999, tzinfo=berlin)) == "2026-10-25T00:30:00.123Z"
    assert clock.stamp(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("start", "end", "wanted"), [(0, 0, 0.0), (5, 1_500_000_005, 1.5), (0, 1_234_567, 0.001)]
)
def test_seconds_are_to_the_millisecond(start, end, wanted):
    assert clock.seconds(start, end) == wanted


def test_a_wait_returns_what_the_probe_answers_first():
    time, answers = ManualClock(), iter([None, False, "there"])
    assert clock.wait_until(lambda: next(answers), MINUTE, "x", time) == "there"
    assert time.monotonic_ns() == 200_000_000


@pytest.mark.parametrize("answer", [0, "", [], {}])
def test_an_empty_answer_is_an_answer(answer):
    assert clock.wait_until(lambda: answer, MINUTE, "x", ManualClock()) == answer


def test_a_wait_ends_at_its_deadline_naming_what_did_not_come():
    time = ManualClock()
    with pytest.raises(DeadlineExceeded, match="index caught up: not within 60 s") as caught:
        clock.wait_until(lambda: None, MINUTE, "index caught up", time, timedelta(seconds=7))
    assert caught.value.code == 30
    assert 60 <= time.monotonic_ns() / 1e9 < 67 + 1


def test_a_deadline_of_nothing_looks_once():
    looked = []
    with pytest.raises(DeadlineExceeded):
        clock.wait_until(lambda: looked.append(1), timedelta(0), "x", ManualClock())
    assert looked == [1]


def test_what_a_probe_raises_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        clock.wait_until(lambda: 1 / 0, MINUTE, "x", ManualClock())


def test_a_ticker_beats_until_it_is_stopped_and_not_after():
    beaten, third = [], threading.Event()

    def beat() -> None:
        beaten.append(1)
        if len(beaten) == 3:
            third.set()

    ticker = clock.Ticker(beat, timedelta(milliseconds=1))
    ticker.start()
    assert third.wait(10)
    ticker.stop()
    count = len(beaten)
    threading.Event().wait(0.02)
    assert len(beaten) == count


def test_a_ticker_that_was_never_started_stops_all_the_same():
    clock.Ticker(lambda: None, MINUTE).stop()


def test_the_machines_clock_never_runs_backwards_and_knows_utc():
    before = clock.SYSTEM.monotonic_ns()
    clock.SYSTEM.sleep(timedelta(milliseconds=2))
    assert clock.SYSTEM.monotonic_ns() - before >= 2_000_000
    assert clock.SYSTEM.utc().tzinfo is UTC


def test_the_kernel_says_how_far_its_clock_may_be_off_or_that_it_cannot_be_asked():
    told = clock.discipline()
    assert set(told) == {"synchronised", "offset_ms", "error_ms"}
    known = [value for value in told.values() if value is not None]
    assert len(known) in (0, 3)
    assert told["error_ms"] is None or told["error_ms"] >= 0
