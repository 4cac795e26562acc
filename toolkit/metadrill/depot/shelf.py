"""A depot: a folder of backup sets. A set is published whole, by one rename, or is not there.

What is being written lies in a folder `.draft-…/set`; the file `lock` beside it is held by its
writer until the set is in its place, and `sweep` removes what nobody holds any more. Everything is
its owner's alone.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from metadrill import placing
from metadrill.census import Census, stored
from metadrill.depot import manifest as manifests
from metadrill.depot.examining import Problem, Unsound, Wrong
from metadrill.depot.forms import CENSUS
from metadrill.depot.manifest import CERTIFICATE, FILE, LARGEST, Signed
from metadrill.errors import BackupError, EnvironmentNotReady, MetadrillError, UsageError
from metadrill.model.backup import Manifest, PartFile
from metadrill.ports import Signer

OWNER_FOLDER, OWNER_FILE = 0o700, 0o600
_DRAFT, _LOCK, _SET = ".draft-", "lock", "set"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Held:
    """A published set: its folder, and its manifest as read and verified."""

    folder: Path
    signed: Signed

    @property
    def manifest(self) -> Manifest:
        """What it says of itself."""
        return self.signed.manifest

    def path(self, holds: str) -> Path:
        """Return where a part lies. Raises BackupError where the set has none."""
        part = self.manifest.part(holds)
        if part is None:
            raise BackupError(f"{self.manifest.name}: holds no {holds}", "see metadrill backup show")
        return self.folder / part.name

    def tables(self) -> dict[str, Path]:
        """Return the files of its census."""
        return {
            part.holds.removeprefix(CENSUS): self.folder / part.name
            for part in self.manifest.parts
            if part.holds.startswith(CENSUS)
        }

    def census(self) -> Census:
        """Return the census at the cut. Raises BackupError."""
        return stored.read(self.tables())

    def moving(self) -> frozenset[str]:
        """Return the guids of what was changed while it was read."""
        return frozenset(str(row["guid"]) for row in stored.rows(self.path("moving")))


class Draft:
    """A set that is being written; made by `Depot.draft`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: list[PartFile] = []

    @contextmanager
    def writing(self, holds: str, method: str, suffix: str) -> Iterator[BinaryIO]:
        """Give a file to write a part into; then it is synced, and named by what it holds and its digest."""
        path = self.folder / f"{holds}.writing"
        with _Hashed(path) as file:
            yield file
            os.fsync(file.fileno())
        self._took(path, PartFile("", holds, method, path.stat().st_size, file.sha256.hexdigest()), suffix)

    def take(self, path: Path, holds: str, method: str, suffix: str) -> None:
        """Take a file that was written elsewhere as a part; it is moved."""
        target = self.folder / f"{holds}.writing"
        shutil.move(path, target)
        target.chmod(OWNER_FILE)
        with target.open("rb") as file:
            os.fsync(file.fileno())
        self._took(target, PartFile("", holds, method, target.stat().st_size, sha256(target)), suffix)

    def _took(self, path: Path, part: PartFile, suffix: str) -> None:
        name = f"{part.holds}-{part.sha256[:16]}.{suffix}"
        self.parts.append(replace(part, name=name))
        path.rename(self.folder / name)


