"""The derived files of a run: assessment, report, JUnit, the calls as they ran, and sums.

`build` writes them, `verify_sums` says what no longer agrees with them. Never touches a stack,
never reads a clock: the same journal gives the same bytes.
"""

from metadrill.packs.assemble import build
from metadrill.packs.sums import verify_sums

__all__ = ["build", "verify_sums"]
