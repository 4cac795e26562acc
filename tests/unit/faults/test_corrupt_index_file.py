"""The byte flip: where it hits, what it says of it, and what the engine makes of it."""

import json
import os
import zlib

import pytest

from metadrill.errors import EnvironmentNotReady, MetadrillError, UsageError
from metadrill.faults.corrupt_index_file import CorruptIndexFile
from metadrill.model.sandboxed import Answer, Segment
from metadrill.model.scenario import Action
from metadrill.testing import INDEX, MemorySandboxes, MemoryStack


def fault(**params):
    return CorruptIndexFile(Action("corrupt_index_file", {"index": INDEX, **params}))


def test_the_truth_names_the_byte_that_was_changed_and_both_checksums(stack):
    flip = fault(startup_check="none")
    flip.prepare(stack)
    path = stack.segments(INDEX)[0].path
    before = path.read_bytes()
    truth = flip.inject(stack)
    after = path.read_bytes()
    changed = [place for place in range(len(before)) if before[place] != after[place]]
    assert changed == [truth["offset"]]
    assert (truth["old"], truth["new"]) == (f"{before[changed[0]]:02x}", f"{after[changed[0]]:02x}")
    assert truth["crc32"]["before"]["stored"] == truth["crc32"]["before"]["computed"]
    assert truth["crc32"]["after"]["computed"] == f"{zlib.crc32(after[:-8]):08x}"
    assert truth["crc32"]["after"]["stored"] == truth["crc32"]["before"]["stored"]
    assert truth["size"] == len(after) and truth["form"] == "silent"
    json.dumps(truth)


def test_the_file_stays_the_same_file(stack):
    flip = fault(startup_check="none")
    flip.prepare(stack)
    path = stack.segments(INDEX)[0].path
    inode = path.stat().st_ino
    flip.inject(stack)
    assert path.stat().st_ino == inode


def test_the_silent_form_hits_the_middle_half_of_the_stored_fields(stack):
    for seed in range(20):
        flip = fault(startup_check="none", seed=seed)
        start, end = stack.segments(INDEX)[0].stored_fields
        offset = flip.inject(stack)["offset"]
        assert start + (end - start) // 4 <= offset < end - (end - start) // 4


def test_a_byte_is_drawn_that_hurts_a_search_and_every_trial_is_taken_back(tmp_path):
    """A stack whose search fails only where the third draw lands."""

    class Picky:
        def __init__(self):
            self.path = tmp_path / "_0.fdt"
            self.path.write_bytes(bytes(4000))
            self.searches = 0

        def consolidate(self, index): ...
        def verify_on_start(self, index): ...

        def segments(self, index):
            return (Segment(self.path, "_0.fdt", 4000, (0, 3984)),)

        def search(self, type_name, deadline):
            assert type_name == "hive_table" and sum(1 for byte in self.path.read_bytes() if byte) == 1
            self.searches += 1
            return Answer(self.searches < 3, "")

    picky = Picky()
    flip = fault(startup_check="none", hurts="hive_table")
    flip.prepare(picky)
    assert picky.searches == 3 and picky.path.read_bytes() == bytes(4000)
    truth = flip.inject(picky)
    assert truth["draw"] == 2
    assert picky.path.read_bytes()[truth["offset"]] == int(truth["new"], 16)


def test_the_same_seed_hits_the_same_byte(tmp_path):
    found = []
    for number in range(2):
        path = tmp_path / str(number)
        path.write_bytes(bytes(1000))
        segment = Segment(path, "_0.fdt", 1000, (0, 984))

        class Files:
            def segments(self, index, segment=segment):
                return (segment,)

        truth = fault(startup_check="none", seed=7).inject(Files())
        found.append((truth["offset"], truth["new"]))
    assert found[0] == found[1]
    assert found[0][1] != "00"


def test_the_loud_form_stops_the_engine_before_it_strikes_and_turns_it_red(stack):
    flip = fault()
    flip.prepare(stack)
    told = []
    stop, stack.stop = stack.stop, lambda name: (told.append(name), stop(name))
    truth = flip.inject(stack)
    assert told == ["elasticsearch"] and truth["form"] == "loud"
    assert stack.views() == {"elasticsearch": "red", "atlas": "ACTIVE"}
    assert not stack.search("hive_table", None).ok


def test_several_bytes_are_all_named(stack):
    truth = fault(startup_check="none", bytes=5).inject(stack)
    assert len(truth["flips"]) == 5
    raw = stack.segments(INDEX)[0].path.read_bytes()
    assert all(raw[offset] == int(new, 16) != int(old, 16) for offset, old, new in truth["flips"])


def test_an_index_without_stored_fields_cannot_be_hit(tmp_path):
    empty = MemoryStack(MemorySandboxes(tmp_path).create("empty"))
    empty.boot(None)
    with pytest.raises(MetadrillError, match="no file with stored fields to hit"):
        fault(startup_check="none").inject(empty)


def test_a_file_that_may_not_be_written_is_told(tmp_path):
    class Files:
        def segments(self, index):
            return (Segment(tmp_path / "gone", "_0.fdt", 1000, (0, 984)),)

    with pytest.raises(MetadrillError, match="No such file"):
        fault(startup_check="none").inject(Files())


def test_a_stack_whose_files_cannot_be_reached_is_told_before_anything_breaks():
    with pytest.raises(EnvironmentNotReady, match="cannot be reached"):
        fault().prepare(object())


@pytest.mark.parametrize(
    "params",
    [
        {"byte": 1},
        {"startup_check": "sometimes"},
        {"bytes": 0},
        {"bytes": "many"},
        {"bytes": True},
        {"index": ""},
    ],
)
def test_wrong_parameters_are_refused(params):
    with pytest.raises(UsageError):
        fault(**params)


def test_the_byte_is_really_on_disk(stack):
    truth = fault(startup_check="none").inject(stack)
    file = os.open(stack.segments(INDEX)[0].path, os.O_RDONLY)
    try:
        assert os.pread(file, 1, truth["offset"]) == bytes([int(truth["new"], 16)])
    finally:
        os.close(file)
