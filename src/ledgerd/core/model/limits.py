"""Every maximum of the ledger, unit last. The contract states the same numbers."""

AMOUNT_BOUND_MINOR_UNITS = 10**36
"""Amounts are below this. Source of the bound: 18-decimal tokens in numeric(38, 0)."""

TOTAL_BOUND_MINOR_UNITS = 10**37
"""No running total of a balance may pass this."""

AMOUNT_TEXT_MAX_CHARS = 64

REFERENCE_MAX_CHARS = 255
RESERVED_REFERENCE_PREFIX = "ledgerd:"
"""References that begin so are derived by the ledger itself; callers may not use them."""

DESCRIPTION_MAX_CHARS = 1_000
LABEL_MAX_CHARS = 255
CURRENCY_MAX_CHARS = 32
INDICATOR_MAX_CHARS = 128
SIDE_MAX_CHARS = INDICATOR_MAX_CHARS
"""A side of a draft is named by an indicator or by an id, which is shorter."""
NAME_MAX_CHARS = 255
METADATA_MAX_BYTES = 16 * 1024
METADATA_MAX_DEPTH = 8
METADATA_NUMBER_MAX_CHARS = 40
"""PostgreSQL writes numbers out, without an exponent: 1e300 would take 301 characters for its five."""
REQUEST_ID_MAX_CHARS = 128

BATCH_MAX_OPERATIONS = 10_000
BATCH_RUNS_MAX = 100
"""Batches accepted and not done. Counted before one is accepted, so a few at the same moment may pass it."""
BATCH_RUNS_MAX_BYTES = 256 * 1024 * 1024
BATCH_WATCHES_MAX = 200
"""Watches of single batches that one process serves at once."""
CHUNK_MAX_OPERATIONS = 1_000
CHUNK_MAX_BYTES = 1024 * 1024
MESSAGE_MAX_BYTES = 16 * 1024 * 1024
RESPONSE_DEFAULT_BYTES = 4 * 1024 * 1024
"""What a client of gRPC receives unless it is set up for more; who takes more can say so."""
BATCH_GET_MAX_IDS = 1_000
CONDITIONS_MAX = 8
SPLIT_MAX_SHARES = 1_000
LEGS_MAX = 10_000
"""Of one commit, void or refund; and the shares of all splits of a batch or chunk together."""
LEGS_TOGETHER_MAX = 100_000
"""Of all splits and batches that are committed, voided, refunded or cancelled in one database transaction."""
PERCENT_MAX_DECIMALS = 18
MONITORS_PER_BALANCE_MAX = 100
WATCH_MAX_IDS = 1_000

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 1_000
FILTER_MAX_CHARS = 2_000
FILTER_MAX_TERMS = 20
PAGE_TOKEN_MAX_CHARS = 512
MASK_MAX_PATHS = 32
