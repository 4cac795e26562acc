"""Spark finds what the local engine finds: the same verdicts, counts, and rows by name."""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metadrill.census import SCHEMAS, Census, asking, frames
from metadrill.census.asking import Engine
from metadrill.census.tables import Files
from metadrill.checkers import great_expectations
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.errors import BackupError, EnvironmentNotReady
from metadrill.model.verdict import CheckVerdict

from . import together
from .conftest import load, small_census
from .damages import ABLE, DAMAGES

pytestmark = pytest.mark.needs("spark")


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    from metadrill.census.spark import Spark

    engine = Spark("local[2]")
    yield engine
    engine.close()


def _same(copies: int, spark: Engine) -> None:
    baseline, observed = together.census(copies, damaged=False), together.census(copies, damaged=True)
    ours, theirs = (
        together.found(together.joined(baseline, observed, engine)) for engine in (asking.Local(), spark)
    )
    assert observed.tables["entities"].num_rows >= min(copies * 40, 200_000)
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    numbers = {row[0] for row in ours.values() if row[1] is CheckVerdict.FAIL}
    assert numbers == {number for _, checks in DAMAGES.values() for number in checks} - {17}, (
        "the newest of all changes is another's"
    )


@pytest.mark.slow
def test_both_engines_have_the_same_findings_in_every_seeded_damage_at_once(spark: Engine) -> None:
    _same(len(DAMAGES), spark)


@pytest.mark.slow
def test_both_engines_have_the_same_findings_in_200_000_entities(spark: Engine) -> None:
    _same(4_890, spark)


def test_a_suite_has_the_same_findings_on_both_engines(spark: Engine) -> None:
    baseline, observed = small_census(), small_census()
    DAMAGES["an entity is lost, with its document"][0](observed)
    sides = [
        Census({name: pa.Table.from_pylist(rows[name], SCHEMAS[name]) for name in SCHEMAS}, {})
        for rows in (baseline, observed)
    ]
    said = [
        GreatExpectations().check(load("lineage"), frames.join(*sides, engine=engine), ABLE).results
        + GreatExpectations().check(load("index"), frames.join(*sides, engine=engine), ABLE).results
        for engine in (asking.Local(), spark)
    ]
    assert said[0] == said[1] and len(said[0]) > 5


def test_an_engine_that_compares_again_says_nothing_of_the_last_time(spark: Engine) -> None:
    """Spark keeps answers, and knows them by the names of the files that they were read from."""

    def found(damage: str) -> list[tuple[int, int]]:
        baseline, observed = small_census(), small_census()
        DAMAGES[damage][0](observed)
        sides = [
            Census({name: pa.Table.from_pylist(rows[name], SCHEMAS[name]) for name in SCHEMAS}, {})
            for rows in (baseline, observed)
        ]
        results = GreatExpectations().check(load("index"), frames.join(*sides, engine=spark), ABLE).results
        return [(row.number, row.unexpected) for row in results if row.verdict is CheckVerdict.FAIL]

    lost = found("an entity is lost, with its document")
    assert found("an index document is lost") != lost
    assert found("an entity is lost, with its document") == lost


def _segments(sound: int, torn: int) -> Census:
    """Return a census of so many segment files, those that are torn last."""
    rows = [
        {"file": f"{n:05}", "size": 1, "stored": "00", "computed": "00" if n < sound else "ff"}
        for n in range(sound + torn)
    ]
    return Census({"segments": pa.Table.from_pylist(rows, SCHEMAS["segments"])}, {})


