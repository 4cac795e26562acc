"""One drill, as a straight line: see `line.run`. Everything else here is one stretch of it."""

from metadrill.runner.line import run
from metadrill.runner.rig import NOBODY, Rig

__all__ = ["NOBODY", "Rig", "run"]
