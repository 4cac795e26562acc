"""`tour`: a recorded real run, rendered in seconds, without any stack."""

import shutil
from pathlib import Path

from metadrill import journal, judging, loading, packs
from metadrill.app.running import Outcome
from metadrill.app.settings import Settings
from metadrill.errors import EnvironmentNotReady


def recorded() -> Path:
    """Return the folder of the recorded run. Raises EnvironmentNotReady where it is not installed."""
    content = loading.shipped()
    folder = content / "fixtures" / "runs" / "tour" if content else None
    if folder is None or not (folder / "journal.jsonl").exists():
        raise EnvironmentNotReady("the recorded run is not installed", "reinstall metadrill")
    return folder


def render(settings: Settings) -> tuple[Outcome, journal.Reading]:
    """Copy the recorded journal into the ledger (beside the runs), judge it and render its report."""
    source, target = recorded() / "journal.jsonl", settings.ledger / "tour"
    try:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / "journal.jsonl")
    except OSError as error:
        raise EnvironmentNotReady(
            f"{target}: cannot be written: {(error.strerror or str(error)).lower()}",
            "give another folder with --ledger",
        ) from None
    reading = journal.read(target / "journal.jsonl")
    assessment = judging.assess(reading.events, reading.head)
    return Outcome(target, assessment, packs.build(target, assessment, reading)), reading
