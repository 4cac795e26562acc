"""P9: the RTA of each recovery at a size that was not drilled, foretold from two smaller ones, beside the
one that is then measured.

`P9` foretells 4,000 entities from 1,000 and 2,000. `P9-CURVES` goes on from there: from 1,000, 2,000 and
4,000 it foretells 5,000 and 20,000; a call that was stopped is gone on with. The runs lie in
`.metadrill/bench-forecast` and `.metadrill/bench-curves`, where `metadrill history` reads them. Sandboxes
of processes, warm starts.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench import Line

from metadrill.app import history, running
from metadrill.app.settings import Settings
from metadrill.model.verdict import Verdict

LEDGER, BEYOND = Path(".metadrill") / "bench-forecast", Path(".metadrill") / "bench-curves"
RECOVERIES = {
    "index_snapshot": "index-lost",
    "index_rebuild": "index-lost",
    "physical_restore": "complete-loss",
    "logical_import": "complete-loss",
    "selective_restore": "partial-deletion",
}
"""Each with the scenario that it is measured in."""


def p9(folder: Path) -> Iterator[Line]:
    """Drill at 1,000 and 2,000 entities, foretell 4,000, drill there; a line per recovery."""
    shutil.rmtree(LEDGER, ignore_errors=True)
    settings = _project(folder, (1_000, 2_000, 4_000))
    _drilled(settings, (1_000, 2_000))
    yield from _held_against(settings, settings, 4_000)


def p9_curves(folder: Path) -> Iterator[Line]:
    """Go on from the runs of `p9`: foretell 5,000 and 20,000 from them alone, drill there; a plot of all."""
    settings = _project(folder, (1_000, 2_000, 4_000, 5_000, 20_000))
    if not history.runs(settings):
        _drilled(settings, (1_000, 2_000, 4_000))
    beyond = replace(settings, ledger=BEYOND.absolute())
    for size in (5_000, 20_000):
        yield from _held_against(settings, beyond, size)
    shutil.copytree(LEDGER / "runs", BEYOND / "runs", dirs_exist_ok=True)
    (BEYOND / "curves.svg").write_text(history.plot(history.forecast(beyond, 20_000)))


def _held_against(settings: Settings, beyond: Settings, size: int) -> Iterator[Line]:
    """Hold what the runs of one ledger foretell against what is then measured, in another or the same."""
    foretold = {one.recovery: one.rta for one in history.forecast(settings, _entities(size))}
    _drilled(beyond, (size,))
    measured = {past.recovery: past.rta for past in history.runs(beyond) if past.usable and _of(past, size)}
    for recovery in RECOVERIES:
        told, took = foretold.get(recovery), measured.get(recovery)
        what = f"{recovery} at {size:,} entities, foretold against measured"
        yield Line("P9", what, told.value if told else 0.0, took or 0.0, "0.8 to 1.2", 1)


def _of(past: history.Past, size: int) -> bool:
    return past.drill.startswith(f"size-{size}-")


def _drilled(settings: Settings, sizes: Sequence[int]) -> None:
    """Run each recovery once at each size, unless it was. Raises RuntimeError for a run that did not pass."""
    done = {past.drill for past in history.runs(settings) if past.usable}
    for size in sizes:
        for name in (f"size-{size}-{recovery.replace('_', '-')}" for recovery in RECOVERIES):
            for outcome in running.run(settings, name) if name not in done else ():
                if outcome.assessment.verdict is not Verdict.PASS:
                    raise RuntimeError(f"{name}: {outcome.assessment.sentence}")


def _project(folder: Path, sizes: Sequence[int]) -> Settings:
    """Write the datasets and drills of some sizes; what they name is shipped."""
    (folder / "fixtures" / "datasets").mkdir(parents=True, exist_ok=True)
    (folder / "drills").mkdir(exist_ok=True)
    for size in sizes:
        steps = [{"synthetic": {"seed": 1, **_sizes(size)}}]
        body = {
            "metadrill": "dataset/v1",
            "name": f"size-{size}",
            "title": f"{size} entities",
            "steps": steps,
        }
        (folder / "fixtures" / "datasets" / f"size-{size}.yaml").write_text(json.dumps(body))
        for recovery, scenario in RECOVERIES.items():
            name = f"size-{size}-{recovery.replace('_', '-')}"
            drill = {
                "metadrill": "drill/v1", "name": name, "scenario": scenario, "recovery": recovery,
                "stack": "atlas-2.1", "data": {"dataset": f"size-{size}"},
                "objectives": {"rto": {"limit": "4h"}, "rpo": {"limit": "1h"}},
            }  # fmt: skip
            (folder / "drills" / f"{name}.yaml").write_text(json.dumps(drill))
    return Settings(project=folder, ledger=LEDGER.absolute(), sandbox="process")


def _sizes(size: int) -> dict[str, int]:
    """Return sizes that come to about so many entities: all of them grow in the same proportion."""
    tables = size // 20
    return {
        "databases": 2, "tables_per_database": tables // 2, "columns_per_table": 16,
        "processes": tables // 2, "column_lineages_per_process": 1, "chain": 5,
        "categories": 10, "terms": tables // 4,
    }  # fmt: skip


def _entities(size: int) -> int:
    told = _sizes(size)
    tables = told["databases"] * told["tables_per_database"]
    owned = tables * (2 + told["columns_per_table"]) + 2 * told["processes"]
    return told["databases"] + owned + 1 + told["categories"] + told["terms"]
