"""Logs of the sandbox, copied into the run's folder with every secret taken out."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from metadrill.model.secret import Secret


@runtime_checkable
class Logged(Protocol):
    """A stack that says where its logs lie, and what must not stand in a copy of them."""

    def logs(self) -> Sequence[Path]: ...
    def secrets(self) -> Sequence[Secret]: ...


def collect(stack: Any, folder: Path) -> list[dict[str, Any]]:
    """Copy the stack's logs, line by line and redacted; return a row per file (name, bytes).

    A stack that names no logs gives none. Two files of one name get a number.
    """
    if not isinstance(stack, Logged):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    hidden = [(secret.reveal().encode(), f"[{secret.name}]".encode()) for secret in stack.secrets()]
    rows = []
    for source in stack.logs():
        if not source.is_file():
            continue
        target = _free(folder, source.name)
        with source.open("rb") as lines, target.open("wb") as copy:
            if not hidden:
                shutil.copyfileobj(lines, copy)
            for line in lines:
                copy.write(_redacted(line, hidden))
        rows.append({"name": target.name, "bytes": target.stat().st_size})
    return rows


def _redacted(line: bytes, hidden: Sequence[tuple[bytes, bytes]]) -> bytes:
    for value, name in hidden:
        line = line.replace(value, name) if value else line
    return line


def _free(folder: Path, name: str) -> Path:
    number, target = 1, folder / name
    while target.exists():
        number += 1
        target = folder / f"{number}-{name}"
    return target
