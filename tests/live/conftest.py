"""The real Apache Atlas and the real Elasticsearch: booted once, shared by every test here."""

import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import loading, plugins
from metadrill.app.settings import Settings
from metadrill.census import Census, frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.suite import CheckResult
from metadrill.model.verdict import CheckVerdict
from metadrill.sandboxes.process import ProcessSandboxes

PATIENCE = timedelta(minutes=8)
SUITES = ("structure", "references", "lineage", "access", "index", "segments")


def pytest_collection_modifyitems(items):
    """Every test of this folder is live."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.needs("stack"))


def nothing(kind, /, **data):
    """Record to nobody."""


@pytest.fixture(scope="session")
def project():
    return loading.Project(Path(__file__).parents[2])


@pytest.fixture(scope="session")
def sandboxes(project):
    return ProcessSandboxes(Settings().cache, project.stack("atlas-2.1").needs)


@pytest.fixture(scope="session")
def stack(project, sandboxes):
    """The stack with 300 made-up entities in it, warm where a state was kept."""
    recipe, dataset = project.stack("atlas-2.1"), project.dataset("synthetic-small")
    make = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, Settings().cache, nothing)
    source = plugins.pick("sources", "dataset").load()(dataset, make.part_file, PATIENCE)
    sandbox = sandboxes.create("live-tests")
    try:
        made = make(sandbox)
        boot = made.boot(PATIENCE)
        if boot.start == "cold":
            source.fill(made, nothing)
            made.settle(PATIENCE)
            made.keep(boot.seconds)
        made.settle(PATIENCE)
        yield made
    finally:
        assert sandbox.remove().clean


@pytest.fixture(scope="session")
def a_type():
    return "hive_table"


@pytest.fixture(scope="session")
def engine():
    return "elasticsearch"


@pytest.fixture(scope="session")
def index():
    return "janusgraph_vertex_index"


@pytest.fixture
def archive(project, tmp_path):
    """A real export archive, which nobody here wrote."""
    recipe = project.stack("atlas-2.1")
    make = plugins.pick("stacks", recipe.kind).load()(
        recipe, project.dataset("synthetic-small"), Settings().cache, nothing
    )
    path = tmp_path / "hdfs_path1.zip"
    with zipfile.ZipFile(make.part_file("atlas-repository-tests")) as jar:
        path.write_bytes(jar.read("stocks-glossary.zip"))
    return path


@dataclass
class Watch:
    """Two looks at the live stack and what the shipped suites say of the difference."""

    stack: object
    suites: tuple
    checker: GreatExpectations
    abilities: frozenset
    before: Census | None = None

    def look(self) -> Census:
        """Take a complete census, once the index has caught up."""
        self.stack.settle(timedelta(minutes=2))
        return self.stack.census()

    def red(self, damage) -> dict[int, list[CheckResult]]:
        """Damage the stack; return the checks that fail, by number. The next look starts from here."""
        before = self.before or self.look()
        damage()
        after = self.look()
        self.before = after
        return self.compared(before, after)

    def compared(self, before: Census, after: Census) -> dict[int, list[CheckResult]]:
        """Run every suite on two censuses; return the checks that fail, by number."""
        found: dict[int, list[CheckResult]] = {}
        joined = frames.join(before, after)
        for suite in self.suites:
            result = self.checker.check(suite, joined, self.abilities)
            assert result.declared == result.loaded == result.evaluated == len(suite.checks)
            for row in result.results:
                assert row.verdict in (CheckVerdict.PASS, CheckVerdict.FAIL), row
                if row.verdict is CheckVerdict.FAIL:
                    found.setdefault(row.number, []).append(row)
        return found

    def without(self, table: str, row: int) -> dict[int, list[CheckResult]]:
        """Compare the recorded census with itself less one row."""
        before = self.before or self.look()
        whole = before.tables[table]
        kept = [number for number in range(whole.num_rows) if number != row]
        after = replace(before, tables={**before.tables, table: whole.take(kept)})
        return self.compared(before, after)


@pytest.fixture(scope="module")
def watch(stack, project):
    recipe = project.stack("atlas-2.1")
    suites = tuple(project.suite(name) for name in SUITES)
    return Watch(stack, suites, GreatExpectations(), frozenset(recipe.abilities))
