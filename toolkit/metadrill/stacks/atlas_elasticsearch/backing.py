"""Read whole for a backup: by Atlas' export and Elasticsearch's scroll; by the files of both stores."""

import hashlib
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from metadrill.archives import solid
from metadrill.errors import EnvironmentNotReady
from metadrill.ports.backing import Row, Self
from metadrill.stacks.atlas_elasticsearch import rows
from metadrill.stacks.atlas_elasticsearch.base import BRIEF
from metadrill.stacks.atlas_elasticsearch.configuration import INDICES
from metadrill.stacks.atlas_elasticsearch.filling import Filling

GRAPH_FILES = ("atlas", "data", "berkeley")
REPOSITORY = ("elasticsearch", "repository")
SNAPSHOT = "snapshot"
_LIMIT = timedelta(minutes=30)
_LOOKS = 20
_PAGE = 100
_BLOCK = 1 << 18
_ROOT_TYPE = "Referenceable"  # the first of Atlas' own types: made anew with each new graph


@dataclass(frozen=True)
class Reach:
    """The folders of both stores on this machine: the graph's files, and one for snapshots of the index."""

    graph: Path
    repository: Path
    name: str = "metadrill"


class Backing(Filling):
    """Ports `Backable`, `Audited` and `Copied`."""

    reach: Reach | None = None

    def itself(self) -> Self:
        """Return the cluster's identity, the graph's, the versions, and the plugins of the engine."""
        cluster, atlas = self.elastic.get("/", BRIEF), self.atlas.get("/admin/version", BRIEF)
        root = self.atlas.get(f"/v2/types/typedef/name/{_ROOT_TYPE}", BRIEF)
        mark = f"{root['guid']}\n{root['createTime']}"
        plugins = self.elastic.get("/_cat/plugins?format=json", BRIEF)
        return Self(
            cluster=str(cluster["cluster_uuid"]),
            fingerprint=hashlib.sha256(mark.encode()).hexdigest(),
            versions={"atlas": str(atlas["Version"]), "elasticsearch": str(cluster["version"]["number"])},
            plugins={str(item["component"]): str(item["version"]) for item in plugins},
        )

    def fit(self) -> Mapping[str, str]:
        """Return the views of both servers. Raises EnvironmentNotReady where one is not well."""
        views = dict(self.views())
        if views["elasticsearch"] not in ("green", "yellow"):
            raise EnvironmentNotReady(
                f"elasticsearch: {views['elasticsearch']}: not fit to be backed up", "mend it first"
            )
        answer = self.search("Asset", BRIEF)
        if views["atlas"] != "ACTIVE" or not answer.ok:
            raise EnvironmentNotReady(
                f"atlas: {views['atlas']}, search: {answer.text}: not fit to be backed up", "mend it first"
            )
        return views

    def documents(self) -> Iterator[Row]:
        """Yield the documents of entities, and stubs."""
        self.elastic.ask(f"/{INDICES[0]}/_refresh", None)
        return self._document_rows()

    def schema(self) -> bytes:
        """Return all type definitions, Atlas' own too, as the server writes them."""
        return self.atlas.send("GET", "/v2/types/typedefs", timeout=_LIMIT).content

    def export(self, into: BinaryIO, deadline: timedelta) -> Mapping[str, Any]:
        """Export every type that has entities, soft-deleted ones too: `forType` reads the graph."""
        counted = {name: some for name, some in self._graph_counts()[1].items() if not rows.internal(name)}
        body = {
            "itemsToExport": [{"typeName": name, "uniqueAttributes": {}} for name in sorted(counted)],
            "options": {"matchType": "forType", "fetchType": "connected"},
        }
        answer = self.atlas.send("POST", "/admin/export", timeout=deadline, json=body, stream=True)
        with answer:
            for block in answer.iter_content(_BLOCK):
                into.write(block)
        return {"types": counted}

    def changes(self, guids: Iterable[str]) -> Iterator[Row]:
        """Yield the audit of entities, oldest first; Atlas answers by entity, newest first."""
        for guid in guids:
            found: list[dict[str, Any]] = []
            key = ""
            while True:
                start = f"&startKey={key}" if key else ""
                page = self.atlas.get(f"/v2/entity/{guid}/audit?count={_PAGE}{start}") or []
                fresh = [item for item in page if item["eventKey"] not in {one["eventKey"] for one in found}]
                found += fresh
                if len(page) < _PAGE or not fresh:
                    break
                key = page[-1]["eventKey"]
            for item in sorted(found, key=lambda one: (one["timestamp"], one["eventKey"])):
                yield {
                    "guid": guid, "at": item["timestamp"], "user": item["user"], "action": item["action"],
                    "details": item.get("details") or "",
                }  # fmt: skip

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

    def _reached(self) -> Reach:
        if self.reach is None:
            root = self.place.root
            self.reach = Reach(root.joinpath(*GRAPH_FILES), root.joinpath(*REPOSITORY))
        return self.reach


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
        for name in sorted(now):
            if seen.get(name) != now[name]:
                shutil.copyfile(source / name, copy / name)
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
