"""ledgerd: a double-entry ledger as a gRPC service."""
