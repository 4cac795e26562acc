"""Whatever is done to one line of a journal is detected by reading it.

The chain cannot guard its own end: what is done to the last line changes the head digest,
which the signed statement carries.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metadrill import journal, judging
from metadrill.errors import JournalError
from metadrill.model.verdict import Verdict

GOLDEN = Path(__file__).parents[1] / "golden" / "journals" / "pass-loud.jsonl"
RAW = GOLDEN.read_bytes()
LINES = RAW.splitlines(keepends=True)
HEAD = journal.read(GOLDEN).head
LAST = len(LINES) - 1

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _read(folder: Path, raw: bytes) -> journal.Reading:
    path = folder / "journal.jsonl"
    path.write_bytes(raw)
    return journal.read(path)


def test_the_recorded_journal_itself_passes() -> None:
    assert judging.assess(journal.read(GOLDEN).events, HEAD).verdict is Verdict.PASS


@pytest.mark.parametrize("index", range(len(LINES) - 1))
def test_a_deleted_line_is_detected(tmp_path: Path, index: int) -> None:
    with pytest.raises(JournalError):
        _read(tmp_path, b"".join(LINES[:index] + LINES[index + 1 :]))


@quick
@given(places=st.lists(st.integers(0, LAST), min_size=2, max_size=2, unique=True))
def test_two_lines_swapped_are_detected(tmp_path: Path, places: list[int]) -> None:
    one, other = places
    lines = list(LINES)
    lines[one], lines[other] = lines[other], lines[one]
    with pytest.raises(JournalError):
        _read(tmp_path, b"".join(lines))


@quick
@given(index=st.integers(0, LAST), place=st.integers(0, LAST))
def test_a_repeated_line_is_detected(tmp_path: Path, index: int, place: int) -> None:
    with pytest.raises(JournalError):
        _read(tmp_path, b"".join([*LINES[:place], LINES[index], *LINES[place:]]))


@quick
@given(place=st.integers(0, len(RAW) - 1), flip=st.integers(1, 255))
def test_a_changed_byte_is_detected_or_changes_the_head(tmp_path: Path, place: int, flip: int) -> None:
    raw = bytearray(RAW)
    raw[place] ^= flip
    try:
        reading = _read(tmp_path, bytes(raw))
    except JournalError:
        return
    assert place >= len(RAW) - len(LINES[LAST]), "only the last line has nothing after it"
    assert reading.head != HEAD


@pytest.mark.parametrize("count", range(1, len(LINES)))
def test_a_journal_cut_off_after_any_line_is_never_a_pass(tmp_path: Path, count: int) -> None:
    reading = _read(tmp_path, b"".join(LINES[:count]))
    assert judging.assess(reading.events, reading.head).verdict is not Verdict.PASS


@quick
@given(size=st.integers(len(LINES[0]), len(RAW) - 1))
def test_a_journal_cut_off_after_any_byte_is_never_a_pass(tmp_path: Path, size: int) -> None:
    reading = _read(tmp_path, RAW[:size])
    assert judging.assess(reading.events, reading.head).verdict is not Verdict.PASS
