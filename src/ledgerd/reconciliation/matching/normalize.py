"""Texts before they are compared: what is extracted from them, and how they are normalized."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import islice

import re2

from ledgerd.core.model.matching_rule import Normalization

PATTERN_MEMORY_MAX_BYTES = 1024 * 1024
"""What a pattern may take once it is compiled."""
OCCURRENCES_MAX = 100
"""How many matches of an extraction count in one text: the first ones."""
_TEXTS_REMEMBERED = 1 << 13

_LEADING_ZEROS = re.compile(r"0+(?=[^\W_])")
_ASCII_PUNCTUATION = str.maketrans("", "", "".join(c for c in map(chr, range(128)) if not (c.isalnum() or c.isspace())))


def _fold_case(text: str) -> str:
    return text.casefold()


def _drop_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _drop_punctuation(text: str) -> str:
    if text.isascii():
        return text.translate(_ASCII_PUNCTUATION)
    # A mark belongs to its letter: many scripts write vowels with them.
    return "".join(c for c in text if c.isalnum() or c.isspace() or unicodedata.category(c).startswith("M"))


def _join_words(text: str) -> str:
    return " ".join(text.split())


def _drop_leading_zeros(text: str) -> str:
    return _LEADING_ZEROS.sub("", text, count=1) if text.startswith("0") else text


_STEPS: dict[Normalization, Callable[[str], str]] = {
    Normalization.CASE: _fold_case,
    Normalization.ACCENTS: _drop_accents,
    Normalization.PUNCTUATION: _drop_punctuation,
    Normalization.SPACES: _join_words,
    Normalization.LEADING_ZEROS: _drop_leading_zeros,
}


def normalize(text: str, normalizations: frozenset[Normalization]) -> str:
    """The text after these normalizations, in the order in which ``Normalization`` declares them."""
    for step in Normalization:
        if step in normalizations:
            text = _STEPS[step](text)
    return text


class Pattern:
    """A pattern of RE2, which takes time in proportion to the text whatever the pattern is.

    Raises ``PatternInvalid`` where it is none, or where it takes more than ``PATTERN_MEMORY_MAX_BYTES``.
    """

    def __init__(self, pattern: str) -> None:
        options = re2.Options()
        options.max_mem = PATTERN_MEMORY_MAX_BYTES
        options.log_errors = False
        try:
            self._compiled = re2.compile(pattern, options)
        except re2.error as error:
            raise PatternInvalid(str(error)) from error
        self._group = 1 if self._compiled.groups else 0

    def is_in(self, text: str) -> bool:
        """Whether the text contains a match."""
        return self._compiled.search(text) is not None

    def extract(self, text: str) -> tuple[str, ...]:
        """What the first group matches (or all of the pattern, where it has no group), once for every occurrence.

        An occurrence whose group matches nothing has no value. Of one text the first ``OCCURRENCES_MAX`` with a value
        count.
        """
        values = (match.group(self._group) for match in self._compiled.finditer(text))
        return tuple(islice(filter(None, values), OCCURRENCES_MAX))


class PatternInvalid(ValueError):
    """RE2 does not take the pattern."""


def text_values(extraction: str, normalizations: frozenset[Normalization]) -> Callable[[str], tuple[str, ...]]:
    """How a text becomes what is compared: extracted first, normalized then. A text that becomes empty has no value."""
    pattern = Pattern(extraction) if extraction else None
    steps = tuple(_STEPS[step] for step in Normalization if step in normalizations)
    if pattern is None and not steps:
        return _as_it_is
    # The same text is read for its keys, for its signature and for every pair.
    return lru_cache(maxsize=_TEXTS_REMEMBERED)(partial(_values, pattern, steps))


def _as_it_is(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _values(pattern: Pattern | None, steps: tuple[Callable[[str], str], ...], text: str) -> tuple[str, ...]:
    values: dict[str, None] = {}
    for value in (text,) if pattern is None else pattern.extract(text):
        for step in steps:
            value = step(value)  # noqa: PLW2901
        if value:
            values[value] = None
    return tuple(values)
