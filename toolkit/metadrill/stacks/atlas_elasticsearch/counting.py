"""How the graph is counted type by type, and when its index has caught up with it, while people write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from metadrill import clock

_STEADY = timedelta(seconds=10)


def levelled(
    documents: Callable[[], int],
    entities: Callable[[], int],
    last: dict[str, int],
    time: clock.Clock = clock.SYSTEM,
) -> Callable[[], Mapping[str, int] | None]:
    """Return a probe that answers when the index has caught up with the graph, twice in a row; or is steady.

    The index is counted before and after: where the graph's count lies between the two, they were level at
    some moment. So a repository that people write to all the time is told from one whose index lags.
    `last` is kept to what was seen last.
    """
    since = level = 0

    def probe() -> Mapping[str, int] | None:
        nonlocal since, level
        before = documents()
        now = {"graph": entities(), "index": documents()}
        moment = time.monotonic_ns()
        level = level + 1 if sorted((before, now["index"], now["graph"]))[1] == now["graph"] else 0
        if now != last:
            last.update(now)
            since = moment
        steady = clock.seconds(since, moment) >= _STEADY.total_seconds()
        return now if level > 1 or steady else None

    return probe


def counted(count: Callable[[str], int], names: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Given how to count a name (`*`: all), return the number of all, and the counts that are not nothing.

    Where somebody writes meanwhile, a type that grew makes the total full before each was asked for: then
    every other one is asked for too, or entities would be left out of what is read by these names.
    """
    total = count("*")
    found = tally(count, names, total)
    if sum(found.values()) < total:
        return min(total, count("*")), found  # what was deleted meanwhile is no type without a name
    if sum(found.values()) == total == count("*"):
        return total, found
    return total, found | tally(count, [name for name in names if name not in found], None)


def tally(count: Callable[[str], int], names: Iterable[str], total: int | None) -> dict[str, int]:
    """Given how to count a name, return the counts that are not nothing, until they make the total, if any.

    A name that is counted twice over ends it early, and what is left out then shows: the rows of
    a census stand beside these counts.
    """
    found: dict[str, int] = {}
    for name in names:
        if total is not None and sum(found.values()) >= total:
            break
        if some := count(name):
            found[name] = some
    return found
