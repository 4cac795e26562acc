"""P1 and P2: a repository verified end to end, against the plain loop; and what memory it takes.

Run as a program it is the child whose memory is measured: it verifies, and prints what it took.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

NAMES = ("counts_by_type", "entities_joined", "entities_both", "names_joined", "entities_observed")
CHECKS = 10
TABLES = frozenset({"entities"})


def p1(folder: Path) -> Iterator[Any]:
    """Yield lines for 1 million entities: inflate, CRC, parse, hash, join with what is known, judge."""
    from bench import Line

    nested, flat = folder / "nested.zip", folder / "flat.zip"
    entities = _archive(nested, databases=585)
    _flattened(nested, flat)
    for archive, what in ((flat, "an entry each"), (nested, "tables with their columns")):
        known = _known(archive, folder / f"known-{archive.stem}")
        took = _child("archive", str(archive), str(known))
        plain = _plain(archive)
        parts = ", ".join(f"{name} {took[name]:.1f} s" for name in ("read", "joined", "judged"))
        peak = (took["peak"] - took["imported"] + took["child"]) / 1e6
        title = f"{entities:,} entities verified ({what}; {parts}; at most {peak:.0f} MB in both processes)"
        yield Line("P1", title, took["whole"], plain, "≤ 1.5", 1)
        if archive == flat:
            share = "of it Great Expectations, against the plain loop"
            yield Line("P1", share, took["judged"], plain, "none", 1)
            start = time.perf_counter()
            subprocess.run(["unzip", "-tq", flat], check=True, capture_output=True)
            floor = time.perf_counter() - start
            yield Line("P1", "floor: unzip -tq, against the plain loop", floor, plain, "none", 1)


def p2(folder: Path) -> Iterator[Any]:
    """Yield lines for the memory of 10 million entities, as a census on disk, against 1 million."""
    from bench import Line

    peaks = {}
    for million in (1, 10):
        sides = [_parquet(folder / f"{side}-{million}", million * 1_000_000) for side in ("b", "o")]
        took = _child("parquet", *map(str, sides))
        peaks[million] = (took["peak"] / 1e6, took["imported"] / 1e6, took["whole"])
        for side in sides:
            shutil.rmtree(side)
    told = ", ".join(f"{million} M: {whole:.0f} s" for million, (_, _, whole) in peaks.items())
    title = f"peak memory of 10 M entities compared, against 1 M ({told})"
    yield Line("P2", title, peaks[10][0], peaks[1][0], "≤ 1.3", 1, "MB")
    over = peaks[10][0] - peaks[10][1]
    yield Line("P2", "of it over the imports, against what it may be", over, 600, "≤ 1.0", 1, "MB")


def _plain(archive: Path) -> float:
    start = time.perf_counter()
    with zipfile.ZipFile(archive) as zipped:
        for name in zipped.namelist():
            orjson.loads(zipped.read(name))
    return time.perf_counter() - start


def _archive(path: Path, databases: int) -> int:
    from metadrill.sources import synthetic
    from metadrill.sources.shape import Shape

    shape = Shape(
        databases=databases, tables_per_database=100, columns_per_table=14, processes=databases * 50
    )
    return synthetic.write(shape, path).entities


def _flattened(source: Path, target: Path) -> None:
    """Write an export again with an entry for each entity."""
    order, control = [], {}
    with zipfile.ZipFile(source) as zipped, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in zipped.namelist():
            body = orjson.loads(zipped.read(name))
            if name.startswith("atlas-"):
                control[name] = body
                continue
            for entity in (body["entity"], *body["referredEntities"].values()):
                order.append(entity["guid"])
                content = orjson.dumps({"referredEntities": {}, "entity": entity})
                out.writestr(f"{entity['guid']}.json", content)
        for name, body in control.items():
            out.writestr(name, orjson.dumps(order if name == "atlas-export-order.json" else body))


def _known(archive: Path, folder: Path) -> Path:
    """Read an archive into the census that a manifest would hold; return its folder."""
    return _read(archive, folder)["entities"].parent


def _read(archive: Path, folder: Path) -> dict[str, Path]:
    from metadrill.depot.listing import Listing
    from metadrill.depot.reading import Reading
    from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect

    reading = Reading(AtlasDialect(), folder, Listing(None), tables=TABLES)
    reading.export(archive, None)
    return reading.finish()


def _parquet(folder: Path, count: int) -> Path:
    """Write a census of entities alone."""
    import duckdb

    folder.mkdir()
    text = f"""
    SELECT printf('%08x-0000-4000-8000-%012x', hash(i) % 4294967296, i) AS guid, 'type_' || i % 40 AS type,
           'name_' || i || '@prod' AS unique_name, 'ACTIVE' AS state, false AS shell,
           1700000000000 + i AS created, 'admin' AS created_by, 1700000000000 + i AS updated,
           'admin' AS updated_by, sha256(i::VARCHAR) AS digest FROM range({count}) t(i) ORDER BY ALL"""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit='2GB'")
        connection.execute(f"SET temp_directory='{folder / 'sorting'}'")
        connection.execute(
            f"COPY ({text}) TO '{folder / 'entities.parquet'}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
        )
    return folder


def _child(*words: str) -> dict[str, float]:
    told = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True)
    return json.loads(told.stdout.splitlines()[-1])


def _memory(name: str) -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


@contextmanager
def _timed(into: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    into[name] = into.get(name, 0) + time.perf_counter() - start


def _suite() -> Any:
    from metadrill.loading import files

    suite = files.load_suite(Path("fixtures/suites/structure.yaml"))
    checks = tuple(check for check in suite.checks if check.frame in NAMES)[:CHECKS]
    assert len(checks) == CHECKS
    return replace(suite, checks=checks)


def verify(kind: str, first: str, second: str) -> dict[str, float]:
    """Compare an archive, or a census on disk, with another census on disk; say what it took."""
    from metadrill.census import frames, stored
    from metadrill.checkers import library
    from metadrill.checkers.great_expectations import GreatExpectations

    library.warm().join()
    suite, took = _suite(), {"imported": _memory("VmRSS")}
    ask = library.Expectations.ask

    def judged(self: Any, rows: Any, key: Any, *, named: bool) -> Any:
        with _timed(took, "judged"):
            return ask(self, rows, key, named=named)

    library.Expectations.ask = judged  # type: ignore[method-assign]  # to time its share
    with _timed(took, "whole"):
        with _timed(took, "read"):
            if kind == "archive":
                folder = Path(first).parent / "read"
                observed = _read(Path(first), folder)
            else:
                observed = {"entities": Path(first) / "entities.parquet"}
        known = {"entities": Path(second) / "entities.parquet"}
        joined = frames.join(stored.read(known), stored.read(observed))
        result = GreatExpectations().check(suite, joined, frozenset())
    assert result.evaluated == result.declared == CHECKS, result
    assert all(row.verdict.value == "pass" for row in result.results), result
    took["joined"] = took["whole"] - took["read"] - took["judged"]
    if kind == "archive":
        shutil.rmtree(folder)
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {**took, "peak": _memory("VmHWM"), "child": child}


if __name__ == "__main__":
    print(json.dumps(verify(*sys.argv[1:])))
