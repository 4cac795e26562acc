"""Whatever stands in a file: a value or a DocumentError, never another exception."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from metadrill import loading
from metadrill.errors import DocumentError
from metadrill.loading import addresses, document, paths, scalars

SCENARIO = (
    "metadrill: scenario/v1\nname: any\ntitle: A title\nthreat: A threat\napplies_to: [a]\n"
    "fault: {kill: {x: 1}}\nnoticed_by: [{suite: segments}, {http: 'http://h/'}]\n"
    "recoveries: [r]\nmust_hold: [index]\n"
)
DRILL = (
    "metadrill: drill/v1\nname: any\nscenario: s\nrecovery: r\nstack: s\ndata: {dataset: d}\nseed: 1\n"
    "objectives: {rto: {limit: 15m}, rpo: {limit: 5m}}\nschedule: {cron: '0 3 1 * *', timezone: UTC}\n"
)
FRAGMENTS = st.sampled_from([
    "{", "}", "[", "]", ":", ": ", "- ", "\n", "\n  ", "&a ", "*a", "!!str ", "!", "<<", "? ", "|\n", ">-\n",
    "'", '"', "%", "@", "#", " #", "---\n", "...\n", "~", ".nan", "0x1", "1e9", "{{", "\t", "\0", "\u202e",
    "15m", "../",
])  # fmt: skip
TEXTS = st.lists(FRAGMENTS | st.text(max_size=5), max_size=30).map("".join)


def load(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.yaml"
        path.write_bytes(raw)
        try:
            value = loading.load(path, root=Path(folder))
        except DocumentError as error:
            assert error.problems
        else:
            assert value.digest and value.source == "any.yaml"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_document_error(raw: bytes) -> None:
    load(raw)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([SCENARIO, DRILL]), TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_a_file_with_any_text_put_into_it_is_a_value_or_a_document_error(
    good: str, text: str, start: float, length: float
) -> None:
    at = int(start * len(good))
    end = at + int(length * 20)
    load((good[:at] + text + good[end:]).encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_any_text_is_a_tree_or_a_document_error(text: str) -> None:
    try:
        node = document.parse(text, "any.yaml")
    except DocumentError as error:
        assert error.message.startswith("any.yaml:")
    else:
        assert node.place.line >= 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_path_and_any_address_are_accepted_or_unfit(text: str) -> None:

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for judge in (lambda value: paths.within(value, root), addresses.address):
            for written in (text, f"http://{text}", f"http://[{text}]/", f"a/{text}"):
                try:
                    assert judge(written) == written
                except scalars.Unfit as unfit:
                    assert unfit.what
