"""A set damaged, exchanged or thinned out on purpose: only ever in a depot of a run's own.

Each function returns the exact truth of what it did. What is signed anew is genuine: its signature
and its files hold, so that something else than the signature must stop it.
"""

import base64
import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from metadrill import clock
from metadrill.archives import exports, solid
from metadrill.census import stored
from metadrill.depot import composing, figures, manifest
from metadrill.depot.listing import ENTRIES
from metadrill.depot.manifest import FILE
from metadrill.depot.shelf import Depot, Draft, Held
from metadrill.errors import UsageError
from metadrill.model.backup import Cut, Manifest, Method, Mode, PartFile
from metadrill.ports import Signer
from metadrill.ports.backing import Dialect

Truth = Mapping[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bench:
    """Where sets are worked on: a depot of the run's own, and the key that its sets are signed with."""

    depot: Depot
    signer: Signer


def copied(chain: Sequence[Held], depot: Depot) -> Held:
    """Copy a set, and those that it goes with, into another depot; return it as it lies there."""
    depot.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for held in chain:
        target = depot.path / held.manifest.name
        if not target.exists():
            shutil.copytree(held.folder, target)
    return depot.open(chain[0].manifest.name)


def byte(held: Held, seed: int) -> Truth:
    """Flip every bit of one byte of one part; the seed picks both."""
    pick = random.Random(seed)  # noqa: S311 - a pick that can be made again, no secret
    part = pick.choice([item for item in held.manifest.parts if item.bytes])
    offset = pick.randrange(part.bytes)
    with (held.folder / part.name).open("r+b") as file:
        file.seek(offset)
        old = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([old ^ 0xFF]))
    was, now = f"{old:02x}", f"{old ^ 0xFF:02x}"
    truth = {"file": part.name, "offset": offset, "old": was, "new": now, "flips": [[offset, was, now]]}
    return {"set": held.manifest.name, **truth}


def lose(held: Held, seed: int) -> Truth:
    """Remove one part; the seed picks it."""
    part = random.Random(seed).choice(held.manifest.parts)  # noqa: S311 - no secret
    (held.folder / part.name).unlink()
    return {"set": held.manifest.name, "removed": part.name}


def forge(held: Held) -> Truth:
    """Rewrite the manifest to claim another environment, under the signature that it had."""
    path = held.folder / FILE
    envelope = json.loads(path.read_bytes())
    told = held.manifest.identity
    claimed = replace(held.manifest, identity=replace(told, environment=f"{told.environment}-forged"))
    envelope["payload"] = base64.b64encode(manifest.text(claimed)).decode()
    path.write_text(json.dumps(envelope))
    return {"set": held.manifest.name, "file": FILE, "claims": claimed.identity.environment}


def relabel(bench: Bench, held: Held) -> Truth:
    """Put a genuine set of the day before in the place, and under the name, of this one."""
    older = resigned(bench, held, lambda now: replace(now, cut=_earlier(now.cut, set(now.cut.stores))))
    shutil.rmtree(held.folder)
    older.folder.rename(held.folder)
    return {"set": held.manifest.name, "holds": older.manifest.name}


def resigned(bench: Bench, held: Held, edit: Callable[[Manifest], Manifest]) -> Held:
    """Publish a set with the same files and an edited manifest; return it beside the first."""
    with bench.depot.draft() as draft:
        for part in held.manifest.parts:
            shutil.copyfile(held.folder / part.name, draft.folder / part.name)
        return _published(bench, draft, edit(held.manifest))


def _published(bench: Bench, draft: Draft, made: Manifest) -> Held:
    """Sign a manifest with the run's key, under the name that it then comes to."""
    own = hashlib.sha256(bench.signer.certificate).hexdigest()
    named = manifest.named(replace(made, name="", certificate=own))
    return bench.depot.publish(draft, named, bench.signer)


def environment(now: Manifest) -> Manifest:
    """Return the manifest as of another environment."""
    told = now.identity
    return replace(now, identity=replace(told, environment=f"{told.environment}-other"))


def cluster(now: Manifest) -> Manifest:
    """Return the manifest as of another repository of the same environment."""
    mark = hashlib.sha256(now.identity.cluster.encode()).hexdigest()
    return replace(now, identity=replace(now.identity, cluster=mark[:22], fingerprint=mark))


def jurisdiction(now: Manifest) -> Manifest:
    """Return the manifest as of another jurisdiction."""
    return replace(
        now, identity=replace(now.identity, jurisdiction=f"{now.identity.jurisdiction or 'none'}-other")
    )


