"""One module per thing the ledger can be asked to do."""
