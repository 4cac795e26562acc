"""The process sandbox, under the same contract as its twin."""

import pytest

from metadrill.sandboxes.process import ProcessSandboxes
from metadrill.testing.contracts import SandboxContract


@pytest.fixture
def sandboxes(cache):
    return ProcessSandboxes(cache)


class TestProcessSandbox(SandboxContract):
    pass
