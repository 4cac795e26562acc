"""What every kind of sandbox asks of this machine: room, and an unprivileged user for its programs."""

import contextlib
import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metadrill.errors import EnvironmentNotReady
from metadrill.sandboxes import proc

UNPRIVILEGED = "nobody"


def check(cache: Path, needs: Mapping[str, int]) -> None:
    """Raise EnvironmentNotReady where the cache, the disk or the memory will not do."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(cache, error) from None
    free = shutil.disk_usage(cache).free // 1_000_000
    if free < needs.get("disk_mb", 0):
        raise EnvironmentNotReady(
            f"{cache}: {free} MB free, {needs['disk_mb']} MB needed",
            "free some space, or set METADRILL_CACHE to another disk",
        )
    memory = proc.memory_available() // 1_000_000
    if memory < needs.get("memory_mb", 0):
        raise EnvironmentNotReady(
            f"{memory} MB of memory available, {needs['memory_mb']} MB needed",
            "end other programs, or run where there is more memory",
        )
    if os.geteuid() == 0 and not _reachable(cache):
        raise EnvironmentNotReady(
            f"{cache}: the unprivileged user cannot get there",
            "set METADRILL_CACHE to a folder that every user may enter",
        )


def unwritable(cache: Path, error: OSError) -> EnvironmentNotReady:
    """Return what a cache that cannot be written is told as."""
    reason = (error.strerror or str(error)).lower()
    return EnvironmentNotReady(
        f"{cache}: cannot be written: {reason}", "set METADRILL_CACHE to another folder"
    )


def user() -> str:
    """Return the name of the user that the programs run as."""
    return UNPRIVILEGED if os.geteuid() == 0 else person()


def person() -> str:
    """Return the name of the user that runs this process; one without an entry goes by number."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"


def ids() -> tuple[int, int]:
    """Return the user and group number that the programs run as."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    entry = pwd.getpwnam(UNPRIVILEGED)
    return entry.pw_uid, entry.pw_gid


def as_unprivileged() -> dict[str, Any]:
    """Return what Popen needs to drop root, or nothing where we are not root."""
    if os.geteuid() != 0:
        return {}
    number, group = ids()
    return {"user": number, "group": group, "extra_groups": []}


def own(place: Path) -> None:
    """Give a folder and all below it to the unprivileged user; as that user already: nothing."""
    if os.geteuid() != 0:
        return
    number, group = ids()
    for folder, _, names in os.walk(place):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            with contextlib.suppress(FileNotFoundError):  # a running engine removes files of its own
                if path.lstat().st_uid != number:
                    os.lchown(path, number, group)


def _reachable(place: Path) -> bool:
    """Return whether every folder on the way may be entered by everybody."""
    absolute = place.resolve()
    return all(path.stat().st_mode & 0o001 for path in (absolute, *absolute.parents))
