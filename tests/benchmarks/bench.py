"""`make bench`: ratios against the plain way in the same run (performance.md). Asserts nothing.

Prints a line each, its name first, with both sides and the ratio; writes them as JSON beside.
`make bench P=P7` runs one alone.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from metadrill import clock

OUT = Path(".metadrill") / "bench.json"


@dataclass(frozen=True)
class Line:
    """One ratio: ours beside the plain way, in seconds (or what `unit` says), and the goal."""

    name: str
    what: str
    ours: float
    plain: float
    goal: str
    runs: int
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.ours / self.plain if self.plain else float("inf")

    def __str__(self) -> str:
        sides = f"{self.ours:.4g} {self.unit} against {self.plain:.4g} {self.unit}"
        runs = f"median of {self.runs}" if self.runs > 1 else "one run"
        return f"{self.name}  {self.what}: {sides} = {self.ratio:.3f}  (goal {self.goal}; {runs})"


def timed(act: Callable[[], object], runs: int) -> float:
    """Return the median seconds of some runs."""
    took = []
    for _ in range(runs):
        start = clock.SYSTEM.monotonic_ns()
        act()
        took.append((clock.SYSTEM.monotonic_ns() - start) / 1e9)
    return statistics.median(took)


def in_turn(acts: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """Return the median seconds of each act, run in turn, so that what else the machine does falls on all."""
    took: list[list[float]] = [[] for _ in acts]
    for _ in range(runs):
        for place, act in enumerate(acts):
            took[place].append(timed(act, 1))
    return [statistics.median(each) for each in took]


def main(wanted: list[str]) -> None:
    """Run the benchmarks asked for, all by default."""
    from audit_append import p8_audit
    from backups import p4, p5_stack, p5_work
    from command_line import p7
    from evidence import p6
    from forecast import p9, p9_curves
    from harness import p3
    from journal_append import p8_append
    from verifying import p1, p2
    from warm_start import p8_regions, p8_start

    every = {
        "P1": [p1], "P2": [p2], "P3": [p3], "P4": [p4], "P5": [p5_work, p5_stack], "P6": [p6], "P7": [p7],
        "P8": [p8_append, p8_audit, p8_start, p8_regions], "P9": [p9], "P9-CURVES": [p9_curves],
    }  # fmt: skip
    alone = ("P9-CURVES",)  # too long to be one of all
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted or [name for name in every if name not in alone]:
            for act in every[name.upper()]:
                for line in act(Path(folder)):
                    print(line, flush=True)
                    lines.append(line)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([{**asdict(line), "ratio": line.ratio} for line in lines], indent=2) + "\n")
    print(f"written to {OUT}")


if __name__ == "__main__":
    sys.modules["bench"] = sys.modules["__main__"]
    main(sys.argv[1:])
