"""T9, fast form: hostile files are refused with a place, within a second and 256 MB."""

import os
import re
import subprocess
import sys
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


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * width) + "]")
    return "\n".join(lines) + "\n"


def put(text: str, old: str, new: str) -> bytes:
    assert old in text
    return text.replace(old, new).encode("utf-8", "surrogatepass")


CASES = {
    "alias bomb": (SCENARIO + bomb(9, 9)).encode(),
    "wide alias bomb": (SCENARIO + bomb(3, 99)).encode(),
    "many aliases": (SCENARIO + "a: &a x\nb: [" + "*a, " * 5_000 + "x]\n").encode(),
    "deep by alias": ("a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20).encode(),
    "alias within its anchor": b"a: &a [*a]\n",
    "unknown alias": b"a: *nobody\n",
    "flow depth 100k": b"[" * 100_000,
    "flow map depth 100k": b"{a: " * 100_000,
    "block depth 100k": b"- " * 100_000,
    "complex keys 100k": b"? " * 100_000,
    "depth 33": b"a: " + b"[" * 33 + b"]" * 33,
    "2 MB": SCENARIO.encode() + b"# x\n" * 500_000,
    "1 MiB of values": b"a: [" + b"x," * 500_000 + b"]\n",
    "1 MiB of keys": "".join(f"k{number}: x\n" for number in range(90_000)).encode(),
    "1 MiB of unknown keys near a known one": b"metadrill: scenario/v1\n"
    + "".join(f"titel{number}: x\n" for number in range(9_000)).encode(),
    "1 MiB of documents": b"---\n" * 250_000,
    "1 MiB of text": b"a: " + b"x" * 1_000_000,
    "1 MiB key": b"? " + b"k" * 1_000_000 + b"\n: v\n",
    "1 MiB anchor name": b"a: &" + b"k" * 1_000_000 + b" v\n",
    "1 MiB of line ends": b"\n" * 1_000_000,
    "1 MiB folded": b"a: >\n" + b" x\n" * 340_000,
    "1 MiB of spaces in a time": put(DRILL, "15m", "'" + " " * 1_000_000 + "m'"),
    "duplicate keys": put(SCENARIO, "title: A title", "title: A title\ntitle: Another"),
    "duplicate keys, one quoted": put(SCENARIO, "{index: one}", "{index: one, 'index': two}"),
    "merge key": put(SCENARIO, "{index: one}", "{<<: {index: one}}"),
    "merge key by alias": (SCENARIO + "x: &x {index: one}\ny: {<<: *x}\n").encode(),
    "python object": put(SCENARIO, "A title", "!!python/object/apply:os.system ['true']"),
    "python name": put(SCENARIO, "A title", "!!python/name:os.system ''"),
    "own tag": put(SCENARIO, "A title", "!mine x"),
    "tag by directive": b"%TAG ! tag:example.org,2000:\n---\na: !x y\n",
    "non-specific tag": put(SCENARIO, "A title", "! x"),
    "binary tag": put(SCENARIO, "A title", "!!binary aGVsbG8="),
    "set tag": put(SCENARIO, "{index: one}", "!!set {a, b}"),
    "int tag": put(DRILL, "seed: 1", "seed: !!int '1'"),
    "timestamp tag": put(SCENARIO, "A title", "!!timestamp 2026-01-01"),
    "str tag on a list": put(SCENARIO, "[index_snapshot]", "!!str [index_snapshot]"),
    "two documents": (SCENARIO + "---\n" + SCENARIO).encode(),
    "number key": put(SCENARIO, "{index: one}", "{1: one}"),
    "null key": put(SCENARIO, "{index: one}", "{~: one}"),
    "list key": put(SCENARIO, "{index: one}", "{[a, b]: one}"),
    "mapping key": put(SCENARIO, "{index: one}", "{{a: b}: one}"),
    "int of 10,000 digits": put(DRILL, "seed: 1", "seed: " + "9" * 10_000),
    "int of 100 digits": put(DRILL, "seed: 1", "seed: " + "9" * 100),
    "int of 19 digits": put(DRILL, "seed: 1", "seed: " + "9" * 19),
    "hex int": put(DRILL, "seed: 1", "seed: 0x" + "f" * 40),
    "octal int": put(DRILL, "seed: 1", "seed: 0777"),
    "negative int": put(DRILL, "seed: 1", "seed: -1"),
    "sexagesimal": put(DRILL, "seed: 1", "seed: 190:20:30"),
    "not a number": put(DRILL, "seed: 1", "seed: .nan"),
    "infinity": put(DRILL, "seed: 1", "seed: -.inf"),
    "infinity by exponent": put(DRILL, "seed: 1", "seed: 1e999999999"),
    "truth as a number": put(DRILL, "seed: 1", "seed: true"),
    "underscored int": put(DRILL, "seed: 1", "seed: 1_000"),
    "time of 10,000 digits": put(DRILL, "15m", "9" * 7_000 + "m"),
    "time that overflows": put(DRILL, "15m", "999999999d"),
    "time of nothing": put(DRILL, "15m", "0s"),
    "time below nothing": put(DRILL, "15m", "-5m"),
    "time in other digits": put(DRILL, "15m", "١٥m"),
    "time as a number": put(DRILL, "15m", "15"),
    "zone that is a path": (DRILL + 'schedule: {cron: "0 3 1 * *", timezone: ../../etc/passwd}\n').encode(),
    "cron that is a command": (DRILL + 'schedule: {cron: "$(x) 3 1 * *"}\n').encode(),
    "NUL": put(SCENARIO, "A title", "A\0title"),
    "escaped NUL": put(SCENARIO, "A title", '"A\\0title"'),
    "bidi override": put(SCENARIO, "A title", "A \u202etitle"),
    "escaped bidi override": put(SCENARIO, "A title", '"A \\u202Etitle"'),
    "bidi isolate in a key": put(SCENARIO, "{index: one}", "{in\u2066dex: one}"),
    "zero width space": put(SCENARIO, "hostile", "hos\u200btile"),
    "byte order mark inside": put(SCENARIO, "A title", "A\ufeff title"),
    "escape sequence": put(SCENARIO, "A title", "A\x1b[31m title"),
    "escaped escape sequence": put(SCENARIO, "A title", '"\\e[31m"'),
    "next line": put(SCENARIO, "A title", "A\u0085title"),
    "line separator": put(SCENARIO, "A title", "A\u2028title"),
    "tag characters": put(SCENARIO, "A title", "A\U000e0041title"),
    "surrogate bytes": put(SCENARIO, "A title", "A\ud800title"),
    "escaped surrogate": put(SCENARIO, "A title", '"\\ud800"'),
    "latin-1": SCENARIO.replace("A title", "é").encode("latin-1"),
    "utf-16": SCENARIO.encode("utf-16"),
    "utf-32": SCENARIO.encode("utf-32"),
    "overlong utf-8": SCENARIO.encode().replace(b"A title", b"A\xc0\xaftitle"),
    "binary garbage": bytes(range(256)) * 64,
    "gzip": b"\x1f\x8b\x08\x00" + b"\xff" * 1_000,
    "empty": b"",
    "only a mark": b"\xef\xbb\xbf",
    "only comments": b"# nothing\n",
    "only a document end": b"...\n",
    "null": b"null\n",
    "a list": b"- a\n- b\n",
    "a scalar": b"hello\n",
    "a number": b"1\n",
    "unclosed": b"a: [b, c\n",
    "tabs": b"a:\n\t- b\n",
    "not yaml": b"a: b: c: d\n",
    "no kind": put(SCENARIO, "metadrill: scenario/v1\n", ""),
    "unknown kind": put(SCENARIO, "scenario/v1", "scenario/v2"),
    "kind as a list": put(SCENARIO, "metadrill: scenario/v1", "metadrill: [scenario/v1]"),
    "name as a path": put(SCENARIO, "hostile", "../../x"),
    "name of 8,000 characters": put(SCENARIO, "hostile", "x" * 8_000),
    "title of 8,000 characters": put(SCENARIO, "A title", "x" * 8_000),
    "empty title": put(SCENARIO, "A title", "''"),
    "stack as a path": put(DRILL, "atlas-2.1", "../x"),
    "stack of dots": put(DRILL, "atlas-2.1", "a..b"),
    "dataset as a path": put(DRILL, "{dataset: starter}", "{dataset: ../starter}"),
    "scenario as a path": put(DRILL, "scenario: some", "scenario: /etc/some"),
    "member that climbs": put(DATASET, "x.zip", "../x.zip"),
    "absolute member": put(DATASET, "x.zip", "/x.zip"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "outside.sh").write_text("true\n")
    (root / "link-out.sh").symlink_to(tmp_path / "outside.sh")
    (root / "x.sh").write_text("true\n")
    return root


def test_t9_there_are_at_least_a_hundred_hostile_files() -> None:
    assert len(CASES) >= 100


@pytest.mark.parametrize("text", [SCENARIO, DRILL, DATASET])
def test_t9_the_files_are_good_before_they_are_made_hostile(text: str, project: Path) -> None:
    (project / "file.yaml").write_text(text)
    assert loading.load(project / "file.yaml", root=project).name == "hostile"


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


@pytest.mark.parametrize("what", ["folder", "missing", "pipe", "device", "name with NUL"])
def test_t9_what_is_no_file_is_refused_and_not_waited_for(what: str, project: Path) -> None:
    if what == "pipe":
        os.mkfifo(project / "pipe")
    path = {"device": Path("/dev/zero"), "name with NUL": project / "a\0b"}.get(what, project / what)
    with pytest.raises(DocumentError):
        loading.load(path, root=project)


CHILD = """
import sys
from pathlib import Path
from metadrill import loading
from metadrill.errors import DocumentError
for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
    try:
        loading.load(path)
    except DocumentError:
        continue
    raise SystemExit(f"accepted: {path}")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_t9_all_hostile_files_in_one_process_stay_below_256_megabytes(project: Path) -> None:
    for number, content in enumerate(CASES.values()):
        (project / f"{number}.yaml").write_bytes(content)
    toolkit = Path(loading.__file__).parents[2]
    answer = subprocess.run(
        [sys.executable, "-c", CHILD, str(project)],
        capture_output=True, text=True, check=True, timeout=120, env={"PYTHONPATH": str(toolkit)},
    )  # fmt: skip
    assert int(answer.stdout) <= 256 * 1024
