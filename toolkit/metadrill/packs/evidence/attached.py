"""What travels inside each PDF: the journal, the assessment, tables, the files that decided the run."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from metadrill import glyphs, placing, sheets
from metadrill.model.assessment import Assessment
from metadrill.packs import assemble
from metadrill.packs.evidence.record import Record, mapping
from metadrill.packs.rendering import Attachment

_JSON, _CSV, _YAML, _LINES = "application/json", "text/csv", "application/yaml", "application/jsonl"


def attachments(assessment: Assessment, record: Record) -> tuple[Attachment, ...]:
    """Given a run, return the files attached to its evidence, the manifest of them last."""
    told = assemble.assessment_text(assessment)
    found = [
        Attachment("journal.jsonl", record.raw, _LINES, "Every event of the run, chained", "Source"),
        Attachment("assessment.json", placing.encoded(told), _JSON, "What the journal comes to", "Data"),
        Attachment("findings.csv", _findings(assessment), _CSV, "Findings, with samples", "Data"),
        Attachment("deviations.csv", _deviations(assessment), _CSV, "Rows that did not hold", "Data"),
        Attachment("checks.csv", _checks(assessment), _CSV, "Each check in each phase", "Data"),
        Attachment("populations.csv", _populations(record), _CSV, "Counts and their witnesses", "Data"),
        *_inputs(record),
    ]
    return (*found, _manifest(assessment, record, found))


def _inputs(record: Record) -> Iterable[Attachment]:
    taken: set[str] = set()
    for item in record.inputs:
        name = f"{item.kind}-{PurePosixPath(glyphs.visible(item.name)).name or 'unnamed'}.yaml"
        if name not in taken:
            taken.add(name)
            yield Attachment(
                name, placing.encoded(item.text), _YAML, f"The {item.kind} as it was read", "Supplement"
            )


def _manifest(assessment: Assessment, record: Record, files: Sequence[Attachment]) -> Attachment:
    body = {
        "schema": "manifest/v1",
        "run": assessment.run,
        "journal": {"head": record.head, "events": len(record.events)},
        "files": [
            {"name": file.name, "bytes": len(file.data), "sha256": digest(file.data)} for file in files
        ],
    }
    text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    return Attachment(
        "manifest.json", placing.encoded(text), _JSON, "The other attachments and their digests", "Data"
    )


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _findings(assessment: Assessment) -> bytes:
    head = ("verdict", "severity", "suite", "check", "name", "because", "count", "sample")
    rows = (
        (
            one.verdict.value,
            one.severity.value,
            one.suite,
            "" if one.check is None else one.check,
            one.name,
            one.because,
            one.count,
            " | ".join(one.sample),
        )
        for one in assessment.findings
    )
    return _table(head, rows)


def _deviations(assessment: Assessment) -> bytes:
    """The first rows that each check named: which entities, what should stand there, what does."""
    head = ("phase", "suite", "check", "title", "guids", "expected", "observed", "says")
    rows = (
        (phase, one.suite, one.number, one.title, " ".join(row.guids), row.expected, row.observed, row.says)
        for phase, results in assessment.checks.items()
        for one in results
        for row in one.deviations
    )
    return _table(head, rows)


def _checks(assessment: Assessment) -> bytes:
    head = (
        "phase",
        "suite",
        "check",
        "title",
        "severity",
        "verdict",
        "examined",
        "unexpected",
        "because",
        "scope",
        "witness",
    )
    rows = (
        (
            phase,
            one.suite,
            one.number,
            one.title,
            one.severity.value,
            one.verdict.value,
            one.examined,
            one.unexpected,
            one.because,
            one.scope,
            one.witness,
        )
        for phase, results in assessment.checks.items()
        for one in results
    )
    return _table(head, rows)


def _populations(record: Record) -> bytes:
    rows = []
    for event in record.all("witness.heard"):
        counts = event.data.get("counts")
        for row in counts if isinstance(counts, list) else ():
            said = mapping(row)
            rows.append(
                (event.data.get("phase"), *(said.get(key) for key in ("what", "census", "witness", "by")))
            )
    return _table(("phase", "population", "census", "witness", "by"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return placing.encoded(sheets.table(head, rows))
