"""A frame says which rows it has of those that there are, and who else counted them."""

import pytest

from metadrill.census import build, frames, shape_frames


def test_a_frame_says_who_else_counted_what_it_comes_from() -> None:
    documents = [{"document": "1", "guid": "a", "type": "t", "state": "ACTIVE"}]
    census = build({"entities": [{"guid": "a", "type": "t"}], "documents": documents}, {})
    counts = {"graph:t@checkstate": 1, "graph:entities@checkstate": 1, "index:entities@_count": 1}
    built = frames.join(census, census, witness=counts)
    assert built.witness("graph_index_both") == "documents: _count; entities: checkstate"
    assert built.witness("entities_joined") == "entities: checkstate"
    assert built.witness("lineage_joined") == frames.join(census, census).witness("entities_joined") == ""
    assert frames.join(census, census, witness={"entities": 1}).witness("entities_both") == (
        "entities: a count by the repository itself"
    )
    assert [row["witness"] for row in built["index_counts"].to_pylist()] == [1, 1]


@pytest.mark.parametrize("more", [0, 1])
def test_a_root_that_reaches_further_than_is_followed_is_a_sample(
    more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shape_frames, "REACH", 5)
    rows = [{"process": f"p{n}", "direction": "inputs", "entity": f"e{n}"} for n in range(2 + more)]
    rows += [{"process": f"p{n}", "direction": "outputs", "entity": f"e{n + 1}"} for n in range(2)]
    census = build({"lineage": rows}, {})
    built = frames.join(census, census)
    assert built["reachability"].num_rows == 1
    said = "sampled: of 1 roots the nearest 4 that each reaches" if more else "complete"
    assert (built.scope("reachability"), built.scope("lineage_joined")) == (said, "complete")
    assert built.scope("answers").startswith("sampled: ")
