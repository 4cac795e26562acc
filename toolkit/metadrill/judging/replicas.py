"""A recovery out of a replica: what is lost must be exactly what the replica did not have, to the write."""

from collections.abc import Iterable
from dataclasses import dataclass

from metadrill.errors import Code
from metadrill.judging import regions
from metadrill.judging.facts import Facts, Log
from metadrill.judging.ruling import Ruling, missing
from metadrill.model.assessment import Finding
from metadrill.model.verdict import Severity, Verdict

_SAMPLE = 20


@dataclass(frozen=True)
class _Compared:
    """Writes acknowledged before t0: those not there though the replica had them, there though it had not,
    how many are lost, and were compared. Neither way count those `aside`, which came while the set was
    read."""

    gone: tuple[int, ...]
    invented: tuple[int, ...]
    lost: int
    count: int
    aside: int


def rulings(log: Log, t0: int | None) -> list[Ruling]:
    """Given the log and t0, return what is wrong with the losses of a recovery out of a replica.

    Where a region was lost there was one: what it held of the writes must be known.
    """
    told = _told(log)
    if t0 is None or log.last("recovery.finished") is None or not (told or regions.lost(log)):
        return []
    if told is None or not told.has("held"):
        return [missing("replica", "nothing says which writes the replica held that was restored")]
    if log.last("writes.read") is None:
        return [missing("replica", "the writes were not read back, so nothing shows what was lost")]
    found = _compared(log, t0, told)
    rows = (
        (found.gone, "writes that the replica held are not there"),
        (found.invented, "writes that the replica did not hold are there"),
    )
    return [_ruling(what, numbers) for numbers, what in rows if numbers]


def sentence(log: Log, t0: int | None) -> list[str]:
    """Return what was shown of it, where it was as it should be."""
    told = _told(log)
    if told is None or not told.has("held") or t0 is None or log.last("writes.read") is None:
        return []
    found = _compared(log, t0, told)
    if found.gone or found.invented:
        return []
    aside = f"; {found.aside:,} that came while it was read count neither way" if found.aside else ""
    return [
        f"what was lost is what the replica did not hold, to the write: {found.lost:,} of {found.count:,} "
        f"acknowledged before the disruption{aside}"
    ]


def _told(log: Log) -> Facts | None:
    """Return which writes the replica held, as the recovery says; None where it says nothing of it."""
    finished = log.last("recovery.finished")
    facts = finished.facts.below("facts") if finished else None
    return facts.below("writes") if facts and facts.has("writes") else None


def _compared(log: Log, t0: int, told: Facts) -> _Compared:
    held, moving = set(told.texts("held")), set(told.texts("moving"))
    read = log.last("writes.read")
    absent = set(read.facts.below("guid").wholes("absent")) if read else set()
    all_early = {
        entry.facts.whole("n"): entry.facts.text("guid")
        for entry in log.all("write.acked")
        if entry.mono_ns < t0
    }
    early = {number: guid for number, guid in all_early.items() if guid not in moving}
    gone = sorted(number for number, guid in early.items() if guid in held and number in absent)
    invented = sorted(number for number, guid in early.items() if guid not in held and number not in absent)
    aside = len(all_early) - len(early)
    return _Compared(tuple(gone), tuple(invented), len(absent & early.keys()), len(early), aside)


def _ruling(what: str, numbers: Iterable[int]) -> Ruling:
    listed = tuple(numbers)
    because = f"{len(listed):,} {what}"
    finding = Finding(
        "what the replica held", Severity.CRITICAL, Verdict.FAIL, because, len(listed),
        tuple(str(number) for number in listed[:_SAMPLE]),
    )  # fmt: skip
    return Ruling(finding, Code.INTEGRITY_LOST)
