"""What adjustments have made of a hold, beside what was asked of it."""

import json
from datetime import UTC, datetime
from typing import NamedTuple


class Adjusted(NamedTuple):
    """A hold that was adjusted, as it is since the last adjustment: what it holds in all, what was committed and voided
    included, in minor units; when it expires and commits automatically; and how many adjustments it had."""

    amount: int
    expires_at: datetime | None
    commits_at: datetime | None
    adjustments: int


def to_text(adjusted: Adjusted) -> str:
    """The same as JSON, for the journal."""
    told: dict[str, object] = {"adjusted": str(adjusted.amount), "adjustments": adjusted.adjustments}
    if adjusted.expires_at is not None:
        told["inflight_expiry_time"] = adjusted.expires_at.astimezone(UTC).isoformat()
    if adjusted.commits_at is not None:
        told["inflight_commit_time"] = adjusted.commits_at.astimezone(UTC).isoformat()
    return json.dumps(told, sort_keys=True)


def of_text(text: str) -> Adjusted:
    """What to_text wrote."""
    told = json.loads(text)
    return Adjusted(
        int(told["adjusted"]),
        _time(told.get("inflight_expiry_time")),
        _time(told.get("inflight_commit_time")),
        told["adjustments"],
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
