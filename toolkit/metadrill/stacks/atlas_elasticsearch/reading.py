"""The metadata read from both sides, complete: the graph by export, the index document by document."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from metadrill import census, clock, progress
from metadrill.census import index_frames, laying, stored
from metadrill.census import tables as census_tables
from metadrill.census.tables import GRAPH, SCHEMA
from metadrill.clients.http import Undecodable
from metadrill.errors import CheckerError, DeadlineExceeded, Unreachable
from metadrill.model.stack import KEEPS_AUDIT
from metadrill.stacks.atlas_elasticsearch import (
    answering,
    archive,
    counting,
    defining,
    exporting,
    rows,
    scrolling,
)
from metadrill.stacks.atlas_elasticsearch.auditing import Auditing
from metadrill.stacks.atlas_elasticsearch.base import asking
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.types import Types

Parts = Iterator[tuple[str, Iterable[stored.Row]]]
"""Rows as they are read, with the name of their table."""
Reader = Callable[[Path, frozenset[str]], Mapping[str, Path]]
"""Reads some tables into a folder, which it makes, and returns their files."""
_EXPORT = timedelta(minutes=10)
_LOOK = timedelta(milliseconds=200)


class Reading(Auditing):
    """Port `Repository`."""

    def census(self, tables: frozenset[str] | None = None) -> census.Census:
        """Read the tables asked for; what cannot be read is a fault of that table."""
        wanted = tables or frozenset(census.SCHEMAS)
        faults: dict[str, str] = {}
        files: dict[str, Path] = {}
        scratch = self.keeps or self.place.root / "scratch"
        folder = tempfile.TemporaryDirectory(dir=scratch, prefix="census-")
        for names, read in self._readers(files, faults).items():
            asked = names & wanted
            if not asked:
                continue
            try:
                files.update(read(Path(folder.name) / min(asked), asked))
            except Undecodable as error:
                faults.update(dict.fromkeys(asked, f"{index_frames.UNDECODABLE}: {error.message}"))
            except (Unreachable, CheckerError) as error:
                faults.update(dict.fromkeys(asked, error.message))
        return census.Census(census_tables.Files(files, folder), faults)

    def _readers(
        self, files: Mapping[str, Path], faults: Mapping[str, str]
    ) -> Mapping[frozenset[str], Reader]:
        """Return what reads which tables; the audit last, of the entities that were read before it."""
        typedefs = cache(self._typedefs)
        readers: dict[frozenset[str], Reader] = {
            SCHEMA: _writing(lambda: self._schema(typedefs)),
            GRAPH: lambda folder, names: self._graph(folder, names, typedefs),
            frozenset({"documents", "trait_documents"}): _writing(self._documents),
            frozenset({"edge_documents"}): _writing(self._edge_documents),
            frozenset({"text_documents"}): _writing(self._text_documents),
            frozenset({"segments"}): _writing(self._segments),
            frozenset({"definitions"}): _writing(self._definitions),
            frozenset({"consistency"}): _writing(self._consistency),
            frozenset({"answers"}): _writing(lambda: self._answers(typedefs)),
        }
        if KEEPS_AUDIT in self.recipe.abilities:
            readers[frozenset({"audit"})] = lambda folder, names: self._audit(folder, files, faults)
        return readers

    def _audit(
        self, folder: Path, files: Mapping[str, Path], faults: Mapping[str, str]
    ) -> Mapping[str, Path]:
        """Read the audit of every entity of the graph: of those just read, else of those there are."""
        if "entities" in faults:
            raise CheckerError(faults["entities"])
        entities = files.get("entities")
        if entities is None:
            entities = self._graph(folder / "of", frozenset({"entities"}), self._typedefs)["entities"]
        of = stored.guids(entities)
        return _writing(lambda: iter([("audit", self._audit_rows(of))]))(folder, frozenset({"audit"}))

    def witness(self) -> Mapping[str, int]:
        """Count by other routes: checkstate walks the graph, `_count` asks the index."""
        total, by_type = self._graph_counts()
        own = {name: count for name, count in by_type.items() if not rows.internal(name)}
        counts = {f"graph:{name}@checkstate": count for name, count in own.items()}
        counts["graph:entities@checkstate"] = total - sum(
            count for name, count in by_type.items() if rows.internal(name)
        )
        counts["index:entities@_count"] = self._entity_documents(own=False)
        return counts

    def _graph_counts(self) -> tuple[int, Mapping[str, int]]:
        """Return the number of all entities and of those of each type, deleted ones too.

        By `/admin/checkstate`; the types it reports under `*` are not said, so each is asked for
        alone: those first that had entities when last asked; no more once all are found, and nobody writes.
        """
        names = sorted(
            item["name"] for item in self.atlas.get("/v2/types/typedefs?type=entity")["entityDefs"]
        )
        total, found = counting.counted(
            self._checkstate, sorted(names, key=lambda name: name not in self._counted)
        )
        self._counted = frozenset(found)
        return total, found

    def settle(self, deadline: timedelta) -> Mapping[str, int]:
        """Wait until graph and index hold as many entities, or differ and move no more.

        Steady but different is a fact for the checks, not for a wait: returned as it is after
        ten seconds without a change. Raises DeadlineExceeded with both counts.
        """
        last: dict[str, int] = {}
        level = counting.levelled(self._entity_documents, lambda: self._checkstate("*"), last)
        try:
            counts: Mapping[str, int] = clock.wait_until(
                asking(level), deadline, "index caught up with the graph", interval=_LOOK
            )
        except DeadlineExceeded as error:
            there = f"graph {last.get('graph')}, index {last.get('index')}"
            raise DeadlineExceeded(f"{error.message}; {there}") from None
        return counts

    def _checkstate(self, type_name: str) -> int:
        body = {"entityTypes": [type_name], "fixIssues": False}
        return int(self.atlas.ask("/admin/checkstate", body)["entitiesScanned"])

    def _entity_documents(self, *, own: bool = True) -> int:
        """Count documents of entities by `_count`; without Atlas' `own` book-keeping where asked."""
        has = [{"exists": {"field": name}} for name in ("__guid", "__typeName")]
        but = [] if own else [{"prefix": {"__typeName": "__"}}]
        self.elastic.ask(f"/{INDICES[0]}/_refresh", None)
        body = {"query": {"bool": {"filter": has, "must_not": but}}}
        return int(self.elastic.ask(f"/{INDICES[0]}/_count", body)["count"])

    def _schema(self, typedefs: Callable[[], Any]) -> Parts:
        answer = typedefs()
        yield from rows.schema(answer, Types(answer)).items()

    def _typedefs(self) -> Any:
        return self.atlas.get("/v2/types/typedefs")

    def _graph(self, folder: Path, names: frozenset[str], typedefs: Callable[[], Any]) -> Mapping[str, Path]:
        """Export everything by type: that reads the graph, soft-deleted entities included."""
        types = Types(typedefs())
        present = [name for name in self._graph_counts()[1] if not rows.internal(name)]
        target = self.place.root / "scratch" / "census.zip"
        answer = exporting.exported(self.atlas, present, _EXPORT)
        into = laying.Laying(folder, names)
        try:
            with answer, target.open("wb") as file, progress.stage("exporting the graph") as advance:
                for block in answer.iter_content(1 << 16):
                    file.write(block)
                    advance(len(block))
            archive.lay(target, types, into)
        except OSError as error:
            raise CheckerError(f"export archive: cannot be kept: {error}") from None
        finally:
            target.unlink(missing_ok=True)
        return into.finish()

    def _documents(self) -> Parts:
        return scrolling.vertices(self.elastic)

    def _edge_documents(self) -> Parts:
        yield "edge_documents", scrolling.relationships(self.elastic)

    def _text_documents(self) -> Parts:
        yield "text_documents", scrolling.words(self.elastic)

    def _segments(self) -> Parts:
        yield "segments", self._segment_rows()

    def _definitions(self) -> Parts:
        yield "definitions", defining.definitions(self.elastic)

    def _consistency(self) -> Parts:
        yield "consistency", answering.consistency(self.atlas)

    def _answers(self, typedefs: Callable[[], Any]) -> Parts:
        unknown, named, sources = "", [], []
        try:
            if not self._counted:
                self._graph_counts()
            named = sorted(name for name in self._counted if not rows.internal(name))
            types = Types(typedefs())
            sources = [name for name in named if types.derives(name, answering.LINEAGE_OF)]
        except Unreachable as error:  # it does not answer, which is what is asked
            unknown = error.message
        kind, source = (next(iter(names), "") for names in (named, sources))
        yield "answers", answering.answers(self.atlas, kind, source, unknown)


def _writing(read: Callable[[], Parts]) -> Reader:
    """Given what gives tables as rows, return what writes them as they are read."""

    def written(folder: Path, names: frozenset[str]) -> Mapping[str, Path]:
        writer = stored.Writer(folder)
        for name in names:
            writer.add(name, ())
        for name, found in read():
            if name in names:
                writer.add(name, found)
        return writer.finish()

    return written
