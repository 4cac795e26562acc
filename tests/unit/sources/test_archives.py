"""An archive is counted without a server, and a damaged one is refused."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from metadrill.archives import exports
from metadrill.errors import UsageError
from metadrill.sources import archives, synthetic

TINY = synthetic.Shape(
    databases=1, tables_per_database=2, columns_per_table=1, processes=1, categories=0, terms=1
)


def rewritten(path: Path, change: dict[str, bytes | None]) -> Path:
    """Given an archive and new contents by name (None: left out), write it anew."""
    into = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(into, "w") as new:
        for name in old.namelist():
            content = change.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return into


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    synthetic.write(TINY, tmp_path / "tiny.zip")
    return tmp_path / "tiny.zip"


def test_a_holding_counts_owned_entities_too(tiny: Path) -> None:
    holding = archives.read(tiny)
    assert holding.types == synthetic.counts(TINY)
    assert holding.entities == synthetic.size(TINY)
    assert holding.sha256 == hashlib.sha256(tiny.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", sorted(exports.CONTROL))
def test_an_archive_without_a_control_entry_is_refused(tiny: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"no {name} in it"):
        archives.read(rewritten(tiny, {name: None}))


def test_an_archive_that_lacks_an_entity_of_its_order_is_refused(tiny: Path) -> None:
    with zipfile.ZipFile(tiny) as archive:
        first = json.loads(archive.read(exports.ORDER))[0]
    with pytest.raises(UsageError, match="1 entities differ from its own list"):
        archives.read(rewritten(tiny, {f"{first}.json": None}))


def test_a_failed_export_is_refused(tiny: Path) -> None:
    with pytest.raises(UsageError, match="the export ended with FAIL"):
        archives.read(rewritten(tiny, {exports.INFO: b'{"operationStatus": "FAIL"}'}))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06"])
def test_what_is_no_zip_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not an export archive"):
        archives.read(path)


def test_a_changed_byte_is_noticed(tiny: Path) -> None:
    content = bytearray(tiny.read_bytes())
    content[200] ^= 0xFF
    tiny.write_bytes(content)
    with pytest.raises(UsageError, match="not an export archive"):
        archives.read(tiny)
