"""What a coverage ledger says, line by line, and what its lines come to. Pure.

Every line is checked against those before it: a result without a pick, a second result of one run,
another set for the same occurrence, a seed that is not that of its checkpoint, a set that the seed
does not pick. `coverage` keeps the lines, `tallies` counts them.
"""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from metadrill import clock
from metadrill.governance import drawing, picking
from metadrill.governance.checkpoints import Checkpoint
from metadrill.governance.picking import Band, Candidate, History, Stratum
from metadrill.model.backup import Mode
from metadrill.model.verdict import Verdict


class How(StrEnum):
    """How a seed came about: from a checkpoint of the audit log, or given by hand (a Rehearsal)."""

    CHECKPOINT = "checkpoint"
    HAND = "hand"


Listing = tuple[str, str, str, str, str]
"""A set in a line: name, digest of its manifest, environment, mode, when it was taken."""

Given = tuple[str | int, ...]
"""What a seed was made of: `(origin, size, root in base64)` of a checkpoint, or `(text,)` by hand."""


@dataclass(frozen=True)
class Picked:
    """A pick, noted before its run.

    `attempt` counts the runs of one occurrence of a drill, all of the same set. `added` and `gone` say
    how the sets differ from those at the drill's pick before. `types` counts the entities of the set.
    """

    kind: str
    at: str
    run: str
    drill: str
    occurrence: str
    attempt: int
    rule: str
    how: How
    given: Given
    seed: str
    set: str
    digest: str
    environment: str
    band: Band
    types: Mapping[str, int]
    added: tuple[Listing, ...]
    gone: tuple[str, ...]
    prev: str

    @property
    def stratum(self) -> Stratum:
        """Return the stratum that the set was picked in."""
        return Stratum(self.environment, self.band)


@dataclass(frozen=True)
class Result:
    """What a run of a pick came to: its verdict, and how many entities were looked at, by type."""

    kind: str
    at: str
    run: str
    verdict: Verdict
    entities: Mapping[str, int]
    prev: str


Line = Picked | Result


