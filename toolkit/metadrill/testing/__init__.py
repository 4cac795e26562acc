"""In-memory twins of every port, and one contract suite per port, for us and for plugin authors."""

from metadrill.testing.checker import PlainChecker
from metadrill.testing.clock import ManualClock
from metadrill.testing.given import MemoryBackups, MemoryGiven
from metadrill.testing.index import INDEX
from metadrill.testing.memory import MemoryStack
from metadrill.testing.roles import EngineStart, EngineStop, SampleSource, ViewProbe
from metadrill.testing.sandbox import MemorySandbox, MemorySandboxes
from metadrill.testing.signer import MemorySigner

__all__ = [
    "INDEX",
    "EngineStart",
    "EngineStop",
    "ManualClock",
    "MemoryBackups",
    "MemoryGiven",
    "MemorySandbox",
    "MemorySandboxes",
    "MemorySigner",
    "MemoryStack",
    "PlainChecker",
    "SampleSource",
    "ViewProbe",
]
