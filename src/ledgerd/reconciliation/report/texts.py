"""Texts of others as they are shown: what would be invisible, or turn the direction of what follows, is a mark."""

import unicodedata

_SPACES = frozenset("\t\r\n\v\f")
_JOINERS = frozenset("\u200c\u200d")
"""Words of some languages need them, and they move nothing."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shown(text: str) -> str:
    """The text in one line, with U+202E and the like as marks."""
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character in _SPACES:
        return " "
    if character not in _JOINERS and unicodedata.category(character) in _HIDDEN:
        return f"⟨U+{ord(character):04X}⟩"
    return character
