"""Backups taken while others write, each restored and compared: what moved is told, no false alarm."""

import random
import threading
from dataclasses import dataclass, field

import pytest

from metadrill import plugins
from metadrill.app import depots, host, material, restoring, sealing
from metadrill.app.settings import Settings
from metadrill.census import frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.depot import taking, verifying
from metadrill.depot.given import GivenSet
from metadrill.depot.taking import Crew, Order
from metadrill.errors import MetadrillError
from metadrill.model.backup import Method, Mode
from metadrill.model.verdict import CheckVerdict

from .conftest import PATIENCE, nothing

BACKUPS = 20


@dataclass
class Writers:
    """Creates, labels and deletes entities until it is stopped."""

    stack: object
    chance: random.Random
    made: list[str] = field(default_factory=list)
    done: int = 0

    def __post_init__(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(60)

    def _run(self):
        while not self._stop.wait(0.2):
            try:
                self._write()
                self.done += 1
            except MetadrillError:
                continue  # a writer that fails is the repository's business, not the backup's

    def _write(self):
        what = self.chance.random()
        if what < 0.6 or not self.made:
            self.made.append(self.stack.write(f"writer/{self.chance.random()}"))
        elif what < 0.9:
            guid = self.chance.choice(self.made)
            self.stack.atlas.change("POST", f"/v2/entity/guid/{guid}/labels", [f"l{self.done}"])
        else:
            self.stack.delete([self.made.pop(self.chance.randrange(len(self.made)))])


@pytest.fixture(scope="module")
def target(project, sandboxes):
    """An empty stack to restore into."""
    recipe = project.stack("atlas-2.1")
    make = plugins.pick("stacks", recipe.kind).load()(recipe, material.EMPTY, Settings().cache, nothing)
    sandbox = sandboxes.create("restores")
    try:
        made = make(sandbox)
        boot = made.boot(PATIENCE)
        if boot.start == "cold":
            made.settle(PATIENCE)
            made.keep(boot.seconds)
        yield made, make.dialect, recipe
    finally:
        assert sandbox.remove().clean


def compared(project, given, method, restored, recipe):
    """Run the suites on what was restored; return the checks that do not pass."""
    restored.settle(PATIENCE)
    expected = given.expected(method)
    joined = frames.join(expected.census, restored.census(), expected.exempt, restored.witness())
    checker = GreatExpectations()
    results = [
        checker.check(project.suite(name), joined, frozenset(recipe.abilities)) for name in restoring.SUITES
    ]
    assert all(result.evaluated == result.declared for result in results)
    return [row for result in results for row in result.results if row.verdict is not CheckVerdict.PASS]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_20_backups_with_writers_running_raise_no_false_alarm(project, stack, target, tmp_path):
    restored, dialect, recipe = target
    settings = Settings()
    key = sealing.signer(settings)
    depot = depots.trusting(tmp_path / "depot", key)
    tool = {name: str(value) for name, value in host.tool().items()}
    crew = Crew(dialect, key, tool, {"stack": {"kind": recipe.kind}}, settle=PATIENCE)
    moved = 0
    for number in range(BACKUPS):
        mode = Mode.INCREMENTAL if number % 4 == 3 else Mode.FULL
        methods = frozenset({Method.LOGICAL}) if mode is Mode.INCREMENTAL else frozenset(Method)
        with Writers(stack, random.Random(number)) as writers:
            held = taking.take(depot, stack, Order("writing", mode, methods, cap=0.9), crew)
        assert writers.done > 5, "there were writes while it was taken"
        moved += held.manifest.moving.entities
        assert verifying.verify(depot, held.manifest.name, dialect).problems == ()
        method = Method.LOGICAL if mode is Mode.INCREMENTAL else Method.PHYSICAL
        if method is Method.LOGICAL:
            restored.destroy()
            restored.renew()
        given = GivenSet(depot, held, dialect)
        given.put(restored, method)
        failed = compared(project, given, method, restored, recipe)
        assert not failed, (number, method, failed)
    assert moved > BACKUPS, "what moved was told"
