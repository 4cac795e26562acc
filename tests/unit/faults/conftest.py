"""A stack for faults: the twin with its sample, settled."""

import pytest

from metadrill.testing import MemorySandboxes, MemoryStack, SampleSource


@pytest.fixture
def stack(tmp_path):
    made = MemoryStack(MemorySandboxes(tmp_path).create("fault"))
    made.boot(None)
    SampleSource().fill(made, lambda *kinds, **data: None)
    made.settle(None)
    return made
