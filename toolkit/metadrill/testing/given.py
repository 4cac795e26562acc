"""The twin of a backup set, in memory: taken of an in-memory stack, restored into one."""

import io
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.archives import zip_writing, zips
from metadrill.census import Census
from metadrill.census.exempting import NOTHING
from metadrill.errors import UsageError
from metadrill.model.backup import Method
from metadrill.ports.backing import Entry, Expected, Given
from metadrill.testing.backing import Backing, MemoryDialect

_SOON = timedelta(seconds=5)


class MemoryGiven:
    """Ports `Given` and `Selective`: an export and a census of a stack as it is now."""

    def __init__(self, name: str, stack: Any) -> None:
        self.name = name
        body = io.BytesIO()
        stack.export(body, _SOON)
        self._export, self._schema = body.getvalue(), stack.schema()
        self._census: Census = stack.census()

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a journal says of it."""
        return {"set": self.name, "entities": self._census.tables["entities"].num_rows}

    def check(self) -> Mapping[str, Any]:
        """Return its name: in memory nothing can happen to it."""
        return {"set": self.name}

    def best(self) -> Method:
        """Return the only way there is."""
        return Method.LOGICAL

    def put(self, target: Backing, method: Method) -> Mapping[str, Any]:
        """Restore all of it."""
        return self._import(target, self._entries())

    def expected(self, method: Method) -> Expected:
        """Return the census."""
        return Expected(self._census, NOTHING, {"set": self.name})

    def closure(self, guids: frozenset[str]) -> frozenset[str]:
        """Return entities with all that they need."""
        needs = dict(self._needs())
        found, front = set(guids), set(guids)
        while front:
            front = {need for guid in front for need in needs[guid]} - found
            found |= front
        return frozenset(found)

    def put_only(self, target: Backing, guids: frozenset[str]) -> Mapping[str, Any]:
        """Restore these alone."""
        facts = self._import(target, MemoryDialect().only(self._entries(), guids))
        return {**facts, "wanted": len(guids)}

    def _entries(self) -> Iterator[Entry]:
        for entry in zips.entries(io.BytesIO(self._export), self.name):
            yield entry.name, entry.content

    def _needs(self) -> Iterator[tuple[str, frozenset[str]]]:
        for name, content in self._entries():
            if name not in MemoryDialect.control:
                own, needs = MemoryDialect().held(content)
                for guid in own:
                    yield guid, needs

    def _import(self, target: Backing, entries: Iterator[Entry]) -> Mapping[str, Any]:
        with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
            path = Path(folder) / "export.zip"
            with path.open("wb") as file:
                zip_writing.write(entries, file)
            return target.put_export(path, self._schema)


class MemoryBackups:
    """Port `Backups`: a set that is given, or one taken of the stack."""

    def __init__(self, given: Given | None = None) -> None:
        self._given, self.taken = given, 0

    def given(self) -> Given | None:
        """Return what was given."""
        return self._given

    def take(self, target: Any, methods: frozenset[Method]) -> Given:
        """Take one. Raises UsageError: it has no files of stores."""
        if Method.LOGICAL not in methods:
            raise UsageError("a set in memory holds an export alone")
        self.taken += 1
        return MemoryGiven(f"set-{self.taken}", target)
