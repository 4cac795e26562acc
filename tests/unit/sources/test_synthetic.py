"""The archive is the same for the same seed, closed in itself, and as big as it says."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import metadrill
from metadrill.archives import exports
from metadrill.sources import synthetic, typedefs

SMALL = synthetic.Shape(
    seed=7, databases=2, tables_per_database=10, columns_per_table=10, processes=14,
    column_lineages_per_process=2, categories=5, terms=10,
)  # fmt: skip
SHAPES = [
    SMALL,
    synthetic.Shape(),
    synthetic.Shape(databases=1, tables_per_database=7, chain=3, processes=4, categories=0, terms=5),
    synthetic.Shape(databases=3, tables_per_database=1, processes=0, categories=4, terms=0),
]
IN_A_CHILD = """
import hashlib, pathlib, sys
from metadrill.sources import synthetic
shape = synthetic.parse({"seed": 7, "tables_per_database": 5, "processes": 5})
print(synthetic.write(shape, pathlib.Path(sys.argv[1])).sha256)
"""
GROWTH = """
import pathlib, sys, zipfile
from metadrill.sources import synthetic

def peak_kib():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

path = pathlib.Path(sys.argv[1])
synthetic.write(synthetic.Shape(), path)
before = peak_kib()
large = {"databases": 20, "tables_per_database": 50, "columns_per_table": 46, "processes": 800}
written = synthetic.write(synthetic.parse(large), path)
growth = peak_kib() - before
print(written.entities, sum(entry.file_size for entry in zipfile.ZipFile(path).infolist()) // 1024, growth)
"""

Entity = dict[str, Any]


@pytest.fixture(params=SHAPES, ids=["small", "starter", "no categories", "no terms"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[synthetic.Shape, Path]:
    path = tmp_path / "made.zip"
    synthetic.write(request.param, path)
    return request.param, path


def entities(path: Path) -> dict[str, Entity]:
    found: dict[str, Entity] = {}
    for body in bodies(path):
        for entity in (body["entity"], *body["referredEntities"].values()):
            assert entity["guid"] not in found
            found[entity["guid"]] = entity
    return found


def bodies(path: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name not in exports.CONTROL:
                yield json.loads(archive.read(name))


def control(path: Path, name: str) -> Any:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(name))


def guids_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "guid" in value:
            yield value["guid"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from guids_in(each)


def ties_of(entity: Entity) -> Iterator[dict[str, Any]]:
    for value in entity["relationshipAttributes"].values():
        yield from value if isinstance(value, list) else [value] if value else []


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    digests = set()
    for hash_seed in ("0", "1", "4242"):
        path = tmp_path / f"{hash_seed}.zip"
        folder = str(Path(metadrill.__file__).parents[1])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": folder}
        command = [sys.executable, "-c", IN_A_CHILD, str(path)]
        subprocess.run(command, check=True, env=environment, capture_output=True)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_another_seed_shares_no_guid_and_no_qualified_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    assert synthetic.write(SMALL, one).sha256 != synthetic.write(synthetic.parse({"seed": 8}), two).sha256
    first, second = entities(one), entities(two)
    assert not set(first) & set(second)
    names = [{each["attributes"]["qualifiedName"] for each in found.values()} for found in (first, second)]
    assert not names[0] & names[1]


def test_the_counts_are_exact(made: tuple[synthetic.Shape, Path]) -> None:
    shape, path = made
    found = Counter(entity["typeName"] for entity in entities(path).values())
    assert found == synthetic.counts(shape)
    assert found.total() == synthetic.size(shape)


def test_what_is_written_is_what_is_reported(made: tuple[synthetic.Shape, Path], tmp_path: Path) -> None:
    shape, path = made
    written = synthetic.write(shape, tmp_path / "again.zip")
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (written.entities, written.size) == (synthetic.size(shape), path.stat().st_size)


def test_every_guid_that_is_referred_to_is_in_the_archive(made: tuple[synthetic.Shape, Path]) -> None:
    found = entities(made[1])
    dangling = {guid for entity in found.values() for guid in guids_in(entity)} - set(found)
    assert not dangling


def test_the_order_lists_every_entry_once(made: tuple[synthetic.Shape, Path]) -> None:
    order = control(made[1], exports.ORDER)
    assert order == [body["entity"]["guid"] for body in bodies(made[1])]
    assert len(order) == len(set(order))


def test_every_tie_is_shown_alike_by_both_its_ends(made: tuple[synthetic.Shape, Path]) -> None:
    found = entities(made[1])
    seen: dict[str, list[tuple[str, str]]] = {}
    for entity in found.values():
        for tie in ties_of(entity):
            said = json.dumps([tie["relationshipType"], tie["relationshipAttributes"]], sort_keys=True)
            seen.setdefault(tie["relationshipGuid"], []).append((entity["guid"], tie["guid"] + said))
            assert tie["displayText"] == found[tie["guid"]]["attributes"].get("name", tie["displayText"])
    for both in seen.values():
        (one, far_of_one), (two, far_of_two) = both
        assert far_of_one == two + far_of_two[36:]
        assert far_of_two == one + far_of_one[36:]


def test_qualified_names_are_unique_in_a_type(made: tuple[synthetic.Shape, Path]) -> None:
    found = entities(made[1]).values()
    names = Counter((each["typeName"], each["attributes"]["qualifiedName"]) for each in found)
    assert max(names.values()) == 1


def test_lineage_runs_forward_in_chains_of_the_given_length(made: tuple[synthetic.Shape, Path]) -> None:
    shape, path = made
    made_from: dict[str, list[str]] = {}
    for entity in entities(path).values():
        if entity["typeName"] == "hive_process":
            (output,) = entity["attributes"]["outputs"]
            made_from[output["guid"]] = [each["guid"] for each in entity["attributes"]["inputs"]]

    def depth(guid: str) -> int:
        return 1 + max((depth(each) for each in made_from.get(guid, [])), default=0)

    assert len(made_from) == shape.processes
    assert max((depth(guid) for guid in made_from), default=1) <= shape.chain


def test_everything_that_an_archive_can_carry_is_in_the_starter(tmp_path: Path) -> None:
    synthetic.write(synthetic.Shape(), tmp_path / "starter.zip")
    found = list(entities(tmp_path / "starter.zip").values())
    tags = [tag for entity in found for tag in entity.get("classifications", [])]
    names = {typedefs.SENSITIVE, typedefs.PERSONAL, typedefs.RETENTION, typedefs.CERTIFIED}
    assert {tag["typeName"] for tag in tags} == names
    assert {tag["propagate"] for tag in tags} == {True, False}
    assert any(tag.get("validityPeriods") for tag in tags)
    described = {name for entity in found for name in entity.get("businessAttributes", {})}
    assert described == {typedefs.STEWARDSHIP, typedefs.QUALITY}
    assert any(entity.get("customAttributes") for entity in found)
    assert any(len(entity["labels"]) > 1 for entity in found)
    used = {
        relation for entity in found for relation, ties in entity["relationshipAttributes"].items() if ties
    }
    assert {
        "meanings",
        "assignedEntities",
        "categories",
        "parentCategory",
        "synonyms",
        "columnLineages",
    } <= used


def test_every_name_used_by_a_mark_is_defined_with_its_attributes(made: tuple[synthetic.Shape, Path]) -> None:
    types = control(made[1], exports.TYPES)
    tags = {each["name"]: each for each in types["classificationDefs"]}
    known = {each["name"]: attributes_of(each) for each in types["businessMetadataDefs"]}
    for entity in entities(made[1]).values():
        for tag in entity.get("classifications", []):
            parents = [tags[parent] for parent in tags[tag["typeName"]]["superTypes"]]
            allowed = set().union(*(attributes_of(each) for each in [tags[tag["typeName"]], *parents]))
            assert set(tag.get("attributes", {})) <= allowed
        for name, values in entity.get("businessAttributes", {}).items():
            assert set(values) <= known[name]


def attributes_of(definition: dict[str, Any]) -> set[str]:
    return {attribute["name"] for attribute in definition["attributeDefs"]}


def test_the_export_information_counts_what_is_there(made: tuple[synthetic.Shape, Path]) -> None:
    metrics = control(made[1], exports.INFO)["metrics"]
    assert metrics["entity:withExtInfo"] == len(list(bodies(made[1])))
    assert {
        f"entity:{name}": number for name, number in synthetic.counts(made[0]).items()
    }.items() <= metrics.items()


def test_memory_does_not_grow_with_what_is_written(tmp_path: Path) -> None:
    folder = str(Path(metadrill.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": folder}
    command = [sys.executable, "-c", GROWTH, str(tmp_path / "large.zip")]
    child = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    entities_written, uncompressed_kib, growth_kib = (int(word) for word in child.stdout.split())
    assert entities_written > 49_000
    assert uncompressed_kib > 60_000
    assert growth_kib < 16_000
