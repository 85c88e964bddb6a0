"""Which texts callers may hand over: one rule for every label, and one for what has several lines.

A label is a reference, a request id, a group or tag, a name, an attribute of an identity, who decided. It is one line
with Unicode's graphic characters (letters, marks, numbers, punctuation, symbols, spaces) and with the two joiners, as
Persian and many emoji need them. So it has no controls, no line or paragraph separators, no marks or overrides of
writing direction, and nothing that is private or unassigned. Prose may also have tabs and line breaks.

Texts are kept and compared code point by code point, never normalised. What is recorded was tested by the rule of its
time and is not tested again: a request is rejected for its texts only after its reference was found to record nothing.
"""

from ledgerd.core.model import limits

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Category Zs but for U+0020. Python's ``isprintable`` takes all other graphic characters and nothing else."""
_JOINERS = "\u200c\u200d"
_ALSO_IN_LABELS = str.maketrans("", "", _SPACES + _JOINERS)
_ALSO_IN_PROSE = str.maketrans("", "", _SPACES + _JOINERS + "\t\n\r")

LABEL_FORM = "printable characters on one line"
PROSE_FORM = "printable characters, tabs and line breaks"


def is_label(value: str, max_chars: int) -> bool:
    """Whether this is a label of 1 to so many characters."""
    return 0 < len(value) <= max_chars and (value.isprintable() or value.translate(_ALSO_IN_LABELS).isprintable())


def is_prose(value: str, max_chars: int) -> bool:
    """Whether this is prose of 1 to so many characters."""
    return 0 < len(value) <= max_chars and (value.isprintable() or value.translate(_ALSO_IN_PROSE).isprintable())


def is_reference(value: str) -> bool:
    """Whether a caller may give this as a reference: a label that does not begin as the service's own do."""
    return is_label(value, limits.REFERENCE_MAX_CHARS) and not value.startswith(limits.RESERVED_PREFIX)
