"""P4 and P5: a restore and a backup against `curl`, and what of a backup is our own work against `zstd -3`.

On the real stack each side is done in turn. P4: both sides post the same export to a server that
has just been started on empty stores. P5: both read the same repository, nothing changing.
"""

import json
import os
import resource
import statistics
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import Line, in_turn, timed

from metadrill import clock, loading, plugins
from metadrill.app import boxes, filling
from metadrill.app.settings import Settings
from metadrill.archives import solid, zips
from metadrill.depot import taking
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.depot.shelf import Depot, sha256
from metadrill.depot.taking import Crew, Order
from metadrill.envelopes import certificates
from metadrill.ports import inside
from metadrill.sources import synthetic
from metadrill.sources.shape import Shape
from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect
from metadrill.testing import MemorySigner

PATIENCE = timedelta(minutes=10)
RUNS = 3
DATASET = "starter"
LARGE = Shape(databases=60, tables_per_database=100, columns_per_table=14, processes=3000)


def p4(folder: Path) -> Iterator[Line]:
    """Yield a line: types and upload of one export, against `curl` posting the same file."""
    with _stack() as stack:
        archive, schema = folder / "export.zip", stack.schema()
        with archive.open("wb") as file:
            stack.export(file, PATIENCE)
        curl = _curl(stack, "/admin/import", "-F", "request={\"options\":{}};type=application/json",
                     "-F", f"data=@{archive}")  # fmt: skip
        sides: list[list[float]] = [[], []]
        for _ in range(RUNS):
            for place, act in enumerate((lambda: stack.put_export(archive, schema), curl)):
                stack.destroy()
                stack.renew()
                sides[place].append(timed(act, 1))
        ours, plain = (statistics.median(took) for took in sides)
        what = f"import of {archive.stat().st_size:,} bytes into an empty server, against curl"
        yield Line("P4", what, ours, plain, "≤ 1.02", RUNS)


def p5_stack(folder: Path) -> Iterator[Line]:
    """Yield two lines: a whole backup, and its reading of the export alone, against `curl -o`."""
    with _stack() as stack:
        body = folder / "asked.json"
        signer = MemorySigner()
        trusted = certificates.read(signer.certificate, "the twin's").fingerprint
        depot = Depot(folder / "depot", frozenset({trusted}))
        exported: list[float] = []
        plain_export = stack.export

        def export(into: Any, deadline: timedelta) -> Any:
            start = clock.SYSTEM.monotonic_ns()
            facts = plain_export(into, deadline)
            exported.append(clock.seconds(start, clock.SYSTEM.monotonic_ns()))
            names = [{"typeName": name, "uniqueAttributes": {}} for name in sorted(facts["types"])]
            options = {"matchType": "forType", "fetchType": "connected"}
            body.write_text(json.dumps({"itemsToExport": names, "options": options}))
            return facts

        stack.export = export
        crew = Crew(AtlasDialect(), signer, {"name": "bench"})
        taking.take(depot, stack, Order("bench"), crew)  # so that both find the server's caches warm
        exported.clear()
        curl = _curl(stack, "/admin/export", "-H", "Content-Type: application/json", "--data", f"@{body}",
                     "-o", str(folder / "plain.zip"))  # fmt: skip
        ours, plain = in_turn([lambda: taking.take(depot, stack, Order("bench"), crew), curl], RUNS)
        size = (folder / "plain.zip").stat().st_size
        yield Line(
            "P5", f"a whole backup, export of {size:,} bytes, against curl -o", ours, plain, "≤ 1.15", RUNS
        )
        read = statistics.median(exported)
        yield Line("P5", "of it the server's export, with types counted, against curl -o", read, plain,
                   "none", RUNS)  # fmt: skip


