"""Sound zip files of every maker are read, and what we write is read by the others."""

import io
import os
import subprocess
import threading
import zipfile
import zlib
from pathlib import Path

import pytest

from metadrill.archives import zip_records, zip_writing, zips
from metadrill.archives.zip_records import Header
from metadrill.errors import ArchiveError

JAVA = Path(__file__).parents[2] / "engines" / "Zips.java"
FOUR_GIB = 1 << 32
CONTENTS = [
    ("a.json", b"{}"), ("b/c.json", b'{"text": "' + b"abc" * 70_000 + b'"}'), ("empty", b""),
    ("é/日本.json", "é".encode()), ("random", os.urandom(300_000)),
]  # fmt: skip


class Pipe(io.RawIOBase):
    """A stream that neither seeks nor gives more than a few bytes at once."""

    def __init__(self, content=b"", at_once=7):
        self.content, self.at_once = content, at_once

    def readable(self):
        return True

    def writable(self):
        return True

    def seekable(self):
        return False

    def read(self, count=-1):
        found = self.content[: min(count, self.at_once)]
        self.content = self.content[len(found) :]
        return found

    def write(self, block):
        self.content += bytes(block)
        return len(block)


def made(contents, level=1):
    file = io.BytesIO()
    assert zips.write(contents, file, level) == len(file.getvalue())
    return file.getvalue()


def read(archive, at_once=None):
    file = io.BytesIO(archive) if at_once is None else Pipe(archive, at_once)
    return [tuple(entry) for entry in zips.entries(file, "it.zip")]


def by_zipfile(method=zipfile.ZIP_DEFLATED, file=None, **how):
    file = file or io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in CONTENTS:
            with archive.open(name, "w", **how) as entry:
                entry.write(content)
    return file.getvalue() if isinstance(file, io.BytesIO) else file.content


@pytest.mark.parametrize("level", [0, 1, 9])
def test_what_was_written_is_read(level):
    assert read(made(CONTENTS, level)) == CONTENTS


def test_nothing_is_written_and_read():
    assert read(made([])) == []


@pytest.mark.parametrize("at_once", [1, 7, 4096])
def test_a_stream_that_cannot_seek_is_read(at_once):
    small = [(name, content[:5000]) for name, content in CONTENTS]
    assert read(made(small), at_once) == small


def test_a_pipe_is_written_and_read_at_once():
    out, into = os.pipe()

    def fill():
        with open(into, "wb") as file:
            zips.write(CONTENTS, file)

    thread = threading.Thread(target=fill)
    thread.start()
    with open(out, "rb") as file:
        found = [tuple(entry) for entry in zips.entries(file, "it.zip")]
    thread.join()
    assert found == CONTENTS


def test_zipfile_reads_what_we_write():
    with zipfile.ZipFile(io.BytesIO(made(CONTENTS))) as archive:
        assert archive.testzip() is None
        assert [(name, archive.read(name)) for name in archive.namelist()] == CONTENTS


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("how", [{}, {"force_zip64": True}], ids=["", "zip64"])
def test_what_zipfile_writes_is_read(method, how):
    assert read(by_zipfile(method, **how)) == CONTENTS


@pytest.mark.parametrize("how", [{}, {"force_zip64": True}], ids=["", "zip64"])
def test_sizes_that_follow_their_content_are_read(how):
    assert read(by_zipfile(file=Pipe(), **how)) == CONTENTS


@pytest.mark.parametrize("mark", [b"PK\7\x08", b""], ids=["marked", "unmarked"])
@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("content", [b"", b"x" * 500])
def test_a_descriptor_of_any_form_is_read(craft, mark, width, content):
    entry = craft.made(content=content, local={"flags": 0x808, "crc": 0, "packed": 0, "size": 0})
    entry.listed = {"flags": 0x808}
    facts = entry.facts()
    sizes = (facts[name].to_bytes(width, "little") for name in ("packed", "size"))
    entry.after = mark + facts["crc"].to_bytes(4, "little") + b"".join(sizes)
    next_ = craft.made(name=b"b")
    assert read(craft.zipped(entry, next_)) == [("a.json", content), ("b", next_.content)]


