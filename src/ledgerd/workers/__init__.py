"""Background work: what becomes due is nominated here and decided where all money is."""
