"""Text from a repository with what cannot be seen in it made seen."""

import unicodedata


def visible(text: str) -> str:
    """Given text from a repository, return it with what cannot be seen shown as its escape.

    Control characters end lines and comments, bidirectional marks make a name look like
    another one, and XML 1.0 has no place for either: category C of Unicode, all of it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(escape(char) if unicodedata.category(char)[0] == "C" else char for char in text)


def escape(char: str) -> str:
    """Given a character, return its escape: `\\n`, `\\u6f22`."""
    code = ord(char)
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(
        char, f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
