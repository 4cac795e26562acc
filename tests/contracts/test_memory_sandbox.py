"""The twin of a sandbox keeps the contract."""

from metadrill.testing.contracts import SandboxContract


class TestMemorySandbox(SandboxContract):
    pass
