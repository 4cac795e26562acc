"""The recipe of a repository, and the datasets a sandbox is filled with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEEPS_AUDIT = "audit_kept"
"""The ability of a stack whose store keeps what is told of changes of entities."""
LISTS_ERASURES = "erasures_listed"
"""The ability to tell what came back that was erased: a list of it (`erasures` in the configuration)."""


def lacking(ability: str) -> str:
    """Return what is said where a check needs an ability that is not there."""
    return "no list of erasures is configured" if ability == LISTS_ERASURES else f"the stack lacks {ability}"


@dataclass(frozen=True)
class Part:
    """One pinned file from a package registry: `maven` or `pypi` coordinates, and its SHA-256."""

    name: str
    registry: str
    coordinates: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Component:
    """A running part of a repository and what it cannot do without; `version` is a key of `versions`."""

    name: str
    title: str
    role: str
    needs: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class StackRecipe:
    """`fixtures/stacks/*.yaml`: versions, parts with digests, configuration."""

    name: str
    kind: str
    title: str
    versions: Mapping[str, str]
    parts: tuple[Part, ...]
    config: Mapping[str, Any]
    abilities: tuple[str, ...]
    needs: Mapping[str, int] = field(default_factory=dict)
    exchanged: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    source: str = ""
    digest: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class DatasetStep:
    """One thing that fills a sandbox: `quickstart`, `archive`, `synthetic` or `by_api`."""

    kind: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """`fixtures/datasets/*.yaml`: made-up data, in the order it is placed."""

    name: str
    title: str
    steps: tuple[DatasetStep, ...]
    source: str = ""
    digest: str = ""
    text: str = field(default="", repr=False)
