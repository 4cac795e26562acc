"""Numbered writes, each with what became of it."""

import threading
from datetime import timedelta

import pytest

from metadrill import clock
from metadrill.errors import JournalError
from metadrill.ports import WriteRefused, WriteUnknown
from metadrill.workloads.canary import Canary

BEAT, SOON = timedelta(milliseconds=1), timedelta(seconds=5)


class Target:
    """Answers writes by a script: a guid, refused, or unknown."""

    def __init__(self, script=()):
        self.script, self.held, self.hidden = list(script), {}, set()

    def write(self, name):
        outcome = self.script.pop(0) if self.script else "ack"
        if outcome == "refuse":
            raise WriteRefused("down")
        if outcome == "burst":
            raise ZeroDivisionError("a defect")
        if outcome != "lose":
            self.held[name] = f"guid of {name}"
        if outcome in ("lose", "unknown"):
            raise WriteUnknown("time-out")
        return self.held[name]

    def present(self, names):
        return {name for name, guid in names.items() if self.held.get(name) == guid}

    def found(self, names):
        return {name for name in names if name in self.held and name not in self.hidden}


class Events(list):
    def record(self, kind, /, **data):
        self.append((kind, data))

    def of(self, kind):
        return [data for name, data in self if name == kind]


def ran(target, events, writes):
    canary = Canary(target, events.record, "r1", BEAT)
    canary.start()
    clock.wait_until(lambda: len(events.of("write.invoked")) >= writes, SOON, "writes")
    canary.stop()
    return canary


def test_every_write_is_invoked_and_then_acknowledged_refused_or_unknown():
    events = Events()
    canary = ran(Target(["ack", "refuse", "unknown", "lose", "ack"]), events, 5)
    assert [data["n"] for data in events.of("write.invoked")][:5] == [1, 2, 3, 4, 5]
    assert [data["n"] for data in events.of("write.failed")] == [2]
    assert [data["n"] for data in events.of("write.unknown")] == [3, 4]
    acked = events.of("write.acked")
    assert acked[0]["n"] == 1 and acked[0]["guid"] == "guid of metadrill-canary/r1/1"
    assert acked[0]["invoked_ns"] > 0
    assert canary.acknowledged() == len(acked)


def test_reading_back_tells_graph_from_search_and_unknown_from_both():
    events, target = Events(), Target(["ack", "ack", "unknown", "lose", "ack"])
    canary = ran(target, events, 5)
    target.hidden.add("metadrill-canary/r1/2")
    del target.held["metadrill-canary/r1/5"]
    read = canary.read_back(timedelta(milliseconds=50))
    assert read["guid"]["absent"] == [5]
    assert read["search"]["absent"] == [2, 5]
    assert read["unknown"] == 2 and read["unknown_found"] == [3]
    assert read["acked"] == len(events.of("write.acked"))
    assert [row["n"] for row in read["writes"]][:3] == [1, 2, 5]
    assert read["writes"][0]["acked_ns"] >= read["writes"][0]["invoked_ns"]


def test_reading_back_waits_for_a_search_that_is_late():
    events, target = Events(), Target()
    canary = ran(target, events, 2)
    target.hidden.add("metadrill-canary/r1/1")
    threading.Timer(0.3, target.hidden.clear).start()
    assert canary.read_back(SOON)["search"]["absent"] == []


def test_after_a_stop_nothing_is_written_and_a_start_goes_on_with_the_next_number():
    events = Events()
    canary = ran(Target(), events, 3)
    count = len(events.of("write.invoked"))
    canary.start()
    clock.wait_until(lambda: len(events.of("write.invoked")) > count, SOON, "another write")
    canary.stop()
    numbers = [data["n"] for data in events.of("write.invoked")]
    assert numbers == list(range(1, len(numbers) + 1))


def broken(record, target=None):
    canary = Canary(target or Target(), record, "r1", BEAT)
    canary.start()
    with pytest.raises(Exception) as met:
        clock.wait_until(lambda: canary.acknowledged() < 0, SOON, "the thread to break down")
    return canary, met.value


def test_a_full_disk_surfaces_in_the_main_line():
    def full(kind, /, **data):
        raise OSError(28, "No space left on device")

    canary, error = broken(full)
    assert isinstance(error, JournalError) and "No space left" in str(error)
    with pytest.raises(JournalError):
        canary.stop()
    with pytest.raises(JournalError):
        canary.read_back(SOON)


def test_a_defect_in_the_target_surfaces_too():
    _, error = broken(Events().record, Target(["burst"]))
    assert isinstance(error, ZeroDivisionError)
