"""Text that the fonts at hand can show: what they cannot is spelled by its code point.

PDF/A allows no glyph that a font lacks, and names in a repository come from everywhere. A
character that is not there, or is not to be seen at all (a control, one that turns the
direction of what follows), reads `\\u6f22` on paper; the attached data have it as it is.
"""

import unicodedata
from collections.abc import Collection

from metadrill import glyphs

_SPACES = frozenset("\t\n\r\f ")
_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufe0e\ufe0f")
"""Places to break or to join, which every text engine leaves out where the font lacks them."""
_NEVER = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def spelled(text: str, covered: Collection[int]) -> str:
    """Given text and the code points that the fonts cover, return text that can be shown."""
    if all(ord(one) in covered and " " <= one < "\x7f" for one in text):
        return text
    return "".join(one if _shown(one, covered) else glyphs.escape(one) for one in text)


def _shown(one: str, covered: Collection[int]) -> bool:
    if one in _SPACES or one in _UNSEEN:
        return True
    return ord(one) in covered and unicodedata.category(one) not in _NEVER
