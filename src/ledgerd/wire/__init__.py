"""Between the contract and the core: messages read and written, and the table of status codes."""
