"""What a backup set of a run leaves unproved: what moved while it was read, and what need not be equal."""

from metadrill.judging.facts import Facts, Log
from metadrill.judging.ruling import Ruling, unproved

_OF = ("backup.chosen", "backup.taken")


def rulings(log: Log) -> list[Ruling]:
    """Given the log, return that a set proves nothing where more moved than its cap while it was read."""
    found = []
    for moving in _moving(log):
        if moving.has("share") and moving.has("cap") and moving.number("share") > moving.number("cap"):
            share, cap = moving.number("share"), moving.number("cap")
            because = f"{share:.1%} of its entities changed while the backup set was read, {cap:.1%} allowed"
            found.append(unproved("backup set", because))
    return found


def _moving(log: Log) -> list[Facts]:
    """What moved in each set that was given, taken or, in the other region, restored."""
    found = [entry.facts.below("moving") for entry in log.all(*_OF)]
    for entry in log.all("recovery.finished"):
        facts = entry.facts.below("facts")
        found += [facts.below("moving"), facts.below("back").below("moving")]
    return found


def limits(log: Log) -> list[str]:
    """Given the log, return what was not compared, for a reader."""
    found = []
    entry = log.last("expected.fixed")
    if entry is not None:
        moving, edges = _count(entry.facts, "moving"), _relationships(entry.facts)
        if moving:
            found.append(
                f"{moving:,} entities that changed while the set was read: only that they exist, "
                "and not what others say of them"
            )
        if edges:
            found.append(
                f"the state of {edges:,} relationships that a logical restore may change, as foretold"
            )
    return found


def _relationships(facts: Facts) -> int:
    foretold = facts.below("foretold")
    return _count(facts, "relationships") or sum(_count(foretold, key) for key in foretold.data)


def _count(facts: Facts, key: str) -> int:
    return facts.whole(key) if facts.has(key) else 0
