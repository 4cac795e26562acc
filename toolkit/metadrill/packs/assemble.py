"""Every derived file of a run, in one pass."""

import json
from pathlib import Path

from metadrill import judging, placing
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.packs import asrun, junit, report, sums

ASSESSMENT = "assessment.json"


def build(folder: Path, assessment: Assessment, reading: Reading) -> tuple[Path, ...]:
    """Write the derived files of the run in `folder` and return their paths, the sums last.

    Each is put in place whole; built again from the same journal they are the same bytes.
    Raises OSError when the folder cannot be written, EnvironmentNotReady without templates.
    """
    return (*derive(folder, assessment, reading), sums.write_sums(folder))


def derive(folder: Path, assessment: Assessment, reading: Reading) -> tuple[Path, ...]:
    """Write the derived files but the sums, and return their paths. Raises as `build` does."""
    texts = {
        ASSESSMENT: assessment_text(assessment),
        "report.html": report.render(assessment, reading),
        "junit.xml": junit.render(assessment),
    }
    paths = [placing.put(folder / name, text) for name, text in texts.items()]
    script = placing.put(folder / "as-run.sh", asrun.render(reading.events), placing.EXECUTABLE)
    return (*paths, script)


def assessment_text(assessment: Assessment) -> str:
    """Return an assessment as `assessment.json` holds it."""
    return json.dumps(judging.to_json(assessment), indent=2, ensure_ascii=False) + "\n"
