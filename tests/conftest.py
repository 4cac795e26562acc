"""What a test needs, and the two switches: METADRILL_REQUIRE=all, METADRILL_FULL=1.

`needs("docker")` names an engine: where it is missing the test is skipped by that name, and the
count is printed at the end. Under METADRILL_REQUIRE=all the skip is a failure: a skipped test
never proves anything. Tests marked `slow` are left out unless METADRILL_FULL=1.
"""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("house", deadline=None)  # no test here is about time
hypothesis.settings.load_profile("house")
MISSING = pytest.StashKey[Counter[str]]()


def _root() -> bool:
    return os.geteuid() == 0


def _chromium() -> bool:
    return any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")))


def _docker() -> bool:
    """Whether an engine answers, and has or can get the image that sandboxes start from."""
    from metadrill.app import boxes
    from metadrill.app.settings import Settings

    return boxes.kind(Settings(sandbox=boxes.AUTO)) == "docker"


def _java17() -> bool:
    if shutil.which("java") is None:
        return False
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    return version is not None and int(version[1]) >= 17


def _jdk17() -> bool:
    """Whether Java can run a source file."""
    if not _java17():
        return False
    modules = subprocess.run(["java", "--list-modules"], capture_output=True, text=True, check=False)
    return "jdk.compiler" in modules.stdout


def _stack(name: str = "atlas-2.1") -> bool:
    """Whether the parts of a real stack are in the cache, or the smallest that is missing can be had."""
    from metadrill import loading
    from metadrill.app.settings import default_cache
    from metadrill.errors import EnvironmentNotReady
    from metadrill.stacks import parts

    recipe = loading.Project(Path(__file__).parents[1]).stack(name)
    wanted = parts.missing(default_cache(), recipe.parts)
    try:
        for part in sorted(wanted, key=lambda part: part.size)[:1]:
            parts.fetch(default_cache(), part)
    except EnvironmentNotReady:
        return False
    return True


@functools.cache
def _engine(name: str) -> ModuleType:
    """Load a module of `tests/engines`, which are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "engines" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _verapdf() -> bool:
    """Whether Java can run a source file, and veraPDF's jars are in the cache or can be had."""
    from metadrill.errors import EnvironmentNotReady

    if not _jdk17():
        return False
    try:
        _engine("verapdf").jars()
    except EnvironmentNotReady:
        return False
    return True


ENGINES: dict[str, Callable[[], bool]] = {
    "root": _root,
    "chromium": _chromium,
    "docker": _docker,
    "go": lambda: shutil.which("go") is not None,
    "pdfsig": lambda: shutil.which("pdfsig") is not None,
    "qpdf": lambda: shutil.which("qpdf") is not None,
    "openssl": lambda: shutil.which("openssl") is not None,
    "zstd": lambda: shutil.which("zstd") is not None,
    "node": lambda: shutil.which("node") is not None,
    "java17": _java17,
    "jdk17": _jdk17,
    "unzip": lambda: shutil.which("unzip") is not None,
    "spark": lambda: _java17() and importlib.util.find_spec("pyspark") is not None,
    "promtool": lambda: shutil.which("promtool") is not None,
    "stack": _stack,
    "cassandra": lambda: _stack("atlas-2.1-cassandra"),
    "verapdf": _verapdf,
}


@functools.cache
def there(engine: str) -> bool:
    """Whether an engine is here; looked at once."""
    return ENGINES[engine]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MISSING] = Counter()
    folder = tempfile.TemporaryDirectory(prefix="metadrill-test-keys-")
    config.add_cleanup(folder.cleanup)
    os.environ["METADRILL_KEYS"] = folder.name  # no test signs with the key of whoever runs it


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for engine in _needed(item):
            if engine not in ENGINES:
                raise pytest.UsageError(f"{item.nodeid}: needs '{engine}': there are {', '.join(ENGINES)}")
    if os.environ.get("METADRILL_FULL") != "1":
        _leave_out_slow(config, items)
    if hasattr(config, "workerinput"):  # files of live tests begin: they last longest
        items.sort(key=lambda item: "live" not in item.path.parts)


def _leave_out_slow(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = [engine for engine in _needed(item) if not there(engine)]
    if not missing:
        return
    item.config.stash[MISSING].update(missing)
    if os.environ.get("METADRILL_REQUIRE") == "all":
        pytest.fail(f"needs {', '.join(missing)}: missing here, and METADRILL_REQUIRE=all", pytrace=False)
    pytest.skip(f"needs {', '.join(missing)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = config.stash[MISSING]
    if counts:
        told = ", ".join(f"{engine} ({count})" for engine, count in sorted(counts.items()))
        terminalreporter.write_line(f"not proved here, for want of engines: {told}", yellow=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker missed to the count."""
    node.config.stash[MISSING].update(getattr(node, "workeroutput", {}).get("missing", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = dict(session.config.stash[MISSING])


def _needed(item: pytest.Item) -> tuple[str, ...]:
    """Return the engines an item names, on itself, its class and its module."""
    return tuple(dict.fromkeys(name for mark in item.iter_markers("needs") for name in mark.args))


@pytest.fixture
def cache() -> Iterator[Path]:
    """A cache folder that every user may enter: as root, pytest's own is closed to the unprivileged one."""
    with tempfile.TemporaryDirectory(prefix="metadrill-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "cache"


@pytest.fixture(scope="session")
def verapdf() -> ModuleType:
    """The judge of PDFs: `verapdf.failed(path, "3a")`. The test needs `verapdf`."""
    return _engine("verapdf")


@pytest.fixture(scope="session")
def audit_verifier() -> ModuleType:
    """The verifier of audit logs that shares nothing with metadrill; `verify` raises its `Wrong`."""
    return _engine("audit_verifier")


@pytest.fixture(scope="session")
def coverage_verifier() -> ModuleType:
    """What recomputes a coverage ledger's picks and shares nothing with metadrill; `verify` asserts."""
    return _engine("coverage_verifier")


@pytest.fixture(scope="session")
def backup_verifier() -> ModuleType:
    """The verifier of backup sets that shares nothing with metadrill; `verify` raises for a damaged one."""
    return _engine("backup_verifier")


@pytest.fixture(scope="session")
def go_verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier of audit logs made of Go's own note and tlog packages, built. The test needs `go`."""
    program = tmp_path_factory.mktemp("go") / "audit"
    source = Path(__file__).parent / "engines" / "audit"
    done = subprocess.run(
        ["go", "build", "-buildvcs=false", "-o", str(program), "."],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program
