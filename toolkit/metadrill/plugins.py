"""Names to adapters, from entry points; the built-in ones are registered the same way.

A drill picks exactly one by name, and the journal says which distribution it came from.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from metadrill.errors import EnvironmentNotReady, UsageError

ROLES = ("sandboxes", "stacks", "sources", "workloads", "faults", "recoveries", "checkers")
_ONE = {"sandboxes": "sandbox", "recoveries": "recovery"}


@dataclass(frozen=True)
class Plugin:
    """A registered adapter; `load` imports it."""

    role: str
    name: str
    distribution: str
    version: str
    _entry: metadata.EntryPoint

    def load(self) -> Any:
        """Import and return what the entry point names. Raises EnvironmentNotReady."""
        try:
            return self._entry.load()
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
    for entry in metadata.entry_points(group=f"metadrill.{role}"):
        of = entry.dist
        plugin = Plugin(
            role, entry.name, of.name if of else "unknown", of.version if of else "unknown", entry
        )
        other = found.setdefault(entry.name, plugin)
        if other.distribution != plugin.distribution:
            raise UsageError(
                f"{role} '{entry.name}' is in {other.distribution} and in {plugin.distribution}",
                "uninstall one of them: a drill must pick exactly one",
            )
    if not found:
        raise EnvironmentNotReady(
            f"no {role} are registered", "install metadrill into this environment: pip install -e ."
        )
    return found


def pick(role: str, name: str) -> Plugin:
    """Return the adapter of a role by name. Raises UsageError with the nearest name."""
    plugins = registered(role)
    if name in plugins:
        return plugins[name]
    near = difflib.get_close_matches(name, plugins, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(plugins))}"
    raise UsageError(f"unknown {_ONE.get(role, role.removesuffix('s'))} '{name}'", hint)
