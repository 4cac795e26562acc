"""A volume of its own for a folder: made, left without room, extended and taken away (mount(8)).

In memory (tmpfs): it takes what is in it, however large it is. Mounting needs root.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metadrill.errors import EnvironmentNotReady

_MEGABYTE = 1_000_000
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def mount(folder: Path, megabytes: int) -> None:
    """Put a new volume over an empty folder, as its owner's alone. Raises EnvironmentNotReady."""
    told = folder.stat()
    options = f"size={megabytes * _MEGABYTE},mode=0700,uid={told.st_uid},gid={told.st_gid},nosuid,nodev"
    _called(folder, "mount", "-t", "tmpfs", "-o", options, "metadrill", str(folder))


def unmount(folder: Path) -> None:
    """Take a folder's own volume away, with all that is in it; one that has none is left as it is."""
    if os.path.ismount(folder):
        _called(folder, "umount", "--lazy", str(folder))


class Volume:
    """Port `Volume`: that of a folder. Raises EnvironmentNotReady for a folder without one."""

    def __init__(self, folder: Path) -> None:
        if not os.path.ismount(folder):
            raise EnvironmentNotReady(
                f"{folder}: has no volume of its own", "use a sandbox that was made one"
            )
        self._folder = folder

    def free(self) -> int:
        """Return how many bytes are free."""
        told = os.statvfs(self._folder)
        return told.f_bavail * told.f_frsize

    def fill(self, leave: int) -> Mapping[str, Any]:
        """Make it as small as what is in it, and so many bytes: a file that fills it would take memory."""
        return self._resized(self._size() - self.free() + leave)

    def extend(self, more: int) -> Mapping[str, Any]:
        """Make it larger by so many bytes; what is in it stays."""
        return self._resized(self._size() + more)

    def _resized(self, size: int) -> Mapping[str, Any]:
        before = self._size()
        _called(self._folder, "mount", "-o", f"remount,size={size}", str(self._folder))
        return {"size": {"before": before, "after": self._size()}, "free": self.free()}

    def _size(self) -> int:
        told = os.statvfs(self._folder)
        return told.f_blocks * told.f_frsize


def _called(folder: Path, *words: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": _PATH})
    except OSError as error:
        raise EnvironmentNotReady(
            f"{folder}: {words[0]} cannot be run: {error.strerror}", "install mount"
        ) from None
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2] or f"{words[0]} ended with {done.returncode}"
        raise EnvironmentNotReady(f"{folder}: no volume of its own: {said}", "it takes root to mount one")
