"""``ledgerd`` and ``python -m ledgerd``."""

from ledgerd.cli.commands import main

if __name__ == "__main__":
    main()