@pytest.mark.needs("unzip")
def test_unzip_reads_what_we_write(tmp_path):
    (tmp_path / "it.zip").write_bytes(made(CONTENTS))
    subprocess.run(["unzip", "-tq", "it.zip"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.needs("jdk17")
def test_java_reads_what_we_write(tmp_path):
    (tmp_path / "it.zip").write_bytes(made(CONTENTS))
    done = subprocess.run(["java", JAVA, "read", tmp_path / "it.zip"], capture_output=True, check=True)
    said = [f"{name}\t{len(content)}\t{zlib.crc32(content)}" for name, content in CONTENTS]
    assert done.stdout.decode().splitlines() == said


@pytest.mark.needs("jdk17")
def test_what_java_writes_is_read_beyond_65535_entries_too(tmp_path):
    subprocess.run(["java", JAVA, "write", "70000", tmp_path / "it.zip"], check=True)
    with (tmp_path / "it.zip").open("rb") as file:
        found = list(zips.entries(file, "it.zip"))
    assert [entry.name for entry in found] == [f"{number}.json" for number in range(70_000)]
    assert found[-1].content == b'{"entity":{"guid":"69999"}}'


def test_more_than_65535_entries_are_written():
    archive = made((f"{number}", b"") for number in range(66_000))
    assert len(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == len(read(archive)) == 66_000


def test_the_same_entries_give_the_same_bytes():
    assert made(CONTENTS) == made(iter(CONTENTS))


def test_a_comment_is_passed_over(craft):
    entry = craft.made(listed={"comment": b"of an entry"})
    assert read(craft.zipped(entry, comment=b"size: 3")) == [("a.json", entry.content)]


@pytest.mark.parametrize("name", ["../up", "/up", "a\\b", "", "a/", "a\0"])
def test_a_name_that_would_be_refused_is_not_written(name):
    with pytest.raises(ArchiveError):
        made([(name, b"")])


def test_a_name_is_not_written_twice():
    with pytest.raises(ArchiveError, match="'a': is there twice"):
        made([("a", b"1"), ("b", b"2"), ("a", b"3")])


def test_beyond_four_gigabytes_every_number_is_a_zip64_one():
    """Such sizes are written by hand here: the record of one entry, and the end."""
    header = Header(b"big", 0x800, 8, 7, FOUR_GIB, FOUR_GIB + 1, FOUR_GIB + 2)
    listed = zip_writing.central(header)
    assert zip_records.wide(listed[-28:], 3) == (FOUR_GIB + 1, FOUR_GIB, FOUR_GIB + 2)
    assert zip_records.wide(zip_writing.local(header)[-20:], 2) == (FOUR_GIB + 1, FOUR_GIB)
    behind = zip_writing.central(Header(b"far", 0x800, 8, 7, 1, 1, FOUR_GIB))
    assert zip_records.wide(behind[-12:], 1) == (FOUR_GIB,)
    archive = bytes(100) + zip_writing.end(70_000, FOUR_GIB, FOUR_GIB)
    assert archive[100:].startswith(b"PK\6\6") and archive[-42:].startswith(b"PK\6\7")


@pytest.mark.slow
@pytest.mark.needs("unzip")
def test_an_archive_beyond_four_gigabytes_is_written_and_read(tmp_path):
    block = os.urandom(1 << 20) * 128
    with (tmp_path / "it.zip").open("wb") as file:
        size = zips.write(((str(number), block) for number in range(34)), file, level=0)
    assert size > FOUR_GIB
    with (tmp_path / "it.zip").open("rb") as file:
        assert sum(entry.content == block for entry in zips.entries(file, "it.zip")) == 34
    subprocess.run(["unzip", "-tq", "it.zip"], cwd=tmp_path, check=True, capture_output=True)
