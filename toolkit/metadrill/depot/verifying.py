"""A set verified without a restore: its files, then what is in them. Every problem, each with its code."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from metadrill import progress
from metadrill.archives import solid
from metadrill.census import stored
from metadrill.depot import composing, examining
from metadrill.depot.examining import Problem, Unsound, Wrong
from metadrill.depot.forms import CENSUS
from metadrill.depot.listing import Listing
from metadrill.depot.manifest import CERTIFICATE, FILE
from metadrill.depot.reading import Reading
from metadrill.depot.shelf import Depot, Held, sha256
from metadrill.errors import BackupError, EnvironmentNotReady
from metadrill.model.backup import Manifest, Method, PartFile
from metadrill.ports.backing import Dialect

LONGEST_CUT = 6 * 3600.0
"""Seconds that the stores of one set may lie apart: beyond it they are two moments, not one."""


@dataclass(frozen=True)
class Verified:
    """What a verification saw: the set, how many files and entries, and what was wrong."""

    name: str
    held: Held | None
    files: int
    bytes: int
    entries: int
    problems: tuple[Problem, ...]

    @property
    def steady(self) -> bool:
        """Whether little enough moved during the cut for the set to prove anything."""
        return self.held is not None and self.held.manifest.moving.steady


def files(depot: Depot, name: str) -> tuple[Held | None, list[Problem]]:
    """Verify manifest, signature and every file of a set and of those that it goes with.

    This is what precedes every restore. Nothing is unpacked. Raises EnvironmentNotReady for a disk
    that cannot be read.
    """
    held, problems = _opened(depot, name)
    if held is None:
        return None, problems
    problems += _parts(depot, held)
    try:
        older = depot.chain(held)[1:]
    except Unsound as error:
        return held, [*problems, error.problem]
    for parent in older:
        problems += _parts(depot, parent)
    if held.manifest.cut.skew_s > LONGEST_CUT:
        told = f"its stores were read {held.manifest.cut.skew_s:,.0f} s apart: they are no one cut"
        problems.append(Problem(Wrong.CUT, name, told))
    return held, problems


def verify(depot: Depot, name: str, dialect: Dialect) -> Verified:
    """Verify a set whole: its files, then what is in them."""
    held, problems = files(depot, name)
    if held is None or problems:
        return Verified(name, held, 0, 0, 0, tuple(problems))
    return content(depot, held, dialect)


def content(depot: Depot, held: Held, dialect: Dialect) -> Verified:
    """Verify what is in the files of a set, which were verified: its export entry by entry against the
    list, the census counted anew against the stored one, references and types closed."""
    name, read = held.manifest.name, 0
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="metadrill-") as scratch:
        place = Path(scratch)
        try:
            problems += examining.figures(place, held.manifest, held.tables(), held.path("moving"))
            read = _content(depot, held, dialect, place, problems)
            moving = {"moving": held.path("moving")}
            problems += examining.closure(place, held.manifest, {**held.tables(), **moving})
        except Unsound as error:
            problems.append(error.problem)
        except BackupError as error:
            problems.append(Problem(Wrong.ARCHIVE, name, error.message))
    manifest = held.manifest
    return Verified(name, held, len(manifest.parts) + 2, manifest.bytes, read, tuple(problems))


def _opened(depot: Depot, name: str) -> tuple[Held | None, list[Problem]]:
    try:
        return depot.open(name), []
    except Unsound as error:
        return None, [error.problem]


def _parts(depot: Depot, held: Held) -> Iterator[Problem]:
    name, listed = held.manifest.name, {part.name for part in held.manifest.parts}
    with progress.stage(f"verifying {name}", held.manifest.bytes) as advance:
        there, found = _found(held.folder, advance)
    strangers = {digest: file for file, digest in found.items() if file not in listed}
    for part in held.manifest.parts:
        place = f"{name}/{part.name}"
        if part.name in there and part.name not in found:
            yield Problem(Wrong.PART_KIND, place, "is no plain file")
        elif part.name in found:
            if found[part.name] != part.sha256 or there[part.name] != part.bytes:
                yield _changed(depot, held, part, found[part.name])
        elif part.sha256 in strangers:
            yield Problem(Wrong.PART_RENAMED, place, f"is there as {strangers[part.sha256]}")
        else:
            yield Problem(Wrong.PART_MISSING, place, "is missing")
    digests = {part.sha256: part.name for part in held.manifest.parts}
    for file in sorted(set(there) - listed - {FILE, CERTIFICATE}):
        twin = digests.get(found.get(file, ""))
        if twin is None:
            yield Problem(Wrong.PART_UNLISTED, f"{name}/{file}", "is not in the manifest")
        elif twin in there:
            yield Problem(Wrong.PART_DUPLICATED, f"{name}/{file}", f"is {twin} once more")


def _found(folder: Path, advance: Callable[[int], None]) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """Return the sizes of what lies in a set's folder, and the digests of what are plain files."""
    sizes, digests = {}, {}
    try:
        for entry in os.scandir(folder):
            told = entry.stat(follow_symlinks=False)
            sizes[entry.name] = told.st_size
            if stat.S_ISREG(told.st_mode):
                digests[entry.name] = sha256(folder / entry.name, advance)
    except OSError as error:
        told_of = error.filename or folder
        raise EnvironmentNotReady(
            f"{told_of}: {(error.strerror or str(error)).lower()}", "can this user read the depot?"
        ) from None
    return sizes, digests


