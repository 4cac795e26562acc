"""A set as sources and recoveries see it: port `Given`."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill.census import stored
from metadrill.census.exempting import Exempt
from metadrill.depot import composing, examining, fidelity, gates, selecting, verifying
from metadrill.depot.examining import Problem
from metadrill.depot.gates import Destination
from metadrill.depot.shelf import Depot, Held
from metadrill.errors import RecoveryError, UsageError
from metadrill.model.backup import Method
from metadrill.ports.backing import (
    Destructible,
    Dialect,
    Expected,
    Importing,
    Restorable,
    StoreFiles,
    Unlinking,
)


@dataclass(frozen=True)
class GivenSet:
    """A set of a depot whose files were verified. Port `Selective` too."""

    depot: Depot
    held: Held
    dialect: Dialect
    to: Destination | None = None
    """Of what it must be to be restored; None: it is not asked."""

    @property
    def name(self) -> str:
        """The set's name."""
        return self.held.manifest.name

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a journal says of it."""
        told = self.held.manifest
        return {
            "set": told.name,
            "manifest": self.held.signed.sha256,
            "mode": told.mode.value,
            "methods": [method.value for method in told.methods],
            "environment": told.identity.environment,
            "versions": dict(told.identity.versions),
            "cut": {"started": told.cut.started, "ended": told.cut.ended, "skew_s": told.cut.skew_s},
            "moving": {"entities": told.moving.entities, "share": told.moving.share, "cap": told.moving.cap},
            "chain": [held.manifest.name for held in self.depot.chain(self.held)],
            "entities": told.census.counts.get("entities", 0),
            "source": dict(told.facts.get("source", {})),
        }

    def check(self) -> Mapping[str, Any]:
        """Verify its files anew, and that it belongs where it goes. Raises BackupError, Refused."""
        held, problems = verifying.files(self.depot, self.name)
        examining.refuse(problems, "verified before the restore")
        told = self.held.manifest if held is None else held.manifest
        if self.to is not None:
            gates.refuse(told, self.to, "gate")
        return {"set": told.name, "files": len(told.parts) + 2, "bytes": told.bytes}

    def problems(self, *, content: bool) -> tuple[Problem, ...]:
        """Return what `check` would refuse; with `content`, also what a whole verification finds."""
        if content:
            found = list(verifying.verify(self.depot, self.name, self.dialect).problems)
        else:
            found = verifying.files(self.depot, self.name)[1]
        if not found and self.to is not None:
            found += gates.problems(self.held.manifest, self.to)
        return tuple(found)

    def best(self) -> Method:
        """Return the way that brings back most."""
        return Method.PHYSICAL if Method.PHYSICAL in self.held.manifest.methods else Method.LOGICAL

    def put(self, target: Any, method: Method) -> Mapping[str, Any]:
        """Restore it into a stack. Raises RecoveryError, BackupError; UsageError: no such part.

        Every file is verified again first: between choosing a set and needing it lies a whole drill.
        """
        if method not in self.held.manifest.methods:
            has = ", ".join(self.held.manifest.methods)
            raise UsageError(f"{self.name}: has no {method.value} part", f"it has: {has}")
        emptied = isinstance(target, Restorable) or (
            method is Method.LOGICAL and isinstance(target, Destructible)
        )
        if not emptied or not isinstance(target, Importing):
            raise RecoveryError("nothing can be restored into this stack", "use a sandbox of metadrill's own")
        self._expect_sound()
        if isinstance(target, Restorable) and method is Method.PHYSICAL:
            files = StoreFiles(self.held.path("graph_files"), self.held.path("index_files"))
            return target.put_files(files)
        with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
            made = composing.archive(self.depot.chain(self.held), Path(folder) / "export.zip")
            facts = target.put_export(made, composing.schema(self.held))
            return {**facts, **self._unlinked(target, None)}

    def _unlinked(self, target: Any, brought: frozenset[str] | None) -> Mapping[str, Any]:
        """Delete again what an import made active: of all that was brought, or of some entities."""
        removed = fidelity.removed_edges(self.held, self.dialect)
        again = sorted(guid for guid, ends in removed.items() if brought is None or ends & brought)
        return dict(target.unlink(again)) if again and isinstance(target, Unlinking) else {}

    def closure(self, guids: frozenset[str]) -> frozenset[str]:
        """Return some entities with all that they own and cannot be without. Raises UsageError: no export."""
        return selecting.closure(self.depot.chain(self.held), self.dialect, guids)

    def put_only(self, target: Any, guids: frozenset[str]) -> Mapping[str, Any]:
        """Import these entities alone. Raises RecoveryError, BackupError; UsageError: no export."""
        if not isinstance(target, Importing):
            raise RecoveryError("nothing can be restored into this stack", "use a sandbox of metadrill's own")
        self._expect_sound()
        with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
            path = Path(folder) / "export.zip"
            made = selecting.archive(self.depot.chain(self.held), self.dialect, guids, path)
            facts = target.put_export(made, composing.schema(self.held))
            told = {"wanted": len(guids), "archive_bytes": made.stat().st_size}
            return {**facts, **told, **self._unlinked(target, guids)}

    def _expect_sound(self) -> None:
        _, problems = verifying.files(self.depot, self.name)
        examining.refuse(problems, str(self.depot.path))

    def expected(self, method: Method) -> Expected:
        """Return what must be there after a restore: everything at the cut, but for what is told."""
        moving = {str(row["guid"]): str(row["what"]) for row in stored.rows(self.held.path("moving"))}
        told = fidelity.foretold(self.held, self.dialect) if method is Method.LOGICAL else {}
        edges = frozenset[str]().union(*told.values())
        rewrites = method is Method.LOGICAL
        exempt = Exempt(moving=frozenset(moving), relationships=edges, rewrites=rewrites)
        went = frozenset(guid for guid, what in moving.items() if what == "went")
        facts = {
            "set": self.name, "method": method.value, "moving": len(moving),
            "foretold": {key: len(found) for key, found in told.items() if found},
        }  # fmt: skip
        return Expected(self.held.census(), exempt.without(went), facts)
