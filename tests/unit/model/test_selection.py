"""Texts that say which entities somebody means."""

import pytest

from metadrill.errors import UsageError
from metadrill.model import selection
from metadrill.model.selection import By


@pytest.mark.parametrize(
    ("text", "by", "value"),
    [
        ("guid:1-2", By.GUID, "1-2"),
        ("type:hive_table", By.TYPE, "hive_table"),
        ("name:sales.*@cl1", By.NAME, "sales.*@cl1"),
        ("name:hdfs://host:8020/a", By.NAME, "hdfs://host:8020/a"),
        ("upstream: x", By.UPSTREAM, "x"),
    ],
)
def test_a_selection_is_what_comes_before_the_first_colon_and_what_after(text, by, value):
    found = selection.parse(text)
    assert (found.by, found.value) == (by, value)
    assert selection.parse(str(found)) == found


@pytest.mark.parametrize("text", ["", "hive_table", "kind:hive_table", "type:", "type: ", ":x"])
def test_what_is_no_selection_is_refused_with_those_there_are(text):
    with pytest.raises(UsageError) as caught:
        selection.parse(text)
    assert "lineage:…" in caught.value.hint
