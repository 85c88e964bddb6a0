"""One servicer per proto service. A handler decodes, calls one operation, and encodes."""
