"""Decodes settings: of ledgers, balances, identities and monitors.

``changed`` are the paths of a field mask, None in a create. With a mask only the fields that it names
are read, so a caller may send the whole resource as it was received.
"""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from google.protobuf.message import Message
from ledgerapi.v1 import amount_pb2, balance_pb2, identity_pb2, ledger_pb2, monitor_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.monitor import Comparison, Field, Trigger
from ledgerd.operations import balances, identities, ledgers, monitors
from ledgerd.operations.identities import ADDRESS, INDIVIDUAL, ORGANIZATION, ORGANIZATIONAL, PERSONAL
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.operations.sums import Sum
from ledgerd.wire import fields
from ledgerd.wire.fields import Reading

Mask = Collection[str] | None


def request_id(read: Reading, value: str) -> str | None:
    """The caller's key of a create, None where it is empty."""
    return read.optional_label("request_id", value, limits.REQUEST_ID_MAX_CHARS)


def _narrow(message: Message, changed: Mask) -> None:
    """Clear the fields that the mask does not name."""
    if changed is not None:
        for name in message.DESCRIPTOR.fields_by_name:
            if name not in changed:
                message.ClearField(name)


# Ledgers, balances -----------------------------------------------------------------------------


def ledger(read: Reading, message: ledger_pb2.Ledger, changed: Mask = None) -> ledgers.Settings:
    _narrow(message, changed)
    name = message.name
    if changed is None or "name" in changed:
        name = read.label("ledger.name", name, limits.NAME_MAX_CHARS)
    return ledgers.Settings(name=name, metadata=read.metadata("ledger.metadata", message.metadata))


def new_balance(read: Reading, message: balance_pb2.Balance) -> balances.Draft:
    """A balance to be created. A balance with an indicator belongs to the General Ledger."""
    indicator = read.indicator("balance.indicator", message.indicator)
    ledger_id = GENERAL_LEDGER
    if message.ledger_id or indicator is None:
        ledger_id = read.id("balance.ledger_id", message.ledger_id, ids.LEDGER)
    if indicator is not None and ledger_id != GENERAL_LEDGER:
        read.wrong("balance.ledger_id", "must be empty or the General Ledger where an indicator is given")
    return balances.Draft(
        ledger_id=ledger_id,
        indicator=indicator,
        currency=read.currency("balance.currency", message.currency),
        precision=read.precision("balance.precision", message.precision),
        settings=balance(read, message),
    )


def balance(read: Reading, message: balance_pb2.Balance, changed: Mask = None) -> balances.Settings:
    _narrow(message, changed)
    return balances.Settings(
        identity_id=read.optional_id("balance.identity_id", message.identity_id, ids.IDENTITY),
        floor=_sum(read, "balance.floor", message.floor) if message.HasField("floor") else None,
        ceiling=_sum(read, "balance.ceiling", message.ceiling) if message.HasField("ceiling") else None,
        group=read.optional_label("balance.group", message.group, limits.LABEL_MAX_CHARS),
        tag=read.optional_label("balance.tag", message.tag, limits.LABEL_MAX_CHARS),
        track_fund_lineage=message.track_fund_lineage,
        allocation_strategy=_strategy(read, message.allocation_strategy),
        metadata=read.metadata("balance.metadata", message.metadata),
    )


def reason(read: Reading, value: str) -> str | None:
    """The reason for a change of a balance's state, None where it is empty."""
    return read.prose("reason", value)


def _sum(read: Reading, field: str, message: amount_pb2.Amount) -> Sum:
    """An Amount of a request. Its two spellings are no oneof: an empty text counts as not given."""
    decimal, precise = message.decimal, message.precise
    if bool(decimal) == bool(precise):
        read.wrong(field, "needs exactly one of precise and decimal")
        quantity = Quantity(0, None)
    elif decimal:
        quantity = read.signed(f"{field}.decimal", decimal, decimal=True)
    else:
        quantity = read.signed(f"{field}.precise", precise, decimal=False)
    return Sum(
        quantity,
        read.currency(f"{field}.currency", message.currency) if message.currency else None,
        read.precision(f"{field}.precision", message.precision),
    )


def _strategy(read: Reading, number: int) -> str:
    name = read.enum("balance.allocation_strategy", balance_pb2.AllocationStrategy, number)
    return "FIFO" if name == "UNSPECIFIED" else name


def indicator_key(read: Reading, field: str, message: balance_pb2.IndicatorKey) -> tuple[str, str]:
    """The other name of a balance: indicator and currency."""
    indicator = read.indicator(f"{field}.indicator", message.indicator)
    if indicator is None:
        read.wrong(f"{field}.indicator", "is required")
    return indicator or "", read.currency(f"{field}.currency", message.currency)


