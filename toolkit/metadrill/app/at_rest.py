"""A physical copy read at rest: in a sandbox, by the stack's own programs, without serving it."""

from pathlib import Path
from typing import Any

from metadrill import plugins
from metadrill.app import boxes, depots, filling, material, permitting, signals
from metadrill.app.settings import Settings
from metadrill.depot import gates
from metadrill.depot.gates import Destination
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.depot.shelf import Held
from metadrill.errors import RecoveryError, UsageError
from metadrill.model.backup import Method
from metadrill.model.configuration import Permission
from metadrill.ports.backing import AtRest, StoreFiles


def tables(settings: Settings, held: Held, stack: str, folder: Path, *, unproved: bool) -> dict[str, Path]:
    """Return the tables of what lies in the files of a set, not of what its manifest says of them.

    Raises UsageError: no physical part; Refused: role, version, isolation (but where `unproved` is
    accepted); RecoveryError: its stores cannot be read.
    """
    told = held.manifest
    if Method.PHYSICAL not in told.methods:
        raise UsageError(f"{told.name}: has no physical part", f"it has: {', '.join(told.methods)}")
    environment = told.identity.environment
    permitting.require(settings, Permission.RESTORE, environment, "drift", told.name)
    recipe = material.project(settings).stack(stack)
    gates.refuse(told, Destination(recipe.name, recipe.versions, environment), "drift")
    make: Any = plugins.pick("stacks", recipe.kind).load()(
        recipe, material.EMPTY, settings.cache, filling.nobody
    )
    with signals.caught(signals.at_once):
        sandbox: Any = boxes.make(settings, recipe, enclosed=not unproved).create("at-rest")
        try:
            boxes.expect_isolation(sandbox, accepted=unproved)
            return _read(make(sandbox), held, depots.dialect(settings, told), folder)
        finally:
            sandbox.remove()


def _read(stack: Any, held: Held, dialect: Any, folder: Path) -> dict[str, Path]:
    if not isinstance(stack, AtRest):
        raise RecoveryError("this stack's files cannot be read at rest", "compare the set itself")
    export = folder / "export.zip"
    schema = stack.read_files(StoreFiles(held.path("graph_files"), held.path("index_files")), export)
    reading = Reading(dialect, folder / "census", Listing(None), schema)
    reading.census.add("documents", stack.documents())
    reading.export(export, None)
    export.unlink()
    return reading.finish()