def parsed(number: int, line: bytes) -> Line:
    """Given a line's bytes, return what it says. Raises ValueError."""
    try:
        body = json.loads(line)
        if body["kind"] == "result":
            return Result(**{**body, "verdict": Verdict(body["verdict"])})
        lists = {"given": tuple(body["given"]), "gone": tuple(body["gone"]),
                 "added": tuple((a, b, c, d, e) for a, b, c, d, e in body["added"])}  # fmt: skip
        if body["kind"] != "picked":
            raise ValueError
        return Picked(**{**body, **lists, "how": How(body["how"]), "band": Band(body["band"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("neither a pick nor a result") from None


def listing(item: Candidate) -> Listing:
    """Return a set as a line lists it."""
    return item.name, item.digest, item.environment, str(item.mode), clock.stamp(item.taken)


def listed(row: Listing) -> Candidate:
    """Return the set that a line lists, without its types. Raises ValueError."""
    name, digest, environment, mode, taken = row
    return Candidate(name, digest, environment, Mode(mode), datetime.fromisoformat(taken))


def given(checkpoint: Checkpoint) -> Given:
    """Return a checkpoint as a line names it."""
    return checkpoint.origin, checkpoint.size, base64.b64encode(checkpoint.root).decode()


def checkpoint(named: Given) -> Checkpoint:
    """Return the checkpoint that a line names. Raises ValueError."""
    try:
        origin, size, root = named
        return Checkpoint(str(origin), int(size), base64.b64decode(str(root), validate=True))
    except (ValueError, binascii.Error):
        raise ValueError("the seed names no checkpoint") from None


class Book:
    """The lines of a coverage ledger, taken in one after the other.

    `lists` has the sets that were there at each drill's newest pick, `known` all that ever were.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.picks: dict[str, Picked] = {}
        self.results: dict[str, Result] = {}
        self.lists: dict[str, dict[str, Candidate]] = {}
        self.known: dict[str, Candidate] = {}
        self._often: Counter[str] = Counter()
        self._newest: dict[Stratum, int] = {}
        for line in lines:
            self.take(line)

    @property
    def history(self) -> History:
        """What was picked before: first attempts of seeds that nobody gave by hand."""
        return History(self._often, self._newest)

    @property
    def sets(self) -> set[str]:
        """The names of the sets that were there at the newest pick of some drill."""
        return {name for sets in self.lists.values() for name in sets}

    def attempts(self, drill: str, occurrence: str) -> list[Picked]:
        """Return the picks of an occurrence, oldest first: none, or several of one set."""
        return [item for item in self.drawn() if (item.drill, item.occurrence) == (drill, occurrence)]

    def drawn(self) -> list[Picked]:
        """Return the picks whose seed came from a checkpoint, oldest first."""
        return [item for item in self.picks.values() if item.how is How.CHECKPOINT]

    def take(self, line: Line) -> None:
        """Take in the next line. Raises ValueError, saying why, for one that cannot follow."""
        if isinstance(line, Result):
            if line.run not in self.picks:
                raise ValueError(f"a result of {line.run}, which no pick was noted for")
            if line.run in self.results:
                raise ValueError(f"a second result of {line.run}")
            self.results[line.run] = line
            return
        if line.run in self.picks:
            raise ValueError(f"a second pick for {line.run}")
        sets = self.after(line)
        if line.how is How.CHECKPOINT:
            self._drawn_well(line)
        elif picking.by_hand(str(line.given[0] if line.given else "")).hex() != line.seed:
            raise ValueError("the seed is not that of the text given by hand")
        self._picked_well(line, sets)
        self._take_in(line, sets)

    def _take_in(self, line: Picked, sets: dict[str, Candidate]) -> None:
        self.lists[line.drill] = sets
        self.known.update(sets)
        self.picks[line.run] = line
        if line.how is How.CHECKPOINT and line.attempt == 1:
            self._often[line.set] += 1
            self._newest[line.stratum] = len(self.picks)

    def after(self, line: Picked) -> dict[str, Candidate]:
        """Return the sets that there were at a pick that comes next. Raises ValueError."""
        added = {row[0]: listed(row) for row in line.added}
        before = self.lists.get(line.drill, {})
        sets = {name: item for name, item in before.items() if name not in line.gone} | added
        if line.set not in sets or sets[line.set].digest != line.digest:
            raise ValueError(f"{line.set} is picked, and is not among the sets")
        return sets

    def _drawn_well(self, line: Picked) -> None:
        """Whether the seed is that of its checkpoint and occurrence, and neither goes back in time."""
        named, day = checkpoint(line.given), date.fromisoformat(line.occurrence)
        if picking.seed(drawing.head(named), day).hex() != line.seed:
            raise ValueError("the seed is not that of its checkpoint and occurrence")
        if line.occurrence > line.at[:10]:
            raise ValueError(f"the occurrence {line.occurrence} is still to come")
        drawn = self.drawn()
        if drawn and line.occurrence < drawn[-1].occurrence:
            raise ValueError(f"the occurrence {line.occurrence} is before {drawn[-1].occurrence}")
        earlier = checkpoint(drawn[-1].given).size if drawn else 0
        if named.size < earlier:
            raise ValueError(f"drawn from a checkpoint of {named.size} entries, and before from {earlier}")

    def _picked_well(self, line: Picked, sets: Mapping[str, Candidate]) -> None:
        """Whether it is the set that the rule picks, or for a repeated occurrence the same again."""
        if line.rule != picking.RULE:
            raise ValueError(f"picked by {line.rule}, which this version does not know")
        same = self.attempts(line.drill, line.occurrence) if line.how is How.CHECKPOINT else []
        if same:
            wanted = (same[0].set, same[0].digest, same[0].seed, len(same) + 1)
            if (line.set, line.digest, line.seed, line.attempt) != wanted:
                raise ValueError(f"not the set and seed that {line.occurrence} had before")
        now = datetime.fromisoformat(line.at)
        if not same:
            due = picking.pick(list(sets.values()), self.history, bytes.fromhex(line.seed), now)
            if (due.candidate.name, line.attempt) != (line.set, 1):
                raise ValueError(f"the seed picks {due.candidate.name}, not {line.set}")
        if sets[line.set].stratum(now) != line.stratum:
            raise ValueError(f"{line.set} is not of the stratum that it was picked in")
