"""The write path: gather, decide on the Book, write, settle; redo under locks when a guess was wrong."""
