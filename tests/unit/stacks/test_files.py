"""Check 40 on files as Lucene writes them: a CRC in the footer, `.si` last, `segments_N` the commit."""

import zlib
from pathlib import Path

import pytest

from metadrill.errors import Unreachable
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch import AtlasElasticsearch
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.testing import MemorySandboxes

VERTEX = INDICES[0]
CONFIG = {"elasticsearch": {"heap": "512m", "replicas": 0}, "atlas": {"heap": "1g", "user": "admin"}}
FOOTER = bytes.fromhex("c02893e8") + bytes(4)  # Lucene CodecUtil: magic, algorithm 0; then the CRC32


class Written(AtlasElasticsearch):
    """The adapter on index files that a test wrote; its server is down, as after a crash."""

    def _folder(self, index: str) -> Path:
        return self.sandbox.root / index


@pytest.fixture
def stack(tmp_path):
    recipe = StackRecipe("s", "atlas-elasticsearch", "S", {}, (), CONFIG, ())
    made = Written(recipe, MemorySandboxes(tmp_path).create("x"), tmp_path / "cache", lambda *_, **__: None)
    for index in INDICES:
        folder = made.sandbox.root / index
        folder.mkdir()
        for name in ("_0.cfs", "_0.cfe", "_0.si"):
            lucene(folder / name)
        lucene(folder / "segments_2", b"head" + bytes([2]) + b"_0" + b"rest")
        (folder / "write.lock").touch()
    return made


def lucene(path, body=b"some content of a segment" * 5):
    text = body + FOOTER
    path.write_bytes(text + zlib.crc32(text).to_bytes(8, "big"))
    return path


def wrong(stack):
    """Return the files that check 40 would name."""
    census = stack.census(frozenset({"segments"}))
    assert census.faults == {}
    rows = census.tables["segments"].to_pylist()
    assert all(row["size"] for row in rows)
    return [row["file"] for row in rows if row["stored"] != row["computed"]]


def test_sound_files_agree_and_the_lock_is_no_file_of_the_index(stack):
    rows = stack.census(frozenset({"segments"})).tables["segments"].to_pylist()
    assert wrong(stack) == [] and len(rows) == 12
    assert not any("write.lock" in row["file"] for row in rows)


def test_the_crc_of_a_stranger_is_computed_alike(stack):
    """Given a file, its last eight bytes are the CRC-32 of all before them (zlib's)."""
    path = stack.sandbox.root / VERTEX / "_0.cfs"
    row = next(
        row
        for row in stack.census(frozenset({"segments"})).tables["segments"].to_pylist()
        if row["file"] == f"{VERTEX}/_0.cfs"
    )
    assert row["stored"] == row["computed"] == path.read_bytes()[-8:].hex()


@pytest.mark.parametrize("name", ["_0.cfs", "_0.cfe", "_0.si", "segments_2"])
def test_one_flipped_bit_in_any_committed_file_is_named(stack, name):
    path = stack.sandbox.root / VERTEX / name
    whole = path.read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert wrong(stack) == [f"{VERTEX}/{name}"]


@pytest.mark.parametrize("length", [0, 1, 16, 40])
def test_a_committed_file_cut_short_is_named(stack, length):
    path = stack.sandbox.root / VERTEX / "_0.cfs"
    path.write_bytes(path.read_bytes()[:length])
    rows = stack.census(frozenset({"segments"})).tables["segments"].to_pylist()
    assert [row["file"] for row in rows if row["stored"] != row["computed"]] == [f"{VERTEX}/_0.cfs"]


def test_a_file_of_a_segment_that_is_still_written_is_passed_over(stack):
    folder = stack.sandbox.root / VERTEX
    (folder / "_1.fdt").write_bytes(b"no footer yet, for it is being written")
    (folder / "pending_segments_3").write_bytes(b"half a commit")
    assert wrong(stack) == []


def test_once_its_si_is_there_it_is_looked_at(stack):
    folder = stack.sandbox.root / VERTEX
    (folder / "_1.fdt").write_bytes(b"no footer, though the segment is complete")
    lucene(folder / "_1.si")
    assert wrong(stack) == [f"{VERTEX}/_1.fdt"]


def test_a_lost_si_does_not_hide_damage_in_a_committed_segment(stack):
    folder = stack.sandbox.root / VERTEX
    (folder / "_0.si").unlink()
    (folder / "_0.cfs").write_bytes(b"damaged, and its segment is in the commit")
    assert wrong(stack) == [f"{VERTEX}/_0.cfs"]


def test_an_index_without_its_folder_is_a_fault_and_no_clean_bill(stack):
    import shutil

    shutil.rmtree(stack.sandbox.root / VERTEX)
    census = stack.census(frozenset({"segments"}))
    assert "segments" in census.faults and VERTEX in census.faults["segments"]


def test_stored_fields_lie_between_header_and_footer(stack):
    lucene(stack.sandbox.root / VERTEX / "_0.fdt", b"x" * 500)
    (found,) = (item for item in stack.segments(VERTEX) if item.stored_fields)
    assert found.name == "_0.fdt"
    start, end = found.stored_fields
    assert 0 < start < end == found.size - 16


def test_its_server_is_really_down_here(stack):
    with pytest.raises(Unreachable):
        stack.elastic.get("/")