def balance_keys(read: Reading, field: str, values: Sequence[str]) -> list[str]:
    """At least one balance id, as keys in the given order."""
    if not values:
        read.wrong(field, "is required")
    return [read.id(f"{field}[{place}]", value, ids.BALANCE).hex for place, value in enumerate(values)]


# Identities ------------------------------------------------------------------------------------

IDENTITY_PATHS = ("individual", "organization", *ADDRESS, "metadata")

_DETAILS = {"individual": (INDIVIDUAL, PERSONAL), "organization": (ORGANIZATION, ORGANIZATIONAL)}
_BIRTH_DATE = "birth_date"


def identity(read: Reading, message: identity_pb2.Identity, changed: Mask = None) -> identities.Settings:
    """The settings of an identity. With a mask, ``identity_type`` is empty unless the mask names details."""
    given = "UNSPECIFIED"
    if changed is None:
        given = read.enum("identity.identity_type", identity_pb2.IdentityType, message.identity_type)
    _narrow(message, changed)
    which = message.WhichOneof("details")
    if which is None and changed is None:
        read.wrong("identity.individual", "one of individual and organization is required")
    for name in _DETAILS.keys() & (changed or ()):
        if which != name:
            read.wrong(f"identity.{name}", "is named by the mask and must be given, alone")
    identity_type = _DETAILS[which][0] if which else ""
    if given not in ("UNSPECIFIED", identity_type):
        read.wrong("identity.identity_type", "must agree with the details")
    return identities.Settings(
        identity_type=identity_type,
        attributes=_attributes(read, message, which),
        metadata=read.metadata("identity.metadata", message.metadata),
    )


def _attributes(read: Reading, message: identity_pb2.Identity, which: str | None) -> dict[str, str]:
    """Details and address by name, without empty ones."""
    texts = {name: (f"identity.{name}", getattr(message, name)) for name in ADDRESS}
    if which is not None:
        details = getattr(message, which)
        texts |= {name: (f"identity.{which}.{name}", getattr(details, name)) for name in _DETAILS[which][1]}
    known = {}
    for name, (field, value) in texts.items():
        text = read.optional_label(field, value, limits.LABEL_MAX_CHARS)
        if text is not None:
            known[name] = text
    if _BIRTH_DATE in known:
        read.date(texts[_BIRTH_DATE][0], known[_BIRTH_DATE])
    return known


def identity_changes(changed: Collection[str]) -> tuple[set[str], str | None]:
    """The attributes that a mask replaces, and the type that it needs the identity to have."""
    attributes = {name for name in changed if name in ADDRESS}
    needs_type = None
    for name in _DETAILS.keys() & changed:
        needs_type, names = _DETAILS[name]
        attributes |= set(names)
    return attributes, needs_type


# Monitors --------------------------------------------------------------------------------------


def monitor(read: Reading, message: monitor_pb2.Monitor, changed: Mask = None) -> monitors.Settings:
    _narrow(message, changed)
    if message.HasField("clear_threshold"):
        raise fields.unsupported("monitor.clear_threshold")
    trigger = read.enum("monitor.trigger", monitor_pb2.TriggerKind, message.trigger)
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


def _condition(read: Reading, path: str, message: monitor_pb2.Condition) -> monitors.ConditionRequest:
    field = _required(read, f"{path}.field", monitor_pb2.MonitorField, message.field)
    comparison = _required(read, f"{path}.operator", monitor_pb2.ComparisonOperator, message.operator)
    form = message.WhichOneof("threshold_form")
    threshold = Quantity(0, None)
    if form is None:
        read.wrong(f"{path}.threshold", "one of threshold and precise_threshold is required")
    else:
        threshold = read.signed(f"{path}.{form}", getattr(message, form), decimal=form == "threshold")
    return monitors.ConditionRequest(
        Field(field or Field.BALANCE), Comparison(comparison or Comparison.EQUAL), Sum(threshold, None, None)
    )


def _required(read: Reading, field: str, wrapper: Any, number: int) -> str | None:
    """The name of an enum's value, None where it is not given or not known."""
    if number == 0:
        read.wrong(field, "is required")
    name = read.enum(field, wrapper, number)
    return None if name == "UNSPECIFIED" else name


def monitored(read: Reading, balance_id: str, key: balance_pb2.IndicatorKey | None) -> uuid.UUID | tuple[str, str]:
    """The balance of a new monitor, by exactly one of its names."""
    if key is None:
        return read.id("monitor.balance_id", balance_id, ids.BALANCE)
    if balance_id:
        read.wrong("indicator_key", "must not be given where monitor.balance_id is given")
    return indicator_key(read, "indicator_key", key)
