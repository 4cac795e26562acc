"""Whether a manifest can be one that metadrill wrote: names, figures and parts, before any of it is used.

A signature says who wrote a manifest, not that it is sound: a name in it may lead elsewhere, a
number may be made to break its reader.
"""

import re
from collections.abc import Iterator

from metadrill import clock
from metadrill.census.tables import STATE
from metadrill.depot import figures
from metadrill.model.backup import Manifest, Method, Mode, PartFile

CENSUS = "census."
TOLD = frozenset({"audit"})
"""The census table of a set whose repository keeps what is told of changes; it goes with `changes`."""
TABLES = STATE - TOLD
"""The census tables of every set: files of the index are no part of it."""
_ALWAYS = frozenset({"types", "entries", "moving"})
_NEEDED = {Method.LOGICAL: {"export"}, Method.PHYSICAL: {"graph_files", "index_files"}}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}")
_HOLDS = re.compile(r"[a-z][a-z_]*(\.[a-z]+)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = ("json.zst", "tar.zst", "parquet")
_NEAR = 0.001  # seconds: what rounding may do to a sum of stamps


def wrong(manifest: Manifest) -> Iterator[str]:
    """Yield what no manifest of metadrill's would say."""
    if not _NAME.fullmatch(manifest.name):
        yield "its name is no plain name"
    full, chained = manifest.mode is Mode.FULL, bool(manifest.parent)
    if full is chained or chained is not bool(_SHA256.fullmatch(manifest.parent_manifest)):
        yield f"mode '{manifest.mode}' and parent '{manifest.parent}' do not go together"
    for part in manifest.parts:
        yield from _part(part)
    yield from _parts(manifest)
    yield from _figures(manifest)
    yield from _cut(manifest)


def _part(part: PartFile) -> Iterator[str]:
    named = {f"{part.holds}-{part.sha256[:16]}.{suffix}" for suffix in _SUFFIXES}
    if not _HOLDS.fullmatch(part.holds) or not _SHA256.fullmatch(part.sha256) or part.name not in named:
        yield f"part {part.name[:80]!r} is not named by what it holds and its digest"
    if part.bytes < 0:
        yield f"part {part.name[:80]!r} has {part.bytes} bytes"


def _parts(manifest: Manifest) -> Iterator[str]:
    holds = [part.holds for part in manifest.parts]
    if len(set(holds)) != len(holds):
        yield "two parts hold the same"
    methods = set(manifest.methods)
    if not methods or len(methods) != len(manifest.methods):
        yield "no method, or one twice"
    needed = _ALWAYS.union(*(_NEEDED[method] for method in methods), {CENSUS + name for name in TABLES})
    if "changes" in holds:
        needed |= {CENSUS + name for name in TOLD}
    if missing := sorted(needed - set(holds)):
        yield f"no part holds {', '.join(missing)}"
    if unknown := sorted(name for name in holds if name.startswith(CENSUS) and name[7:] not in TABLES | TOLD):
        yield f"no table is called {', '.join(unknown)}"


def _figures(manifest: Manifest) -> Iterator[str]:
    census, moving = manifest.census, manifest.moving
    tables = TABLES | (TOLD if any(part.holds == "changes" for part in manifest.parts) else set())
    if set(census.digests) != tables or set(census.counts) != tables:
        yield "its census is not of every table"
    counts = [*census.counts.values(), *census.types.values(), manifest.cut.graph, manifest.cut.index]
    if any(count < 0 for count in (*counts, moving.entities)) or not moving.share >= 0 or moving.cap < 0:
        yield "a count is below nothing"
    share = round(moving.entities / max(census.counts.get("entities", 0), 1), 6)
    if abs(share - moving.share) > 1e-6:
        yield f"its share of what moved is {moving.share}, its figures come to {share}"
    told = {name: manifest.facts.get(name, {}) for name in ("export", "stack", "source", "entries")}
    form = all(isinstance(each, dict) for each in told.values()) and (
        _counted(told["export"].get("types", {}))
        and type(told["export"].get("entities", 0)) is int
        and isinstance(told["stack"].get("versions", {}), dict)
    )
    if not form:
        yield "its facts are not of the form"


def _counted(value: object) -> bool:
    return isinstance(value, dict) and all(type(count) is int for count in value.values())


def _cut(manifest: Manifest) -> Iterator[str]:
    cut = manifest.cut
    stamps = [cut.started, cut.ended]
    try:
        for store in cut.stores.values():
            stamps += [store["started"], store["ended"]]
        moments = [clock.moment(stamp) for stamp in stamps]
        apart = figures.skew(cut.stores)
    except (KeyError, ValueError) as error:
        yield f"its cut is no span of time: {error}"
        return
    if not moments[0] <= min(moments[2:]) or not max(moments[2:]) <= moments[1]:
        yield "its stores were not read within its cut"
    if abs(apart - cut.skew_s) > _NEAR:
        yield f"its stores are {apart} s apart, it says {cut.skew_s}"
