"""The journal: one order for everything committed, and reading on from a cursor."""
