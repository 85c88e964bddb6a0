-- Closing a period, in the order of the steps. Balances are locked before their ledger, by the write path too, so
-- that no two transactions wait for each other crosswise. In this order a batch that waits for a hot balance holds no
-- ledger meanwhile. Otherwise batches that take turns on the balance would share the ledger without a gap, and a
-- closing would never get it.

-- name: look
-- The database's time, and the time after which a period counts as recent.
SELECT clock_timestamp() AS now, clock_timestamp() - $1::interval AS recent

-- name: lock_balances
-- The balances of a ledger, locked in id order, as every commit locks them.
SELECT count(*)
FROM (SELECT id FROM balances WHERE ledger_id = $1 ORDER BY id FOR NO KEY UPDATE) AS locked

-- name: lock
-- A ledger, locked. FOR UPDATE also keeps new balances out until the closing is committed: their foreign key waits.
SELECT id, name, metadata, created_at, updated_at, closed_before, revision FROM ledgers WHERE id = $1 FOR UPDATE

-- name: close
-- The new time before which a ledger is closed.
UPDATE ledgers SET closed_before = $2, updated_at = $3, revision = revision + 1 WHERE id = $1
RETURNING id, name, metadata, created_at, updated_at, closed_before, revision

-- name: renew_balances
-- A new version of every balance of a ledger, so that decisions about them which are not recorded yet are made again.
-- Balances that were opened between the two locks count as well. One of them in a dated batch may deadlock; the batch
-- is retried.
UPDATE balances SET version = version + 1 WHERE ledger_id = $1
