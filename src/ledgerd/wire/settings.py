"""Decodes settings: of ledgers, balances and monitors. Those of identities are decoded in identities.py.

``changed`` are the paths of a field mask, None in a create. With a mask only the fields that it names
are read, so a caller may send the whole resource as it was received.
"""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from google.protobuf.message import Message
from ledgerapi.v1 import balance_pb2, ledger_pb2, ledger_service_pb2, monitor_pb2, service_settings_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.monitor import Comparison, Field, Trigger
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import balances, ledgers, monitors, service_settings
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.wire import fields
from ledgerd.wire.fields import Reading

Mask = Collection[str] | None


def request_id(read: Reading, value: str) -> str | None:
    """The caller's key of a create, None where it is empty."""
    return read.optional_label("request_id", value, limits.REQUEST_ID_MAX_CHARS)


def narrow(message: Message, changed: Mask) -> None:
    """Clear the fields that the mask does not name."""
    if changed is not None:
        for name in message.DESCRIPTOR.fields_by_name:
            if name not in changed:
                message.ClearField(name)


# Ledgers, balances -----------------------------------------------------------------------------


def ledger(read: Reading, message: ledger_pb2.Ledger, changed: Mask = None) -> ledgers.Settings:
    narrow(message, changed)
    name = message.name
    if changed is None or "name" in changed:
        name = read.label("ledger.name", name, limits.NAME_MAX_CHARS)
    return ledgers.Settings(name=name, metadata=read.metadata("ledger.metadata", message.metadata))


def service(
    read: Reading, message: service_settings_pb2.ServiceSettings, changed: Mask = None
) -> service_settings.Settings:
    """The settings of the service."""
    narrow(message, changed)
    code = message.default_currency
    return service_settings.Settings(
        default_currency=read.currency("service_settings.default_currency", code) if code else None
    )


def new_balance(read: Reading, message: balance_pb2.Balance, path: str = "balance") -> balances.Draft:
    """A balance to be created, which the request names by this path. A balance with an indicator belongs to the General
    Ledger."""
    indicator = read.indicator(f"{path}.indicator", message.indicator)
    ledger_id = GENERAL_LEDGER
    if message.ledger_id or indicator is None:
        ledger_id = read.id(f"{path}.ledger_id", message.ledger_id, ids.LEDGER)
    if indicator is not None and ledger_id != GENERAL_LEDGER:
        read.wrong(f"{path}.ledger_id", "must be empty or the General Ledger where an indicator is given")
    return balances.Draft(
        ledger_id=ledger_id,
        indicator=indicator,
        currency=read.currency(f"{path}.currency", message.currency),
        precision=read.precision(f"{path}.precision", message.precision),
        settings=balance(read, message, path=path),
        path=path,
    )


def balance(
    read: Reading, message: balance_pb2.Balance, changed: Mask = None, path: str = "balance"
) -> balances.Settings:
    narrow(message, changed)
    strategy = read.enum(f"{path}.allocation_strategy", balance_pb2.AllocationStrategy, message.allocation_strategy)
    if message.track_fund_lineage:
        raise fields.unsupported(f"{path}.track_fund_lineage")
    if strategy != "UNSPECIFIED":
        raise fields.unsupported(f"{path}.allocation_strategy")
    return balances.Settings(
        identity_id=read.optional_id(f"{path}.identity_id", message.identity_id, ids.IDENTITY),
        floor=read.amount(f"{path}.floor", message.floor) if message.HasField("floor") else None,
        ceiling=read.amount(f"{path}.ceiling", message.ceiling) if message.HasField("ceiling") else None,
        group=read.optional_label(f"{path}.group", message.group, limits.LABEL_MAX_CHARS),
        tag=read.optional_label(f"{path}.tag", message.tag, limits.LABEL_MAX_CHARS),
        track_fund_lineage=False,
        allocation_strategy="FIFO",
        metadata=read.metadata(f"{path}.metadata", message.metadata),
    )


def several_balances(requests: Sequence[ledger_service_pb2.CreateBalanceRequest]) -> list[balances.Draft]:
    """The balances of a batch. Raises Rejected: FIELD_INVALID for the first that is malformed, TOO_MANY_ITEMS."""
    fields.bounded("requests", len(requests), limits.BATCH_CREATE_MAX_ITEMS)
    drafts = []
    for place, request in enumerate(requests):
        with fields.reading() as read:
            in_batch(read, place, request.request_id)
            drafts.append(new_balance(read, request.balance, f"requests[{place}].balance"))
    return drafts


