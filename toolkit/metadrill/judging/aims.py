"""What a scenario is out for, and how its recovery must then have ended: `success_is`.

Each aim has one end that reaches it. Any other end, and a recovery that was left out or failed,
misses it. What the aim claims beyond its end is proved here, from the journal alone.
"""

from dataclasses import dataclass

from metadrill.errors import Code
from metadrill.judging.facts import Entry, Log
from metadrill.judging.opening import Opening
from metadrill.judging.ruling import Ruling, failed, missing, unproved
from metadrill.model.verdict import Aim

ENDS = {
    Aim.RECOVERED: "recovery.finished",
    Aim.REFUSED: "recovery.refused",
    Aim.ROLLED_BACK: "recovery.rolled_back",
    Aim.DETECTED: "recovery.detected",
}
_REFUSALS = (Code.BACKUP_TAMPERED, Code.KEY, Code.REFUSED)
_ALWAYS = {
    "recovery.left_out": "the recovery was left out: nothing was recovered",
    "recovery.failed": "the recovery failed",
    "stack.not_serving": "the repository did not serve again",
}
_OTHERWISE = {
    "recovery.finished": "it went through",
    "recovery.refused": "it was refused",
    "recovery.rolled_back": "it was undone",
    "recovery.detected": "it only found damage",
}
_WANTED = {
    Aim.RECOVERED: "the recovery never completed",
    Aim.REFUSED: "the restore should have been refused",
    Aim.ROLLED_BACK: "the restore should have been undone",
    Aim.DETECTED: "the damage should have been found",
}


@dataclass(frozen=True)
class Missed:
    """Why an aim was not reached, and the exit codes that this means."""

    because: str
    codes: tuple[Code, ...]


def aim(opening: Opening) -> Aim | None:
    """Given what was fixed, return the aim; None: one that is not judged here."""
    return next((one for one in ENDS if one == opening.aim), None)


def missed(log: Log, opening: Opening) -> Missed | None:
    """Given the log, return why its aim was not reached for certain; None where it may have been.

    Where the fault was left out, that a restore went through is no surprise.
    """
    entry = log.first(*_ALWAYS)
    if entry is not None:
        told = _ALWAYS[entry.kind]
        because = _because(entry) if entry.kind != "recovery.left_out" else ""
        return Missed(f"{told}: {because}" if because else told, (Code.RTO_MISSED,))
    wanted = aim(opening)
    if wanted is None:
        return None
    entry = log.first(*(kind for kind in _OTHERWISE if kind != ENDS[wanted]))
    if entry is None or (entry.kind == "recovery.finished" and log.first("fault.left_out")):
        return None
    because = _because(entry)
    told = f"{_WANTED[wanted]}: {_OTHERWISE[entry.kind]}"
    return Missed(f"{told}: {because}" if because else told, _codes(entry))


def rulings(log: Log, opening: Opening) -> list[Ruling]:
    """Given the log, return what is held against the claim of its aim."""
    wanted = aim(opening)
    if wanted is None:
        return [unproved("aim", f"the aim {opening.aim} is not judged by this version")]
    entry = log.first(ENDS[wanted])
    if entry is None or wanted is Aim.RECOVERED:
        return []
    prove = {Aim.REFUSED: _refused, Aim.ROLLED_BACK: _rolled_back, Aim.DETECTED: _detected}
    return prove[wanted](log, entry)


def _because(entry: Entry) -> str:
    return entry.facts.text("because") if entry.facts.has("because") else ""


def _codes(entry: Entry) -> tuple[Code, ...]:
    """A refusal keeps its own code; what never completed is 11 as well."""
    if entry.kind == "recovery.refused":
        code = _code(entry)
        return (Code.RTO_MISSED,) if code is None else (code, Code.RTO_MISSED)
    return (Code.INTEGRITY_LOST,) if entry.kind == "recovery.detected" else (Code.RTO_MISSED,)


def _code(entry: Entry) -> Code | None:
    told = entry.facts.whole("code")
    return next((code for code in _REFUSALS if code == told), None)


def _refused(log: Log, entry: Entry) -> list[Ruling]:
    """A refusal comes before anything of the stack was changed, and nothing is changed after it."""
    if _code(entry) is None:
        return [unproved("refusal", f"it gives no code of a refusal: {entry.facts.whole('code')}")]
    started, verified = log.first("recovery.started"), log.last("recovery.verified")
    first = started.seq if started else 0
    last = verified.seq if verified else len(log.entries)
    calls = [one for one in log.all("call.made", "recovery.step") if first < one.seq < last]
    if not calls:
        return []
    more = f" and {len(calls) - 1:,} more" if len(calls) > 1 else ""
    because = f"something was changed although the restore was refused: event {calls[0].seq}{more}"
    return [failed("refusal", because, Code.INTEGRITY_LOST)]


def _rolled_back(log: Log, entry: Entry) -> list[Ruling]:
    """What stands again is what stood before: equal digests, table by table."""
    tables = entry.facts.below("restored").below("tables")
    if not tables.data:
        return [missing("roll back", "nothing says that what stood before stands again")]
    differing = []
    for name in tables.data:
        pair = tables.below(name)
        if not pair.has("before") or not pair.has("after"):
            return [missing("roll back", f"table {name} was not compared")]
        if pair.text("before") != pair.text("after"):
            differing.append(name)
    if not differing:
        return []
    because = f"what stands again is not what stood before: {', '.join(differing)}"
    return [failed("roll back", because, Code.INTEGRITY_LOST)]


def _detected(log: Log, entry: Entry) -> list[Ruling]:
    found = entry.facts.below("found")
    if found.has("differing") and found.whole("differing"):
        return []
    return [unproved("detection", "nothing says what was found")]
