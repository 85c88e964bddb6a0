"""Pages of lists. A page that an index bounds is read at once; the others take turns."""

from ledgerd.access.caller import Caller
from ledgerd.operations.costly import cut_off
from ledgerd.operations.engine import Engine
from ledgerd.store import lists
from ledgerd.store.lists import Listing, Page, Wanted


async def page(engine: Engine, caller: Caller, listing: Listing, wanted: Wanted) -> Page:
    """One page of a list. Raises Rejected: READ_TOO_COSTLY."""
    async with engine.pool.acquire() as connection:
        if not await lists.is_costly(connection, listing, wanted):
            with cut_off(engine.costly.seconds):
                return await lists.page(connection, listing, wanted)
    async with engine.costly.turn() as connection:
        return await lists.page(connection, listing, wanted)
