"""Events about ledgers, balances, monitors, external sources and runs, from their rows after a change and before it."""

import json

import asyncpg

from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.chain import GENESIS, tag
from ledgerd.core.model.event import (
    BalanceChanged,
    BalanceFacts,
    Event,
    EventKind,
    ExternalSourceChanged,
    ExternalSourceFacts,
    Facts,
    LedgerChanged,
    LedgerFacts,
    MonitorChanged,
    MonitorFacts,
    ReconciliationChanged,
    differing,
)
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import (
    BALANCE,
    EXTERNAL_SOURCE,
    IDENTITY,
    LEDGER,
    MATCHING_RULE,
    MATCHING_RULE_SET,
    MONITOR,
    RECONCILIATION,
    UPLOAD,
    encode,
    encode_hex,
)
from ledgerd.core.model.monitor import Trigger
from ledgerd.core.model.rejection import rejection_of
from ledgerd.store import conditions
from ledgerd.store.external_sources import window_of
from ledgerd.store.reconciliations import FINISHED
from ledgerd.store.rule_json import load_rules

_NOT_TOLD = ("format_profile", "match_on_arrival", "expected_every")
"""What of a source has no values in events."""


def of_ledger(
    kind: EventKind, after: asyncpg.Record, before: asyncpg.Record | None = None, *, reason: str | None = None
) -> Event:
    """The event of a ledger that was created (without ``before``) or changed."""
    now = _ledger(after)
    then = None if before is None else _ledger(before)
    payload = LedgerChanged(
        ledger_id=encode(LEDGER, after["id"].int),
        after=now,
        before=then,
        changed_fields=_changed(before, then, after, now),
        reason=reason,
    )
    return Event(kind, payload)


def of_balance(
    kind: EventKind, after: asyncpg.Record, before: asyncpg.Record | None = None, *, reason: str | None = None
) -> Event:
    """The event of a balance that was created (without ``before``) or changed."""
    now = _balance(after)
    then = None if before is None else _balance(before)
    payload = BalanceChanged(
        balance_id=encode(BALANCE, after["id"].int),
        after=now,
        before=then,
        changed_fields=_changed(before, then, after, now),
        figures=None if before is None else _figures(after),
        reason=reason,
    )
    return Event(kind, payload)


def of_monitor(kind: EventKind, after: asyncpg.Record, before: asyncpg.Record | None = None) -> Event:
    """The event of a monitor that was created or deleted (without ``before``) or changed."""
    now = _monitor(after)
    then = None if before is None else _monitor(before)
    changed = _changed(before, then, after, now)
    payload = MonitorChanged(
        monitor_id=encode(MONITOR, after["id"].int), after=now, before=then, changed_fields=changed
    )
    return Event(kind, payload)


def of_external_source(kind: EventKind, after: asyncpg.Record, before: asyncpg.Record | None = None) -> Event:
    """The event of a source that was created or deleted (without ``before``) or changed."""
    now = _external_source(after)
    then = None if before is None else _external_source(before)
    changed = _changed(before, then, after, now)
    if before is not None:
        changed = (*changed, *(name for name in _NOT_TOLD if before[name] != after[name]))
    payload = ExternalSourceChanged(
        source_id=encode(EXTERNAL_SOURCE, after["id"].int), after=now, before=then, changed_fields=changed
    )
    return Event(kind, payload)


def of_reconciliation(kind: EventKind, row: asyncpg.Record) -> Event:
    """The event of a run that was asked for, or that ended."""
    optional = {
        "upload_id": (UPLOAD, row["upload_id"]),
        "replays": (RECONCILIATION, row["replays"]),
        "rule_set_id": (MATCHING_RULE_SET, row["rule_set_id"]),
    }
    ended, differences = row["status"] == FINISHED, row["differences"]
    payload = ReconciliationChanged(
        reconciliation_id=encode(RECONCILIATION, row["id"].int),
        source_id=encode(EXTERNAL_SOURCE, row["source_id"].int),
        dry_run=row["dry_run"],
        balances=len(json.loads(row["scope"])["balance_ids"]),
        rules=tuple((encode_hex(MATCHING_RULE, rule.id), rule.version) for rule in load_rules(row["rules"])),
        rule_set_version=row["rule_set_version"],
        position=row["position"],
        chain=None if row["position"] is None else tag(row["chain"] or GENESIS),
        counts=json.loads(row["counts"]) if ended else None,
        result_hash=row["digest"].hex() if ended else None,
        rejection=None if row["rejection"] is None else rejection_of(row["rejection"]),
        is_equal=json.loads(differences) == [] if ended and differences is not None else None,
        **{name: None if value is None else encode(prefix, value.int) for name, (prefix, value) in optional.items()},
    )
    return Event(kind, payload)


def _changed(before: asyncpg.Record | None, then: Facts | None, after: asyncpg.Record, now: Facts) -> tuple[str, ...]:
    if before is None or then is None:
        return ()
    return (*differing(then, now), *(("metadata",) if before["metadata"] != after["metadata"] else ()))


def _ledger(row: asyncpg.Record) -> LedgerFacts:
    return LedgerFacts(name=row["name"], closed_before=row["closed_before"])


def _balance(row: asyncpg.Record) -> BalanceFacts:
    identity_id = row["identity_id"]
    return BalanceFacts(
        indicator=row["indicator"],
        currency=row["currency"],
        precision=row["precision"],
        ledger_id=encode(LEDGER, row["ledger_id"].int),
        identity_id=None if identity_id is None else encode(IDENTITY, identity_id.int),
        status=BalanceStatus(row["status"]),
        floor=row["floor"],
        ceiling=row["ceiling"],
        group=row["group_name"],
        tag=row["tag"],
        track_fund_lineage=row["track_fund_lineage"],
        allocation_strategy=row["allocation_strategy"],
    )


def _figures(row: asyncpg.Record) -> Figures:
    return Figures(row["version"], row["credit"], row["debit"], row["inflight_credit"], row["inflight_debit"])


def _external_source(row: asyncpg.Record) -> ExternalSourceFacts:
    return ExternalSourceFacts(
        name=row["name"],
        description=row["description"],
        currency=row["currency"],
        time_zone=row["time_zone"],
        sign_convention=row["sign_convention"],
        balance_ids=tuple(encode(BALANCE, balance_id.int) for balance_id in row["balance_ids"]),
        settlement_window=window_of(row["settlement_window"]),
        age_bucket_days=tuple(row["age_bucket_days"]),
        confirmation_policy=row["confirmation_policy"],
    )


def _monitor(row: asyncpg.Record) -> MonitorFacts:
    return MonitorFacts(
        balance_id=encode(BALANCE, row["balance_id"].int),
        currency=row["currency"],
        precision=row["precision"],
        conditions=conditions.from_lists(json.loads(row["conditions"])),
        trigger=Trigger(row["trigger"]),
        description=row["description"],
    )
