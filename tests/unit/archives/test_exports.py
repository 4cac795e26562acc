"""An export is proved by what it says of itself, whether it lies in a zip file or in a set."""

import io
import json

import pytest

from metadrill.archives import exports, solid, zips
from metadrill.archives.exports import INFO, ORDER, TYPES
from metadrill.errors import ArchiveError


def entity(guid, **more):
    return {"guid": guid, "typeName": "hive_table", **more}


ENTRIES = {
    "g-2.json": {"entity": entity("g-2", x="é"), "referredEntities": {"g-3": entity("g-3")}},
    "g-1.json": {"entity": entity("g-1"), "referredEntities": None},
    "g-3.json": {"entity": entity("g-3")},
    ORDER: ["g-1", "g-2", "g-3", "g-1"],
    TYPES: {},
    INFO: {"operationStatus": "SUCCESS"},
}


def export(changes=None):
    """The entries of an export, with other contents by name; None leaves one out."""
    for name, body in {**ENTRIES, **(changes or {})}.items():
        if body is not None:
            yield name, body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def zipped(entries):
    file = io.BytesIO()
    zips.write(entries, file)
    file.seek(0)
    return zips.entries(file, "it")


def kept(entries):
    file = io.BytesIO()
    with solid.Writer(file) as writer:
        for name, content in entries:
            writer.add(name, content)
    file.seek(0)
    return ((member.name, member.content()) for member in solid.members(file, "it"))


SOURCES = pytest.mark.parametrize("source", [zipped, kept, iter], ids=["zip", "solid", "any"])


@SOURCES
def test_a_whole_export_is_passed_on_as_it_is(source):
    assert list(exports.entries(source(export()), "it")) == list(export())


@SOURCES
def test_each_entity_is_given_as_often_as_it_is_listed_children_too(source):
    found = exports.entities(exports.entries(source(export()), "it"), "it")
    assert [each["guid"] for each in found] == ["g-2", "g-3", "g-1", "g-3"]


def test_an_export_of_nothing_is_an_export():
    nothing = [(ORDER, b"[]"), (TYPES, b"{}"), (INFO, b'{"operationStatus": "SUCCESS"}')]
    assert list(exports.entries(nothing, "it")) == nothing


@SOURCES
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({INFO: None}, f"no {INFO} in it"),
        ({ORDER: None, TYPES: None}, f"no {ORDER}, {TYPES} in it"),
        ({INFO: {"operationStatus": "PARTIAL_SUCCESS"}}, "the export ended with PARTIAL_SUCCESS"),
        ({INFO: {}}, "the export ended with None"),
        ({INFO: b"[]"}, f"{INFO}: is no JSON object"),
        ({INFO: b"{"}, f"{INFO}: cannot be read as JSON"),
        ({"g-2.json": None}, "1 entities differ from its own list"),
        ({"g-4.json": {}}, "1 entities differ from its own list"),
        ({ORDER: ["g-1", "g-9"]}, "3 entities differ from its own list"),
        ({ORDER: {}}, f"{ORDER}: is no list of guids"),
        ({"evil.sh": b""}, "'evil.sh' is no entry of an export"),
    ],
)
def test_what_is_not_whole_is_refused_in_the_end(source, changes, words):
    with pytest.raises(ArchiveError, match=r"^it: ") as caught:
        list(exports.entries(source(export(changes)), "it"))
    assert words in caught.value.message


@pytest.mark.parametrize("name", ["g-1.json", INFO])
def test_an_entry_that_is_there_twice_is_refused(name):
    twice = [*export(), (name, dict(export())[name])]
    with pytest.raises(ArchiveError, match=f"{name} is there twice"):
        list(exports.entries(iter(twice), "it"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"\xff", "cannot be read as JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "no entity where one must be"),
        (b'{"entity": {"guid": 7, "typeName": "x"}}', "without guid or type"),
        (b'{"entity": {"guid": "g"}}', "without guid or type"),
        (b'{"entity": {"guid": "g", "typeName": "x"}, "referredEntities": [1]}', "are no object"),
        (b'{"entity": {"guid": "g", "typeName": "x"}, "referredEntities": {"h": 1}}', "no entity where"),
    ],
)
def test_an_entry_that_holds_no_entity_is_refused_by_name(content, words):
    with pytest.raises(ArchiveError, match=r"^it: g\.json: ") as caught:
        list(exports.entities([("g.json", content)], "it"))
    assert words in caught.value.message


@pytest.mark.parametrize("guids", [[], ["g-1"], ["g-1", "g-2", "g-1"], ["é"]])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_order_is_read_guid_by_guid(guids, indent):
    assert list(exports.order(json.dumps(guids, indent=indent, ensure_ascii=False).encode())) == guids


@pytest.mark.parametrize(
    "content",
    [b"", b"7", b"{}", b"[", b'["a"', b'["a",', b'["a",]', b'["a"]]', b'[["a"]]', b"[null]", b'["\\u0061"]'],
)
def test_what_is_no_list_of_guids_is_refused(content):
    with pytest.raises(ArchiveError, match="no list of guids"):
        list(exports.order(content))


def test_what_an_export_says_of_itself_is_given():
    assert exports.info(b'{"operationStatus": "SUCCESS", "changeMarker": 7}')["changeMarker"] == 7
