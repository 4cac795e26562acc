"""The shipped datasets are what their titles say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metadrill.sources import by_api, shape

FOLDER = Path(__file__).parents[3] / "fixtures" / "datasets"


def steps(name: str) -> list[tuple[str, dict[str, Any]]]:
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    assert (document["metadrill"], document["name"]) == ("dataset/v1", name)
    return [item for step in document["steps"] for item in step.items()]


@pytest.mark.parametrize(("name", "size"), [("starter", 2000), ("synthetic-small", 300)])
def test_the_synthetic_part_has_the_promised_size(name: str, size: int) -> None:
    (params,) = (params for kind, params in steps(name) if kind == "synthetic")
    assert shape.size(shape.parse(params)) == size


def test_the_starter_has_the_sample_two_archives_synthetic_and_what_the_api_adds() -> None:
    kinds = [kind for kind, _ in steps("starter")]
    assert kinds == ["quickstart", "archive", "archive", "synthetic", "by_api"]
    wanted = by_api.parse(dict(steps("starter"))["by_api"])
    assert wanted.spare_typedefs > 0
    assert wanted.deleted_entities > 0


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_dataset_names_known_steps(path: Path) -> None:
    for kind, params in steps(path.stem):
        assert kind in {"quickstart", "archive", "synthetic", "by_api"}
        if kind == "archive":
            assert set(params) == {"part", "member"}
