"""Who asks: every operation is told, and what it records keeps the name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes one call.

    ``principal`` names whom the call is made for, None where nobody is known; transactions keep it as
    ``created_by``. ``request_id`` ties the call to its log lines, None for work without a call.
    """

    principal: str | None
    request_id: str | None = None


ANONYMOUS = Caller(None)
"""A caller that nobody has identified."""
SERVICE = Caller(None)
"""The service itself: what its workers do when it is due."""
