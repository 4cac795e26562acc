"""A signal and a journal: no event is torn, and no signal is lost."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from metadrill import journal
from metadrill.errors import Interrupted


class Ringing:
    """A clock that rings once, while an event is being written."""

    def __init__(self) -> None:
        self.ring = lambda: None

    def utc(self) -> datetime:
        ring, self.ring = self.ring, lambda: None
        ring()
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic_ns(self) -> int:
        return 1

    def sleep(self, duration: timedelta) -> None:
        raise AssertionError("a journal does not wait")


@pytest.fixture
def clock():
    return Ringing()


@pytest.fixture
def book(tmp_path, clock):
    return journal.Journal(tmp_path / "journal.jsonl", clock)


def kinds(book):
    return [event.kind for event in journal.read(book.path).events]


def test_between_events_it_is_raised_at_once(book):
    error = Interrupted("stopped")
    with pytest.raises(Interrupted) as caught:
        book.interrupt(error)
    assert caught.value is error


def test_within_an_event_the_event_is_finished_first(book, clock):
    heard = []
    book.listen(heard.append)
    clock.ring = lambda: book.interrupt(Interrupted("stopped"))
    with pytest.raises(Interrupted):
        book.record("sandbox.created", id="x", kind="memory")
    assert kinds(book) == ["sandbox.created"] and heard == []


def test_who_swallows_it_only_puts_it_off_to_the_next_event(book):
    error = Interrupted("stopped")
    with pytest.raises(Interrupted):
        book.interrupt(error)
    for _ in range(2):
        with pytest.raises(Interrupted) as caught:
            book.record("checks.run", phase="outage")
        assert caught.value is error
    assert kinds(book) == ["checks.run", "checks.run"]


def test_the_clean_up_is_recorded_without_being_disturbed_by_it(book):
    with pytest.raises(Interrupted):
        book.interrupt(Interrupted("stopped"))
    for kind in ("run.aborted", "logs.collected", "teardown.failed", "sandbox.removed"):
        book.record(kind)
    book.close("aborted")
    assert kinds(book)[-1] == "drill.closed"


def test_after_it_has_arrived_it_is_not_raised_again(book):
    with pytest.raises(Interrupted):
        book.interrupt(Interrupted("stopped"))
    book.record("run.aborted", signal="SIGTERM")
    book.record("call.made", component="atlas", method="STOP", path="", body=None)
    assert kinds(book) == ["run.aborted", "call.made"]


def test_one_that_comes_while_the_end_is_recorded_is_raised_all_the_same(book, clock):
    clock.ring = lambda: book.interrupt(Interrupted("stopped"))
    with pytest.raises(Interrupted):
        book.record("sandbox.removed")


def test_it_is_never_raised_in_the_thread_of_the_canary(book, clock):
    raised = []

    def canary() -> None:
        try:
            book.record("write.invoked", n=1)
        except BaseException as error:
            raised.append(error)

    with pytest.raises(Interrupted):
        book.interrupt(Interrupted("stopped"))
    thread = threading.Thread(target=canary)
    thread.start()
    thread.join()
    assert raised == [] and kinds(book) == ["write.invoked"]
