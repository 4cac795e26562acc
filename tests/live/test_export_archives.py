"""The export archives that Atlas' own tests are made of: some as a server sent them, some packed again."""

import io
import zipfile

import pytest

from metadrill import plugins
from metadrill.app.settings import Settings
from metadrill.archives import exports, zips
from metadrill.errors import ArchiveError

NO_EXPORT = {"empty.zip", "zip-direct-1.zip", "zip-direct-2.zip", "zip-direct-3.zip"}
"""Nothing at all, and the form of the migration from Atlas 0.8: all entities in one entry."""


@pytest.fixture
def archives(project):
    recipe = project.stack("atlas-2.1")
    make = plugins.pick("stacks", recipe.kind).load()(
        recipe, project.dataset("synthetic-small"), Settings().cache, lambda kind, /, **data: None
    )
    with zipfile.ZipFile(make.part_file("atlas-repository-tests")) as jar:
        return {name: jar.read(name) for name in jar.namelist() if name.endswith(".zip")}


def test_every_real_archive_is_read_as_zipfile_reads_it(archives):
    assert len(archives) == 25
    for name, archive in archives.items():
        with zipfile.ZipFile(io.BytesIO(archive)) as other:
            expected = [(entry, other.read(entry)) for entry in other.namelist()]
        assert [tuple(entry) for entry in zips.entries(io.BytesIO(archive), name)] == expected


def test_every_real_export_is_whole_and_gives_its_entities(archives):
    refused, entities = set(), 0
    for name, archive in archives.items():
        whole = exports.entries(zips.entries(io.BytesIO(archive), name), name)
        try:
            entities += len(list(exports.entities(whole, name)))
        except ArchiveError:
            refused.add(name)
    assert refused == NO_EXPORT
    assert entities > 150
