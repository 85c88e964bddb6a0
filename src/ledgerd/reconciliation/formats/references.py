"""The references of a record: in the order of trust, none twice, and none that only says that there is none."""

from collections.abc import Iterable

from ledgerd.core.model.external_record import REFERENCES_MAX
from ledgerd.reconciliation.formats.reading import identifier

NOT_GIVEN = frozenset(("NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "KREF+", "EREF"))
"""What S.W.I.F.T. and SEPA write where a reference is mandatory: there is none, or it stands in another field."""


def references(given: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The references among these names and texts; rejected where one has what a reference may not have."""
    found = (identifier(text, name) for name, text in given)
    return tuple(dict.fromkeys(text for text in found if text and text.upper() not in NOT_GIVEN))[:REFERENCES_MAX]
