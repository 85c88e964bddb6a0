-- What a session is told.

-- name: take_time
-- For the rest of a transaction that writes: what it began it may finish, longer than a read may take.
SET LOCAL statement_timeout = '60s'
