import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ledgerd_client import LedgerClient

sys.path.insert(0, str(Path(__file__).parent))  # For fake_ledger, whichever way pytest imports the tests.

from fake_ledger import FakeLedger, serving


@pytest.fixture
async def ledger() -> AsyncIterator[FakeLedger]:
    async with serving() as fake:
        yield fake


@pytest.fixture
async def client(ledger: FakeLedger) -> AsyncIterator[LedgerClient]:
    async with LedgerClient(ledger.target) as connected:
        yield connected
