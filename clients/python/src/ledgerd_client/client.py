"""The client: one channel, the stubs on it, and short forms of the most common calls."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import grpc
from ledgerapi.v1.balance_pb2 import Balance, IndicatorKey
from ledgerapi.v1.draft_pb2 import Share
from ledgerapi.v1.identity_service_pb2_grpc import IdentityServiceStub
from ledgerapi.v1.ledger_service_pb2 import GetBalanceRequest
from ledgerapi.v1.ledger_service_pb2_grpc import LedgerServiceStub
from ledgerapi.v1.monitor_service_pb2_grpc import MonitorServiceStub
from ledgerapi.v1.transaction_service_pb2 import PostTransactionRequest, PostTransactionResponse
from ledgerapi.v1.transaction_service_pb2_grpc import TransactionServiceStub

from ledgerd_client.channel import Option, open_channel
from ledgerd_client.drafts import draft

if TYPE_CHECKING:  # These names exist for type checkers only.
    from ledgerapi.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from ledgerapi.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub
    from ledgerapi.v1.monitor_service_pb2_grpc import MonitorServiceAsyncStub
    from ledgerapi.v1.transaction_service_pb2_grpc import TransactionServiceAsyncStub

DEADLINE_SECONDS = 10.0


class LedgerClient:
    """A client of one ledgerd service. Create it inside a running event loop; close it, or use `async with`.

    The stubs take and return the messages of `ledgerapi.v1`. Their failures are raised as `LedgerError`. Unary calls
    have the default deadline unless they have their own (`timeout=`); streams have none. Calls that failed with
    UNAVAILABLE are retried where that is safe, as the service config of `ledgerapi.v1` says.

    Args:
        target: Where the service is: "host:port", "unix:path", or any other gRPC target.
        credentials: Credentials of the channel, such as `grpc.ssl_channel_credentials()`. None means plain text.
        deadline_seconds: Default deadline of unary calls, retries included. Above zero.
        options: Channel arguments. They take precedence over the client's own.

    Attributes:
        ledgers: Ledgers and balances.
        transactions: Movements, holds, batches, streams.
        monitors: Conditions on balances.
        identities: The people and organizations that balances belong to.
        channel: The channel, for stubs of other services such as health.

    Raises:
        RuntimeError: No event loop is running.
        ValueError: The deadline is not above zero.
    """

    ledgers: "LedgerServiceAsyncStub"
    transactions: "TransactionServiceAsyncStub"
    monitors: "MonitorServiceAsyncStub"
    identities: "IdentityServiceAsyncStub"
    channel: grpc.aio.Channel

    def __init__(
        self,
        target: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        options: Sequence[Option] = (),
    ) -> None:
        if not deadline_seconds > 0:
            raise ValueError("deadline_seconds must be above zero")
        asyncio.get_running_loop()  # Without one, the channel would bind itself to a loop that never runs.
        self.channel = open_channel(target, credentials, deadline_seconds, options)
        self.ledgers = LedgerServiceStub(self.channel)
        self.transactions = TransactionServiceStub(self.channel)
        self.monitors = MonitorServiceStub(self.channel)
        self.identities = IdentityServiceStub(self.channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the channel and cancels what is under way. May be called more than once."""
        await self.channel.close()

    async def post(
        self,
        reference: str,
        *,
        source: str | Sequence[Share],
        destination: str | Sequence[Share],
        currency: str,
        amount: str | Decimal | None = None,
        precise_amount: int | str | None = None,
        precision: int | None = None,
        allow_overdraft: bool = False,
        overdraft_limit: str | Decimal | None = None,
        precise_overdraft_limit: int | str | None = None,
        inflight: bool = False,
        inflight_expiry_time: datetime | None = None,
        inflight_commit_time: datetime | None = None,
        allow_over_commit: bool = False,
        queue: bool = False,
        scheduled_time: datetime | None = None,
        hold_for_review: bool = False,
        review_reason: str = "",
        check_queued: bool = False,
        description: str = "",
        group: str = "",
        tag: str = "",
        effective_time: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> PostTransactionResponse:
        """Records one movement, one hold or one split, or defers it.

        The arguments are those of `draft`, and two more: with `validate_only` the draft is only previewed (same checks,
        same rejections, nothing recorded), and `timeout` is the deadline in seconds, None for the client's.

        Returns:
            The transaction with the figures of both sides; for a split also its `legs`. `replayed` is True when an
            earlier call recorded the transaction.

        Raises:
            Rejected: A rule rejected the draft, such as INSUFFICIENT_FUNDS.
            Conflict: The reference recorded something different; `details["fields"]` names what differs.
            NotFound: A balance does not exist.
            Malformed: The draft can never pass as it is.
            Unavailable: There was no answer in time. Call again with the same reference.
            Busy: The service has reached a limit of work. Call again later.
            TypeError: An amount is a float, or something else has another type than allowed.
            ValueError: The amount has both spellings or none, or a time has no zone.
        """
        asked = draft(
            reference,
            source=source,
            destination=destination,
            currency=currency,
            amount=amount,
            precise_amount=precise_amount,
            precision=precision,
            allow_overdraft=allow_overdraft,
            overdraft_limit=overdraft_limit,
            precise_overdraft_limit=precise_overdraft_limit,
            inflight=inflight,
            inflight_expiry_time=inflight_expiry_time,
            inflight_commit_time=inflight_commit_time,
            allow_over_commit=allow_over_commit,
            queue=queue,
            scheduled_time=scheduled_time,
            hold_for_review=hold_for_review,
            review_reason=review_reason,
            check_queued=check_queued,
            description=description,
            group=group,
            tag=tag,
            effective_time=effective_time,
            metadata=metadata,
        )
        request = PostTransactionRequest(draft=asked, validate_only=validate_only)
        return await self.transactions.PostTransaction(request, timeout=timeout)

    async def get_balance(self, key: str | tuple[str, str], *, timeout: float | None = None) -> Balance:
        """Reads a balance; it sees every movement that was acknowledged before.

        Args:
            key: A balance id (`bln_...`), or an indicator and its currency: ("@World", "USD").
            timeout: Deadline in seconds. None means the client's.

        Raises:
            NotFound: There is no such balance.
            Malformed: The key is not a valid id or indicator.
            Unavailable: There was no answer in time.
            ValueError: An indicator without its currency.
        """
        if isinstance(key, str):
            if key.startswith("@"):
                raise ValueError(f'an indicator needs its currency: ("{key}", "USD")')
            request = GetBalanceRequest(balance_id=key)
        else:
            indicator, currency = key
            request = GetBalanceRequest(indicator_key=IndicatorKey(indicator=indicator, currency=currency))
        return (await self.ledgers.GetBalance(request, timeout=timeout)).balance
