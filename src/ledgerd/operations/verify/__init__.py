"""Proves the books from what was written. run.py tells what is proved, checkpoint.py how a later proof continues."""

from ledgerd.operations.verify.checkpoint import Checkpoint, CheckpointError
from ledgerd.operations.verify.head import Head
from ledgerd.operations.verify.report import Progress, Report
from ledgerd.operations.verify.run import verify

__all__ = ["Checkpoint", "CheckpointError", "Head", "Progress", "Report", "verify"]
