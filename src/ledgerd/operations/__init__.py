"""One module per kind of operation on the ledger."""
