"""T9, fast form: paths that lead out, addresses that must not be called, templates."""

import re
import time
from pathlib import Path

import pytest

from metadrill import loading
from metadrill.errors import DocumentError

SCENARIO = """\
metadrill: scenario/v1
name: hostile
title: A title
threat: A threat
applies_to: [atlas-elasticsearch]
fault: {corrupt_index_file: {index: one}}
noticed_by:
  - search_answers: {type: hive_table, within: 60s}
recoveries: [index_snapshot]
must_hold: [index]
"""
DRILL = """\
metadrill: drill/v1
name: hostile
scenario: some
recovery: index_snapshot
stack: atlas-2.1
data: {dataset: starter}
objectives: {rto: {limit: 15m}, rpo: {limit: 5m}}
seed: 1
"""
DATASET = """\
metadrill: dataset/v1
name: hostile
title: A title
steps:
  - archive: {part: some-part, member: x.zip}
"""


def put(text: str, old: str, new: str) -> bytes:
    assert old in text
    return text.replace(old, new).encode("utf-8", "surrogatepass")


PATHS = [
    "/etc/passwd", "../outside.sh", "./a/../../outside.sh", "~/x.sh", "~root/x.sh", "a/~/x.sh", "..",
    "C:/x.sh", "a\\\\..\\\\x.sh", "link-out.sh", "$HOME/x.sh", "file:///etc/passwd", "./there-is-none.sh",
    "folder", ".", "x.sh; rm -rf x",
]  # fmt: skip
ONLY_IN_A_PROJECT = {"link-out.sh", "./there-is-none.sh", "folder"}  # fine as names within an archive
URLS = [
    "file:///etc/passwd", "gopher://h/", "ftp://h/x", "http://", "http:///x", "http://u:p@h/", "http://u@h/",
    "http://169.254.169.254/latest/", "http://2852039166/", "http://0xA9FEA9FE/", "http://169.254.43518/",
    "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fd00:ec2::254]/",
    "http://100.100.100.200/", "http://metadata.google.internal/", "http://METADATA.google.internal./",
    "http://169.254.169.254./", "http://0.0.0.0/", "http://224.0.0.1/", "http://h:99999/", "http://h:0/",
    "http://[::1", "http://h\\\\@169.254.169.254/", "http://h .x/", "//169.254.169.254/",
    "javascript:alert(1)",
    "http://①⑥⑨.254.169.254/", "http://%31%36%39.254.169.254/", "http://-x-/",
]  # fmt: skip
STRINGS = [
    ("title", "title: A title", "title: '{V}'"),
    ("threat", "threat: A threat", "threat: '{V}'"),
    ("name", "name: hostile", "name: '{V}'"),
    ("applies_to", "[atlas-elasticsearch]", "['{V}']"),
    ("recoveries", "[index_snapshot]", "['{V}']"),
    ("must_hold", "must_hold: [index]", "must_hold: ['{V}']"),
    ("parameter", "index: one", "index: '{V}'"),
    ("key", "index: one", "'{V}': one"),
]
DRILL_STRINGS = {
    "framework": "frameworks: [V]",
    "control": "control: {id: V, statement: x}",
    "tolerance": "control: {id: x, statement: x, tolerance: V}",
    "plan": "refs: {plan: {document: V}}",
    "approval": "refs: {plan: {document: x, approved: V}}",
    "owner": "roles: {owner: V}",
    "gate": "gates: [{name: V}]",
    "schedule": "schedule: {cron: V}",
    "isolation": "isolation: V",
    "start": "start: V",
}


def strings() -> dict[str, bytes]:
    """Return files with a template, or a number, where text is wanted."""
    cases = {}
    for name, field in DRILL_STRINGS.items():
        cases[f"template in {name} of a drill"] = (DRILL + field.replace("V", "'{{ x }}'") + "\n").encode()
        cases[f"number as {name} of a drill"] = (DRILL + field.replace("V", "7") + "\n").encode()
    for braces in ("{{ x }}", "{% x %}", "a{{b"):
        for name, old, new in STRINGS:
            cases[f"{braces} in {name}"] = put(SCENARIO, old, new.replace("{V}", braces))
    return cases


def paths() -> dict[str, bytes]:
    """Return files with a path that leads out, in every place that takes one."""
    cases = {}
    for path in PATHS:
        for field in ("command", "runbook"):
            new = f'recovery: {{procedure: {{{field}: "{path}"}}}}'
            cases[f"{field} of a procedure: {path}"] = put(DRILL, "recovery: index_snapshot", new)
        cases[f"file of an archive: {path}"] = put(
            DATASET, "part: some-part, member: x.zip", f'file: "{path}"'
        )
        cases[f"command of a probe: {path}"] = put(
            SCENARIO, "search_answers: {type: hive_table, within: 60s}", f'command: "{path}"'
        )
        cases[f"command of a fault: {path}"] = put(
            SCENARIO, "{corrupt_index_file: {index: one}}", f'{{command: {{command: "{path}"}}}}'
        )
        cases[f"command among parameters: {path}"] = put(SCENARIO, "index: one", f'command: "{path}"')
    return cases


def addresses() -> dict[str, bytes]:
    """Return files with an address that is refused, in every place that takes one."""
    cases = {}
    for url in URLS:
        cases[f"address of a probe: {url}"] = put(
            SCENARIO, "search_answers: {type: hive_table, within: 60s}", f'http: {{url: "{url}"}}'
        )
        cases[f"address among parameters: {url}"] = put(SCENARIO, "index: one", f'url: "{url}"')
    return cases


CASES = strings() | paths() | addresses()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "outside.sh").write_text("true\n")
    (root / "link-out.sh").symlink_to(tmp_path / "outside.sh")
    (root / "x.sh").write_text("true\n")
    return root


def test_t9_there_are_at_least_two_hundred_hostile_places() -> None:
    assert len(CASES) >= 200


def test_t9_a_file_of_the_project_is_accepted_where_a_path_is_wanted(project: Path) -> None:
    text = put(DRILL, "recovery: index_snapshot", "recovery: {procedure: {command: ./x.sh}}")
    (project / "file.yaml").write_bytes(text)
    drill = loading.load_drill(project / "file.yaml", root=project)
    assert drill.recovery.params == {"command": "./x.sh"}


@pytest.mark.parametrize("name", CASES)
def test_t9_a_hostile_file_is_refused_with_its_place_within_a_second(name: str, project: Path) -> None:
    path = project / "file.yaml"
    path.write_bytes(CASES[name])
    before = time.thread_time()
    with pytest.raises(DocumentError) as refused:
        loading.load(path, root=project)
    seconds = time.thread_time() - before
    assert seconds <= 1.0, "of the processor: what else the machine does is not the loader's"
    assert re.match(r".*file\.yaml:[1-9]\d*:[1-9]\d*: \S", refused.value.message)
    assert all(len(problem) < 1_000 for problem in refused.value.problems)