def _changed(depot: Depot, held: Held, part: PartFile, digest: str) -> Problem:
    """Say what a part is that is not what it was: another part's content, another set's, or neither."""
    place = f"{held.manifest.name}/{part.name}"
    other = next((one.name for one in held.manifest.parts if one.sha256 == digest), None)
    if other and other != part.name:
        return Problem(Wrong.PART_SWAPPED, place, f"holds what {other} should hold")
    owner = _owner(depot, held, digest)
    if owner is None:
        return Problem(Wrong.PART_CHANGED, place, "is not what it was")
    ours, theirs = held.manifest.identity, owner.identity
    if (ours.environment, ours.cluster) == (theirs.environment, theirs.cluster):
        return Problem(Wrong.CUT, place, f"is of another cut, that of the set {owner.name}")
    return Problem(Wrong.PART_FOREIGN, place, f"belongs to the set {owner.name}, of {theirs.environment}")


def _owner(depot: Depot, held: Held, digest: str) -> Manifest | None:
    """Return what the set says that a file with this digest belongs to, where another one lists it."""
    for name in depot.names():
        other, _ = _opened(depot, name) if name != held.manifest.name else (None, [])
        if other and any(part.sha256 == digest for part in other.manifest.parts):
            return other.manifest
    return None


def _content(depot: Depot, held: Held, dialect: Dialect, scratch: Path, problems: list[Problem]) -> int:
    """Read what the set would restore; compare with what it says that it holds. Returns the entries."""
    manifest = held.manifest
    entries = 0
    if Method.LOGICAL in manifest.methods:
        reading = Reading(dialect, scratch / "census", Listing(None), composing.schema(held))
        expected = int(manifest.facts.get("entries", {}).get("all", 0))
        with progress.stage("reading the export", expected, "entries") as advance:
            reading.entries_of(composing.entries(depot.chain(held)), lambda name, content: advance(1))
            tables = reading.finish()
        if manifest.part("changes"):
            tables |= stored.audit(scratch / "audit", held.path("changes"))
        counted, entries = stored.figures(tables), reading.all
        for table, digest in counted.digests.items():
            if manifest.census.digests.get(table) != digest:
                told = f"{counted.counts[table]:,} rows, {manifest.census.counts.get(table, 0):,} listed"
                problems.append(Problem(Wrong.CENSUS, CENSUS + table, f"the archive holds another: {told}"))
    if Method.PHYSICAL in manifest.methods:
        for holds in ("graph_files", "index_files"):
            with held.path(holds).open("rb") as file, progress.stage(f"reading {holds}") as advance:
                for member in solid.members(file, holds):
                    while block := member.file.read(1 << 20):
                        advance(len(block))
    return entries
