"""Shapes of what a file points at: files of the project, members of archives, addresses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from metadrill.loading import paths, scalars
from metadrill.loading.document import Node
from metadrill.loading.shapes import Reading, Text, text_of

_RELATIVE = r"^(?![/~])(?!.*(^|/)\.\.(/|$)).+$"
_LONGEST = 4_096


def _judged(node: Node, reading: Reading, what: str, judge: Callable[[str], str]) -> str:
    value = text_of(node, reading, what)
    try:
        return judge(value) if value else ""
    except scalars.Unfit as unfit:
        reading.wrong(node.place, unfit.what, unfit.hint)
        return ""


class ProjectFile:
    """A file in the project, by a path relative to the project's folder."""

    def read(self, node: Node, reading: Reading) -> str:
        return _judged(node, reading, "a path", lambda text: paths.within(text, reading.root))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "pattern": _RELATIVE}


class Member:
    """A file in an archive, by its path there."""

    def read(self, node: Node, reading: Reading) -> str:
        return _judged(node, reading, "a path", lambda text: str(paths.relative(text)))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "pattern": _RELATIVE}


class LocalPath:
    """A file or folder of this machine: absolute, from `~/`, or from the folder of the file that names it."""

    def read(self, node: Node, reading: Reading) -> Path:
        value = Text("a path", longest=_LONGEST).read(node, reading)
        try:
            return reading.root / (Path(value).expanduser() if value.startswith("~/") else value)
        except RuntimeError:  # nobody's home
            reading.wrong(node.place, "a path that begins at a home folder, and there is none")
            return reading.root

    def schema(self) -> dict[str, Any]:
        return Text("a path", longest=_LONGEST).schema()


class Address:
    """A URL that a probe, a fault or a recovery may call."""

    def read(self, node: Node, reading: Reading) -> str:
        from metadrill.loading import addresses  # its libraries are of use to few files

        return _judged(node, reading, "an address", addresses.address)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "pattern": "^https?://[^@]+$"}


class ServerAddress:
    """The URL of a server, without query or fragment; the slash at its end is dropped."""

    def read(self, node: Node, reading: Reading) -> str:
        from metadrill.loading import addresses  # its libraries are of use to few files

        return _judged(node, reading, "an address", addresses.server)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "pattern": "^https?://[^@?#]+$"}
