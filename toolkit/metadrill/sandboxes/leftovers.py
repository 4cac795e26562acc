"""What is left of sandboxes whose runs are gone, of whatever kind: found by lease and by label, removed."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from metadrill import clock
from metadrill.clients import engine
from metadrill.clients.engine import Engine, EngineError, NoEngine
from metadrill.errors import DeadlineExceeded
from metadrill.model.sandboxed import Removal
from metadrill.sandboxes import lease, proc
from metadrill.sandboxes.lease import Lease

SANDBOX, CACHE = "metadrill.sandbox", "metadrill.cache"
"""The labels of everything that a docker sandbox makes: its id, and the cache that its lease lies in."""
_GONE = timedelta(seconds=20)


def remove(cache: Path, held: Lease, answering: Engine | None = None) -> Removal:
    """Remove all that a lease stands for, in the engine and on this machine; say what is left."""
    left = None
    if held.kind == "docker":
        try:
            left = _emptied(answering or engine.connect(), held.id)
        except EngineError as error:
            left = (f"not known: {error.message}",)
    return lease.remove(cache, held, left)


def sweep(cache: Path) -> dict[str, Removal]:
    """Remove every orphaned sandbox, every folder and every container without a lease (`gc`).

    Returns what was left of each. Folders and containers are listed before leases: a lease is
    older than either, so that one just made is not taken for left over.
    """
    answering = _answering()
    carried = _carried(answering, cache)
    places = [place.name for place in lease.folder(cache).glob("*") if place.is_dir()]
    leases = lease.read(cache)
    held = {item.id for item in leases}
    nobodys = [Lease(name, "no lease", 0, 0, "", ()) for name in dict.fromkeys([*places, *carried])]
    orphans = [item for item in leases if item.orphaned] + [item for item in nobodys if item.id not in held]
    removed = {item.id: remove(cache, _of_kind(item, carried), answering) for item in orphans}
    for draft in lease.folder(cache).glob("?*.draft"):
        if draft.stem not in held and _abandoned(draft):
            draft.unlink(missing_ok=True)
    return removed


def strays(cache: Path) -> list[str]:
    """Return the sandboxes that the engine holds something of, and that no lease speaks of."""
    carried = _carried(_answering(), cache)  # before the leases: see `sweep`
    return sorted(carried - {item.id for item in lease.read(cache)})


def _of_kind(item: Lease, carried: set[str]) -> Lease:
    """Return a lease with the kind that its containers show, where it cannot say so itself."""
    return Lease(item.id, item.label, 0, 0, "", item.ports, kind="docker") if item.id in carried else item


def _answering() -> Engine | None:
    try:
        return engine.connect()
    except NoEngine:
        return None


def _carried(answering: Engine | None, cache: Path) -> set[str]:
    """Return the ids of the sandboxes of this cache that the engine still holds something of."""
    if answering is None:
        return set()
    found = answering.labelled(f"{CACHE}={cache}")
    return set(filter(None, (label_of(item) for items in found.values() for item in items)))


def label_of(item: object) -> str:
    """Return the sandbox that a container, network or volume belongs to."""
    attributes = getattr(item, "attrs", {})
    labels = attributes.get("Config", {}).get("Labels") or attributes.get("Labels") or {}
    return str(labels.get(SANDBOX, ""))


def _emptied(answering: Engine, sandbox: str) -> tuple[str, ...]:
    """Remove a sandbox's containers, then its networks and volumes; return what is still there."""

    def gone() -> bool:
        found = answering.labelled(f"{SANDBOX}={sandbox}")
        for kind in ("container", "network", "volume"):
            for item in found[kind]:
                answering.remove(kind, item)
        return not any(found.values())

    try:
        clock.wait_until(lambda: gone() or None, _GONE, "containers of the sandbox gone")
    except (DeadlineExceeded, EngineError):
        return tuple(sorted(_names(answering.labelled(f"{SANDBOX}={sandbox}"))))
    return ()


def _names(found: dict[str, list[object]]) -> Iterable[str]:
    return (f"{kind} {getattr(item, 'name', '')}" for kind, items in found.items() for item in items)


def _abandoned(draft: Path) -> bool:
    """Whether the process that was writing a lease is gone; an empty draft may be under way."""
    try:
        body = json.loads(draft.read_text())
        return bool(proc.started(int(body["pid"])) != body["pid_started"])
    except (OSError, ValueError, TypeError, KeyError):
        return False
