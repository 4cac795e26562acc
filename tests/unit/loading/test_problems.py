"""Wrong files give every problem with its place."""

from pathlib import Path

import pytest

from metadrill import loading
from metadrill.errors import Code, DocumentError

GOOD = Path(__file__).parent / "good"
SCENARIO, DRILL, STACK, DATASET, SUITE = (
    (GOOD / f"{kind}.yaml").read_text() for kind in ("scenario", "drill", "stack", "dataset", "suite")
)
KNOWN = loading.Known(
    faults=frozenset({"corrupt_index_file"}),
    probes=frozenset({"search_answers", "index_health"}),
    recoveries=frozenset({"index_snapshot", "index_rebuild"}),
    frames=frozenset({"graph_index", "entities"}),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "probe.sh").write_text("true\n")
    (tmp_path / "drills").mkdir()
    return tmp_path


def save(project: Path, text: str) -> Path:
    path = project / "drills" / "file.yaml"
    path.write_text(text)
    return path


def problems(project: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        loading.load(save(project, text), KNOWN)
    assert refused.value.code is Code.USAGE
    return [problem.partition("file.yaml:")[2] for problem in refused.value.problems]


WRONG = [
    (
        SCENARIO,
        "title: A title",
        "titel: A title",
        ["3:1: unknown key 'titel'\nhint: did you mean 'title'?", "1:1: missing key 'title'"],
    ),
    (
        SCENARIO,
        "  corrupt_index_file",
        "  corupt_index_file",
        ["7:3: unknown fault 'corupt_index_file'\nhint: did you mean 'corrupt_index_file'?"],
    ),
    (
        SCENARIO,
        "  - index_health",
        "  - index_helth",
        ["13:5: unknown probe 'index_helth'\nhint: did you mean 'index_health'?"],
    ),
    (
        SCENARIO,
        "[index_snapshot, ",
        "[index_snapshoot, ",
        ["14:14: unknown recovery 'index_snapshoot'\nhint: did you mean 'index_snapshot'?"],
    ),
    (
        SCENARIO,
        "within: 60s",
        "within: soon",
        ["9:48: 'soon' is not a time\nhint: such as 90s, 15m or 1h30m"],
    ),
    (
        SCENARIO,
        "type: hive_table",
        "typ: hive_table",
        ["9:22: unknown key 'typ'\nhint: did you mean 'type'?", "9:21: missing key 'type'"],
    ),
    (SCENARIO, "must_hold: [structure, index]", "must_hold: []", ["15:12: at least 1 needed, found 0"]),
    (SCENARIO, "[structure, index]", "[index, index]", ["15:20: 'index' stands twice"]),
    (SCENARIO, "must_hold: [structure, index]", "must_hold: index", ["15:12: expected a list, found text"]),
    (SCENARIO, "must_hold: [structure, index]\n", "", ["1:1: missing key 'must_hold'"]),
    (SCENARIO, "  - suite: segments", "  - suite", ["10:5: 'suite' needs its parameters\nhint: suite: ..."]),
    (
        SCENARIO,
        "  - suite: segments",
        "  - {suite: a, command: ./probe.sh}",
        ["10:5: expected one probe by name, found 2 keys"],
    ),
    (
        SCENARIO,
        "name: some-scenario",
        "name: Some_Scenario",
        ["2:7: 'Some_Scenario' is not a name\nhint: allowed: [a-z0-9][a-z0-9-]*"],
    ),
    (SCENARIO, "title: A title", "title: 5", ["3:8: expected text, found a number\nhint: put it in quotes"]),
    (SCENARIO, "title: A title", "title:", ["3:7: expected text, found nothing"]),
    (
        SCENARIO,
        "title: A title",
        "success_is: recoverd\ntitle: A title",
        ["3:13: unknown value 'recoverd'\nhint: did you mean 'recovered'?"],
    ),
    (SCENARIO, "scenario/v1", "drill/v1", None),
    (DRILL, "command: ./probe.sh", "command: ./prob.sh", ["4:33: no such file in the project: './prob.sh'"]),
    (DRILL, "command: ./probe.sh, ", "", ["4:23: exactly one of command, runbook is needed"]),
    (
        DRILL,
        "{procedure: {command: ./probe.sh, within: 20m}}",
        "index_snapsot",
        ["4:11: unknown recovery 'index_snapsot'\nhint: did you mean 'index_snapshot'?"],
    ),
    (
        DRILL,
        "limit: 5m",
        "limit: 5 minutes",
        ["9:16: '5 minutes' is not a time\nhint: such as 90s, 15m or 1h30m"],
    ),
    (
        DRILL,
        "limit: 5m",
        "limit: 5",
        ["9:16: expected a time such as 90s or 15m, found a number\nhint: put it in quotes"],
    ),
    (
        DRILL,
        "from: detected",
        "from: detcted",
        ["8:29: unknown value 'detcted'\nhint: did you mean 'detected'?"],
    ),
    (
        DRILL,
        'version: "2.1"',
        "version: 2.1",
        ["17:41: expected text, found a number\nhint: put it in quotes"],
    ),
    (DRILL, "2026-09-01", "2026-09-31", ["17:58: '2026-09-31' is not a date\nhint: such as 2026-09-01"]),
    (
        DRILL,
        "{dataset: starter}",
        "{dataset: starter, backup: latest}",
        ["6:7: exactly one of dataset, backup is needed"],
    ),
    (
        DRILL,
        "integrity: {minor: 10}",
        "integrity: {minor: 1.5}",
        ["10:22: expected a whole number, found a number"],
    ),
    (STACK, "size: 5", "size: 0", ["7:140: 0 is not between 1 and 1000000000000000"]),
    (STACK, "ab" * 32, "AB" * 32, None),
    (STACK, "registry: maven", "registry: mavn", ["7:25: unknown value 'mavn'\nhint: did you mean 'maven'?"]),
    (STACK, "g:a:1.0:war", "https://example.org/a.war", None),
    (
        DATASET,
        "  - synthetic",
        "  - syntetic",
        ["7:5: unknown step 'syntetic'\nhint: did you mean 'synthetic'?"],
    ),
    (
        SUITE,
        "graph_index",
        "grph_index",
        ["7:12: unknown frame 'grph_index'\nhint: did you mean 'graph_index'?"],
    ),
    (
        SUITE,
        "severity: critical",
        "severity: high",
        ["10:15: unknown value 'high'\nhint: known: critical, informational, major, minor"],
    ),
    (SUITE, "required: true", "required: yes", ["12:15: expected true or false, found text"]),
]


@pytest.mark.parametrize(("text", "old", "new", "said"), WRONG)
def test_what_is_wrong_is_named_with_its_place(
    text: str, old: str, new: str, said: list[str] | None, project: Path
) -> None:
    assert old in text
    found = problems(project, text.replace(old, new, 1))
    assert found and all(problem[0].isdigit() for problem in found)
    if said is not None:
        assert found == said


def test_every_problem_of_a_file_is_in_one_error(project: Path) -> None:
    text = DRILL.replace("name: some-drill", "nam: some-drill").replace("5m", "soon").replace("cold", "hot")
    assert [problem.partition("\n")[0] for problem in problems(project, text)] == [
        "2:1: unknown key 'nam'",
        "9:16: 'soon' is not a time",
        "11:8: unknown value 'hot'",
        "1:1: missing key 'name'",
    ]


def test_the_message_is_the_first_problem_and_the_hint_its_hint(project: Path) -> None:
    with pytest.raises(DocumentError) as refused:
        loading.load_drill(save(project, DRILL.replace("seed:", "sed:")))
    assert refused.value.message.endswith("drills/file.yaml:12:1: unknown key 'sed'")
    assert refused.value.hint == "did you mean 'seed'?"


def test_a_file_of_another_kind_is_named_as_what_it_is(project: Path) -> None:
    with pytest.raises(DocumentError, match=r":1:12: this is a scenario/v1, not a drill/v1"):
        loading.load_drill(save(project, SCENARIO))
