"""A volume of a folder's own: made, filled, extended, taken away with all that is in it."""

import errno
import os

import pytest

from metadrill.clients import volume
from metadrill.errors import EnvironmentNotReady
from metadrill.sandboxes import lease
from metadrill.sandboxes.process import ProcessSandboxes
from metadrill.sandboxes.volumes import VolumeSandboxes

MB = 1_000_000


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "own"
    made.mkdir(mode=0o700)
    yield made
    volume.unmount(made)


def test_a_folder_without_a_volume_of_its_own_is_never_filled(folder):
    with pytest.raises(EnvironmentNotReady, match="has no volume of its own"):
        volume.Volume(folder)
    volume.unmount(folder)
    assert folder.is_dir()


@pytest.mark.needs("root")
def test_it_is_filled_to_the_byte_asked_for_and_then_refuses_what_is_larger(folder):
    volume.mount(folder, 8)
    own = volume.Volume(folder)
    assert 7 * MB < own.free() <= 8 * MB + 4096 and folder.stat().st_mode & 0o777 == 0o700
    told = own.fill(MB)
    assert MB - 4096 <= told["free"] == own.free() <= MB + 4096
    assert told["size"]["after"] < 2 * MB
    with pytest.raises(OSError) as full:
        (folder / "more").write_bytes(b"x" * 2 * MB)
    assert full.value.errno == errno.ENOSPC


@pytest.mark.needs("root")
def test_extended_it_keeps_what_is_in_it_and_taken_away_nothing_is_left(folder):
    volume.mount(folder, 4)
    own = volume.Volume(folder)
    (folder / "kept").write_text("it")
    own.fill(0)
    told = own.extend(4 * MB)
    assert told["size"]["after"] - told["size"]["before"] == pytest.approx(4 * MB, abs=8192)
    assert own.free() > 3 * MB and (folder / "kept").read_text() == "it"
    volume.unmount(folder)
    assert not os.path.ismount(folder) and list(folder.iterdir()) == []


@pytest.mark.needs("root")
def test_a_sandbox_on_its_own_volume_goes_with_it_also_for_gc(cache):
    made = VolumeSandboxes(ProcessSandboxes(cache)).create("full")
    assert os.path.ismount(made.root)
    volume.Volume(made.root).fill(0)
    assert made.remove().clean and not made.root.exists()
    left = VolumeSandboxes(ProcessSandboxes(cache)).create("left")
    (held,) = lease.read(cache)
    assert lease.remove(cache, held).clean, "what gc calls, without the sandbox itself"
    assert not left.root.exists()


def test_where_none_can_be_mounted_no_sandbox_is_left(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(volume, "_PATH", str(tmp_path))
    with pytest.raises(EnvironmentNotReady, match="mount cannot be run"):
        VolumeSandboxes(ProcessSandboxes(cache)).create("none")
    assert lease.read(cache) == []