class _Hashed(io.FileIO):
    """A new file, its owner's alone, that is hashed as it is written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "xb", opener=lambda name, flags: os.open(name, flags, OWNER_FILE))
        self.sha256 = hashlib.sha256()

    def write(self, data: Any) -> int:
        """Write all of it."""
        view = memoryview(data).cast("B")
        self.sha256.update(view)
        done = 0
        while done < len(view):
            done += super().write(view[done:]) or 0
        return done


@dataclass(frozen=True)
class Depot:
    """One depot. `trusted` are fingerprints of the keys whose sets are taken."""

    path: Path
    trusted: frozenset[str] = field(default_factory=frozenset)

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """Give a place to write a set in. Unless it is published, nothing of it stays."""
        with disk(self.path):
            folder, lock = self._begun()
        try:
            with disk(folder):
                yield Draft(folder / _SET)
        finally:
            shutil.rmtree(folder / _SET, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def _begun(self) -> tuple[Path, int]:
        """Make a draft's folder and hold its lock; again, where a sweep took it before it was held."""
        self.path.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
        while True:
            folder = self.path / f"{_DRAFT}{secrets.token_hex(6)}"
            folder.mkdir(mode=OWNER_FOLDER)
            with contextlib.suppress(FileNotFoundError):
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, OWNER_FILE)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    (folder / _SET).mkdir(mode=OWNER_FOLDER)
                except BaseException:
                    os.close(lock)
                    raise
                return folder, lock

    def publish(self, draft: Draft, manifest: Manifest, signer: Signer) -> Held:
        """Sign the manifest, write it last, and put the set in its place. Returns it as it is then read."""
        with disk(self.path):
            placing.put(draft.folder / CERTIFICATE, signer.certificate, OWNER_FILE)
            placing.put(draft.folder / FILE, manifests.sign(manifest, signer), OWNER_FILE)
            placing.sync(draft.folder)
            draft.folder.rename(self.path / manifest.name)
            placing.sync(self.path)
        return self.open(manifest.name)

    def names(self) -> list[str]:
        """Return the names of what is published, oldest first."""
        if not self.path.is_dir():
            return []
        return sorted(path.name for path in self.path.iterdir() if path.is_dir() and path.name[0] != ".")

    def readable(self) -> list[Held]:
        """Return the sets that can be read, oldest first: from the others nothing can be restored."""
        found = []
        for name in self.names():
            with contextlib.suppress(MetadrillError):
                found.append(self.open(name))
        return found

    def open(self, name: str) -> Held:
        """Return a set by its name. Raises BackupError where it is not what it was, UsageError for none."""
        folder = self.path / name
        if name not in self.names():
            raise UsageError(f"depot {self.path}: no set {name}", "see metadrill backup list")
        if folder.is_symlink():
            raise Unsound(Problem(Wrong.LINKED, name, "is a link"), "a set lies in its depot itself")
        found = {file: _whole(folder / file) for file in (FILE, CERTIFICATE)}
        signed = manifests.read(found[FILE], found[CERTIFICATE], f"{name}/{FILE}")
        if signed.fingerprint not in self.trusted:
            told = f"signed by a key that this depot does not trust: SHA256:{signed.fingerprint}"
            raise Unsound(
                Problem(Wrong.UNTRUSTED, name, told),
                "name it under `trusted` of the depot in metadrill.yaml, if it is one of yours",
            )
        if signed.manifest.name != name:
            told = f"is the set {signed.manifest.name}"
            raise Unsound(Problem(Wrong.RENAMED_SET, name, told), "it was copied or renamed")
        return Held(folder, signed)

    def find(self, reference: str, environment: str = "") -> Held:
        """Return a set by name, a unique beginning of it, or `latest` (of an environment)."""
        names = self.names()
        if reference == "latest":
            for name in reversed(names):
                held = self.open(name)
                if environment in ("", held.manifest.identity.environment):
                    return held
            raise UsageError(f"depot {self.path}: no set there", "take one: metadrill backup create")
        matching = [name for name in names if reference and name.startswith(reference)]
        if len(matching) == 1:
            return self.open(matching[0])
        told = f"{len(matching)} begin so" if matching else "there is none"
        raise UsageError(f"set '{reference}': {told}", "see metadrill backup list")

    def chain(self, held: Held) -> list[Held]:
        """Return a set and those that it goes with, newest first. Raises BackupError where one is missing."""
        found = [held]
        while found[-1].manifest.parent:
            child = found[-1].manifest
            if child.parent not in self.names():
                told = f"its parent {child.parent} is missing"
                raise Unsound(Problem(Wrong.PARENT, child.name, told), "it cannot be restored")
            parent = self.open(child.parent)
            ours, theirs = child.identity, parent.manifest.identity
            same = (ours.environment, ours.cluster) == (theirs.environment, theirs.cluster)
            if parent.signed.sha256 != child.parent_manifest or not same:
                told = f"its parent {child.parent} is not the one it was taken after"
                raise Unsound(Problem(Wrong.PARENT_OTHER, child.name, told), "it cannot be restored")
            found.append(parent)
        return found

    def sweep(self) -> list[str]:
        """Remove drafts whose writer is gone; return their names."""
        removed = []
        for folder in self.path.glob(f"{_DRAFT}*") if self.path.is_dir() else ():
            with contextlib.suppress(FileNotFoundError, BlockingIOError), locked(folder / _LOCK):
                removed += _removed(folder)
        return removed


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold a lock, made where it is not there yet: else its maker might get it, and lose what it then makes.

    Raises BlockingIOError where somebody holds it, FileNotFoundError where its folder is gone.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _removed(folder: Path) -> list[str]:
    """Remove a draft; return its name, or none where it held no set (it was just begun, or has ended)."""
    there = (folder / _SET).exists()
    shutil.rmtree(folder, ignore_errors=True)
    return [folder.name] if there and not folder.exists() else []


def _whole(path: Path) -> bytes:
    """Return a small file that must be a plain one. Raises Unsound: a link or a pipe may have no end."""
    name = f"{path.parent.name}/{path.name}"
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unsound(Problem(Wrong.MANIFEST, name, "is no plain file"))
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Unsound(Problem(Wrong.MANIFEST, name, (error.strerror or "").lower())) from None
    if len(raw) > LARGEST:
        raise Unsound(Problem(Wrong.MANIFEST, name, f"is larger than {LARGEST:,} bytes"))
    return raw


def sha256(path: Path, advance: Callable[[int], None] = lambda size: None) -> str:
    """Return a file's digest in hexadecimal, read block by block, each of which is told."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            advance(len(block))
    return digest.hexdigest()


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """Say what the disk refuses as EnvironmentNotReady."""
    try:
        yield
    except OSError as error:
        where, reason = error.filename or place, (error.strerror or str(error)).lower()
        raise EnvironmentNotReady(
            f"{where}: {reason}", "is the depot writable, and the disk not full?"
        ) from None
