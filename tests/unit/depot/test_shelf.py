"""A depot as a folder: what is listed, what is found, what is swept; never a half set."""

import fcntl
import os
import shutil
import stat
import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from metadrill.depot import shelf, verifying
from metadrill.depot.shelf import Depot
from metadrill.errors import BackupError, EnvironmentNotReady, UsageError
from metadrill.model.backup import Mode

from .conftest import SOON


def test_a_depot_that_is_not_there_has_no_sets(tmp_path):
    depot = Depot(tmp_path / "none")
    assert depot.names() == [] and depot.sweep() == []
    with pytest.raises(UsageError, match="no set there"):
        depot.find("latest")
    assert not depot.path.exists()


def test_a_set_is_found_by_its_name_a_beginning_of_it_and_as_the_newest(shop):
    held = shop.take()
    name = held.manifest.name
    for reference in (name, name[:20], "latest"):
        assert shop.depot.find(reference).manifest.name == name
    for reference in ("", "nothing", "../" + name, "."):
        with pytest.raises(UsageError):
            shop.depot.find(reference)
    with pytest.raises(UsageError, match="no set there"):
        shop.depot.find("latest", "west")
    shop.take(environment="west")
    with pytest.raises(UsageError, match="2 begin so"):
        shop.depot.find("20")


def test_a_name_that_leads_elsewhere_opens_nothing(shop):
    shop.take()
    for name in ("..", ".", "/", "../depot", "", "\0"):
        with pytest.raises((UsageError, BackupError)):
            shop.depot.open(name)


def test_an_error_while_a_set_is_written_leaves_nothing(shop):
    with pytest.raises(RuntimeError), shop.depot.draft() as draft:
        with draft.writing("export", "logical", "tar.zst") as file:
            file.write(b"some")
        raise RuntimeError
    assert list(shop.depot.path.iterdir()) == []


def test_a_part_is_named_by_what_it_holds_and_its_digest_and_is_its_owners_alone(shop):
    with shop.depot.draft() as draft:
        with draft.writing("export", "logical", "tar.zst") as file:
            assert file.write(b"some") == 4 and file.write(memoryview(b" more")) == 5
        (part,) = draft.parts
        path = draft.folder / part.name
        assert path.read_bytes() == b"some more" and part.bytes == 9
        assert part.name == f"export-{part.sha256[:16]}.tar.zst"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_part_that_is_written_twice_is_refused(shop):
    with (
        pytest.raises(EnvironmentNotReady),
        shop.depot.draft() as draft,
        draft.writing("export", "logical", "tar.zst"),
        draft.writing("export", "logical", "tar.zst"),
    ):
        pass


def test_a_set_that_is_being_published_is_not_swept(shop):
    """The sweep of another process comes at every moment of a backup, the last one too."""
    stop, swept = threading.Event(), []

    def sweep():
        while not stop.is_set():
            swept.extend(shop.depot.sweep())

    other = threading.Thread(target=sweep)
    other.start()
    try:
        names = [shop.take(environment=f"env{number}").manifest.name for number in range(4)]
    finally:
        stop.set()
        other.join()
    assert swept == [] and set(names) == set(shop.depot.names())
    assert all(shop.codes(name) == [] for name in names)


def test_a_draft_that_was_just_begun_or_has_ended_is_removed_and_not_told(shop):
    """Found by the test above on a loaded machine: it held nothing."""
    folder = shop.depot.path / ".draft-000000000000"
    folder.mkdir(parents=True)
    assert shop.depot.sweep() == [] and not folder.exists()


