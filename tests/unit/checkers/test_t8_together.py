"""T8: every seeded damage at once; what each frame holds and each check says of it is pinned, row by row.

Which check is for which damage is shown by `test_t8_seeded_damages`; here nothing else may change.
After a change of checks or frames: METADRILL_GOLDEN=write pytest tests/unit/checkers/test_t8_together.py,
and read what became of every count.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from metadrill.census import Census, asking, frames
from metadrill.model.suite import Deviation

from . import together

PINNED = Path(__file__).parent / "together.json"


def test_t8_every_frame_and_every_check_of_all_damages_at_once_is_as_it_was() -> None:
    built, found = _compared()
    told = {
        "frames": {name: _frame(built, name) for name in sorted(built)},
        "checks": {
            f"{number} {suite}: {title}": [
                verdict.value,
                examined,
                unexpected,
                list(map(_line, rows)),
                because,
            ]
            for (suite, title), (number, verdict, examined, unexpected, rows, because) in sorted(
                found.items()
            )
        },
    }
    if os.environ.get("METADRILL_GOLDEN") == "write":
        PINNED.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    was = json.loads(PINNED.read_text())
    for part in ("checks", "frames"):
        assert told[part].keys() == was[part].keys()
        assert {name: row for name, row in told[part].items() if row != was[part][name]} == {}


def test_t8_no_sentence_about_any_damage_names_by_its_guid_alone_what_has_a_name() -> None:
    _, found = _compared()
    names: dict[str, set[str]] = {}
    for side in _sides():
        entities = side.tables["entities"].select(["guid", "unique_name"])
        for guid, name in zip(*(column.to_pylist() for column in entities.columns), strict=True):
            names.setdefault(guid, set()).add(name)
    rows = [one for _, _, _, _, rows, _ in found.values() for one in rows]
    told = [(one.says, names[guid]) for one in rows for guid in one.guids if guid in names]
    assert len(told) > 400 and [says for says, known in told if not any(map(says.count, known))] == []


@cache
def _sides() -> list[Census]:
    return [together.census(0, damaged=damaged, twice=True) for damaged in (False, True)]


@cache
def _compared() -> tuple[frames.Frames, Mapping[tuple[str, str], Any]]:
    built = together.joined(*_sides(), asking.Local())
    return built, together.found(built)


def _line(one: Deviation) -> str:
    return " | ".join((one.says, one.expected, one.observed, *one.guids))


def _frame(built: frames.Frames, name: str) -> list[Any]:
    """Return how many rows a frame has, and the digest of all of them, in whatever order."""
    table = built[name]
    lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in table.to_pylist())
    return [table.num_rows, hashlib.sha256("\n".join(lines).encode()).hexdigest()]
