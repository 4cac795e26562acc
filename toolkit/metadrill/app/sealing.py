"""`evidence seal` and `evidence verify`, and the seal at the end of every run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metadrill import judging, packs, plugins
from metadrill.app import auditing, judged, signals
from metadrill.app.settings import Settings
from metadrill.envelopes import certificates
from metadrill.errors import Code, EnvironmentNotReady, JournalError, MetadrillError, UsageError
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.ports import Signer

_HEX = frozenset("0123456789abcdef")


def signer(settings: Settings) -> Signer:
    """Return the signer of the configuration, ready. Raises KeyRefused, UsageError for an unknown one."""
    made: Signer = plugins.pick("signers", settings.signer).load()(settings.key)
    return made


def facts(settings: Settings, key: Signer) -> dict[str, Any]:
    """Return what the journal says of the key before a run begins."""
    found = certificates.read(key.certificate, "the signer's certificate")
    return {
        "name": settings.signer,
        "fingerprint": f"SHA256:{found.fingerprint}",
        "subject": found.subject,
        "self_signed": key.self_signed,
    }


def after_run(
    folder: Path, assessment: Assessment, reading: Reading, key: Signer
) -> tuple[tuple[Path, ...], MetadrillError | None]:
    """Seal a run that has just ended; return the files written, and what stood in the way.

    Never raises: journal and verdict stand, whatever becomes of the seal.
    """
    try:
        with signals.caught(signals.at_once):
            return packs.seal(folder, assessment, reading, key, judged.documents(assessment, reading)), None
    except MetadrillError as error:
        return (), _unsealed(folder, error.message, error.code)
    except OSError as error:
        return (), _unsealed(folder, (error.strerror or str(error)).lower(), Code.ENVIRONMENT)
    except Exception as error:  # noqa: BLE001 - the run is over and judged: that is told, whatever broke
        return (), _unsealed(folder, f"{type(error).__name__}: {error}", Code.INTERNAL)


def _unsealed(folder: Path, reason: str, code: Code) -> MetadrillError:
    hint = f"journal and verdict stand; seal it later: metadrill evidence seal {folder.name}"
    return MetadrillError(f"{folder}: not sealed: {reason}", hint, code)


def seal(settings: Settings, run: str) -> tuple[Path, tuple[Path, ...]]:
    """Seal an old run; return its folder and what was written: nothing where it is sealed and verifies.

    Raises JournalError for a run that does not verify, and for one whose issued assessment is not
    what today's rules make of its journal; KeyRefused; EnvironmentNotReady.
    """
    folder, assessment, reading = judged.read(settings, run)
    key = signer(settings)
    if not packs.sealed(folder):
        _refuse_other_verdict(folder, assessment)
    with auditing.noted(settings, "evidence.seal", folder.name) as act, _told(folder):
        files = packs.seal(folder, assessment, reading, key, judged.documents(assessment, reading))
        act.tell(files=[path.name for path in files])
    return folder, files


def _refuse_other_verdict(folder: Path, assessment: Assessment) -> None:
    path = folder / "assessment.json"
    issued = judged.issued(path)
    if path.exists() and not judging.alike(issued, judging.to_json(assessment)):
        told = (issued or {}).get("verdict", "nothing readable")
        raise JournalError(
            f"{path}: says {told}; today's rules make of the journal: {assessment.verdict.value}",
            "seal it with the version that ran it; or remove that file, to seal today's judgement",
        )


def verify(settings: Settings, run: str, fingerprint: str | None) -> tuple[Path, packs.Verification]:
    """Verify a run's folder offline; return it and what was seen. Raises UsageError, EnvironmentNotReady."""
    folder = settings.run_folder(run)
    with _told(folder):
        return folder, packs.verify(folder, None if fingerprint is None else _plain(fingerprint))


def _plain(fingerprint: str) -> str:
    """A fingerprint as it may be given: with `SHA256:` or without, with colons or without."""
    plain = fingerprint.lower().removeprefix("sha256:").replace(":", "")
    if len(plain) != 64 or not _HEX.issuperset(plain):
        raise UsageError(f"'{fingerprint}' is no fingerprint", "write SHA256: and 64 hexadecimal digits")
    return plain


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place, reason = error.filename or folder, (error.strerror or str(error)).lower()
        raise EnvironmentNotReady(
            f"{place}: {reason}", "is the folder readable, and the disk not full?"
        ) from None
