-- Ledgers. Every statement that returns ledgers returns whole rows.

-- name: select
-- All columns of a ledger that callers are shown.
SELECT t.id, t.name, t.metadata, t.created_at, t.updated_at, t.closed_before, t.revision FROM ledgers t

-- name: find
-- A ledger by its id.
SELECT id, name, metadata, created_at, updated_at, closed_before, revision FROM ledgers WHERE id = $1

-- name: known
-- Those of these ledgers that exist.
SELECT id FROM ledgers WHERE id = ANY($1::uuid[])

-- name: lock
-- A ledger by its id, locked for an update.
SELECT id, name, metadata, created_at, updated_at, closed_before, revision FROM ledgers WHERE id = $1 FOR NO KEY UPDATE

-- name: insert
-- A new ledger.
INSERT INTO ledgers (id, name, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5)
RETURNING id, name, metadata, created_at, updated_at, closed_before, revision

-- name: update
-- New settings of a ledger. A null leaves the column as it is. No row where nothing changes.
UPDATE ledgers
SET name = COALESCE($2, name), metadata = COALESCE($3, metadata), updated_at = $4, revision = revision + 1
WHERE id = $1 AND (name, metadata) IS DISTINCT FROM (COALESCE($2, name), COALESCE($3, metadata))
RETURNING id, name, metadata, created_at, updated_at, closed_before, revision
