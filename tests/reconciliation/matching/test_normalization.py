"""What texts are before they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.matching_rule import Normalization
from ledgerd.reconciliation.matching.normalize import OCCURRENCES_MAX, Pattern, PatternInvalid, normalize, text_values

CASE, ACCENTS, PUNCTUATION, SPACES, LEADING_ZEROS = Normalization
NONE = frozenset()


@pytest.mark.parametrize(
    ("normalizations", "text", "expected"),
    [
        ([], " Café  No. 7 ", " Café  No. 7 "),
        ([CASE], "INV-a", "inv-a"),
        ([CASE], "Straße", "strasse"),
        ([CASE], "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ([ACCENTS], "Café Müller", "Cafe Muller"),
        ([ACCENTS], "Cafe\u0301", "Cafe"),
        ([ACCENTS], "ﬁne ①", "fine 1"),
        ([ACCENTS], "Łódź", "Łodz"),
        ([ACCENTS], "हिन्दी", "हिनदी"),  # The virama is a combining mark, the signs of vowels are letters' own.
        ([PUNCTUATION], "INV-001/a_b (c)", "INV001ab c"),
        ([PUNCTUATION], "Rück-überweisung…", "Rücküberweisung"),
        ([PUNCTUATION], "हिन्दी!", "हिन्दी"),
        ([PUNCTUATION], "a\tb", "a\tb"),
        ([SPACES], "  a \t b\u00a0c\n", "a b c"),
        ([LEADING_ZEROS], "000123", "123"),
        ([LEADING_ZEROS], "00A1", "A1"),
        ([LEADING_ZEROS], "0000", "0"),
        ([LEADING_ZEROS], "0.50", "0.50"),
        ([LEADING_ZEROS], "00.50", "0.50"),
        ([LEADING_ZEROS], "INV-007", "INV-007"),
        ([LEADING_ZEROS], " 007", " 007"),
        ([SPACES, LEADING_ZEROS], " 007", "7"),
        ([PUNCTUATION, LEADING_ZEROS], "-007", "7"),
        ([PUNCTUATION, SPACES], "a - b", "a b"),
        ([ACCENTS, PUNCTUATION], "½", "12"),
        (list(Normalization), "  ÉTÉ - 2026,  Nº 00", "ete 2026 no 00"),
        (list(Normalization), " -- ", ""),
    ],
)
def test_texts_are_normalized(normalizations, text, expected):
    assert normalize(text, frozenset(normalizations)) == expected


@given(st.text(), st.sampled_from(Normalization))
def test_a_normalization_done_twice_is_done_once(text, normalization):
    once = normalize(text, frozenset({normalization}))
    assert normalize(once, frozenset({normalization})) == once


@given(st.text())
def test_plain_characters_take_the_same_way_as_all_others(text):
    plain = "".join(character for character in text if character.isascii())
    for normalization in Normalization:
        whole = normalize(plain + "é", frozenset({normalization}))
        assert whole[:-1].rstrip() == normalize(plain + "e", frozenset({normalization}))[:-1].rstrip()


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"INV-\d+", "for INV-12, INV-13 and INV-12", ("INV-12", "INV-13")),
        (r"INV-(\d+)", "for INV-12 and INV-13", ("12", "13")),
        (r"(?i)inv-(\d+)-(\d+)", "INV-12-34", ("12",)),
        (r"(?:RF)(\d+)?x", "RFx RF7x", ("7",)),
        (r"\d*", "a1b22", ("1", "22")),
        (r"Ü(.)", "ÄÜÖ", ("Ö",)),
        (r"\d+", "none here", ()),
        (r"\d+", "", ()),
    ],
)
def test_every_occurrence_is_extracted(pattern, text, expected):
    assert text_values(pattern, NONE)(text) == expected


def test_what_is_extracted_is_normalized_then():
    values = text_values(r"No ?([0-9 -]+)", frozenset({PUNCTUATION, SPACES, LEADING_ZEROS}))
    assert values("No 00-7 and No 07 and No --") == ("7",)


def test_of_a_long_text_the_first_occurrences_count():
    numbers = [str(number) for number in range(OCCURRENCES_MAX + 50)]
    assert text_values(r"\d+", NONE)(" ".join(numbers)) == tuple(numbers[:OCCURRENCES_MAX])


def test_a_text_that_becomes_empty_has_no_value():
    assert text_values("", frozenset({PUNCTUATION}))("--") == ()
    assert text_values("", NONE)("") == ()
    assert text_values("", NONE)("-") == ("-",)


@pytest.mark.parametrize(
    "pattern", ["(", r"(a)\1", "(?=a)", "a{2000}", "((a{100}){100}){100}", r"(\pL{900}){1}\pL{900}\pN{900}"]
)
def test_patterns_that_cannot_be_bounded_are_rejected(pattern):
    with pytest.raises(PatternInvalid):
        Pattern(pattern)


def test_a_pattern_that_makes_others_run_for_ever_ends():
    assert not Pattern("(a+)+$").is_in("a" * 1_000 + "b")
