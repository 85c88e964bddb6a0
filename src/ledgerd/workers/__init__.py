"""Background work: the workers nominate due transactions, and the write path decides them."""
