"""`sandbox up`, `down`, `status` and `gc`: sandboxes outside a drill."""

from dataclasses import dataclass
from typing import Any

from metadrill import plugins
from metadrill.app import auditing, boxes, depots, filling, material, places, signals
from metadrill.app.settings import Settings
from metadrill.errors import UsageError
from metadrill.model.sandboxed import Boot, Removal
from metadrill.sandboxes import lease, leftovers


@dataclass(frozen=True)
class Standing:
    """A sandbox that was brought up and left standing."""

    id: str
    boot: Boot
    coordinates: dict[str, str]


def up(settings: Settings, stack: str, dataset: str, progress: Any) -> Standing:
    """Bring a stack up with a dataset in it, and leave it standing until `down`.

    Raises EnvironmentNotReady, and Interrupted for a signal; then nothing is left behind.
    """
    files = material.project(settings)
    recipe, data = files.stack(stack), files.dataset(dataset)
    stacks = plugins.pick("stacks", recipe.kind).load()(recipe, data, settings.cache, filling.nobody)
    noted = auditing.noted(settings, "sandbox.up", stack, dataset=dataset)
    with noted as act, signals.caught(signals.at_once):
        sandbox: Any = boxes.make(settings, recipe, standing=True).create("standing")
        try:
            made = stacks(sandbox)
            made.progress = progress
            boot = filling.seeded(stacks, made, data)
            found = Standing(sandbox.id, boot, dict(made.coordinates()))
            places.note(sandbox, found.coordinates, stack, (dataset, ""))
            sandbox.detach()
            act.tell(sandbox=sandbox.id, start=boot.start)
        except BaseException:
            sandbox.remove()
            raise
    return found


def status(settings: Settings) -> list[lease.Lease]:
    """Return the lease of every sandbox there is."""
    return lease.read(settings.cache)


def down(settings: Settings, name: str | None) -> dict[str, Removal]:
    """Remove a standing sandbox by id or a unique beginning of it; without a name, all that stand.

    One that belongs to a run under way is left alone. Raises UsageError for an unknown one.
    """
    standing = [item for item in lease.read(settings.cache) if item.kept]
    if name is not None:
        standing = [item for item in standing if name and item.id.startswith(name)]
        if len(standing) != 1:
            wrong = f"{len(standing)} stand whose id begins so" if standing else "none of that id stands"
            raise UsageError(f"sandbox '{name}': {wrong}", "see metadrill sandbox status")
    with auditing.noted(
        settings, "sandbox.down", name or "all", sandboxes=[item.id for item in standing]
    ) as act:
        removed = {item.id: leftovers.remove(settings.cache, item) for item in standing}
        act.tell(**_told(removed))
    return removed


def collect(settings: Settings) -> dict[str, Removal]:
    """Remove what killed runs and backups left; runs under way and standing sandboxes are not touched."""
    with auditing.noted(settings, "gc", "sandboxes") as act:
        removed = leftovers.sweep(settings.cache)
        removed |= {f"backup {name}": Removal() for name in depots.collect(settings)}
        act.tell(**_told(removed))
    return removed


def _told(removed: dict[str, Removal]) -> dict[str, list[str]]:
    """Which were removed whole, and of which something is left."""
    left = [name for name, row in removed.items() if not row.clean]
    return {"removed": [name for name in removed if name not in left], "left": left}
