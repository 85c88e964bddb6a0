-- The work list of the background workers.

-- name: add
-- New work.
INSERT INTO due (transaction_id, what, due_at)
SELECT transaction_id, what, due_at FROM unnest($1::text::uuid[], $2::text[], $3::timestamptz[])
    AS wanted(transaction_id, what, due_at)

-- name: move
-- Another time for work on holds, or new work where there was none of this sort.
INSERT INTO due (transaction_id, what, due_at)
SELECT transaction_id, what, due_at FROM unnest($1::text::uuid[], $2::text[], $3::timestamptz[])
    AS wanted(transaction_id, what, due_at)
ON CONFLICT ON CONSTRAINT due_once DO UPDATE SET due_at = EXCLUDED.due_at

-- name: drop
-- The end of all work on transactions.
DELETE FROM due WHERE transaction_id = ANY($1::text::uuid[])

-- name: find
-- Work that is due, in the order of its times, and the time now. An expiry tells whether a commit of the same hold is
-- still to come.
SELECT transaction_id, what, clock_timestamp() AS seen_at, what = 'EXPIRE' AND EXISTS (
           SELECT FROM due c WHERE c.transaction_id = d.transaction_id AND c.what = 'COMMIT') AS commits_first
FROM due d WHERE due_at <= clock_timestamp() ORDER BY due_at, seq LIMIT $1

-- name: lock_frozen
-- The frozen balances of these holds and splits. The lock keeps everybody from unfreezing one before the work on it
-- is postponed.
SELECT b.id FROM balances b
WHERE b.status = 'FROZEN' AND b.id IN (
    SELECT unnest(ARRAY[source_id, destination_id]) FROM transactions WHERE id = ANY($1::text::uuid[])
    UNION ALL
    SELECT unnest(ARRAY[source_id, destination_id]) FROM transactions WHERE header_id = ANY($1::text::uuid[]))
ORDER BY b.id FOR SHARE

-- name: postpone
-- A later time for work that was rejected. Work that was rejected because a balance is frozen is postponed only where
-- one still is ($5).
UPDATE due d SET due_at = clock_timestamp() + $4
FROM unnest($1::text::uuid[], $2::text[], $3::boolean[]) AS rejected(transaction_id, what, is_frozen)
WHERE d.transaction_id = rejected.transaction_id AND d.what = rejected.what AND d.due_at < clock_timestamp() + $4
  AND (NOT rejected.is_frozen OR EXISTS (
      SELECT FROM transactions t
      WHERE t.id = d.transaction_id AND (t.source_id = ANY($5::uuid[]) OR t.destination_id = ANY($5::uuid[]))
      UNION ALL
      SELECT FROM transactions t
      WHERE t.header_id = d.transaction_id AND (t.source_id = ANY($5::uuid[]) OR t.destination_id = ANY($5::uuid[]))))

-- name: bring_forward
-- The own time again for postponed work that concerns a balance. Postponed work lies at most $2 ahead.
UPDATE due d SET due_at = COALESCE(t.adjusted_commits_at, t.commits_at)
FROM transactions t
WHERE d.what = 'COMMIT' AND d.due_at > clock_timestamp() AND d.due_at <= clock_timestamp() + $2
  AND t.id = d.transaction_id AND COALESCE(t.adjusted_commits_at, t.commits_at) < d.due_at
  AND ($1 IN (t.source_id, t.destination_id)
       OR EXISTS (SELECT FROM transactions l WHERE l.header_id = t.id AND $1 IN (l.source_id, l.destination_id)))

-- name: lease
-- The right to work on a list for some time: one process at a time has it, so that no work is done twice. Nothing
-- depends on it: two processes that both work are slower, not wrong.
INSERT INTO leases (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3)
ON CONFLICT (name) DO UPDATE SET holder = $2, until = EXCLUDED.until
WHERE leases.holder = $2 OR leases.until < clock_timestamp()
RETURNING true

-- name: release
-- An end to this right, so that the next process need not wait.
UPDATE leases SET until = clock_timestamp() WHERE name = $1 AND holder = $2

-- name: lateness
-- The seconds by which the oldest work is late: timed work since its time, queued work since it was accepted.
SELECT COALESCE(extract(epoch FROM clock_timestamp() - (
           SELECT min(due_at) FROM due WHERE due_at <= clock_timestamp()
       )), 0)::float8 AS timed,
       COALESCE(extract(epoch FROM clock_timestamp() - (
           SELECT t.created_at FROM due d JOIN transactions t ON t.id = d.transaction_id
           WHERE d.due_at IS NULL ORDER BY d.seq LIMIT 1
       )), 0)::float8 AS queued
