"""Every derived file of a run, in one pass."""

import json
from pathlib import Path

from metadrill import judging
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.packs import asrun, junit, placing, report, sums


def build(folder: Path, assessment: Assessment, reading: Reading) -> tuple[Path, ...]:
    """Write the derived files of the run in `folder` and return their paths, the sums last.

    Each is put in place whole; built again from the same journal they are the same bytes.
    Raises OSError when the folder cannot be written, EnvironmentNotReady without templates.
    """
    texts = {
        "assessment.json": json.dumps(judging.to_json(assessment), indent=2, ensure_ascii=False) + "\n",
        "report.html": report.render(assessment, reading),
        "junit.xml": junit.render(assessment),
    }
    paths = [placing.put(folder / name, text) for name, text in texts.items()]
    paths.append(placing.put(folder / "as-run.sh", asrun.render(reading.events), placing.EXECUTABLE))
    return (*paths, sums.write_sums(folder))
