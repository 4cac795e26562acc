"""veraPDF, the reference judge of PDF/A and PDF/UA, from Maven: for tests only.

Its jars are pinned in `verapdf.txt` (coordinates, bytes, SHA-256) and kept in the cache like the
parts of a stack. GPL-3.0+ or MPL-2.0+, and never part of what is shipped.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from metadrill.app.settings import default_cache
from metadrill.model.stack import Part
from metadrill.stacks import parts

_HERE = Path(__file__).parent
FLAVOURS = ("3a", "3b", "ua1")


def jars() -> list[Path]:
    """Return the pinned jars, fetched where they are not in the cache. Raises PartError."""
    rows = [line.split() for line in (_HERE / "verapdf.txt").read_text().splitlines()]
    wanted = [Part(at, "maven", at, digest, int(size)) for at, size, digest in rows]
    return [parts.fetch(default_cache(), part) for part in wanted]


def judged(pairs: Sequence[tuple[Path, str]]) -> list[list[str]]:
    """Given files, each with a flavour, return for each the rules that it breaks; from one JVM."""
    assert all(flavour in FLAVOURS for _, flavour in pairs)
    argv = ["java", "-Xmx512m", "-cp", os.pathsep.join(map(str, jars())), str(_HERE / "VeraPdf.java")]
    argv += [word for path, flavour in pairs for word in (flavour, str(path))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    *lines, last = done.stdout.splitlines() or [""]
    assert done.returncode == 0 and last == f"judged {len(pairs)}", done.stderr[-2000:]
    broken: list[list[str]] = [[] for _ in pairs]
    for line in lines:
        at, rule, message = line.split("\t")
        broken[int(at)].append(f"{rule} {message}")
    return broken


def failed(path: Path, flavour: str) -> list[str]:
    """Return the rules of a flavour (`3a`, `3b`, `ua1`) that a file breaks, each with its text."""
    return judged([(path, flavour)])[0]
