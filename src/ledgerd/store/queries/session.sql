-- Settings of a session.

-- name: take_time
-- More time for the rest of a transaction that writes: a write that began may finish, though it takes longer than a
-- read may.
SET LOCAL statement_timeout = '60s'

-- name: take_long_time
-- As long as it takes to publish the largest upload, for the rest of a transaction.
SET LOCAL statement_timeout = '15min'

-- name: allow_idle
-- The time for which the session may be idle in this transaction.
SELECT set_config('idle_in_transaction_session_timeout', $1, true)
