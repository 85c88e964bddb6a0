-- The background workers' work list.

-- name: add
INSERT INTO due (transaction_id, what, due_at)
SELECT transaction_id, what, due_at FROM unnest($1::text::uuid[], $2::text[], $3::timestamptz[])
    AS wanted(transaction_id, what, due_at)

-- name: drop
DELETE FROM due WHERE transaction_id = ANY($1::text::uuid[])

-- name: find
SELECT transaction_id, what FROM due WHERE due_at <= clock_timestamp() ORDER BY due_at, seq LIMIT $1

-- name: postpone
UPDATE due d SET due_at = $3
FROM unnest($1::text::uuid[], $2::text[]) AS refused(transaction_id, what)
WHERE d.transaction_id = refused.transaction_id AND d.what = refused.what AND d.due_at < $3

-- name: lease
-- One process at a time works on a list, so that several do not do the same work twice. Nothing
-- depends on it: two that both work are slower, not wrong.
INSERT INTO leases (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3)
ON CONFLICT (name) DO UPDATE SET holder = $2, until = EXCLUDED.until
WHERE leases.holder = $2 OR leases.until < clock_timestamp()
RETURNING true

-- name: lateness
-- By how many seconds the oldest work is late: what has a time since that time, what is queued since it was accepted.
SELECT COALESCE(extract(epoch FROM clock_timestamp() - (
           SELECT min(due_at) FROM due WHERE due_at <= clock_timestamp()
       )), 0)::float8 AS timed,
       COALESCE(extract(epoch FROM clock_timestamp() - (
           SELECT t.created_at FROM due d JOIN transactions t ON t.id = d.transaction_id
           WHERE d.due_at IS NULL ORDER BY d.seq LIMIT 1
       )), 0)::float8 AS queued