def test_of_very_many_findings_those_are_named_that_do_not_hold_wherever_they_lie(
    spark: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(great_expectations, "NAMED", 10)
    census = _segments(sound=40, torn=12)
    for engine in (asking.Local(), spark):
        joined = frames.join(census, census, engine=engine)
        (result,) = GreatExpectations().check(load("segments"), joined, ABLE).results
        assert (result.examined, result.unexpected, len(result.sample)) == (52, 12, 10)
        assert all(re.search("000(4|5).", row) for row in result.sample), result.sample


@pytest.mark.slow
def test_every_frame_is_the_same(spark: Engine) -> None:
    sound, damaged = (together.census(0, damaged=each) for each in (False, True))
    ours, theirs = (frames.join(sound, damaged, engine=engine) for engine in (asking.Local(), spark))
    assert set(ours) == set(theirs) == set(frames.FRAMES) | set(frames.MATCHED)
    for name in ours:
        left, right = (sorted(map(str, built[name].to_pylist())) for built in (ours, theirs))
        assert left == right, name


def _on_disk(folder: Path, damage: str = "") -> Census:
    """Return a small census in files, one a table, with some damage."""
    rows = small_census()
    if damage:
        DAMAGES[damage][0](rows)
    folder.mkdir()
    for name, schema in SCHEMAS.items():
        pq.write_table(pa.Table.from_pylist(rows[name], schema), folder / f"{name}.parquet")
    return Census(Files({name: folder / f"{name}.parquet" for name in SCHEMAS}), {})


def _shared(folder: Path) -> Any:
    """Return an engine whose workers see a folder and nothing else."""
    from metadrill.census.spark import Spark

    folder.mkdir()
    return Spark("local[2]", folder)


@pytest.mark.parametrize("linked", [True, False])
def test_files_that_lie_elsewhere_are_read_out_of_the_folder_that_workers_share(
    spark: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """Where they are on another file system, there is no link between them."""

    def apart(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    if not linked:
        monkeypatch.setattr(os, "link", apart)
    sides = (_on_disk(tmp_path / "depot"), _on_disk(tmp_path / "box", "an entity is lost, with its document"))
    engine, local = _shared(tmp_path / "shared"), asking.Local()
    joined, said = frames.join(*sides, engine=engine), frames.join(*sides, engine=local)
    results, expected = (GreatExpectations().check(load("structure"), one, ABLE) for one in (joined, said))
    assert results == expected and any(row.verdict is CheckVerdict.FAIL for row in results.results)
    for name in ("held_entities", "whole_entities", "frame_entities_joined"):
        read = engine._spark.table(name).inputFiles()
        assert read and all(f"{tmp_path}/shared/" in place for place in read), name
    links = {path.stat().st_nlink for path in (tmp_path / "depot").iterdir()}
    assert links == ({2} if linked else {1})
    engine.close()
    assert list((tmp_path / "shared").iterdir()) == []
    assert all(side.tables[name].num_rows for side in sides for name in ("entities", "documents"))


def test_a_file_that_cannot_be_put_where_workers_see_it_is_a_typed_error(tmp_path: Path) -> None:
    engine = _shared(tmp_path / "shared")
    with pytest.raises(EnvironmentNotReady, match=r"nothing\.parquet cannot be copied"):
        engine.give("broken", tmp_path / "nothing.parquet")
    engine.close()


def test_workers_hold_one_judged_frame_at_a_time_and_none_after_a_look(spark: Engine, tmp_path: Path) -> None:
    engine = _shared(tmp_path / "shared")

    def held() -> int:
        return len(engine._spark.sparkContext._jsc.getPersistentRDDs())

    before = held()
    census = _on_disk(tmp_path / "box")
    joined = frames.join(census, census, engine=engine)
    for name in ("entities_joined", "relationships_joined"):
        assert joined.native(name, joined.columns(name)).count() > 0
        assert held() == before + 1
    GreatExpectations().check(load("references"), joined, ABLE)
    assert held() == before + 1
    engine.close()
    assert held() == before


def test_an_engine_that_is_closed_leaves_every_other_one_the_workers(spark: Engine, tmp_path: Path) -> None:
    _shared(tmp_path / "shared").close()
    spark.give("numbers", pa.table({"n": [1, 2, 3]}))
    assert asking.one(spark, "SELECT sum(n) AS n FROM numbers") == (6,)


def test_a_file_that_is_none_is_a_typed_error(spark: Engine, tmp_path: Path) -> None:
    path = tmp_path / "entities.parquet"
    path.write_bytes(b"PAR1 nothing of the kind")
    with pytest.raises(BackupError, match="cannot be read"):
        spark.give("broken", path)


def test_without_java_or_with_one_too_old_it_says_what_is_missing(monkeypatch, tmp_path: Path) -> None:
    from metadrill.census import spark

    java = tmp_path / "java"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EnvironmentNotReady, match="there is no Java"):
        spark.Spark()
    for version in ("11.0.13", "16.0.2"):
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        java.chmod(0o755)
        with pytest.raises(EnvironmentNotReady, match=f"Java {version[:2]} is too old"):
            spark.Spark()


def test_the_java_of_java_home_wins_over_that_of_the_path(monkeypatch, tmp_path: Path) -> None:
    from metadrill.census import spark

    for folder, version in (("path", "11.0.1"), ("home/bin", "16.0.2")):
        java = tmp_path / folder / "java"
        java.parent.mkdir(parents=True)
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    with pytest.raises(EnvironmentNotReady, match="Java 16 is too old"):
        spark.Spark()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(EnvironmentNotReady, match="there is no Java"):
        spark.Spark()
