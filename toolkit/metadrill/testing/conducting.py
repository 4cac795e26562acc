"""The contracts of a stack, conducted without pytest: on a stack that is to be qualified.

A contract is an `assert`, so nothing of it is left under `python -O`: then none is conducted.
"""

import inspect
import linecache
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from metadrill import clock, ports
from metadrill.errors import EnvironmentNotReady, Interrupted, MetadrillError
from metadrill.model.qualification import Came, ContractRow
from metadrill.ports import backing, breaking, queues
from metadrill.testing import contracts

_PREFIX = "test_"
_MOST = 300


class Part(NamedTuple):
    """One suite of contracts, and the ability without which a stack is not asked; None: every stack is."""

    suite: type
    ability: type | None


PARTS = (
    Part(contracts.StackContract, None),
    Part(contracts.RepositoryContract, None),
    Part(contracts.WritableContract, None),
    Part(contracts.FillableContract, None),
    Part(contracts.PurgeableContract, backing.Purgeable),
    Part(contracts.IndexFilesContract, ports.IndexFiles),
    Part(contracts.IndexSnapshotsContract, ports.IndexSnapshots),
    Part(contracts.IndexRepairContract, ports.IndexRepair),
    Part(contracts.IndexDocumentsContract, breaking.IndexDocuments),
    Part(contracts.GraphFilesContract, breaking.GraphFiles),
    Part(contracts.BackableContract, backing.Backable),
    Part(contracts.CopiedContract, backing.Copied),
    Part(contracts.RestorableContract, backing.Restorable),
    Part(contracts.AtRestContract, backing.AtRest),
    Part(contracts.DestructibleContract, backing.Destructible),
    Part(contracts.RewindableContract, queues.Rewindable),
)
"""Each leaves the stack serving; those that take it apart come last."""

Fixtures = Mapping[str, Callable[[], Any]]


def conduct(stack: Any, fixtures: Fixtures, parts: tuple[Part, ...] = PARTS) -> Iterator[ContractRow]:
    """Try every sentence of the contracts on a stack, and yield what each came to.

    `fixtures` make what the sentences ask for by name, anew for each; `tmp_path` is given. What the
    stack is not able to is not asked, and said. After one that is broken the stack must still be
    fit: else the rest is not looked at. Raises EnvironmentNotReady under `python -O`, and what a
    signal raises.
    """
    if not __debug__:
        raise EnvironmentNotReady("python -O takes the contracts away", "run metadrill without -O")
    down = ""
    for part in parts:
        name = part.suite.__name__.removesuffix("Contract")
        if part.ability is not None and not isinstance(stack, part.ability):
            yield ContractRow(name, "all of it", Came.ABSENT, f"the stack is not {name}", 0.0)
            continue
        for sentence in _sentences(part.suite):
            if down:
                yield ContractRow(name, _words(sentence), Came.UNSEEN, down, 0.0)
                continue
            row = _tried(part.suite, sentence, {"stack": lambda: stack, **fixtures})
            down = "" if row.came is Came.GOOD else _unfit(stack)
            yield row


def _sentences(suite: type) -> list[str]:
    return [name for name in vars(suite) if name.startswith(_PREFIX)]


def _tried(suite: type, sentence: str, fixtures: Fixtures) -> ContractRow:
    began = clock.SYSTEM.monotonic_ns()
    name, because = suite.__name__.removesuffix("Contract"), ""
    test = getattr(suite(), sentence)
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        given = {"tmp_path": lambda: Path(folder), **fixtures}
        try:
            test(**{asked: given[asked]() for asked in inspect.signature(test).parameters})
        except Interrupted:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: the contract is not kept
            because = _because(error)
    seconds = clock.seconds(began, clock.SYSTEM.monotonic_ns())
    return ContractRow(name, _words(sentence), Came.BAD if because else Came.GOOD, because, round(seconds, 3))


def _words(sentence: str) -> str:
    return sentence.removeprefix(_PREFIX).replace("_", " ")


def _because(error: Exception) -> str:
    """Say what was not so: an error's own words, of an assertion the line that was not true."""
    told = error.message if isinstance(error, MetadrillError) else str(error)
    if isinstance(error, AssertionError):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        line = linecache.getline(frame.filename, frame.lineno or 0).strip()
        told = f"not so: {line.removeprefix('assert ')}" if not told else f"not so: {told}"
        return f"{told} ({Path(frame.filename).name}:{frame.lineno})"[:_MOST]
    return f"{type(error).__name__}: {told}"[:_MOST]


def _unfit(stack: Any) -> str:
    """Say why a stack can no longer be asked; nothing where it is fit."""
    try:
        stack.fit()
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - one that cannot even say is not fit
        return f"the stack no longer serves: {_because(error)}"[:_MOST]
    return ""
