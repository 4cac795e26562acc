"""T8: every seeded damage at once; what each frame holds and each check says of it is pinned, row by row.

Which check is for which damage is shown by `test_t8_seeded_damages`; here nothing else may change.
After a change of checks or frames: METADRILL_GOLDEN=write pytest tests/unit/checkers/test_t8_together.py,
and read what became of every count.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from metadrill.census import asking, frames

from . import together

PINNED = Path(__file__).parent / "together.json"


def test_t8_every_frame_and_every_check_of_all_damages_at_once_is_as_it_was() -> None:
    sides = [together.census(0, damaged=damaged, twice=True) for damaged in (False, True)]
    built = together.joined(*sides, asking.Local())
    told = {
        "frames": {name: _frame(built, name) for name in sorted(built)},
        "checks": {
            f"{number} {suite}: {title}": [verdict.value, examined, unexpected, list(sample), because]
            for (suite, title), (number, verdict, examined, unexpected, sample, because) in sorted(
                together.found(built).items()
            )
        },
    }
    if os.environ.get("METADRILL_GOLDEN") == "write":
        PINNED.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    was = json.loads(PINNED.read_text())
    for part in ("checks", "frames"):
        assert told[part].keys() == was[part].keys()
        assert {name: row for name, row in told[part].items() if row != was[part][name]} == {}


def _frame(built: frames.Frames, name: str) -> list[Any]:
    """Return how many rows a frame has, and the digest of all of them, in whatever order."""
    table = built[name]
    lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in table.to_pylist())
    return [table.num_rows, hashlib.sha256("\n".join(lines).encode()).hexdigest()]
