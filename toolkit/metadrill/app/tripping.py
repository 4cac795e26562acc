"""The round trip of a qualification: exported, imported into an empty server, and compared."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill.app import filling
from metadrill.app.giving import Chosen
from metadrill.app.handing import RunBackups
from metadrill.census import frames, vouching
from metadrill.depot import measuring
from metadrill.errors import Interrupted, RecoveryError
from metadrill.model.backup import Method
from metadrill.model.qualification import Came, FidelityRow
from metadrill.model.stack import StackRecipe
from metadrill.model.suite import Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict
from metadrill.ports import Checker, Signer
from metadrill.ports.backing import Dialect
from metadrill.testing import seeding

_NOT_BROUGHT = frozenset({"segments", "audit"})
"""Suites about what no export brings: the files of an index are new, and the audit begins anew."""
_KEPT = "kept"


@dataclass(frozen=True)
class Trip:
    """What the trip is made with: the recipe, who judges by which suites, who signs the set, its source.

    The set lies in a folder of the cache.
    """

    recipe: StackRecipe
    suites: tuple[Suite, ...]
    checker: Checker
    key: Signer
    source: Mapping[str, Any]
    cache: Path


def round_trip(stack: Any, dialect: Dialect, trip: Trip, held: ExitStack) -> Iterator[FidelityRow]:
    """Take a logical set of a stack, lose the stack, import the set into an empty one; yield the table.

    Last comes what the suites say of everything together, but for what the table foretells. A trip
    that cannot be made is one row that says why. What it needs on disk goes with `held`.
    """
    try:
        yield from _rows(stack, dialect, trip, held)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - a trip that cannot be made is a row, whatever stopped it
        came = Came.BAD if isinstance(error, RecoveryError) else Came.UNSEEN
        yield FidelityRow("trip", "the round trip", _KEPT, -1, 0, 0, 0, 0, came, seeding.told(error))


def _rows(stack: Any, dialect: Dialect, trip: Trip, held: ExitStack) -> Iterator[FidelityRow]:
    backups = RunBackups(Chosen(), dialect, trip.key, trip.source, held, trip.cache, trip.recipe)
    given: Any = backups.take(stack, frozenset({Method.LOGICAL}))
    stack.destroy()
    stack.renew()
    given.put(stack, Method.LOGICAL)
    stack.settle(filling.PATIENCE)
    after = stack.census()
    yield from measuring.measure(given.now.held, dialect, after)
    expected, counts = given.expected(Method.LOGICAL), stack.witness()
    joined = frames.join(expected.census, after, expected.exempt, counts)
    able = frozenset(trip.recipe.abilities)
    results = [
        trip.checker.check(suite, joined, able) for suite in trip.suites if suite.name not in _NOT_BROUGHT
    ]
    yield _whole(tuple(results), vouching.unlike(after, counts))


def _whole(results: tuple[SuiteResult, ...], unlike: Iterable[str]) -> FidelityRow:
    """Return what the suites say of everything that this stack can be asked: checks, and how many pass.

    Where others counted otherwise (`unlike`), nothing is proved.
    """
    every = (row for result in results for row in result.results)
    rows = [row for row in every if row.verdict is not CheckVerdict.NOT_PROVABLE]
    counts = {verdict: sum(row.verdict is verdict for row in rows) for verdict in CheckVerdict}
    because, failed = seeding.alarms(results, unlike), counts[CheckVerdict.FAIL]
    came = Came.BAD if failed else Came.UNSEEN if because else Came.GOOD
    item = "all that the suites compare, by checks"
    return FidelityRow(
        "checks", item, _KEPT, len(rows), counts[CheckVerdict.PASS], failed, 0, 0, came, because
    )
