"""Sets copied into another depot: whole, proved, resumed, no faster and at no other time than asked."""

import fcntl
import os
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from metadrill.depot import replicating, verifying
from metadrill.depot.replicating import Pace, Window
from metadrill.depot.shelf import Depot, locked
from metadrill.errors import BackupError, EnvironmentNotReady, Locked, Refused
from metadrill.model.backup import Mode
from metadrill.testing import ManualClock


@pytest.fixture
def there(shop, tmp_path):
    return Depot(tmp_path / "there", shop.depot.trusted)


def files(held):
    return {path.name: path.read_bytes() for path in held.folder.iterdir()}


def cut_off(after):
    """A pace under which the copy ends once so many bytes have come."""

    def told(name, done, of):
        if done >= after:
            raise KeyboardInterrupt

    return Pace(told=told)


def test_a_set_is_there_as_it_is_here_and_sound(shop, there):
    held = shop.take()
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name)
    assert files(made.held) == files(held) and there.names() == [held.manifest.name]
    assert made.copied == held.manifest.bytes and made.resumed == 0 and not made.there
    assert made.lag_s >= 0 and made.seconds >= 0
    assert verifying.verify(there, held.manifest.name, shop.stack.dialect).problems == ()
    assert all(path.stat().st_mode & 0o077 == 0 for path in made.held.folder.iterdir())
    (again,) = replicating.replicate(shop.depot, there, held.manifest.name)
    assert again.there and again.copied == 0 and again.lag_s is None, "nothing was measured"


def test_those_that_it_goes_with_come_first(shop, there):
    full = shop.take()
    shop.stack.write("metadrill-canary/more")
    part = shop.take(Mode.INCREMENTAL)
    made = replicating.replicate(shop.depot, there, part.manifest.name)
    assert [one.held.manifest.name for one in made] == [full.manifest.name, part.manifest.name]
    assert [held.manifest.name for held in there.chain(made[-1].held)] == [
        part.manifest.name, full.manifest.name,
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_copy_that_was_cut_off_is_not_there_and_is_gone_on_with(shop, there, share):
    held = shop.take()
    with pytest.raises(KeyboardInterrupt):
        replicating.replicate(shop.depot, there, held.manifest.name, cut_off(held.manifest.bytes * share))
    assert there.names() == []
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name)
    assert made.resumed > 0 and made.copied + made.resumed == held.manifest.bytes
    assert files(made.held) == files(held)


def test_what_a_kill_left_of_a_copy_is_no_part_of_the_set(shop, there):
    held = shop.take()
    with pytest.raises(KeyboardInterrupt):
        replicating.replicate(shop.depot, there, held.manifest.name, cut_off(held.manifest.bytes))
    (under_way(there, held) / ".manifest.dsse.json.4711.part").write_bytes(b"{")
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name)
    assert files(made.held) == files(held)


def under_way(there, held):
    return there.path / f".replica-{held.manifest.name}"


def test_what_was_changed_meanwhile_is_copied_anew(shop, there):
    held = shop.take()
    with pytest.raises(KeyboardInterrupt):
        replicating.replicate(shop.depot, there, held.manifest.name, cut_off(held.manifest.bytes))
    part = held.manifest.parts[0]
    (under_way(there, held) / part.name).write_bytes(b"x" * part.bytes)
    with (under_way(there, held) / held.manifest.parts[1].name).open("ab") as file:
        file.write(b"more than there should be")
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name)
    assert files(made.held) == files(held)


