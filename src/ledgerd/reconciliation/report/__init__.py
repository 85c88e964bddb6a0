"""The report of a reconciliation: one page of HTML that needs nothing else, neither files nor scripts nor a network."""
