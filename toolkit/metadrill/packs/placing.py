"""Files put in place whole: written beside, synced, renamed."""

import os
from pathlib import Path

READABLE = 0o644
EXECUTABLE = 0o755


def encoded(text: str) -> bytes:
    """Return text as UTF-8; what that cannot hold (a lone surrogate) as its escape."""
    return text.encode("utf-8", "backslashreplace")


def put(path: Path, text: str, mode: int = READABLE) -> Path:
    """Write `text` to `path` atomically and return the path. Raises OSError; leaves no half file."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(encoded(text))
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
