"""The plain way to put lines on disk: a bare write and fdatasync of each."""

import os
from collections.abc import Iterable
from pathlib import Path


def append(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines to a new file, each synced before the next."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for line in lines:
        os.write(file, line)
        os.fdatasync(file)
    os.close(file)
