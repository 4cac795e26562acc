"""P7: `--help` and `validate` against an interpreter that only imports click and yaml."""

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

    def run(*words: str) -> object:
        return subprocess.run([sys.executable, *words], check=True, capture_output=True, env=environment)

    run("-m", "metadrill", "validate", "drills/corrupted-index.yaml")
    plain = timed(lambda: run("-c", "import click, yaml"), RUNS)
    for words in (("--help",), ("validate", "drills/corrupted-index.yaml")):
        ours = timed(lambda words=words: run("-m", "metadrill", *words), RUNS)
        name = f"metadrill {' '.join(words)}"
        yield Line("P7", f"{name} against import click, yaml", ours, plain, "≤ 1.5, ≤ 0.25 s", RUNS)
