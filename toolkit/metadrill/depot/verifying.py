"""A set verified without a restore: its files, then what is in them. Every problem, each with its code."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from metadrill.archives import solid
from metadrill.census import stored
from metadrill.depot import composing, examining
from metadrill.depot.examining import Problem, Wrong
from metadrill.depot.manifest import CERTIFICATE, FILE
from metadrill.depot.reading import Reading
from metadrill.depot.shelf import CENSUS, Depot, Held, sha256
from metadrill.errors import BackupError, MetadrillError
from metadrill.model.backup import Method
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

    This is what precedes every restore. Nothing is unpacked.
    """
    held, problems = _opened(depot, name)
    if held is None:
        return None, problems
    problems += _parts(depot, held)
    try:
        older = depot.chain(held)[1:]
    except BackupError as error:
        code = Wrong.PARENT if "missing" in error.message else Wrong.PARENT_OTHER
        return held, [*problems, Problem(code, name, error.message)]
    for parent in older:
        problems += _parts(depot, parent)
    if held.manifest.cut.skew_s > LONGEST_CUT:
        told = f"its stores were read {held.manifest.cut.skew_s:,.0f} s apart: they are no one cut"
        problems.append(Problem(Wrong.CUT, name, told))
    return held, problems


def verify(depot: Depot, name: str, dialect: Dialect) -> Verified:
    """Verify a set whole: its files; then its export entry by entry against the list, the census
    counted anew against the stored one, references and types closed."""
    held, problems = files(depot, name)
    if held is None or problems:
        return Verified(name, held, 0, 0, 0, tuple(problems))
    read = 0
    with tempfile.TemporaryDirectory(prefix="metadrill-") as scratch:
        place = Path(scratch)
        try:
            read = _content(depot, held, dialect, place, problems)
            moving = {"moving": held.path("moving")}
            problems += examining.closure(place, held.manifest, {**held.tables(), **moving})
        except MetadrillError as error:
            problems.append(Problem(Wrong.ARCHIVE, name, error.message))
    manifest = held.manifest
    return Verified(name, held, len(manifest.parts) + 2, manifest.bytes, read, tuple(problems))


def _opened(depot: Depot, name: str) -> tuple[Held | None, list[Problem]]:
    try:
        return depot.open(name), []
    except BackupError as error:
        told = {"does not trust": Wrong.UNTRUSTED, "copied or renamed": Wrong.RENAMED_SET}
        text = f"{error.message} {error.hint}"
        code = next((code for words, code in told.items() if words in text), Wrong.MANIFEST)
        return None, [Problem(code, name, error.message)]


def _parts(depot: Depot, held: Held) -> Iterator[Problem]:
    name, listed = held.manifest.name, {part.name: part for part in held.manifest.parts}
    there = {path.name: path for path in held.folder.iterdir()}
    found = {file: sha256(path) for file, path in there.items() if path.is_file() and not path.is_symlink()}
    strangers = {digest: file for file, digest in found.items() if file not in listed}
    digests = {part.sha256: part.name for part in held.manifest.parts}
    for part in held.manifest.parts:
        place = f"{name}/{part.name}"
        if part.name not in found:
            if part.sha256 in strangers:
                yield Problem(Wrong.PART_RENAMED, place, f"is there as {strangers[part.sha256]}")
            else:
                yield Problem(Wrong.PART_MISSING, place, "is missing")
        elif found[part.name] != part.sha256:
            other = digests.get(found[part.name])
            if other:
                yield Problem(Wrong.PART_SWAPPED, place, f"holds what {other} should hold")
            elif owner := _owner(depot, held, found[part.name]):
                yield Problem(Wrong.PART_FOREIGN, place, f"belongs to the set {owner}")
            else:
                yield Problem(Wrong.PART_CHANGED, place, "is not what it was")
    expected = {*listed, FILE, CERTIFICATE}
    renamed = {part.sha256 for part in held.manifest.parts if part.name not in found}
    for file in sorted(set(there) - expected):
        if found.get(file) not in renamed:
            yield Problem(Wrong.PART_UNLISTED, f"{name}/{file}", "is not in the manifest")


def _owner(depot: Depot, held: Held, digest: str) -> str | None:
    """Return the set that a file with this digest belongs to, where another one lists it."""
    for name in depot.names():
        other, _ = _opened(depot, name) if name != held.manifest.name else (None, [])
        if other and any(part.sha256 == digest for part in other.manifest.parts):
            return name
    return None


def _content(depot: Depot, held: Held, dialect: Dialect, scratch: Path, problems: list[Problem]) -> int:
    """Read what the set would restore; compare with what it says that it holds. Returns the entries."""
    manifest = held.manifest
    stored_figures = stored.figures(held.tables())
    for table, digest in manifest.census.digests.items():
        if stored_figures.digests.get(table) != digest:
            problems.append(Problem(Wrong.CENSUS, CENSUS + table, "differs from the manifest's digest"))
    entries = 0
    if Method.LOGICAL in manifest.methods:
        reading = Reading(dialect, scratch / "census", {})
        reading.census.add("typedefs", dialect.typedefs(composing.schema(held)))
        reading.entries_of(composing.entries(depot.chain(held)), lambda name, content: None)
        counted, entries = stored.figures(reading.census.finish()), reading.all
        for table, digest in counted.digests.items():
            if manifest.census.digests.get(table) != digest:
                told = f"{counted.counts[table]:,} rows, {manifest.census.counts.get(table, 0):,} listed"
                problems.append(Problem(Wrong.CENSUS, CENSUS + table, f"the archive holds another: {told}"))
    if Method.PHYSICAL in manifest.methods:
        for holds in ("graph_files", "index_files"):
            with held.path(holds).open("rb") as file:
                for member in solid.members(file, holds):
                    while member.file.read(1 << 20):
                        pass
    return entries
