"""The contracts conducted without pytest: as the same suites under it, and a broken one is named."""

import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import Protocol, runtime_checkable

import pytest

from metadrill.errors import Code, Interrupted
from metadrill.model.qualification import Came
from metadrill.testing import INDEX, MemorySandboxes, MemoryStack, SampleSource, conducting, contracts
from metadrill.testing.contracts.patience import nothing

SOON = timedelta(seconds=5)


@pytest.fixture
def make(tmp_path):
    """Make a filled stack of a kind of twin."""

    def made(kind=MemoryStack):
        stack = kind(MemorySandboxes(tmp_path / "boxes").create("conducting"))
        stack.boot(SOON)
        SampleSource().fill(stack, nothing)
        stack.settle(SOON)
        return stack

    return made


@pytest.fixture
def fixtures(tmp_path):
    def of(stack):
        def archive():
            path = tmp_path / "archive.zip"
            with zipfile.ZipFile(path, "w") as parts:
                parts.writestr("g.json", '{"entity": {"guid": "g-1", "typeName": "hive_db"}}')
            return path

        return {
            "engine": lambda: stack.search_engine, "index": lambda: INDEX, "a_type": lambda: "hive_table",
            "entities": stack.novel, "dialect": lambda: stack.dialect, "archive": archive,
        }  # fmt: skip

    return of


def conducted(stack, fixtures):
    return list(conducting.conduct(stack, fixtures(stack)))


def test_the_twin_keeps_every_contract_that_a_stack_is_asked(make, fixtures):
    stack = make()
    rows = conducted(stack, fixtures)
    assert {row.came for row in rows} == {Came.GOOD}
    assert {row.contract for row in rows} == {
        part.suite.__name__.removesuffix("Contract") for part in conducting.PARTS
    }
    stack.fit()


def test_every_test_of_a_suite_is_conducted_once(make, fixtures):
    rows = conducted(make(), fixtures)
    there = sum(name.startswith("test_") for part in conducting.PARTS for name in vars(part.suite))
    assert len(rows) == len({(row.contract, row.sentence) for row in rows}) == there > 25


class Forgetful(MemoryStack):
    """One that acknowledges a write and does not find it."""

    def found(self, names):
        return set()

    def settle(self, deadline):
        return {"graph": 1, "index": 2}


def test_a_broken_contract_says_which_line_is_not_so_and_the_others_go_on(make, fixtures):
    stack = make(Forgetful)
    rows = list(conducting.conduct(stack, fixtures(stack), conducting.PARTS[1:2]))
    broken = [row for row in rows if row.came is Came.BAD]
    assert [row.sentence for row in broken] == ["a settled index agrees with the graph"]
    assert broken[0].because.startswith('not so: counts["graph"] == counts["index"] > 0 (stack.py:')
    assert len(rows) > 1


class Falling(MemoryStack):
    """One whose engine does not come back."""

    def start(self, component):
        if "stopped" not in vars(self):
            super().start(component)

    def stop(self, component):
        self.stopped = True
        super().stop(component)


def test_a_stack_that_no_longer_serves_is_asked_nothing_more_and_that_is_said(make, fixtures):
    rows = conducted(make(Falling), fixtures)
    unseen = [row for row in rows if row.came is Came.UNSEEN]
    assert rows[1].came is Came.BAD and len(unseen) == len(rows) - 2
    assert all(row.because.startswith("the stack no longer serves: ") for row in unseen)


@runtime_checkable
class Flying(Protocol):
    """An ability that no twin has."""

    def fly(self): ...


def test_what_a_stack_is_not_able_to_is_absent_and_not_kept(make, fixtures):
    stack = make()
    part = conducting.Part(contracts.IndexSnapshotsContract, Flying)
    (row,) = conducting.conduct(stack, fixtures(stack), (part,))
    assert row.came is Came.ABSENT and row.because == "the stack is not IndexSnapshots"


def test_a_signal_is_no_broken_contract(make, fixtures):
    class Stopped(MemoryStack):
        def views(self):
            raise Interrupted("stopped by a signal", "", Code.SIGINT)

    with pytest.raises(Interrupted):
        conducted(make(Stopped), fixtures)


def test_without_assertions_nothing_is_conducted():
    code = (
        "from metadrill.testing import conducting\n"
        "from metadrill.errors import EnvironmentNotReady\n"
        "try: list(conducting.conduct(None, {}))\n"
        "except EnvironmentNotReady as error: print(error.message)\n"
    )
    done = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "python -O takes the contracts away\n"


def test_conducting_needs_no_pytest():
    code = (
        "import sys\nsys.modules['pytest'] = None\n"
        "import metadrill.app.qualifying, metadrill.testing.contracts\nprint('there')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "there\n", done.stderr
