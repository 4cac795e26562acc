"""What Elasticsearch says of a document's time of change: a whole number, nothing, or damage."""

import pytest

from metadrill.clients.http import Undecodable
from metadrill.stacks.atlas_elasticsearch.scrolling import _moment


@pytest.mark.parametrize("told", [None, 0, 1614587654321, -1, 2**63 - 1])
def test_a_time_of_change_is_a_whole_number_or_none(told):
    assert _moment("d1", told) == told


@pytest.mark.parametrize("told", ["1614587654321", 1.5, 1614587654321.0, True, 2**63, [1], {}])
def test_anything_else_is_damage_and_never_rounded(told):
    with pytest.raises(Undecodable, match="document d1: its time of change is"):
        _moment("d1", told)
