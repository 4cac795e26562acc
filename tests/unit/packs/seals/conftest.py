"""A small sealed pack, and the two that judge it: ours, and the verifier that stands alone."""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from metadrill import journal, judging
from metadrill.packs import sealing, verifying
from metadrill.packs.content import reports
from metadrill.testing import MemorySigner

JOURNALS = Path(__file__).resolve().parents[3] / "golden" / "journals"
VERIFIER = reports() / "verifier" / "verify.py"
FULL = os.environ.get("METADRILL_FULL") == "1"
PDF = "evidence-soc2.pdf"
PAGE = "<html lang=en><head><title>Evidence</title></head><body><h1>Evidence</h1><p>{}</p></body></html>"


def rendered(text: str) -> bytes:
    """A small PDF/A-3a, the same bytes each time."""
    import weasyprint

    made = weasyprint.HTML(string=PAGE.format(text)).write_pdf(
        pdf_variant="pdf/a-3a", pdf_identifier=b"metadrill"
    )
    assert isinstance(made, bytes)
    return made


@dataclass(frozen=True)
class Run:
    """A run's folder and what seals it."""

    folder: Path
    signer: MemorySigner
    documents: dict[str, bytes]

    def seal(self, signer=None):
        reading = journal.read(self.folder / "journal.jsonl")
        assessment = judging.assess(reading.events, reading.head)
        return sealing.seal(self.folder, assessment, reading, signer or self.signer, self.documents)


def named(lines, name):
    """Whether what was said of a pack names a file."""
    return bool(lines) and any(name in line for line in lines)


def a_run(folder: Path, story: str, signer: MemorySigner, documents: dict[str, bytes]) -> Run:
    (folder / "logs").mkdir(parents=True)
    shutil.copyfile(JOURNALS / f"{story}.jsonl", folder / "journal.jsonl")
    (folder / "logs" / "stack.log").write_text("started\nstopped\n")
    return Run(folder, signer, documents)


@pytest.fixture(scope="session")
def pdf():
    return rendered("of a run")


@pytest.fixture(scope="session")
def standalone():
    """The verifier as a module of its own: nothing of ours is in its reach."""
    spec = importlib.util.spec_from_file_location("standalone_verifier", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def _sealed(tmp_path_factory, pdf):
    run = a_run(tmp_path_factory.mktemp("sealed") / "run", "failed", MemorySigner(), {PDF: pdf})
    run.seal()
    return run


@pytest.fixture
def pack(_sealed, tmp_path):
    """A copy of the sealed pack, to be damaged."""
    shutil.copytree(_sealed.folder, tmp_path / "run", symlinks=True)
    return Run(tmp_path / "run", _sealed.signer, _sealed.documents)


@pytest.fixture
def run(tmp_path, pdf):
    """A run that has ended and has no seal."""
    return a_run(tmp_path / "unsealed", "failed", MemorySigner(), {PDF: pdf})


@pytest.fixture
def judges(standalone):
    """Given a folder, return what each of the two judges names as wrong."""

    def judge(folder: Path, fingerprint: str | None = None) -> tuple[list[str], list[str]]:
        ours = [str(line) for line in verifying.verify(folder, fingerprint).wrong]
        return ours, list(standalone.look(folder, fingerprint, []))

    return judge
