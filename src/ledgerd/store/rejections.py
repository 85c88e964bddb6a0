"""Rejections as JSON text, whole: with the malformed fields, of which there may be many."""

import json

from ledgerd.core.model.rejection import Reason, Rejection, Violation

VIOLATIONS_MAX = 20
"""More are counted in the details, not kept."""


def to_json(rejection: Rejection) -> str:
    """The text that from_json reads."""
    count = len(rejection.violations)
    told = dict(rejection.details) | ({"violations": str(count)} if count > VIOLATIONS_MAX else {})
    stored: dict[str, object] = {"reason": rejection.reason.value, "details": told}
    if count:
        stored["violations"] = rejection.violations[:VIOLATIONS_MAX]
    return json.dumps(stored)


def from_json(text: str) -> Rejection:
    """The rejection that to_json wrote."""
    stored = json.loads(text)
    violations = tuple(Violation(*one) for one in stored.get("violations", ()))
    return Rejection(Reason(stored["reason"]), stored["details"], violations)