def in_batch(read: Reading, place: int, request_id_of_item: str) -> None:
    """A batch has one request id, and its items have none."""
    if request_id_of_item:
        read.wrong(f"requests[{place}].request_id", "must be empty: the batch has one")


def reason(read: Reading, value: str) -> str | None:
    """The reason for a change of a balance's status, None where it is empty."""
    return read.prose("reason", value)


def indicator_key(read: Reading, field: str, message: balance_pb2.IndicatorKey) -> tuple[str, str]:
    """The other name of a balance: indicator and currency."""
    indicator = read.indicator(f"{field}.indicator", message.indicator)
    if indicator is None:
        read.wrong(f"{field}.indicator", "is required")
    return indicator or "", read.currency(f"{field}.currency", message.currency)


def balance_name(
    read: Reading, field: str, balance_id: str, key: balance_pb2.IndicatorKey | None
) -> uuid.UUID | tuple[str, str]:
    """A balance by exactly one of its names; ``field`` is that of the id."""
    if key is None:
        return read.id(field, balance_id, ids.BALANCE)
    if balance_id:
        read.wrong("indicator_key", f"must not be given where {field} is given")
    return indicator_key(read, "indicator_key", key)


def indicator_keys(
    read: Reading, messages: Sequence[balance_pb2.IndicatorKey], *, beside: int, at_most: int
) -> list[tuple[str, str]]:
    """Balances by indicator and currency. Raises Rejected: TOO_MANY_ITEMS, with ``beside`` ids."""
    if messages and beside + len(messages) > at_most:
        requested = beside + len(messages)
        raise reject(Reason.TOO_MANY_ITEMS, field="indicator_keys", requested=requested, limit=at_most)
    return [indicator_key(read, f"indicator_keys[{place}]", message) for place, message in enumerate(messages)]


def balance_keys(read: Reading, field: str, values: Sequence[str]) -> list[str]:
    """Balance ids as keys, in the given order."""
    return [read.id(f"{field}[{place}]", value, ids.BALANCE).hex for place, value in enumerate(values)]


# Monitors --------------------------------------------------------------------------------------


def monitor(read: Reading, message: monitor_pb2.Monitor, changed: Mask = None) -> monitors.Settings:
    narrow(message, changed)
    for place, condition in enumerate(message.conditions):
        if condition.HasField("clear_threshold"):
            raise fields.unsupported(f"monitor.conditions[{place}].clear_threshold")
    trigger = read.enum("monitor.trigger", monitor_pb2.MonitorTrigger, message.trigger)
    count = len(message.conditions)
    if (count or changed is None or "conditions" in changed) and not 0 < count <= limits.CONDITIONS_MAX:
        read.wrong("monitor.conditions", f"needs 1 to {limits.CONDITIONS_MAX} conditions")
    return monitors.Settings(
        conditions=[
            _condition(read, f"monitor.conditions[{place}]", condition)
            for place, condition in enumerate(message.conditions[: limits.CONDITIONS_MAX])
        ],
        trigger=Trigger.EDGE if trigger == "UNSPECIFIED" else Trigger(trigger),
        description=read.prose("monitor.description", message.description),
        metadata=read.metadata("monitor.metadata", message.metadata),
    )


def _condition(read: Reading, path: str, message: monitor_pb2.MonitorCondition) -> monitors.ConditionRequest:
    field = _required(read, f"{path}.field", monitor_pb2.MonitorField, message.field)
    comparison = _required(read, f"{path}.operator", monitor_pb2.ComparisonOperator, message.operator)
    threshold = read.amount(f"{path}.threshold", message.threshold)
    return monitors.ConditionRequest(
        Field(field or Field.BALANCE), Comparison(comparison or Comparison.EQUAL), threshold
    )


def _required(read: Reading, field: str, wrapper: Any, number: int) -> str | None:
    """The name of an enum's value, None where it is not given or not known."""
    if number == 0:
        read.wrong(field, "is required")
    name = read.enum(field, wrapper, number)
    return None if name == "UNSPECIFIED" else name


def monitored(read: Reading, balance_id: str, key: balance_pb2.IndicatorKey | None) -> uuid.UUID | tuple[str, str]:
    """The balance of a new monitor, by exactly one of its names."""
    return balance_name(read, "monitor.balance_id", balance_id, key)
