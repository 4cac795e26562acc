"""Taking a backup set: the repository is read once, streaming, and published whole or not at all.

Order: fit? → index caught up → what the index says (before) → types → export → index files → graph
files → export again → index caught up → what the index says (after). What differs between the two
looks at the index, or between the two exports, was changed during the cut: the moving set. Without
files there is one export alone: it is itself what a restore brings back.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import zstandard

from metadrill import clock
from metadrill.archives import solid
from metadrill.census import SCHEMAS, stored
from metadrill.depot import examining, figures, forms, manifest
from metadrill.depot.forms import CENSUS
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.depot.shelf import Depot, Draft, Held
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.model.backup import CensusFigures, Cut, Identity, Left, Manifest, Method, Mode, Moving
from metadrill.ports import Signer
from metadrill.ports.backing import Audited, Backable, Copied, Dialect

CHANGES = pa.schema(
    [("guid", pa.string()), ("at", pa.int64()), ("user", pa.string()), ("action", pa.string()),
     ("details", pa.string()), ("key", pa.string()), ("creates", pa.bool_()), ("brought", pa.bool_())]
)  # fmt: skip
EXPORT = timedelta(hours=6)
SETTLE = timedelta(minutes=5)
"""How long the index may take to catch up with the graph."""
Step = Callable[[str, Mapping[str, Any]], None]


def _silent(step: str, facts: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Order:
    """What is asked for: of which environment, what kind of set, by which methods.

    `cap` is the share of entities that may change during the cut; `files` are files that no
    interface gives (users, policy), by what they are.
    """

    environment: str
    mode: Mode = Mode.FULL
    methods: frozenset[Method] = frozenset({Method.LOGICAL})
    jurisdiction: str = ""
    cap: float = 0.005
    audit: bool = False
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Crew:
    """What a backup is taken with: what the files mean, who signs, who is told, how long it may settle.

    `facts` go into the manifest as they are: where it was taken from.
    """

    dialect: Dialect
    signer: Signer
    tool: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    told: Step = _silent
    settle: timedelta = SETTLE
    time: clock.Clock = clock.SYSTEM


def take(depot: Depot, target: Any, order: Order, crew: Crew) -> Held:
    """Take a set of a repository and publish it. Returns it as it lies in the depot.

    Raises EnvironmentNotReady (not fit, unreachable, no space), UsageError (no parent, a method that
    this repository does not allow), BackupError (what was read does not hold together). Then nothing
    is published.
    """
    if not isinstance(target, Backable):
        raise UsageError("this repository cannot be backed up", "its kind of stack has no export")
    if Method.PHYSICAL in order.methods and not isinstance(target, Copied):
        raise UsageError(
            "a physical backup needs the stores' files", "say where they are: graph_files and snapshots"
        )
    parent = _parent(depot, order, target)
    with depot.draft() as draft:
        made = _Taking(target, order, crew, draft, parent).run()
        return depot.publish(draft, made, crew.signer)


def _parent(depot: Depot, order: Order, target: Backable) -> Held | None:
    """Return the set that this one goes with: the newest, or the newest full one, of that repository."""
    if order.mode is Mode.FULL:
        return None
    cluster = target.itself().cluster
    for name in reversed(depot.names()):
        held = depot.open(name)
        told = held.manifest
        ours = (told.identity.environment, told.identity.cluster) == (order.environment, cluster)
        fits = order.mode is Mode.INCREMENTAL or told.mode is Mode.FULL
        if ours and fits and Method.LOGICAL in told.methods:
            return held
    raise UsageError(
        f"no set of {order.environment} that a set of mode '{order.mode}' could go with",
        "take a full logical one first: --mode full",
    )


def _sound(made: Manifest) -> Manifest:
    """Return a manifest that every reader takes. Raises EnvironmentNotReady: a clock that was set back."""
    for told in forms.wrong(made):
        raise EnvironmentNotReady(f"{made.name}: {told}", "was the clock set while it was read?")
    return made


class _Taking:
    """One backup under way."""

    def __init__(self, target: Any, order: Order, crew: Crew, draft: Draft, parent: Held | None) -> None:
        self._target, self._order, self._crew = target, order, crew
        self._draft, self._parent = draft, parent
        self._scratch = draft.folder / "scratch"
        self._stores: dict[str, Mapping[str, str]] = {}
        self._facts: dict[str, Any] = dict(crew.facts)

    def run(self) -> Manifest:
        self._scratch.mkdir()
        itself = self._target.itself()
        self._told("fit", self._target.fit())
        began = self._crew.time.utc()
        self._told("settled", self._target.settle(self._crew.settle))
        before = self._stamps("before")
        reading = self._read()
        if Method.PHYSICAL in self._order.methods:
            self._copy()
            again = self._read_again()
        counts = self._target.settle(self._crew.settle)
        self._told("settled", counts)
        with self._timed("index"):
            reading.census.add("documents", self._target.documents())
        ended = self._crew.time.utc()
        tables = reading.finish()
        moved = figures.moved(self._scratch, before, tables["documents"])
        if Method.PHYSICAL in self._order.methods:
            moved = figures.moved_too(self._scratch, moved, tables, again)
        if self._order.audit:
            tables |= self._keep_changes(tables["entities"])
        self._keep_files()
        cut = Cut(
            clock.stamp(began), clock.stamp(ended), figures.skew(self._stores), self._stores,
            int(counts["graph"]), int(counts["index"]),
        )  # fmt: skip
        return self._manifest(itself, cut, tables, moved)

    def _stamps(self, name: str) -> Path:
        """Write what the index says of each entity; return the file."""
        return stored.write(self._scratch / f"{name}.parquet", self._target.documents(), SCHEMAS["documents"])

    def _read(self) -> Reading:
        """Read types and export; both are kept where a logical backup is wanted."""
        logical = Method.LOGICAL in self._order.methods
        with self._timed("types"):
            schema = self._target.schema()
        reading = Reading(self._crew.dialect, self._scratch / "census", figures.known(self._parent), schema)
        with self._draft.writing("types", "logical", "json.zst") as file:
            file.write(zstandard.compress(schema, solid.LEVEL))
        spooled = self._scratch / "export.zip"
        with self._timed("graph"), spooled.open("wb") as into:
            self._facts["export"] = self._target.export(into, EXPORT)
        self._told("exported", {"bytes": spooled.stat().st_size})
        if logical:
            with self._draft.writing("export", "logical", "tar.zst") as file, solid.Writer(file) as archive:
                reading.export(spooled, archive)
        else:
            reading.export(spooled, None)
        spooled.unlink()
        self._draft.take(reading.entries(), "entries", "logical", "parquet")
        self._facts["entries"] = {"all": reading.all, "kept": reading.kept}
        self._told("read", self._facts["entries"])
        return reading

    def _read_again(self) -> Mapping[str, Path]:
        """Read the graph once more, behind the copy of its files; return the tables.

        What is not the same then may be so or so in the files. The index does not tell: labels and
        business metadata move no time of it, the end of a relationship nothing at all.
        """
        folder = self._scratch / "again"
        reading = Reading(self._crew.dialect, folder, Listing(None), self._target.schema())
        spooled = self._scratch / "again.zip"
        with spooled.open("wb") as into:
            self._target.export(into, EXPORT)
        reading.export(spooled, None)
        spooled.unlink()
        return reading.finish()

    def _copy(self) -> None:
        """Copy the stores' files: the index first, so that the graph is never older than it."""
        for store, copy in (("index", self._target.copy_index), ("graph", self._target.copy_graph)):
            with (
                self._timed(f"{store}_files"),
                self._draft.writing(f"{store}_files", "physical", "tar.zst") as file,
            ):
                self._facts[f"{store}_files"] = dict(copy(file, self._scratch))
            self._told("copied", {"store": store, **self._facts[f"{store}_files"]})

    def _keep_changes(self, entities: Path) -> dict[str, Path]:
        """Keep what is told of the entities; return it as the census' table of it."""
        if not isinstance(self._target, Audited):
            raise UsageError("this repository keeps no audit of entities", "leave entity_audit out")
        guids = stored.guids(entities)
        made = stored.write(self._scratch / "changes.parquet", self._target.changes(guids), CHANGES)
        table = stored.audit(self._scratch / "audit", made)
        self._draft.take(made, "changes", "logical", "parquet")
        return table

    def _keep_files(self) -> None:
        if not self._order.files:
            return
        with self._draft.writing("files", "files", "tar.zst") as file, solid.Writer(file) as archive:
            for name, path in sorted(self._order.files.items()):
                try:
                    archive.add(name, path.read_bytes())
                except OSError as error:
                    raise EnvironmentNotReady(
                        f"{path}: cannot be read: {(error.strerror or '').lower()}",
                        f"the connection's {name}",
                    ) from None

    def _manifest(self, itself: Any, cut: Cut, tables: Mapping[str, Path], moved: Path) -> Manifest:
        order, dialect = self._order, self._crew.dialect
        found = stored.figures(tables)
        moving = figures.count(self._scratch, moved)
        share = round(moving / max(found.counts["entities"], 1), 6)
        for name, path in sorted(tables.items()):
            self._draft.take(path, CENSUS + name, "census", "parquet")
        self._draft.take(moved, "moving", "census", "parquet")
        excluded = [*dialect.excluded(order.methods), *self._left()]
        made = Manifest(
            name="",
            mode=order.mode,
            methods=tuple(sorted(order.methods)),
            parent=self._parent.manifest.name if self._parent else "",
            parent_manifest=self._parent.signed.sha256 if self._parent else "",
            identity=Identity(
                order.environment, dialect.repository, itself.versions[dialect.repository], itself.cluster,
                itself.fingerprint, dict(itself.versions), order.jurisdiction,
            ),
            cut=cut,
            moving=Moving(moving, share, float(order.cap)),
            parts=tuple(self._draft.parts),
            census=CensusFigures(found.digests, found.counts, found.types),
            excluded=tuple(excluded),
            tool=dict(self._crew.tool),
            facts=self._facts,
            plugins=dict(itself.plugins),
            certificate=hashlib.sha256(self._crew.signer.certificate).hexdigest(),
        )  # fmt: skip
        shelved = {part.holds.removeprefix(CENSUS): self._draft.folder / part.name for part in made.parts}
        examining.refuse(examining.closure(self._scratch, made, shelved), "what was read")
        figures.clear(self._scratch)
        return _sound(manifest.named(made))

    def _left(self) -> Iterator[Left]:
        if not self._order.audit:
            yield Left(
                "history of changes of entities", "this server keeps none that lasts, or none was asked for"
            )
        if not self._order.files:
            yield Left("users and policy files", "the connection names none")
        if Method.PHYSICAL not in self._order.methods:
            yield Left("files of the graph store and of the index", "only a logical backup was asked for")

    def _told(self, step: str, facts: Mapping[str, Any]) -> None:
        self._crew.told(step, facts)

    @contextmanager
    def _timed(self, store: str) -> Iterator[None]:
        start = clock.stamp(self._crew.time.utc())
        yield
        self._stores[store] = {"started": start, "ended": clock.stamp(self._crew.time.utc())}
