"""Files that hold a secret: their owner alone may read them, or they are refused."""

import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from metadrill.errors import KeyRefused
from metadrill.model.secret import Secret

if TYPE_CHECKING:
    from metadrill.model.configuration import SecretPlace

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700
_OTHERS_READ, _OTHERS_WRITE = 0o077, 0o022
_MOST = 1_000_000


def folder() -> Path:
    """Return where keys lie that were made on first use.

    `METADRILL_KEYS`, or `$XDG_CONFIG_HOME/metadrill/keys`, or `~/.config/metadrill/keys`.
    """
    if told := os.environ.get("METADRILL_KEYS"):
        return Path(told).absolute()
    if told := os.environ.get("XDG_CONFIG_HOME"):
        return Path(told).absolute() / "metadrill" / "keys"
    return Path.home() / ".config" / "metadrill" / "keys"


def read(path: Path) -> bytes:
    """Return the content of a file that only its owner, who runs this, can read.

    Looks at what it has opened, so that nothing can be put in its place in between. Raises
    KeyRefused for a link, a file that others can read or own, a folder that others can write
    to, a file that cannot be read; FileNotFoundError where there is none.
    """
    _check_folder(path.parent)
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink():
            raise KeyRefused(f"{path}: is a link", "name the file itself") from None
        raise KeyRefused(f"{path}: {(error.strerror or str(error)).lower()}", "see who may read it") from None
    try:
        _check_file(path, os.fstat(file))
        return os.read(file, _MOST)
    finally:
        os.close(file)


def secret(place: "SecretPlace", name: str) -> Secret:
    """Return the secret that lies at a place, under a name to speak of it by.

    Of a file its first line, so that an editor's line break does not count. Raises KeyRefused, which
    names the place: a variable or a file that is not there or is empty, and what `read` refuses.
    """
    if place.file is None:
        where, word = place.env, os.environ.get(place.env, "")
        if place.env not in os.environ:
            raise KeyRefused(f"{where}: not in the environment", f"set it to the {name}")
    else:
        where, word = str(place.file), _first_line(place.file, name)
    if not word:
        raise KeyRefused(f"{where}: is empty", f"it holds the {name}")
    return Secret(name, word)


def _first_line(path: Path, name: str) -> str:
    try:
        return read(path).split(b"\n")[0].removesuffix(b"\r").decode()
    except FileNotFoundError:
        raise KeyRefused(f"{path}: no such file", f"it holds the {name}") from None
    except UnicodeDecodeError:
        raise KeyRefused(f"{path}: not UTF-8", f"it holds the {name}, alone") from None


def _check_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyRefused(f"{path}: not a file", "name the file of the key")
    if found.st_uid != os.geteuid():
        raise KeyRefused(f"{path}: belongs to another user", f"chown it to user {os.geteuid()}")
    if found.st_mode & _OTHERS_READ:
        mode = stat.S_IMODE(found.st_mode)
        raise KeyRefused(f"{path}: others may read it (mode {mode:04o})", f"chmod 600 {path}")
    if found.st_size > _MOST:
        raise KeyRefused(f"{path}: {found.st_size} bytes are no key", "name the file of the key")


def _check_folder(folder: Path) -> None:
    try:
        found = folder.stat()
    except OSError:
        return  # the file cannot be opened either, and says why
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyRefused(f"{folder}: belongs to another user", "keep keys in a folder of your own")
    if found.st_mode & _OTHERS_WRITE:
        mode = stat.S_IMODE(found.st_mode)
        raise KeyRefused(f"{folder}: others may write to it (mode {mode:04o})", f"chmod 700 {folder}")


def put_once(path: Path, content: bytes, mode: int = OWNER_FILE) -> None:
    """Write a file, by default its owner's alone, unless there is one already: that one stays.

    Whole or not at all, and of two that do this at once one wins. Raises KeyRefused.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
        beside.unlink(missing_ok=True)
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            if not path.is_symlink():
                path.hardlink_to(beside)
        except FileExistsError:
            pass  # another run made one first
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise KeyRefused(
            f"{path}: cannot be written: {(error.strerror or str(error)).lower()}",
            "set METADRILL_KEYS to a folder of your own, or name a key in metadrill.yaml",
        ) from None
