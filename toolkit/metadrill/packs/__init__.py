"""The derived files of a run: assessment, report, JUnit, the calls as they ran; the seal over them.

`build` writes them, `seal` signs them with what it was given, `verify` says what no longer
agrees. Never touches a stack, never reads a clock: the same journal gives the same bytes.
"""

from metadrill.packs.assemble import build
from metadrill.packs.sealing import seal
from metadrill.packs.sums import verify_sums
from metadrill.packs.verifying import Verification, sealed, verify

__all__ = ["Verification", "build", "seal", "sealed", "verify", "verify_sums"]
