"""The real Apache Atlas and the real Elasticsearch: booted once, shared by every test here."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import loading, plugins
from metadrill.app import filling, qualifying
from metadrill.app.settings import Settings
from metadrill.census import frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.sandboxes.process import ProcessSandboxes
from metadrill.testing import seeding

PATIENCE = timedelta(minutes=8)


def pytest_collection_modifyitems(items):
    """Every test of this folder is live."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.needs("stack"))
            if item.get_closest_marker("timeout") is None:  # a file, or a test, that says its own has it
                item.add_marker(pytest.mark.timeout(1500))


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
    sandbox = sandboxes.create("live-tests")
    try:
        made = make(sandbox)
        filling.seeded(make, made, dataset)
        made.settle(PATIENCE)
        yield made
    finally:
        assert sandbox.remove().clean


@pytest.fixture(scope="session")
def index():
    return "janusgraph_vertex_index"


class Watch(seeding.Watch):
    """Looks at the live stack, and at what was recorded of it and changed since."""

    def compared(self, tables):
        """Compare the last look with tables that were made of it; return every check's result."""
        joined = frames.join(self.before, replace(self.before, tables=tables))
        results = [self.checker.check(suite, joined, self.abilities) for suite in self.suites]
        assert all(one.declared == one.loaded == one.evaluated for one in results)
        return [row for one in results for row in one.results]


@pytest.fixture(scope="module")
def watch(stack, project):
    recipe = project.stack("atlas-2.1")
    suites = tuple(project.suite(name) for name in qualifying.SUITES)
    return Watch(stack, suites, GreatExpectations(), frozenset(recipe.abilities))
