"""Whether what a set holds hangs together: closure of references and of types, counts against witnesses.

Read from the census tables; nothing is held in memory but what was found.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from metadrill.census import asking, stored
from metadrill.depot.forms import CENSUS
from metadrill.errors import BackupError
from metadrill.model.backup import Manifest

SHOWN = 5


class Wrong(StrEnum):
    """What can be wrong with a set; each has a code of its own."""

    MANIFEST = "manifest.unreadable"
    UNTRUSTED = "manifest.signer"
    FORM = "manifest.form"
    LINKED = "set.linked"
    RENAMED_SET = "set.renamed"
    SUPERSEDED = "set.superseded"
    PART_MISSING = "part.missing"
    PART_RENAMED = "part.renamed"
    PART_CHANGED = "part.changed"
    PART_SWAPPED = "part.swapped"
    PART_FOREIGN = "part.foreign"
    PART_KIND = "part.kind"
    PART_DUPLICATED = "part.duplicated"
    PART_UNLISTED = "part.unlisted"
    PARENT = "parent.missing"
    PARENT_OTHER = "parent.other"
    ARCHIVE = "archive.damaged"
    ENTRIES = "archive.entries"
    CENSUS = "census.differs"
    TWICE = "guid.twice"
    REFERENCE = "reference.open"
    TYPE = "type.unknown"
    COUNT = "count.differs"
    CUT = "cut.mixed"
    ENVIRONMENT = "environment.other"
    CLUSTER = "cluster.other"
    JURISDICTION = "jurisdiction.other"
    VERSION = "version.other"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its code, where, and what."""

    code: Wrong
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} ({self.code.value})"


class Unsound(BackupError):
    """A set that is not what it was: a problem that stands in the way of all else."""

    def __init__(self, problem: Problem, hint: str = "") -> None:
        super().__init__(str(problem), hint)
        self.problem = problem


def figures(scratch: Path, manifest: Manifest, files: Mapping[str, Path], moving: Path) -> Iterator[Problem]:
    """Yield where a set's tables do not come to what its manifest says of them."""
    found, told = stored.figures(files), manifest.census
    for table, digest in sorted(told.digests.items()):
        if found.digests.get(table) != digest or found.counts.get(table) != told.counts.get(table):
            yield Problem(Wrong.CENSUS, CENSUS + table, "differs from the manifest's figures")
    if found.types != told.types:
        yield Problem(Wrong.CENSUS, f"{CENSUS}entities", "has other numbers per type than the manifest")
    moved = asking.query(scratch, "SELECT count(*) FROM read_parquet($1)", moving)[0][0]
    if moved != manifest.moving.entities:
        yield Problem(
            Wrong.CENSUS, "moving", f"lists {moved:,}, the manifest says {manifest.moving.entities:,}"
        )


_TWICE = """
SELECT guid, count(*), count(*) OVER () FROM read_parquet($1) ANTI JOIN read_parquet($2) m USING (guid)
GROUP BY guid HAVING count(*) > 1 ORDER BY guid LIMIT 5
"""
_DANGLING = """
SELECT r.type, r.seen_from, r.other, count(*) OVER () FROM read_parquet($1) r
ANTI JOIN read_parquet($2) e ON r.other = e.guid
ANTI JOIN read_parquet($3) m ON r.other = m.guid OR r.seen_from = m.guid
ORDER BY 1, 2, 3 LIMIT 5
"""
_UNKNOWN = """
SELECT used.kind, used.name, count(*) OVER () FROM (
  SELECT DISTINCT 'entity' AS kind, type AS name FROM read_parquet($1)
  UNION ALL SELECT DISTINCT 'classification', name FROM read_parquet($2)
  UNION ALL SELECT DISTINCT 'relationship', type FROM read_parquet($3)
) used ANTI JOIN read_parquet($4) t ON used.kind = t.category AND used.name = t.name
ORDER BY 1, 2 LIMIT 5
"""


def closure(scratch: Path, manifest: Manifest, files: Mapping[str, Path]) -> list[Problem]:
    """Given a set's tables, return what does not hang together.

    No two entities share a guid, every relationship ends in an entity of the set, every type used is
    defined, and entities per type are as many as the repository itself counted (what moved during the
    cut apart).
    """
    found: list[Problem] = []
    twice = asking.query(scratch, _TWICE, files["entities"], files["moving"])
    if twice:
        told = ", ".join(f"{guid} ({count} entities)" for guid, count, _ in twice)
        found.append(Problem(Wrong.TWICE, "entities", f"{twice[0][2]:,} guids occur twice: {told}"))
    ends = asking.query(scratch, _DANGLING, files["relationships"], files["entities"], files["moving"])
    if ends:
        told = "; ".join(f"{kind} of {seen} ends in {other}" for kind, seen, other, _ in ends)
        found.append(Problem(Wrong.REFERENCE, "relationships", f"{ends[0][3]:,} end in nothing: {told}"))
    tables = [files[name] for name in ("entities", "classifications", "relationships", "typedefs")]
    unknown = asking.query(scratch, _UNKNOWN, *tables)
    if unknown:
        told = ", ".join(f"{kind} {name}" for kind, name, _ in unknown)
        found.append(
            Problem(Wrong.TYPE, "typedefs", f"{unknown[0][2]:,} types are used and not defined: {told}")
        )
    export = manifest.facts.get("export", {})
    return [*found, *counts(manifest.census.types, export, manifest.moving.entities)]


def counts(read: Mapping[str, int], told: Mapping[str, Any], allowed: int) -> Iterator[Problem]:
    """Given the entities per type that were read, and what an export said that there are, yield what differs.

    So many may have come or gone meanwhile as are `allowed`.
    """
    witness: Mapping[str, int] = told.get("types", {})
    unnamed = told.get("entities", sum(witness.values())) - sum(witness.values())
    if unnamed > allowed:
        of_all = f"{told['entities']:,} in all, {sum(witness.values()):,} of the types that were exported"
        yield Problem(Wrong.COUNT, "(all)", f"the repository itself counted {of_all}")
    for kind in sorted(set(witness) | set(read)):
        ours, theirs = read.get(kind, 0), witness.get(kind, 0)
        if abs(ours - theirs) > allowed:
            yield Problem(Wrong.COUNT, kind, f"{ours:,} were read, the repository itself counted {theirs:,}")


def refuse(problems: Iterable[Problem], place: str) -> None:
    """Raise BackupError where there is a problem."""
    found = list(problems)
    if found:
        told = "; ".join(map(str, found[:SHOWN]))
        raise BackupError(f"{place}: {told}", "see metadrill backup verify")
