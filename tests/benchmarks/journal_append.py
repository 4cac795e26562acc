"""P8: an event of the journal against a bare write and fdatasync of the same bytes."""

from collections.abc import Iterator
from pathlib import Path

import bare_append
from bench import Line, in_turn

from metadrill.journal import Journal

EVENTS, RUNS = 500, 5


def p8_append(folder: Path) -> Iterator[Line]:
    """Yield one line: seconds for 500 events on disk, each synced."""
    number = iter(range(10_000))
    lines: list[bytes] = []

    def ours() -> None:
        path = folder / f"journal-{next(number)}.jsonl"
        book = Journal(path)
        for count in range(EVENTS):
            book.record("write.acked", n=count, guid="00000000-0000-4000-8000-000000000000", invoked_ns=count)
        lines[:] = path.read_bytes().splitlines(keepends=True)

    def plain() -> None:
        bare_append.append(folder / f"bare-{next(number)}", lines)

    mine, bare = in_turn((ours, plain), RUNS)
    yield Line("P8", f"{EVENTS} events appended against write and fdatasync", mine, bare, "≤ 1.3", RUNS)
