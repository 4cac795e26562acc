"""Ledgers with an audit log in them, a folder of keys, and what may be done to a log behind its back."""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from metadrill.governance import audit, chain, coverage, proof
from metadrill.governance.audit import Deed
from metadrill.governance.coverage import Asked
from metadrill.governance.picking import Candidate
from metadrill.model.backup import Mode
from metadrill.model.verdict import Verdict

NOW = datetime.now(UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def keys(tmp_path, monkeypatch):
    """A folder of keys of the test's own."""
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger"


@dataclass
class Kept:
    """A log with its own checkpoints, and the last of them kept elsewhere with its key."""

    ledger: Path
    given: Path
    key: str

    @property
    def path(self) -> Path:
        return self.ledger / audit.FILE

    @property
    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)

    def put(self, lines: list[bytes]) -> None:
        self.path.write_bytes(b"".join(lines))

    def forget(self) -> None:
        """Remove every checkpoint of the ledger's own but the first."""
        for path in (self.ledger / "checkpoints").glob("*.note"):
            if path.stem != "0":
                path.unlink()


def fill(ledger: Path, count: int) -> audit.Log:
    """Note some deeds; return the log, to go on with."""
    log = audit.Log(ledger)
    for number in range(count):
        log.record(Deed("gc", f"sandboxes {number}", "begun", {"removed": [f"box-{number}"]}))
    return log


def rechained(lines: list[bytes]) -> list[bytes]:
    """Return lines with numbers and digests made anew, as somebody with a text editor and time would."""
    made, prev = [], chain.GENESIS
    for number, line in enumerate(lines):
        line = chain.encode({**json.loads(line), "seq": number, "prev": prev})
        made.append(line + b"\n")
        prev = chain.digest(line)
    return made


def kept_log(folder: Path) -> Kept:
    log = fill(folder / "ledger", 3)
    proof.checkpoint(folder / "ledger")
    for number in range(3):
        log.record(Deed("run", f"run-{number}", "done", {"verdict": "pass", "code": 0}))
    note, key = proof.checkpoint(folder / "ledger")
    given = folder / "elsewhere.note"
    given.write_bytes(note)
    return Kept(folder / "ledger", given, str(key))


@pytest.fixture
def kept(tmp_path, keys):
    return kept_log(tmp_path)


@pytest.fixture
def another(tmp_path, keys):
    """Another valid log, by the same key, of as many entries."""
    (tmp_path / "another").mkdir()
    return kept_log(tmp_path / "another")


@pytest.fixture
def restored(kept):
    """Put the log back as it was, between two attacks."""
    copy = kept.ledger.with_name("copy")
    shutil.copytree(kept.ledger, copy)

    def back() -> None:
        shutil.rmtree(kept.ledger)
        shutil.copytree(copy, kept.ledger)

    return back


def in_child(act) -> int:
    """Run something in a process of its own and return its code: 0, what it returned, or 99 if it raised."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = act() or 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def the_sets(count=12):
    ages = (0.2, 3, 12, 60, 200)
    return [
        Candidate(f"set-{n:02}", f"{n:064x}", "prod" if n % 4 else "test", Mode.FULL,
                  NOW - timedelta(days=ages[n % 5]), {"table": 10 * n + 1, "term": 2})
        for n in range(count)
    ]  # fmt: skip


def day(ago):
    return TODAY - timedelta(days=ago)


def pick(ledger, run, ago=0, sets=None, **asked):
    told = Asked(run, asked.get("drill", "nightly"), day(ago), asked.get("by_hand"))
    return coverage.note_pick(ledger, told, the_sets() if sets is None else sets)


@pytest.fixture
def nights(ledger):
    """Five nights: a pass, a failure that was run again, one without a result, one by hand."""
    pick(ledger, "one", 4)
    coverage.note_result(ledger, "one", Verdict.PASS, {"table": 3})
    pick(ledger, "two", 3)
    coverage.note_result(ledger, "two", Verdict.FAIL, {"table": 5, "term": 2})
    fill(ledger, 2)
    proof.checkpoint(ledger)
    pick(ledger, "two again", 3)
    coverage.note_result(ledger, "two again", Verdict.PASS, {"table": 5})
    pick(ledger, "killed", 2, the_sets(10))
    pick(ledger, "mine", 1, by_hand="42")
    coverage.note_result(ledger, "mine", Verdict.PASS, {})
    pick(ledger, "last")
    coverage.note_result(ledger, "last", Verdict.INCONCLUSIVE, {})
    return ledger / coverage.FILE
