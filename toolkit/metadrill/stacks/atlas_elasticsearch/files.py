"""The index's files on disk: where they lie, whether each is intact, and how faults reach them."""

import contextlib
import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import CheckerError, Unreachable
from metadrill.model.sandboxed import Segment
from metadrill.stacks.atlas_elasticsearch.base import BRIEF
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.lifecycle import Lifecycle

_FOOTER = 16  # Lucene CodecUtil: magic c02893e8, algorithm 0, CRC32 as a big-endian long
_HEADER = 64  # Lucene CodecUtil index header of a stored-fields file: magic, name, id, suffix
_MERGE = timedelta(minutes=2)
_AGAIN = timedelta(milliseconds=200)
_LOOKS = 3


class Files(Lifecycle):
    """Port `IndexFiles`."""

    def consolidate(self, index: str) -> None:
        """Flush, merge into one segment, flush again, so that the replaced files are gone."""
        self.elastic.change("POST", f"/{index}/_flush?wait_if_ongoing=true", timeout=_MERGE)
        self.elastic.change("POST", f"/{index}/_forcemerge?max_num_segments=1", timeout=_MERGE)
        self.elastic.change("POST", f"/{index}/_flush?force=true&wait_if_ongoing=true", timeout=_MERGE)

    def segments(self, index: str) -> tuple[Segment, ...]:
        """Return the committed files of an index's one shard; stored fields lie in the `.fdt`."""
        folder = self._folder(index)
        return tuple(
            Segment(path, path.name, size, _stored_fields(path, size))
            for path in sorted(folder.iterdir())
            if path.name != "write.lock" and (size := _size(path)) > _FOOTER
        )

    def verify_on_start(self, index: str) -> None:
        """Set `index.shard.check_on_startup: checksum`, which only a closed index takes."""
        self.elastic.change("POST", f"/{index}/_close?wait_for_active_shards=0")
        self.elastic.change("PUT", f"/{index}/_settings", {"index.shard.check_on_startup": "checksum"})
        self.elastic.change("POST", f"/{index}/_open")
        self._wait_green(_MERGE, index)

    def _folder(self, index: str) -> Path:
        if index not in self._uuids:
            self._uuids[index] = self.elastic.get(f"/{index}/_settings")[index]["settings"]["index"]["uuid"]
        nodes = self.place.root / "elasticsearch" / "data" / "nodes" / "0" / "indices"
        return nodes / self._uuids[index] / "0" / "index"

    def _segment_rows(self) -> list[dict[str, Any]]:
        """Check 40: each file's own CRC32 against the one computed over its bytes.

        A file that Lucene is still writing has no footer yet, and an index that nobody searches
        is not refreshed by itself: so it is refreshed before. What disagrees is passed over when
        its segment is neither complete nor part of a commit, and else is read again.
        """
        with contextlib.suppress(Unreachable):  # a damaged index may refuse; its files are read all the same
            if self.elastic.get("/_cluster/health/janusgraph*", BRIEF)["status"] != "red":  # else it hangs
                self.elastic.ask(f"/{','.join(INDICES)}/_refresh", None)

        found: list[dict[str, Any]] = []
        for index in INDICES:
            folder = self._folder(index)
            if not folder.is_dir():
                raise CheckerError(f"elasticsearch: {index} has no files on disk")
            found.extend(_checked(index, folder))
        return found

    def forget_index(self) -> None:
        """Forget where the indices lie: a restored or re-created index has another identity."""
        self._uuids.clear()


def _size(path: Path) -> int:
    """Return a file's size; one that a merge has just removed has none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _checked(index: str, folder: Path) -> list[dict[str, Any]]:
    """Return a row per file. Those that disagree are given time together, not one after the other.

    A file may have been caught while it was written: first it is seen whether it still is, then
    it is read again, so that what disagrees in the end was complete before it was read.
    """
    rows = {path: _row(index, path) for path in sorted(folder.iterdir()) if path.name != "write.lock"}
    for _ in range(_LOOKS):
        doubtful = [path for path, row in rows.items() if row and row["stored"] != row["computed"]]
        for path in [path for path in doubtful if _being_written(folder, path.name)]:
            del rows[path]
            doubtful.remove(path)
        if not doubtful:
            break
        clock.SYSTEM.sleep(_AGAIN)
        rows.update({path: _row(index, path) for path in doubtful})
    return [row for row in rows.values() if row]


def _being_written(folder: Path, name: str) -> bool:
    """Whether a file belongs to a segment that is not complete (no `.si` yet) and not in a commit.

    Source: Lucene writes a segment's `.si` last, and names each committed one in `segments_N`.
    """
    match = re.match(r"(?:pending_)?(_[0-9a-z]+|segments)", name)
    if match is None or name.startswith("pending_segments"):
        return match is not None
    segment = match.group(1)
    if segment == "segments" or (folder / f"{segment}.si").exists():
        return False
    commits = [path.read_bytes() for path in folder.glob("segments_*")]
    return not any(bytes([len(segment)]) + segment.encode() in commit for commit in commits)


def _row(index: str, path: Path) -> dict[str, Any] | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    stored = content[-8:].hex() if len(content) > _FOOTER else "no footer"
    computed = f"{zlib.crc32(content[:-8]):016x}"
    return {"file": f"{index}/{path.name}", "size": len(content), "stored": stored, "computed": computed}


def _stored_fields(path: Path, size: int) -> tuple[int, int] | None:
    return (_HEADER, size - _FOOTER) if path.suffix == ".fdt" and size > _HEADER + _FOOTER else None