def test_the_draft_is_held_until_the_set_is_in_its_place(shop, monkeypatch):
    """Found by reading: the lock was removed before the rename, and a sweep in between took the set."""
    seen = []
    publish = Depot.publish

    def looking(depot, draft, made, signer):
        held = publish(depot, draft, made, signer)
        lock = os.open(draft.folder.parent / "lock", os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            seen.append("free")
        except BlockingIOError:
            seen.append("held")
        finally:
            os.close(lock)
        return held

    monkeypatch.setattr(Depot, "publish", looking)
    shop.take()
    assert seen == ["held"]


@settings(max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck))
class DepotModel(RuleBasedStateMachine):
    """Backups, killed ones, sweeps, losses and looks in any order, beside a list of what must be there."""

    shop = None

    @initialize()
    def begin(self):
        shutil.rmtree(self.shop.depot.path, ignore_errors=True)
        self.known, self.dead, self.count = {}, set(), 0

    @rule(mode=st.sampled_from([Mode.FULL, Mode.FULL, Mode.INCREMENTAL, Mode.DIFFERENTIAL]))
    def take(self, mode):
        self.count += 1
        self.shop.stack.write(f"write/{self.count}")
        self.shop.stack.settle(SOON)
        try:
            held = self.shop.take(mode)
        except UsageError:
            assert mode is not Mode.FULL and Mode.FULL not in self.known.values()
            return
        self.known[held.manifest.name] = mode

    @precondition(lambda self: self.known)
    @rule(share=st.floats(0, 1), locked=st.booleans())
    def killed(self, share, locked):
        """Leave what a killed backup leaves: some of its files, up to all of them."""
        source = self.shop.depot.path / next(iter(self.known))
        folder = self.shop.depot.path / f".draft-{len(self.dead):012x}"
        (folder / "set").mkdir(parents=True)
        if locked:
            (folder / "lock").touch()
        files = sorted(source.iterdir())
        for path in files[: round(share * len(files))]:
            shutil.copyfile(path, folder / "set" / path.name)
        self.dead.add(folder.name)

    @rule()
    def sweep(self):
        assert set(self.shop.depot.sweep()) == self.dead
        self.dead = set()

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0, 9))
    def verify(self, which):
        name = sorted(self.known)[which % len(self.known)]
        assert self.shop.codes(name) == []

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0, 9))
    def lose_a_part(self, which):
        """Take a part away, see it missed, put it back."""
        name = sorted(self.known)[which % len(self.known)]
        path = sorted((self.shop.depot.path / name).glob("e*-*"))[0]
        away = self.shop.depot.path.parent / "away"
        shutil.move(path, away)
        assert self.shop.codes(name) == ["part.missing"]
        shutil.move(away, path)

    @invariant()
    def what_is_listed_is_what_was_published(self):
        if hasattr(self, "known"):
            assert set(self.shop.depot.names()) == set(self.known)
            for name in self.known:
                held, problems = verifying.files(self.shop.depot, name)
                assert held is not None and problems == []


def test_whatever_happens_to_a_depot_no_half_set_is_ever_listed(shop):
    DepotModel.shop = shop
    case = DepotModel.TestCase()
    case.runTest()


def test_a_sweep_at_the_very_beginning_of_a_draft_takes_nothing_of_it(shop, monkeypatch):
    """Found by a test on a loaded machine: a sweep that found no lock yet deleted what was then made."""
    taken, flock, swept = [], fcntl.flock, []

    def late(descriptor, how):
        if not taken and how == fcntl.LOCK_EX:  # the draft's own, made and not held yet
            taken.append(True)
            swept.extend(shop.depot.sweep())
        return flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    held = shop.take()
    assert taken and swept == [] and shop.codes(held.manifest.name) == []


def test_a_sweep_that_finds_no_lock_holds_it_before_it_removes_anything(shop, monkeypatch):
    folder = shop.depot.path / ".draft-000000000000"
    folder.mkdir(parents=True)
    seen, removed = [], shelf._removed

    def looking(path):
        with pytest.raises(BlockingIOError), (path / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen.append(path)
        return removed(path)

    monkeypatch.setattr(shelf, "_removed", looking)
    assert shop.depot.sweep() == [] and seen == [folder] and not folder.exists()
