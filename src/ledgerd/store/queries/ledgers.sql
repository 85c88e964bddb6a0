-- Ledgers. Every statement that returns ledgers returns whole rows.

-- name: select
-- All columns of a ledger that callers are shown.
SELECT t.id, t.name, t.metadata, t.created_at, t.updated_at, t.closed_before FROM ledgers t

-- name: find
-- A ledger by its id.
SELECT id, name, metadata, created_at, updated_at, closed_before FROM ledgers WHERE id = $1

-- name: insert
-- A new ledger.
INSERT INTO ledgers (id, name, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5)
RETURNING id, name, metadata, created_at, updated_at, closed_before

-- name: update
-- New settings of a ledger. A null leaves the column as it is.
UPDATE ledgers
SET name = COALESCE($2, name), metadata = COALESCE($3, metadata), updated_at = $4
WHERE id = $1
RETURNING id, name, metadata, created_at, updated_at, closed_before
