"""Paths that a file names: where they may lead, and where not."""

import re
from pathlib import Path, PurePosixPath

from metadrill.loading.scalars import Unfit

_PATH = r"[A-Za-z0-9._+@=, /-]+"


def relative(text: str) -> PurePosixPath:
    """Given a path as written, return it when it cannot leave the folder it is taken from.

    Raises Unfit: absolute, `~`, `..`, or characters a shell or another system reads otherwise.
    """
    if text.startswith("/") or text.startswith("~") or re.match(r"[A-Za-z]:", text):
        raise Unfit("a path that does not start in the project", "write it relative to the project's folder")
    if not re.fullmatch(_PATH, text) or text != text.strip():
        raise Unfit(
            "a path with characters that are refused", "letters, digits and . _ - + @ = , are allowed"
        )
    path = PurePosixPath(text)
    if ".." in path.parts or not path.parts:
        raise Unfit("a path that leaves the project", "write it relative to the project's folder")
    return path


def within(text: str, root: Path) -> str:
    """Given a path as written and the project's folder, return the path, when it is a file there.

    Raises Unfit: what `relative` refuses, no such file, or a link that leads out.
    """
    full = root / relative(text)
    try:
        real = full.resolve()
        inside = real.is_relative_to(root.resolve())
        there = inside and real.is_file()
    except (OSError, RuntimeError) as error:
        raise Unfit("a path that cannot be followed") from error
    if not inside:
        raise Unfit("a path that leaves the project through a link", "keep the file itself in the project")
    if not there:
        raise Unfit(f"no such file in the project: '{text}'")
    return text
