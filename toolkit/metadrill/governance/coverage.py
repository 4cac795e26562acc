"""The coverage ledger: every random pick is noted before its run, and what became of it after.

So a pick that never got a result shows, and a failure stays where its occurrence is run again.
`coverage.jsonl` is a chain (`chain`); each of its lines is also counted in the audit log, so that a
cut-off end shows as well. `book` has the lines, toolkit/docs/coverage.md the format.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from metadrill import clock
from metadrill.errors import BackupError, JournalError, Refused
from metadrill.governance import audit, book, chain, drawing, picking
from metadrill.governance.book import Book, Given, How, Line, Picked, Result
from metadrill.governance.picking import Candidate
from metadrill.model.verdict import Verdict

FILE = "coverage.jsonl"
NOTED = "coverage.note"
L = TypeVar("L", Picked, Result)


@dataclass(frozen=True)
class Asked:
    """A run of a drill that needs a pick: its date in UTC; `by_hand`, the text of a seed, if given."""

    run: str
    drill: str
    occurrence: date
    by_hand: str | None = None


@dataclass(frozen=True)
class _Drawn:
    """A seed and how it came about; `same`, the set of an earlier attempt."""

    how: How
    given: Given
    seed: bytes
    attempt: int = 1
    same: str = ""


def note_pick(ledger: Path, asked: Asked, candidates: Sequence[Candidate]) -> Picked:
    """Pick a set for a run, note that, and return it; it is on disk when this returns.

    An occurrence of a drill keeps its pick: run again, it gets the same set by the same seed. Raises
    BackupError where there is no set to pick, or the one that the occurrence keeps is gone; Refused for a
    run that has a pick, an occurrence that is still to come or before the newest, and where the last pick's
    checkpoint is gone; JournalError, EnvironmentNotReady; KeyRefused (the audit log).
    """
    names = Counter(item.name for item in candidates)
    if twice := [name for name, count in names.items() if count > 1]:
        raise BackupError(f"{twice[0]}: is listed twice", "a set has one name, and a name one set")
    given = _given(ledger, asked)
    return _note(ledger, lambda kept: _picked(kept, asked, _drawn(kept, asked, given), candidates))


def note_result(ledger: Path, run: str, verdict: Verdict, entities: Mapping[str, int]) -> Result:
    """Note what a picked run came to, and how many entities of each type were looked at; return the line.

    Raises Refused for a run that no pick was noted for, or that has a result; JournalError,
    EnvironmentNotReady, KeyRefused (the audit log).
    """
    moment = clock.stamp(clock.SYSTEM.utc())
    return _note(ledger, lambda kept: Result("result", moment, run, verdict, dict(entities), ""))


def read(ledger: Path) -> Book:
    """Return what the ledger says, each line checked against those before it; empty where there is none.

    Raises JournalError with the line that does not follow.
    """
    return _book(ledger, chain.read(ledger / FILE, book.parsed).items)


def verify(ledger: Path) -> Book:
    """Return the same, held against the audit log: its count of the lines, and the checkpoints named.

    Raises JournalError also where the end was cut off, or lines were exchanged.
    """
    deeds = [entry for entry in audit.read(ledger) if entry.action == NOTED]
    found = chain.read(ledger / FILE, book.parsed)
    kept = _book(ledger, found.items)
    for deed in deeds:
        count = deed.facts.get("lines")
        line = found.lines[count - 1] if isinstance(count, int) and 0 < count <= len(found.lines) else b""
        if chain.digest(line) != deed.facts.get("sha256"):
            raise JournalError(
                f"{ledger / FILE}: {len(found.lines)} lines, and its line {count} is not the one that"
                f" entry {deed.seq} of the audit log counted",
                "its end was cut off, or it was exchanged: bring it back from a copy",
            )
    drawing.hold(ledger, (book.checkpoint(item.given) for item in kept.drawn()))
    return kept


def _note(ledger: Path, make: Callable[[Book], L]) -> L:
    """Append the line that is made of what stands there, and count it in the audit log."""
    with chain.writable(ledger):
        file = chain.Chain(ledger / FILE, book.parsed)
        with file.held() as found:
            kept = _book(ledger, found.items)
            line = replace(make(kept), prev=file.head)
            try:
                kept.take(line)
            except ValueError as error:
                raise Refused(f"{ledger / FILE}: {error}", "metadrill audit coverage shows it") from None
            file.append(asdict(line))
            counted = {"lines": file.count, "sha256": file.head}
        audit.Log(ledger).record(audit.Deed(NOTED, line.run, "done", counted))
    return line


def _book(ledger: Path, lines: Sequence[Line]) -> Book:
    kept = Book()
    for number, line in enumerate(lines, start=1):
        try:
            kept.take(line)
        except ValueError as error:
            raise JournalError(f"{ledger / FILE}:{number}: {error}", "the line was changed") from None
    return kept


def _given(ledger: Path, asked: Asked) -> Given:
    """What the seed of a first attempt is made of."""
    if asked.by_hand is not None:
        return (asked.by_hand,)
    return book.given(drawing.previous(ledger))


def _drawn(kept: Book, asked: Asked, given: Given) -> _Drawn:
    """The seed of a run: of an occurrence that has a pick, the same."""
    if asked.by_hand is not None:
        return _Drawn(How.HAND, given, picking.by_hand(asked.by_hand))
    occurrence = asked.occurrence.isoformat()
    if same := kept.attempts(asked.drill, occurrence):
        seed = bytes.fromhex(same[0].seed)
        return _Drawn(How.CHECKPOINT, same[0].given, seed, len(same) + 1, same[0].set)
    head = drawing.head(book.checkpoint(given))
    return _Drawn(How.CHECKPOINT, given, picking.seed(head, asked.occurrence))


def _picked(kept: Book, asked: Asked, drawn: _Drawn, candidates: Sequence[Candidate]) -> Picked:
    """The line of a pick, with the sets as they are now."""
    moment = clock.stamp(clock.SYSTEM.utc())
    before = kept.lists.get(asked.drill, {})
    rows = {item.name: book.listing(item) for item in candidates}
    sets = {name: book.listed(row) for name, row in rows.items()}  # as a reader of the line has them
    now = datetime.fromisoformat(moment)
    name = drawn.same or picking.pick(list(sets.values()), kept.history, drawn.seed, now).candidate.name
    if name not in sets:
        raise BackupError(
            f"{name}: was picked for {asked.occurrence}, and is gone", "the occurrence keeps its pick"
        )
    types = next(item.types for item in candidates if item.name == name)
    return Picked(
        kind="picked", at=moment, run=asked.run, drill=asked.drill, occurrence=asked.occurrence.isoformat(),
        attempt=drawn.attempt, rule=picking.RULE, how=drawn.how, given=drawn.given, seed=drawn.seed.hex(),
        set=name, digest=sets[name].digest, environment=sets[name].environment,
        band=sets[name].stratum(now).band, types=dict(types),
        added=tuple(row for name, row in rows.items() if before.get(name) != sets[name]),
        gone=tuple(name for name in before if name not in rows), prev="",
    )  # fmt: skip
