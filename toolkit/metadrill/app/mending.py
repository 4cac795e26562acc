"""`restore --into`: some of a set put beside what stands in a sandbox of our own. Later edits are kept."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill import plugins
from metadrill.app import filling, material, places
from metadrill.app.portion import Portion, sparing
from metadrill.app.settings import Settings
from metadrill.census.exempting import Exempt
from metadrill.depot import merging
from metadrill.depot.given import GivenSet
from metadrill.depot.merging import Decision, Newer
from metadrill.errors import Refused, UsageError
from metadrill.model.backup import Method
from metadrill.model.stack import StackRecipe
from metadrill.ports.backing import Expected

_TABLES = frozenset({"entities", "relationships", "classifications"})
Told = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Asked:
    """Into which sandbox, what becomes of what was changed there, and whether its isolation matters."""

    sandbox: str
    decision: Decision
    accept_unproved: bool


@dataclass(frozen=True)
class Mended:
    """What was done, what was newer than the cut, and what must be there now."""

    sandbox: str
    facts: Mapping[str, Any]
    newer: tuple[Newer, ...]
    expected: Expected


def expect(only: tuple[str, ...], keep: object, method: Method | None) -> None:
    """Raise UsageError for what makes no sense with a sandbox that stands."""
    if not only:
        raise UsageError("--into: needs --only", "a whole set is restored into a fresh sandbox")
    if keep or method is Method.PHYSICAL:
        raise UsageError("--into: goes with neither --keep nor --method physical", "leave them out")


@contextmanager
def reached(settings: Settings, asked: Asked, given: GivenSet, recipe: StackRecipe) -> Iterator[Any]:
    """Give the stack that stands. Raises Refused: not ours, of another environment, of another stack."""
    name, told = places.find(settings, asked.sandbox)
    environment = given.held.manifest.identity.environment
    if told.environment not in ("", environment):
        raise Refused(
            f"sandbox {name}: holds {told.holds} of environment {told.environment}, not {environment}",
            "a set is never restored across environments",
        )
    if told.stack != recipe.name:
        raise Refused(f"sandbox {name}: is a {told.stack}, not a {recipe.name}", f"--stack {told.stack}")
    if not asked.accept_unproved:
        raise Refused(
            f"sandbox {name}: nothing proves it shut while it stands, and a backup would come into it",
            "--accept-unproved-isolation",
        )
    factory: Any = plugins.pick("stacks", recipe.kind).load()(
        recipe, material.EMPTY, settings.cache, filling.nobody
    )
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        yield factory(places.reached(name, told, Path(folder)))


def mend(stack: Any, given: GivenSet, portion: Portion, on: tuple[Asked, Told]) -> Mended:
    """Put what is lost of a portion, and what was changed where that was decided; keep all else."""
    asked, told = on
    whole = given.expected(Method.LOGICAL)
    now = stack.census(_TABLES).tables
    plan = merging.merge(whole.census.tables, now, (portion.picked, portion.guids), asked.decision)
    facts = {"lost": len(plan.lost), "newer": len(plan.newer), "decided": asked.decision.value}
    told("compared", facts)
    if plan.put:
        given.put_only(stack, plan.put)
        stack.settle(filling.PATIENCE)
    told("restored", {"entities": len(plan.put)})
    exempt = whole.exempt | Exempt(guids=plan.others)
    expected = Expected(whole.census, exempt, {**whole.facts, "left_out": len(plan.others)})
    return Mended(asked.sandbox, {**facts, "put": len(plan.put)}, plan.newer, sparing(expected, stack))
