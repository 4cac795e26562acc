"""The ports: values that say what was found, and abilities that are Protocols of their own."""

import dataclasses

import pytest

from metadrill import ports
from metadrill.ports import Isolation, Program, Removal
from metadrill.testing import MemorySandboxes, MemoryStack

ABILITIES = ("StateKeeper", "IndexFiles", "IndexSnapshots", "IndexRepair")


@pytest.mark.parametrize("field", ["processes", "files", "ports"])
def test_a_removal_is_clean_only_where_nothing_at_all_is_left(field):
    assert Removal().clean
    assert not Removal(**{field: ("something",)}).clean


def test_isolation_that_is_not_proved_has_a_place_for_its_reason():
    assert Isolation(proved=False, probes=(), because="why").because == "why"


@pytest.mark.parametrize("ability", ABILITIES)
def test_an_ability_is_seen_in_a_stack_that_has_it_and_in_no_other(ability, tmp_path):
    protocol = getattr(ports, ability)
    assert isinstance(MemoryStack(MemorySandboxes(tmp_path).create("x")), protocol)
    assert not isinstance(object(), protocol)


@pytest.mark.parametrize("kind", [Program, Isolation, Removal, ports.Boot, ports.Answer, ports.Segment])
def test_what_crosses_a_port_cannot_be_changed(kind):
    assert dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen


def test_a_write_of_unknown_outcome_is_not_a_refused_one():
    assert not issubclass(ports.WriteUnknown, ports.WriteRefused)
    assert not issubclass(ports.WriteRefused, ports.WriteUnknown)
