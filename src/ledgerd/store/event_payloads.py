"""Payloads of events as JSON text. The text is digested, so what is stored never changes.

Of ledgers, balances, monitors, external sources, matching rules and their sets the text has the facts after the event
and, where they changed, the earlier values of those that differ. A fact that has its default is left out. A field that
a newer version added is absent from older rows and read as None. A balance's status stands there as "state".
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.event import (
    BalanceChanged,
    BalanceFacts,
    BatchFinished,
    EventKind,
    ExternalSourceChanged,
    ExternalSourceFacts,
    Facts,
    IdentityChanged,
    LedgerChanged,
    LedgerFacts,
    MatchingRuleChanged,
    MatchingRuleFacts,
    MatchingRuleSetChanged,
    MatchingRuleSetFacts,
    MonitorChanged,
    MonitorFacts,
    MonitorFired,
    Payload,
    ReconciliationChanged,
    ServiceSettingsChanged,
    UploadDone,
)
from ledgerd.core.model.external_source import SettlementWindow
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.matching_rule import Strategy
from ledgerd.core.model.monitor import Trigger
from ledgerd.core.model.rejection import rejection_of, rejection_text
from ledgerd.core.model.row_decision_events import ExceptionsChanged, RowsDecided
from ledgerd.core.model.statement_events import StatementChanged
from ledgerd.store import arrival_payloads, conditions, run_payloads, statement_payloads
from ledgerd.store.batch_runs import ATOMIC, INDEPENDENT

_Facts = TypeVar(
    "_Facts", LedgerFacts, BalanceFacts, MonitorFacts, ExternalSourceFacts, MatchingRuleFacts, MatchingRuleSetFacts
)
_Change = (
    LedgerChanged
    | BalanceChanged
    | MonitorChanged
    | ExternalSourceChanged
    | MatchingRuleChanged
    | MatchingRuleSetChanged
)

_KEYS = {"status": "state"}
"""The keys of facts that have another name in the text."""


def to_json(payload: Payload, settings_digest: str | None = None) -> str:
    """The text that from_json reads. ``settings_digest`` is for the proof of the books; no caller sees it."""
    stored = _stored(payload)
    if settings_digest is not None:
        stored["settings_digest"] = settings_digest
    return json.dumps(stored)


def _stored(payload: Payload) -> dict[str, object]:
    match payload:
        case LedgerChanged():
            return {"id": payload.ledger_id, **_change(payload), **_why(payload.reason)}
        case BalanceChanged():
            return {"balance_id": payload.balance_id, **_change(payload), **_of_balance(payload)}
        case MonitorChanged() | ExternalSourceChanged():
            return {"id": payload.subject_id, **_change(payload)}
        case IdentityChanged():
            return {"id": payload.identity_id, **_names(payload.changed_fields)}
        case MonitorFired():
            return _monitor_fired(payload)
        case BatchFinished():
            return _batch_finished(payload)
        case ServiceSettingsChanged():
            return {"default_currency": payload.default_currency, "before": payload.default_currency_before}
        case UploadDone() | ReconciliationChanged() | RowsDecided() | ExceptionsChanged() | StatementChanged():
            return run_payloads.stored(payload)
        case MatchingRuleChanged() | MatchingRuleSetChanged():
            return {"id": payload.subject_id, "version": payload.version, **_change(payload)}
        case _:
            return arrival_payloads.stored(payload)


def _change(payload: _Change) -> dict[str, object]:
    stored = {} if payload.after is None else _facts(payload.after)
    if payload.before is not None:
        earlier = {field.name: getattr(payload.before, field.name) for field in fields(payload.before)}
        stored |= _names(payload.changed_fields)
        stored["before"] = {
            _KEYS.get(name, name): _plain(name, value)
            for name, value in earlier.items()
            if name in payload.changed_fields
        }
    return stored


def _names(changed_fields: tuple[str, ...]) -> dict[str, object]:
    return {"changed": changed_fields} if changed_fields else {}


def _facts(facts: Facts) -> dict[str, object]:
    return {
        _KEYS.get(field.name, field.name): _plain(field.name, value)
        for field in fields(facts)
        if (value := getattr(facts, field.name)) != field.default
    }


def _plain(name: str, value: Any) -> object:
    """A fact as JSON has it. Whole numbers are texts, because they may have any number of digits."""
    if name == "conditions":
        return conditions.to_lists(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return str(value)


def _why(reason: str | None) -> dict[str, object]:
    return {} if reason is None else {"reason": reason}


def _of_balance(payload: BalanceChanged) -> dict[str, object]:
    if payload.figures is None:
        return {}
    return {"figures": [str(figure) for figure in payload.figures], "reason": payload.reason}


def _monitor_fired(payload: MonitorFired) -> dict[str, object]:
    return {
        "monitor_id": payload.monitor_id,
        "trigger": payload.trigger.value,
        "conditions": conditions.to_lists(payload.conditions),
        "description": payload.description,
        "balance_id": payload.balance_id,
        "currency": payload.currency,
        "precision": str(payload.precision),
        "figures": [str(figure) for figure in payload.figures],
        "transaction_id": payload.transaction_id,
    }


def _batch_finished(payload: BatchFinished) -> dict[str, object]:
    stored: dict[str, object] = {
        "id": payload.batch_id,
        "mode": ATOMIC if payload.is_atomic else INDEPENDENT,
        "operations": payload.operations,
        "posted": payload.posted,
        "replayed": payload.replayed,
        "rejected": payload.rejected,
    }
    if payload.accepted_at is not None:
        stored["accepted_at"] = payload.accepted_at.isoformat()
        stored["rejection"] = None if payload.rejection is None else rejection_text(payload.rejection, sort_keys=False)
        stored["rejections_digest"] = payload.rejections_digest
    if payload.metadata_digest is not None:
        stored["metadata_digest"] = payload.metadata_digest
    return stored


def from_json(kind: EventKind, text: str) -> Payload:
    """The payload that to_json wrote, now or in an earlier version."""
    return _READERS[kind](json.loads(text))


_READ: Mapping[str, Callable[[Any], object]] = {
    "closed_before": datetime.fromisoformat,
    "precision": int,
    "floor": int,
    "ceiling": int,
    "status": BalanceStatus,
    "conditions": conditions.from_lists,
    "trigger": Trigger,
    "balance_ids": tuple,
    "settlement_window": lambda stored: SettlementWindow(*stored),
    "age_bucket_days": tuple,
    "strategy": Strategy,
    "valid_from_time": datetime.fromisoformat,
    "valid_until_time": datetime.fromisoformat,
    "rules": lambda stored: tuple((rule_id, version) for rule_id, version in stored),
}
"""How the facts are read that are not the JSON values themselves."""
_BEFORE_IT_WAS_TOLD = {"status": BalanceStatus.OPEN}
"""What the first versions did not tell of a new balance."""


def _read_facts(of: type[_Facts], stored: Mapping[str, Any]) -> _Facts | None:
    """The facts after the event. None where an earlier version told nothing but whom the event is about."""
    values = _read_values(of, stored)
    if not values:
        return None
    absent = {field.name: _BEFORE_IT_WAS_TOLD.get(field.name) for field in fields(of) if field.default is MISSING}
    return of(**{**absent, **values})


def _read_before(after: _Facts | None, stored: Mapping[str, Any]) -> _Facts | None:
    if after is None or "before" not in stored:
        return None
    return replace(after, **_read_values(type(after), stored["before"]))


def _read_values(of: type[_Facts], stored: Mapping[str, Any]) -> dict[str, Any]:
    found = {field.name: stored[key] for field in fields(of) if (key := _KEYS.get(field.name, field.name)) in stored}
    return {name: value if value is None or name not in _READ else _READ[name](value) for name, value in found.items()}


def _read_ledger(stored: Mapping[str, Any]) -> LedgerChanged:
    after = _read_facts(LedgerFacts, stored)
    return LedgerChanged(
        ledger_id=stored["id"],
        after=after,
        before=_read_before(after, stored),
        changed_fields=_read_names(stored),
        reason=stored.get("reason"),
    )


def _read_balance(stored: Mapping[str, Any]) -> BalanceChanged:
    after = _read_facts(BalanceFacts, stored)
    return BalanceChanged(
        balance_id=stored["balance_id"],
        after=after,
        before=_read_before(after, stored),
        changed_fields=_read_names(stored),
        figures=_figures(stored) if "figures" in stored else None,
        reason=stored.get("reason"),
    )


def _read_monitor(stored: Mapping[str, Any]) -> MonitorChanged:
    after = _read_facts(MonitorFacts, stored)
    return MonitorChanged(
        monitor_id=stored["id"], after=after, before=_read_before(after, stored), changed_fields=_read_names(stored)
    )


def _read_identity(stored: Mapping[str, Any]) -> IdentityChanged:
    return IdentityChanged(identity_id=stored["id"], changed_fields=_read_names(stored))


def _read_names(stored: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(stored.get("changed", ()))


def _read_monitor_fired(stored: Mapping[str, Any]) -> MonitorFired:
    return MonitorFired(
        monitor_id=stored["monitor_id"],
        trigger=Trigger(stored["trigger"]),
        conditions=conditions.from_lists(stored["conditions"]),
        description=stored["description"],
        balance_id=stored["balance_id"],
        currency=stored["currency"],
        precision=int(stored["precision"]),
        figures=_figures(stored),
        transaction_id=stored["transaction_id"],
    )


def _read_batch_finished(stored: Mapping[str, Any]) -> BatchFinished:
    accepted_at, rejection = stored.get("accepted_at"), stored.get("rejection")
    return BatchFinished(
        batch_id=stored["id"],
        is_atomic=stored["mode"] == ATOMIC,
        operations=stored["operations"],
        posted=stored["posted"],
        replayed=stored["replayed"],
        rejected=stored["rejected"],
        accepted_at=None if accepted_at is None else datetime.fromisoformat(accepted_at),
        rejection=None if rejection is None else rejection_of(rejection),
        rejections_digest=stored.get("rejections_digest"),
        metadata_digest=stored.get("metadata_digest"),
    )


def _read_source(stored: Mapping[str, Any]) -> ExternalSourceChanged:
    after = _read_facts(ExternalSourceFacts, stored)
    return ExternalSourceChanged(
        source_id=stored["id"], after=after, before=_read_before(after, stored), changed_fields=_read_names(stored)
    )


def _read_upload(stored: Mapping[str, Any]) -> UploadDone:
    return UploadDone(**{field.name: stored[field.name] for field in fields(UploadDone)})


def _read_rule(stored: Mapping[str, Any]) -> MatchingRuleChanged:
    after = _read_facts(MatchingRuleFacts, stored)
    return MatchingRuleChanged(
        rule_id=stored["id"],
        version=stored["version"],
        after=after,
        before=_read_before(after, stored),
        changed_fields=_read_names(stored),
    )


def _read_rule_set(stored: Mapping[str, Any]) -> MatchingRuleSetChanged:
    after = _read_facts(MatchingRuleSetFacts, stored)
    return MatchingRuleSetChanged(
        set_id=stored["id"],
        version=stored["version"],
        after=after,
        before=_read_before(after, stored),
        changed_fields=_read_names(stored),
    )


def _figures(stored: Mapping[str, Any]) -> Figures:
    return Figures(*(int(figure) for figure in stored["figures"]))


def _read_service_settings(stored: Mapping[str, Any]) -> ServiceSettingsChanged:
    return ServiceSettingsChanged(default_currency=stored["default_currency"], default_currency_before=stored["before"])


_READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], Payload]] = {
    EventKind.LEDGER_CREATED: _read_ledger,
    EventKind.LEDGER_UPDATED: _read_ledger,
    EventKind.LEDGER_PERIOD_CLOSED: _read_ledger,
    EventKind.LEDGER_PERIOD_REOPENED: _read_ledger,
    EventKind.BALANCE_CREATED: _read_balance,
    EventKind.BALANCE_UPDATED: _read_balance,
    EventKind.BALANCE_FROZEN: _read_balance,
    EventKind.BALANCE_UNFROZEN: _read_balance,
    EventKind.BALANCE_CLOSED: _read_balance,
    EventKind.IDENTITY_CREATED: _read_identity,
    EventKind.IDENTITY_UPDATED: _read_identity,
    EventKind.IDENTITY_DELETED: _read_identity,
    EventKind.MONITOR_CREATED: _read_monitor,
    EventKind.MONITOR_UPDATED: _read_monitor,
    EventKind.MONITOR_DELETED: _read_monitor,
    EventKind.MONITOR_FIRED: _read_monitor_fired,
    EventKind.BATCH_FINISHED: _read_batch_finished,
    EventKind.SERVICE_SETTINGS_UPDATED: _read_service_settings,
    EventKind.EXTERNAL_SOURCE_CREATED: _read_source,
    EventKind.EXTERNAL_SOURCE_UPDATED: _read_source,
    EventKind.EXTERNAL_SOURCE_DELETED: _read_source,
    EventKind.UPLOAD_FINISHED: _read_upload,
    EventKind.UPLOAD_REJECTED: _read_upload,
    EventKind.UPLOAD_CANCELLED: _read_upload,
    **run_payloads.READERS,
    **arrival_payloads.READERS,
    **statement_payloads.READERS,
    **dict.fromkeys(
        (EventKind.MATCHING_RULE_CREATED, EventKind.MATCHING_RULE_UPDATED, EventKind.MATCHING_RULE_DELETED), _read_rule
    ),
    **dict.fromkeys(
        (
            EventKind.MATCHING_RULE_SET_CREATED,
            EventKind.MATCHING_RULE_SET_UPDATED,
            EventKind.MATCHING_RULE_SET_DELETED,
        ),
        _read_rule_set,
    ),
}
