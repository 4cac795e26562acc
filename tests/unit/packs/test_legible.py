"""What the fonts lack is spelled, what they have stays."""

import pytest

from metadrill.packs import legible

ASCII = frozenset(range(0x20, 0x7F)) | {0xE9, 0xE000, 0x202E}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sales.orders@prod", "sales.orders@prod"),
        ("caf\u00e9\n\tx", "caf\u00e9\n\tx"),
        ("\u6f22", r"\u6f22"),
        ("\U0001f600!", r"\U0001f600!"),
        ("soft\u00adhyphen\u200b", "soft\u00adhyphen\u200b"),
    ],
)
def test_what_a_font_lacks_is_spelled_by_its_code_point(text, shown):
    assert legible.spelled(text, ASCII) == shown


@pytest.mark.parametrize("one", ["\u202e", "\ue000", "\x1b", "\x00", "\ud800", "\uffff"])
def test_what_is_not_to_be_seen_is_spelled_even_where_a_font_has_it(one):
    assert legible.spelled(f"a{one}b", ASCII | {ord(one)}) == f"a\\u{ord(one):04x}b"
