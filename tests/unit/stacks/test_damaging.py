"""The damages of the Atlas stack: each has its way, and says where there is nothing to damage."""

from pathlib import Path

import pytest

from metadrill import loading
from metadrill.census import SCHEMAS, build
from metadrill.errors import MetadrillError, UsageError
from metadrill.ports.qualifying import Qualifiable
from metadrill.stacks.atlas_elasticsearch import AtlasElasticsearch
from metadrill.testing import MemorySandboxes


@pytest.fixture
def stack(tmp_path):
    """A stack that was never booted: a call to a server of it is an error."""
    recipe = loading.Project(Path(__file__).parents[3]).stack("atlas-2.1")
    sandbox = MemorySandboxes(tmp_path).create("damaging")
    return AtlasElasticsearch(recipe, sandbox, tmp_path, lambda kind, /, **data: None)


@pytest.fixture
def nothing():
    return build({name: [] for name in SCHEMAS}, {})


def test_it_can_be_qualified_and_every_damage_has_its_way_and_its_checks(stack, nothing):
    assert isinstance(stack, Qualifiable)
    with pytest.raises(UsageError) as caught:
        stack.damage("no such", nothing)
    assert caught.value.hint == f"there are: {', '.join(damage.name for damage in stack.damages())}"
    assert all(damage.checks and damage.by for damage in stack.damages())


def test_the_file_is_damaged_last_and_looked_at_alone(stack):
    *others, last = stack.damages()
    assert last.tables == {"segments"} and last.checks == {40}
    assert not any(damage.tables for damage in others)


@pytest.mark.parametrize(
    "name",
    [
        "an entity deleted softly",
        "an entity purged",
        "an attribute altered",
        "an edge of lineage removed",
        "a classification taken off",
        "a term taken off an entity",
        "an entity made a shell",
        "a document lost",
        "a state altered",
    ],
)
def test_where_the_data_hold_nothing_to_damage_that_is_said(stack, nothing, name):
    with pytest.raises(MetadrillError) as caught:
        stack.damage(name, nothing)
    assert "dataset" in caught.value.hint


def test_a_type_and_entities_of_it_are_new_each_time(stack):
    (one, bodies), (other, _) = stack.novel(), stack.novel()
    assert one != other and len(bodies) == 3
    assert {body["typeName"] for body in bodies} == {one["entityDefs"][0]["name"]}
