"""The views of several balances, and pages of balances in them."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import asyncpg
from ledgerapi.v1 import balance_pb2

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids
from ledgerd.core.model.filter import Term
from ledgerd.operations import deferred
from ledgerd.operations.engine import Engine
from ledgerd.wire import encode, fields, paging

_DEFERRED_MAX_BYTES = 384
"""The deferred figures of a balance: two amounts, each in two spellings of at most 40 characters, with a currency."""


class View(NamedTuple):
    """Whether a view of several balances has deferred figures, and what encodes a row for it."""

    with_deferred: bool
    encode_row: Callable[[asyncpg.Record], balance_pb2.Balance]


class BalancesRequest(paging.ListRequest, Protocol):
    """A request for a page of balances."""

    @property
    def view(self) -> int: ...


def read(reading: fields.Reading, view: int) -> View:
    """A view of several balances. Where none is given, it is BASIC."""
    name = reading.enum("view", balance_pb2.BalanceView, view)
    return View(name == "DEFERRED", encode.balance if name in ("DECIMALS", "DEFERRED") else encode.plain_balance)


def with_deferred(balance: balance_pb2.Balance, found: deferred.Queued) -> balance_pb2.Balance:
    """The balance with its deferred figures."""
    debit, credit = found[_key(balance)]
    balance.deferred_debit.CopyFrom(encode.amount(debit, balance.precision, balance.currency))
    balance.deferred_credit.CopyFrom(encode.amount(credit, balance.precision, balance.currency))
    return balance


async def page(
    engine: Engine, caller: Caller, request: BalancesRequest, named: paging.List, *within: Term
) -> paging.Answer[balance_pb2.Balance]:
    """The page of balances that a request names, in its view."""
    with fields.reading() as reading:
        view = read(reading, request.view)
    later_bytes = _DEFERRED_MAX_BYTES if view.with_deferred else 0
    found = await paging.answer(engine, caller, request, named, view.encode_row, *within, later_bytes=later_bytes)
    if view.with_deferred:
        figures = await deferred.of(engine, caller, {_key(balance) for balance in found.items})
        for balance in found.items:
            with_deferred(balance, figures)
    return found


def _key(balance: balance_pb2.Balance) -> str:
    return ids.decode_hex(ids.BALANCE, balance.id) or ""
