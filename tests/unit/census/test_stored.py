import random
import signal
import tempfile
import time

import pyarrow as pa
import pytest

from metadrill.census import Census, asking, build, digests, stored
from metadrill.census.tables import SCHEMAS
from metadrill.errors import BackupError, CheckerError, MetadrillError

TEXTS = ["", "a", "B", "ä", "z\n", "\U0001f40d", "￿", "0", None]


def value(kind, chance):
    if chance.random() < 0.15:
        return None
    if pa.types.is_string(kind):
        return chance.choice(TEXTS)
    return chance.random() < 0.5 if pa.types.is_boolean(kind) else chance.randint(-(2**60), 2**60)


def made(seed, count):
    chance = random.Random(seed)
    return {
        name: [{field.name: value(field.type, chance) for field in schema} for _ in range(count)]
        for name, schema in SCHEMAS.items()
    }


def written(folder, rows):
    writer = stored.Writer(folder)
    for name, items in rows.items():
        writer.add(name, items)
    return writer.finish()


@pytest.mark.parametrize("seed", range(3))
def test_a_stored_census_has_the_digests_of_one_in_memory(tmp_path, seed):
    rows = made(seed, 300)
    memory = build(rows, {})
    files = written(tmp_path, rows)
    figures = stored.figures(files)
    assert figures.digests == digests.tables(memory)
    assert figures.counts == digests.counts(memory)
    assert figures.types == digests.types(memory)
    back = stored.read(files)
    assert {name: table.to_pylist() for name, table in back.tables.items()} == {
        name: table.to_pylist() for name, table in memory.tables.items()
    }


def test_the_order_of_coming_does_not_matter(tmp_path):
    rows = made(7, 200)
    turned = {name: items[::-1] for name, items in rows.items()}
    one = stored.figures(written(tmp_path / "a", rows))
    assert one == stored.figures(written(tmp_path / "b", turned))


def test_a_table_without_rows_is_there_all_the_same(tmp_path):
    files = written(tmp_path, {"lineage": []})
    assert stored.figures(files).counts == {"lineage": 0}
    assert isinstance(stored.read(files), Census)


def test_a_damaged_file_is_named(tmp_path):
    files = written(tmp_path, made(1, 50))
    files["entities"].write_bytes(files["entities"].read_bytes()[:-9])
    with pytest.raises(BackupError):
        stored.read(files).tables["entities"]
    with pytest.raises(MetadrillError):
        asking.query(tmp_path, "SELECT count(*) FROM read_parquet($1)", files["entities"])


def test_rows_are_written_and_read_batch_by_batch(tmp_path):
    schema = pa.schema([("name", pa.string()), ("sha256", pa.string())])
    rows = [{"name": f"n{n}", "sha256": str(n)} for n in range(45_000)]
    assert list(stored.rows(stored.write(tmp_path / "x.parquet", rows, schema))) == rows


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 9, b"nothing like it"])
def test_what_is_no_table_is_a_typed_error(tmp_path, content):
    path = tmp_path / "entities.parquet"
    path.write_bytes(content)
    for look in (
        lambda: list(stored.rows(path)),
        lambda: stored.figures({"entities": path}),
        lambda: stored.read({"entities": path}).tables["entities"],
        lambda: asking.query(tmp_path, "SELECT count(*) FROM read_parquet($1)", path),
    ):
        with pytest.raises(BackupError, match="cannot be read"):
            look()


def test_a_table_of_other_columns_is_refused(tmp_path):
    path = stored.write(tmp_path / "entities.parquet", [], SCHEMAS["lineage"])
    with pytest.raises(BackupError, match="is no table of entities"):
        stored.figures({"entities": path})


@pytest.mark.parametrize(
    ("column", "wrong"), [("modified", "1614587654321"), ("modified", 10**20), ("guid", 7)]
)
def test_a_value_that_its_column_cannot_hold_is_a_typed_error(tmp_path, column, wrong):
    row = {field.name: None for field in SCHEMAS["documents"]} | {column: wrong}
    with pytest.raises(CheckerError, match="documents: a value is none that its column can hold"):
        written(tmp_path, {"documents": [row]})


def test_a_folder_whose_name_is_a_pattern_stands_for_no_other(tmp_path):
    counts = {}
    for number, name in enumerate(["[ab]", "a", "b", "*", "?", "it's"]):
        folder = tmp_path / name
        folder.mkdir()
        rows = [{"process": str(row), "direction": "in", "entity": "e"} for row in range(number)]
        path = stored.write(folder / "lineage.parquet", rows, SCHEMAS["lineage"])
        counts[path] = number
    for path, number in counts.items():
        assert asking.query(tmp_path, "SELECT count(*) FROM read_parquet($1)", path) == [(number,)]


@pytest.mark.parametrize(
    "ask",
    [lambda text, _: list(asking.Local().pieces(text)), lambda text, folder: asking.query(folder, text)],
)
def test_a_signal_ends_a_question_at_once_and_is_not_lost(ask, tmp_path):
    """Found in a run that was stopped: the library raised `Query interrupted` instead."""

    class Stopped(Exception):
        pass

    def stop(number, frame):
        raise Stopped

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    began = time.monotonic()
    try:
        with pytest.raises(Stopped):
            ask(
                "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range",
                tmp_path,
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 10


def test_an_engine_that_is_closed_has_given_back_what_it_put_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine = asking.Local()
    engine.keep("numbers", "SELECT 1 AS n")
    assert asking.one(engine, "SELECT n FROM numbers") == (1,) and list(tmp_path.rglob("numbers.parquet"))
    engine.close()
    assert list(tmp_path.iterdir()) == []
