"""`doctor`: is this machine ready, and is anything left over."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from metadrill import plugins
from metadrill.app import material
from metadrill.app.settings import Settings
from metadrill.clients import engine
from metadrill.clients.engine import NoEngine
from metadrill.errors import MetadrillError
from metadrill.model import units
from metadrill.model.stack import StackRecipe
from metadrill.sandboxes import lease, leftovers, proc, process
from metadrill.stacks import parts


class State(StrEnum):
    """How one thing stands."""

    READY = "ready"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Line:
    """One thing looked at: its state, what was seen, what to do."""

    name: str
    state: State
    seen: str
    hint: str = ""


def look(settings: Settings) -> list[Line]:
    """Return a line per thing that a drill needs, and per thing that a killed run left over."""
    return [*_machine(settings), *_content(settings), *_left_over(settings)]


def _machine(settings: Settings) -> Iterator[Line]:
    version = platform.python_version()
    fine = sys.version_info >= (3, 11)
    yield Line("python", State.READY if fine else State.MISSING, version, "" if fine else "3.11 or newer")
    linux = sys.platform == "linux"
    yield Line("system", State.READY if linux else State.MISSING, platform.platform(terse=True),
               "" if linux else "process sandboxes read /proc: Linux only")  # fmt: skip
    try:
        process.ProcessSandboxes(settings.cache).create("doctor").remove()
        free = units.size(shutil.disk_usage(settings.cache).free)
        yield Line("cache", State.READY, f"{settings.cache}, {free} free")
    except MetadrillError as error:
        yield Line("cache", State.MISSING, error.message, error.hint)
    memory = units.size(proc.memory_available())
    cores = len(os.sched_getaffinity(0))
    yield Line("memory", State.READY, f"{memory} available, {cores} cores")
    yield _engine()


def _engine() -> Line:
    """Say whether docker sandboxes can be had here; without them nothing is missing."""
    try:
        return Line("container engine", State.READY, f"Docker {engine.connect().version}")
    except NoEngine as error:
        return Line("container engine", State.NOTE, error.message, "sandboxes are child processes then")


def _room(settings: Settings, recipe: StackRecipe) -> Iterator[Line]:
    """Say where the machine has less than a stack needs: a run would be refused."""
    try:
        process.ProcessSandboxes(settings.cache, recipe.needs).check_machine()
    except MetadrillError as error:
        yield Line(f"room for {recipe.name}", State.MISSING, error.message, error.hint)


def _content(settings: Settings) -> Iterator[Line]:
    for role in plugins.ROLES:
        try:
            names = ", ".join(sorted(plugins.registered(role)))
            yield Line(role, State.READY, names)
        except MetadrillError as error:
            yield Line(role, State.MISSING, error.message, error.hint)
    files = material.project(settings)
    for name in files.names("stack"):
        try:
            recipe = files.stack(name)
        except MetadrillError as error:
            yield Line(f"stack {name}", State.MISSING, error.message, error.hint)
            continue
        yield from _room(settings, recipe)
        wanted = parts.missing(settings.cache, recipe.parts)
        if wanted:
            size = units.size(sum(part.size for part in wanted))
            hint = "the first drill fetches them"
            yield Line(f"stack {name}", State.NOTE, f"{len(wanted)} parts, {size} to fetch", hint)
        else:
            yield Line(f"stack {name}", State.READY, f"{len(recipe.parts)} parts in the cache")


def _left_over(settings: Settings) -> Iterator[Line]:
    for name in leftovers.strays(settings.cache):
        yield Line(f"sandbox {name}", State.MISSING, "containers without a lease", "remove it: metadrill gc")
    for item in lease.read(settings.cache):
        if item.orphaned:
            count = len(proc.marked(item.id))
            seen = f"its run is gone; {count} processes, {len(item.ports)} ports"
            yield Line(f"sandbox {item.id}", State.MISSING, seen, "remove it: metadrill gc")
        elif item.kept:
            yield Line(f"sandbox {item.id}", State.NOTE, "standing", "remove it: metadrill sandbox down")
