"""The commands of ``ledgerd``."""
