"""What an export of Atlas holds, wherever it is kept: in the zip file of a server, or solid in a set.

Layout (ZipSink.java, ZipExportFileNames.java): `<guid>.json` for each top-level entity with its owned
children inside, and three control entries. A failed export is HTTP 200: the verdict is inside.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from metadrill import json_text
from metadrill.archives.names import Names
from metadrill.errors import ArchiveError

ORDER = "atlas-export-order.json"
TYPES = "atlas-typesdef.json"
INFO = "atlas-export-info.json"
CONTROL = frozenset({ORDER, TYPES, INFO})

SUCCESS = "SUCCESS"
_SUFFIX = ".json"
_HINT = "was the export complete?"
_BEGIN, _NONE = re.compile(rb"\s*\["), re.compile(rb"\s*\[\s*\]\s*")
_GUID = re.compile(rb'\s*"([^"\\\x00-\x1f]+)"\s*([,\]])')


def entries(raw: Iterable[tuple[str, bytes]], name: str) -> Iterator[tuple[str, bytes]]:
    """Given the entries of an export, pass them on; `name` is how an error names it.

    In the end raises ArchiveError unless each control entry was there, the export succeeded, and its
    own list names the entities that came: until then nothing of it is proved.
    """
    seen: dict[str, Any] = {}
    with Names() as held, Names() as listed:
        for entry, content in raw:
            if not entry.endswith(_SUFFIX):
                raise ArchiveError(f"{name}: {entry[:80]!r} is no entry of an export", _HINT)
            guid = entry.removesuffix(_SUFFIX).encode(errors="surrogatepass")
            if entry in seen or (entry not in CONTROL and not held.add(guid)):
                raise ArchiveError(f"{name}: {entry} is there twice", _HINT)
            if entry in CONTROL:
                with _at(f"{name}: {entry}"):
                    seen[entry] = _control(entry, content, listed)
            yield entry, content
        _expect_whole(seen, name)
        if held.repeated():
            raise ArchiveError(f"{name}: an entity is there twice", _HINT)
        if differing := held.differing(listed):
            raise ArchiveError(f"{name}: {differing} entities differ from its own list", _HINT)


def _control(entry: str, content: bytes, listed: Names) -> Any:
    """Read a control entry; return the status where it is INFO."""
    if entry == ORDER:
        for guid in order(content):
            listed.add(guid.encode())
    return info(content).get("operationStatus") if entry == INFO else None


def _expect_whole(seen: Mapping[str, Any], name: str) -> None:
    if missing := CONTROL - set(seen):
        raise ArchiveError(f"{name}: no {', '.join(sorted(missing))} in it, so the export failed", _HINT)
    if seen[INFO] != SUCCESS:
        raise ArchiveError(f"{name}: the export ended with {str(seen[INFO])[:80]}", _HINT)


def entities(raw: Iterable[tuple[str, bytes]], name: str) -> Iterator[Mapping[str, Any]]:
    """Given the entries of an export, yield each entity as often as it is listed. Raises ArchiveError.

    A child is listed with each entity that owns it, and may have an entry of its own too.
    """
    for entry, content in raw:
        if entry not in CONTROL:
            with _at(f"{name}: {entry}"):
                yield from parse(content)


@contextmanager
def _at(place: str) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        raise ArchiveError(f"{place}: {error.message}", error.hint) from None


def parse(content: bytes) -> Iterator[dict[str, Any]]:
    """Given an entry of a top-level entity, yield that and then its children.

    Each has its `guid` and `typeName`. Raises ArchiveError where it is nothing of the kind.
    """
    body = _object(content)
    referred = body.get("referredEntities") or {}
    if not isinstance(referred, dict):
        raise ArchiveError("its referred entities are no object", _HINT)
    for entity in (body.get("entity"), *referred.values()):
        if not isinstance(entity, dict):
            raise ArchiveError("holds no entity where one must be", _HINT)
        if not (isinstance(entity.get("guid"), str) and isinstance(entity.get("typeName"), str)):
            raise ArchiveError("holds an entity without guid or type", _HINT)
        yield entity


def info(content: bytes) -> dict[str, Any]:
    """Given the content of INFO, return it: the request, the metrics, `operationStatus`."""
    return _object(content)


def order(content: bytes) -> Iterator[str]:
    """Given the content of ORDER, yield its guids; Atlas may list one twice.

    Read guid by guid: as one list of texts a large one takes three times its size.
    """
    if _NONE.fullmatch(content):
        return
    begin = _BEGIN.match(content)
    at, more = (begin.end() if begin else 0), bool(begin)
    while more:
        item = _GUID.match(content, at)
        if item is None:
            break
        yield item[1].decode(errors="replace")
        at, more = item.end(), item[2] == b","
    if not at or more or content[at:].strip():
        raise ArchiveError("is no list of guids", _HINT)


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json_text.read(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"cannot be read as JSON: {str(error)[:80]}", _HINT) from None
    if not isinstance(body, dict):
        raise ArchiveError("is no JSON object", _HINT)
    return body
