"""Pages of lists. A page that an index bounds is read at once; the others take turns."""

from ledgerd.access.caller import Caller
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations.costly import cut_off
from ledgerd.operations.engine import Engine
from ledgerd.store import lists, walks
from ledgerd.store.list_terms import Listing, field_to_add
from ledgerd.store.lists import Page, Wanted


async def page(engine: Engine, caller: Caller, listing: Listing, wanted: Wanted) -> Page:
    """One page of a list. Raises Rejected: READ_TOO_COSTLY, with the field that would make it cheaper."""
    field = field_to_add(listing, wanted.terms)
    async with engine.pool.acquire() as connection:
        with cut_off(engine.costly.seconds, field):
            walk = await lists.find_walk(connection, listing, wanted)
            if walk is not None and len(walk.balances) > walks.BALANCES_MAX:
                raise reject(Reason.READ_TOO_COSTLY, cause="balances", limit=walks.BALANCES_MAX, field="currency")
            if not await lists.is_costly(connection, listing, wanted, walk):
                return await lists.page(connection, listing, wanted, walk)
    async with engine.costly.turn(field) as connection:
        return await lists.page(connection, listing, wanted, walk)
