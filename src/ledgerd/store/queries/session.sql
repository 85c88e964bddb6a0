-- Settings of a session.

-- name: take_time
-- More time for the rest of a transaction that writes: a write that began may finish, though it takes longer than a
-- read may.
SET LOCAL statement_timeout = '60s'
