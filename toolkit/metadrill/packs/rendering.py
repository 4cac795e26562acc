"""Pages in HTML → PDF/A-3a and PDF/UA-1 in one, drawn by a child process with limits.

Nothing is fetched: a page has what stands in its `resources`, by `pack:NAME`, and nothing else;
no font but its own either. The same documents give the same bytes on every machine that has the
same libraries. What the pages ask for and do not get stops the rendering, never silently.
"""

import base64
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from metadrill.errors import EnvironmentNotReady, UsageError

REQUEST, ANSWER, ERRORS = "request.json", "answer.json", "stderr"
"""Files of the folder through which the child is asked and answers."""

_CHILD = "metadrill.packs.pdf_child"
_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0")
_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "PYTHONHASHSEED")
_NO_FONTS = '<?xml version="1.0"?><fontconfig><cachedir>{}</cachedir></fontconfig>'
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_MIB = 1 << 20


@dataclass(frozen=True)
class Attachment:
    """A file inside a PDF; `relationship` is PDF's own word: Data, Source, Alternative, Supplement."""

    name: str
    data: bytes
    mime: str
    description: str
    relationship: str = "Data"


@dataclass(frozen=True)
class Document:
    """One PDF to be drawn. Author, description and language stand in the HTML.

    `identifier` is the file's fixed one, 16 bytes, written in hexadecimal; `created` its fixed
    date, and that of its attachments. `resources` holds what the page names as `pack:NAME`.
    """

    name: str
    html: str
    title: str
    identifier: bytes
    created: datetime
    attachments: tuple[Attachment, ...] = ()
    resources: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What all documents of one call may cost: `memory` in bytes of data, time by two clocks."""

    memory: int = 1024 * _MIB
    processor: timedelta = timedelta(minutes=2)
    wall: timedelta = timedelta(minutes=2)


def ready() -> None:
    """Raise EnvironmentNotReady where Pango, which draws the pages, cannot be loaded. Cheap."""
    for name in _LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            raise EnvironmentNotReady(
                f"{name} is missing, which draws the evidence", f"sudo apt-get install {_PACKAGES}"
            ) from None


def render(documents: Sequence[Document], limits: Limits | None = None) -> Mapping[str, bytes]:
    """Given documents, return the bytes of each PDF by its name, all from one child process.

    Raises EnvironmentNotReady for missing libraries and for a limit that was reached, by its
    name; UsageError for a page that asks for what is not in its resources, names the address,
    and for one that breaks a rule of accessibility that is seen while drawing. Whichever way
    it ends, the child is gone and its folder too.
    """
    for document in documents:
        _check(document)
    ready()
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="metadrill-pdf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _ask(folder, documents, limits)
        code = _run(folder, limits)
        _refuse(folder, code, limits)
        return {
            document.name: (folder / f"{number}.pdf").read_bytes()
            for number, document in enumerate(documents)
        }


def _check(document: Document) -> None:
    names = [one.name for one in document.attachments]
    wrong = [
        (len(document.identifier) != 16, "its identifier must have 16 bytes"),
        (document.created.tzinfo is None, "its date must have a time zone"),
        (len(set(names)) != len(names), "two of its attachments have one name"),
        *((not _MIME.fullmatch(one.mime), f"{one.mime!r} is no media type") for one in document.attachments),
    ]
    for broken, reason in wrong:
        if broken:
            raise UsageError(f"{document.name}: {reason}")


def _ask(folder: Path, documents: Sequence[Document], limits: Limits) -> None:
    request = {
        "memory": limits.memory,
        "processor": max(1, round(limits.processor.total_seconds())),
        "documents": [_spelled(document) for document in documents],
    }
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
    (folder / "fonts.conf").write_text(_NO_FONTS.format(folder / "cache"), encoding="utf-8")


def _spelled(document: Document) -> dict[str, Any]:
    moment = document.created.astimezone(UTC).replace(microsecond=0)
    return {
        "name": document.name,
        "html": document.html,
        "title": document.title,
        "identifier": document.identifier.hex(),
        "created": moment.isoformat(),
        "attachments": [
            {
                "name": one.name,
                "data": _text(one.data),
                "mime": one.mime,
                "description": one.description,
                "relationship": one.relationship,
            }
            for one in sorted(document.attachments, key=lambda one: one.name)
        ],
        "resources": {name: _text(data) for name, data in document.resources.items()},
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _run(folder: Path, limits: Limits) -> int | None:
    """Run the child and return its exit code, or None where it was ended for the wall clock."""
    argv = [sys.executable, "-P", "-B", "-m", _CHILD, str(folder)]
    with (folder / ERRORS).open("wb") as errors:
        child = subprocess.Popen(
            argv,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
        try:
            return child.wait(limits.wall.total_seconds())
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and its group. Once it was collected its number may be another's: only then not."""
    if child.returncode is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which neither the user's settings nor the machine's fonts show."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        "PYTHONHASHSEED": "0",
        **kept,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": "0",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }


def _refuse(folder: Path, code: int | None, limits: Limits) -> None:
    """Raise what the child's end means; return where it drew everything."""
    if code is None:
        raise _over(f"longer than {limits.wall.total_seconds():.0f} s")
    answer = _answer(folder)
    if answer.get("done") and code == 0:
        return
    if refused := answer.get("refused"):
        raise UsageError(refused, answer.get("hint", ""))
    if code == -signal.SIGXCPU:
        raise _over(f"more than {limits.processor.total_seconds():.0f} s of the processor")
    said = (folder / ERRORS).read_text(encoding="utf-8", errors="replace")
    # GLib says that it failed to allocate, and ends the process; Python may not come to its answer
    if answer.get("memory") or "allocate" in said or "MemoryError" in said:
        raise _over(f"more than {limits.memory // _MIB} MiB of memory")
    if "pango_font" in said:
        raise UsageError("a page uses none of its fonts, and there are no others", "add an @font-face")
    ended = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    raise EnvironmentNotReady(
        f"the evidence could not be drawn: {answer.get('failed') or _last(said) or ended}",
        f"it may have {limits.memory // _MIB} MiB, and needs {_PACKAGES}",
    )


def _answer(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / ANSWER).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _last(text: str) -> str:
    lines: Iterable[str] = (line for line in reversed(text.splitlines()) if line.strip())
    return next(iter(lines), "")


def _over(limit: str) -> EnvironmentNotReady:
    return EnvironmentNotReady(
        f"drawing the evidence took {limit}, and was stopped", "put what is long into an attachment"
    )
