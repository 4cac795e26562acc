"""T10: what zip files do to those who trust them. Each lie is refused by its own words."""

import io

import pytest

from metadrill.archives import zips
from metadrill.errors import ArchiveError

FULL, ZERO = 0xFFFFFFFF, {"crc": 0, "packed": 0, "size": 0}
LATER = 0x808
BIG = b" " * 3_000_000

NAMES = {
    "slip": (b"../up", "not the name of a file inside"),
    "slip within": (b"a/../../up", "not the name of a file inside"),
    "absolute": (b"/etc/cron.d/x", "not the name of a file inside"),
    "a drive": (b"C:x", "not the name of a file inside"),
    "a folder": (b"a/", "not the name of a file inside"),
    "nothing": (b"", "not the name of a file inside"),
    "nothing between": (b"a//b", "not the name of a file inside"),
    "here": (b"./a", "not the name of a file inside"),
    "backslash": (b"..\\up", "a control character or a backslash"),
    "NUL": (b"a.json\0.exe", "a control character or a backslash"),
    "escape": (b"a\x1b[2J", "a control character or a backslash"),
    "not UTF-8": (b"\xff\xfe", "a name that is not UTF-8"),
    "long": (b"a" * 1025, "a name of 1025 bytes"),
}

ONE = {
    "no known encoding": ({"local": {"flags": 0}, "name": b"\xe9"}, "in no known encoding"),
    "symlink": ({"listed": {"attributes": 0o120777 << 16}}, "no plain file: mode 0o120777"),
    "device": ({"listed": {"attributes": 0o020666 << 16}}, "no plain file: mode 0o20666"),
    "folder's mode": ({"listed": {"attributes": 0o040755 << 16}}, "no plain file: mode 0o40755"),
    "DOS folder": ({"listed": {"attributes": 0x10, "made": 20}}, "no plain file: mode 0o0"),
    "symlink made by DOS": ({"listed": {"attributes": 0o120777 << 16, "made": 20}}, "no plain file"),
    "encrypted": ({"local": {"flags": 0x801}}, "is encrypted"),
    "strongly encrypted": ({"local": {"flags": 0x841}}, "is encrypted"),
    "masked headers": ({"local": {"flags": 0x2800}}, "is encrypted"),
    "another method": ({"local": {"method": 12}}, "compression method 12"),
    "AES": ({"local": {"method": 99}}, "compression method 99"),
    "a patch": ({"local": {"flags": 0x820}}, "flags 0x0820 are not known"),
    "stored to where": ({"method": 0, "local": {"flags": LATER, **ZERO}}, "stored, and of no stated size"),
    "larger than it says": ({"local": {"size": 3}}, "not what its header says"),
    "smaller than it says": ({"local": {"size": 99}}, "not what its header says"),
    "packed in less": ({"local": {"packed": 5}}, "its content ends too soon"),
    "packed in more": ({"local": {"packed": 40}}, "not what its header says"),
    "another CRC": ({"local": {"crc": 7}, "listed": {"crc": 7}}, "not what its header says"),
    "a later CRC": ({"local": {"flags": LATER, **ZERO, "crc": 7}}, "not what its header says"),
    "no descriptor": ({"local": {"flags": LATER, **ZERO}}, "not what stands behind it"),
    "wrong descriptor": (
        {"local": {"flags": LATER, **ZERO}, "after": b"PK\7\x08" + bytes(12)},
        "not what stands behind it",
    ),
    "not deflated": ({"body": b"\xff\xff\xff"}, "cannot be inflated"),
    "stored, more": ({"method": 0, "local": {"size": 3}}, "not what its header says"),
    "listed with other size": ({"listed": {"size": 3}}, "other sizes, CRCs or methods"),
    "listed with other packed size": ({"listed": {"packed": 3}}, "other sizes, CRCs or methods"),
    "listed with other CRC": ({"listed": {"crc": 3}}, "other sizes, CRCs or methods"),
    "listed with other method": ({"listed": {"method": 0}}, "other sizes, CRCs or methods"),
    "listed as encrypted": ({"listed": {"flags": 0x801}}, "other sizes, CRCs or methods"),
    "listed elsewhere": ({"listed": {"offset": 1}}, "other places"),
    "listed under another name": ({"listed": {"name": b"b.json"}}, "other names"),
    "on another disk": ({"listed": {"disk": 1}}, "on another disk"),
    "long comment": ({"listed": {"comment": b" " * 1025}}, "a comment of 1025 bytes"),
    "something before it": ({"before": b"MZ"}, "no record of a zip file, at byte 0"),
    "something after it": ({"after": b"hidden"}, "no record of a zip file, at byte"),
    "bomb": ({"content": BIG}, "bytes out of"),
    "stored bomb of one's word": ({"local": {"size": FULL - 1, "packed": FULL - 1}}, "more than it may hold"),
    "extra of no length": ({"local": {"extra": b"\1"}}, "cut short"),
    "extra beyond its end": ({"local": {"extra": b"\7\7\xff\0"}}, "cut short"),
    "much extra": ({"local": {"extra": b"\7\7\xfc\x1f" + bytes(8188)}}, "bytes of extra fields"),
    "second name": ({"local": {"extra": b"up\1\0\1"}}, "a second name"),
    "second name listed": ({"listed": {"extra": b"up\1\0\1"}}, "a second name"),
}  # fmt: skip

