"""The schema of a kind and the reader say the same."""

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its stubs are not among the requirements
import pytest
import yaml

from metadrill import loading

GOOD = Path(__file__).parent / "good"
SCENARIO, DRILL, STACK, DATASET, SUITE, CONTROLS = (
    (GOOD / f"{kind}.yaml").read_text()
    for kind in ("scenario", "drill", "stack", "dataset", "suite", "controls")
)

JSON_SCHEMA = [
    ("scenario", SCENARIO),
    ("drill", DRILL),
    ("stack", STACK),
    ("dataset", DATASET),
    ("suite", SUITE),
    ("controls", CONTROLS),
]


@pytest.mark.parametrize(("kind", "text"), JSON_SCHEMA)
def test_the_json_schema_accepts_what_is_read_and_refuses_an_unknown_key(kind: str, text: str) -> None:
    schema = loading.json_schema(kind)
    assert json.loads(json.dumps(schema)) == schema
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    quoted = text.replace("2026-09-01", "'2026-09-01'").replace("owner: on", "owner: 'on'")
    value = yaml.safe_load(quoted)
    assert [error.message for error in validator.iter_errors(value)] == []
    assert not validator.is_valid({**value, "unknown": 1})
    assert not validator.is_valid({**value, "metadrill": "other/v1"})
    assert not validator.is_valid({key: item for key, item in value.items() if key != "name"})


@pytest.mark.parametrize("name", sorted(loading.KINDS))
def test_every_kind_has_a_schema_by_its_full_name(name: str) -> None:
    assert loading.json_schema(name)["properties"]["metadrill"] == {"const": name}
