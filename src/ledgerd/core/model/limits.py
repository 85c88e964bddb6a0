"""Every maximum of the ledger, unit last. The contract states the same numbers."""

AMOUNT_BOUND_MINOR_UNITS = 10**36
"""Amounts are below this. Source of the bound: 18-decimal tokens in numeric(38, 0)."""

TOTAL_BOUND_MINOR_UNITS = 10**37
"""No running total of a balance may pass this."""

AMOUNT_TEXT_MAX_CHARS = 64

REFERENCE_MAX_CHARS = 255
RESERVED_PREFIX = "ledgerd:"
"""References that begin so are derived by the ledger itself, and such keys of metadata are kept for it; callers may not
use them."""

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
ETAG_MAX_CHARS = 64
EMAIL_MAX_CHARS = 254
PHONE_MAX_CHARS = 32
BIRTH_DATE_MIN = "1900-01-01"
CHECK_TIME_AHEAD_MAX_SECONDS = 60
"""By how much the time of a check may lie after the database's: clocks of callers differ."""

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
BATCH_CREATE_MAX_ITEMS = 1_000
"""Of balances, or of identities and their balances together."""
BATCH_CREATE_MAX_BYTES = 2 * 1024 * 1024
"""Of such a request. The answer repeats it, with what the service adds, and stays below what a client receives."""
IDENTITY_MAX_BALANCES = 100
"""That are created with one identity."""
CONDITIONS_MAX = 8
TRANSACTION_MAX_IDENTITIES = 16
LINKS_COUNTED_MAX = 1_000
"""Balances and transactions of an identity that is not deleted because of them; more are not counted."""
SPLIT_MAX_SHARES = 1_000
LEGS_MAX = 10_000
"""Of one commit, void or refund; and the shares of all splits of a batch or chunk together."""
LEGS_TOGETHER_MAX = 100_000
"""Of all splits and batches that are committed, voided, refunded or cancelled in one database transaction."""
PERCENT_MAX_DECIMALS = 18
MONITORS_PER_BALANCE_MAX = 100
WATCH_MAX_IDS = 1_000
EVENT_KINDS_MAX = 100

RULE_CRITERIA_MAX = 16
RULE_VALUES_MAX = 100
RULE_VALUE_MAX_CHARS = 255
PATTERN_MAX_CHARS = 500
TOLERANCE_MAX_SECONDS = 366 * 86_400
TOLERANCE_MAX_BUSINESS_DAYS = 262
"""Those of a leap year."""
TOLERANCE_MAX_DECIMALS = 18
RULE_MONEY_BOUND_MAJOR_UNITS = 10**18
"""An amount of a rule is below this."""
RULE_CURRENCIES_MAX = 32
GROUP_KEYS_MAX = 4
GROUP_WINDOW_MAX_DAYS = 366
GROUP_ROWS_MIN = 2
GROUP_ROWS_MAX = 100_000
SEARCHED_ROWS_MAX = 24
"""Rows of a group that is searched for."""
SEARCH_SUMS_MIN = 1_000
SEARCH_SUMS_MAX = 100_000_000
RULE_SET_MAX_RULES = 100
PREVIEW_MAX_ROWS = 200
"""Of each side."""
PREVIEW_MAX_DAYS = 31
PREVIEW_PAIRS_MAX = 20
"""Whose verdicts are told."""
PREVIEW_MAX_SUMS = 100_000
PREVIEW_MAX_SECONDS = 5
PREVIEWS_MAX = 4
"""That one process works on at once."""

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 1_000
FILTER_MAX_CHARS = 2_000
FILTER_MAX_TERMS = 20
PAGE_TOKEN_MAX_CHARS = 4_096
CURSOR_MAX_CHARS = 128
MASK_MAX_PATHS = 32

SOURCE_BALANCES_MAX = 100
SETTLEMENT_MAX_DAYS = 60
CONFIRMED_RULES_MAX = 100
"""Rules whose matches a source confirms automatically."""
DEBOUNCE_MAX_SECONDS = 3_600
CADENCE_MAX_BUSINESS_DAYS = 60
CADENCE_MIN_SECONDS = 60
CADENCE_MAX_SECONDS = 60 * 86_400
TIME_ZONE_MAX_CHARS = 64
PROFILE_WORDS_MAX = 100
PROFILE_WORD_MAX_CHARS = 64
PROFILE_COLUMNS_MAX = 64
PROFILE_SKIP_MAX_LINES = 100
DATE_FORMAT_MAX_CHARS = 64
ENCODING_MAX_CHARS = 32
FILE_NAME_MAX_CHARS = 255
SAMPLE_MAX_BYTES = 1024 * 1024
UPLOAD_MAX_BYTES = 256 * 1024 * 1024
UPLOAD_MAX_RECORDS = 1_000_000
UPLOAD_CHUNK_MAX_RECORDS = 1_000
UPLOAD_CHUNK_MAX_BYTES = 1024 * 1024
UPLOAD_FRAME_MAX_BYTES = 4 * 1024
"""Around the content of a chunk: its number, and the tag of each record."""
UPLOADS_OPEN_MAX = 100
"""Uploads that are received or read. Counted before one is begun, so a few at the same moment may pass it."""
RECONCILIATIONS_OPEN_MAX = 100
"""Runs that have not ended. Counted before one is accepted, so a few at the same moment may pass it."""
RECONCILIATION_MAX_BALANCES = 10_000
RECONCILIATION_NAMED_MAX_BALANCES = 1_000
"""Balances that a request names one by one."""
RECONCILIATION_NAMED_MAX_LEDGERS = 100
RECONCILIATION_NAMED_MAX_IDENTITIES = 100
"""Ledgers, and identities, all of whose balances a request names."""
RECONCILIATION_MAX_UPLOADS = 1
RECONCILIATION_MAX_RULES = 100
RECONCILIATION_MAX_RECORDS = 1_000
"""Records that a request brings along."""
UPLOAD_IDLE_MAX_SECONDS = 24 * 60 * 60
"""How long an upload waits for its next chunk."""
RECORD_PAYMENTS_MAX = 1_000_000
METADATA_NAME_MAX_CHARS = 64

MATCH_NUMBERS_MAX = 10_000
"""Matches that one decision names by number."""
MATCH_ROWS_MAX = 1_000
"""Rows of each side that a request names; the rows of a match that are told when it is read."""
MATCH_NUMBER_MAX = (1 << 31) - 1
MATCH_PAGE_SIZE_MAX = 100
STATEMENT_PAGE_SIZE_MAX = 100
LISTED_MATCH_ROWS_MAX = 20
"""Rows of each side of a match that are told in lists."""
EXPLAINED_PAIRS_MAX = 20
"""Lists explain a match that has at most so many pairs of a record and an entry."""
STATEMENT_ITEMS_TOLD_MAX = 100
"""Of each list of a reconciliation statement in an answer: five lists of them stay below what a client receives."""
SKIPPED_TOLD_MAX = 1_000
NEAREST_MAX = 10
NEAREST_PAGE_SIZE_MAX = 20
"""Rows of a page whose nearest rows are told."""
RULES_MAX = 100
"""Rules of one run."""
AGE_BUCKETS_MAX = 10
AGE_BUCKET_MAX_DAYS = 3_650
ADJUSTMENTS_PER_RUN_MAX = 10_000
"""Adjustments that a run proposes, those of matches first."""
ADJUSTMENTS_NAMED_MAX = 10_000
MATCH_ALL_ROWS_MAX = 100_000
"""Rows that a match of a rule can have."""
