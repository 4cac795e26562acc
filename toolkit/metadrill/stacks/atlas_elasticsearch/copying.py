"""Both stores as files: a hot copy of them, and their way back. For a graph in BerkeleyDB JE."""

import errno
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from metadrill import progress
from metadrill.archives import solid
from metadrill.errors import EnvironmentNotReady, NoRoom, RecoveryError
from metadrill.ports.backing import StoreFiles
from metadrill.stacks.atlas_elasticsearch import programs
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.restoring import BROUGHT, REPOSITORY, Restoring

GRAPH_FILES = ("atlas", "data", "berkeley")
SNAPSHOT = "snapshot"
_LIMIT = timedelta(minutes=30)
_READ = timedelta(hours=4)
_LOOKS = 20
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Reach:
    """The folders of both stores on this machine: the graph's files, and one for snapshots of the index."""

    graph: Path
    repository: Path
    name: str = "metadrill"


class Copying(Restoring):
    """Ports `Copied`, `Restorable`, `AtRest` and `GraphFiles`."""

    graph_server = "atlas"
    reach: Reach | None = None

    def copy_index(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]:
        """Take a snapshot of the indices into a repository of its own, pack that, and drop both."""
        reach = self._reached()
        name = f"{reach.name}-{secrets.token_hex(4)}"
        folder = reach.repository / name
        self.elastic.change(
            "PUT", f"/_snapshot/{name}", {"type": "fs", "settings": {"location": str(folder)}}
        )
        try:
            asked = {"indices": ",".join(INDICES), "include_global_state": False}
            path = f"/_snapshot/{name}/{SNAPSHOT}?wait_for_completion=true"
            taken = self.elastic.change("PUT", path, asked, _LIMIT)["snapshot"]
            if taken["state"] != "SUCCESS":
                raise EnvironmentNotReady(f"elasticsearch: the snapshot ended with {taken['state']}")
            files = pack(folder, into)
        except OSError as error:
            raise EnvironmentNotReady(
                f"{folder}: {(error.strerror or str(error)).lower()}", "can this user read the snapshots?"
            ) from None
        finally:
            self.elastic.change("DELETE", f"/_snapshot/{name}")
            shutil.rmtree(folder, ignore_errors=True)
        return {"snapshot": SNAPSHOT, "files": files, "version": taken["version"]}

    def copy_graph(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]:
        """Copy the graph's log files while it runs, and pack them.

        Legal for BerkeleyDB JE when all are copied in the order of their names, and the list is read
        again until nothing came to it (its class DbBackup says so): a log is only ever added to.
        """
        source, copy = self._reached().graph, scratch / "graph"
        copy.mkdir(parents=True)
        try:
            looks = _copy_logs(source, copy)
            return {"files": pack(copy, into), "looks": looks}
        except OSError as error:
            raise EnvironmentNotReady(
                f"{source}: {(error.strerror or str(error)).lower()}", "can this user read the graph's files?"
            ) from None
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def graph_files(self) -> tuple[Path, ...]:
        """Return BerkeleyDB's log files: their names are numbers that grow."""
        return tuple(sorted(self._reached().graph.rglob("*.jdb")))

    def _reached(self) -> Reach:
        if self.reach is None:
            root = self.place.root
            self.reach = Reach(root.joinpath(*GRAPH_FILES), root.joinpath(*REPOSITORY))
        return self.reach

    def put_files(self, files: StoreFiles) -> Mapping[str, Any]:
        """Replace both stores by the files of a backup; the index is made to agree with the graph.

        The snapshot is older than the graph's copy by the cut's skew: what lies between is re-indexed.
        """
        with _room():
            facts = self._lay(files)
            tail = self.repair_tail()  # starts Atlas
            self._serve()
        return {**facts, "tail": dict(tail)}

    def read_files(self, files: StoreFiles, export: Path) -> bytes:
        """Read the graph by Atlas' own classes, vertex by vertex; of the servers only the index runs."""
        scratch = self.place.root / "scratch"
        made, types = scratch / "at-rest.zip", scratch / "types.json"
        with _room():
            self._lay(files)
            self.groovy(programs.shipped("read"), types, _READ, str(made))
            shutil.move(made, export)
            return types.read_bytes()

    def _lay(self, files: StoreFiles) -> Mapping[str, Any]:
        """Replace both stores by the files of a backup, Atlas stopped; the index is green then."""
        for name in reversed(self.components):
            self.stop(name)
        self._empty()
        graph = unpack(files.graph, self.place.root.joinpath(*GRAPH_FILES))
        location = self.place.root.joinpath(*REPOSITORY, BROUGHT)
        index = unpack(files.index, location)
        self.start("elasticsearch")
        self.elastic.change(
            "PUT", f"/_snapshot/{BROUGHT}", {"type": "fs", "settings": {"location": str(location)}}
        )
        path = f"/_snapshot/{BROUGHT}/{SNAPSHOT}/_restore?wait_for_completion=true"
        asked = {"indices": ",".join(INDICES), "include_global_state": False}
        shards = self.elastic.change("POST", path, asked, _LIMIT)["snapshot"]["shards"]
        if shards["failed"]:
            raise RecoveryError(f"elasticsearch: {shards['failed']} shards could not be restored")
        self._wait_green(_LIMIT)
        self.forget_index()
        return {"graph_files": graph, "index_files": index, "shards": shards["total"]}


@contextmanager
def _room() -> Iterator[None]:
    """Say as RecoveryError what the disk refuses; as NoRoom where it is full."""
    try:
        yield
    except OSError as error:
        kind = NoRoom if error.errno in (errno.ENOSPC, errno.EDQUOT) else RecoveryError
        told = f"{error.filename or 'the stores'}: {(error.strerror or str(error)).lower()}"
        raise kind(told, "give it more space and restore again: nothing of it serves") from None


def _copy_logs(source: Path, copy: Path) -> int:
    """Copy until two looks at the folder agree; return how many looks it took."""
    seen: dict[str, int] = {}
    for look in range(1, _LOOKS):
        now = {path.name: path.stat().st_size for path in sorted(source.glob("*.jdb"))}
        if not now:
            raise EnvironmentNotReady(f"{source}: no graph there", "it holds *.jdb files")
        if now == seen:
            return look
        if set(seen) - set(now):  # the cleaner removed one that was copied: what was in it went elsewhere
            seen = {}
            shutil.rmtree(copy)
            copy.mkdir()
        due = {name: size for name, size in sorted(now.items()) if seen.get(name) != size}
        with progress.stage("copying the graph's files", sum(due.values())) as advance:
            for name, size in due.items():
                shutil.copyfile(source / name, copy / name)
                advance(size)
        seen = now
    raise EnvironmentNotReady(
        f"{source}: the graph's files changed during each of {_LOOKS} looks", "write less"
    )


def pack(folder: Path, into: BinaryIO) -> int:
    """Pack the files of a folder, in the order of their names; return how many."""
    with solid.Writer(into) as archive:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            with path.open("rb") as file:
                archive.add_file(path.relative_to(folder).as_posix(), file, path.stat().st_size)
    return archive.entries


def unpack(archive: Path, folder: Path) -> int:
    """Unpack into a folder; return how many files. Raises ArchiveError."""
    count = 0
    with archive.open("rb") as file:
        for member in solid.members(file, archive.name):
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(member.file, out, _BLOCK)
            count += 1
    return count