def test_a_part_that_is_damaged_here_is_never_published_there(shop, there):
    held = shop.take()
    part = max(held.manifest.parts, key=lambda one: one.bytes)
    raw = bytearray((held.folder / part.name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (held.folder / part.name).write_bytes(raw)
    with pytest.raises(BackupError, match=r"is not what it was"):
        replicating.replicate(shop.depot, there, held.manifest.name)
    assert there.names() == []


def test_what_cannot_be_read_here_is_that_sets_own_error(shop, there):
    held = shop.take()
    (held.folder / held.manifest.parts[1].name).unlink()
    with pytest.raises(BackupError, match=f"{held.manifest.parts[1].name}: no such file"):
        replicating.replicate(shop.depot, there, held.manifest.name)
    (held.folder / held.manifest.parts[1].name).mkdir()
    with pytest.raises(BackupError, match=f"{held.manifest.parts[1].name}: is a directory"):
        replicating.replicate(shop.depot, there, held.manifest.name)


def test_a_replica_that_cannot_be_read_is_that_sets_own_error_too(shop, there, monkeypatch):
    held = shop.take()
    replicating.replicate(shop.depot, there, held.manifest.name)

    def broken(path, advance):
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(verifying, "sha256", broken)
    with pytest.raises(BackupError, match="input/output error") as caught:
        replicating.replicate(shop.depot, there, held.manifest.name)
    assert caught.value.code == 30


def test_one_that_is_there_and_damaged_is_told(shop, there):
    held = shop.take()
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name)
    (made.held.folder / held.manifest.parts[0].name).unlink()
    with pytest.raises(BackupError):
        replicating.replicate(shop.depot, there, held.manifest.name)


def test_it_is_no_faster_than_asked(shop, there):
    held, watch = shop.take(), ManualClock()
    began = watch.monotonic_ns()
    rate = held.manifest.bytes // 10
    replicating.replicate(shop.depot, there, held.manifest.name, Pace(limit=rate, time=watch))
    took = (watch.monotonic_ns() - began) / 1e9
    largest = max(part.bytes for part in held.manifest.parts)
    assert took >= (held.manifest.bytes - min(largest, 1 << 18)) / rate * 0.9 > 1


def test_outside_of_its_window_nothing_is_copied_and_what_is_there_stays(shop, there):
    held = shop.take()
    night = Window(time(22), time(6))
    with pytest.raises(KeyboardInterrupt):
        replicating.replicate(shop.depot, there, held.manifest.name, cut_off(held.manifest.bytes // 2))
    before = files(replace(held, folder=under_way(there, held)))
    day = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    with pytest.raises(Refused, match="not between 22:00 and 06:00 UTC") as caught:
        replicating.replicate(shop.depot, there, held.manifest.name, Pace(window=night, time=day))
    assert "goes on" in caught.value.hint and there.names() == []
    assert files(replace(held, folder=under_way(there, held))) == before
    dark = ManualClock(datetime(2026, 3, 1, 23, tzinfo=UTC))
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name, Pace(window=night, time=dark))
    assert made.resumed > 0


@pytest.mark.parametrize(
    ("begin", "end", "hour", "holds"),
    [(22, 6, 23, True), (22, 6, 5, True), (22, 6, 6, False), (22, 6, 12, False), (9, 17, 9, True),
     (9, 17, 17, False), (9, 17, 8, False)],
)  # fmt: skip
def test_a_window_may_go_past_midnight(begin, end, hour, holds):
    moment = datetime(2026, 3, 1, hour, tzinfo=UTC)
    assert Window(time(begin), time(end)).holds(moment) is holds


def test_two_copies_of_one_set_do_not_meet(shop, there):
    held = shop.take()
    under_way(there, held).mkdir(parents=True)
    descriptor = os.open(under_way(there, held) / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(Locked):
        replicating.replicate(shop.depot, there, held.manifest.name)
    os.close(descriptor)
    assert replicating.replicate(shop.depot, there, held.manifest.name)


def test_a_place_that_cannot_be_written_is_told(shop, tmp_path):
    held = shop.take()
    (tmp_path / "taken").write_text("in the way")
    with pytest.raises(EnvironmentNotReady, match="not a directory"):
        replicating.replicate(shop.depot, Depot(tmp_path / "taken" / "x"), held.manifest.name)


def test_what_nobody_goes_on_with_is_removed_once_it_is_old(shop, there):
    held = shop.take()
    now = datetime.now(UTC)
    with pytest.raises(KeyboardInterrupt):
        replicating.replicate(shop.depot, there, held.manifest.name, cut_off(1))
    assert replicating.discard(there, now - timedelta(days=1)) == [] and under_way(there, held).is_dir()
    age(under_way(there, held), now - timedelta(days=2))
    assert replicating.discard(there, now - timedelta(days=1)) == [f".replica-{held.manifest.name}"]
    assert list(there.path.iterdir()) == [] and replicating.discard(there, now) == []


def test_one_that_was_gone_on_with_since_stays(shop, there):
    held = shop.take()
    now = datetime.now(UTC)
    with pytest.raises(KeyboardInterrupt):
        replicating.replicate(shop.depot, there, held.manifest.name, cut_off(1))
    age(under_way(there, held), now - timedelta(days=2))
    os.utime(under_way(there, held) / held.manifest.parts[0].name)  # one of its files was written to
    assert replicating.discard(there, now - timedelta(days=1)) == [] and under_way(there, held).is_dir()


def test_one_that_is_held_stays_however_old_it_is(shop, there):
    held = shop.take()
    under_way(there, held).mkdir(parents=True)
    with locked(under_way(there, held) / ".lock"):
        assert replicating.discard(there, datetime.now(UTC) + timedelta(days=1)) == []
        assert under_way(there, held).is_dir()


def age(folder, moment):
    for path in (*folder.iterdir(), folder):
        os.utime(path, (moment.timestamp(), moment.timestamp()))


def test_one_that_is_removed_while_somebody_comes_is_said_to_be_taken(shop, there, monkeypatch):
    held = shop.take()
    lock = under_way(there, held) / ".lock"

    def late(*what):
        lock.unlink()
        flock(*what)

    flock = fcntl.flock
    monkeypatch.setattr("fcntl.flock", late)
    with pytest.raises(Locked, match="removing"):
        replicating.replicate(shop.depot, there, held.manifest.name)
    assert there.names() == []
