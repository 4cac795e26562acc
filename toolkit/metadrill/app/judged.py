"""`assess` and `report`: an old run judged by today's rules, its report rendered again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill import journal, judging, packs, placing
from metadrill.app import auditing
from metadrill.app.settings import Settings
from metadrill.errors import EnvironmentNotReady, JournalError, UsageError
from metadrill.model.assessment import Assessment
from metadrill.packs import assemble, evidence


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
    `assessment-2.json`, or under the next free number. Raises JournalError when the journal does not verify.
    """
    folder, assessment, _ = read(settings, run)
    path = folder / "assessment.json"
    fresh = judging.to_json(assessment)
    before = issued(path)
    if before is None or judging.alike(before, fresh):
        return Judged(folder, assessment, before["verdict"] if before else None, None)
    return Judged(folder, assessment, before["verdict"], _second(settings, folder, assessment))


def _second(settings: Settings, folder: Path, assessment: Assessment) -> Path:
    """Write a new judgement beside the others, under the next free number; the same one stays."""
    number, fresh = 2, judging.to_json(assessment)
    while (path := folder / f"assessment-{number}.json").exists():
        if judging.alike(issued(path), fresh):
            return path
        number += 1
    with auditing.noted(settings, "assess", folder.name, file=path.name, verdict=fresh["verdict"]):
        placing.put(path, assemble.assessment_text(assessment))
    return path


@dataclass(frozen=True)
class Built:
    """A file that was built again; `same` says whether it is the sealed one, None: nothing to compare with.

    Of a PDF, which is rendered without its signature: whether the sealed one begins with it.
    """

    path: Path
    same: bool | None


def build(settings: Settings, run: str, out: Path | None = None) -> tuple[Built, ...]:
    """Given a run, write its derived files again from its journal.

    Into `out`; a sealed run's into `<ledger>/rebuilt/<run>/` where no `out` is given: its own
    folder is left as it is. Raises EnvironmentNotReady when they cannot be written.
    """
    folder, assessment, reading = read(settings, run)
    sealed = packs.sealed(folder)
    target = out or (settings.ledger / "rebuilt" / folder.name if sealed else folder)
    if sealed and target.resolve() == folder.resolve():
        raise UsageError(f"{target}: that run is sealed", "give another folder with --out")
    with auditing.noted(settings, "report.build", folder.name, into=str(target)):
        if out is None and not sealed:
            return tuple(Built(path, None) for path in packs.build(folder, assessment, reading))
        _render(target, assessment, reading)
    return tuple(
        Built(path, _same(folder / path.name, path)) for path in sorted(target.iterdir()) if path.is_file()
    )


def _render(target: Path, assessment: Assessment, reading: journal.Reading) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, pdf in documents(assessment, reading).items():
            (target / name).write_bytes(pdf)
        packs.build(target, assessment, reading)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EnvironmentNotReady(
            f"{target}: cannot be written: {reason}", "give another folder with --out"
        ) from None


def _same(before: Path, now: Path) -> bool | None:
    if now.name == "SHA256SUMS" or not before.is_file():
        return None
    raw = now.read_bytes()
    return before.read_bytes().startswith(raw) if now.suffix == ".pdf" else before.read_bytes() == raw


def documents(assessment: Assessment, reading: journal.Reading) -> Mapping[str, bytes]:
    """Return the unsigned PDFs of a run by name, one for each framework of its drill.

    Raises EnvironmentNotReady where they cannot be drawn, UsageError for an unknown framework.
    """
    named = reading.events[0].data.get("frameworks")
    return evidence.render(
        assessment, reading, [str(name) for name in named] if isinstance(named, list) else []
    )


def report(settings: Settings, run: str) -> Path:
    """Given a run, return its report's path. Raises JournalError where there is none."""
    path = settings.run_folder(run) / "report.html"
    if not path.exists():
        raise JournalError(f"{path}: no report there", "build it: metadrill report build RUN")
    return path


def read(settings: Settings, run: str) -> tuple[Path, Assessment, journal.Reading]:
    """Given a run, return its folder, today's judgement of it, and its journal. Raises JournalError."""
    folder = settings.run_folder(run)
    reading = journal.read(folder / "journal.jsonl")
    if not reading.events:
        raise JournalError(f"{folder / 'journal.jsonl'}: no event in it", "the run never began")
    return folder, judging.assess(reading.events, reading.head), reading


def issued(path: Path) -> dict[str, Any] | None:
    """Return an assessment as it was issued, or None where there is none that can be read."""
    try:
        body = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) and "verdict" in body else None
