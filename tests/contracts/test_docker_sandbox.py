"""The docker sandbox, under the same contract as the process sandbox and their twin."""

import pytest

from metadrill.sandboxes.docker import DockerSandboxes
from metadrill.testing.contracts import SandboxContract

pytestmark = pytest.mark.needs("docker")


@pytest.fixture
def sandboxes(cache):
    return DockerSandboxes(cache)


class TestDockerSandbox(SandboxContract):
    pass
