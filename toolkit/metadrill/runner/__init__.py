"""One drill, as a straight line: see `line.run`. Everything else here is one stretch of it."""

from metadrill.runner.line import run
from metadrill.runner.rig import Rig

__all__ = ["Rig", "run"]
