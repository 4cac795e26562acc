"""JSON: whatever is read or written, the standard library would have read or written the same."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadrill import json_text

WHOLE = st.integers(-(2**70), 2**70)
TEXT = st.text(st.characters(codec=None), max_size=8) | st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def same(one, other):
    """Equal, of the same kinds, not-a-number and minus zero included."""
    return repr(one) == repr(other)


@given(VALUES, st.booleans())
def test_what_is_read_is_what_the_standard_library_reads(value, ascii_only):
    content = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        expected = json.loads(content.decode())
    except ValueError:
        with pytest.raises(ValueError):
            json_text.read(content)
        return
    assert same(json_text.read(content), expected)


@pytest.mark.parametrize(
    "content",
    [
        b"-0", b"-0.0", b"1E400", b"-1e-400", b"NaN", b"[Infinity]", b'"\\ud800"', b'{"a":1,"a":2}', b" 1 ",
        b"0.1e1", b"18446744073709551616", b"9007199254740993", b"1e0", b"123456789012345678",
    ],
)  # fmt: skip
def test_a_strange_number_or_text_is_read_alike(content):
    assert same(json_text.read(content), json.loads(content))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1,]", b"'a'", b"\xff", b"{1:2}", b"01", b'"\n"', b"\xef\xbb\xbf1"]
)
def test_what_is_no_json_is_refused(content):
    with pytest.raises(ValueError):
        json.loads(content.decode())
    with pytest.raises(ValueError):
        json_text.read(content)


@given(PLAIN)
def test_what_is_written_is_what_the_standard_library_writes(value):
    expected = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    assert json_text.ordered(value) == expected


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError):
        json_text.ordered({"a": object()})
    assert math.isnan(json_text.read(b"NaN"))