def version(now: Manifest) -> Manifest:
    """Return the manifest as of a newer version of the repository."""
    told = now.identity
    newer = f"{_major(told.version) + 1}.0.0"
    identity = replace(told, version=newer, versions={**told.versions, told.repository: newer})
    return replace(now, identity=identity)


def mixed_cut(now: Manifest) -> Manifest:
    """Return the manifest of a set composed of two cuts: the index read a day before the graph."""
    index = {name for name in now.cut.stores if name.startswith("index")}
    return replace(now, cut=_earlier(now.cut, index))


SWAPS: Mapping[str, Callable[[Manifest], Manifest]] = {
    "environment": environment, "cluster": cluster, "jurisdiction": jurisdiction, "version": version,
    "mixed_cut": mixed_cut,
}  # fmt: skip


def thinned(bench: Bench, held: Held, dialect: Dialect, pick: tuple[int, int]) -> tuple[Held, Truth]:
    """Publish a set whose export lacks some entities, with the census of the whole one; return it.

    `pick` is how many, and the seed that picks them, among those that no other entry brings along.
    """
    chain = bench.depot.chain(held)
    gone = _lonely(chain, dialect, pick)
    names = {f"{guid}.json" for guid in gone}
    digests: dict[str, str] = {}
    with bench.depot.draft() as draft:
        for part in _kept(held.manifest):
            shutil.copyfile(held.folder / part.name, draft.folder / part.name)
            draft.parts.append(part)
        with draft.writing("export", "logical", "tar.zst") as file, solid.Writer(file) as archive:
            for name, content in composing.entries(chain):
                if name in names:
                    continue
                told = _listing(content, gone) if name == exports.ORDER else content
                archive.add(name, told)
                digests[name] = hashlib.sha256(told).hexdigest()
        rows = ({"name": name, "sha256": digests[name]} for name in sorted(digests))
        draft.take(
            stored.write(draft.folder / "listed.parquet", rows, ENTRIES), "entries", "logical", "parquet"
        )
        facts = {**held.manifest.facts, "entries": {"all": len(digests), "kept": len(digests)}}
        made = replace(
            held.manifest, mode=Mode.FULL, methods=(Method.LOGICAL,), parent="", parent_manifest="",
            parts=tuple(draft.parts), facts=facts,
        )  # fmt: skip
        thin = _published(bench, draft, made)
    return thin, {"set": thin.manifest.name, "instead_of": held.manifest.name, "left_out": sorted(gone)}


def _lonely(chain: Sequence[Held], dialect: Dialect, pick: tuple[int, int]) -> frozenset[str]:
    """Pick entities that stand in their own entry alone, and take no other along. Raises UsageError."""
    seen: Counter[str] = Counter()
    alone: list[str] = []
    for name, content in composing.entries(chain):
        if name not in dialect.control:
            inside = {guid for guid, _ in dialect.entities(content)}
            seen.update(inside)
            if len(inside) == 1:
                alone += inside
    count, seed = pick
    fit = sorted(guid for guid in alone if seen[guid] == 1)
    if len(fit) < count:
        raise UsageError(f"lossy_backup: {len(fit):,} entities could be left out, {count:,} are asked for")
    return frozenset(random.Random(seed).sample(fit, count))  # noqa: S311 - no secret


def _listing(content: bytes, gone: frozenset[str]) -> bytes:
    return json.dumps([guid for guid in exports.order(content) if guid not in gone]).encode()


def _kept(now: Manifest) -> list[PartFile]:
    gone = {"export", "entries", "graph_files", "index_files"}
    return [part for part in now.parts if part.holds not in gone]


def _earlier(cut: Cut, names: set[str]) -> Cut:
    """Return a cut some of whose stores were read a day before."""
    stores = {
        name: {key: _before(value) for key, value in told.items()} if name in names else dict(told)
        for name, told in cut.stores.items()
    }
    started = _before(cut.started) if names else cut.started
    ended = _before(cut.ended) if names == set(cut.stores) else cut.ended
    return replace(cut, stores=stores, skew_s=figures.skew(stores), started=started, ended=ended)


def _before(moment: str) -> str:
    return clock.stamp(datetime.fromisoformat(moment) - _DAY)


def _major(text: str) -> int:
    first = text.split(".")[0]
    return int(first) if first.isdigit() else 0
