"""Fault: documents of the search index are deleted, altered and made up; the engine is well all the time."""

import random
from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports.breaking import Columns, IndexDocuments

DEFAULT_SEED = 40
_PARAMS = {"deleted": 0.01, "altered": 0.01, "ghosts": 10, "seed": None}
_GHOST = "metadrill-ghost-{}"
_OTHER = {"ACTIVE": "DELETED", "DELETED": "ACTIVE"}


class AlterDocuments:
    """Hits a share of the documents, at least one of each: `deleted`, `altered`; adds `ghosts`.

    Of those altered, in turn, the state, the type or the time is another. What is hit is drawn by
    `seed` in `prepare`. Raises UsageError for parameters that it does not know.
    """

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        given = params.merged(action, _PARAMS)
        self._shares = {name: _share(action.name, name, given[name]) for name in ("deleted", "altered")}
        if sum(self._shares.values()) > 1:
            raise UsageError(f"{action.name}: deleted and altered are more than all documents")
        ghosts = given["ghosts"]
        if type(ghosts) is not int or not 0 <= ghosts <= 10_000:
            raise UsageError(f"{action.name}: ghosts {ghosts!r}", "a number from 0 to 10000")
        self._ghosts = ghosts
        self._seed = DEFAULT_SEED if given["seed"] is None else int(str(given["seed"]))
        self._time = time
        self._changes: dict[str, Columns | None] = {}
        self._truth: dict[str, Any] = {}

    def prepare(self, target: Any) -> None:
        """Read the documents, and draw. Raises EnvironmentNotReady, UsageError: too few to hit."""
        if not isinstance(target, IndexDocuments):
            raise EnvironmentNotReady(
                "alter_documents: documents of this stack's index cannot be altered",
                "use a sandbox of metadrill's own",
            )
        repository: Any = target
        rows = repository.census(frozenset({"documents"})).tables["documents"].to_pylist()
        there = sorted((row for row in rows if row["guid"]), key=lambda row: str(row["document"]))
        counts = {name: max(1, round(len(there) * share)) for name, share in self._shares.items()}
        if len(there) < sum(counts.values()):
            raise UsageError(f"alter_documents: there are {len(there)} documents", "fill the stack with more")
        drawn = random.Random(self._seed).sample(there, sum(counts.values()))  # noqa: S311 - repeatable
        deleted, altered = drawn[: counts["deleted"]], drawn[counts["deleted"] :]
        self._delete(deleted)
        self._alter(altered)
        self._invent()

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Do it; return every document that was hit, with the guid it is of, and what it said before."""
        invoked = self._time.monotonic_ns()
        target.alter_documents(self._changes)
        return {"form": "silent", "invoked_ns": invoked, "seed": self._seed, **self._truth}

    def _delete(self, rows: list[Mapping[str, Any]]) -> None:
        self._changes |= {str(row["document"]): None for row in rows}
        self._truth["deleted"] = sorted(str(row["guid"]) for row in rows)

    def _alter(self, rows: list[Mapping[str, Any]]) -> None:
        told = []
        for place, row in enumerate(rows):
            column, value = (
                ("state", _OTHER.get(str(row["state"]), "DELETED")),
                ("type", f"{row['type']}_other"),
                ("modified", int(row["modified"] or 1) - 1),
            )[place % 3]
            self._changes[str(row["document"])] = {column: value}
            told.append({"guid": row["guid"], "column": column, "was": row[column], "is": value})
        self._truth["altered"] = sorted(told, key=lambda one: str(one["guid"]))

    def _invent(self) -> None:
        guids = [_GHOST.format(number) for number in range(self._ghosts)]
        self._changes |= {
            guid: {"guid": guid, "type": "DataSet", "state": "ACTIVE", "modified": 1} for guid in guids
        }
        self._truth["ghosts"] = guids


def _share(fault: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise UsageError(f"{fault}: {name} {value!r}", "a number between 0 and 1")
    return float(value)
