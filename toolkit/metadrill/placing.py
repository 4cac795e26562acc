"""Files put in place whole: written beside, synced, renamed."""

import os
from pathlib import Path

READABLE = 0o644
EXECUTABLE = 0o755
_PART = ".part"


def encoded(text: str) -> bytes:
    """Return text as UTF-8; what that cannot hold (a lone surrogate) as its escape."""
    return text.encode("utf-8", "backslashreplace")


def put(path: Path, content: str | bytes, mode: int = READABLE) -> Path:
    """Write `content` to `path` atomically and return the path. Raises OSError; leaves no half file."""
    raw = content if isinstance(content, bytes) else encoded(content)
    beside = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    try:
        with beside.open("wb") as file:
            file.write(raw)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    sync(path.parent)
    return path


def sweep(folder: Path) -> None:
    """Remove what a killed `put` left in a folder. Raises OSError."""
    for path in folder.glob(f".*{_PART}"):
        path.unlink()
    sync(folder)


def sync(path: Path) -> None:
    """Put a folder's entries on disk. Raises OSError."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
