"""Events about runs of reconciliation, as event_examples.py has all others."""

import json
from typing import Any

from ledgerd.core.model import event as model
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import encode
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.journal import cursor
from tests import builders as a
from tests.journal.reconciliation_events import SOURCE, UPLOAD
from tests.journal.rule_events import RULE, RULE_SET

RUN, FIRST = encode("rec", a.number("run")), encode("rec", a.number("first"))
COUNTS = {"USD": {"precision": "100", "outcomes": {"MATCHED": {"records": "2", "records_amount": "300"}}}}
_BEGINNING = (
    f'{{"reconciliation_id": "{RUN}", "source_id": "{SOURCE}", "dry_run": true, "balances": 3,'
    f' "rules": [["{RULE}", 4]], "upload_id": "{UPLOAD}", "replays": "{FIRST}", "rule_set_id": "{RULE_SET}",'
    ' "rule_set_version": 2'
)
MANY = Rejection(Reason.TOO_MANY_ITEMS, {"unit": "rows", "requested": "9", "limit": "8"})
MANY_TEXT = json.dumps(
    json.dumps({"reason": "TOO_MANY_ITEMS", "details": {"unit": "rows", "requested": "9", "limit": "8"}})
)
MANY_SHOWN = {
    "reason": "ERROR_REASON_TOO_MANY_ITEMS",
    "message": "More items than one request may carry.",
    "details": dict(MANY.details),
    "code": "RESOURCE_EXHAUSTED",
}
CHAIN = "0123456789abcdef"
CURSOR = cursor.after("epoch", 7, CHAIN)
_NOTHING = ' "counts": null, "result_hash": null'


def run(**more: Any) -> model.ReconciliationChanged:
    return model.ReconciliationChanged(
        reconciliation_id=RUN, source_id=SOURCE, dry_run=True, balances=3, rules=((RULE, 4),), upload_id=UPLOAD,
        replays=FIRST, rule_set_id=RULE_SET, rule_set_version=2, **more,
    )  # fmt: skip


EVENTS: dict[EventKind, tuple[Any, str]] = {
    EventKind.RECONCILIATION_CREATED: (
        run(),
        f'{_BEGINNING}, "position": null, "chain": null,{_NOTHING}, "rejection": null, "is_equal": null}}',
    ),
    EventKind.RECONCILIATION_FINISHED: (
        run(position=7, chain=CHAIN, counts=COUNTS, result_hash="d0", is_equal=True),
        f'{_BEGINNING}, "position": 7, "chain": "{CHAIN}", "counts": {json.dumps(COUNTS)}, "result_hash": "d0",'
        ' "rejection": null, "is_equal": true}',
    ),
    EventKind.RECONCILIATION_FAILED: (
        run(position=7, chain=CHAIN, rejection=MANY),
        f'{_BEGINNING}, "position": 7, "chain": "{CHAIN}",{_NOTHING}, "rejection": {MANY_TEXT}, "is_equal": null}}',
    ),
    EventKind.RECONCILIATION_CANCELLED: (
        run(position=7, chain=CHAIN),
        f'{_BEGINNING}, "position": 7, "chain": "{CHAIN}",{_NOTHING}, "rejection": null, "is_equal": null}}',
    ),
}
_SHOWN: dict[str, Any] = {
    "id": RUN,
    "externalSourceId": SOURCE,
    "uploadIds": [UPLOAD],
    "replayedReconciliationId": FIRST,
    "matchingRuleSetId": RULE_SET,
    "matchingRuleSetVersion": 2,
    "matchingRules": [{"matchingRuleId": RULE, "version": 4}],
    "balanceCount": 3,
    "dryRun": True,
}
_TOTAL = {
    "currency": "USD",
    "outcome": "ROW_OUTCOME_MATCHED",
    "recordCount": "2",
    "recordAmount": {"precise": "300", "decimal": "3.00", "precision": "100", "currency": "USD"},
    "entryAmount": {"precise": "0", "decimal": "0.00", "precision": "100", "currency": "USD"},
}


def _shown(status: str, **more: Any) -> dict[str, Any]:
    return {"reconciliation": {"reconciliation": {**_SHOWN, "status": f"RECONCILIATION_STATUS_{status}", **more}}}


SHOWN: dict[EventKind, dict[str, Any]] = {
    EventKind.RECONCILIATION_CREATED: _shown("PENDING"),
    EventKind.RECONCILIATION_FINISHED: _shown(
        "FINISHED", journalCursor=CURSOR, totals=[_TOTAL], resultHash="d0", replayOutcome="REPLAY_OUTCOME_EQUAL"
    ),
    EventKind.RECONCILIATION_FAILED: _shown("FAILED", journalCursor=CURSOR, rejection=MANY_SHOWN),
    EventKind.RECONCILIATION_CANCELLED: _shown("CANCELLED", journalCursor=CURSOR),
}
