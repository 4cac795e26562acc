"""SHA256SUMS of a run's folder: `sha256sum -c SHA256SUMS` checks it without metadrill."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from metadrill.errors import JournalError
from metadrill.packs import placing

NAME = "SHA256SUMS"


def write_sums(folder: Path) -> Path:
    """Write the sums of every file under `folder` but the sums themselves; return the path."""
    lines = [_line(name, _digest(folder / name)) for name in _names(folder)]
    return placing.put(folder / NAME, "".join(lines))


def verify_sums(folder: Path) -> tuple[str, ...]:
    """Given a run's folder, return what differs: `name: changed`, `missing` or `added`; empty is good.

    Raises JournalError when the sums are not there, or a line of them cannot be read.
    """
    noted = dict(_read(folder / NAME))
    present = set(_names(folder))
    found = dict.fromkeys(present - noted.keys(), "added")
    for name, digest in noted.items():
        if name not in present:
            found[name] = "missing"
        elif _digest(folder / name) != digest:
            found[name] = "changed"
    return tuple(f"{name}: {what}" for name, what in sorted(found.items()))


def _names(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    names = (path.relative_to(folder).as_posix() for path in paths)
    return sorted(name for name in names if name != NAME)


def _digest(path: Path) -> str:
    """A link is evidence of nothing: it never equals a file, wherever it points."""
    if path.is_symlink() or not path.is_file():
        return hashlib.sha256(b"not a regular file").hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# GNU coreutils: a line whose name holds a backslash or a line break starts with a backslash.
_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))


def _line(name: str, digest: str) -> str:
    escaped = name
    for plain, escape in _ESCAPES:
        escaped = escaped.replace(plain, escape)
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


def _read(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}", "build the report of this run first") from None
    except UnicodeDecodeError:
        raise JournalError(f"{path}: not text", "the file was changed") from None
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        escaped = line.startswith("\\")
        digest, gap, name = line.removeprefix("\\").partition("  ")
        if not gap or not name or len(digest) != 64:
            raise JournalError(f"{path}:{number}: not a line of sums", "the file was changed")
        yield (_unescape(name) if escaped else name), digest


def _unescape(name: str) -> str:
    pairs = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
    out, rest = "", name
    while rest:
        pair = rest[:2]
        out += pairs.get(pair, rest[0])
        rest = rest[2:] if pair in pairs else rest[1:]
    return out
