"""What is signed of a run: an in-toto Statement v1 over the journal's head and every file of the pack."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from metadrill.errors import JournalError
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment, LossMeasure
from metadrill.model.event import Event

NAME = "statement.dsse.json"
TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:metadrill:drill-evidence:v1"


def make(assessment: Assessment, reading: Reading, files: Mapping[str, str]) -> bytes:
    """Given a judged run and the SHA-256 of its files by name, return the statement: JSON, deterministic."""
    body = {
        "_type": TYPE,
        "subject": [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)],
        "predicateType": PREDICATE_TYPE,
        "predicate": _predicate(assessment, reading),
    }
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


def _predicate(found: Assessment, reading: Reading) -> dict[str, Any]:
    opened = first(reading, "run.opened")
    return {
        "run": found.run,
        "drill": found.drill,
        "scenario": found.scenario,
        "recovery": found.recovery,
        "verdict": found.verdict.value,
        "code": int(found.code),
        "codes": [int(code) for code in found.codes],
        "evidenceClass": found.evidence_class.value,
        "criteriaSha256": criteria_digest(opened),
        "rta": {"seconds": found.rta.actual, "limit": found.rta.limit, "met": found.rta.met},
        "rpa": {
            "graph": _loss(found.rpa_graph),
            "search": _loss(found.rpa_search),
            "limit": found.rpo.limit,
            "met": found.rpo.met,
        },
        "journal": journal(reading),
        "started": reading.events[0].at,
        "closed": closed(reading),
        "tool": opened.get("tool"),
    }


def _loss(measure: LossMeasure) -> dict[str, Any]:
    return {
        "seconds": measure.seconds,
        "acknowledged": measure.acknowledged,
        "lost": len(measure.lost),
    }


def journal(reading: Reading) -> dict[str, Any]:
    """Given a journal, return what the statement says of it: its head, how many events, how it ended."""
    last = _last(reading)
    return {
        "name": "journal.jsonl",
        "head": reading.head,
        "events": len(reading.events),
        "outcome": last.data.get("outcome") if last else None,
        "torn": reading.torn,
    }


def closed(reading: Reading) -> str | None:
    """Return when the journal says that the run ended: UTC; None for a run that was killed."""
    last = _last(reading)
    return last.at if last else None


def _last(reading: Reading) -> Event | None:
    last = reading.events[-1]
    return last if last.kind == "drill.closed" else None


def first(reading: Reading, kind: str) -> Mapping[str, Any]:
    """Return the data of the first event of a kind; empty where there is none."""
    return next((event.data for event in reading.events if event.kind == kind), {})


def criteria_digest(opened: Mapping[str, Any]) -> str:
    """Given the data of `run.opened`, return the digest of its criteria that the intent recorded before."""
    body = json.dumps([opened.get("criteria"), opened.get("digests")])
    return hashlib.sha256(body.encode()).hexdigest()


def parse(payload: bytes, name: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Given a statement, return the digests of its subjects by name, and its predicate.

    Raises JournalError, with `name`, for anything else than a statement of this kind.
    """
    try:
        body = json.loads(payload)
        kinds = body["_type"], body["predicateType"]
        files = {str(one["name"]): str(one["digest"]["sha256"]) for one in body["subject"]}
        predicate = body["predicate"]
        known = kinds == (TYPE, PREDICATE_TYPE) and isinstance(predicate["journal"], dict)
        known = known and len(files) == len(body["subject"])
    except (ValueError, TypeError, KeyError, RecursionError):
        known = False
    if not known:
        raise JournalError(
            f"{name}: not a statement on a drill", "the file was changed, or is of another tool"
        )
    return files, predicate
