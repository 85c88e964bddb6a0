"""Separation of duties: where it is demanded, whoever proposes something does not confirm it."""

from ledgerd.access.caller import Caller


def may_confirm(caller: Caller, proposer: str | None, *, is_demanded: bool) -> bool:
    """Whether a caller may confirm what ``proposer`` proposed.

    Where another caller is demanded, one whom nobody has identified cannot show to be another one.
    """
    if not is_demanded:
        return True
    return caller.principal is not None and caller.principal != proposer
