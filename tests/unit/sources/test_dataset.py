"""A dataset is placed step by step, and what did not arrive is an error."""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from metadrill.errors import MetadrillError, UsageError
from metadrill.model.stack import Dataset, DatasetStep
from metadrill.sources import synthetic
from metadrill.sources.dataset import DatasetSource
from metadrill.testing.clock import ManualClock
from metadrill.testing.memory import MemoryStack
from metadrill.testing.sandbox import MemorySandboxes

MINUTE = timedelta(minutes=1)
TINY = {
    "databases": 1, "tables_per_database": 2, "columns_per_table": 2, "processes": 1,
    "categories": 2, "terms": 2,
}  # fmt: skip


@pytest.fixture
def stack(tmp_path: Path) -> MemoryStack:
    made = MemoryStack(MemorySandboxes(tmp_path).create("data"))
    made.boot(MINUTE)
    return made


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    """A part with a whole archive in it, and one whose export lost an entity on the way."""
    archive, part = tmp_path / "inner.zip", tmp_path / "part.jar"
    synthetic.write(synthetic.parse({**TINY, "seed": 3}), archive)
    with zipfile.ZipFile(part, "w") as zipped:
        zipped.write(archive, "inner.zip")
        zipped.writestr("empty.zip", b"")
    return part


def source(part: Path, *steps: DatasetStep) -> DatasetSource:
    return DatasetSource(Dataset("made", "Made", steps), lambda name: part, MINUTE, ManualClock())


def nothing(kind: str, **data: Any) -> None:
    """A record that nobody reads."""


def test_steps_are_placed_in_order_one_row_each(stack: MemoryStack, jar: Path) -> None:
    steps = (
        DatasetStep("quickstart", {}),
        DatasetStep("archive", {"part": "p", "member": "inner.zip"}),
        DatasetStep("synthetic", TINY),
        DatasetStep("by_api", {"spare_typedefs": 6, "deleted_entities": 2}),
    )
    rows = source(jar, *steps).fill(stack, nothing)
    assert [row["kind"] for row in rows] == [step.kind for step in steps]
    assert [row["result"] for row in rows] == ["SUCCESS"] * 4
    assert all(row["seconds"] == 0 for row in rows)


def test_an_archive_out_of_a_part_arrives_whole(stack: MemoryStack, jar: Path, tmp_path: Path) -> None:
    (row,) = source(jar, DatasetStep("archive", {"part": "p", "member": "inner.zip"})).fill(stack, nothing)
    shape = synthetic.parse({**TINY, "seed": 3})
    assert Counter(entity.type for entity in stack.graph.entities.values()) == synthetic.counts(shape)
    assert row["entities"] == synthetic.size(shape)
    assert row["sha256"] == hashlib.sha256((tmp_path / "inner.zip").read_bytes()).hexdigest()


def test_what_no_archive_carries_is_made_by_api(stack: MemoryStack, jar: Path) -> None:
    step = DatasetStep("by_api", {"spare_typedefs": 6, "deleted_entities": 2})
    (row,) = source(jar, step).fill(stack, nothing)
    states = Counter((entity.type, entity.state) for entity in stack.graph.entities.values())
    assert states == {("hive_db", "ACTIVE"): 1, ("hive_table", "DELETED"): 2}
    assert sum(name.startswith("spare_") for name in stack.graph.types) == 6
    assert (row["entities"], row["deleted"], row["typedefs"]) == (3, 2, 6)


class Lossy(MemoryStack):
    """A real danger as a twin: an import that loses an entity and says SUCCESS all the same."""

    def import_archive(self, archive: Path, deadline: timedelta) -> Mapping[str, Any]:
        facts = super().import_archive(archive, deadline)
        return {**facts, "entities": facts["entities"] - 1}


def test_an_import_that_loses_an_entity_is_an_error(tmp_path: Path, jar: Path) -> None:
    lossy = Lossy(MemorySandboxes(tmp_path).create("data"))
    lossy.boot(MINUTE)
    size = synthetic.size(synthetic.parse(TINY))
    with pytest.raises(MetadrillError, match=f"holds {size} entities, {size - 1} were imported"):
        source(jar, DatasetStep("synthetic", TINY)).fill(lossy, nothing)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (DatasetStep("quick", {}), "unknown step 'quick'"),
        (DatasetStep("quickstart", {"n": 1}), "quickstart: takes no parameters"),
        (DatasetStep("archive", {"part": "p"}), "archive: needs part and member"),
        (DatasetStep("synthetic", {"sead": 1}), "unknown parameter 'sead'"),
        (DatasetStep("by_api", {"deleted": 1}), "unknown parameter 'deleted'"),
        (DatasetStep("by_api", {"spare_typedefs": -1}), "a whole number from 0 is wanted, not -1"),
    ],
)
def test_a_wrong_step_is_refused_before_any_is_placed(
    stack: MemoryStack, jar: Path, step: DatasetStep, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        source(jar, DatasetStep("quickstart", {}), step).fill(stack, nothing)
    assert not stack.graph.entities


def test_a_member_that_the_part_lacks_is_named(stack: MemoryStack, jar: Path) -> None:
    with pytest.raises(UsageError, match=r"part.jar: no 'gone.zip' in it"):
        source(jar, DatasetStep("archive", {"part": "p", "member": "gone.zip"})).fill(stack, nothing)


def test_a_member_that_is_no_archive_is_refused(stack: MemoryStack, jar: Path) -> None:
    with pytest.raises(UsageError, match="not an export archive"):
        source(jar, DatasetStep("archive", {"part": "p", "member": "empty.zip"})).fill(stack, nothing)
