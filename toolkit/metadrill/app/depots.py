"""Depots of the configuration, and what is asked of them: list, show, verify."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from metadrill import clock, plugins
from metadrill.app import auditing, sealing
from metadrill.app.settings import Settings
from metadrill.depot import examining, fidelity, replicating, shelf, telling, verifying
from metadrill.depot.examining import Problem, Unsound, Wrong
from metadrill.depot.shelf import Depot, Held
from metadrill.depot.verifying import Verified
from metadrill.envelopes import certificates
from metadrill.errors import MetadrillError
from metadrill.governance import audit
from metadrill.model.backup import Manifest
from metadrill.ports import Signer

CREATED, PRUNED, REPLICATED = "backup.create", "backup.prune", "backup.replicate"


def depot(settings: Settings, name: str | None = None, key: Signer | None = None) -> Depot:
    """Return a depot, which trusts our own key and those that its configuration names."""
    place = settings.depot(name)
    own = certificates.read((key or sealing.signer(settings)).certificate, "the signer's certificate")
    trusted = {text.lower().removeprefix("sha256:").replace(":", "") for text in place.trusted}
    return Depot(place.path, frozenset({own.fingerprint, *trusted}))


def trusting(path: Path, key: Signer) -> Depot:
    """Return a depot that trusts one key alone."""
    return Depot(
        path, frozenset({certificates.read(key.certificate, "the signer's certificate").fingerprint})
    )


def dialect(settings: Settings, manifest: Manifest) -> Any:
    """Return what the files of a set mean, by the kind of stack it was taken from."""
    kind = str(manifest.facts.get("stack", {}).get("kind", ""))
    return plugins.pick("stacks", kind).load().dialect


@dataclass(frozen=True)
class Listed:
    """A set in a list: its name, what it says, or why that cannot be read."""

    name: str
    held: Held | None
    wrong: str = ""


def listing(settings: Settings, name: str | None = None) -> list[Listed]:
    """Return every set of a depot, oldest first; one that cannot be read is named, not left out."""
    found, place = [], depot(settings, name)
    for each in place.names():
        try:
            found.append(Listed(each, place.open(each)))
        except MetadrillError as error:
            found.append(Listed(each, None, error.message))
    return found


def manifests(settings: Settings) -> list[Manifest]:
    """Return what the sets of the default depot say, oldest first; of those that can be read, if any."""
    with contextlib.suppress(MetadrillError):
        return [held.manifest for held in depot(settings).readable()]
    return []


def latest(settings: Settings, place: Depot, environment: str = "") -> Held:
    """Return the newest set. Raises BackupError where the log knows of a newer one that is not there.

    So that nobody can pass an older set off as the newest by taking that away.
    """
    held = place.find("latest", environment)
    newest = _newest(settings, environment)
    if newest and newest > held.manifest.name and newest not in place.names():
        told = f"the newest set of the audit log, {newest}, is not there"
        raise Unsound(
            Problem(Wrong.SUPERSEDED, f"depot {place.path}", told),
            "somebody took it away: name the set that you want, if not that one",
        )
    return held


def _newest(settings: Settings, environment: str) -> str:
    """Return the name of the newest set that the audit log says was published, and not pruned since."""
    made: set[str] = set()
    for entry in audit.read(settings.ledger):
        if entry.action == CREATED and entry.outcome == "done":
            name = str(entry.facts.get("set", ""))
            if environment in ("", entry.facts.get("environment")):
                made.add(name)
        elif entry.action == PRUNED and entry.outcome == "done":
            made.discard(str(entry.facts.get("set", "")))
    return max(made, default="")


def named(settings: Settings, reference: str, depot_name: str | None = None) -> tuple[Depot, Held]:
    """Return a depot and a set in it, by name, a beginning of it, or `latest`."""
    place = depot(settings, depot_name)
    held = latest(settings, place) if reference == "latest" else place.find(reference)
    return place, held


def name_of(settings: Settings, reference: str, depot_name: str | None = None) -> tuple[Depot, str]:
    """Return a depot and the name of a set in it, which may be one that cannot be opened."""
    place = depot(settings, depot_name)
    matching = [name for name in place.names() if reference and name.startswith(reference)]
    if len(matching) == 1:
        return place, matching[0]
    return place, (latest(settings, place) if reference == "latest" else place.find(reference)).manifest.name


def sound(settings: Settings, reference: str, depot_name: str | None = None) -> tuple[Depot, Held]:
    """Return a depot and a set in it whose files were verified. Raises BackupError."""
    place, name = name_of(settings, reference, depot_name)
    held, problems = verifying.files(place, name)
    examining.refuse(problems, str(place.path))
    assert held is not None  # noqa: S101 - a set that cannot be opened is a problem
    return place, held


def shown(
    settings: Settings, reference: str, depot_name: str | None = None
) -> tuple[Manifest, tuple[fidelity.Line, ...]]:
    """Return what a set says of itself, and what becomes of it in a logical restore."""
    _, held = named(settings, reference, depot_name)
    return held.manifest, fidelity.table(held, dialect(settings, held.manifest))


def told(
    settings: Settings, reference: str, depot_name: str | None, entity: str, until: datetime | None
) -> list[Mapping[str, Any]]:
    """Return what a set tells of the changes of an entity, up to a moment; its files are verified first."""
    place, held = named(settings, reference, depot_name)
    _, problems = verifying.files(place, held.manifest.name)
    examining.refuse(problems, str(place.path))
    return telling.events(held, entity, until)


def verify(settings: Settings, reference: str, depot_name: str | None = None) -> Verified:
    """Verify a set without a restore; noted in the audit log, with every problem's code."""
    place, name = name_of(settings, reference, depot_name)
    with auditing.noted(settings, "backup.verify", name) as act:
        held, problems = verifying.files(place, name)
        if held is None or problems:
            found = Verified(name, held, 0, 0, 0, tuple(problems))
        else:
            found = verifying.content(place, held, dialect(settings, held.manifest))
        act.tell(problems=[problem.code.value for problem in found.problems], entries=found.entries)
    return found


def collect(settings: Settings) -> list[str]:
    """Remove what killed backups left in the depots, and copies that nobody goes on with; return which.

    Raises EnvironmentNotReady.
    """
    removed: list[str] = []
    for place in settings.every_depot.values():
        removed += Depot(place.path).sweep()
        with shelf.disk(place.path):
            removed += replicating.discard(Depot(place.path), clock.SYSTEM.utc() - replicating.KEPT)
    return removed
