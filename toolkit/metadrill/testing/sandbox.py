"""The twin of a sandbox: a real folder and a real lease, programs in name only."""

import json
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from metadrill.model.sandboxed import Isolation, Program, Removal

_PROBES: tuple[Mapping[str, str], ...] = ({"target": "anywhere", "outcome": "no way out: nothing runs"},)


class MemorySandbox:
    """A folder with a lease beside it. Programs are remembered, never started."""

    def __init__(self, folder: Path, label: str, number: int) -> None:
        self.id = f"memory-{label}-{number}"
        self.root = folder / self.id
        self.lease = folder / f"{self.id}.lease"
        self.programs: dict[str, int] = {}
        self._ports: dict[str, int] = {}
        self.when_cut: list[Callable[[], None]] = []
        self.lease.write_text(json.dumps({"id": self.id, "label": label}))
        self.root.mkdir()

    def port(self, name: str) -> int:
        """Return a port that was free when first asked for, the same one each time."""
        if name not in self._ports:
            self._ports[name] = _free_port()
        return self._ports[name]

    def spawn(self, program: Program) -> int:
        """Remember a program, leave its log, and return a number for it."""
        program.log.write_text(f"{program.name}: in memory only\n")
        self.programs[program.name] = len(self.programs) + 1
        return self.programs[program.name]

    def running(self, name: str) -> bool:
        """Whether a program is remembered."""
        return name in self.programs

    def stop(self, name: str, deadline: timedelta) -> None:
        """Forget a program."""
        self.programs.pop(name, None)

    def isolation(self) -> Isolation:
        """Nothing runs here, so nothing gets out."""
        return Isolation(proved=True, probes=_PROBES)

    def cut(self) -> str:
        """Let whatever stands in it be reached by nobody any more."""
        for cut_off in self.when_cut:
            cut_off()
        return "cut off, in memory"

    def remove(self) -> Removal:
        """Delete the folder and the lease, and say what is left."""
        self.programs.clear()
        shutil.rmtree(self.root, ignore_errors=True)
        self.lease.unlink(missing_ok=True)
        left = tuple(path.name for path in (self.root, self.lease) if path.exists())
        return Removal(files=left)


class MemorySandboxes:
    """The kind `memory`. Every sandbox it made stands in `made`."""

    kind = "memory"

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="metadrill-memory-"))
        self.made: list[MemorySandbox] = []

    def create(self, label: str) -> MemorySandbox:
        """Make an empty sandbox in this kind's folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sandbox = MemorySandbox(self.folder, label, len(self.made) + 1)
        self.made.append(sandbox)
        return sandbox

    def left(self) -> list[str]:
        """Return the names of everything that was not removed."""
        return sorted(path.name for path in self.folder.iterdir())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
