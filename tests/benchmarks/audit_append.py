"""P8: an entry of the audit log against a bare write and fdatasync of the same bytes."""

import os
from collections.abc import Iterator
from pathlib import Path

import bare_append
from bench import Line, in_turn

from metadrill.governance import audit

ENTRIES, RUNS = 500, 5


def p8_audit(folder: Path) -> Iterator[Line]:
    """Yield one line: seconds for 500 entries on disk, each synced; making the log is left out."""
    os.environ["METADRILL_KEYS"] = str(folder / "keys")
    number = iter(range(10_000))
    lines: list[bytes] = []
    logs = []
    for _ in range(RUNS):
        ledger = folder / f"ledger-{next(number)}"
        log = audit.Log(ledger)
        log.record(audit.Deed("gc", "sandboxes", "begun"))
        logs.append((ledger, log))
    waiting = iter(logs)

    def ours() -> None:
        ledger, log = next(waiting)
        for count in range(ENTRIES):
            log.record(audit.Deed("gc", "sandboxes", "done", {"removed": [], "left": [], "n": count}))
        lines[:] = (ledger / audit.FILE).read_bytes().splitlines(keepends=True)[2:]

    def plain() -> None:
        bare_append.append(folder / f"bare-{next(number)}", lines)

    mine, bare = in_turn((ours, plain), RUNS)
    what = f"{ENTRIES} audit entries appended against write and fdatasync"
    yield Line("P8", what, mine, bare, "≤ 1.3", RUNS)
