"""The client for synchronous code."""

import threading
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, Unpack, cast

import grpc
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.draft_pb2 import Share
from ledgerapi.v1.operation_pb2 import TransactionTarget
from ledgerapi.v1.transaction_service_pb2 import (
    AdjustHoldResponse,
    CancelTransactionResponse,
    CommitHoldResponse,
    PostTransactionResponse,
    RefundTransactionResponse,
    VoidHoldResponse,
)

from ledgerd_client import client as asynchronous
from ledgerd_client.balances import BalanceFields
from ledgerd_client.channel import Option
from ledgerd_client.drafts import DraftFields
from ledgerd_client.operations import AdjustFields, CancelFields, CommitFields, RefundFields, VoidFields
from ledgerd_client.sync.background import BackgroundLoop, background_loop
from ledgerd_client.sync.calls import Stub

if TYPE_CHECKING:  # These names exist for type checkers only.
    from ledgerapi.v1.admin_service_pb2_grpc import AdminServiceStub
    from ledgerapi.v1.event_service_pb2_grpc import EventServiceStub
    from ledgerapi.v1.identity_service_pb2_grpc import IdentityServiceStub
    from ledgerapi.v1.ledger_service_pb2_grpc import LedgerServiceStub
    from ledgerapi.v1.monitor_service_pb2_grpc import MonitorServiceStub
    from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub
    from ledgerapi.v1.transaction_service_pb2_grpc import TransactionServiceStub

_Result = TypeVar("_Result")


