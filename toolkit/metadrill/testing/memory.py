"""The twin of a stack: a graph in memory beside an index in real files.

It fails as the real one does: a write is acknowledged while the index is down, and then absent
from search; a damaged file stays unnoticed until `verify_on_start` and a restart; with a red
index search answers an error.
"""

import json
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.census import SCHEMAS, Census, build
from metadrill.census.tables import GRAPH, SCHEMA
from metadrill.errors import DeadlineExceeded, UsageError
from metadrill.model.sandboxed import Answer, Boot, Segment
from metadrill.model.secret import Secret
from metadrill.ports import Record, Sandbox, WriteRefused
from metadrill.testing.backing import Backing
from metadrill.testing.breaking import Breaking
from metadrill.testing.filling import Filling
from metadrill.testing.graph import CANARY, Entity, Graph
from metadrill.testing.index import INDEX, OF_INDEX, MemoryIndex, documents
from metadrill.testing.queue import Queueing
from metadrill.testing.sandbox import MemorySandbox
from metadrill.testing.spoiling import Spoiling


def nowhere(kind: str, /, **data: Any) -> None:
    """Record nothing: for a stack that nobody watches."""


class MemoryStack(Breaking, Backing, Filling, Spoiling, Queueing):
    """Twin of Stack, StateKeeper, Repository, Writable, Fillable, those of index, backup, damage."""

    components = ("elasticsearch", "atlas")

    def __init__(
        self,
        sandbox: Sandbox,
        record: Record = nowhere,
        time: clock.Clock = clock.SYSTEM,
        warm: Path | None = None,
    ) -> None:
        self.sandbox, self.graph = sandbox, Graph()
        self.index = MemoryIndex(sandbox.root / "es" / "index")
        self._record, self._time, self._warm = record, time, warm
        self._lock = threading.RLock()
        self._up: set[str] = set()
        self._red = self._verify = False
        if isinstance(sandbox, MemorySandbox):
            sandbox.when_cut.append(self._cut_off)
        self._password = Secret("admin", uuid.uuid4().hex)

    def boot(self, deadline: timedelta) -> Boot:
        """Serve at once; warm where a kept state is found."""
        start = "cold"
        if self._warm is not None and self._warm.exists():
            self.graph.load(json.loads(self._warm.read_text()))
            self.index.replace(self.graph.indexed().values())
            start = "warm"
        for component in self.components:
            self.start(component)
        seen = {name: {"version": "memory", "seconds": 0.0} for name in self.components}
        return Boot(start, 0.0, seen, 0.0 if start == "warm" else None)

    def stop(self, component: str) -> None:
        """Take one component down; a clean stop of the engine writes its files."""
        self._known(component)
        with self._lock:
            if component == "elasticsearch" and component in self._up and not self._red:
                self.index.flush()
            self._up.discard(component)
        self._log(f"{component} stopped, password {self._password.reveal()}")
        self._called(component, "STOP", component)

    def start(self, component: str) -> None:
        """Bring one component up; the engine checks its files where it was told to."""
        self._known(component)
        with self._lock:
            if component == self.graph_server:
                self.open_graph()
            if component == "elasticsearch" and self._verify:
                self._red = any(row["stored"] != row["computed"] for row in self.index.sums())
            self._up.add(component)
        self._log(f"{component} started")
        self._called(component, "START", component)

    def views(self) -> Mapping[str, str]:
        """Return what each says of itself: the engine knows only what it has checked."""
        health = "red" if self._red else "green"
        return {
            "elasticsearch": health if "elasticsearch" in self._up else "unreachable",
            "atlas": "ACTIVE" if "atlas" in self._up else "unreachable",
        }

    def keep(self, cold_seconds: float) -> float:
        """Keep the graph for the next boot."""
        if self._warm is not None:
            self._warm.write_text(json.dumps(self.graph.dump()))
        return 0.0

    def settle(self, deadline: timedelta) -> Mapping[str, int]:
        """Write the index to its files and return both counts, which may differ: a fact, not a wait."""
        graph = len(self.graph.indexed())
        if not self._searchable:
            raise DeadlineExceeded("index caught up: the engine does not serve it", "see the logs of the run")
        with self._lock:
            self.index.flush()
            found = len(self.index.read()[0])
        return {"graph": graph, "index": found}

    def census(self, tables: frozenset[str] | None = None) -> Census:
        """Read the graph, the documents and the files; what is down is a fault."""
        whole = self._census()
        wanted = tables or frozenset(SCHEMAS)
        return Census(
            {name: table for name, table in whole.tables.items() if name in wanted},
            {name: fault for name, fault in whole.faults.items() if name in wanted},
        )

    def _census(self) -> Census:
        rows: dict[str, list[dict[str, Any]]] = {"segments": self.index.sums(), "answers": self._answers()}
        faults: dict[str, str] = {}
        with self._lock:
            if "atlas" in self._up:
                rows |= self.graph.rows()
                rows["consistency"] = [{"what": "the graph", "type": "", "state": "OK", "issues": ""}]
            else:
                faults |= dict.fromkeys(SCHEMA | GRAPH | {"consistency"}, "atlas: connection refused")
            if self._searchable:
                held, spoilt = documents(self.index)
                rows, faults = rows | held, faults | spoilt
            else:
                faults |= dict.fromkeys(OF_INDEX, "elasticsearch: the index is not served")
        return build(rows, faults)

    def _answers(self) -> list[dict[str, Any]]:
        """Search for one entity of the most frequent type, and say what came of it."""
        counts = self.graph.counts()
        asked = self.search(max(counts, key=lambda name: counts[name]), timedelta(0)) if counts else None
        outcome = "answered" if asked is None or asked.ok else asked.text
        return [{"probe": "search", "outcome": outcome, "took": 0, "limit": 10_000}]

    def witness(self) -> Mapping[str, int]:
        """Count by type label, and by document, without the census."""
        counts = {f"graph:{name}@checkstate": count for name, count in self.graph.counts().items()}
        counts["graph:entities@checkstate"] = sum(counts.values())
        if self._searchable:
            counts["index:entities@_count"] = len(self.index.read()[0])
        return counts

    def search(self, type_name: str, deadline: timedelta) -> Answer:
        """Ask for one entity of a type."""
        if "atlas" not in self._up:
            return Answer(False, "atlas: connection refused")
        if not self._searchable:
            return Answer(False, "HTTP 500: all shards failed")
        documents, faults = self.index.read()
        if faults:
            return Answer(False, f"an answer that cannot be decoded: {faults[0]}")
        hits = [guid for guid, body in documents.items() if body.get("type") == type_name]
        return Answer(True, f"{len(hits)} found", {"rows": len(hits)})

    def write(self, name: str) -> str:
        """Create a canary in the graph, and in the index where it is served."""
        with self._lock:
            if "atlas" not in self._up:
                raise WriteRefused("atlas: connection refused")
            now = self._time.utc()
            moment = int(now.timestamp() * 1000)
            entity = Entity(str(uuid.uuid4()), CANARY, name, created=moment, updated=moment)
            self.graph.put(entity)
            self._indexed([entity.document()])
            return entity.guid

    def present(self, names: Mapping[str, str]) -> set[str]:
        """Return the names whose guid the graph still has."""
        return {name for name, guid in names.items() if "atlas" in self._up and guid in self.graph.entities}

    def found(self, names: Sequence[str]) -> set[str]:
        """Return the names that a document carries."""
        if not self._searchable or "atlas" not in self._up:
            return set()
        held = {body.get("name") for body in self.index.read()[0].values()}
        return {name for name in names if name in held}

    def consolidate(self, index: str) -> None:
        """Write all documents into one file."""
        self._mine(index)
        with self._lock:
            self.index.merge()
        self._called("elasticsearch", "POST", f"/{index}/_forcemerge")

    def segments(self, index: str) -> tuple[Segment, ...]:
        """Return the files of the index."""
        self._mine(index)
        return self.index.segments()

    def verify_on_start(self, index: str) -> None:
        """Check the files at the next start of the engine."""
        self._mine(index)
        self._verify = True
        self._called("elasticsearch", "PUT", f"/{index}/_settings")

    def snapshot(self) -> Mapping[str, Any]:
        """Copy the documents aside."""
        with self._lock:
            documents = list(self.index.read()[0].values())
        repo = self.sandbox.root / "es" / "repo"
        repo.mkdir(exist_ok=True)
        ref = f"snapshot-{len(list(repo.iterdir())) + 1}"
        (repo / f"{ref}.json").write_text(json.dumps(documents))
        self._called("elasticsearch", "PUT", f"/_snapshot/repo/{ref}")
        return {"ref": ref, "documents": len(documents)}

    def restore_snapshot(self, ref: str) -> Mapping[str, Any]:
        """Put the documents of a snapshot in the place of the index."""
        source = self.sandbox.root / "es" / "repo" / f"{ref}.json"
        if not source.exists():
            raise UsageError(f"snapshot {ref}: there is none", "see `backup.taken` in the journal")
        documents = json.loads(source.read_text())
        with self._lock:
            self._replaced(documents)
        self._called("elasticsearch", "POST", f"/_snapshot/repo/{ref}/_restore")
        return {"ref": ref, "documents": len(documents)}

    def repair_tail(self) -> Mapping[str, Any]:
        """Index every entity whose document differs, and drop documents without an entity."""
        with self._lock:
            self._up.discard("atlas")
            wanted, (held, _) = self.graph.indexed(), self.index.read()
            differing = sorted(guid for guid, body in wanted.items() if held.get(guid) != body)
            ghosts = sorted(set(held) - set(wanted))
            self.index.put(wanted[guid] for guid in differing)
            self.index.drop(ghosts)
            self._up.add("atlas")
        self._called("atlas", "RUN", "repair-tail")
        repaired = {"repaired": len(differing), "guids": differing[:50]}
        return {"examined": len(wanted), **repaired, "ghosts": len(ghosts)}

    def rebuild_index(self, definition: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Index the whole graph afresh."""
        with self._lock:
            self._replaced(list(self.graph.indexed().values()))
        self._called("atlas", "RUN", "rebuild-index")
        return {"documents": len(self.graph.indexed())}

    def coordinates(self) -> Mapping[str, str]:
        """Return addresses that nobody listens on, and an owner-only password file."""
        path = self.sandbox.root / "password"
        path.touch(mode=0o600)
        path.write_text(self._password.reveal())
        return {
            "METADRILL_ELASTICSEARCH_URL": f"http://127.0.0.1:{self.sandbox.port('elasticsearch')}",
            "METADRILL_ATLAS_URL": f"http://127.0.0.1:{self.sandbox.port('atlas')}",
            "METADRILL_PASSWORD_FILE": str(path),
        }

    def logs(self) -> tuple[Path, ...]:
        """Return the log files."""
        return tuple(sorted(self.sandbox.root.glob("*.log")))

    def secrets(self) -> tuple[Secret, ...]:
        """Return what must not stand in a copy of them."""
        return (self._password,)

    @property
    def _searchable(self) -> bool:
        return "elasticsearch" in self._up and not self._red

    def _indexed(self, documents: Iterable[Mapping[str, Any]]) -> None:
        with self._lock:
            if self._searchable:
                self.index.put(documents)

    def _replaced(self, documents: Iterable[Mapping[str, Any]]) -> None:
        self.index.replace(documents)
        self.index.flush()
        self.index.guessed = self._red = self._verify = False

    def _called(self, component: str, method: str, path: str, body: object = None) -> None:
        self._record("call.made", component=component, method=method, path=path, body=body)

    def _known(self, component: str) -> None:
        if component not in self.components:
            raise UsageError(f"component {component}: unknown", f"there are {', '.join(self.components)}")

    def _mine(self, index: str) -> None:
        if index != INDEX:
            raise UsageError(f"index {index}: there is none", f"there is {INDEX}")

    def _log(self, line: str) -> None:
        with (self.sandbox.root / "stack.log").open("a") as log:
            log.write(line + "\n")
