"""Sealing a run: everything derived from its journal, signed, and the sums over it last.

The sums are the end of it: a run without them, or whose sums name no statement, is not sealed.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from metadrill import placing
from metadrill.envelopes import dsse
from metadrill.errors import JournalError
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.packs import assemble, content, pdf_signature, statement, sums, verifying
from metadrill.ports import Signer

VERIFIER = "verify.py"
_DERIVED = frozenset(
    {assemble.ASSESSMENT, "report.html", "junit.xml", "as-run.sh", VERIFIER, verifying.CERTIFICATE}
)


def seal(
    folder: Path, assessment: Assessment, reading: Reading, signer: Signer, documents: Mapping[str, bytes]
) -> tuple[Path, ...]:
    """Seal the run in `folder`; return what was written, the sums last, or nothing where it is sealed.

    `documents` are unsigned PDFs by name. Each file is put in place whole; stopped on the way,
    the run is visibly not sealed, and can be sealed again. Raises JournalError for a run that is
    sealed and does not verify, and for one whose journal or logs do not agree with their sums:
    sealing would hide it. Raises OSError when the folder cannot be written.
    """
    noted = sums.read(folder) if (folder / sums.NAME).exists() else {}
    if (folder / statement.NAME).exists() or statement.NAME in noted:
        return _left_alone(folder)
    for each in (folder, *filter(Path.is_dir, folder.iterdir())):
        placing.sweep(each)
    _refuse_changed(folder, noted, _DERIVED | documents.keys())
    (folder / sums.NAME).unlink(missing_ok=True)
    paths = list(assemble.derive(folder, assessment, reading))
    when = _when(reading)
    for name, pdf in documents.items():
        paths.append(placing.put(folder / name, pdf_signature.sign(pdf, signer, when)))
    verifier = (content.reports() / "verifier" / VERIFIER).read_bytes()
    paths.append(placing.put(folder / VERIFIER, verifier, placing.EXECUTABLE))
    paths.append(placing.put(folder / verifying.CERTIFICATE, signer.certificate))
    signed = dsse.wrap(statement.make(assessment, reading, sums.digests(folder)), signer)
    paths.append(placing.put(folder / statement.NAME, signed))
    return (*paths, sums.write_sums(folder))


def _when(reading: Reading) -> datetime:
    """The time of the journal's last event, `drill.closed`: no clock is read here."""
    try:
        return datetime.fromisoformat(reading.events[-1].at)
    except (ValueError, TypeError):
        told = f"the journal's last event has no time: {reading.events[-1].at!r}"
        raise JournalError(told, "a PDF cannot be signed without one") from None


def _left_alone(folder: Path) -> tuple[Path, ...]:
    """A statement is there. It is left alone where all agrees with it; only its sums may be missing."""
    complete = (folder / sums.NAME).exists()
    if not complete:
        placing.sweep(folder)
    wrong = [str(line) for line in verifying.verify(folder).wrong]
    if not complete and len(wrong) == 1:  # stopped between the statement and the sums: all but these is there
        return (sums.write_sums(folder),)
    if wrong:
        raise JournalError(
            f"{folder}: sealed, and it does not verify: {'; '.join(wrong)}", "see metadrill evidence verify"
        )
    return ()


def _refuse_changed(folder: Path, noted: Mapping[str, str], written: frozenset[str]) -> None:
    if not noted:
        return
    found = sums.differences(noted, sums.digests(folder))
    kept = {name: what for name, what in found.items() if name not in written and not verifying.later(name)}
    if kept:
        told = "; ".join(f"{name}: {what}" for name, what in kept.items())
        raise JournalError(f"{folder}: {told}", "what does not agree with its sums is not sealed")
