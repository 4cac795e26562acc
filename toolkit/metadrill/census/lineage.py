"""Lineage as steps: from what a process reads to the process, and on to what it writes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Steps = Mapping[str, set[str]]


def steps(rows: Iterable[Sequence[str | None]], *, up: bool = False) -> Steps:
    """Given rows of the table `lineage`, return what each node leads to; `up`: what it comes from."""
    found: dict[str, set[str]] = defaultdict(set)
    for process, direction, entity in rows:
        into = (direction or "").startswith("input")
        source, target = (entity, process) if into else (process, entity)
        if up:
            source, target = target, source
        found[source or ""].add(target or "")
    return dict(found)
