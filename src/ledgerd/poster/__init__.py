"""The write path: it gathers submissions, decides them on the Book and writes them. After a version conflict it decides
them again under row locks."""
