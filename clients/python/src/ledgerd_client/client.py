"""The client: one channel, the stubs on it, and short forms of the most common calls."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

import grpc
from ledgerapi.v1.admin_service_pb2_grpc import AdminServiceStub
from ledgerapi.v1.balance_pb2 import Balance, IndicatorKey
from ledgerapi.v1.draft_pb2 import Share
from ledgerapi.v1.event_service_pb2_grpc import EventServiceStub
from ledgerapi.v1.identity_service_pb2_grpc import IdentityServiceStub
from ledgerapi.v1.ledger_service_pb2 import CreateBalanceRequest, GetBalanceRequest
from ledgerapi.v1.ledger_service_pb2_grpc import LedgerServiceStub
from ledgerapi.v1.monitor_service_pb2_grpc import MonitorServiceStub
from ledgerapi.v1.operation_pb2 import TransactionTarget
from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub
from ledgerapi.v1.transaction_service_pb2 import (
    AdjustHoldRequest,
    AdjustHoldResponse,
    CancelTransactionRequest,
    CancelTransactionResponse,
    CommitHoldRequest,
    CommitHoldResponse,
    PostTransactionRequest,
    PostTransactionResponse,
    RefundTransactionRequest,
    RefundTransactionResponse,
    VoidHoldRequest,
    VoidHoldResponse,
)
from ledgerapi.v1.transaction_service_pb2_grpc import TransactionServiceStub

from ledgerd_client.balances import BalanceFields, balance
from ledgerd_client.channel import Option, open_channel
from ledgerd_client.drafts import DraftFields, draft
from ledgerd_client.operations import (
    AdjustFields,
    CancelFields,
    CommitFields,
    RefundFields,
    VoidFields,
    adjust_hold,
    cancel,
    commit_hold,
    refund,
    void_hold,
)

if TYPE_CHECKING:  # These names exist for type checkers only.
    from ledgerapi.v1.admin_service_pb2_grpc import AdminServiceAsyncStub
    from ledgerapi.v1.event_service_pb2_grpc import EventServiceAsyncStub
    from ledgerapi.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from ledgerapi.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub
    from ledgerapi.v1.monitor_service_pb2_grpc import MonitorServiceAsyncStub
    from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceAsyncStub
    from ledgerapi.v1.transaction_service_pb2_grpc import TransactionServiceAsyncStub

DEADLINE_SECONDS = 10.0


def check_deadline(seconds: float) -> None:
    """A deadline of nothing would fail every call."""
    if not seconds > 0:
        raise ValueError("deadline_seconds must be above zero")


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
        events: Everything that was committed, in one order.
        identities: The people and organizations that balances belong to.
        reconciliations: What others say: their sources, uploads and records, the rules by which these are matched,
            runs, decisions about what they found, adjustments, and exceptions.
        admin: What operators decide, such as which periods are closed.
        channel: The channel, for stubs of other services such as health.

    Raises:
        RuntimeError: No event loop is running.
        ValueError: The deadline is not above zero.
    """

    ledgers: "LedgerServiceAsyncStub"
    transactions: "TransactionServiceAsyncStub"
    monitors: "MonitorServiceAsyncStub"
    events: "EventServiceAsyncStub"
    identities: "IdentityServiceAsyncStub"
    reconciliations: "ReconciliationServiceAsyncStub"
    admin: "AdminServiceAsyncStub"
    channel: grpc.aio.Channel

    def __init__(
        self,
        target: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        options: Sequence[Option] = (),
    ) -> None:
        check_deadline(deadline_seconds)
        asyncio.get_running_loop()  # Without one, the channel would bind itself to a loop that never runs.
        self.channel = open_channel(target, credentials, deadline_seconds, options)
        self.ledgers = LedgerServiceStub(self.channel)
        self.transactions = TransactionServiceStub(self.channel)
        self.monitors = MonitorServiceStub(self.channel)
        self.events = EventServiceStub(self.channel)
        self.identities = IdentityServiceStub(self.channel)
        self.reconciliations = ReconciliationServiceStub(self.channel)
        self.admin = AdminServiceStub(self.channel)

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
        currency: str = "",
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[DraftFields],
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
        made = draft(reference, source=source, destination=destination, currency=currency, **fields)
        request = PostTransactionRequest(draft=made, validate_only=validate_only)
        return await self.transactions.PostTransaction(request, timeout=timeout)

    async def hold(
        self,
        reference: str,
        *,
        source: str | Sequence[Share],
        destination: str | Sequence[Share],
        currency: str = "",
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[DraftFields],
    ) -> PostTransactionResponse:
        """Holds money on both sides, until a commit or a void: `post` with `inflight`."""
        fields["inflight"] = True
        return await self.post(
            reference,
            source=source,
            destination=destination,
            currency=currency,
            validate_only=validate_only,
            timeout=timeout,
            **fields,
        )

    async def commit(
        self,
        target: str | TransactionTarget,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[CommitFields],
    ) -> CommitHoldResponse:
        """Moves what a hold holds, or a part of it.

        Args:
            target: The caller's own reference of the hold or split, or its id, or the id of a batch.
            validate_only: As for `post`.
            timeout: As for `post`.
            **fields: As for `commit_hold`.

        Returns:
            The commit, and the hold with what remains of it.

        Raises:
            LedgerError: As for `post`.
        """
        request = CommitHoldRequest(commit_hold=commit_hold(target, **fields), validate_only=validate_only)
        return await self.transactions.CommitHold(request, timeout=timeout)

    async def void(
        self,
        target: str | TransactionTarget,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[VoidFields],
    ) -> VoidHoldResponse:
        """Releases what remains of a hold. The arguments are those of `commit` and `void_hold`."""
        request = VoidHoldRequest(void_hold=void_hold(target, **fields), validate_only=validate_only)
        return await self.transactions.VoidHold(request, timeout=timeout)

    async def adjust(
        self,
        target: str | TransactionTarget,
        reference: str,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[AdjustFields],
    ) -> AdjustHoldResponse:
        """Lets an open hold hold more or less, or expire or be committed at another time.

        The arguments are those of `commit` and `adjust_hold`.
        """
        request = AdjustHoldRequest(adjust_hold=adjust_hold(target, reference, **fields), validate_only=validate_only)
        return await self.transactions.AdjustHold(request, timeout=timeout)

    async def refund(
        self,
        target: str | TransactionTarget,
        reference: str,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[RefundFields],
    ) -> RefundTransactionResponse:
        """Moves back what a transaction moved, or a part of it. The arguments are those of `commit` and `refund`."""
        request = RefundTransactionRequest(refund=refund(target, reference, **fields), validate_only=validate_only)
        return await self.transactions.RefundTransaction(request, timeout=timeout)

    async def cancel(
        self,
        target: str | TransactionTarget,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[CancelFields],
    ) -> CancelTransactionResponse:
        """Cancels a deferred transaction, or those of a batch. The arguments are those of `commit` and `cancel`.

        The answer has the cancellation as `transaction`, and the cancelled transaction as `amended`.
        """
        request = CancelTransactionRequest(cancel=cancel(target, **fields), validate_only=validate_only)
        return await self.transactions.CancelTransaction(request, timeout=timeout)

    async def open_balance(
        self, currency: str, *, request_id: str = "", timeout: float | None = None, **fields: Unpack[BalanceFields]
    ) -> Balance:
        """Opens a balance.

        Args:
            currency: Such as "USD".
            request_id: The caller's unique key of this call, at most 128 characters: calling again with the same key
                and the same content returns the same balance. Without one the call cannot be repeated safely.
            timeout: As for `post`.
            **fields: As for `balance`.

        Raises:
            Conflict: The request id was used for something else, or the indicator is taken.
            LedgerError: As for `post`.
        """
        request = CreateBalanceRequest(balance=balance(currency, **fields), request_id=request_id)
        return (await self.ledgers.CreateBalance(request, timeout=timeout)).balance

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
