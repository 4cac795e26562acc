"""`assess` and `report`: an old run judged by today's rules, its report rendered again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill import journal, judging, packs
from metadrill.app.settings import Settings
from metadrill.errors import JournalError
from metadrill.model.assessment import Assessment


@dataclass(frozen=True)
class Judged:
    """A run judged again. `issued` is the verdict that stands; `second` the file of a new one."""

    folder: Path
    assessment: Assessment
    issued: str | None
    second: Path | None


def assess(settings: Settings, run: str) -> Judged:
    """Given a run, judge its journal by today's rules. Touches no stack.

    The issued verdict stands: where the new one differs it is written beside it as
    `assessment-2.json`. Raises JournalError when the journal does not verify.
    """
    folder, assessment, _ = _read(settings, run)
    path = folder / "assessment.json"
    fresh = judging.to_json(assessment)
    issued = _issued(path)
    if issued is None or issued == fresh:
        return Judged(folder, assessment, issued["verdict"] if issued else None, None)
    second = folder / "assessment-2.json"
    second.write_text(json.dumps(fresh, indent=2, ensure_ascii=False) + "\n")
    return Judged(folder, assessment, issued["verdict"], second)


def build(settings: Settings, run: str) -> tuple[Path, ...]:
    """Given a run, write its derived files again from its journal; return their paths."""
    folder, assessment, reading = _read(settings, run)
    return packs.build(folder, assessment, reading)


def report(settings: Settings, run: str) -> Path:
    """Given a run, return its report's path. Raises JournalError where there is none."""
    path = settings.run_folder(run) / "report.html"
    if not path.exists():
        raise JournalError(f"{path}: no report there", "build it: metadrill report build RUN")
    return path


def _read(settings: Settings, run: str) -> tuple[Path, Assessment, journal.Reading]:
    folder = settings.run_folder(run)
    reading = journal.read(folder / "journal.jsonl")
    if not reading.events:
        raise JournalError(f"{folder / 'journal.jsonl'}: no event in it", "the run never began")
    return folder, judging.assess(reading.events, reading.head), reading


def _issued(path: Path) -> dict[str, Any] | None:
    try:
        body = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) and "verdict" in body else None
