"""Several processes write to one audit log at once, from its very first entry on: one chain."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import clock
from metadrill.governance import audit, intents, proof

PROCESSES, ENTRIES = 4, 25
WRITER = """
import sys
from pathlib import Path
from metadrill.governance import audit, intents
ledger, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
one = audit.Log(ledger)
for number in range(count):
    log = one if number % 2 else audit.Log(ledger)
    log.record(audit.Deed("run", name, "begun", {"number": number}))
    intents.note(ledger, f"{name}-{number}", "drill", "any", "criteria")
"""


def test_processes_that_append_at_once_make_one_chain_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "keys"))
    ledger = tmp_path / "ledger"
    argv = [sys.executable, "-c", WRITER, str(ledger)]
    children = [
        subprocess.Popen([*argv, f"p{number}", str(ENTRIES)], stdin=subprocess.PIPE)
        for number in range(PROCESSES)
    ]
    for child in children:  # all are up and wait: now they begin, at once
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.close()
    while any(child.poll() is None for child in children):
        if (ledger / audit.FILE).exists() and audit.read(ledger):
            assert proof.verify(ledger, [], None).torn == 0, "a reader never sees half an entry"
        clock.SYSTEM.sleep(timedelta(milliseconds=20))
    assert [child.returncode for child in children] == [0] * PROCESSES
    entries = audit.read(ledger)
    assert Counter(entry.object for entry in entries[1:]) == {f"p{n}": ENTRIES for n in range(PROCESSES)}
    for name in range(PROCESSES):
        own = [entry.facts["number"] for entry in entries if entry.object == f"p{name}"]
        assert own == list(range(ENTRIES))
    assert proof.verify(ledger, [], None).now.size == 1 + PROCESSES * ENTRIES
    assert sorted(item.attempt for item in intents.read(ledger)) == list(range(1, PROCESSES * ENTRIES + 1))
    assert len(list((tmp_path / "keys").glob("*.pem"))) == 1
