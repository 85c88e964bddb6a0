"""Proves the books from what was written: see run.py for what is proved, and checkpoint.py for going on from there."""

from ledgerd.operations.verify.checkpoint import Checkpoint, CheckpointError
from ledgerd.operations.verify.head import Head
from ledgerd.operations.verify.report import Progress, Report
from ledgerd.operations.verify.run import verify

__all__ = ["Checkpoint", "CheckpointError", "Head", "Progress", "Report", "verify"]
