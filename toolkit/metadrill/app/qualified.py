"""Whether a stack is qualified for a run: what `run.opened` says of it."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.app.settings import Settings
from metadrill.envelopes import certificates
from metadrill.errors import JournalError
from metadrill.governance import qualifications
from metadrill.governance.qualifications import Kept, NotQualified, Wanted
from metadrill.model.plan import Plan
from metadrill.ports import Signer


def facts(settings: Settings, plan: Plan, key: Signer) -> dict[str, Any]:
    """Return the mapping `qualification`: the record that stands for a run's stack, or why none does.

    An audit log that does not verify, or cannot be read, counts no record; the run itself refuses it
    when it notes its beginning there.
    """
    wanted = Wanted(plan.stack.digest, {suite.name: suite.digest for suite in plan.suites})
    try:
        kept = qualifications.standing(settings.ledger, wanted, trusted(settings, key), clock.SYSTEM.utc())
    except (NotQualified, JournalError) as reason:
        return {"qualification": {"because": reason.message}}
    return {"qualification": _cited(kept)}


def _cited(kept: Kept) -> Mapping[str, Any]:
    said = kept.said
    assert said is not None  # noqa: S101 - one that cannot be read does not stand: for the type checker
    return {
        "stack": said.digest,
        "record": kept.sha256,
        "name": kept.name,
        "at": said.at,
        "until": said.until,
        "key": f"SHA256:{kept.fingerprint}",
    }


def wrong(settings: Settings, kept: Kept, key: Signer) -> str:
    """Return what keeps a record from standing for its own stack and suites; empty where nothing does."""
    if kept.said is None:
        return kept.wrong
    wanted = Wanted(kept.said.digest, kept.said.suites)
    try:
        last = qualifications.standing(settings.ledger, wanted, trusted(settings, key), clock.SYSTEM.utc())
    except NotQualified as reason:
        return reason.message
    return "" if last.sha256 == kept.sha256 else f"superseded by {last.name}"


def trusted(settings: Settings, key: Signer) -> frozenset[str]:
    """Return the fingerprints of the keys whose qualifications count: our own, and those configured."""
    own = certificates.read(key.certificate, "the signer's certificate").fingerprint
    return frozenset({own, *settings.qualifiers})
