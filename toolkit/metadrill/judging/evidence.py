"""The evidence class: computed from what the run was, never declared (formats.md)."""

from datetime import datetime

from metadrill.judging import populations
from metadrill.judging.facts import Log
from metadrill.judging.opening import Opening
from metadrill.model.verdict import EvidenceClass

HALF = 2


def classify(log: Log, opening: Opening) -> tuple[EvidenceClass, tuple[str, ...]]:
    """Given the log, return the class and why it is no higher: each missing thing by name.

    `parity`, `qualification` and `approval` are mappings of `run.opened`; a run whose journal
    lacks them lacks the thing.
    """
    source = opening.facts.below("data").mapping("source")
    if source.get("kind") == "sandbox":
        because = f"the backup set is of made-up data ({source.get('dataset')}): no evidence about yours"
        return EvidenceClass.DEMONSTRATION, (because,)
    if "backup" not in opening.data:
        name = opening.data.get("dataset") or "not named"
        because = f"the data is a dataset ({name}): no evidence about the reader's systems"
        return EvidenceClass.DEMONSTRATION, (because,)
    lacking = tuple(_lacking(log, opening))
    return (EvidenceClass.REHEARSAL, lacking) if lacking else (EvidenceClass.OPERATING, ())


def _lacking(log: Log, opening: Opening) -> list[str]:
    facts = opening.facts
    found = []
    source = facts.below("data").mapping("source")
    if not source.get("production", opening.data.get("environment") == "production"):
        found.append("the backup is not of a declared production repository")
    if facts.mapping("parity").get("equal") is not True:
        found.append("parity of the stack with production is not shown")
    if unqualified := _unqualified(opening):
        found.append(unqualified)
    drilled = populations.drilled(log)
    if opening.production is None or drilled is None or drilled * HALF < opening.production:
        found.append("the size drilled is not half of production's")
    found += _people(opening)
    if not log.first("isolation.proved") or log.first("isolation.unproved"):
        found.append("isolation of the sandbox is not proved")
    if opening.data.get("backup") == "random":
        found += _picked(facts.mapping("pick").get("how"))
    return found


def _picked(how: object) -> list[str]:
    if how == "checkpoint":
        return []
    by_hand = "the seed of the random pick was given by hand"
    return [by_hand if how == "hand" else "nothing says where the seed of the random pick came from"]


def _unqualified(opening: Opening) -> str:
    """Say why the stack is not qualified; nothing where it is, by a record that still held then."""
    told = opening.facts.mapping("qualification")
    if told.get("stack") is None or told["stack"] != opening.digests.get("stack"):
        return str(told.get("because") or "the stack is not qualified")
    try:
        until = datetime.fromisoformat(str(told["until"]))
    except (KeyError, ValueError):
        return "nothing says until when the stack is qualified"
    if until.tzinfo is None or until <= opening.entry.at:
        return f"the stack's qualification expired on {str(told['until'])[:10]}"
    return ""


def _people(opening: Opening) -> list[str]:
    roles, approval = opening.facts.mapping("roles"), opening.facts.mapping("approval")
    operator = roles.get("operator")  # one who is not named may be anybody
    found = []
    if not operator or approval.get("by") in (None, "", operator) or not _beforehand(opening):
        found.append("the objectives were not approved before the run by somebody else")
    if not operator or roles.get("reviewer") in (None, "", operator):
        found.append("the reviewer is not independent of the operator")
    return found


def _beforehand(opening: Opening) -> bool:
    try:
        at = datetime.fromisoformat(str(opening.facts.mapping("approval").get("at")))
    except ValueError:
        return False
    return at.tzinfo is not None and at < opening.entry.at