def p5_work(folder: Path) -> Iterator[Line]:
    """Yield lines for what is our own of a backup of 100,000 entities: each stage alone, and all of it.

    In processor seconds: the machine may have other work, too.
    """
    archive = folder / "large.zip"
    entities = synthetic.write(LARGE, archive).entities
    stages: dict[str, Callable[[], object]] = {
        "unzipping": lambda: _drained(archive),
        "tar in zstd": lambda: _packed(archive, folder),
        "census": lambda: _counted(archive, folder),
        "sha256": lambda: sha256(archive),
    }
    alone = {name: _used(act) for name, act in stages.items()}
    whole = _used(lambda: _all(archive, folder))
    slowest = max(alone, key=lambda name: alone[name])
    told = ", ".join(f"{name} {took:.3g} s" for name, took in alone.items())
    yield Line("P5", f"slowest stage alone ({slowest}) of the pipeline, {entities:,} entities; {told}",
               alone[slowest], whole, "≥ 0.7", 1, "processor s")  # fmt: skip
    plain = folder / "plain"
    with plain.open("wb") as file, zipfile.ZipFile(archive) as zipped:
        for name in zipped.namelist():
            file.write(zipped.read(name))
    bare = _used(lambda: subprocess.run(["zstd", "-3", "-q", "-f", plain, "-o", folder / "z"], check=True))
    what = f"pipeline against zstd -3 of its {plain.stat().st_size:,} bytes"
    yield Line("P5", what, whole, bare, "none", 1, "processor s")


def _used(act: Callable[[], object]) -> float:
    """Return the processor seconds of an act, its threads and its children included."""
    before = _processor()
    act()
    return _processor() - before


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _drained(archive: Path) -> None:
    with archive.open("rb") as file:
        for _ in zips.entries(file, "it"):
            pass


def _packed(archive: Path, folder: Path) -> None:
    with archive.open("rb") as file, (folder / "packed").open("wb") as out, solid.Writer(out) as packed:
        for entry in zips.entries(file, "it"):
            packed.add(entry.name, entry.content)


def _counted(archive: Path, folder: Path) -> None:
    reading = Reading(AtlasDialect(), folder / f"census-{clock.SYSTEM.monotonic_ns()}", Listing(None))
    reading.export(archive, None)
    reading.finish()


def _all(archive: Path, folder: Path) -> None:
    """Do to an export what a backup does: unpack, count, pack, hash, sync."""
    reading = Reading(AtlasDialect(), folder / f"census-{clock.SYSTEM.monotonic_ns()}", Listing(None))
    with (folder / "whole").open("wb") as out:
        with solid.Writer(out) as packed:
            reading.export(archive, packed)
        os.fsync(out.fileno())
    for path in (*reading.finish().values(), folder / "whole"):
        sha256(path)


@contextmanager
def _stack() -> Iterator[Any]:
    """Give the stack with its data, warm where a state was kept."""
    project = loading.Project(Path.cwd())
    recipe, dataset = project.stack("atlas-2.1"), project.dataset(DATASET)
    make = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, Settings().cache, _nothing)
    sandbox = boxes.make(Settings(sandbox="process"), recipe).create("bench")
    try:
        stack = make(sandbox)
        filling.seeded(make, stack, dataset)
        stack.settle(PATIENCE)
        yield stack
    finally:
        sandbox.remove()


def _curl(stack: Any, path: str, *words: str) -> Callable[[], object]:
    """Return a call of curl to Atlas, made inside the sandbox's own network."""
    told = stack.coordinates()
    password = Path(told["METADRILL_PASSWORD_FILE"]).read_text()
    asked = f'user = "{told["METADRILL_USER"]}:{password}"\n'
    url = f"{told['METADRILL_ATLAS_URL']}/api/atlas{path}"

    def call() -> object:
        with inside(stack):
            return subprocess.run(
                ["curl", "--config", "-", "--noproxy", "*", "-fsS", "-X", "POST", url, *words],
                check=True, input=asked.encode(), capture_output=True,
            )  # fmt: skip

    return call


def _nothing(kind: str, /, **data: object) -> None:
    """Record to nobody."""
