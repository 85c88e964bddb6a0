"""The rules. Pure: no I/O, no clock, no randomness, no await; imports nothing else of ours."""
