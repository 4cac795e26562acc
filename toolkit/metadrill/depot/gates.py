"""What a set must be of before it is restored somewhere: environment, cluster, jurisdiction, versions.

Pure: nothing is read but the manifest. The signature says that a set is genuine, the gates that it
belongs where it is aimed at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metadrill.depot.examining import Problem, Wrong
from metadrill.errors import Refused
from metadrill.model.backup import Manifest

_HINTS = {
    Wrong.ENVIRONMENT: "a set is never restored across environments",
    Wrong.CLUSTER: "a set is restored for the repository that it was taken from",
    Wrong.JURISDICTION: "a set stays in the jurisdiction that it was taken in",
    Wrong.VERSION: "name a stack of the set's versions",
}


@dataclass(frozen=True)
class Destination:
    """Where a set would be restored, and of what it must be; what is empty, or None, is not asked."""

    stack: str
    versions: Mapping[str, str]
    environment: str = ""
    cluster: str = ""
    jurisdiction: str | None = None


def home(manifest: Manifest, stack: str, versions: Mapping[str, str]) -> Destination:
    """Given the set that was chosen or taken, return what a set must be of to stand for it."""
    told = manifest.identity
    return Destination(stack, versions, told.environment, told.cluster, told.jurisdiction)


def problems(manifest: Manifest, to: Destination) -> Iterator[Problem]:
    """Given a set and where it would go, yield why it may not.

    A repository's own data format changes with its version: a set is restored into the same one.
    """
    told, name = manifest.identity, manifest.name
    if to.environment not in ("", told.environment):
        what = f"is of environment {told.environment}, not {to.environment}"
        yield Problem(Wrong.ENVIRONMENT, name, what)
    if to.cluster not in ("", told.cluster):
        yield Problem(Wrong.CLUSTER, name, f"is of cluster {told.cluster}, not {to.cluster}")
    if to.jurisdiction not in (None, told.jurisdiction):
        ours, theirs = to.jurisdiction or "none", told.jurisdiction or "none"
        yield Problem(Wrong.JURISDICTION, name, f"is of jurisdiction {theirs}, not {ours}")
    versions = {**manifest.facts.get("stack", {}).get("versions", {}), **told.versions}
    for part, version in sorted(to.versions.items()):
        theirs = str(versions.get(part, "unknown"))
        if theirs.split("-")[0] != str(version):
            what = f"is of {part} {theirs}, stack {to.stack} of {version}"
            yield Problem(Wrong.VERSION, name, what)


def refuse(manifest: Manifest, to: Destination, place: str) -> None:
    """Raise Refused with the first reason why a set may not go there."""
    for problem in problems(manifest, to):
        raise Refused(
            f"{place}: set {problem.place} {problem.what} ({problem.code.value})", _HINTS[problem.code]
        )
