"""What has to be true of a run before a control's full strength: each condition, met or lacking."""

from collections.abc import Callable, Mapping

from metadrill.judging.evidence import HALF
from metadrill.model.assessment import Assessment
from metadrill.model.control import Condition
from metadrill.model.verdict import CheckVerdict
from metadrill.packs.evidence.record import UNATTENDED, Record


def lacking(assessment: Assessment, record: Record) -> Mapping[Condition, str]:
    """Given a run, return what it lacks: the conditions that are not met, and why."""
    return {
        condition: because
        for condition, (met, because) in _CONDITIONS.items()
        if not met(assessment, record)
    }  # fmt: skip


def _roles(record: Record) -> list[str]:
    return [str(record.of("roles").get(name) or "") for name in ("operator", "approver", "reviewer")]


def _people(assessment: Assessment, record: Record) -> bool:
    named = _roles(record)
    return all(named) and len(set(named)) == len(named)


def _decided(assessment: Assessment, record: Record) -> bool:
    by = str(record.last("decision.made").get("by") or "")
    return bool(record.rows("gates")) and bool(by) and not by.startswith(UNATTENDED)


def _complete(assessment: Assessment, record: Record) -> bool:
    verified = assessment.checks.get("verified", ())
    judged = {CheckVerdict.PASS, CheckVerdict.FAIL}
    return bool(verified) and all(result.verdict in judged for result in verified)


def _half(assessment: Assessment, record: Record) -> bool:
    drilled, production = assessment.size.get("drilled"), assessment.size.get("production")
    return bool(drilled and production and drilled * HALF >= production)


def _real_backup(record: Record) -> bool:
    data = record.of("data")
    source = data.get("source")
    made_up = isinstance(source, Mapping) and source.get("kind") == "sandbox"
    return "backup" in data and not made_up


def _bia(assessment: Assessment, record: Record) -> bool:
    source = record.of("criteria").get("rto")
    return bool(record.of("refs").get("bia") or (isinstance(source, Mapping) and source.get("source")))


Met = Callable[[Assessment, Record], bool]

_CONDITIONS: Mapping[Condition, tuple[Met, str]] = {
    Condition.PROCEDURE: (
        lambda assessment, record: assessment.recovery == "procedure",
        "the recovery was metadrill's own, not the company's procedure",
    ),
    Condition.GATES: (_decided, "no person decided at a gate"),
    Condition.PEOPLE: (_people, "operator, approver and reviewer are not three people"),
    Condition.PLAN: (
        lambda assessment, record: bool(record.of("refs").get("plan")),
        "no documented plan is referred to",
    ),
    Condition.BACKUP: (
        lambda assessment, record: _real_backup(record),
        "the data were made up, not a backup",
    ),
    Condition.COMPLETE: (_complete, "not every check could be judged after the recovery"),
    Condition.OUTAGE: (
        lambda assessment, record: assessment.stamps.get("t1") is not None,
        "no outage was observed",
    ),
    Condition.BIA: (_bia, "no business impact analysis is referred to"),
    Condition.RISK: (
        lambda assessment, record: bool(record.of("refs").get("risk")),
        "no entry of the risk register is referred to",
    ),
    Condition.HALF_SIZE: (_half, "the size drilled is below half of production's"),
    Condition.SEPARATE_SITES: (
        lambda assessment, record: False,
        "everything ran on one host",
    ),
    Condition.ISOLATION: (
        lambda assessment, record: assessment.isolation.get("proved") is True,
        "isolation of the sandbox is not proved",
    ),
    Condition.CLOCK: (
        lambda assessment, record: (
            record.of("host").get("clock") is not None
            and dict(record.of("host")["clock"]).get("synchronised") is True
        ),
        "the machine's clock is not known to be synchronised",
    ),
}
