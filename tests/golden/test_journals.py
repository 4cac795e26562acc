"""Recorded journals and the assessment each must come to, to the letter.

After a change of the rules: METADRILL_GOLDEN=write pytest tests/golden/test_journals.py, and
read the difference before it is committed.
"""

import importlib.util
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from metadrill import journal, judging

HERE = Path(__file__).parent
FOLDER = HERE / "journals"
BEGIN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

# verdict and codes are written here by hand: a rewritten golden file cannot change them unseen
EXPECTED: dict[str, tuple[str, list[int]]] = {
    "pass-loud": ("pass", [0]),
    "pass-silent": ("pass", [0]),
    "bare-snapshot": ("fail", [10]),
    "fault-left-out": ("inconclusive", [5]),
    "recovery-left-out": ("fail", [10, 11]),
    "recovery-failed": ("fail", [10, 11]),
    "check-inconclusive": ("inconclusive", [5]),
    "lost-expectation": ("inconclusive", [5]),
    "witness-disagreement": ("inconclusive", [5]),
    "rto-missed": ("fail", [11]),
    "rpo-missed": ("fail", [12]),
    "write-lost-during": ("fail", [10]),
    "cleanup-incomplete": ("pass", [40]),
    "aborted": ("inconclusive", [130, 5]),
    "failed": ("inconclusive", [30, 5]),
    "torn": ("inconclusive", [5, 40]),
    "refused": ("pass", [0]),
    "refused-not-the-aim": ("fail", [20, 11]),
    "refused-after-a-change": ("fail", [10]),
    "refused-set-spoilt-before": ("inconclusive", [5]),
    "restored-not-refused": ("fail", [11]),
    "refused-fault-left-out": ("inconclusive", [5]),
    "rolled-back": ("pass", [0]),
    "rolled-back-not-the-aim": ("fail", [11]),
    "rolled-back-to-something-else": ("fail", [10]),
    "detected": ("pass", [0]),
    "detected-not-the-aim": ("fail", [10]),
    "detected-with-a-write-of-the-damage": ("pass", [0]),
    "detected-with-a-write-lost-later": ("fail", [10]),
    "detected-and-worse": ("fail", [10]),
    "detected-and-grown": ("fail", [10]),
    "detected-and-another-of-its-number": ("fail", [10]),
    "region-loss": ("pass", [0]),
    "region-loss-of-an-unknown-replica": ("inconclusive", [5]),
    "region-loss-with-a-write-that-was-held": ("fail", [10]),
    "slow-region": ("pass", [0]),
    "slow-region-not-followed": ("inconclusive", [5]),
    "slow-region-without-a-later-replica": ("inconclusive", [5]),
    "slow-region-with-too-much-at-risk": ("fail", [12]),
    "tiers": ("pass", [0]),
    "tier-not-proved": ("inconclusive", [5]),
}


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STORIES = _module("stories")
for _more in ("aims", "regions"):
    STORIES.STORIES.update(_module(_more).stories(STORIES))


class Tape:
    """A clock that is wound to a place."""

    def __init__(self) -> None:
        self.place = 0.0

    def utc(self) -> datetime:
        return BEGIN + timedelta(seconds=self.place)

    def monotonic_ns(self) -> int:
        return int(STORIES.ns(self.place))

    def sleep(self, duration: timedelta) -> None:
        self.place += duration.total_seconds()


def record(name: str, path: Path) -> None:
    """Record a story as a journal."""
    tape = Tape()
    book = journal.Journal(path, tape)
    beats = sorted(STORIES.STORIES[name](), key=lambda beat: beat.at)
    for beat in beats:
        tape.place = beat.at
        if beat.kind == "drill.closed":
            book.close(beat.data["outcome"])
        else:
            book.record(beat.kind, **beat.data)
    if name == "torn":
        path.write_bytes(path.read_bytes()[:-40])


@pytest.fixture(scope="module", autouse=True)
def _written_when_asked() -> None:
    if os.environ.get("METADRILL_GOLDEN") != "write":
        return
    for old in FOLDER.glob("*.json*"):
        old.unlink()
    for name in STORIES.STORIES:
        record(name, FOLDER / f"{name}.jsonl")
        assessed = _judged(name)
        (FOLDER / f"{name}.assessment.json").write_text(
            json.dumps(assessed, indent=1, ensure_ascii=False) + "\n"
        )


def _judged(name: str) -> dict[str, object]:
    reading = journal.read(FOLDER / f"{name}.jsonl")
    return judging.to_json(judging.assess(reading.events, reading.head))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_journal_comes_to_its_verdict_and_codes(name: str) -> None:
    assessed = _judged(name)
    assert (assessed["verdict"], assessed["codes"]) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_journal_comes_to_its_assessment_to_the_letter(name: str) -> None:
    text = (FOLDER / f"{name}.assessment.json").read_text()
    assert json.dumps(_judged(name), indent=1, ensure_ascii=False) + "\n" == text


@pytest.mark.parametrize("name", EXPECTED)
def test_an_assessment_survives_its_json(name: str) -> None:
    text = (FOLDER / f"{name}.assessment.json").read_text()
    assert judging.to_json(judging.from_json(json.loads(text))) == json.loads(text)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_story_recorded_again_is_the_recorded_journal(name: str, tmp_path: Path) -> None:
    record(name, tmp_path / "journal.jsonl")
    assert (tmp_path / "journal.jsonl").read_bytes() == (FOLDER / f"{name}.jsonl").read_bytes()


def test_every_story_and_every_file_is_expected_by_name() -> None:
    assert set(STORIES.STORIES) == set(EXPECTED)
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == set(EXPECTED)
