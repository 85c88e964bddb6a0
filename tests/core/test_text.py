"""Labels and prose, character by character."""

import sys
import unicodedata

from ledgerd.core.model.text import is_label, is_prose

JOINERS = "\u200c\u200d"


def test_the_rule_is_that_of_unicode_for_every_character_there_is() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        category = unicodedata.category(character)
        is_graphic = category[0] in "LMNPS" or category == "Zs"
        assert is_label(character, 1) == (is_graphic or character in JOINERS), (hex(number), category)
        assert is_prose(character, 1) == (is_graphic or character in JOINERS or character in "\t\n\r"), hex(number)


def test_a_text_is_as_long_as_it_has_characters() -> None:
    for rule in (is_label, is_prose):
        assert [rule(text, 3) for text in ("", "é", "𐍈𐍈𐍈", "abcd", "a\u200cb", "a\u200cb\u200c")] == [
            *(False, True, True, False, True, False)
        ]
