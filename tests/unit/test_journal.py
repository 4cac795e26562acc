"""The journal: what it writes, and what it refuses to write or to read."""

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from metadrill import journal
from metadrill.errors import JournalError
from metadrill.model.event import Event
from metadrill.model.secret import Secret


class Ticks:
    """A clock that moves a millisecond with each look."""

    def __init__(self) -> None:
        self.looks = 0

    def utc(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic_ns(self) -> int:
        self.looks += 1
        return self.looks * 1_000_000

    def sleep(self, duration: timedelta) -> None:
        raise AssertionError("a journal never sleeps")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_what_is_recorded_is_read_back_with_the_digest_of_the_last_line(path: Path) -> None:
    book = journal.Journal(path, Ticks())
    first = book.record("sandbox.created", id="sb-1", kind="process")
    book.close("completed")
    reading = journal.read(path)
    assert reading.events[0] == first
    assert [event.kind for event in reading.events] == ["sandbox.created", "drill.closed"]
    assert reading.events[-1].data == {"events": 2, "outcome": "completed"}
    lines = path.read_bytes().splitlines(keepends=True)
    assert reading.head == hashlib.sha256(lines[-1]).hexdigest()
    assert reading.events[1].prev == hashlib.sha256(lines[0]).hexdigest()
    assert not reading.torn


def test_who_records_after_the_end_writes_into_no_other_file(path: Path, tmp_path: Path) -> None:
    book = journal.Journal(path, Ticks())
    book.close("completed")
    with (tmp_path / "another").open("wb"), pytest.raises(OSError, match="Bad file descriptor"):
        book.record("write.invoked", n=1, name="late")
    assert (tmp_path / "another").read_bytes() == b""


def test_an_event_is_on_disk_when_record_returns(path: Path) -> None:
    book = journal.Journal(path, Ticks())
    book.record("logs.collected", files=[])
    assert path.read_bytes().endswith(b"\n")
    assert json.loads(path.read_bytes())["kind"] == "logs.collected"


def test_a_listener_hears_the_event_after_it_is_on_disk(path: Path) -> None:
    heard: list[tuple[Event, int]] = []
    book = journal.Journal(path, Ticks())
    book.listen(lambda event: heard.append((event, path.stat().st_size)))
    event = book.record("logs.collected", files=[])
    assert heard == [(event, len(journal.encode(event)))]


def test_a_journal_is_never_opened_a_second_time(path: Path) -> None:
    journal.Journal(path, Ticks())
    with pytest.raises(JournalError, match="a journal is there already"):
        journal.Journal(path, Ticks())


def test_a_journal_is_readable_by_its_owner_alone(path: Path) -> None:
    journal.Journal(path, Ticks())
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_unknown_kind_is_refused_by_the_writer_and_nothing_is_written(path: Path) -> None:
    book = journal.Journal(path, Ticks())
    with pytest.raises(KeyError, match=r"drill\.ok"):
        book.record("drill.ok")
    assert (book.count, path.read_bytes()) == (0, b"")


@pytest.mark.parametrize("value", [Secret("atlas", "s3cret"), {1, 2}, b"bytes", Path("x")])
def test_what_is_not_plain_json_is_refused_and_nothing_is_written(path: Path, value: object) -> None:
    book = journal.Journal(path, Ticks())
    with pytest.raises(TypeError):
        book.record("call.made", body=value)
    book.close("failed")
    reading = journal.read(path)
    assert [event.seq for event in reading.events] == [0]
    assert b"s3cret" not in path.read_bytes()


def test_a_number_that_is_not_finite_is_refused(path: Path) -> None:
    book = journal.Journal(path, Ticks())
    with pytest.raises(ValueError, match="JSON"):
        book.record("call.made", body=float("nan"))


def test_threads_write_whole_lines_in_one_chain(path: Path) -> None:
    book = journal.Journal(path, Ticks())

    def scribble(start: int) -> None:
        for n in range(start, start + 25):
            book.record("write.invoked", n=n, name=f"canary-{n}")

    threads = [threading.Thread(target=scribble, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = journal.read(path).events
    assert len(events) == 75
    assert [event.mono_ns for event in events] == sorted(event.mono_ns for event in events)


def _written(path: Path, kinds: int = 3) -> list[bytes]:
    book = journal.Journal(path, Ticks())
    for n in range(kinds):
        book.record("write.invoked", n=n, name=f"canary-{n}")
    return path.read_bytes().splitlines(keepends=True)


def test_a_torn_tail_is_left_out_and_said(path: Path) -> None:
    _written(path)
    path.write_bytes(path.read_bytes()[:-5])
    reading = journal.read(path)
    assert (len(reading.events), reading.torn) == (2, True)


def test_an_unknown_kind_is_kept_by_the_reader(path: Path) -> None:
    event = Event(0, "2026-11-23T00:00:00.000Z", 1, "weather.noted", {"sky": "grey"}, journal.GENESIS)
    path.write_bytes(journal.encode(event))
    assert journal.read(path).events == (event,)


def test_a_changed_line_is_named_by_the_line_after_it(path: Path) -> None:
    lines = _written(path)
    path.write_bytes(lines[0].replace(b"canary-0", b"canary-9") + lines[1] + lines[2])
    with pytest.raises(JournalError, match=r"journal\.jsonl:2: the chain is broken here"):
        journal.read(path)


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"{}\n", b"nonsense\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n"]
)
def test_a_line_that_is_no_event_is_named(path: Path, line: bytes) -> None:
    lines = _written(path)
    path.write_bytes(lines[0] + line)
    with pytest.raises(JournalError, match=r"journal\.jsonl:2: not a"):
        journal.read(path)


def test_a_journal_that_is_not_there_is_an_error_with_a_hint(path: Path) -> None:
    with pytest.raises(JournalError, match="No such file") as caught:
        journal.read(path)
    assert caught.value.hint
