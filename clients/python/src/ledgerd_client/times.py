"""Times as the contract spells them."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(name: str, time: datetime | None) -> Timestamp | None:
    """A time with a zone; `name` is what a failure calls it.

    Raises:
        TypeError: The time is no datetime.
        ValueError: The time has no zone.
    """
    if time is None:
        return None
    if not isinstance(time, datetime):
        raise TypeError(f"{name} is a datetime, not {type(time).__name__}")
    if time.tzinfo is None:
        raise ValueError(f"{name} needs a time zone")
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp
