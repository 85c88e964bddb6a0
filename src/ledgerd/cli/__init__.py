"""The commands behind ``ledgerd``: serve, migrate, verify, demo, bench."""
