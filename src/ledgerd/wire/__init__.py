"""Translates between the contract and the core: reads and writes messages, and has the table of status codes."""
