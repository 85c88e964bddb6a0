"""Compares what others say with the ledger: reads files, matches rows, runs. Posts nothing."""
