"""T8: a type that nobody who asks type by type comes upon is found by a count of all, and by that alone."""

import json
import re

from metadrill.testing.filling import sample

from .backed import CONNECTION

TYPE = "hive_process"
HIDES = {"TWIN_HIDES": TYPE}
THERE = sum(not entity.type.startswith("AtlasGlossary") for entity in sample())
HIDDEN = sum(entity.type == TYPE for entity in sample())
SEEN = THERE - HIDDEN
COUNTS = "graph:entities: the census counts (?P<read>[0-9]+), checkstate (?P<there>[0-9]+)"
ALL = r"\(all\): the repository itself counted (?P<there>[0-9]+) in all, (?P<read>[0-9]+) of the types"
COUNTED = f"(all): the repository itself counted {THERE} in all, {SEEN} of the types that were exported"


def test_t8_a_run_whose_census_lacks_a_type_is_inconclusive(project):
    ended = project.call("run", "twin", "--json", **HIDES)
    said = ended.lines[-1]["assessment"]
    assert (ended.code, said["verdict"]) == (5, "inconclusive"), ended.err
    heard = [line["event"]["data"] for line in ended.lines[:-1] if line["event"]["kind"] == "witness.heard"]
    assert [told["phase"] for told in heard] == ["baseline", "verified"]
    for told in heard:
        assert TYPE not in json.dumps(told)
        (row,) = [row for row in told["counts"] if row["census"] != row["witness"]]
        assert row["what"] == "graph:entities" and row["witness"] - row["census"] == HIDDEN
    told = json.dumps(said)
    assert f"graph:entities (baseline): the census counts {SEEN}, checkstate {THERE}" in told
    results = [
        result
        for line in ended.lines[:-1]
        if line["event"]["kind"] == "checks.run" and line["event"]["data"]["phase"] == "verified"
        for result in line["event"]["data"]["results"]
    ]
    assert results and {result["verdict"] for result in results} == {"pass"}, "no check can see it"


def test_t8_a_stack_on_which_a_type_is_never_seen_is_not_qualified(project):
    ended = project.call("qualify", "twin", "--dataset", "sample", "--json", **HIDES)
    said = ended.lines[-1]["said"]
    assert (ended.code, said["qualified"]) == (10, False), ended.err
    (contract,) = [row for row in said["contracts"] if "every entity it counts" in row["sentence"]]
    assert contract["came"] == "bad"
    (trip,) = said["fidelity"]
    assert trip["came"] == "unseen" and _missed(ALL, trip["because"]) == HIDDEN
    undamaged = said["damages"][0]
    assert (undamaged["came"], undamaged["red"]) == ("unseen", [])
    assert _missed(COUNTS, undamaged["because"]) == HIDDEN


def _missed(pattern, told):
    """Return how many entities a sentence says are there and were not read; contracts make some too."""
    found = re.search(pattern, told)
    return int(found["there"]) - int(found["read"])


def test_t8_drift_says_that_a_live_repository_counts_more_than_it_gave(backed):
    """The set is of before there was anything of that type: no row differs."""
    backed.configure(CONNECTION)
    graph = backed.stack.graph
    whole, gone = graph.dump(), [guid for guid, each in graph.entities.items() if each.type == TYPE]
    for guid in gone:
        del graph.entities[guid]
    backed.stack.index.drop(gone)
    backed.take()
    env = backed.at_hand()
    backed.live.write_text(json.dumps(whole))
    told = json.loads(backed.call("drift", "latest", "--json", **env, **HIDES).out)
    doubt = f"live: {COUNTED}"
    assert (told["differ"], told["limits"]) == (0, [doubt])
    assert doubt in backed.call("drift", "latest", **env, **HIDES).out
    told = json.loads(backed.call("drift", "latest", "--json", **env).out)
    assert told["differ"] > 0 and told["limits"] == []