WIDE = {
    "masked, and nowhere said": ({"size": FULL, "packed": FULL}, "a size that stands nowhere"),
    "one masked": ({"size": FULL}, "one of two sizes"),
    "said, and not masked": ({"extra": (24, 9)}, "zip64 field that does not fit"),
    "one said of two": ({"size": FULL, "packed": FULL, "extra": (24,)}, "zip64 field that does not fit"),
    "another": ({"size": FULL, "packed": FULL, "extra": (23, 1)}, "its content ends too soon"),
    "another size": ({"size": FULL, "packed": FULL, "extra": (23, 17)}, "not what its header says"),
    "enormous": ({"size": FULL, "packed": FULL, "extra": (1 << 62, 9)}, "more than it may hold"),
}
LISTED_WIDE = {
    "masked, and nowhere said": ({"size": FULL}, "a size that stands nowhere"),
    "said, and not masked": ({"extra": (24,)}, "zip64 field that does not fit"),
    "another": ({"size": FULL, "extra": (25,)}, "other sizes"),
    "another place": ({"offset": FULL, "extra": (1 << 40,)}, "other places"),
}

ENDS = {
    "fewer": ({"end": {"count": 1}}, "its end record says 1, and not 2"),
    "more": ({"end": {"count": 3}}, "its end record says 3, and not 2"),
    "other size": ({"end": {"size": 3}}, "its end record says 3"),
    "other place": ({"end": {"offset": 3}}, "its end record says 3"),
    "another disk": ({"end": {"disk": 1}}, "its end record says 1, and not 0"),
    "masked without zip64": ({"end": {"offset": FULL}}, "its end record says 4294967295"),
    "trailing": ({"tail": b"\0"}, "something follows its end"),
    "second archive": ({"tail": b"PK\5\6" + bytes(18)}, "something follows its end"),
    "long comment": ({"comment": b" " * 1025}, "a comment of 1025 bytes"),
    "comment beyond the end": ({"end": {"comment": 9}}, "ends before its end"),
    "zip64, fewer": ({"end64": {"count": 1}}, "zip64 end record does not agree"),
    "zip64, ten million": ({"end64": {"count": 10_000_000}}, "zip64 end record does not agree"),
    "zip64, other size": ({"end64": {"size": 1 << 40}}, "zip64 end record does not agree"),
    "zip64, other place": ({"end64": {"offset": 1 << 40}}, "zip64 end record does not agree"),
    "zip64, elsewhere": ({"end64": {"place": 0}}, "lies elsewhere than it says"),
    "zip64, longer": ({"end64": {"length": 1 << 40}}, "zip64 end record of another length"),
    "zip64, and another end": ({"end64": {}, "end": {"count": 1}}, "its end record says 1"),
    "another order": (
        {"order": lambda found: found[::-1]},
        "other names than its entries have, or in another",
    ),
    "one not listed": ({"order": lambda found: found[:1], "end": {"count": 1}}, "lists 1 of its 2 entries"),
    "none listed": ({"order": lambda found: [], "end": {"count": 0}}, "lists 0 of its 2 entries"),
    "one listed twice": ({"order": lambda found: [*found, found[1]]}, "lists more than its 2"),
    "one listed for another": ({"order": lambda found: [found[0], found[0]]}, "other names"),
}


def written(archive, target, **budget):
    """Do what a careless reader does: write every entry under its name as soon as it comes."""
    target.mkdir()
    for entry in zips.entries(io.BytesIO(archive), "it.zip", zips.Budget(**budget)):
        place = target / entry.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(entry.content)


def refused(archive, folder, words, **budget):
    with pytest.raises(ArchiveError, match=r"^it\.zip: ") as caught:
        written(archive, folder / "target", **budget)
    assert words in caught.value.message
    assert caught.value.hint
    assert [path.name for path in folder.iterdir()] == ["target"]
    assert all(path.is_dir() or (path.is_file() and not path.is_symlink()) for path in folder.rglob("*"))


