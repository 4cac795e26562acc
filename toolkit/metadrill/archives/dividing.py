"""An export with only some of its entities in it, in the form that is imported."""

import json
from collections.abc import Callable, Iterable, Iterator

from metadrill.archives import exports
from metadrill.errors import ArchiveError

Piece = tuple[str, bytes]


def only(
    entries: Iterable[tuple[str, bytes]], pieces: Callable[[bytes], Iterable[Piece]]
) -> Iterator[tuple[str, bytes]]:
    """Given the entries of an export, yield those of a smaller one.

    `pieces` says what is left of an entry: guids, each with the content of its own entry; nothing of
    one that is not wanted. The list of guids follows last, in the order of the whole export. Raises
    ArchiveError where nothing is left, or there is no list.
    """
    order: list[str] | None = None
    made: dict[str, list[str]] = {}
    seen: set[str] = set()
    for name, content in entries:
        if name == exports.ORDER:
            order = list(exports.order(content))
        elif name in exports.CONTROL:
            yield name, content
        else:
            whole = name.removesuffix(".json")
            for guid, piece in pieces(content):
                if guid not in seen:
                    seen.add(guid)
                    made.setdefault(whole, []).append(guid)
                    yield f"{guid}.json", piece
    if not seen or order is None:
        raise ArchiveError("nothing of the export is left", "are the entities in this set?")
    listed = [guid for name in dict.fromkeys(order) for guid in made.pop(name, ())]
    listed += [guid for rest in made.values() for guid in rest]
    yield exports.ORDER, json.dumps(listed).encode()
