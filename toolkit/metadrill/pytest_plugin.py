"""pytest plugin: drills and restores as tests. `toolkit/docs/pytest.md` shows it; six lines do.

Registered as `metadrill` under pytest's own entry points; everything heavy is imported when a
fixture is used.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from metadrill.app.restoring import Restored
    from metadrill.app.settings import Settings
    from metadrill.model.assessment import Assessment

_REPORTED = ("report.html", "junit.xml", "assessment.json", "journal.jsonl")


@dataclass(frozen=True)
class AtlasSandbox:
    """An Atlas that stands for the session, with its Elasticsearch: addresses, account, password by file."""

    id: str
    url: str
    elasticsearch_url: str
    user: str
    password_file: Path


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--drill-report` and `--drill-config`."""
    group = parser.getgroup("metadrill", "recovery drills")
    group.addoption("--drill-report", metavar="DIR", help="Copy the reports of every drill into DIR.")
    group.addoption("--drill-config", metavar="FILE", help="The configuration file (metadrill.yaml).")


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers."""
    config.addinivalue_line("markers", "drill(reference): the drill that the fixture `drill` runs")
    config.addinivalue_line(
        "markers", "backup(reference, method=None): the set that the fixture `restored` restores"
    )


def _settings(request: pytest.FixtureRequest) -> "Settings":
    from metadrill.app import configured

    told = request.config.getoption("--drill-config")
    return configured.settings(Path(told) if told else None, None, None)


def _marked(request: pytest.FixtureRequest, name: str, *otherwise: str) -> tuple[str, dict[str, Any]]:
    mark = request.node.get_closest_marker(name)
    if mark is None and not otherwise:
        raise pytest.UsageError(f'{request.node.nodeid}: mark it with @pytest.mark.{name}("…")')
    words = mark.args if mark is not None and mark.args else otherwise
    return str(words[0]), dict(mark.kwargs) if mark is not None else {}


@pytest.fixture
def drill(request: pytest.FixtureRequest) -> "Assessment":
    """Run the drill of the marker `drill`, and return its assessment: `verdict`, `sentence`, `rta`, …"""
    from metadrill.app import running

    reference, _ = _marked(request, "drill")
    outcomes = list(running.run(_settings(request), reference, running.RunOptions(command="pytest")))
    for outcome in outcomes:
        _report(request, outcome.folder)
        request.node.user_properties += [
            ("metadrill.run", outcome.folder.name),
            ("metadrill.verdict", outcome.assessment.verdict.value),
        ]
    if len(outcomes) != 1:
        raise pytest.UsageError(f"{reference}: ran {len(outcomes)} times: name one recovery in the drill")
    return outcomes[0].assessment


def _report(request: pytest.FixtureRequest, folder: Path) -> None:
    told = request.config.getoption("--drill-report")
    if not told:
        return
    target = Path(told) / folder.name
    target.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name in _REPORTED or path.suffix == ".pdf":
            shutil.copyfile(path, target / path.name)


@pytest.fixture
def restored(request: pytest.FixtureRequest) -> "Restored":
    """Restore the set of the marker `backup` (the latest by default) into a sandbox, compare it with its
    census, remove the sandbox, and return what was seen: `code`, `rows` of checks, `method`."""
    from metadrill.app import restoring
    from metadrill.model.backup import Method

    reference, told = _marked(request, "backup", "latest")
    method = Method(told["method"]) if told.get("method") else None
    wanted = restoring.Wanted(
        reference, told.get("depot"), told.get("environment", ""), told.get("stack", "atlas-2.1"), method,
        accept_unproved=bool(told.get("accept_unproved_isolation")),
    )  # fmt: skip
    return restoring.restore(_settings(request), wanted, lambda step, facts: None)


@pytest.fixture(scope="session")
def atlas_sandbox(request: pytest.FixtureRequest) -> Iterator[AtlasSandbox]:
    """An Atlas with the dataset `starter`, standing for the session, and removed at its end."""
    from metadrill.app import standing

    settings = _settings(request)
    made = standing.up(settings, "atlas-2.1", "starter", lambda name, there, total: None)
    try:
        told = made.coordinates
        yield AtlasSandbox(
            made.id, told["METADRILL_ATLAS_URL"], told["METADRILL_ELASTICSEARCH_URL"],
            told.get("METADRILL_USER", ""), Path(told["METADRILL_PASSWORD_FILE"]),
        )  # fmt: skip
    finally:
        standing.down(settings, made.id)


@pytest.fixture(scope="session")
def elasticsearch_sandbox(atlas_sandbox: AtlasSandbox) -> str:
    """The address of the Elasticsearch beside `atlas_sandbox`."""
    return atlas_sandbox.elasticsearch_url
