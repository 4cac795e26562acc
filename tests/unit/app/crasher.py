"""Runs the twin's drill again and again in forked children, each of which kills itself at a boundary.

Arguments: the cache, the ledger, the kind of sandbox, the drill. Reads lines `signal boundary boundary ...`,
where a boundary is an event of the straight line, counted from 1, just written to disk (0: no
kill). All of a line run side by side. Answers with JSON, a row for each: the code it ended with,
the seconds from kill to end, the kind of the event (without a kill: how many there were).
"""

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

import pyarrow as pa

from metadrill.app import running
from metadrill.app.settings import Settings
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.errors import Interrupted
from metadrill.testing import drills


def loaded() -> None:
    """Load in this process what every child needs: a fork then costs nothing."""
    index = next(suite for suite in drills.suites() if suite.name == "index")
    frame = pa.table({"guid": ["g"], "side": ["both"]})
    GreatExpectations().check(index, {"graph_index": frame}, frozenset())


def child(settings: Settings, drill: str, boundary: int, sign: signal.Signals, told: int) -> None:
    """Run the drill; kill this process when the event with that number is on disk."""
    count = 0

    def hear(event):
        nonlocal count
        if event.kind.startswith("write.") or event.kind == "call.made":
            return
        count += 1
        if count == boundary:
            os.write(told, json.dumps({"kind": event.kind, "at": time.monotonic()}).encode())
            os.kill(os.getpid(), sign)

    code = 1
    try:
        for outcome in running.run(settings, drill, running.RunOptions(listeners=(hear,))):
            code = int(outcome.assessment.code)
    except Interrupted as error:
        code = int(error.code)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        if not boundary:
            os.write(told, json.dumps({"kind": str(count), "at": time.monotonic()}).encode())
        os._exit(code)


def fork(settings: Settings, drill: str, boundary: int, sign: signal.Signals) -> tuple[int, int]:
    """Start a child; return its process id, and where it says what it killed itself at."""
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        child(settings, drill, boundary, sign, told)
    os.close(told)
    return pid, heard


def ended(pid: int, status: int, heard: int) -> dict:
    """Return the row of a child that has just ended."""
    now = time.monotonic()
    said = json.loads(os.read(heard, 4096) or b'{"kind": "", "at": 0}')
    os.close(heard)
    return {"code": os.waitstatus_to_exitcode(status), "seconds": now - said["at"], "kind": said["kind"]}


def main() -> None:
    loaded()
    settings = Settings(cache=Path(sys.argv[1]), ledger=Path(sys.argv[2]), sandbox=sys.argv[3])
    for line in sys.stdin:
        sign, *boundaries = (int(word) for word in line.split())
        forked = [fork(settings, sys.argv[4], boundary, signal.Signals(sign)) for boundary in boundaries]
        waiting, rows = dict(forked), {}
        while waiting:
            pid, status = os.wait()
            if pid in waiting:
                rows[pid] = ended(pid, status, waiting.pop(pid))
        print(json.dumps([rows[pid] for pid, _ in forked]), flush=True)


if __name__ == "__main__":
    main()