class LedgerClient:
    """A client of one ledgerd service for code without an event loop. Close it, or use `with`.

    It waits for the asynchronous client, which works on an event loop in a thread of its own. Drafts, deadlines,
    retries and errors are therefore the same. All threads of a process may share one client. It connects on first use:
    it may be made before the process is forked, but not used, because a child cannot use its parent's connections.

    Args:
        target: Where the service is: "host:port", "unix:path", or any other gRPC target.
        credentials: As for `ledgerd_client.LedgerClient`.
        deadline_seconds: As there.
        options: As there.

    Raises:
        ValueError: The deadline is not above zero.
        RuntimeError: While calling: the client is closed, or was used before the process was forked.
    """

    def __init__(
        self,
        target: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        deadline_seconds: float = asynchronous.DEADLINE_SECONDS,
        options: Sequence[Option] = (),
    ) -> None:
        asynchronous.check_deadline(deadline_seconds)

        async def connect() -> asynchronous.LedgerClient:
            return asynchronous.LedgerClient(
                target, credentials=credentials, deadline_seconds=deadline_seconds, options=options
            )

        self._connect = connect
        self._connecting = threading.Lock()
        self._connected: tuple[BackgroundLoop, asynchronous.LedgerClient] | None = None
        self._closed = False

    @property
    def connection(self) -> tuple[BackgroundLoop, asynchronous.LedgerClient]:
        """The loop and the asynchronous client that works on it. The functions of this package use it."""
        with self._connecting:
            if self._closed:
                raise RuntimeError("the client is closed")
            if self._connected is None:
                loop = background_loop()
                self._connected = loop, loop.run(self._connect())
            return self._connected

    @property
    def transactions(self) -> "TransactionServiceStub":
        """Movements, holds, batches. A stub with the methods of the generated one, except `PostStream`."""
        return cast("TransactionServiceStub", self._stub("transactions"))

    @property
    def ledgers(self) -> "LedgerServiceStub":
        """Ledgers and balances."""
        return cast("LedgerServiceStub", self._stub("ledgers"))

    @property
    def monitors(self) -> "MonitorServiceStub":
        """Conditions on balances."""
        return cast("MonitorServiceStub", self._stub("monitors"))

    @property
    def events(self) -> "EventServiceStub":
        """Everything that was committed, in one order."""
        return cast("EventServiceStub", self._stub("events"))

    @property
    def identities(self) -> "IdentityServiceStub":
        """The people and organizations that balances belong to."""
        return cast("IdentityServiceStub", self._stub("identities"))

    @property
    def reconciliations(self) -> "ReconciliationServiceStub":
        """What others say: sources, uploads, records, matching rules, runs, decisions about them, and exceptions."""
        return cast("ReconciliationServiceStub", self._stub("reconciliations"))

    @property
    def admin(self) -> "AdminServiceStub":
        """What operators decide, such as which periods are closed."""
        return cast("AdminServiceStub", self._stub("admin"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the channel and cancels what is under way. May be called more than once."""
        with self._connecting:
            self._closed = True
            connected, self._connected = self._connected, None
        if connected is not None:
            loop, client = connected
            loop.run(client.close())

    def post(
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
        """Records one movement, one hold or one split, or defers it; see `ledgerd_client.LedgerClient.post`."""
        return self._wait(
            lambda client: client.post(
                reference,
                source=source,
                destination=destination,
                currency=currency,
                validate_only=validate_only,
                timeout=timeout,
                **fields,
            )
        )

    def hold(
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
        """Holds money on both sides, until a commit or a void; see `ledgerd_client.LedgerClient.hold`."""
        fields["inflight"] = True
        return self.post(
            reference,
            source=source,
            destination=destination,
            currency=currency,
            validate_only=validate_only,
            timeout=timeout,
            **fields,
        )

    def commit(
        self,
        target: str | TransactionTarget,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[CommitFields],
    ) -> CommitHoldResponse:
        """Moves what a hold holds, or a part of it; see `ledgerd_client.LedgerClient.commit`."""
        return self._wait(lambda client: client.commit(target, validate_only=validate_only, timeout=timeout, **fields))

    def void(
        self,
        target: str | TransactionTarget,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[VoidFields],
    ) -> VoidHoldResponse:
        """Releases what remains of a hold; see `ledgerd_client.LedgerClient.void`."""
        return self._wait(lambda client: client.void(target, validate_only=validate_only, timeout=timeout, **fields))

    def adjust(
        self,
        target: str | TransactionTarget,
        reference: str,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[AdjustFields],
    ) -> AdjustHoldResponse:
        """Lets an open hold hold more or less, or for another time; see `ledgerd_client.LedgerClient.adjust`."""
        return self._wait(
            lambda client: client.adjust(target, reference, validate_only=validate_only, timeout=timeout, **fields)
        )

    def refund(
        self,
        target: str | TransactionTarget,
        reference: str,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[RefundFields],
    ) -> RefundTransactionResponse:
        """Moves back what a transaction moved, or a part of it; see `ledgerd_client.LedgerClient.refund`."""
        return self._wait(
            lambda client: client.refund(target, reference, validate_only=validate_only, timeout=timeout, **fields)
        )

    def cancel(
        self,
        target: str | TransactionTarget,
        *,
        validate_only: bool = False,
        timeout: float | None = None,
        **fields: Unpack[CancelFields],
    ) -> CancelTransactionResponse:
        """Cancels a deferred transaction, or those of a batch; see `ledgerd_client.LedgerClient.cancel`."""
        return self._wait(lambda client: client.cancel(target, validate_only=validate_only, timeout=timeout, **fields))

    def open_balance(
        self, currency: str, *, request_id: str = "", timeout: float | None = None, **fields: Unpack[BalanceFields]
    ) -> Balance:
        """Opens a balance; see `ledgerd_client.LedgerClient.open_balance`."""
        return self._wait(
            lambda client: client.open_balance(currency, request_id=request_id, timeout=timeout, **fields)
        )

    def get_balance(self, key: str | tuple[str, str], *, timeout: float | None = None) -> Balance:
        """Reads a balance; see `ledgerd_client.LedgerClient.get_balance`."""
        return self._wait(lambda client: client.get_balance(key, timeout=timeout))

    def _wait(self, call: Callable[[asynchronous.LedgerClient], Awaitable[_Result]]) -> _Result:
        loop, client = self.connection

        async def work() -> _Result:
            return await call(client)

        return loop.run(work())

    def _stub(self, name: str) -> Stub:
        loop, client = self.connection
        return Stub(loop, getattr(client, name))
