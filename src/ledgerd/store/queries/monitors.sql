-- Monitors, with the currency and precision of their balance. The column conditions is [[field, comparison, threshold
-- in minor units], …], as store/load.py reads it.

-- name: select
-- All columns of a monitor that callers are shown.
SELECT t.id, t.balance_id, t.conditions, t.trigger, t.description, t.metadata, t.created_at, t.updated_at,
       t.revision, b.currency, b.precision
FROM monitors t JOIN balances b ON b.id = t.balance_id

-- name: count
-- The number of monitors of a balance.
SELECT count(*) FROM monitors WHERE balance_id = $1

-- name: insert
-- A new monitor.
INSERT INTO monitors (id, balance_id, conditions, trigger, description, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)

-- name: update
-- New settings of a monitor. No row where nothing changes.
UPDATE monitors
SET conditions = $2, trigger = $3, description = $4, metadata = $5, updated_at = $6, revision = revision + 1
WHERE id = $1 AND (conditions, trigger, description, metadata) IS DISTINCT FROM ($2, $3, $4, $5)
RETURNING true

-- name: delete
-- The end of a monitor.
DELETE FROM monitors WHERE id = $1
