"""What a set must be of before it is restored: asked of its manifest alone."""

from dataclasses import replace

import pytest

from metadrill.depot import gates
from metadrill.errors import Refused

VERSIONS = {"atlas": "memory", "elasticsearch": "memory"}


@pytest.fixture
def manifest(shop):
    return shop.take(jurisdiction="EU").manifest


def codes(manifest, **to):
    home = gates.home(manifest, "twin", VERSIONS)
    return [problem.code.value for problem in gates.problems(manifest, replace(home, **to))]


def test_a_set_fits_where_it_was_taken(manifest):
    assert codes(manifest) == []


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"environment": "west"}, "environment.other"),
        ({"cluster": "another"}, "cluster.other"),
        ({"jurisdiction": "CH"}, "jurisdiction.other"),
        ({"jurisdiction": ""}, "jurisdiction.other"),
        ({"versions": {"atlas": "2.1.0"}}, "version.other"),
        ({"versions": {"janusgraph": "0.5.1"}}, "version.other"),
    ],
)
def test_a_set_of_something_else_does_not_and_says_of_what(manifest, to, code):
    assert codes(manifest, **to) == [code]


def test_what_is_not_asked_is_no_reason(manifest):
    assert codes(manifest, environment="", cluster="", jurisdiction=None, versions={}) == []


def test_a_refusal_names_the_place_and_gives_a_hint(manifest):
    home = replace(gates.home(manifest, "twin", VERSIONS), environment="west")
    with pytest.raises(Refused, match=r"drills/x.yaml: set .* is of environment east, not west") as refused:
        gates.refuse(manifest, home, "drills/x.yaml")
    assert refused.value.hint
