"""Events about runs of reconciliation, as event_examples.py has all others."""

from typing import Any

from ledgerd.core.model import event as model
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import encode
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
_NOTHING = ' "counts": null, "result_hash": null'


def run(**more: Any) -> model.ReconciliationChanged:
    return model.ReconciliationChanged(
        reconciliation_id=RUN, source_id=SOURCE, dry_run=True, balances=3, rules=((RULE, 4),), upload_id=UPLOAD,
        replays=FIRST, rule_set_id=RULE_SET, rule_set_version=2, **more,
    )  # fmt: skip


EVENTS: dict[EventKind, tuple[Any, str]] = {
    EventKind.RECONCILIATION_STARTED: (
        run(),
        f'{_BEGINNING}, "position": null,{_NOTHING}, "failure": null, "is_equal": null}}',
    ),
    EventKind.RECONCILIATION_FINISHED: (
        run(position=7, counts=COUNTS, result_hash="d0", is_equal=True),
        f'{_BEGINNING}, "position": 7, "counts": {{"USD": {{"precision": "100", "outcomes": {{"MATCHED":'
        ' {"records": "2", "records_amount": "300"}}}}, "result_hash": "d0", "failure": null, "is_equal": true}',
    ),
    EventKind.RECONCILIATION_FAILED: (
        run(position=7, failure="Too many."),
        f'{_BEGINNING}, "position": 7,{_NOTHING}, "failure": "Too many.", "is_equal": null}}',
    ),
    EventKind.RECONCILIATION_CANCELLED: (
        run(position=7),
        f'{_BEGINNING}, "position": 7,{_NOTHING}, "failure": null, "is_equal": null}}',
    ),
}
_SHOWN: dict[str, Any] = {
    "id": RUN,
    "externalSourceId": SOURCE,
    "uploadId": UPLOAD,
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
    EventKind.RECONCILIATION_STARTED: _shown("PENDING"),
    EventKind.RECONCILIATION_FINISHED: _shown(
        "FINISHED", journalPosition="7", totals=[_TOTAL], resultHash="d0", replayOutcome="REPLAY_OUTCOME_EQUAL"
    ),
    EventKind.RECONCILIATION_FAILED: _shown("FAILED", journalPosition="7", failure="Too many."),
    EventKind.RECONCILIATION_CANCELLED: _shown("CANCELLED", journalPosition="7"),
}
