"""A project on the in-memory twin of a stack, which comes as a plugin: a whole drill in seconds.

The twin is registered as anybody's adapter would be: a distribution with an entry point, on the
path of the process that runs `metadrill`. Its sandbox is a real one, with a real child in it.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import metadrill
from metadrill import clock, journal
from metadrill.sandboxes import lease

from .backed import Backed
from .playing import play
from .warm import Child

__all__ = ["play"]
PATIENCE = timedelta(seconds=60)
OURS = str(Path(metadrill.__file__).parents[1])
"""Where the code under test lies: what is called is this, whatever is installed."""

TWINS = '''
import os, pathlib, time
from metadrill.model.sandboxed import Program
from metadrill_hiding import Counted
from metadrill.workloads import canary

canary.INTERVAL /= 5  # the twin answers at once: nothing needs the patience that a real stack does


class Twin(Counted):
    """The in-memory stack, with one real child process; it lingers where it was told to."""

    cold = False
    progress = None

    def boot(self, deadline):
        log = self.sandbox.root / "child.log"
        line = "sleep 300 & (setsid sleep 300 &) ; wait"
        path = {"PATH": "/usr/bin:/bin"}
        self.sandbox.spawn(Program("child", ("sh", "-c", line), self.sandbox.root, path, log))
        linger("boot")
        if os.environ.get("TWIN_BREAKS") == "boot":
            raise RuntimeError("the twin broke")
        return super().boot(deadline)

    def snapshot(self):
        linger("snapshot")
        return super().snapshot()

    def restore_snapshot(self, ref):
        linger("restore")
        return super().restore_snapshot(ref)


def linger(where):
    if os.environ.get("TWIN_LINGERS") == where:
        time.sleep(120)


def standing(place, record):
    """A repository that stands: its graph is what a file says, wherever its address leads."""
    there = Counted(place, record, warm=pathlib.Path(os.environ["TWIN_LIVE"]))
    there.boot(None)
    there.settle(None)
    return there


class Factory:
    dialect = Counted.dialect

    def __init__(self, recipe, dataset, cache, record, reach=None):
        self.record = record

    def __call__(self, sandbox):
        if hasattr(sandbox, "urls"):
            return standing(sandbox, self.record)
        return Twin(sandbox, self.record)

    def part_file(self, name):
        raise KeyError(name)

    def missing(self):
        return ()

    def kept(self):
        return False
'''

FILES = {
    "metadrill.yaml": "sandbox: process\n",
    "fixtures/stacks/twin.yaml": """
metadrill: stack/v1
name: twin
kind: twin
title: In memory
versions: {elasticsearch: memory, atlas: memory}
parts: []
config: {}
abilities: [index_files, index_snapshots, index_repair]
needs: {disk_mb: 1, memory_mb: 1}
""",
    "fixtures/datasets/sample.yaml": """
metadrill: dataset/v1
name: sample
title: The sample of the twin
steps: [quickstart]
""",
    "fixtures/suites/small.yaml": """
metadrill: suite/v1
name: small
title: Nothing lost, and the index agrees
checks:
  - check: 6
    title: No entity is lost
    frame: entities_joined
    expect: expect_column_values_to_be_in_set
    with: {column: side, value_set: [both]}
    severity: critical
    key: [guid]
  - check: 33
    title: Graph and index hold the same
    frame: graph_index
    expect: expect_column_values_to_be_in_set
    with: {column: side, value_set: [both]}
    severity: critical
    key: [guid]
""",
    "scenarios/twin-bytes.yaml": """
metadrill: scenario/v1
name: twin-bytes
title: A byte of the search index goes bad
threat: Storage fault on an index node.
applies_to: [twin]
fault:
  corrupt_index_file: {index: janusgraph_vertex_index, bytes: 1, startup_check: checksum}
noticed_by:
  - search_answers: {type: hive_table, within: 1s}
  - suite: segments
recoveries: [index_snapshot, index_rebuild]
must_hold: [small]
""",
    "drills/twin.yaml": """
metadrill: drill/v1
name: twin
scenario: twin-bytes
recovery: index_snapshot
stack: twin
data: {dataset: sample}
objectives:
  rto: {limit: 1m}
  rpo: {limit: 1m}
""",
    "drills/ranked.yaml": """
metadrill: drill/v1
name: ranked
scenario: twin-bytes
recovery: all
stack: twin
data: {dataset: sample}
objectives:
  rto: {limit: 1m}
  rpo: {limit: 1m}
""",
}


@dataclass
class Ended:
    """A call of `metadrill` that is over."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it printed under --json."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Project:
    """A user's project, and `metadrill` called in it as a user calls it."""

    folder: Path
    cache: Path
    plugins: Path
    begun: list[Child] = field(default_factory=list)

    def begin(self, *words: str, **env: str) -> Child:
        known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {
            "PYTHONPATH": os.pathsep.join((str(self.plugins), OURS)),
            "METADRILL_CACHE": str(self.cache),
            "METADRILL_KEYS": str(self.folder.parent / "keys"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        child = Child(words, self.folder, {**known, **own, **env})
        self.begun.append(child)
        return child

    def call(self, *words: str, **env: str) -> Ended:
        child = self.begin(*words, **env)
        out, err = child.communicate(timeout=120)
        return Ended(child.returncode, out, err)

    @property
    def runs(self) -> list[Path]:
        return sorted((self.folder / ".metadrill" / "runs").glob("*"))

    def reaches(self, kind: str) -> Path:
        """Wait until the one run has recorded an event of a kind; return its folder."""

        def seen() -> Path | None:
            for run in self.runs:
                path = run / "journal.jsonl"
                if path.exists() and f'"kind":"{kind}"' in path.read_text():
                    return run
            return None

        return clock.wait_until(seen, PATIENCE, f"a run has recorded {kind}")

    def kinds(self, run: Path) -> list[str]:
        return [event.kind for event in journal.read(run / "journal.jsonl").events]


@contextmanager
def _made(folder: Path) -> Iterator[Project]:
    plugins = folder / "plugins"
    info = plugins / "metadrill_twins-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: metadrill-twins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[metadrill.stacks]\ntwin = metadrill_twins:Factory\n")
    (plugins / "metadrill_twins.py").write_text(TWINS)
    shutil.copyfile(Path(__file__).with_name("hiding.py"), plugins / "metadrill_hiding.py")
    for name, text in FILES.items():
        path = folder / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())
    made = Project(folder / "project", folder / "cache", plugins)
    yield made
    for child in made.begun:
        child.kill()
        child.communicate()
    for item in lease.read(made.cache):
        lease.remove(made.cache, item)


@pytest.fixture
def project(cache: Path) -> Iterator[Project]:
    with _made(cache.parent) as made:
        yield made


@pytest.fixture(scope="module")
def lasting() -> Iterator[Project]:
    """A project for all tests of a module; what it came to must not be changed."""
    with tempfile.TemporaryDirectory(prefix="metadrill-test-") as name:
        Path(name).chmod(0o755)
        with _made(Path(name)) as made:
            yield made


@pytest.fixture(scope="module")
def finished(lasting: Project) -> tuple[Project, Ended]:
    """One drill that ran to its end, looked at by several tests; its folder must not be changed."""
    return lasting, lasting.call("run", "twin", "--json")


@pytest.fixture
def backed(project: Project, monkeypatch: pytest.MonkeyPatch) -> Backed:
    """The project with a depot and a connection."""
    return Backed(project, monkeypatch)
