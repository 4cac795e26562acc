"""A depot with sets of the in-memory twin, taken as any other."""

import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from metadrill.depot import manifest, taking, verifying
from metadrill.depot.given import GivenSet
from metadrill.depot.shelf import Depot, Held
from metadrill.depot.taking import Crew, Order
from metadrill.envelopes import certificates, dsse
from metadrill.errors import BackupError
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

    def sign_anew(self, held, **changes):
        """Write other things into a manifest, sign it with the trusted key; return its new name."""
        made = manifest.named(replace(held.manifest, name="", **changes))
        return self.publish_as(held, made.name, manifest.text(made))

    def publish_as(self, held, name, payload):
        """Sign any bytes as the manifest of a set, under a name; return that."""
        (held.folder / manifest.FILE).write_bytes(dsse.wrap(payload, self.signer, manifest.KIND))
        held.folder.rename(self.depot.path / name)
        return name

    def codes(self, name):
        """Return the codes of what a whole verification finds."""
        found = verifying.verify(self.depot, name, self.stack.dialect)
        return [problem.code.value for problem in found.problems]

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
    return Shop(stack, Depot(tmp_path / "depot", frozenset({_fingerprint(signer)})), signer)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A depot with one small set of both methods, to be damaged and mended; and an empty twin."""
    folder = tmp_path_factory.mktemp("small")
    sandboxes = MemorySandboxes(folder / "sandboxes")
    stacks = [MemoryStack(sandboxes.create(name)) for name in ("source", "target")]
    for stack in stacks:
        stack.boot(SOON)
    stacks[0].sample_data(SOON)
    stacks[0].settle(SOON)
    signer = MemorySigner()
    shop = Shop(stacks[0], Depot(folder / "depot", frozenset({_fingerprint(signer)})), signer)
    held = shop.take(methods=BOTH)
    names = sorted(path.name for path in held.folder.iterdir())
    told = subprocess.run(["sha256sum", *names], cwd=held.folder, check=True, capture_output=True, text=True)
    return Small(shop, held, stacks[1], told.stdout)


@dataclass
class Small:
    """A set, how to judge it, and where nothing of it may come to when it is damaged."""

    shop: Shop
    held: Held
    target: MemoryStack
    sums: str

    @property
    def files(self):
        return sorted(self.held.folder.iterdir())

    def wrong(self):
        """Return the codes of what is wrong with it."""
        _, problems = verifying.files(self.shop.depot, self.held.manifest.name)
        return [problem.code.value for problem in problems]

    def restores(self):
        """Whether anything of it comes into the target, by either method."""
        for method in Method:
            try:
                self.shop.given(self.held).put(self.target, method)
            except BackupError:
                continue
            return True
        return bool(self.target.graph.entities)

    def judged(self, verifier):
        """Return whether the verifier that shares nothing with us takes the set."""
        try:
            verifier.verify(self.held.folder, _fingerprint(self.shop.signer))
        except Exception:
            return False
        return True

    def summed(self):
        """Return whether `sha256sum` finds every file of the set as it was."""
        done = subprocess.run(
            ["sha256sum", "--check", "--strict", "--status"],
            cwd=self.held.folder, check=False, input=self.sums, text=True,
        )  # fmt: skip
        return done.returncode == 0


def _fingerprint(signer):
    return certificates.read(signer.certificate, "it").fingerprint
