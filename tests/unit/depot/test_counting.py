"""Entries counted here and in a process of their own: the same tables, the same errors, nothing left."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from metadrill import clock
from metadrill.census import stored
from metadrill.census.tables import GRAPH, SCHEMAS
from metadrill.depot import counting
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.errors import ArchiveError, EnvironmentNotReady
from metadrill.model.verdict import CheckVerdict
from metadrill.sources import synthetic
from metadrill.sources.shape import Shape
from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect

SHAPE = Shape(databases=3, tables_per_database=5, columns_per_table=6, processes=9)
SCHEMA = b'{"entityDefs": [{"name": "hive_table", "superTypes": []}]}'


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "export.zip"
    synthetic.write(SHAPE, path)
    return path


@pytest.fixture
def at_once(monkeypatch):
    """Every export is one for a child."""
    monkeypatch.setattr(counting, "_HERE", 0)


@pytest.fixture
def started(monkeypatch):
    """The children that were started, in order."""
    found, popen = [], subprocess.Popen

    def start(*words, **more):
        found.append(popen(*words, **more))
        return found[-1]

    monkeypatch.setattr(counting.subprocess, "Popen", start)
    return found


def job(folder, schema=None):
    folder.mkdir()
    return counting.Job(AtlasDialect(), folder, schema, GRAPH)


def read(archive, folder, schema=None):
    reading = Reading(AtlasDialect(), folder, Listing(None), schema)
    reading.export(archive, None)
    return {name: pq.read_table(path) for name, path in reading.finish().items()}


def entry(guid, name="x"):
    body = '{"entity": {"guid": "%s", "typeName": "t", "status": "ACTIVE", "attributes": {"name": "%s"}}}'
    return (body % (guid, name)).encode()


@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_the_tables_are_the_same_wherever_they_are_made(archive, tmp_path, monkeypatch, started, schema):
    here = read(archive, tmp_path / "here", schema)
    assert started == []
    monkeypatch.setattr(counting, "_HERE", 2_000)  # some entries have come when the child is started
    there = read(archive, tmp_path / "there", schema)
    assert len(started) == 1 and started[0].returncode == 0
    assert here == there and here["entities"].num_rows > 100
    assert ("shortfalls" in here) is (schema is not None)


def test_an_entity_counts_once_whichever_side_of_the_limit_it_is_on(tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "_HERE", 500)
    made = counting.Counting(job(tmp_path / "census"))
    for number in [*range(20), *range(20)]:
        made.add(entry(f"g-{number}"))
    assert pq.read_table(made.finish()["entities"]).num_rows == 20


@pytest.mark.parametrize("limit", [0, 500, 1 << 24])
def test_two_entities_of_a_guid_both_count_and_turn_check_9_red(tmp_path, monkeypatch, ninth, limit):
    """One of them by itself, the other among what another entity owns."""
    monkeypatch.setattr(counting, "_HERE", limit)
    owned = json.loads(entry("g-7", "another"))["entity"]
    owner = {**json.loads(entry("owner")), "referredEntities": {"g-7": owned}}
    made = counting.Counting(job(tmp_path / "census"))
    for number in range(20):
        made.add(entry(f"g-{number}"))
    made.add(json.dumps(owner).encode())
    census = stored.read(made.finish())
    assert sorted(census.tables["entities"]["unique_name"].to_pylist()) == ["another", *"x" * 21]
    told = ninth(census)
    assert (told.verdict, told.unexpected, told.examined) == (CheckVerdict.FAIL, 1, 21)
    assert told.sample == ("t another has a guid that 2 entities have (g-7, t)",)


@pytest.mark.parametrize("batch", [3, 20_000])
def test_of_an_entity_that_came_twice_every_row_is_as_it_came_first(tmp_path, monkeypatch, batch):
    """Rows of it, and of no other, are left out of every table, wherever batches end."""
    monkeypatch.setattr(stored, "_BATCH", batch)
    body = {"guid": "g", "typeName": "t", "status": "ACTIVE", "attributes": {"name": "x"}}
    first, again = (
        json.dumps({"entity": {**body, "labels": labels, "guid": guid}}).encode()
        for guid, labels in (("g-7", ["a", "b"]), ("g-7", ["b", "c", "d"]))
    )
    made = counting.Counter(job(tmp_path / "census"))
    for number in range(20):
        made.add(first if number == 7 else entry(f"g-{number}"))
        if number in (9, 19):
            made.add(again)
    tables = {name: pq.read_table(path) for name, path in made.finish().items()}
    assert tables["annotations"]["name"].to_pylist() == ["a", "b"]
    assert sorted(tables["entities"]["guid"].to_pylist()) == sorted(f"g-{n}" for n in range(20))
    assert set(tables["entities"].column_names) == set(SCHEMAS["entities"].names)


def test_nothing_is_kept_in_memory_for_each_entity(tmp_path):
    made = counting.Counter(job(tmp_path / "census"))

    def held():
        values = [*vars(made).values(), *vars(made._laying).values()]
        return [len(value) for value in values if isinstance(value, (set, dict, list))]

    sizes = held()
    for number in range(50):
        made.add(entry(f"g-{number}"))
    assert held() == sizes


@pytest.mark.parametrize("content", [b"{}", b'{"entity": {"guid": "g"}}', b"\xff", b'{"entity": []}'])
def test_what_is_no_entity_is_the_same_error_in_both(tmp_path, monkeypatch, content):
    told = []
    for limit in (1 << 20, 0):
        monkeypatch.setattr(counting, "_HERE", limit)
        made = counting.Counting(job(tmp_path / str(limit)))
        with pytest.raises(ArchiveError) as caught:
            made.add(entry("g-1"))
            made.add(content)
            made.finish()
        told.append((caught.value.message, caught.value.hint, caught.value.code))
    assert told[0] == told[1]


def test_an_error_of_the_child_ends_the_reading_before_its_end(tmp_path, at_once, started):
    made = counting.Counting(job(tmp_path / "census"))
    made.add(b"{}")
    with pytest.raises(ArchiveError, match="holds no entity"):
        for _ in range(100):  # of 1 MB each, and a pipe holds less
            made.add(b" " * (1 << 20))
    assert started[0].returncode == 0


def test_a_child_that_is_killed_is_no_census(tmp_path, at_once, started):
    made = counting.Counting(job(tmp_path / "census"))
    made.add(entry("g-1"))
    started[0].kill()
    with pytest.raises(EnvironmentNotReady, match="ended by SIGKILL") as caught:
        made.finish()
    assert caught.value.code == 30 and caught.value.hint


def test_a_reading_that_is_broken_off_leaves_no_child(archive, tmp_path, at_once, started):
    reading = Reading(AtlasDialect(), tmp_path / "census", Listing(None))

    def broken(name, content):
        if started:
            raise KeyboardInterrupt

    entries = iter([("g-1.json", entry("g-1")), ("g-2.json", entry("g-2"))])
    with pytest.raises(KeyboardInterrupt):
        reading.entries_of(entries, broken)
    assert started[0].returncode == -signal.SIGKILL


def test_a_stream_that_is_cut_short_is_answered_with_nothing(tmp_path):
    asked = job(tmp_path / "census")
    child = counting._Child(asked)
    child.add(entry("g-1"))
    child._into.flush()
    os.close(child._into.fileno())
    assert child._process.wait(30) == 1
    assert not (asked.folder / counting.ANSWER).exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        child._into.close()


PARENT = """
import sys, time, pathlib
from metadrill.census.tables import GRAPH
from metadrill.depot import counting
from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect
child = counting._Child(counting.Job(AtlasDialect(), pathlib.Path(sys.argv[1]), None, GRAPH))
print(child._process.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_with_who_asked(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    time.sleep(0.5)
    parent.kill()
    parent.communicate()

    def gone():
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        return None

    assert clock.wait_until(gone, timedelta(seconds=20), "the child gone")
