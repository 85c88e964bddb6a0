"""Who makes a call. Every operation gets the caller, and its transactions keep the caller's name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes one call.

    ``principal`` names the party that the call is made for, None where it is unknown. Transactions keep it as
    ``created_by``. ``call_id`` ties the call to its log lines. It is None for work without a call.
    """

    principal: str | None
    call_id: str | None = None


ANONYMOUS = Caller(None)
"""A caller that nobody has identified."""
SERVICE = Caller(None)
"""The service itself, for the work of its workers."""
ARRIVAL = Caller("ledgerd:arrival")
"""The service itself, where it begins and confirms something because records arrived. No caller has such a name."""
