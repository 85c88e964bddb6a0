"""The write path: gather, decide on the Book, write, record; decide again under locks after a version conflict."""
