"""Logs of the sandbox, copied into the run's folder with every secret taken out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from metadrill import redacting
from metadrill.redacting import Confided


@runtime_checkable
class Logged(Confided, Protocol):
    """A stack that says where its logs lie, and what must not stand in a copy of them."""

    def logs(self) -> Sequence[Path]: ...


def collect(stack: Any, folder: Path) -> list[dict[str, Any]]:
    """Copy the stack's logs, line by line and redacted; return a row per file (name, bytes).

    A stack that names no logs gives none. Two files of one name get a number.
    """
    if not isinstance(stack, Logged):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for source in stack.logs():
        if not source.is_file():
            continue
        target = _free(folder, source.name)
        with source.open("rb") as lines, target.open("wb") as copy:
            redacting.copy(lines, copy, stack.secrets())
        rows.append({"name": target.name, "bytes": target.stat().st_size})
    return rows


def _free(folder: Path, name: str) -> Path:
    number, target = 1, folder / name
    while target.exists():
        number += 1
        target = folder / f"{number}-{name}"
    return target
