"""The round trip of a qualification, on the twin: made, or one row that says why not."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from metadrill.app.tripping import Trip, round_trip
from metadrill.errors import Code, Interrupted, RecoveryError
from metadrill.model.qualification import Came
from metadrill.model.stack import StackRecipe
from metadrill.testing import MemorySandboxes, MemorySigner, MemoryStack, PlainChecker, SampleSource, drills
from metadrill.testing.contracts.patience import nothing

SOON = timedelta(seconds=5)


def tripped(tmp_path, kind=MemoryStack):
    stack = kind(MemorySandboxes(tmp_path / "boxes").create("trip"))
    stack.boot(SOON)
    SampleSource().fill(stack, nothing)
    stack.settle(SOON)
    recipe = StackRecipe("memory", "memory", "In memory", stack.versions, (), {}, drills.ABILITIES)
    source = {"source": {"kind": "sandbox", "dataset": "sample"}, "stack": {"kind": "memory"}}
    with ExitStack() as held:
        trip = Trip(recipe, drills.suites(), PlainChecker(), MemorySigner(), source, tmp_path / "cache")
        return {row.key: row for row in round_trip(stack, stack.dialect, trip, held)}


def test_a_trip_that_loses_nothing_ends_with_what_the_suites_say(tmp_path):
    rows = tripped(tmp_path)
    assert {row.came for row in rows.values()} == {Came.GOOD, Came.ABSENT}
    checks = rows["checks"]
    assert checks.count == checks.same == 3, "those of the files of the index are not asked"


class Lossy(MemoryStack):
    """One whose import leaves an entity out and says that all is well."""

    def put_export(self, archive, schema):
        facts = super().put_export(archive, schema)
        lost = next(guid for guid, each in self.graph.entities.items() if each.type == "hive_column")
        del self.graph.entities[lost]
        self.index.drop([lost])
        return facts


def test_an_import_that_loses_an_entity_is_seen_in_its_row_and_by_the_checks(tmp_path):
    rows = tripped(tmp_path, Lossy)
    assert rows["guids"].came is Came.BAD and rows["guids"].lost == 1
    assert rows["checks"].came is Came.BAD and "check 6" in rows["checks"].because


class Miscounted(MemoryStack):
    """One that somebody else counts another document in, after the import."""

    imported = False

    def put_export(self, archive, schema):
        self.imported = True
        return super().put_export(archive, schema)

    def witness(self):
        counts = super().witness()
        return {**counts, "index:entities@_count": counts["index:entities@_count"] + self.imported}


def test_a_witness_that_counts_otherwise_keeps_the_trip_from_proving_that_all_is_there(tmp_path):
    checks = tripped(tmp_path, Miscounted)["checks"]
    assert (checks.came, checks.count, checks.same) == (Came.UNSEEN, 3, 3)
    assert checks.because.startswith("index:entities: the census counts ")


def raising(error):
    class Raising(MemoryStack):
        def put_export(self, archive, schema):
            raise error

    return Raising


@pytest.mark.parametrize(
    ("error", "came", "told"),
    [
        (RecoveryError("import refused: FAIL"), Came.BAD, "import refused: FAIL"),
        (KeyError("result"), Came.UNSEEN, "KeyError: 'result'"),
    ],
)
def test_a_trip_that_cannot_be_made_is_one_row_that_says_why(tmp_path, error, came, told):
    (row,) = tripped(tmp_path, raising(error)).values()
    assert (row.key, row.came, row.because, row.count) == ("trip", came, told, -1)


def test_a_signal_is_no_row(tmp_path):
    with pytest.raises(Interrupted):
        tripped(tmp_path, raising(Interrupted("stopped by a signal", "", Code.SIGINT)))
