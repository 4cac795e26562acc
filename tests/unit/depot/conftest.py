"""A depot with sets of the in-memory twin, taken as any other."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from metadrill.depot import taking
from metadrill.depot.given import GivenSet
from metadrill.depot.shelf import Depot
from metadrill.depot.taking import Crew, Order
from metadrill.envelopes import certificates
from metadrill.model.backup import Method, Mode
from metadrill.testing import MemorySandboxes, MemorySigner, MemoryStack

BOTH = frozenset(Method)
SOON = timedelta(seconds=5)


@dataclass
class Shop:
    """A twin, a depot beside it, and the way to take sets of one into the other."""

    stack: MemoryStack
    depot: Depot
    signer: MemorySigner

    @property
    def crew(self):
        source = {"source": {"kind": "sandbox", "dataset": "sample"}, "stack": {"kind": "memory"}}
        return Crew(self.stack.dialect, self.signer, {"name": "metadrill", "version": "test"}, source)

    def take(self, mode=Mode.FULL, methods=frozenset({Method.LOGICAL}), environment="east", **more):
        return taking.take(self.depot, self.stack, Order(environment, mode, methods, **more), self.crew)

    def given(self, held):
        return GivenSet(self.depot, held, self.stack.dialect)


@pytest.fixture
def empty(tmp_path):
    """Make an empty twin."""
    sandboxes = MemorySandboxes(tmp_path / "sandboxes")

    def make():
        stack = MemoryStack(sandboxes.create("test"))
        stack.boot(SOON)
        return stack

    return make


@pytest.fixture
def shop(tmp_path, empty):
    stack = empty()
    stack.sample_data(SOON)
    stack.settle(SOON)
    signer = MemorySigner()
    fingerprint = certificates.read(signer.certificate, "it").fingerprint
    return Shop(stack, Depot(tmp_path / "depot", frozenset({fingerprint})), signer)
