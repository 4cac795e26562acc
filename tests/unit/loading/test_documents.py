"""Good files give their values, whole."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import loading
from metadrill.model.control import Condition, Item, Strength
from metadrill.model.drill import RtoObjective, Start
from metadrill.model.scenario import Action
from metadrill.model.verdict import Aim, Severity

GOOD = Path(__file__).parent / "good"
SCENARIO, DRILL, STACK, DATASET, SUITE, CONTROLS = (
    (GOOD / f"{kind}.yaml").read_text()
    for kind in ("scenario", "drill", "stack", "dataset", "suite", "controls")
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


def test_a_scenario_is_read_whole(project: Path) -> None:
    path = save(project, SCENARIO)
    scenario = loading.load_scenario(path, KNOWN)
    assert scenario.fault == Action(
        "corrupt_index_file", {"index": "one", "bytes": 1, "startup_check": "none"}
    )
    assert scenario.noticed_by == (
        Action("search_answers", {"type": "hive_table", "within": "60s"}),
        Action("suite", {"name": "segments"}),
        Action("command", {"command": "./probe.sh"}),
        Action("http", {"url": "http://127.0.0.1:8080/health"}),
        Action("index_health", {"status": "red"}),
    )
    assert scenario.recoveries == ("index_snapshot", "index_rebuild")
    assert scenario.must_hold == ("structure", "index")
    assert scenario.success_is is Aim.RECOVERED
    assert scenario.evidence_for == {"soc2": ("A1.3-data",)}
    assert scenario.source == "drills/file.yaml"
    assert scenario.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_drill_is_read_whole(project: Path) -> None:
    drill = loading.load_drill(save(project, DRILL), KNOWN)
    assert drill.recovery == Action("procedure", {"command": "./probe.sh", "within": "20m"})
    assert drill.objectives.rto == RtoObjective(timedelta(minutes=90), "detected", "returned", "BIA-17")
    assert drill.objectives.rpo.limit == timedelta(minutes=5)
    assert (drill.objectives.integrity.critical, drill.objectives.integrity.minor) == (0, 10)
    assert (drill.start, drill.seed, drill.production_size) == (Start.COLD, 7, 250_000)
    assert drill.refs["plan"] == {"document": "DRP-4", "version": "2.1", "approved": "2026-09-01"}
    assert drill.roles == {"owner": "on"}
    assert drill.fault == {"startup_check": "none"}
    assert drill.isolation == "required"


def test_what_a_drill_leaves_out_has_its_default(project: Path) -> None:
    lines = DRILL.splitlines(keepends=True)
    drill = loading.load_drill(save(project, "".join(lines[:9])), KNOWN)
    assert (drill.start, drill.seed, drill.gates, drill.schedule) == (Start.WARM, None, (), {})


def test_a_stack_a_dataset_and_a_suite_are_read_whole(project: Path) -> None:
    stack = loading.load_stack(save(project, STACK))
    assert stack.parts[0].coordinates == "g:a:1.0:war"
    assert stack.config == {"heap": "512m", "nested": {"list": [1, 2.5, True, None, "x"]}}
    assert stack.versions == {"atlas": "2.1.0", "java": "11"}
    dataset = loading.load_dataset(save(project, DATASET))
    assert [(step.kind, step.params) for step in dataset.steps] == [
        ("quickstart", {}),
        ("archive", {"part": "a", "member": "folder/x.zip"}),
        ("synthetic", {"seed": 1}),
        ("by_api", {}),
    ]
    check = loading.load_suite(save(project, SUITE), KNOWN).checks[0]
    assert (check.number, check.severity, check.key) == (33, Severity.CRITICAL, ("guid",))
    assert (check.required, check.requires) == (True, "audit_kept")
    assert check.params == {"column": "side", "value_set": ["both"]}


def test_an_alias_within_the_budget_stands_for_its_anchor(project: Path) -> None:
    text = SCENARIO.replace("title: A title", "title: &t A title").replace("threat: A threat", "threat: *t")
    assert loading.load_scenario(save(project, text)).threat == "A title"


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(project: Path) -> None:
    text = "\ufeff" + SCENARIO.replace("\n", "\r\n")
    assert loading.load_scenario(save(project, text)).name == "some-scenario"


def test_text_that_older_yaml_reads_as_truth_or_time_stays_text(project: Path) -> None:
    text = SCENARIO.replace("index: one", "index: no, at: 12:30:00, day: 2026-01-01, size: 1_000")
    params = loading.load_scenario(save(project, text)).fault.params
    assert (params["index"], params["at"], params["day"], params["size"]) == (
        "no",
        "12:30:00",
        "2026-01-01",
        "1_000",
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://atlas.example:21443/api?x=1", "http://[::1]:9200/", "http://h/"]
)
def test_addresses_of_the_user_are_accepted(url: str, project: Path) -> None:
    text = SCENARIO.replace("http: http://127.0.0.1:8080/health", f'http: {{url: "{url}", status: 200}}')
    assert loading.load_scenario(save(project, text)).noticed_by[3].params == {"url": url, "status": 200}


def test_a_catalogue_of_controls_is_read_whole(project: Path) -> None:
    catalogue = loading.load_controls(save(project, CONTROLS))
    (control,) = catalogue.controls
    assert (catalogue.name, catalogue.edition) == ("file", "2026")
    assert control.strength is Strength.PRIMARY
    assert control.needs == (Condition.BACKUP, Condition.COMPLETE)
    assert control.scenarios == ("ransomware",) and control.items == (Item.INTEGRITY,)


def test_the_text_of_a_file_is_kept_to_the_byte(project: Path) -> None:
    path = save(project, DRILL + "# ends with a comment, ünïcode\n")
    drill = loading.load_drill(path, KNOWN)
    assert drill.text.encode() == path.read_bytes()
    assert drill.text not in repr(drill)
