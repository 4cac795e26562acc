import io
import subprocess
import tarfile

import pytest
import zstandard

from metadrill.archives import solid
from metadrill.errors import ArchiveError


def packed(entries):
    file = io.BytesIO()
    with solid.Writer(file) as writer:
        for name, content in entries:
            writer.add(name, content)
    return file.getvalue()


def unpacked(raw, **budget):
    found = solid.members(io.BytesIO(raw), "it", solid.Budget(**budget))
    return [(member.name, member.content()) for member in found]


ENTRIES = [("a.json", b"{}"), ("b/c.json", b"x" * 70_000), ("empty", b"")]


def test_what_was_written_is_read():
    assert unpacked(packed(ENTRIES)) == ENTRIES


def test_an_open_file_is_added_block_by_block():
    file = io.BytesIO()
    with solid.Writer(file) as writer:
        writer.add_file("big", io.BytesIO(b"y" * 3_000_000), 3_000_000)
    assert unpacked(file.getvalue()) == [("big", b"y" * 3_000_000)]


@pytest.mark.needs("zstd")
def test_tar_opens_it(tmp_path):
    (tmp_path / "it.tar.zst").write_bytes(packed(ENTRIES))
    subprocess.run(["tar", "--zstd", "-xf", "it.tar.zst"], cwd=tmp_path, check=True)
    assert (tmp_path / "b" / "c.json").read_bytes() == ENTRIES[1][1]


def test_a_cut_at_any_length_is_refused():
    raw = packed(ENTRIES)
    for length in range(len(raw)):
        with pytest.raises(ArchiveError):
            unpacked(raw[:length])


def test_a_flipped_bit_is_refused_or_changes_nothing():
    raw = packed(ENTRIES)
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 0x10
        try:
            found = unpacked(bytes(changed))
        except ArchiveError:
            continue
        assert found == ENTRIES  # a bit of the frame's header that means nothing


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../b", "a//b", "./a"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ArchiveError, match="no plain file"):
        unpacked(packed([(name, b"")]))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_only_plain_files_are_taken(kind):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo("x")
        entry.type, entry.linkname = kind, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(ArchiveError, match="no plain file"):
        unpacked(zstandard.compress(file.getvalue()))


@pytest.mark.parametrize("budget", [{"entries": 2}, {"entry_bytes": 69_999}, {"total_bytes": 70_000}])
def test_more_than_the_budget_is_refused(budget):
    with pytest.raises(ArchiveError, match="more than it may"):
        unpacked(packed(ENTRIES), **budget)
