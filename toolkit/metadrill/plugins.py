"""Names to adapters, from entry points; the built-in ones are registered the same way.

A drill picks exactly one by name, and the journal says which distribution it came from.
"""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache, reduce
from pathlib import Path
from typing import Any, NamedTuple

from metadrill.errors import EnvironmentNotReady, UsageError

ROLES = ("sandboxes", "stacks", "sources", "workloads", "faults", "recoveries", "checkers", "signers")
_ONE = {"sandboxes": "sandbox", "recoveries": "recovery"}
_GROUP = "[metadrill."


class Plugin(NamedTuple):
    """A registered adapter; `load` imports it. `place` is `module:attribute`."""

    role: str
    name: str
    distribution: str
    version: str
    place: str

    def load(self) -> Any:
        """Import and return what the entry point names. Raises EnvironmentNotReady."""
        module, _, attribute = self.place.partition(":")
        try:
            return reduce(getattr, filter(None, attribute.split(".")), importlib.import_module(module))
        except (ImportError, AttributeError) as error:
            raise EnvironmentNotReady(
                f"{self.role} '{self.name}' of {self.distribution}: cannot be loaded: {error}",
                "reinstall that distribution",
            ) from None

    @property
    def facts(self) -> Mapping[str, str]:
        """What the journal records of it."""
        return {
            "role": self.role,
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
        }


@cache
def registered(role: str) -> Mapping[str, Plugin]:
    """Return the adapters of a role by name. Raises UsageError when two share one."""
    found: dict[str, Plugin] = {}
    for plugin in _installed(tuple(sys.path)):
        if plugin.role != role:
            continue
        other = found.setdefault(plugin.name, plugin)
        if other.distribution != plugin.distribution:
            raise UsageError(
                f"{role} '{plugin.name}' is in {other.distribution} and in {plugin.distribution}",
                "uninstall one of them: a drill must pick exactly one",
            )
    if not found:
        raise EnvironmentNotReady(
            f"no {role} are registered", "install metadrill into this environment: pip install -e ."
        )
    return found


@cache
def _installed(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    """Given the module search path, return what every distribution there registers with us.

    Reads `entry_points.txt` as the packaging specification has it. `importlib.metadata` does the
    same, and importing it alone takes longer than P7 leaves for all of `validate`.
    """
    found: list[Plugin] = []
    seen: set[str] = set()
    for folder in path:
        for info in _distributions(folder or "."):
            name = info.name.partition("-")[0].lower()
            if name in seen:  # the first on the path hides the later ones, as it does for imports
                continue
            seen.add(name)
            found += _plugins(info)
    return tuple(found)


def _distributions(folder: str) -> Iterator[Path]:
    """Yield the folders with the metadata of a distribution; of what is no folder, none."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return
    yield from map(Path, sorted(found))


def _plugins(info: Path) -> Iterator[Plugin]:
    try:
        text = (info / "entry_points.txt").read_text(encoding="utf-8")
    except OSError:
        return
    if _GROUP not in text:
        return
    distribution, version = _identity(info)
    role = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            role = line[len(_GROUP) : -1] if line.startswith(_GROUP) else ""
        elif role and "=" in line and not line.startswith(("#", ";")):
            name, _, place = line.partition("=")
            place = place.partition("[")[0]  # what follows names extras
            yield Plugin(role, name.strip(), distribution, version, place.replace(" ", ""))


def _identity(info: Path) -> tuple[str, str]:
    """Return name and version from the head of a distribution's metadata."""
    told = {"Name": "unknown", "Version": "unknown"}
    for name in ("METADATA", "PKG-INFO"):
        if (info / name).is_file():
            for line in (info / name).read_text(encoding="utf-8").splitlines():
                key, _, value = line.partition(":")
                if not line:
                    break
                if key in told:
                    told[key] = value.strip()
            break
    return told["Name"], told["Version"]


def pick(role: str, name: str) -> Plugin:
    """Return the adapter of a role by name. Raises UsageError with the nearest name."""
    plugins = registered(role)
    if name in plugins:
        return plugins[name]
    import difflib  # of use only where something is wrong

    near = difflib.get_close_matches(name, plugins, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(plugins))}"
    raise UsageError(f"unknown {_ONE.get(role, role.removesuffix('s'))} '{name}'", hint)
