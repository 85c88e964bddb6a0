"""The journal: one order of all commits, and reads from a cursor on."""
