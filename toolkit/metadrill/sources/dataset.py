"""A dataset placed in a sandbox, step by step, each step counted against what it should hold."""

import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.clock import Clock
from metadrill.errors import MetadrillError, UsageError
from metadrill.model.stack import Dataset, DatasetStep
from metadrill.ports import Fillable, Record
from metadrill.sources import archives, by_api, synthetic

Parts = Callable[[str], Path]
"""Given the name of a part, where its file lies, digest checked."""

Facts = dict[str, Any]


class DatasetSource:
    """A dataset as a Source. `deadline` is for one step, not for all of them."""

    def __init__(
        self, dataset: Dataset, parts: Parts, deadline: timedelta, clock: Clock = clock.SYSTEM
    ) -> None:
        self._dataset, self._parts, self._deadline, self._clock = dataset, parts, deadline, clock
        self._kinds: Mapping[str, Callable[[Fillable, DatasetStep, Path], Facts]] = {
            "quickstart": self._quickstart,
            "archive": self._archive,
            "synthetic": self._synthetic,
            "by_api": self._by_api,
        }

    def fill(self, target: Fillable, record: Record) -> tuple[Mapping[str, Any], ...]:
        """Place every step in order; return one row of facts per step.

        A row has `kind`, `name`, `entities`, `result`, `seconds`, and for archives `sha256` and
        `types` (entities by type). `record` gets nothing: the target records its calls, and the
        runner the rows. Raises UsageError for a step that is wrong, before any is placed, and
        MetadrillError when the target reports another count than the archive holds.
        """
        for step in self._dataset.steps:
            self._expect_known(step)
        rows = []
        for step in self._dataset.steps:
            with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
                start = self._clock.monotonic_ns()
                facts = self._kinds[step.kind](target, step, Path(folder))
                row = {"kind": step.kind, **facts, "seconds": self._since(start)}
            rows.append(row)
        return tuple(rows)

    def _since(self, start_ns: int) -> float:
        return clock.seconds(start_ns, self._clock.monotonic_ns())

    def _expect_known(self, step: DatasetStep) -> None:
        place = f"dataset {self._dataset.name}"
        if step.kind not in self._kinds:
            raise UsageError(f"{place}: unknown step '{step.kind}'", f"known: {', '.join(self._kinds)}")
        if step.kind == "synthetic":
            synthetic.parse(step.params)
        if step.kind == "archive" and set(step.params) != {"part", "member"}:
            raise UsageError(f"{place}: archive: needs part and member, and nothing else")
        if step.kind == "by_api":
            by_api.parse(step.params)
        if step.kind == "quickstart" and step.params:
            raise UsageError(f"{place}: quickstart: takes no parameters")

    def _quickstart(self, target: Fillable, step: DatasetStep, folder: Path) -> Facts:
        facts = target.sample_data(self._deadline)
        return {"name": "quickstart", "entities": facts.get("entities"), "result": facts.get("result")}

    def _archive(self, target: Fillable, step: DatasetStep, folder: Path) -> Facts:
        member = str(step.params["member"])
        archive = folder / "archive.zip"
        _extract(self._parts(str(step.params["part"])), member, archive)
        return self._import(target, archive, member)

    def _synthetic(self, target: Fillable, step: DatasetStep, folder: Path) -> Facts:
        shape = synthetic.parse(step.params)
        archive = folder / "synthetic.zip"
        written = synthetic.write(shape, archive)
        facts = self._import(target, archive, f"synthetic seed {shape.seed}")
        if facts["entities"] != written.entities:
            raise MetadrillError(f"synthetic: {facts['entities']} entities, but {written.entities} were made")
        return facts

    def _import(self, target: Fillable, archive: Path, name: str) -> Facts:
        holding = archives.read(archive)
        facts = target.import_archive(archive, self._deadline)
        reported = facts.get("entities")
        if reported != holding.entities:
            hint = "an import that loses entities still says SUCCESS"
            raise MetadrillError(f"{name}: holds {holding.entities} entities, {reported} were imported", hint)
        return {
            "name": name,
            "entities": holding.entities,
            "types": holding.types,
            "sha256": holding.sha256,
            "result": facts.get("result"),
        }

    def _by_api(self, target: Fillable, step: DatasetStep, folder: Path) -> Facts:
        wanted = by_api.parse(step.params)
        home = by_api.database()
        spare = by_api.spare_typedefs(wanted.spare_typedefs) if wanted.spare_typedefs else {}
        guids = target.create(spare, [home])
        if wanted.deleted_entities:
            doomed = target.create({}, by_api.tables(guids[0], wanted.deleted_entities))
            if len(doomed) != wanted.deleted_entities:
                raise MetadrillError(f"by_api: {wanted.deleted_entities} entities sent, {len(doomed)} made")
            target.delete(doomed)
        return {
            "name": home["attributes"]["name"],
            "entities": 1 + wanted.deleted_entities,
            "deleted": wanted.deleted_entities,
            "typedefs": wanted.spare_typedefs,
            "result": "SUCCESS",
        }


def _extract(part: Path, member: str, into: Path) -> None:
    """Given a part that is a zip file, copy one member out of it. Raises UsageError: not in it."""
    with zipfile.ZipFile(part) as jar:
        if member not in jar.namelist():
            raise UsageError(f"{part.name}: no '{member}' in it", "see the parts of the stack file")
        with jar.open(member) as source, into.open("wb") as target:
            while block := source.read(1 << 20):
                target.write(block)
