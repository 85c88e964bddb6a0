"""Workers that look for nothing until their own server wakes them: a wake-up that is forgotten holds a test up."""

from dataclasses import replace

from tests.conftest import OFTEN

_NEVER_SECONDS = 86_400.0
ADJUSTMENTS = {"adjustment_work": replace(OFTEN.adjustment_work, poll_seconds=_NEVER_SECONDS)}
ALL = ADJUSTMENTS | {
    "upload_work": replace(OFTEN.upload_work, quiet_seconds=_NEVER_SECONDS),
    "run_work": replace(OFTEN.run_work, quiet_seconds=_NEVER_SECONDS),
    "arrival_work": replace(OFTEN.arrival_work, poll_seconds=_NEVER_SECONDS),
}
