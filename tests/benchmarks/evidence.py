"""P6: the evidence of a run on a million entities against that of one on a thousand.

Both are made from the recorded run, every count in its journal scaled; a million entities give as
many findings, of which a journal holds samples. A table of every row is no part of the pack yet.
"""

import resource
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bench import Line, in_turn

from metadrill import journal, judging
from metadrill.packs import evidence

RUNS = 3
RECORDED = Path("fixtures/runs/tour/journal.jsonl")
_COUNTS = frozenset(
    {"census", "witness", "examined", "entities", "documents", "relationships", "graph", "index"}
)


def p6(folder: Path) -> Iterator[Line]:
    """Yield a line for the time of both, and one for the memory that drawing takes at the most."""
    runs = {size: _scaled(journal.read(RECORDED), size) for size in (1_000, 1_000_000)}
    small, large = in_turn([partial(_drawn, reading) for reading in runs.values()], RUNS)
    yield Line("P6", "both PDFs of 1M entities against 1k", large, small, "≤ 1.2", RUNS)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    yield Line("P6", "peak memory of the child that draws, against its goal", peak, 250, "≤ 1.0", RUNS, "MB")


def _drawn(reading: journal.Reading) -> object:
    assessment = judging.assess(reading.events, reading.head)
    return evidence.render(assessment, reading, ("soc2", "iso27001"))


def _scaled(reading: journal.Reading, size: int) -> journal.Reading:
    events = tuple(replace(event, data=_counts(event.data, size)) for event in reading.events)
    return replace(reading, events=events)


def _counts(value: Any, size: int) -> Any:
    """Given a JSON value, return it with every count of a population in it brought to the size."""
    if isinstance(value, dict):
        return {
            key: size if key in _COUNTS and type(item) is int else _counts(item, size)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_counts(item, size) for item in value]
    return value
