"""What the coverage ledger comes to: how much was tested, what failed, what may be defective. Pure.

The population are the sets that were there at each drill's newest pick, and those that are gone since and did
not pass: what failed cannot be pruned away. A set counts once, with its worst result, in the stratum
it is in now. A pass by a seed given by hand counts for nothing, a failure always does.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from metadrill.governance import bounds
from metadrill.governance.book import Book, How
from metadrill.governance.bounds import Sample
from metadrill.governance.picking import Band, Stratum
from metadrill.model import verdict
from metadrill.model.verdict import Verdict

_AGES = tuple(Band)
Run = tuple[How, Verdict | None]
"""How a run of a set was picked, and what it came to, if anything."""


@dataclass(frozen=True)
class Tally:
    """Of `sets`, `tested` passed or failed, `failed` failed; `unproved` were picked and did neither.

    `no_result` and `inconclusive` count runs. `most` is how many sets are defective at most, at 95 %;
    `most_if` the same if all that are unproved were tested and had failed.
    """

    sets: int
    tested: int
    failed: int
    unproved: int
    no_result: int
    inconclusive: int
    most: int
    most_if: int

    @property
    def sample(self) -> Sample:
        """Return what the bound is made of."""
        return Sample(self.sets, self.tested, self.failed)

    @property
    def feared(self) -> Sample:
        """Return the same, as if what is unproved had failed."""
        return Sample(self.sets, self.tested + self.unproved, self.failed + self.unproved)

    @property
    def percent(self) -> float:
        """Return the most that may be defective in per cent, rounded up to a tenth; of no set 0."""
        return _percent(self.most, self.sets)


@dataclass(frozen=True)
class Coverage:
    """The tally of each stratum and of all, how many runs were picked, and how many of these by hand.

    `types` says of each type how many entities were looked at, and how many the sets hold.
    """

    strata: dict[Stratum, Tally]
    whole: Tally
    picks: int
    by_hand: int
    types: dict[str, tuple[int, int]]


def coverage(book: Book, now: datetime) -> Coverage:
    """Given what the ledger says, return what it comes to at a moment."""
    runs: dict[str, list[Run]] = {name: [] for name in book.known}
    for pick in book.picks.values():
        result = book.results.get(pick.run)
        runs[pick.set].append((pick.how, result.verdict if result else None))
    within: dict[Stratum, list[list[Run]]] = {}
    there = book.sets
    for name, item in sorted(book.known.items()):
        if name in there or outcome(runs[name]) in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            within.setdefault(item.stratum(now), []).append(runs[name])
    in_order = sorted(within, key=lambda stratum: (stratum.environment, _AGES.index(stratum.band)))
    strata = {stratum: _tally(within[stratum]) for stratum in in_order}
    whole = replace(
        _tally([sets for some in within.values() for sets in some]),
        **_shown(run for some in runs.values() for run in some),
        most=bounds.most_of([item.sample for item in strata.values()]),
        most_if=bounds.most_of([item.feared for item in strata.values()]),
    )
    by_hand = sum(1 for pick in book.picks.values() if pick.how is How.HAND)
    return Coverage(strata, whole, len(book.picks), by_hand, _types(book))


def outcome(runs: Iterable[Run]) -> Verdict | None:
    """Given the runs of a set, return the worst it came to; None where none counts.

    Picked without a result is inconclusive, unless another run of it had one.
    """
    counted = [(how, found) for how, found in runs if how is How.CHECKPOINT or found is Verdict.FAIL]
    results = [found for _, found in counted if found]
    if results:
        return verdict.worst(results)
    return Verdict.INCONCLUSIVE if counted else None


def _tally(sets: list[list[Run]]) -> Tally:
    came = Counter(outcome(runs) for runs in sets)
    failed, tested = came[Verdict.FAIL], came[Verdict.FAIL] + came[Verdict.PASS]
    tally = Tally(len(sets), tested, failed, came[Verdict.INCONCLUSIVE],
                  **_shown(run for runs in sets for run in runs), most=0, most_if=0)  # fmt: skip
    return replace(tally, most=bounds.most(tally.sample), most_if=bounds.most(tally.feared))


def _shown(runs: Iterable[Run]) -> dict[str, int]:
    found = Counter(result for _, result in runs)
    return {"no_result": found[None], "inconclusive": found[Verdict.INCONCLUSIVE]}


def _types(book: Book) -> dict[str, tuple[int, int]]:
    looked: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for run, result in book.results.items():
        looked.update(result.entities)
        held.update(book.picks[run].types)
    return {name: (looked[name], held[name]) for name in sorted({*looked, *held})}


def facts(book: Book, run: str, now: datetime) -> dict[str, Any]:
    """Given a run that was picked, return `seed` and `coverage` as its assessment has them: plain values.

    Raises KeyError for a run that was not.
    """
    pick = book.picks[run]
    seed = {
        "value": pick.seed, "how": str(pick.how), "given": list(pick.given), "drill": pick.drill,
        "occurrence": pick.occurrence,
        "attempt": pick.attempt, "rule": pick.rule, "set": pick.set, "manifest": pick.digest,
        "environment": pick.environment, "age": str(pick.band),
    }  # fmt: skip
    return {"seed": seed, "coverage": told(coverage(book, now))}


def told(found: Coverage) -> dict[str, Any]:
    """Return a coverage in plain values."""
    return {
        "confidence": "95 %",
        "whole": _told(found.whole),
        "strata": [{"environment": stratum.environment, "age": str(stratum.band), **_told(tally)}
                   for stratum, tally in found.strata.items()],
        "picks": found.picks,
        "by_hand": found.by_hand,
        "types": {name: {"looked_at": looked, "held": held} for name, (looked, held) in found.types.items()},
        "says": sentence(found.whole),
    }  # fmt: skip


def _told(tally: Tally) -> dict[str, Any]:
    return {**asdict(tally), "percent": tally.percent, "percent_if": _percent(tally.most_if, tally.sets)}


def sentence(tally: Tally) -> str:
    """Return a tally as a reader is told it."""
    failures = "1 failure" if tally.failed == 1 else f"{tally.failed} failures"
    said = f"{tally.tested} of {tally.sets} tested, {failures}, at most {tally.percent:g} % defective at 95 %"
    if not tally.unproved:
        return said
    more = _percent(tally.most_if, tally.sets)
    return f"{said}; {tally.unproved} picked and not proved: {more:g} % if they are defective"


def _percent(count: int, sets: int) -> float:
    return -(-1000 * count // sets) / 10 if sets else 0.0
