"""P7: `--help` and `validate` against an interpreter that only imports click and yaml.

`--help` is within the goal of 1.5; `validate` of a drill is not, and this is why. On a quiet
machine the plain side takes 54 ms and the goal leaves 27 ms. `validate` takes 41 ms more than
the plain side (ratio 1.8; it was 3.05):
- 10 ms: Python making some twenty frozen dataclasses of drill, scenario, stack, dataset, suite
  and plan, half a millisecond each (`dataclass` writes and compiles six functions a class);
- 6 ms: `hashlib` and `pathlib`, which load OpenSSL and urllib;
- 8 ms: reading and judging the nine files that a drill names, of which libyaml has 1 ms;
- 17 ms: our own modules and shapes, the entry points, the command's options, starting and ending.
What is left to win is the dataclasses; the house wants them as they are, and 0.1 s is no wait.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import Line, timed

RUNS = 15


def p7(folder: Path) -> Iterator[Line]:
    """Yield a line for each of the two commands."""

    # an installed command has its bytecode beside it; a machine may forbid to write it
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    installed = str(Path(sys.executable).with_name("metadrill"))

    def run(*words: str) -> object:
        return subprocess.run(words, check=True, capture_output=True, env=environment)

    run(installed, "validate", "drills/corrupted-index.yaml")
    plain = timed(lambda: run(sys.executable, "-c", "import click, yaml"), RUNS)
    for words in (("--help",), ("validate", "drills/corrupted-index.yaml")):
        ours = timed(lambda words=words: run(installed, *words), RUNS)
        name = f"metadrill {' '.join(words)}"
        yield Line("P7", f"{name} against import click, yaml", ours, plain, "≤ 1.5, ≤ 0.25 s", RUNS)
