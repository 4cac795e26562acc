"""Judge census frames with Great Expectations, piece by piece: as many rows as there are, none left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from metadrill import progress
from metadrill.census import Tables
from metadrill.census.asking import PIECE
from metadrill.census.frames import Frames
from metadrill.checkers import library, naming, verdicts
from metadrill.checkers.library import Expectations, warm
from metadrill.checkers.units import Unit, judged_by, units
from metadrill.checkers.verdicts import NAMED, Outcome
from metadrill.errors import Interrupted
from metadrill.model.suite import Check, CheckResult, Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict, Severity

__all__ = ["GreatExpectations", "warm"]


class GreatExpectations:
    """The checker `great_expectations`. Never raises for bad data, nor for a bad suite."""

    def check(self, suite: Suite, frames: Tables, abilities: frozenset[str]) -> SuiteResult:
        """Given a suite and frames, return a result per check.

        Declared, loaded and evaluated count the checks that the stack's abilities allow; what
        is not provable is in none of the three. A suite without any check gets one result,
        inconclusive, with the number 0.
        """
        if not suite.checks:
            empty = Check(0, "the suite declares checks", "", "", {}, Severity.CRITICAL)
            return SuiteResult(
                suite.name, 0, 0, 0, (verdicts.inconclusive(suite, empty, "it declares none"),)
            )
        found: dict[int, CheckResult] = {}
        groups: dict[str, list[int]] = {}
        for place, check in enumerate(suite.checks):
            early = verdicts.before(suite, check, frames, abilities)
            if early is not None:
                found[place] = early
            else:
                groups.setdefault(check.frame, []).append(place)
        loaded = 0
        for frame, places in _counted(suite, groups):
            key = tuple(dict.fromkeys(name for one in places for name in naming.columns(suite.checks[one])))
            wanted = {place: units(suite.checks[place]) for place in places}
            judged = _Judged(frames, frame, key, [one for some in wanted.values() for one in some])
            for place, some in wanted.items():
                loaded += judged.loaded.issuperset(some)
                said = [judged.outcomes[one] for one in some]
                found[place] = verdicts.result(suite, suite.checks[place], frames, judged.rows, said)
        ordered = tuple(found[place] for place in range(len(suite.checks)))
        declared = sum(one.verdict is not CheckVerdict.NOT_PROVABLE for one in ordered)
        evaluated = sum(one.verdict in (CheckVerdict.PASS, CheckVerdict.FAIL) for one in ordered)
        return SuiteResult(suite.name, declared, loaded, evaluated, ordered)


class _Judged:
    """A frame judged by some units: how many rows it had, what each unit came to, which were taken in."""

    def __init__(self, frames: Tables, name: str, key: Sequence[str], units: Sequence[Unit]) -> None:
        distinct = list(dict.fromkeys(units))
        self.rows, self.loaded = 0, set[Unit]()
        self.outcomes: dict[Unit, Outcome] = {}
        self._key, self._name, self._frames = key, name, frames
        columns = _columns(frames, name, key, distinct)
        native = frames.native(name, columns) if isinstance(frames, Frames) else None
        if native is not None:
            self._judge(iter([native]), distinct)
            return
        by_row = {unit: library.by_row(unit) for unit in distinct}
        for together in (True, False):
            group = [unit for unit in distinct if by_row[unit] is together]
            if group:
                columns = _columns(frames, name, key, group)
                whole = _all(frames, name, columns)
                judged = _columns(frames, name, (), group)
                self._judge(_pieces(frames, name, columns) if together else whole, group, judged)

    def _judge(self, pieces: Iterator[Any], units: Sequence[Unit], judged: Sequence[str] = ()) -> None:
        """Judge pieces by units, each on its own; whatever breaks leaves them all inconclusive.

        `judged` are the columns that the units judge: without those that name a row, as long as none
        has to be named, the library has half the work.
        """
        rows = 0
        try:
            asked = Expectations(units)
            self.loaded |= asked.loaded
            outcomes = {unit: Outcome(broken=reason) for unit, reason in asked.broken.items()}
            with progress.stage(f"judging {self._name}", self._about(), "rows") as advance:
                for piece in pieces:
                    there = piece.num_rows if isinstance(piece, pa.Table) else piece.count()
                    for unit, outcome in self._piece(asked, piece, outcomes, judged).items():
                        outcomes[unit] = outcome + outcomes[unit] if unit in outcomes else outcome
                    rows += there
                    advance(there)
        except Interrupted:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the library raises is a check that could not run
            reason = f"{type(error).__name__}: {library.first_line(str(error))}"
            outcomes = {unit: Outcome(broken=reason) for unit in units}
        self.rows = max(self.rows, rows)
        untouched = Outcome(broken="it was not evaluated")
        self.outcomes.update({unit: outcomes.get(unit, untouched) for unit in units})

    def _about(self) -> int:
        return self._frames.about(self._name) if isinstance(self._frames, Frames) else 0

    def _piece(
        self, asked: Expectations, piece: Any, known: Mapping[Unit, Outcome], judged: Sequence[str]
    ) -> Mapping[Unit, Outcome]:
        """Judge one piece, and name the rows that do not hold, until enough are named of each unit."""
        found = asked.ask(piece.select(judged) if judged else piece, self._key, named=False)
        unnamed = {
            unit: NAMED - (len(known[unit].rows) if unit in known else 0)
            for unit, outcome in found.items()
            if outcome.unexpected and not outcome.broken
        }
        few = [unit for unit, left in unnamed.items() if found[unit].unexpected <= left]
        if few:
            named = Expectations(few).ask(piece, self._key, named=True)
            found |= {unit: replace(found[unit], rows=named[unit].rows) for unit in few}
        for unit in unnamed.keys() - set(few):
            if unnamed[unit] > 0:
                found[unit] = replace(found[unit], rows=self._some(unit, piece, unnamed[unit]))
        return found

    def _some(self, unit: Unit, piece: Any, most: int) -> tuple[Mapping[str, Any], ...]:
        """Name some of very many rows that do not hold."""
        if not isinstance(piece, pa.Table):
            return Expectations([unit]).ask(piece, self._key, named=True, most=most)[unit].rows
        named: list[Mapping[str, Any]] = []
        for start in range(0, piece.num_rows, most):
            part = Expectations([unit]).ask(piece.slice(start, most), self._key, named=True)[unit]
            named += part.rows
            if len(named) >= most:
                break
        return tuple(named)


def _counted(suite: Suite, groups: Mapping[str, list[int]]) -> Iterator[tuple[str, list[int]]]:
    """Yield the frames of a suite, and tell how many were judged."""
    with progress.stage(f"suite {suite.name}", len(groups), "frames") as advance:
        for item in groups.items():
            yield item
            advance(1)


def _columns(frames: Tables, name: str, key: Sequence[str], units: Sequence[Unit]) -> list[str]:
    """Return only the columns that are named: the library hashes every column it is given."""
    there = verdicts.columns(frames, name)
    judged = [judged_by(unit) for unit in units]
    if not all(judged):
        return list(there)
    wanted = {*key, *(column for columns in judged for column in columns)}
    return [column for column in there if column in wanted]


def _pieces(frames: Tables, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield a frame piece by piece, one that is empty as one piece without rows."""
    if isinstance(frames, Frames):
        some = False
        for piece in frames.pieces(name, columns):
            some = True
            yield piece
        if not some:
            yield from _all(frames, name, columns)
        return
    table = frames[name].select(columns)
    for start in range(0, max(table.num_rows, 1), PIECE):
        yield table.slice(start, PIECE)


def _all(frames: Tables, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield a frame as one piece, however large it is."""
    yield frames[name].select(columns)