def test_t10_what_these_lies_are_told_with_is_a_sound_file(craft, tmp_path):
    """Otherwise each of them could be refused for another reason."""
    entries = craft.made(), craft.made(name=b"b/c.json", method=0)
    for number, more in enumerate([{}, {"end64": {}}, {"comment": b"size: 2"}]):
        written(craft.zipped(*entries, **more), tmp_path / str(number))
        assert (tmp_path / str(number) / "b" / "c.json").read_bytes() == entries[1].content


@pytest.mark.parametrize("kind", NAMES)
def test_t10_a_name_that_leads_elsewhere_is_refused(craft, tmp_path, kind):
    name, words = NAMES[kind]
    refused(craft.zipped(craft.made(), craft.made(name=name)), tmp_path, words)


@pytest.mark.parametrize("kind", ONE)
def test_t10_an_entry_that_lies_is_refused(craft, tmp_path, kind):
    entry, words = ONE[kind]
    refused(craft.zipped(craft.made(**entry)), tmp_path, words)


@pytest.mark.parametrize("kind", WIDE)
def test_t10_a_local_header_that_lies_in_zip64_is_refused(craft, tmp_path, kind):
    said, words = WIDE[kind]
    local = {**said, "extra": craft.wide(*said["extra"]) if "extra" in said else b""}
    refused(craft.zipped(craft.made(local=local)), tmp_path, words)


@pytest.mark.parametrize("kind", LISTED_WIDE)
def test_t10_a_directory_that_lies_in_zip64_is_refused(craft, tmp_path, kind):
    said, words = LISTED_WIDE[kind]
    listed = {**said, "extra": craft.wide(*said["extra"]) if "extra" in said else b""}
    refused(craft.zipped(craft.made(listed=listed)), tmp_path, words)


def test_t10_two_zip64_fields_are_refused(craft, tmp_path):
    wide = {"size": FULL, "packed": FULL, "extra": craft.wide(24, 9) * 2}
    refused(craft.zipped(craft.made(local=wide)), tmp_path, "zip64 field that does not fit")


@pytest.mark.parametrize("kind", ENDS)
def test_t10_an_end_that_lies_is_refused(craft, tmp_path, kind):
    how, words = ENDS[kind]
    refused(craft.zipped(craft.made(), craft.made(name=b"b.json"), **how), tmp_path, words)


def test_t10_a_name_that_is_there_twice_is_refused(craft, tmp_path):
    refused(craft.zipped(craft.made(), craft.made(content=b"other")), tmp_path, "'a.json': is there twice")


def test_t10_entries_that_overlap_are_refused(craft, tmp_path):
    """The bomb of overlapping entries: each record of the directory leads into the same content."""
    inner = craft.made(name=b"inner", content=b"0" * 900)
    quoting = craft.zipped(inner)
    outer = craft.made(name=b"outer", content=quoting, method=0)
    both = craft.zipped(outer, order=lambda found: [*found, inner.record(35)], end={"count": 2})
    refused(both, tmp_path, "lists more than its 1 entries")


def test_t10_an_entry_hidden_behind_the_directory_is_refused(craft, tmp_path):
    hidden = craft.made(name=b"hidden.json")
    archive = craft.zipped(craft.made(), tail=hidden.header() + hidden.packed())
    refused(archive, tmp_path, "something follows its end")


def test_t10_many_small_bombs_are_one_bomb(craft, tmp_path):
    entries = [craft.made(name=b"%d.json" % number, content=b" " * 1_000_000) for number in range(3)]
    refused(craft.zipped(*entries), tmp_path, "bytes out of")


def test_t10_the_ratio_is_not_judged_where_little_comes_out(craft, tmp_path):
    written(craft.zipped(craft.made(content=b" " * 1_000_000)), tmp_path / "target")
    assert (tmp_path / "target" / "a.json").stat().st_size == 1_000_000


@pytest.mark.parametrize(
    "budget", [{"entries": 1}, {"entry_bytes": 23}, {"total_bytes": 47}, {"name_bytes": 5}]
)
@pytest.mark.parametrize("later", [False, True], ids=["stated", "stated later"])
def test_t10_more_than_the_budget_is_refused_and_never_written(craft, tmp_path, budget, later):
    first, second = craft.made(), craft.made(name=b"b.json")
    if later:
        for one in (first, second):
            one.local = {"flags": LATER, **ZERO}
            one.listed = {"flags": LATER}
            facts = one.facts()
            one.after = b"PK\7\x08" + b"".join(
                facts[name].to_bytes(4, "little") for name in ("crc", "packed", "size")
            )
    archive = craft.zipped(first, second)
    written(archive, tmp_path / "within", entries=2, entry_bytes=24, total_bytes=48, name_bytes=6)
    with pytest.raises(ArchiveError):
        written(archive, tmp_path / "target", **budget)
    there = [path.stat().st_size for path in (tmp_path / "target").iterdir()]
    assert sum(there) <= budget.get("total_bytes", 24)
