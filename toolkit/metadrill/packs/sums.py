"""SHA256SUMS of a run's folder: `sha256sum -c SHA256SUMS` checks it without metadrill."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from metadrill import placing
from metadrill.errors import JournalError

NAME = "SHA256SUMS"


def write_sums(folder: Path) -> Path:
    """Write the sums of every file under `folder` but the sums themselves; return the path."""
    return placing.put(folder / NAME, text(digests(folder)))


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 (hex) of every file under `folder` but the sums, by its name there, sorted."""
    return {name: _digest(folder / name) for name in _names(folder)}


def text(found: Mapping[str, str]) -> str:
    """Given digests by name, return the sums as they are written: sorted, a line each."""
    return "".join(_line(name, found[name]) for name in sorted(found))


def verify_sums(folder: Path) -> tuple[str, ...]:
    """Given a run's folder, return what differs: `name: changed`, `missing` or `added`; empty is good.

    Raises JournalError when the sums are not there, or a line of them cannot be read.
    """
    found = differences(read(folder), digests(folder))
    return tuple(f"{name}: {what}" for name, what in found.items())


def read(folder: Path) -> dict[str, str]:
    """Return the noted digests by name. Raises JournalError where they cannot be read, with the line."""
    return dict(_read(folder / NAME))


def differences(noted: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Given digests as noted and as they are, return by name what differs: changed, missing, added."""
    found = dict.fromkeys(present.keys() - noted.keys(), "added")
    for name, digest in noted.items():
        if present.get(name) != digest:
            found[name] = "changed" if name in present else "missing"
    return dict(sorted(found.items()))


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
    if path.is_symlink():
        raise JournalError(f"{path}: a link, not the sums themselves", "the file was changed")
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
